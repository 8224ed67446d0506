package io.dunlin.broker.shard;

import io.dunlin.base.HotPath;
import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import io.dunlin.broker.spi.Access;
import io.dunlin.broker.store.MessageView;
import io.dunlin.broker.store.PublishRecord;
import io.dunlin.storage.Log;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Decides where a published message goes, once, on the publisher's shard: a record for durable
/// recipients and retained messages, the mailboxes of other shards, and sessions here.
///
/// Nothing happens before it is certain that everything can: a record fits the batch, and the
/// mailboxes have room. Otherwise the answer is [#NO_ROOM] and the publisher is not read for a
/// while.
@OwnedBy("shard")
@HotPath(benchmark = "mqload fanin0, fanout0, p2p1")
final class Fanout {
  /// Nothing was done; try again when there is room.
  static final long NO_ROOM = -1;

  /// Nothing was done: the disk is nearly full, and the message would have to be kept on it (D12).
  static final long NO_SPACE = -2;

  /// Done, and nothing has to be waited for.
  static final long DONE = 0;

  private final Shard shard;
  private final Log.Appender appender;

  // who of the groups gets the present message
  private StandingSubscription[] chosen = new StandingSubscription[4];
  private int chosenCount;
  private long[] queues = new long[4];
  private int queueCount;

  Fanout(Shard shard, Log.Appender appender) {
    this.shard = shard;
    this.appender = appender;
  }

  /// Publishes the message that the delivery was begun with.
  ///
  /// @param rememberId the QoS 2 identifier that the durable publisher's session remembers, or 0
  /// @param willOf the session whose recorded will this is, or 0
  /// @param retain whether it becomes the retained message of its topic
  /// @return the number of the record to wait for, or [#DONE], or [#NO_ROOM], or [#NO_SPACE]
  long publish(
      MessageView message,
      Topic topic,
      @Nullable Session publisher,
      int rememberId,
      long willOf,
      boolean retain) {
    int qos = message.qos();
    long rank = 0;
    boolean full = willOf == 0 && shard.lowOnSpace();
    if (retain && full) {
      if (qos > 0) {
        return NO_SPACE;
      }
    } else if (retain) {
      // Into the tree before the route is read: whoever subscribes too late for the route finds it.
      // But not before it is certain, as far as it can be, that it can be recorded.
      if (!fits(message, shard.route(topic), qos, willOf)) {
        return NO_ROOM;
      }
      rank = retain(message, topic);
    }
    Route route = shard.route(topic);
    if (!chooseMembers(route, qos)) {
      return NO_ROOM;
    }
    boolean recorded =
        rank != 0
            || rememberId != 0
            || willOf != 0
            || queueCount > 0
            || (qos > 0 && route.recorded.length > 0);
    if (recorded && full) {
      return NO_SPACE;
    }
    long others = qos == 0 ? route.otherLocal : route.otherDirect;
    int bytes = recorded ? recordBytes(message, route, qos) : 0;
    if (recorded && (mustWaitForTheStore(willOf) || !appender.hasRoom(bytes))
        || (others != 0 || chosenCount > 0) && !shard.mailboxes.haveRoom()) {
      return NO_ROOM;
    }
    long sequence = DONE;
    if (recorded) {
      sequence = record(message, route, publisher, rememberId, willOf, rank, bytes);
    }
    Target[] here = qos == 0 ? route.local : route.direct;
    for (Target target : here) {
      shard.delivery.give(target, publisher);
    }
    if (others != 0) {
      shard.mailboxes.publish(others, message);
    }
    for (int i = 0; i < chosenCount; i++) {
      giveToMember(message, chosen[i]);
    }
    return sequence;
  }

  /// Who gets it of the groups: members, or queues where the message must wait its turn. False when
  /// a queue is not there yet: a persistent member has joined just now.
  private boolean chooseMembers(Route route, int qos) {
    chosenCount = 0;
    queueCount = 0;
    boolean open = route.access.equals(Access.OPEN);
    for (SharedGroup group : route.groups) {
      if (qos > 0 && group.needsQueue()) {
        long queue = group.queue;
        if (queue == 0) {
          return false;
        }
        if (queueCount == queues.length) {
          queues = Arrays.copyOf(queues, queueCount * 2);
        }
        queues[queueCount++] = queue;
        continue;
      }
      StandingSubscription member =
          group.choose(shard.index, open && !group.mounted() ? null : route);
      if (member == null) {
        continue;
      }
      if (chosenCount == chosen.length) {
        chosen = Arrays.copyOf(chosen, chosenCount * 2);
      }
      chosen[chosenCount++] = member;
    }
    return true;
  }

  /// A will does not wait for the store: a checkpoint waits for records that wait for room, so it
  /// would wait for itself.
  private boolean mustWaitForTheStore(long willOf) {
    return willOf == 0 && shard.storeIsBehind();
  }

  /// Whether nothing that is known by now is in the way of a retained message.
  private boolean fits(MessageView message, Route route, int qos, long willOf) {
    for (SharedGroup group : route.groups) {
      if (qos > 0 && group.needsQueue() && group.queue == 0) {
        return false;
      }
    }
    queueCount = route.groups.length; // at most
    return !mustWaitForTheStore(willOf)
        && appender.hasRoom(recordBytes(message, route, qos))
        && shard.mailboxes.haveRoom();
  }

  private int recordBytes(MessageView message, Route route, int qos) {
    int bytes = PublishRecord.HEADER_BYTES + message.storedBytes();
    if (qos > 0) {
      for (Target target : route.recorded) {
        bytes +=
            PublishRecord.recipientBytes(
                Math.min(PublishRecord.MAX_SUBSCRIPTIONS, target.subscriptions.length));
      }
      bytes += queueCount * PublishRecord.recipientBytes(0);
    }
    return bytes;
  }

  private long record(
      MessageView message,
      Route route,
      @Nullable Session publisher,
      int rememberId,
      long willOf,
      long rank,
      int maxBytes) {
    int qos = message.qos();
    ByteBuffer target = appender.begin(maxBytes);
    int start = appender.at();
    int at = start + PublishRecord.HEADER_BYTES;
    int recipients = 0;
    long mask = 0;
    if (qos > 0) {
      for (Target t : route.recorded) {
        int next = writeRecipient(target, at, t, publisher);
        if (next > at) {
          at = next;
          recipients++;
          mask |= 1L << t.session.shard;
        }
      }
      for (int i = 0; i < queueCount; i++) {
        at = PublishRecord.writeQueue(target, at, queues[i]);
        recipients++;
        mask |= shard.bitOf(queues[i]);
      }
    }
    if (willOf != 0 || rememberId != 0) {
      mask |= 1L << shard.index;
    }
    PublishRecord.writeHeader(
        target,
        start,
        at,
        publisher == null ? 0 : publisher.number,
        shard.nextSequence(),
        rank,
        willOf,
        rememberId,
        0,
        recipients);
    int end = message.write(target, at);
    boolean urgent = qos > 0 || willOf != 0;
    return appender.end(end - start, mask, urgent);
  }

  /// Puts a retained message into the tree, before the route was read by anyone who comes later.
  private long retain(MessageView message, Topic topic) {
    Slice bytes = message.payloadBytes() == 0 ? null : message.toStored(); // [MQTT-3.3.1-7]
    return shard.retained.set(topic.name, bytes, true);
  }

  private static int writeRecipient(
      ByteBuffer target, int at, Target t, @Nullable Session publisher) {
    boolean own = t.someNoLocal && t.session == publisher;
    int count = 0;
    int p = at + 10;
    for (StandingSubscription s : t.subscriptions) {
      if (own && s.noLocal() || count == PublishRecord.MAX_SUBSCRIPTIONS) {
        continue;
      }
      target.putLong(p, s.line);
      p += 8;
      count++;
    }
    if (count == 0) {
      return at;
    }
    target.putLong(at, t.session.number);
    target.put(at + 8, (byte) 0);
    target.put(at + 9, (byte) count);
    return p;
  }

  /// Writes a recipient with one subscription; returns its end.
  static int writeRecipient(ByteBuffer target, int at, StandingSubscription s) {
    target.putLong(at, s.session.number);
    target.put(at + 8, (byte) 0);
    target.put(at + 9, (byte) 1);
    target.putLong(at + 10, s.line);
    return at + 18;
  }

  private void giveToMember(MessageView message, StandingSubscription member) {
    if (member.session.shard == shard.index) {
      shard.giveToMember(member, message);
    } else {
      shard.mailboxes.publishTo(member, message);
    }
  }
}
