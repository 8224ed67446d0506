package io.dunlin.broker.shard;

import io.dunlin.base.HotPath;
import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import io.dunlin.base.TimerWheel;
import io.dunlin.broker.spi.AuthenticationMethod;
import io.dunlin.broker.store.MessageView;
import io.dunlin.codec.AckEncoder;
import io.dunlin.codec.PacketDecoder;
import io.dunlin.codec.PacketEncoder;
import io.dunlin.codec.PacketFrame;
import io.dunlin.codec.Sender;
import io.dunlin.mqtt.Auth;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.Disconnect;
import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.PubComp;
import io.dunlin.mqtt.PubRec;
import io.dunlin.mqtt.PubRel;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.Subscribe;
import io.dunlin.mqtt.Unsubscribe;
import io.dunlin.transport.Connection;
import io.dunlin.transport.ConnectionHandler;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A connection whose CONNECT was accepted: takes its packets apart and carries them to its
/// session, and sends what comes back.
///
/// States: opening (its session is being made durable, nothing is read) → ready → closing
/// (DISCONNECT or an error; nothing is read or written any more) → closed.
@OwnedBy("shard")
@HotPath(benchmark = "mqload fanin0, p2p1")
final class ClientConnection implements ConnectionHandler {
  private static final Logger LOG = LoggerFactory.getLogger(ClientConnection.class);

  /// Answers that may wait for the log before the connection is not read any more.
  private static final int MAX_PENDING = 8_192;

  /// From the end of a Keep Alive to that of its connection.
  private static final long OVERDUE_NANOS = 50_000_000;

  private static final int SMALL_RECORD_BYTES = 64;
  private static final int ACK_PACKET_BYTES = 4;

  /// What a record of as many topic filters as a packet can have adds to the packet.
  private static final int FILTERS_RECORD_BYTES = 512 * 1024;

  /// What becomes of a packet.
  enum Progress {
    /// It is done with.
    CONSUMED,
    /// There is no room for what it would cause: it comes again.
    NO_ROOM,
    /// The disk is nearly full: it is held back.
    NO_SPACE,
    /// The connection has ended.
    ENDED
  }

  final Shard shard;
  final Connection connection;
  final MqttVersion version;
  final String clientId;
  final long maximumPacketSize;
  final int receiveMaximum;
  final boolean problemInformation;
  final Outbox outbox;
  final PendingAnswers pending = new PendingAnswers();
  final Hello hello;

  private final PublishIntake intake;
  final int maxPacketBytes; // that the client may send
  private final KeepAlive keepAlive;
  private final @Nullable OutgoingAliases aliases;
  @Nullable Session session;
  private @Nullable HeldPublishes held;
  boolean wantsPump;
  boolean dirty;
  boolean parked;
  boolean waiting; // in the shard's list of connections with pending answers
  private boolean ready;
  private boolean ended;
  private int bytesWanted;
  private long lastReceivedNanos;
  private AuthenticationMethod.@Nullable Exchange reauthentication;

  ClientConnection(Shard shard, Connection connection, Hello hello) {
    Connect connect = hello.connect();
    this.shard = shard;
    this.connection = connection;
    this.hello = hello;
    this.version = connect.version();
    this.clientId = hello.clientId();
    this.maximumPacketSize = connect.maximumPacketSize();
    this.receiveMaximum = Math.min(connect.receiveMaximum(), shard.limits.outgoingWindow());
    this.problemInformation = connect.requestProblemInformation();
    this.outbox = new Outbox(shard.buffers);
    this.maxPacketBytes = shard.limits.maxPacketBytes(connection.listener());
    this.intake = new PublishIntake(shard, this);
    int aliasMaximum = Math.min(connect.topicAliasMaximum(), shard.limits.topicAliasesOutgoing());
    this.aliases = v5() && aliasMaximum > 0 ? new OutgoingAliases(aliasMaximum) : null;
    this.keepAlive = new KeepAlive(keepAliveNanos(connect, shard.limits.keepAliveSeconds()));
    this.lastReceivedNanos = shard.loop.nowNanos();
  }

  private static long keepAliveNanos(Connect connect, int maximumSeconds) {
    int seconds = connect.keepAliveSeconds();
    boolean overridden =
        connect.version() == MqttVersion.V5
            && maximumSeconds > 0
            && (seconds == 0 || seconds > maximumSeconds);
    return (overridden ? maximumSeconds : seconds) * 1_500_000_000L; // [MQTT-3.1.2-22]
  }

  boolean v5() {
    return version == MqttVersion.V5;
  }

  /// Whether the CONNACK was sent and the connection has not ended.
  boolean ready() {
    return ready && !ended;
  }

  boolean ended() {
    return ended;
  }

  /// The session is there and the CONNACK is in the outbox: packets may come.
  void begin(Session newSession) {
    session = newSession;
    ready = true;
    keepAlive.start();
    connection.resumeReading();
  }

  // -- from the client ------------------------------------------------------------------------

  @Override
  public int onBytes(ByteBuffer arena, int from, int to) {
    lastReceivedNanos = shard.loop.nowNanos();
    int at = from;
    try {
      while (at < to && !ended) {
        if (parked || !ready || pending.size() >= MAX_PENDING) {
          park();
          break;
        }
        int length = PacketFrame.length(arena, at, to, maxPacketBytes);
        if (length == 0 || length > to - at) {
          bytesWanted = length;
          return at;
        }
        Progress progress = onPacket(arena, at, at + length);
        if (progress == Progress.NO_ROOM) {
          park();
          break;
        }
        shard.counters.packetsReceived++;
        at += length;
      }
    } catch (MalformedPacket e) {
      refuse(e);
    }
    shard.counters.bytesReceived += (ended ? to : at) - from;
    bytesWanted = 0;
    return ended ? to : at;
  }

  @Override
  public int bytesWanted() {
    return bytesWanted;
  }

  private Progress onPacket(ByteBuffer arena, int from, int to) throws MalformedPacket {
    int first = arena.get(from) & 0xff;
    int type = first >> 4;
    if (type == 3) {
      return onPublish(arena, from, to);
    }
    Session s = session;
    if (s == null) {
      return Progress.ENDED;
    }
    if (s.durable && !shard.appender.hasRoom(recordBytes(to - from))) {
      return Progress.NO_ROOM;
    }
    if (to - from == ACK_PACKET_BYTES && (first == 0x40 || first == 0x70 || first == 0x50)) {
      int id = Short.toUnsignedInt(arena.getShort(from + 2));
      if (id != 0) {
        return onAck(s, first, id, ReasonCode.SUCCESS);
      }
    }
    Packet packet = PacketDecoder.decode(arena, from, to, version, Sender.CLIENT);
    return onPacket(s, packet);
  }

  private Progress onPublish(ByteBuffer arena, int from, int to) throws MalformedPacket {
    boolean behindHeld = held != null && (arena.get(from) & 6) != 0; // in order among QoS 1 and 2
    Progress progress = behindHeld ? Progress.NO_SPACE : intake.onPublish(arena, from, to);
    if (progress != Progress.NO_SPACE) {
      return progress;
    }
    HeldPublishes waiting = held;
    if (waiting == null) {
      waiting = new HeldPublishes();
      held = waiting;
      shard.holds(this);
    }
    return waiting.add(arena, from, to) ? Progress.CONSUMED : Progress.NO_ROOM;
  }

  /// The disk may have space again. Returns whether nothing is held back any more.
  boolean releaseHeld() {
    HeldPublishes waiting = held;
    if (waiting == null || ended) {
      return true;
    }
    try {
      for (ByteBuffer packet = waiting.first(); packet != null; packet = waiting.first()) {
        Progress progress = intake.onPublish(packet, 0, packet.capacity());
        if (progress == Progress.NO_SPACE || progress == Progress.NO_ROOM) {
          return false;
        }
        waiting.removeFirst();
      }
    } catch (MalformedPacket e) {
      refuse(e);
    }
    held = null;
    return true;
  }

  /// More than the record takes that a packet of `bytes` can cause.
  private static int recordBytes(int bytes) {
    return Math.max(SMALL_RECORD_BYTES, Math.min(8 * bytes, bytes + FILTERS_RECORD_BYTES));
  }

  private Progress onPacket(Session s, Packet packet) throws MalformedPacket {
    switch (packet) {
      case PubAck p -> {
        return onAck(s, 0x40, p.packetId(), p.reasonCode());
      }
      case PubRec p -> {
        return onAck(s, 0x50, p.packetId(), p.reasonCode());
      }
      case PubComp p -> {
        return onAck(s, 0x70, p.packetId(), p.reasonCode());
      }
      case PubRel p -> intake.onPubRel(p.packetId());
      case Subscribe p -> shard.sessions.subscribe(s, this, p);
      case Unsubscribe p -> shard.sessions.unsubscribe(s, this, p);
      case io.dunlin.mqtt.PingReq _ -> writePingResp();
      case Disconnect p -> onDisconnect(s, p);
      case Auth p -> onAuth(p);
      case Connect _ ->
          throw new MalformedPacket(ReasonCode.PROTOCOL_ERROR, "MQTT-3.1.0-2", "a second CONNECT");
      default ->
          throw new MalformedPacket(
              ReasonCode.PROTOCOL_ERROR, "§4.13.1", "a packet that only servers send");
    }
    return ended ? Progress.ENDED : Progress.CONSUMED;
  }

  private Progress onAck(Session s, int first, int id, ReasonCode reason) {
    shard.acks.on(s, this, first, id, reason.code() >= 0x80);
    return ended ? Progress.ENDED : Progress.CONSUMED;
  }

  private void onDisconnect(Session s, Disconnect packet) {
    long expiry = packet.sessionExpirySeconds();
    if (expiry > 0 && s.expirySeconds == 0) {
      disconnect(
          ReasonCode.PROTOCOL_ERROR, "Session Expiry Interval was 0 in the CONNECT"); // §3.14.2.2.2
      return;
    }
    boolean keepWill = packet.reasonCode() != ReasonCode.SUCCESS; // [MQTT-3.14.4-3]
    end();
    shard.sessions.connectionEnded(this, keepWill, expiry);
    connection.close();
  }

  private void onAuth(Auth packet) {
    AuthenticationMethod method = hello.method();
    if (method == null || !method.name().equals(packet.authenticationMethod())) {
      disconnect(ReasonCode.PROTOCOL_ERROR, "AUTH with another method than the CONNECT");
      return; // not 0x8C: DISCONNECT does not have it (§3.14.2.1)
    }
    AuthenticationMethod.Exchange exchange = reauthentication;
    boolean begins = packet.reasonCode() == ReasonCode.REAUTHENTICATE;
    if (begins != (exchange == null)) {
      disconnect(ReasonCode.PROTOCOL_ERROR, "AUTH out of turn");
      return;
    }
    if (exchange == null) {
      exchange = method.begin(hello.login());
      reauthentication = exchange;
    }
    switch (exchange.next(packet.authenticationData())) {
      case AuthenticationMethod.Step.Continue step ->
          writeAuth(ReasonCode.CONTINUE_AUTHENTICATION, method, step.data());
      case AuthenticationMethod.Step.Success step -> {
        reauthentication = null;
        if (step.owner().equals(hello.owner())) {
          writeAuth(ReasonCode.SUCCESS, method, step.data());
        } else {
          disconnect(ReasonCode.NOT_AUTHORIZED, "re-authenticated as somebody else");
        }
      }
      case AuthenticationMethod.Step.Failure step -> disconnect(step.reason(), null);
    }
  }

  private void writeAuth(ReasonCode reason, AuthenticationMethod method, @Nullable Slice data) {
    if (!write(new Auth(reason, method.name(), data, null, List.of()))) {
      disconnect(ReasonCode.PACKET_TOO_LARGE, "the AUTH would be larger than the client takes");
    }
  }

  // -- to the client --------------------------------------------------------------------------

  /// Something is in the outbox: it goes out at the end of the turn.
  void touched() {
    if (!dirty) {
      dirty = true;
      shard.dirty(this);
    } else if (outbox.shouldFlush()) {
      outbox.flush(connection);
    }
  }

  /// Sends what is in the outbox. At the end of the turn.
  void flush() {
    dirty = false;
    if (outbox.flush(connection) && wantsPump) {
      pumpAgain();
    }
  }

  @Override
  public void onWritable() {
    if (outbox.onWritable(connection) && wantsPump) {
      pumpAgain();
    }
  }

  private void pumpAgain() {
    wantsPump = false;
    Session s = session;
    if (s != null && s.connection == this) {
      shard.delivery.pump(s);
    }
  }

  /// Encodes and sends a packet that is not on the hot path; false when it is larger than the
  /// client takes [MQTT-3.1.2-24].
  boolean write(Packet packet) {
    if (ended) {
      return true;
    }
    Slice bytes = PacketEncoder.encode(packet, version, maximumPacketSize, problemInformation);
    if (bytes.isEmpty()) {
      return false;
    }
    ByteBuffer target = outbox.reserve(bytes.length());
    bytes.copyTo(target, outbox.at());
    outbox.commit(bytes.length());
    touched();
    return true;
  }

  /// Answers with an acknowledgement, now or when its record is committed.
  ///
  /// @param sequence the record to wait for, 0 for none
  /// @param ack from [#ack]
  void answer(long sequence, int ack) {
    if (pending.isEmpty() && sequence <= shard.committedSequence()) {
      writeAck(ack);
    } else {
      pending.addAck(sequence, ack);
      shard.awaits(this);
    }
  }

  /// Runs an action when a record is committed and all answers before are given.
  void answer(long sequence, Runnable action) {
    if (pending.isEmpty() && sequence <= shard.committedSequence()) {
      action.run();
    } else {
      pending.addAction(sequence, action);
      shard.awaits(this);
    }
  }

  /// Packs an acknowledgement: the first byte of its packet, its reason, its packet identifier.
  static int ack(int first, ReasonCode reason, int packetId) {
    return first << 24 | reason.code() << 16 | packetId;
  }

  /// Writes an acknowledgement that [#ack] has packed.
  void writeAck(int ack) {
    if (ended) {
      return;
    }
    int first = ack >>> 24;
    int reason = ack >> 16 & 0xff;
    int packetId = ack & 0xffff;
    if (first == 0x40 || first == 0x70 && reason == 0 || first == 0x50 && reason >= 0x80) {
      intake.answered();
    }
    if (reason == 0 || !v5()) {
      ByteBuffer target = outbox.reserve(AckEncoder.BYTES);
      int at = outbox.at();
      target.put(at, (byte) first);
      target.put(at + 1, (byte) 2);
      target.putShort(at + 2, (short) packetId);
      outbox.commit(AckEncoder.BYTES);
    } else {
      ByteBuffer target = outbox.reserve(AckEncoder.BYTES + 1);
      int at = outbox.at();
      target.put(at, (byte) first);
      target.put(at + 1, (byte) 3);
      target.putShort(at + 2, (short) packetId);
      target.put(at + 4, (byte) reason);
      outbox.commit(AckEncoder.BYTES + 1);
    }
    touched();
  }

  /// Sends the PUBREL of a message whose PUBREC has come.
  void sendPubRel(int packetId) {
    writeAck(ack(0x62, ReasonCode.SUCCESS, packetId));
  }

  private void writePingResp() { // [MQTT-3.12.4-1]
    ByteBuffer target = outbox.reserve(2);
    target.putShort(outbox.at(), (short) 0xd000);
    outbox.commit(2);
    touched();
  }

  boolean usesAliases() {
    return aliases != null;
  }

  /// The alias for a message's topic, with [Wire#LEAVE_OUT_TOPIC] when the client knows it; 0 for
  /// none.
  int aliasFor(MessageView message) {
    return aliases == null ? 0 : aliases.aliasFor(message);
  }

  void aliasNotSent(int alias) {
    if (aliases != null && (alias & Wire.LEAVE_OUT_TOPIC) == 0 && alias != 0) {
      aliases.forgetLast();
    }
  }

  /// Whether so much waits for the socket that no more should be added.
  boolean congested() {
    long limit = shard.limits.outboxBytes();
    if (outbox.bytes() <= limit) {
      return false;
    }
    if (!outbox.blocked()) {
      outbox.flush(connection);
    }
    return outbox.bytes() > limit;
  }

  // -- back-pressure --------------------------------------------------------------------------

  /// Stops reading until the shard has room again.
  private void park() {
    connection.pauseReading();
    if (!parked) {
      parked = true;
      shard.counters.parked++;
      shard.park(this);
    }
  }

  /// There is room again.
  void unpark() {
    parked = false;
    lastReceivedNanos = shard.loop.nowNanos(); // what was not read does not count as silence
    if (!ended && ready) {
      connection.resumeReading();
    }
  }

  boolean hasPendingRoom() {
    return pending.size() < MAX_PENDING / 2;
  }

  // -- the end --------------------------------------------------------------------------------

  private void refuse(MalformedPacket e) {
    shard.counters.refusedPackets++;
    LOG.info(
        "connection.refused clientId={} remote={} reason={} statement={} detail={}",
        clientId,
        connection.remoteAddress(),
        e.reason(),
        e.statement(),
        e.detail());
    disconnect(e.reason(), e.detail());
  }

  /// Ends the connection for a reason; an MQTT 5.0 client is told §4.13.
  void disconnect(ReasonCode reason, @Nullable String detail) {
    if (ended) {
      return;
    }
    if (v5() && ready) {
      String reference =
          reason == ReasonCode.USE_ANOTHER_SERVER || reason == ReasonCode.SERVER_MOVED
              ? shard.limits.serverReference()
              : null;
      write(new Disconnect(reason, -1, detail, reference, List.of()));
    }
    flush();
    LOG.debug("connection.ended clientId={} reason={}", clientId, reason);
    end();
    shard.sessions.connectionEnded(this, true, -1);
    connection.close();
  }

  /// The broker stops in good order: the session stays as it is.
  void shutDown() {
    if (ended) {
      return;
    }
    if (v5() && ready) {
      String reference = shard.limits.serverReference();
      write(
          reference.isEmpty()
              ? new Disconnect(ReasonCode.SERVER_SHUTTING_DOWN)
              : new Disconnect(ReasonCode.USE_ANOTHER_SERVER, -1, null, reference, List.of()));
    }
    end();
    connection.close();
  }

  /// Nothing is read or written after this.
  private void end() {
    flush();
    ended = true;
    keepAlive.stop();
    if (session != null) {
      pending.clear(); // else its session is on the way to the log, and others wait for that
    }
    outbox.clear();
    held = null;
  }

  @Override
  public void onClosed() {
    if (ended) {
      return;
    }
    end();
    shard.sessions.connectionEnded(this, true, -1);
  }

  /// Watches that the client is not silent for one and a half times its Keep Alive.
  private final class KeepAlive extends TimerWheel.Timer {
    private final long nanos;
    private boolean overdue;

    KeepAlive(long nanos) {
      this.nanos = nanos;
    }

    void start() {
      if (nanos > 0) {
        shard.timers.set(this, shard.loop.nowNanos() + nanos);
      }
    }

    void stop() {
      shard.timers.cancel(this);
    }

    @Override
    protected void fire(long nowNanos) {
      long silent = nowNanos - lastReceivedNanos;
      if (parked) {
        shard.timers.set(this, nowNanos + nanos);
      } else if (silent < nanos) {
        overdue = false;
        shard.timers.set(this, lastReceivedNanos + nanos);
      } else if (!overdue) { // a process that stood still first reads what came meanwhile
        overdue = true;
        shard.timers.set(this, nowNanos + OVERDUE_NANOS);
      } else {
        disconnect(ReasonCode.KEEP_ALIVE_TIMEOUT, null);
      }
    }
  }
}
