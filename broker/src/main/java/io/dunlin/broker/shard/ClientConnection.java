package io.dunlin.broker.shard;

import io.dunlin.base.HotPath;
import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import io.dunlin.broker.store.MessageView;
import io.dunlin.codec.AckEncoder;
import io.dunlin.codec.PacketEncoder;
import io.dunlin.codec.PacketFrame;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.Disconnect;
import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.transport.Connection;
import io.dunlin.transport.ConnectionHandler;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A connection whose CONNECT was accepted: cuts what comes into packets, for [PacketIntake], and
/// sends what comes back.
///
/// States: opening (its session is being made durable, nothing is read) → ready → closing
/// (DISCONNECT or an error; nothing is read or written any more) → closed.
@OwnedBy("shard")
@HotPath(benchmark = "mqload fanin0, p2p1")
final class ClientConnection implements ConnectionHandler {
  private static final Logger LOG = LoggerFactory.getLogger(ClientConnection.class);

  /// Answers that may wait for the log before the connection is not read any more.
  private static final int MAX_PENDING = 8_192;

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

  /// Those that it was told of when it connected.
  final Limits limits;

  /// Of what the client may send.
  final int maxPacketBytes;

  private final PublishIntake publishes;
  private final PacketIntake intake;
  private final KeepAlive keepAlive;
  private final @Nullable OutgoingAliases aliases;

  /// Whether its PUBLISH packets differ from those of others: their topics.
  final boolean ownTopics;

  @Nullable Session session;
  boolean wantsPump;
  boolean dirty;
  boolean parked;
  boolean waiting; // in the shard's list of connections with pending answers
  final long connectedAtMillis;
  String endReason = "connection lost";
  private boolean ready;
  private boolean ended;
  private int bytesWanted;
  private long lastReceivedNanos;

  ClientConnection(Shard shard, Connection connection, Hello hello) {
    Connect connect = hello.connect();
    this.shard = shard;
    this.connection = connection;
    this.hello = hello;
    this.limits = shard.limits;
    this.maxPacketBytes = limits.maxPacketBytes(connection.listener());
    this.version = connect.version();
    this.clientId = hello.clientId();
    this.maximumPacketSize = connect.maximumPacketSize();
    this.receiveMaximum = Math.min(connect.receiveMaximum(), shard.limits.outgoingWindow());
    this.problemInformation = connect.requestProblemInformation();
    this.outbox = new Outbox(shard.buffers);
    this.publishes = new PublishIntake(shard, this);
    this.intake = new PacketIntake(shard, this, publishes);
    int aliasMaximum = Math.min(connect.topicAliasMaximum(), shard.limits.topicAliasesOutgoing());
    this.aliases = v5() && aliasMaximum > 0 ? new OutgoingAliases(aliasMaximum) : null;
    this.ownTopics = aliases != null || !hello.mount().isNone();
    this.keepAlive = new KeepAlive(this, connect, shard.limits.keepAliveSeconds());
    this.lastReceivedNanos = shard.loop.nowNanos();
    this.connectedAtMillis = shard.nowMillis();
  }

  /// The Keep Alive in force, 0 for none.
  int keepAliveSeconds() {
    return keepAlive.seconds();
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
    int wanted = 0;
    try {
      while (at < to && !ended) {
        if (parked || !ready || pending.size() >= MAX_PENDING) {
          park();
          break;
        }
        int length = PacketFrame.length(arena, at, to, maxPacketBytes);
        if (length == 0 || length > to - at) {
          wanted = length;
          break;
        }
        Progress progress = intake.onPacket(arena, at, at + length);
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
    int consumed = ended ? to : at;
    shard.counters.bytesReceived += consumed - from;
    bytesWanted = wanted;
    return consumed;
  }

  @Override
  public int bytesWanted() {
    return bytesWanted;
  }

  /// When bytes came last.
  long lastReceivedNanos() {
    return lastReceivedNanos;
  }

  /// The disk may have space again. Returns whether no PUBLISH is held back any more.
  boolean releaseHeld() {
    try {
      return intake.releaseHeld();
    } catch (MalformedPacket e) {
      refuse(e);
      return true;
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
    shard.counters.packetsSent++;
    if (shard.tracing) {
      shard.tracer.sent(this, packet);
    }
    touched();
    return true;
  }

  /// Sends an answer that the client waits for. One that is larger than the client takes must not
  /// be sent [MQTT-3.1.2-24]: rather than let it wait for ever, the connection ends.
  void reply(Packet packet) {
    if (!write(packet)) {
      disconnect(
          ReasonCode.PACKET_TOO_LARGE,
          "the "
              + packet.getClass().getSimpleName().toUpperCase(Locale.ROOT)
              + " would be larger than Maximum Packet Size");
    }
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
      publishes.answered();
    }
    if (reason >= 0x80 && v5()) {
      reply(Answers.refusal(first, packetId, Objects.requireNonNull(ReasonCode.of(reason))));
      return;
    }
    shard.counters.packetsSent++;
    if (shard.tracing) {
      shard.tracer.sent(this, first, packetId, reason);
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

  void writePingResp() { // [MQTT-3.12.4-1]
    ByteBuffer target = outbox.reserve(2);
    target.putShort(outbox.at(), (short) 0xd000);
    outbox.commit(2);
    shard.counters.packetsSent++;
    if (shard.tracing) {
      shard.tracer.sent(this, 0xd0, 0, 0);
    }
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

  /// The client has said DISCONNECT.
  ///
  /// @param why in words for the log
  /// @param keepWill whether its will is to be published all the same
  /// @param expirySeconds the Session Expiry Interval that it has sent, -1 for none
  void left(String why, boolean keepWill, long expirySeconds) {
    endReason = why;
    shard.counters.ended[0]++;
    end();
    shard.sessions.connectionEnded(this, keepWill, expirySeconds);
    connection.closeAtOnce(); // nothing may follow a DISCONNECT [MQTT-3.14.4-1]
  }

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
    flushTheLast();
    LOG.debug("connection.ended clientId={} reason={}", clientId, reason);
    endReason = detail == null ? reason.name() : reason.name() + ": " + detail;
    shard.counters.ended[reason.code()]++;
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

  /// Nothing is read or written after this. Sends what is in the outbox, and lets nothing follow.
  private void flushTheLast() {
    dirty = false;
    wantsPump = false;
    outbox.flush(connection);
  }

  private void end() {
    flushTheLast();
    ended = true;
    keepAlive.stop();
    if (session != null) {
      pending.clear(); // else its session is on the way to the log, and others wait for that
    }
    outbox.clear();
    intake.clear();
  }

  @Override
  public void onClosed() {
    shard.admission.leave();
    if (ended) {
      return;
    }
    shard.counters.lostConnections++;
    end();
    shard.sessions.connectionEnded(this, true, -1);
  }
}
