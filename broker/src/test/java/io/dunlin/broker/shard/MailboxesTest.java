package io.dunlin.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import io.dunlin.broker.store.MessageView;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MailboxesTest {
  private int roomCalls;
  private final Mailboxes mailboxes = new Mailboxes(3, () -> roomCalls++);
  private final List<Inbox> inboxes = List.of(new Inbox(), new Inbox(), new Inbox());

  MailboxesTest() {
    for (int i = 0; i < inboxes.size(); i++) {
      mailboxes.connect(i, inboxes.get(i));
    }
  }

  @Test
  void messagesArriveInOrderAtTheEndOfTheTurn() {
    mailboxes.publish(0b101, message("a"));
    Session member = TestSessions.session(77, false, 2);
    StandingSubscription subscription = TestSessions.subscription(member, 1, 0);
    mailboxes.publishTo(subscription, message("b"));
    mailboxes.publish(0b001, message("c"));
    assertThat(inboxes.get(0).entries).isEmpty();
    mailboxes.flush();
    assertThat(inboxes.get(0).entries).containsExactly("0/0 a", "0/0 c");
    assertThat(inboxes.get(1).entries).isEmpty();
    assertThat(inboxes.get(2).entries).containsExactly("0/0 a", "77/" + subscription.number + " b");
    mailboxes.flush();
    assertThat(inboxes.get(0).entries).hasSize(2);
  }

  @Test
  void messageLargerThanABufferArrivesInItsPlace() {
    String large = "x".repeat(1 << 20);
    mailboxes.publish(0b001, message("before"));
    mailboxes.publish(0b001, message(large));
    mailboxes.publish(0b001, message("after"));
    mailboxes.flush();
    assertThat(inboxes.get(0).entries).containsExactly("0/0 before", "0/0 " + large, "0/0 after");
  }

  @Test
  void fullMailboxHasNoRoomUntilABufferComesBack() {
    int sent = 0;
    while (mailboxes.haveRoom()) {
      mailboxes.publish(0b100, message("m"));
      mailboxes.flush();
      sent++;
    }
    assertThat(inboxes.get(2).done).hasSize(sent);
    mailboxes.publish(0b100, message("beyond"));
    mailboxes.flush();
    inboxes.get(2).done.removeFirst().run();
    assertThat(mailboxes.haveRoom()).as("one more was on its way").isFalse();
    assertThat(roomCalls).isZero();
    inboxes.get(2).done.removeFirst().run();
    assertThat(mailboxes.haveRoom()).isTrue();
    assertThat(roomCalls).isEqualTo(1);
  }

  @Test
  void buffersOnTheirWayAreBoundedForAllTargetsTogether() {
    int shards = 16;
    Mailboxes many = new Mailboxes(shards, () -> roomCalls++);
    List<Inbox> all = connect(many, shards);
    while (many.haveRoom()) {
      many.publish(0xfffe, message("m"));
      many.flush();
    }
    assertThat(many.bytes()).isBetween(1L << 24, 1L << 25);

    all.forEach(inbox -> inbox.done.forEach(Runnable::run));
    assertThat(roomCalls).isEqualTo(1);
    assertThat(many.bytes()).as("kept for the next turns").isEqualTo(1L << 23);
  }

  @Test
  void largeMessagesCountByTheirBytes() {
    String large = "x".repeat(1 << 20);
    int sent = 0;
    while (mailboxes.haveRoom()) {
      mailboxes.publish(0b100, message(large));
      mailboxes.flush();
      sent++;
    }
    assertThat(sent).isBetween(6, 8);
    inboxes.get(2).done.forEach(Runnable::run);
    assertThat(mailboxes.haveRoom()).isTrue();
    assertThat(roomCalls).isEqualTo(1);
    assertThat(mailboxes.bytes()).isZero();
  }

  private static List<Inbox> connect(Mailboxes many, int shards) {
    List<Inbox> all = new ArrayList<>();
    for (int i = 0; i < shards; i++) {
      Inbox inbox = new Inbox();
      all.add(inbox);
      many.connect(i, inbox);
    }
    return all;
  }

  private static MessageView message(String text) {
    ByteBuffer bytes = Slice.utf8(text).asByteBuffer();
    MessageView view = new MessageView();
    view.set(1, false, -1, bytes, 0, 1, bytes, 0, 0, bytes, 0, bytes.limit());
    return view;
  }

  private static final class Inbox implements Mailboxes.Receiver {
    final List<String> entries = new ArrayList<>();
    final List<Runnable> done = new ArrayList<>();

    @Override
    public void receive(ByteBuffer buffer, int end, Runnable whenDone) {
      done.add(whenDone);
      MessageView view = new MessageView();
      int at = 0;
      while (at < end) {
        int next = view.read(buffer, at + Mailboxes.ENTRY_BYTES);
        assertThat(next).isEqualTo(at + buffer.getInt(at));
        Slice payload = Slice.copyOf(view.payloadBuffer(), view.payloadFrom(), view.payloadTo());
        entries.add(buffer.getLong(at + 4) + "/" + buffer.getLong(at + 12) + " " + payload.utf8());
        at = next;
      }
      assertThat(at).isEqualTo(end);
    }
  }
}
