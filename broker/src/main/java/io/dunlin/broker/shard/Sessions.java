package io.dunlin.broker.shard;

import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import io.dunlin.broker.spi.Rights;
import io.dunlin.broker.store.Records;
import io.dunlin.mqtt.ConnAck;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.Will;
import io.dunlin.transport.Connection;
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

  private final Shard shard;
  private final Map<String, Session> byClientId = new HashMap<>();
  private final Map<Long, Session> byNumber = new HashMap<>();
  private final List<Session> listed =
      new ArrayList<>(); // a session's place in it is Session#place
  private final Map<String, ArrayDeque<ClientConnection>> opening = new HashMap<>();
  private final Map<String, Mount> mounts = new HashMap<>(2); // as many as were configured

  Sessions(Shard shard) {
    this.shard = shard;
  }

  @Nullable Session byNumber(long number) {
    return byNumber.get(number);
  }

  @Nullable Session byClientId(String clientId) {
    return byClientId.get(clientId);
  }

  /// All sessions, in no order: for walks that stop and go on while sessions come and go.
  List<Session> listed() {
    return listed;
  }

  Collection<Session> all() {
    return byNumber.values();
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
    guarded(client, () -> tryToOpen(client));
  }

  /// Runs a step of opening; if it fails, only this connection ends, and the next one gets its
  /// turn.
  private void guarded(ClientConnection client, Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      shard.failed(client, e);
      next(client.clientId);
    }
  }

  private void tryToOpen(ClientConnection client) {
    if (client.ended()) {
      next(client.clientId);
      return;
    }
    Session old = byClientId.get(client.clientId);
    ReasonCode refusal = gate(client, old);
    if (refusal != ReasonCode.SUCCESS) {
      refuse(client, refusal);
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
      shard.wills.fire(old); // its session ends [MQTT-3.1.2-8]
    }
    if (old != null && !resume) {
      shard.loans().settle(old);
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
        () ->
            guarded(
                client,
                () -> {
                  Session session = byNumber.get(record.session());
                  if (session == null) {
                    throw new IllegalStateException("committed and not applied: " + record);
                  }
                  opened(client, session, resume);
                }));
  }

  /// Whether a client may have its session, by what is known now: the login was checked a while ago
  /// and elsewhere.
  private ReasonCode gate(ClientConnection client, @Nullable Session old) {
    Hello hello = client.hello;
    boolean another =
        old != null && !(old.owner.equals(hello.owner()) && old.mount.equals(hello.mount()));
    if (another && shard.tracing) {
      shard.tracer.connection(
          client.clientId, "refused: its session belongs to another user, or another mount point");
    }
    if (another || !hello.validity().holds()) {
      return ReasonCode.NOT_AUTHORIZED;
    }
    if (!hello.assigned() && !shard.access.mayHave(hello.clientId(), hello.owner())) {
      return ReasonCode.CLIENT_IDENTIFIER_NOT_VALID;
    }
    Will will = hello.connect().will();
    if (will != null && !hello.rights(shard.access).mayPublish(will.topic())) {
      shard.counters.deniedPublishes++;
      if (shard.tracing) {
        Rights rights = hello.rights(shard.access);
        String why = Tracer.denial(rights, Rights.Act.PUBLISH, will.topic().bytes());
        shard.tracer.connection(client.clientId, "will to " + will.topic() + " refused: " + why);
      }
      return ReasonCode.NOT_AUTHORIZED;
    }
    return old == null || !old.durable ? room(client) : ReasonCode.SUCCESS;
  }

  /// Whether there is room for a session that is not there yet; those that end with their
  /// connections are as many as these. Of clients that come at the same moment a few more may find
  /// some.
  private ReasonCode room(ClientConnection client) {
    long most = shard.limits.persistentSessions();
    if (expirySeconds(client.hello.connect()) == 0 || shard.persistentSessions() < most) {
      return ReasonCode.SUCCESS;
    }
    shard.counters.refusedSessions++;
    LOG.info("session.refused clientId={} persistentMax={}", client.clientId, most);
    return ReasonCode.QUOTA_EXCEEDED;
  }

  private long expirySeconds(Connect connect) {
    return Math.min(connect.sessionExpirySeconds(), shard.limits.sessionExpirySeconds());
  }

  /// Ends the connections of those who may not be connected any more.
  void checkLogins() {
    for (Session session : List.copyOf(byNumber.values())) {
      ClientConnection client = session.connection;
      if (client != null) {
        checkLogin(client);
      }
    }
  }

  private void checkLogin(ClientConnection client) {
    Hello hello = client.hello;
    boolean mayStay =
        hello.validity().holds()
            && (hello.assigned() || shard.access.mayHave(hello.clientId(), hello.owner()));
    if (!mayStay) {
      LOG.info("session.revoked clientId={}", client.clientId);
      client.disconnect(ReasonCode.NOT_AUTHORIZED, null);
    }
  }

  /// More than an OPEN takes, with what ending an earlier connection may add.
  private static int openBytes(ClientConnection client) {
    return OPEN_RECORD_BYTES
        + 3 * (client.clientId.length() + client.hello.owner().length())
        + client.hello.mount().bytes()
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
    long expiry = expirySeconds(connect);
    Will will = connect.will();
    return new Records.Open(
        resume && old != null ? old.number : shard.numbers.nextSession(shard.slot(client.clientId)),
        resume || old == null ? 0 : old.number,
        resume || expiry > 0,
        !resume,
        client.clientId,
        client.hello.owner(),
        client.hello.mount().prefix(),
        expiry,
        client.receiveMaximum,
        shard.limits.queueMessages(),
        shard.limits.queueBytes(),
        shard.nowMillis(),
        will == null ? null : Wills.stored(will),
        will == null ? 0 : will.delaySeconds());
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
              mount(record.mount()),
              record.durable(),
              shard.index,
              0,
              record.window(),
              record.expirySeconds(),
              record.queueMessages(),
              record.queueBytes(),
              shard.limits.packetIds());
      session.inStore = position > 0 && shard.keeper.mayHaveRows(position - 1);
      install(session);
    }
    session.expirySeconds = record.expirySeconds();
    session.queueMessages = record.queueMessages();
    session.queueBytes = record.queueBytes();
    session.recordedWindow =
        session.recordedBacklog() == 0 // else something may have been sent under the old one
            ? record.window()
            : Math.max(session.recordedWindow, record.window());
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

  /// The mount point with this prefix, one object for all.
  Mount mount(String prefix) {
    return mounts.computeIfAbsent(prefix, Mount::of);
  }

  private void stopClocks(Session session) {
    if (session.expiry != null) {
      shard.timers.cancel(session.expiry);
      session.expiry = null;
    }
    shard.wills.stopWaiting(session); // [MQTT-3.1.3-9]
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
    if (byNumber.put(session.number, session) == null && session.groupQueue == null) {
      session.place = listed.size();
      listed.add(session);
      shard.counters.persistentSessions += session.durable ? 1 : 0;
    }
    if (session.groupQueue == null) {
      byClientId.put(session.clientId, session);
    }
    count();
    shard.numbers.atLeast(session.number);
  }

  private void count() {
    shard.counters.sessions = byNumber.size() - shard.groupQueues().count();
  }

  /// The session is there, and durable if it should be: the connection takes it up.
  private void opened(ClientConnection client, Session session, boolean present) {
    session.connection = client;
    session.window = client.receiveMaximum;
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
      LOG.debug(
          "session.connected clientId={} remote={} version={} durable={} present={}",
          client.clientId,
          client.connection.remoteAddress(),
          client.version,
          session.durable,
          present);
      if (shard.tracing) {
        String what = present ? "connected to its session " : "connected, a new session ";
        shard.tracer.connection(session.clientId, what + client.connection.remoteAddress());
      }
      checkLogin(client); // it may have ended while the session was made durable
      shard.delivery.pump(session);
      shard.loans().memberHasRoom(session);
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
    Limits limits = client.limits;
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
    LOG.debug(
        "session.disconnected clientId={} reason={} keepWill={}",
        session.clientId,
        client.endReason,
        keepWill);
    shard.inspector.ended(session.clientId, client.endReason);
    if (shard.tracing) {
      shard.tracer.connection(session.clientId, "ended: " + client.endReason);
    }
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
        shard.wills.fire(session);
      }
      shard.loans().memberGone(session);
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
    shard.loans().memberGone(session);
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
    shard.wills.await(session, graceSeconds, away);
  }

  private void expire(Session session) {
    if (session.connection != null || session.ended) {
      return;
    }
    LOG.info("session.expired clientId={}", session.clientId);
    shard.counters.expiredSessions++;
    if (shard.tracing) {
      shard.tracer.connection(session.clientId, "session expired");
    }
    if (session.will != null) {
      shard.wills.fire(session);
    }
    end(session); // [MQTT-4.1.0-2]
  }

  /// Ends a session that has records.
  void end(Session session) {
    session.ending = true;
    shard.loans().settle(session);
    shard.appendWhenRoom(new Records.Ended(session.number));
  }

  /// A session is over: nothing is left of it in memory, and nothing will be in the store.
  void remove(Session session) {
    session.ended = true;
    shard.subscriptions.removeAll(session);
    if (byNumber.remove(session.number) != null && session.groupQueue == null) {
      shard.counters.persistentSessions -= session.durable ? 1 : 0;
      Session last = listed.removeLast();
      if (last.place != session.place) { // the last one takes its place
        last.place = session.place;
        listed.set(last.place, last);
      }
    }
    byClientId.remove(session.clientId, session);
    GroupQueue queue = session.groupQueue;
    if (queue != null) {
      shard.groupQueues().removed(queue);
    }
    count();
    shard.queueMemory.releaseAll(session);
    shard.loans().ended(session);
    stopClocks(session);
    shard.retainedSender.forget(session);
    ClientConnection connection = session.connection;
    if (connection != null) {
      connection.disconnect(ReasonCode.SESSION_TAKEN_OVER, null);
    }
    if (session.durable || session.willRecorded) {
      shard.dropStored(session);
    }
  }
}
