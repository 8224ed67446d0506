package io.dunlin.broker.shard;

import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import io.dunlin.broker.spi.Rights;
import io.dunlin.broker.store.Records;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.SubAck;
import io.dunlin.mqtt.Subscribe;
import io.dunlin.mqtt.Subscription;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.UnsubAck;
import io.dunlin.mqtt.Unsubscribe;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The subscriptions of the sessions of one shard: SUBSCRIBE, UNSUBSCRIBE, and what their records
/// make true.
@OwnedBy("shard")
final class Subscriptions {
  /// Subscriptions of a session from which on they are found by a map.
  private static final int MANY = 8;

  private final Shard shard;
  private final SubscriptionBook book;

  Subscriptions(Shard shard, SubscriptionBook book) {
    this.shard = shard;
    this.book = book;
  }

  void subscribe(Session session, ClientConnection client, Subscribe packet) {
    List<ReasonCode> reasons = new ArrayList<>();
    List<Records.SubscriptionRow> rows = new ArrayList<>();
    int room =
        shard.limits.subscriptions() - session.subscriptions.size() - session.subscribing.size();
    boolean tooMany = packet.subscriptions().size() > shard.limits.filtersPerSubscribe();
    for (Subscription s : packet.subscriptions()) {
      TopicFilter filter = session.mount.full(s.filter());
      ReasonCode reason =
          filter == null
              ? ReasonCode.TOPIC_FILTER_INVALID
              : tooMany ? ReasonCode.QUOTA_EXCEEDED : mayHave(session, filter, room);
      if (filter != null && reason == ReasonCode.SUCCESS) {
        reason = granted(s.options().qos().value());
        room -= isKnown(session, filter) ? 0 : 1;
        if (session.durable) {
          isOnTheWay(session, filter.bytes());
        }
        rows.add(
            new Records.SubscriptionRow(
                shard.numbers.nextSubscription(),
                0,
                filter.bytes(),
                s.options().toByte(),
                packet.subscriptionIdentifier(),
                false,
                null));
      }
      reasons.add(reason);
      if (reason == ReasonCode.NOT_AUTHORIZED) {
        shard.counters.deniedSubscriptions++;
      }
      if (shard.tracing) {
        int qos = s.options().qos().value();
        TopicFilter shown = filter == null ? s.filter() : filter;
        String decision =
            reason == ReasonCode.NOT_AUTHORIZED
                ? shard.tracer.denial(session, Rights.Act.SUBSCRIBE, shown.filter())
                : reason.name();
        shard.tracer.filter(client, "SUBSCRIBE", shown.bytes(), qos, decision);
      }
    }
    SubAck answer = Answers.subAck(packet.packetId(), reasons, shard.limits);
    Records.Subscribed record = new Records.Subscribed(session.number, rows);
    if (session.durable && !rows.isEmpty()) {
      client.answer(shard.append(record, true), () -> client.reply(answer));
    } else {
      client.answer(0, () -> client.reply(answer));
      applySubscribed(session, record, 0);
    }
  }

  private static void isOnTheWay(Session session, Slice filter) {
    StandingSubscription old = session.subscriptions.get(filter);
    if (old == null) {
      session.subscribing.add(filter);
    } else {
      old.retainedPending = false; // no copy for it comes behind the record
    }
  }

  private ReasonCode mayHave(Session session, TopicFilter filter, int room) {
    if (filter.levels() > shard.limits.topicLevels()) {
      return ReasonCode.TOPIC_FILTER_INVALID;
    }
    if (room <= 0 && !isKnown(session, filter)) {
      return ReasonCode.QUOTA_EXCEEDED;
    }
    TopicFilter plain = filter.isShared() ? TopicFilter.of(filter.filter()) : filter;
    if (session.rights(shard.access).maySubscribe(plain)) {
      return ReasonCode.SUCCESS;
    }
    return ReasonCode.NOT_AUTHORIZED;
  }

  /// Whether the session has a subscription to the filter, or has it on the way to the log.
  private static boolean isKnown(Session session, TopicFilter filter) {
    return session.subscriptions.containsKey(filter.bytes())
        || session.subscribing.contains(filter.bytes());
  }

  private static ReasonCode granted(int qos) {
    return switch (qos) {
      case 0 -> ReasonCode.SUCCESS;
      case 1 -> ReasonCode.GRANTED_QOS_1;
      default -> ReasonCode.GRANTED_QOS_2;
    };
  }

  /// Makes subscriptions stand. Any mode.
  void applySubscribed(Session session, Records.Subscribed record, long position) {
    for (Records.SubscriptionRow row : record.subscriptions()) {
      session.subscribing.remove(row.filter());
      StandingSubscription old = session.subscriptions.get(row.filter());
      if (old != null && old.number == row.number()) {
        continue; // replayed over the row that has it
      }
      TopicFilter filter = TopicFilter.of(row.filter());
      int handling = row.options() >> 4 & 3;
      boolean send = handling == 0 || handling == 1 && old == null; // [MQTT-3.3.1-10]
      StandingSubscription standing = stand(session, filter, row);
      if (old != null) {
        remove(old); // after the new one stands: no message is lost [MQTT-3.8.4-4]
      }
      if (send && !filter.isShared() || row.retainedPending()) {
        standing.retainedPending = true;
        standing.retainedAfter = row.retainedAfter();
        standing.savedPending = true;
        standing.savedAfter = row.retainedAfter();
        shard.sendRetained(session, standing);
      }
    }
    if (session.durable) {
      session.copiesChange();
    }
    shard.applied(session, position);
  }

  /// Puts a subscription into the session and the index.
  StandingSubscription stand(Session session, TopicFilter filter, Records.SubscriptionRow row) {
    SharedGroup group = filter.isShared() ? book.group(filter.bytes()) : null;
    StandingSubscription old = session.subscriptions.get(filter.bytes());
    long line = row.line() != 0 ? row.line() : old != null ? old.line : row.number();
    StandingSubscription standing =
        new StandingSubscription(
            row.number(), line, session, filter, row.options(), row.identifier(), group);
    session.byNumber = null;
    if (session.subscriptions.put(filter.bytes(), standing) == null) {
      shard.counters.subscriptions++;
    }
    session.inGroups |= group != null;
    book.add(standing);
    shard.groupQueues().stands(standing);
    shard.numbers.atLeastSubscription(row.number());
    return standing;
  }

  void unsubscribe(Session session, ClientConnection client, Unsubscribe packet) {
    int most = shard.limits.filtersPerSubscribe();
    if (packet.filters().size() > most) { // UNSUBACK has no code for it
      client.disconnect(ReasonCode.QUOTA_EXCEEDED, "more than " + most + " filters in a packet");
      return;
    }
    List<Slice> filters = packet.filters().stream().map(f -> full(session, f)).toList();
    Records.Unsubscribed record = new Records.Unsubscribed(session.number, filters);
    if (shard.tracing) {
      filters.forEach(filter -> shard.tracer.filter(client, "UNSUBSCRIBE", filter, -1, ""));
    }
    if (!session.durable) {
      List<Boolean> existed = applyUnsubscribed(session, record, 0);
      client.answer(0, () -> client.reply(unsubAck(packet.packetId(), existed)));
      return;
    }
    long sequence = shard.append(record, true);
    List<Boolean> existed = new ArrayList<>();
    shard.applier.reportTo(sequence, existed::addAll);
    client.answer(sequence, () -> client.reply(unsubAck(packet.packetId(), existed)));
  }

  /// The full form of a filter; that of no subscription when it would be too long for one.
  private static Slice full(Session session, TopicFilter filter) {
    TopicFilter full = session.mount.full(filter);
    return full == null ? Slice.EMPTY : full.bytes();
  }

  private static UnsubAck unsubAck(int packetId, List<Boolean> existed) {
    return new UnsubAck(
        packetId,
        existed.stream()
            .map(e -> e ? ReasonCode.SUCCESS : ReasonCode.NO_SUBSCRIPTION_EXISTED)
            .toList());
  }

  /// Removes subscriptions. Any mode. Returns which of them existed.
  List<Boolean> applyUnsubscribed(Session session, Records.Unsubscribed record, long position) {
    List<Boolean> existed = new ArrayList<>();
    for (Slice filter : record.filters()) {
      StandingSubscription old = session.subscriptions.remove(filter);
      session.byNumber = null;
      existed.add(old != null);
      if (old != null) {
        old.retainedPending = false;
        remove(old);
        shard.counters.subscriptions--;
      }
    }
    if (session.durable) {
      session.copiesChange();
    }
    shard.applied(session, position);
    return existed;
  }

  /// The subscription of `session` of that line, or null.
  @Nullable StandingSubscription of(Session session, long line) {
    if (line == 0) {
      return null;
    }
    if (session.subscriptions.size() > MANY) {
      Map<Long, StandingSubscription> index = session.byNumber;
      if (index == null) {
        index = new HashMap<>();
        for (StandingSubscription s : session.subscriptions.values()) {
          index.put(s.line, s);
        }
        session.byNumber = index;
      }
      return index.get(line);
    }
    for (StandingSubscription s : session.subscriptions.values()) {
      if (s.line == line) {
        return s;
      }
    }
    return null;
  }

  private void remove(StandingSubscription s) {
    book.remove(s);
    shard.groupQueues().fell(s);
  }

  /// The session is over.
  void removeAll(Session session) {
    for (StandingSubscription s : session.subscriptions.values()) {
      remove(s);
    }
    shard.counters.subscriptions -= session.subscriptions.size();
    session.subscriptions.clear();
  }
}
