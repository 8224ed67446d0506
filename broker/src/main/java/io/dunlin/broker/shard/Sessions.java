package io.dunlin.broker.shard;

import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import io.dunlin.broker.store.MessageView;
import io.dunlin.broker.store.Records;
import io.dunlin.mqtt.ConnAck;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.SubAck;
import io.dunlin.mqtt.Subscribe;
import io.dunlin.mqtt.Subscription;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.UnsubAck;
import io.dunlin.mqtt.Unsubscribe;
import io.dunlin.mqtt.Will;
import io.dunlin.transport.Connection;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The sessions of one shard: how they begin, go on with another connection, and end.
///
/// What concerns a durable session is a record first, and happens when that is committed
/// ([Applier]); for a transient one it happens at once, by the same methods.
@OwnedBy("shard")
final class Sessions {
  private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);

  /// Connections of one client identifier that wait for an earlier one to be made durable.
  private static final int MAX_OPENING = 8;

  private static final int OPEN_RECORD_BYTES = 4_096;

  /// Subscriptions of a session from which on they are found by a map.
  private static final int MANY = 8;

  private final Shard shard;
  private final SubscriptionBook book;
  private final Map<String, Session> byClientId = new HashMap<>();
  private final Map<Long, Session> byNumber = new HashMap<>();
  private final Map<String, ArrayDeque<ClientConnection>> opening = new HashMap<>();

  Sessions(Shard shard, SubscriptionBook book) {
    this.shard = shard;
    this.book = book;
  }

  @Nullable Session byNumber(long number) {
    return byNumber.get(number);
  }

  Collection<Session> all() {
    return byNumber.values();
  }

  /// The subscription of `session` of that line, or null.
  @Nullable StandingSubscription subscription(Session session, long line) {
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

  // -- CONNECT --------------------------------------------------------------------------------

  /// A connection whose CONNECT was accepted has arrived on this shard.
  void open(Connection connection, Hello hello) {
    ClientConnection client = new ClientConnection(shard, connection, hello);
    connection.handler(client);
    ArrayDeque<ClientConnection> queue = opening.get(hello.clientId());
    if (queue == null) {
      openNow(client);
      return;
    }
    if (queue.size() >= MAX_OPENING) {
      refuse(queue.removeFirst(), ReasonCode.SERVER_BUSY);
    }
    queue.addLast(client);
  }

  private void openNow(ClientConnection client) {
    if (client.ended()) {
      next(client.clientId);
      return;
    }
    Session old = byClientId.get(client.clientId);
    if (old != null && !old.owner.equals(client.hello.owner())) {
      refuse(client, ReasonCode.NOT_AUTHORIZED);
      next(client.clientId);
      return;
    }
    if (old != null && old.connection != null) {
      old.connection.disconnect(ReasonCode.SESSION_TAKEN_OVER, null); // [MQTT-3.1.4-3]
      old = byClientId.get(client.clientId);
    }
    Connect connect = client.hello.connect();
    boolean resume =
        old != null && !connect.cleanStart() && old.durable && !old.ending; // [MQTT-3.1.2-5]
    if (old != null && !resume && old.willTimer != null && !old.lostAtRestart) {
      fireWill(old); // its session ends [MQTT-3.1.2-8]
    }
    if (!shard.hasRoomInTurn(openBytes(client))) {
      opening.computeIfAbsent(client.clientId, _ -> new ArrayDeque<>());
      shard.whenRoom(() -> openNow(client));
      return;
    }
    Records.Open record = openRecord(client, connect, old, resume);
    boolean recorded =
        record.durable()
            || resume
            || record.will() != null
            || old != null && (old.durable || old.willRecorded);
    if (!recorded) {
      opened(client, applyOpen(record, 0), false);
      return;
    }
    opening.computeIfAbsent(client.clientId, _ -> new ArrayDeque<>());
    long sequence = shard.append(record, true);
    if (old != null && resume) {
      stopClocks(old); // its client is back
    }
    client.answer(
        sequence,
        () -> {
          Session session = byNumber.get(record.session());
          if (session == null) {
            throw new IllegalStateException("committed and not applied: " + record);
          }
          opened(client, session, resume);
        });
  }

  /// More than an OPEN takes, with what ending an earlier connection may add.
  private static int openBytes(ClientConnection client) {
    return OPEN_RECORD_BYTES
        + 3 * (client.clientId.length() + client.hello.owner().length())
        + willBytes(client.hello.connect());
  }

  private static int willBytes(Connect connect) {
    Will will = connect.will();
    return will == null
        ? 0
        : will.payload().length() + will.topic().bytes().length() + will.properties().length();
  }

  private Records.Open openRecord(
      ClientConnection client, Connect connect, @Nullable Session old, boolean resume) {
    long expiry = Math.min(connect.sessionExpirySeconds(), shard.limits.sessionExpirySeconds());
    Will will = connect.will();
    return new Records.Open(
        resume && old != null ? old.number : shard.numbers.nextSession(shard.slot(client.clientId)),
        resume || old == null ? 0 : old.number,
        resume || expiry > 0,
        !resume,
        client.clientId,
        client.hello.owner(),
        expiry,
        client.receiveMaximum,
        shard.limits.queueMessages(),
        shard.nowMillis(),
        will == null ? null : stored(will),
        will == null ? 0 : will.delaySeconds());
  }

  private Slice stored(Will will) {
    ByteBuffer topic = will.topic().bytes().asByteBuffer();
    ByteBuffer payload = will.payload().asByteBuffer();
    ByteBuffer properties = will.properties().asByteBuffer();
    MessageView view = new MessageView();
    // The expiry interval of a will begins when it is published: kept as seconds until then.
    view.set(
        will.qos().value(),
        will.retain(),
        will.messageExpirySeconds(),
        topic,
        0,
        topic.limit(),
        properties,
        0,
        properties.limit(),
        payload,
        0,
        payload.limit());
    return view.toStored();
  }

  private void refuse(ClientConnection client, ReasonCode reason) {
    ConnAck refusal = ConnAck.refused(reason);
    client.write(refusal);
    client.disconnect(reason, null);
  }

  /// Makes what an [Records.Open] says true. Any mode.
  ///
  /// @param position behind the record, 0 for a session without one
  Session applyOpen(Records.Open record, long position) {
    endReplaced(record);
    Session session = byNumber.get(record.session());
    if (session == null) {
      session =
          new Session(
              record.session(),
              record.clientId(),
              record.owner(),
              record.durable(),
              shard.index,
              0,
              record.window(),
              record.expirySeconds(),
              record.queueMessages());
      install(session);
    }
    session.expirySeconds = record.expirySeconds();
    session.queueMessages = record.queueMessages();
    session.recordedWindow = record.window();
    session.closedAtMillis = 0;
    session.lostAtRestart = false;
    session.ending = false;
    Slice will = record.will();
    session.will = will == null ? null : new Session.WillMessage(will, record.willDelaySeconds());
    session.willRecorded = will != null;
    stopClocks(session);
    shard.applied(session, position);
    return session;
  }

  private void stopClocks(Session session) {
    if (session.expiry != null) {
      shard.timers.cancel(session.expiry);
      session.expiry = null;
    }
    if (session.willTimer != null) {
      shard.timers.cancel(session.willTimer); // [MQTT-3.1.3-9]
      session.willTimer = null;
    }
  }

  /// Replays an [Records.Open]. Of a transient session without a will nothing is there any more: it
  /// has a record only because it replaced another, and none of its end.
  void replayOpen(Records.Open record, long position) {
    if (record.durable() || record.will() != null) {
      applyOpen(record, position);
    } else {
      endReplaced(record);
      shard.numbers.atLeast(record.session());
    }
  }

  private void endReplaced(Records.Open record) {
    Session old = record.replaces() == 0 ? null : byNumber.get(record.replaces());
    if (old != null) {
      remove(old);
    }
  }

  /// Puts a session into the maps; from a record or from its row.
  void install(Session session) {
    byNumber.put(session.number, session);
    byClientId.put(session.clientId, session);
    shard.counters.sessions = byNumber.size();
    shard.numbers.atLeast(session.number);
  }

  /// The session is there, and durable if it should be: the connection takes it up.
  private void opened(ClientConnection client, Session session, boolean present) {
    session.connection = client;
    session.fetching = false;
    session.outgoing.rewind(client.receiveMaximum);
    shard.counters.connections++;
    if (client.ended()) {
      client.session = session;
      connectionEnded(client, true, -1);
    } else {
      session.online = true;
      session.hasRoom = true;
      if (!client.write(connAck(client, session, present))) { // [MQTT-3.1.2-24]
        client.connection.close();
      }
      client.begin(session);
      LOG.info(
          "session.connected clientId={} remote={} version={} durable={} present={}",
          client.clientId,
          client.connection.remoteAddress(),
          client.version,
          session.durable,
          present);
      shard.delivery.pump(session);
      shard.handover().memberOnline(session);
    }
    next(client.clientId);
  }

  private void next(String clientId) {
    ArrayDeque<ClientConnection> queue = opening.get(clientId);
    if (queue == null) {
      return;
    }
    ClientConnection client = queue.pollFirst();
    if (client == null) {
      opening.remove(clientId);
    } else {
      openNow(client);
    }
  }

  private ConnAck connAck(ClientConnection client, Session session, boolean present) {
    Connect connect = client.hello.connect();
    ConnAck.Builder builder = ConnAck.builder(present, ReasonCode.SUCCESS);
    if (client.version != MqttVersion.V5) {
      return builder.build();
    }
    Limits limits = shard.limits;
    builder
        .receiveMaximum(limits.incomingWindow())
        .maximumPacketSize(client.maxPacketBytes)
        .topicAliasMaximum(limits.topicAliases())
        .retainAvailable(limits.retainAvailable());
    if (session.expirySeconds != connect.sessionExpirySeconds()) {
      builder.sessionExpirySeconds(session.expirySeconds);
    }
    if (client.hello.assigned()) {
      builder.assignedClientId(client.clientId); // [MQTT-3.1.3-7]
    }
    int keepAlive = connect.keepAliveSeconds();
    if (limits.keepAliveSeconds() > 0
        && (keepAlive == 0 || keepAlive > limits.keepAliveSeconds())) {
      builder.serverKeepAliveSeconds(limits.keepAliveSeconds());
    }
    if (connect.requestResponseInformation() && !limits.responseInformation().isEmpty()) {
      builder.responseInformation(limits.responseInformation()); // [MQTT-3.1.2-28]
    }
    if (client.hello.method() != null) {
      builder
          .authenticationMethod(client.hello.method().name())
          .authenticationData(client.hello.methodData());
    }
    return builder.build();
  }

  // -- the end of a connection, of a session --------------------------------------------------

  /// The connection of a session has ended.
  ///
  /// @param keepWill false: a DISCONNECT has removed the will
  /// @param expirySeconds the Session Expiry Interval of the DISCONNECT, -1 for none
  void connectionEnded(ClientConnection client, boolean keepWill, long expirySeconds) {
    Session session = client.session;
    if (session == null || session.connection != client) {
      return;
    }
    session.connection = null;
    session.online = false;
    shard.counters.connections--;
    LOG.info("session.disconnected clientId={} keepWill={}", session.clientId, keepWill);
    if (expirySeconds >= 0) {
      session.expirySeconds = Math.min(expirySeconds, shard.limits.sessionExpirySeconds());
    }
    if (!keepWill) {
      session.will = null;
    }
    session.closedAtMillis = shard.nowMillis();
    if (!session.durable || session.expirySeconds == 0) {
      boolean willWasRecorded = session.willRecorded;
      if (session.will != null) {
        fireWill(session);
      }
      shard.handover().memberGone(session);
      if (session.durable || willWasRecorded && !keepWill) {
        end(session);
      } else if (!willWasRecorded) {
        remove(session);
      }
      return;
    }
    shard.appendWhenRoom(
        new Records.Closed(
            session.number, session.closedAtMillis, session.expirySeconds, keepWill));
    awaitEnd(session, 0);
    shard.handover().memberGone(session);
  }

  /// Starts the clocks of a durable session without a connection.
  ///
  /// @param graceSeconds the least time that a will waits, after a restart
  void awaitEnd(Session session, int graceSeconds) {
    long now = shard.loop.nowNanos();
    long away = Math.max(0, shard.nowMillis() - session.closedAtMillis);
    if (session.durable && session.expirySeconds < Session.FOREVER_SECONDS) {
      Session.Expiry expiry = new Session.Expiry(() -> expire(session));
      session.expiry = expiry;
      long leftMillis = Math.max(0, session.expirySeconds * 1000 - away);
      shard.timers.set(expiry, now + leftMillis * 1_000_000);
    }
    Session.WillMessage will = session.will;
    if (will == null) {
      return;
    }
    long delay = Math.max(will.delaySeconds(), graceSeconds);
    if (session.durable && graceSeconds == 0) {
      delay = Math.min(delay, session.expirySeconds);
    }
    if (delay == 0) {
      fireWill(session);
      return;
    }
    Session.WillTimer timer = new Session.WillTimer(() -> fireWill(session));
    session.willTimer = timer;
    shard.timers.set(
        timer, now + Math.max(0, delay * 1000 - (graceSeconds > 0 ? 0 : away)) * 1_000_000);
  }

  private void expire(Session session) {
    if (session.connection != null || session.ended) {
      return;
    }
    LOG.info("session.expired clientId={}", session.clientId);
    if (session.will != null) {
      fireWill(session);
    }
    end(session); // [MQTT-4.1.0-2]
  }

  /// Ends a session that has records.
  void end(Session session) {
    session.ending = true;
    shard.appendWhenRoom(new Records.Ended(session.number));
  }

  /// Publishes the will of a session now.
  void fireWill(Session session) {
    Session.WillMessage will = session.will;
    if (will == null) {
      return;
    }
    if (session.willTimer != null) {
      shard.timers.cancel(session.willTimer);
      session.willTimer = null;
    }
    if (!shard.publishWill(session, will)) {
      shard.whenRoom(() -> {
        if (will.equals(session.will)) { // not that of a newer connection
          fireWill(session);
        }
      });
      return;
    }
    session.will = null;
  }

  /// A session is over: nothing is left of it in memory, and nothing will be in the store.
  void remove(Session session) {
    session.ended = true;
    for (StandingSubscription s : session.subscriptions.values()) {
      book.remove(s);
    }
    shard.counters.subscriptions -= session.subscriptions.size();
    session.subscriptions.clear();
    byNumber.remove(session.number);
    byClientId.remove(session.clientId, session);
    shard.counters.sessions = byNumber.size();
    stopClocks(session);
    ClientConnection connection = session.connection;
    if (connection != null) {
      connection.disconnect(ReasonCode.SESSION_TAKEN_OVER, null);
    }
    if (session.durable || session.willRecorded) {
      shard.dropStored(session);
    }
  }

  // -- SUBSCRIBE, UNSUBSCRIBE -----------------------------------------------------------------

  void subscribe(Session session, ClientConnection client, Subscribe packet) {
    List<ReasonCode> reasons = new ArrayList<>();
    List<Records.SubscriptionRow> rows = new ArrayList<>();
    int room = shard.limits.subscriptions() - session.subscriptions.size();
    if (packet.subscriptions().size() > shard.limits.filtersPerSubscribe()) {
      room = 0;
    }
    for (Subscription s : packet.subscriptions()) {
      ReasonCode reason = mayHave(session, s.filter(), room);
      if (reason == ReasonCode.SUCCESS) {
        reason = granted(s.options().qos().value());
        room--;
        rows.add(
            new Records.SubscriptionRow(
                shard.numbers.nextSubscription(),
                0,
                s.filter().bytes(),
                s.options().toByte(),
                packet.subscriptionIdentifier(),
                false,
                null));
      }
      reasons.add(reason);
    }
    SubAck answer = new SubAck(packet.packetId(), reasons);
    Records.Subscribed record = new Records.Subscribed(session.number, rows);
    if (session.durable && !rows.isEmpty()) {
      client.answer(shard.append(record, true), () -> client.write(answer));
    } else {
      client.answer(0, () -> client.write(answer));
      applySubscribed(session, record, 0);
    }
  }

  private ReasonCode mayHave(Session session, TopicFilter filter, int room) {
    if (filter.levels() > shard.limits.topicLevels()) {
      return ReasonCode.TOPIC_FILTER_INVALID;
    }
    if (room <= 0 && !session.subscriptions.containsKey(filter.bytes())) {
      return ReasonCode.QUOTA_EXCEEDED;
    }
    TopicFilter plain = filter.isShared() ? TopicFilter.of(filter.filter()) : filter;
    return shard.access.maySubscribe(session.clientId, session.owner, plain)
        ? ReasonCode.SUCCESS
        : ReasonCode.NOT_AUTHORIZED;
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
      StandingSubscription old = session.subscriptions.get(row.filter());
      if (old != null && old.number == row.number()) {
        continue; // replayed over the row that has it
      }
      TopicFilter filter = TopicFilter.of(row.filter());
      int handling = row.options() >> 4 & 3;
      boolean send = handling == 0 || handling == 1 && old == null; // [MQTT-3.3.1-10]
      StandingSubscription standing = stand(session, filter, row);
      if (old != null) {
        book.remove(old); // after the new one stands: no message is lost [MQTT-3.8.4-4]
      }
      if (send && !filter.isShared() || row.retainedPending()) {
        standing.retainedPending = true;
        standing.retainedAfter = row.retainedAfter();
        standing.savedPending = true;
        standing.savedAfter = row.retainedAfter();
        shard.sendRetained(session, standing);
      }
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
    book.add(standing);
    shard.numbers.atLeastSubscription(row.number());
    return standing;
  }

  void unsubscribe(Session session, ClientConnection client, Unsubscribe packet) {
    List<Slice> filters = packet.filters().stream().map(TopicFilter::bytes).toList();
    Records.Unsubscribed record = new Records.Unsubscribed(session.number, filters);
    if (!session.durable) {
      List<Boolean> existed = applyUnsubscribed(session, record, 0);
      client.answer(0, () -> client.write(unsubAck(packet.packetId(), existed)));
      return;
    }
    long sequence = shard.append(record, true);
    List<Boolean> existed = new ArrayList<>();
    shard.applier.reportTo(sequence, existed::addAll);
    client.answer(sequence, () -> client.write(unsubAck(packet.packetId(), existed)));
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
        book.remove(old);
        shard.counters.subscriptions--;
      }
    }
    shard.applied(session, position);
    return existed;
  }
}
