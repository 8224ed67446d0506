package io.dunlin.broker.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What was written is read again; damaged bytes end in an exception or another value, soon.
class RecordsProperties {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void recordIsReadAsItWasWritten(long seed) {
    RandomValues values = new RandomValues(seed);
    for (int i = 0; i < 2_000; i++) {
      Records.Decision record = values.record();
      byte[] bytes = Records.encode(record);
      ByteBuffer buffer = ByteBuffer.allocateDirect(bytes.length + 20);
      int at = values.random.nextInt(20);
      buffer.put(at, bytes);
      assertThat(Records.decode(buffer, at, at + bytes.length))
          .as("seed " + seed)
          .isEqualTo(record);
      assertThat(Records.session(buffer, at)).as("seed " + seed).isEqualTo(record.session());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void rowIsReadAsItWasWritten(long seed) {
    RandomValues values = new RandomValues(seed);
    for (int i = 0; i < 1_000; i++) {
      SessionRow session = values.sessionRow();
      assertThat(SessionRow.decode(session.encode())).as("seed " + seed).isEqualTo(session);
      QueueRow queued = values.queueRow();
      assertThat(QueueRow.decode(queued.encode())).as("seed " + seed).isEqualTo(queued);
      RetainedRow retained = new RetainedRow(values.number(), values.perhapsBytes());
      assertThat(RetainedRow.decode(retained.encode())).as("seed " + seed).isEqualTo(retained);
      NumbersRow numbers = new NumbersRow(values.number(), values.number(), values.number());
      assertThat(NumbersRow.decode(numbers.encode())).as("seed " + seed).isEqualTo(numbers);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void messageInStoredFormIsTheSameMessage(long seed) {
    RandomValues values = new RandomValues(seed);
    MessageView original = new MessageView();
    MessageView copy = new MessageView();
    for (int i = 0; i < 1_000; i++) {
      values.message(original);
      Slice stored = original.toStored();
      assertThat(stored.length()).as("seed " + seed).isEqualTo(original.storedBytes());
      ByteBuffer buffer = ByteBuffer.allocateDirect(stored.length() + 9);
      assertThat(original.write(buffer, 9)).as("seed " + seed).isEqualTo(buffer.limit());
      assertThat(copy.read(buffer, 9)).as("seed " + seed).isEqualTo(buffer.limit());
      assertThat(copy.toStored()).as("seed " + seed).isEqualTo(stored);
      assertThat(copy.qos()).as("seed " + seed).isEqualTo(original.qos());
      assertThat(copy.retain()).as("seed " + seed).isEqualTo(original.retain());
      assertThat(copy.expiresAtMillis()).as("seed " + seed).isEqualTo(original.expiresAtMillis());
      assertThat(copy.topic()).as("seed " + seed).isEqualTo(original.topic());
      assertThat(copy.payloadBytes()).as("seed " + seed).isEqualTo(original.payloadBytes());
    }
  }

  @Test
  void remainingExpiryIsRoundedUpAndAtLeastASecond() {
    ByteBuffer none = ByteBuffer.allocate(0);
    MessageView view = new MessageView();
    view.set(0, false, 10_000, none, 0, 0, none, 0, 0, none, 0, 0);
    assertThat(view.expirySeconds(7_500)).isEqualTo(3);
    assertThat(view.expirySeconds(7_501)).isEqualTo(2);
    assertThat(view.expirySeconds(9_999)).isEqualTo(1);
    assertThat(view.expired(9_999)).isFalse();
    assertThat(view.expired(10_000)).isTrue();
    view.set(0, false, MessageView.NEVER, none, 0, 0, none, 0, 0, none, 0, 0);
    assertThat(view.expirySeconds(7_999)).isEqualTo(-1);
    assertThat(view.expired(Long.MAX_VALUE)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void publishRecordIsReadAsItWasWritten(long seed) {
    RandomValues values = new RandomValues(seed);
    for (int i = 0; i < 500; i++) {
      new PublishCase(values).check("seed " + seed + " case " + i);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void damagedBytesEndSoon(long seed) {
    RandomValues values = new RandomValues(seed);
    for (int i = 0; i < 3_000; i++) {
      byte[] record = damage(Records.encode(values.record()), values.random);
      read(record, bytes -> Records.decode(ByteBuffer.wrap(bytes), 0, bytes.length));
      read(damage(values.sessionRow().encode(), values.random), SessionRow::decode);
      read(damage(values.queueRow().encode(), values.random), QueueRow::decode);
      read(
          damage(new RetainedRow(1, values.perhapsBytes()).encode(), values.random),
          RetainedRow::decode);
      read(damage(new PublishCase(values).bytes(), values.random), RecordsProperties::walk);
    }
  }

  @Test
  void unknownVersionIsRefused() {
    byte[] bytes = new RetainedRow(1, null).encode();
    bytes[0] = 99;
    assertThat(read(bytes, RetainedRow::decode)).hasMessageContaining("unknown version 99");
    byte[] record = Records.encode(new Records.Ended(1));
    record[0] = 77;
    assertThat(read(record, b -> Records.decode(ByteBuffer.wrap(b), 0, b.length)))
        .hasMessageContaining("unknown record type 77");
  }

  private static Object walk(byte[] bytes) {
    PublishRecord record = new PublishRecord();
    record.read(ByteBuffer.wrap(bytes), 0);
    long sum = record.publisher() + record.retainedRank() + record.willOf();
    if (record.loans() > 0) {
      sum += record.loanQueue() + record.loanNumber();
    }
    while (record.nextRecipient()) {
      for (int i = 0; i < record.subscriptions(); i++) {
        sum += record.recipient() + record.subscription(i);
      }
    }
    return sum;
  }

  /// Reads bytes that may be damaged: every exception is one of those that a caller expects.
  private static Exception read(byte[] bytes, Function<byte[], Object> reader) {
    try {
      return new Exception("was read as " + reader.apply(bytes));
    } catch (IllegalStateException
        | IllegalArgumentException
        | IndexOutOfBoundsException
        | java.nio.BufferUnderflowException e) {
      return e;
    }
  }

  private static byte[] damage(byte[] bytes, Random random) {
    if (random.nextInt(4) == 0) {
      return java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
    }
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
    }
    return bytes;
  }
}
