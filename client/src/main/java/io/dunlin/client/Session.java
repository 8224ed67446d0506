package io.dunlin.client;

import io.dunlin.mqtt.ConnAck;
import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.PubComp;
import io.dunlin.mqtt.PubRec;
import io.dunlin.mqtt.PubRel;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.SubAck;
import io.dunlin.mqtt.UnsubAck;
import io.dunlin.session.Outgoing;
import io.dunlin.session.PacketIdSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// The client's end of its session: what it has published and not finished, what it has received
/// and not finished, and the requests that wait for an answer. It outlives connections. Owned by
/// the client's lock.
///
/// Futures are completed by who holds the lock no more: they gather in [#takeCompletions].
final class Session {
  /// A message on its way.
  private record Pending(Message message, CompletableFuture<Published> future) {}

  private final int maxInFlight;
  private final int maxAliases;
  private List<Runnable> completions = new ArrayList<>();

  // lives as long as the session
  private Outgoing<Message> outgoing = new Outgoing<>(0, 1);
  private final Map<Long, Pending> pending = new HashMap<>();
  private PacketIdSet received = new PacketIdSet();
  private final Requests requests = new Requests(completion -> completions.add(completion));

  // lives as long as the connection
  private @Nullable Connection connection;
  private PacketIdSet open = new PacketIdSet();
  private OutgoingAliases aliases = new OutgoingAliases(0);

  /// Has at most `maxInFlight` messages in flight and `maxAliases` topic aliases, or as many as the
  /// server takes if that is less.
  Session(int maxInFlight, int maxAliases) {
    this.maxInFlight = maxInFlight;
    this.maxAliases = maxAliases;
  }

  /// What is to be completed, once the lock is free.
  List<Runnable> takeCompletions() {
    List<Runnable> taken = completions;
    completions = new ArrayList<>();
    return taken;
  }

  @Nullable Connection connection() {
    return connection;
  }

  /// A connection begins. All that is unfinished goes out again if the server has the session
  /// [MQTT-4.4.0-1]; if not, its state is thrown away here too [MQTT-3.2.2-5], and what can be
  /// asked anew is.
  void onConnected(Connection newConnection, boolean sessionPresent) {
    connection = newConnection;
    open = new PacketIdSet();
    aliases =
        new OutgoingAliases(Math.min(maxAliases, newConnection.connAck().topicAliasMaximum()));
    int window = Math.min(maxInFlight, newConnection.connAck().receiveMaximum()); // [MQTT-4.9.0-1]
    requests.onConnectionEnded();
    if (sessionPresent) {
      outgoing.rewind(window);
    } else {
      received = new PacketIdSet();
      publishAnew(window);
      requests.subscribeAnew();
    }
    pump(); // First, so that a request gets no identifier of a message that is sent again.
    requests.sendAll(newConnection, this::inUse);
  }

  /// The server knows nothing of what was in flight. QoS 1 is published again, as new messages; a
  /// released QoS 2 message had arrived; of one that was not, nobody can tell.
  private void publishAnew(int window) {
    Outgoing<Message> old = outgoing;
    outgoing = new Outgoing<>(old.end(), window);
    List<Pending> again = new ArrayList<>();
    for (long number : pending.keySet().stream().sorted().toList()) { // stragglers are among them
      Outgoing.State state = old.state(number);
      Pending each = Objects.requireNonNull(pending.remove(number));
      if (state == Outgoing.State.RELEASED) {
        complete(each.future(), Published.DONE);
      } else if (state == Outgoing.State.SENT && each.message().qos() == Qos.EXACTLY_ONCE) {
        fail(
            each.future(),
            new ClientException.SessionLost(
                "the server has lost the session; whether it has the message is unknown"));
      } else {
        again.add(each);
      }
    }
    again.forEach(this::add);
  }

  /// The connection is over.
  void onConnectionEnded() {
    connection = null;
  }

  /// Takes a message of QoS 1 or 2.
  void publish(Message message, CompletableFuture<Published> future) {
    add(new Pending(message, future));
    pump();
  }

  private void add(Pending each) {
    long number = outgoing.add(each.message().qos().value(), each.message().retain(), 0, 0, null);
    pending.put(number, each);
  }

  /// Sends what the window lets go, in the order of the numbers [MQTT-4.6.0-1]. Only PUBLISH waits
  /// for the window [MQTT-4.9.0-2], [MQTT-4.9.0-3].
  private void pump() {
    if (connection == null) {
      return;
    }
    while (outgoing.sendNext() < outgoing.end()) {
      long number = outgoing.sendNext();
      Outgoing.State state = outgoing.state(number);
      if (state == Outgoing.State.FINISHED) {
        outgoing.skip();
      } else if (state == Outgoing.State.RELEASED) {
        connection.send(new PubRel(outgoing.offer(), ReasonCode.SUCCESS));
      } else if (!outgoing.windowOpen() || !hasFreeId(number)) {
        return; // It goes when an acknowledgement, or the SUBACK, has come [MQTT-2.2.1-3].
      } else {
        sendNext(connection, number, state == Outgoing.State.SENT);
      }
    }
  }

  /// Whether the message can go out under an identifier that nothing else has [MQTT-2.2.1-3]: its
  /// own, or, where an old message holds that, another. One that a request has is free when its
  /// answer comes.
  private boolean hasFreeId(long number) {
    if (!outgoing.idIsFree()) {
      int other = outgoing.freeId();
      if (other == 0) {
        return false;
      }
      outgoing.rename(number, other);
    }
    return !requests.uses(outgoing.packetId(number));
  }

  private void sendNext(Connection to, long number, boolean dup) {
    Pending each = Objects.requireNonNull(pending.get(number));
    ReasonCode refusal = dup ? ReasonCode.SUCCESS : refusal(each.message(), to.connAck());
    int packetId = outgoing.offer();
    if (refusal != ReasonCode.SUCCESS
        || aliases.send(packet(each.message(), packetId, dup), to::send)
            == Connection.Fate.TOO_LARGE) {
      outgoing.finish(number);
      pending.remove(number);
      fail(each.future(), refused(refusal));
    }
  }

  /// Sends a message of QoS 0.
  void publishAtMostOnce(Message message, CompletableFuture<Published> future) {
    @Nullable Connection to = connection;
    if (to == null) {
      fail(future, notConnected());
      return;
    }
    ReasonCode refusal = refusal(message, to.connAck());
    if (refusal != ReasonCode.SUCCESS) {
      fail(future, refused(refusal));
      return;
    }
    switch (aliases.send(packet(message, 0, false), each -> to.send(each, future))) {
      case QUEUED -> {}
      case TOO_LARGE -> fail(future, refused(ReasonCode.PACKET_TOO_LARGE));
      case OVER -> fail(future, notConnected());
    }
  }

  private static ClientException notConnected() {
    return new ClientException.ConnectionLost(
        "not connected, and a QoS 0 message does not wait", null, true, null);
  }

  private static ClientException refused(ReasonCode refusal) {
    return new ClientException.PublishRefused(
        refusal == ReasonCode.SUCCESS ? ReasonCode.PACKET_TOO_LARGE : refusal,
        "the server has said that it takes none of this kind");
  }

  /// Why the server would not take `message`; SUCCESS if it would.
  private static ReasonCode refusal(Message message, ConnAck limits) {
    if (message.qos().compareTo(limits.maximumQos()) > 0) { // [MQTT-3.2.2-11]
      return ReasonCode.QOS_NOT_SUPPORTED;
    }
    if (message.retain() && !limits.retainAvailable()) { // [MQTT-3.2.2-14]
      return ReasonCode.RETAIN_NOT_SUPPORTED;
    }
    return ReasonCode.SUCCESS;
  }

  /// Without a subscription identifier [MQTT-3.3.4-6].
  private static Publish packet(Message message, int packetId, boolean dup) {
    return new Publish(
        message.topic(),
        message.payload(),
        message.qos(),
        message.retain(),
        dup, // [MQTT-3.3.1-1]
        packetId,
        0,
        message.payloadFormatUtf8(),
        message.expirySeconds(),
        message.contentType(),
        message.responseTopic(),
        message.correlationData(),
        List.of(),
        message.userProperties());
  }

  /// Whether a PUBLISH of ours uses the packet identifier.
  private boolean inUse(int packetId) {
    return outgoing.numberOf(packetId) >= 0;
  }

  void on(PubAck ack) throws MalformedPacket {
    finished(
        ack.packetId(),
        outgoing.numberOf(ack.packetId()),
        outgoing.onPubAck(ack.packetId()),
        new Published(ack.reasonCode(), ack.reasonString(), ack.userProperties()));
  }

  void on(PubRec ack) throws MalformedPacket {
    long number = outgoing.numberOf(ack.packetId());
    if (ack.reasonCode().isFailure()) { // [MQTT-4.4.0-2]
      finished(
          ack.packetId(),
          number,
          outgoing.onPubRecRefused(ack.packetId()),
          new Published(ack.reasonCode(), ack.reasonString(), ack.userProperties()));
      return;
    }
    switch (outgoing.onPubRec(ack.packetId())) {
      case DONE -> send(new PubRel(ack.packetId(), ReasonCode.SUCCESS)); // [MQTT-4.3.3-4]
      case UNKNOWN -> send(new PubRel(ack.packetId(), ReasonCode.PACKET_IDENTIFIER_NOT_FOUND));
      case MISPLACED -> throw misplaced("PUBREC", ack.packetId());
    }
  }

  void on(PubComp ack) throws MalformedPacket {
    finished(
        ack.packetId(),
        outgoing.numberOf(ack.packetId()),
        outgoing.onPubComp(ack.packetId()),
        Published.DONE);
  }

  /// An exchange may be over. An acknowledgement that belongs to none is no error.
  private void finished(int packetId, long number, Outgoing.Outcome outcome, Published result)
      throws MalformedPacket {
    if (outcome == Outgoing.Outcome.MISPLACED) {
      throw misplaced("an acknowledgement", packetId);
    }
    @Nullable Pending done = outcome == Outgoing.Outcome.DONE ? pending.remove(number) : null;
    if (done != null) {
      if (result.reasonCode().isFailure()) {
        fail(
            done.future(),
            new ClientException.PublishRefused(result.reasonCode(), result.reasonString()));
      } else {
        complete(done.future(), result);
      }
    }
    pump();
  }

  private static MalformedPacket misplaced(String what, int packetId) {
    return new MalformedPacket(
        ReasonCode.PROTOCOL_ERROR, "§4.3", what + " out of its place, for " + packetId);
  }

  /// Takes note of a PUBLISH that came.
  ///
  /// @return whether the application has had it already
  /// @throws MalformedPacket if more are open than we take
  boolean onPublish(Publish publish, int receiveMaximum) throws MalformedPacket {
    if (publish.qos() == Qos.AT_MOST_ONCE) {
      return false;
    }
    open.add(publish.packetId());
    if (open.size() > receiveMaximum) {
      throw new MalformedPacket(
          ReasonCode.RECEIVE_MAXIMUM_EXCEEDED,
          "MQTT-3.3.4-9",
          open.size() + " open messages are more than " + receiveMaximum);
    }
    return publish.qos() == Qos.EXACTLY_ONCE
        && !received.add(publish.packetId()); // [MQTT-4.3.3-10]
  }

  /// The application has had the message, on `of`: acknowledges, if that still is the connection.
  ///
  /// @param failed whether the application could not take it
  void acknowledge(Connection of, Publish publish, boolean failed) {
    if (of != connection || publish.qos() == Qos.AT_MOST_ONCE) {
      return;
    }
    int packetId = publish.packetId();
    boolean refuse = failed && of.version() == MqttVersion.V5;
    ReasonCode reason = refuse ? ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR : ReasonCode.SUCCESS;
    if (publish.qos() == Qos.AT_LEAST_ONCE) {
      open.remove(packetId);
      send(new PubAck(packetId, reason)); // [MQTT-4.3.2-4]
      return;
    }
    if (refuse) { // [MQTT-4.3.3-9]
      open.remove(packetId);
      received.remove(packetId);
    }
    send(new PubRec(packetId, reason)); // [MQTT-4.3.3-8]
  }

  void on(PubRel release) {
    int packetId = release.packetId();
    open.remove(packetId);
    boolean known = received.remove(packetId);
    send( // [MQTT-4.3.3-11]
        new PubComp(packetId, known ? ReasonCode.SUCCESS : ReasonCode.PACKET_IDENTIFIER_NOT_FOUND));
  }

  /// Asks for something that has an answer of its own.
  void request(Requests.Request request) {
    requests.add(request, connection, this::inUse);
  }

  void on(SubAck answer) throws MalformedPacket {
    requests.on(answer);
    pump(); // What its packet identifier held back may go.
  }

  void on(UnsubAck answer) throws MalformedPacket {
    requests.on(answer);
    pump();
  }

  /// The client is over, for `cause`: nothing will be finished any more.
  void failAll(@Nullable ClientException cause) {
    pending.forEach((number, each) ->
        fail(
            each.future(),
            new ClientException.Closed(cause, outgoing.state(number) == Outgoing.State.WAITING)));
    pending.clear();
    requests.failAll(cause);
  }

  private void send(Packet packet) {
    if (connection != null) {
      connection.send(packet);
    }
  }

  private void complete(CompletableFuture<Published> future, Published result) {
    completions.add(() -> future.complete(result));
  }

  private void fail(CompletableFuture<Published> future, ClientException why) {
    completions.add(() -> future.completeExceptionally(why));
  }
}
