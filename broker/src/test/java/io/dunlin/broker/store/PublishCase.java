package io.dunlin.broker.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;

/// A random PUBLISH record with everything that may be in one.
final class PublishCase {
  private record Lent(long queue, long number) {}

  private record Recipient(long session, boolean asRetained, List<Long> subscriptions) {}

  private final MessageView message = new MessageView();
  private final List<Lent> loans;
  private final List<Recipient> recipients;
  private final long publisher;
  private final long rank;
  private final long willOf;
  private final int packetId;

  PublishCase(RandomValues values) {
    loans =
        values.random.nextBoolean()
            ? List.of()
            : List.of(new Lent(values.number(), values.number()));
    recipients =
        values.list(() ->
            new Recipient(
                values.number(), values.random.nextBoolean(), values.list(values::number)));
    recipients.removeIf(recipient -> recipient.subscriptions.size() > 255);
    publisher = values.number();
    rank = values.number();
    willOf = values.number();
    packetId = values.random.nextInt(65_536);
    values.message(message);
  }

  byte[] bytes() {
    ByteBuffer target = ByteBuffer.allocate(size());
    write(target, 0);
    return target.array();
  }

  private int size() {
    return PublishRecord.HEADER_BYTES
        + loans.size() * PublishRecord.LOAN_BYTES
        + recipients.stream()
            .mapToInt(r -> PublishRecord.recipientBytes(r.subscriptions.size()))
            .sum()
        + message.storedBytes();
  }

  private int write(ByteBuffer target, int start) {
    int at = start + PublishRecord.HEADER_BYTES;
    for (Lent loan : loans) {
      target.putLong(at, loan.queue);
      target.putLong(at + 8, loan.number);
      at += PublishRecord.LOAN_BYTES;
    }
    for (Recipient recipient : recipients) {
      target.putLong(at, recipient.session);
      target.put(at + 8, (byte) (recipient.asRetained ? PublishRecord.AS_RETAINED : 0));
      target.put(at + 9, (byte) recipient.subscriptions.size());
      for (int i = 0; i < recipient.subscriptions.size(); i++) {
        target.putLong(at + 10 + 8 * i, recipient.subscriptions.get(i));
      }
      at += PublishRecord.recipientBytes(recipient.subscriptions.size());
    }
    PublishRecord.writeHeader(
        target, start, at, publisher, 1, rank, willOf, packetId, loans.size(), recipients.size());
    return message.write(target, at);
  }

  void check(String where) {
    int start = 13;
    ByteBuffer buffer = ByteBuffer.allocateDirect(start + size());
    int end = write(buffer, start);
    PublishRecord record = new PublishRecord();
    record.read(buffer, start);
    assertThat(record.publisher()).as(where).isEqualTo(publisher);
    assertThat(record.retainedRank()).as(where).isEqualTo(rank);
    assertThat(record.willOf()).as(where).isEqualTo(willOf);
    assertThat(record.packetId()).as(where).isEqualTo(packetId);
    assertThat(record.loans()).as(where).isEqualTo(loans.size());
    for (Lent loan : loans) {
      assertThat(new Lent(record.loanQueue(), record.loanNumber())).as(where).isEqualTo(loan);
    }
    assertThat(record.recipients()).as(where).isEqualTo(recipients.size());
    for (Recipient expected : recipients) {
      assertThat(record.nextRecipient()).as(where).isTrue();
      assertThat(recipient(record)).as(where).isEqualTo(expected);
    }
    assertThat(record.nextRecipient()).as(where).isFalse();
    MessageView read = new MessageView();
    assertThat(read.read(buffer, record.messageAt())).as(where).isEqualTo(end);
    assertThat(read.toStored()).as(where).isEqualTo(message.toStored());
  }

  private static Recipient recipient(PublishRecord record) {
    List<Long> subscriptions = new java.util.ArrayList<>();
    for (int i = 0; i < record.subscriptions(); i++) {
      subscriptions.add(record.subscription(i));
    }
    return new Recipient(record.recipient(), record.asRetained(), subscriptions);
  }
}
