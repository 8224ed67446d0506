package io.dunlin.broker.shard;

import io.dunlin.base.HotPath;
import io.dunlin.base.OwnedBy;
import io.dunlin.broker.store.MessageView;
import java.nio.ByteBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes what other shards have put into their [Mailboxes] for this one.
@OwnedBy("shard")
@HotPath(benchmark = "mqload fanout0")
final class Inbox implements Mailboxes.Receiver {
  private static final Logger LOG = LoggerFactory.getLogger(Inbox.class);

  private final Shard shard;
  private final MessageView received = new MessageView();

  Inbox(Shard shard) {
    this.shard = shard;
  }

  @Override
  public void receive(ByteBuffer buffer, int end, Runnable done) {
    shard.loop.execute(() -> {
      try {
        drain(buffer, end);
      } finally {
        done.run();
      }
    });
  }

  private void drain(ByteBuffer buffer, int end) {
    int at = 0;
    while (at < end) {
      int bytes = buffer.getInt(at);
      try {
        drainOne(buffer, at);
      } catch (RuntimeException e) { // one message must not keep the others from being given
        LOG.error("mailbox.failed error={}", e.toString(), e);
      }
      at += bytes;
    }
  }

  private void drainOne(ByteBuffer buffer, int at) {
    long sessionNumber = buffer.getLong(at + 4);
    MessageView message = received;
    message.read(buffer, at + Mailboxes.ENTRY_BYTES);
    shard.delivery.begin(message);
    if (sessionNumber == 0) {
      Route route = shard.route(shard.topic(message));
      for (Target target : message.qos() == 0 ? route.local : route.direct) {
        shard.delivery.give(target, null);
      }
    } else {
      Session session = shard.sessions.byNumber(sessionNumber);
      StandingSubscription member =
          session == null ? null : shard.subscriptions.of(session, buffer.getLong(at + 12));
      if (member != null && member.session.online && shard.mayReceive(member.session, message)) {
        shard.giveToMember(member, message);
      } else if (message.qos() > 0) {
        passOn(message, buffer.getLong(at + 20));
      }
    }
  }

  /// The member has gone since it was chosen: another of its group gets the message.
  private void passOn(MessageView message, long group) {
    for (SharedGroup each : shard.route(shard.topic(message)).groups) {
      if (each.id == group) {
        shard.loans().passOn(each, message.toStored());
      }
    }
  }
}
