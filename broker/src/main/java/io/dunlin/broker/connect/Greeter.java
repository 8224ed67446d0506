package io.dunlin.broker.connect;

import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import io.dunlin.base.TimerWheel;
import io.dunlin.broker.shard.Hello;
import io.dunlin.broker.shard.Mount;
import io.dunlin.broker.spi.AuthenticationMethod;
import io.dunlin.broker.spi.Login;
import io.dunlin.broker.spi.LoginCheck;
import io.dunlin.codec.ConnectDecoder;
import io.dunlin.codec.PacketDecoder;
import io.dunlin.codec.PacketEncoder;
import io.dunlin.codec.PacketFrame;
import io.dunlin.codec.ReasonCodes;
import io.dunlin.codec.Sender;
import io.dunlin.mqtt.Auth;
import io.dunlin.mqtt.ConnAck;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.transport.Connection;
import io.dunlin.transport.ConnectionHandler;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A connection until its CONNECT is accepted. It may cost at most one CONNECT of limited size and
/// has one deadline, which drips do not extend; then it goes to the shard of its client identifier.
///
/// Before CONNECT a server may send nothing: who is late is closed without a word. Who is too many,
/// or comes when the broker stops, is read until its CONNECT says in which version to answer.
///
/// States: waiting for CONNECT → (authenticating, AUTH packets go to and fro) → deciding (a login
/// check runs elsewhere, nothing is read) → moved, or refused.
@OwnedBy("loop")
final class Greeter implements ConnectionHandler {
  private static final Logger LOG = LoggerFactory.getLogger(Greeter.class);

  private final Reception reception;
  private final Connection connection;
  private final Deadline deadline = new Deadline();
  private final boolean surplus;
  private int bytesWanted;
  private int bytesSeen;
  private boolean done;
  private boolean deciding;
  private boolean moved;

  // while authenticating
  private @Nullable Connect connect;
  private long answerLimit = Long.MAX_VALUE; // bytes; for a CONNECT that cannot be read
  private @Nullable Login login;
  private @Nullable AuthenticationMethod method;
  private AuthenticationMethod.@Nullable Exchange exchange;
  private String clientId = "";
  private boolean assigned;

  /// @param surplus there are as many connections as there may be: its CONNECT will be refused
  Greeter(Reception reception, Connection connection, boolean surplus) {
    this.reception = reception;
    this.connection = connection;
    this.surplus = surplus;
  }

  void start() {
    connection.handler(this);
    connection.resumeReading();
    reception.watch(connection, deadline);
  }

  private final class Deadline extends TimerWheel.Timer {
    @Override
    protected void fire(long nowNanos) {
      Connect received = connect;
      if (deciding && received != null) {
        refuse(received.version(), ReasonCode.SERVER_UNAVAILABLE, "the login check takes too long");
        return;
      }
      finish();
      LOG.info("connection.refused remote={} reason={}", remote(), ReasonCode.MAXIMUM_CONNECT_TIME);
      reception.refused(
          connection,
          clientId,
          ReasonCode.MAXIMUM_CONNECT_TIME,
          null); // CONNACK has no such code (§3.2.2.2)
      connection.close();
    }
  }

  @Override
  public int onBytes(ByteBuffer arena, int from, int to) {
    if (done) {
      return to;
    }
    int at = from;
    try {
      while (at < to && !done && !deciding) {
        int length = PacketFrame.length(arena, at, to, reception.maxInputBytes());
        if (length == 0 || length > to - at) {
          if (at < to && connect == null && (arena.get(at) & 0xf0) != 0x10) {
            throw new MalformedPacket(
                ReasonCode.PROTOCOL_ERROR, "MQTT-3.1.0-1", "the first packet is no CONNECT");
          }
          bytesWanted = length;
          return at;
        }
        bytesSeen += length;
        if (bytesSeen + connection.openingBytes() > reception.maxInputBytes()) {
          throw new MalformedPacket(
              ReasonCode.PACKET_TOO_LARGE, "§4.13.1", "too much before the CONNACK");
        }
        onPacket(arena, at, at + length);
        at += length;
      }
    } catch (MalformedPacket e) {
      refuse(e, arena, at, to);
      return to;
    }
    bytesWanted = 0;
    return done && !moved ? to : at;
  }

  @Override
  public int bytesWanted() {
    return bytesWanted;
  }

  private void onPacket(ByteBuffer arena, int from, int to) throws MalformedPacket {
    if (connect == null) {
      onConnect(PacketDecoder.decodeConnect(arena, from, to));
      return;
    }
    Packet packet = PacketDecoder.decode(arena, from, to, MqttVersion.V5, Sender.CLIENT);
    if (packet instanceof Auth auth) {
      onAuth(auth);
    } else if (packet instanceof io.dunlin.mqtt.Disconnect) {
      finish();
      connection.close();
    } else {
      throw new MalformedPacket(
          ReasonCode.PROTOCOL_ERROR, "MQTT-3.1.2-30", "neither AUTH nor DISCONNECT");
    }
  }

  private void onConnect(Connect packet) {
    connect = packet;
    clientId = packet.clientId();
    boolean mayAssign = packet.version() == MqttVersion.V5 || packet.cleanStart();
    if (clientId.isEmpty() && mayAssign) {
      assigned = true;
      clientId = reception.assignClientId(); // [MQTT-3.1.3-6]
    }
    reception.connecting(connection, clientId, packet);
    if (!reception.speaks(connection.listener(), packet.version())) { // [MQTT-3.1.2-2]
      refuse(packet.version(), ReasonCode.UNSUPPORTED_PROTOCOL_VERSION, "not at this listener");
      return;
    }
    if (reception.stopping()) {
      boolean elsewhere = !reception.serverReference().isEmpty();
      refuse(
          packet.version(),
          elsewhere ? ReasonCode.USE_ANOTHER_SERVER : ReasonCode.SERVER_UNAVAILABLE, // §4.11
          "the broker stops");
      return;
    }
    if (surplus) {
      refuse(packet.version(), ReasonCode.QUOTA_EXCEEDED, "too many connections"); // §3.2.2.2
      return;
    }
    if (clientId.isEmpty()) { // [MQTT-3.1.3-8 v3.1.1]
      refuse(packet.version(), ReasonCode.CLIENT_IDENTIFIER_NOT_VALID);
      return;
    }
    Login newLogin =
        new Login(
            clientId,
            packet.userName(),
            packet.password(),
            connection.listener(),
            remote(),
            connection.peerCertificates());
    login = newLogin;
    String methodName = packet.authenticationMethod();
    if (methodName == null) {
      check(packet, newLogin);
      return;
    }
    AuthenticationMethod found = reception.plugins().method(methodName);
    if (found == null) {
      refuse(packet.version(), ReasonCode.BAD_AUTHENTICATION_METHOD);
      return;
    }
    method = found;
    exchange = found.begin(newLogin);
    step(packet, newLogin, found, packet.authenticationData());
  }

  private void onAuth(Auth packet) throws MalformedPacket {
    AuthenticationMethod m = method;
    Connect c = connect;
    Login l = login;
    if (m == null || c == null || l == null) {
      throw new MalformedPacket(ReasonCode.PROTOCOL_ERROR, "MQTT-4.12.0-6", "AUTH unasked for");
    }
    if (!m.name().equals(packet.authenticationMethod())
        || packet.reasonCode() != ReasonCode.CONTINUE_AUTHENTICATION) { // [MQTT-4.12.0-5]
      throw new MalformedPacket(
          ReasonCode.PROTOCOL_ERROR, "MQTT-4.12.0-5", "AUTH does not go on with the exchange");
    }
    step(c, l, m, packet.authenticationData());
  }

  private void step(Connect c, Login l, AuthenticationMethod m, @Nullable Slice data) {
    AuthenticationMethod.Exchange e = exchange;
    if (e == null) {
      throw new IllegalStateException("no exchange for " + l);
    }
    switch (e.next(data)) {
      case AuthenticationMethod.Step.Continue next -> ask(c, m, next.data());
      case AuthenticationMethod.Step.Success next ->
          accepted(
              new Hello(
                  c.withoutPassword(),
                  clientId,
                  assigned,
                  next.owner(),
                  l.withoutPassword(),
                  m,
                  next.data()));
      case AuthenticationMethod.Step.Failure next -> refuse(c.version(), next.reason());
    }
  }

  private void ask(Connect c, AuthenticationMethod m, @Nullable Slice data) {
    Auth auth = new Auth(ReasonCode.CONTINUE_AUTHENTICATION, m.name(), data, null, List.of());
    Slice bytes = PacketEncoder.encode(auth, c.version(), c.maximumPacketSize(), true);
    if (bytes.isEmpty()) { // [MQTT-3.1.2-24]
      refuse(c.version(), ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR);
    } else {
      send(bytes);
    }
  }

  private void check(Connect packet, Login newLogin) {
    LoginCheck check = reception.plugins().loginCheck();
    if (check == null) {
      decided(packet, newLogin, new LoginCheck.Verdict.Accepted(""));
      return;
    }
    LoginCheck.Verdict atOnce = verdictNow(check, newLogin);
    if (atOnce != null) {
      decided(packet, newLogin, atOnce);
      return;
    }
    deciding = true;
    connection.pauseReading();
    reception
        .logins()
        .execute(() -> {
          LoginCheck.Verdict verdict = verdict(check, newLogin);
          connection.loop().execute(() -> decided(packet, newLogin, verdict));
        });
  }

  private static LoginCheck.Verdict verdict(LoginCheck check, Login login) {
    try {
      return check.check(login);
    } catch (RuntimeException e) { // a plug-in's error refuses this one login
      return failed(login, e);
    }
  }

  private static LoginCheck.@Nullable Verdict verdictNow(LoginCheck check, Login login) {
    try {
      return check.checkNow(login);
    } catch (RuntimeException e) { // a plug-in's error refuses this one login
      return failed(login, e);
    }
  }

  private static LoginCheck.Verdict failed(Login login, RuntimeException e) {
    LOG.error("login.failed login={} error={}", login, e.toString(), e);
    return new LoginCheck.Verdict.Refused(ReasonCode.SERVER_UNAVAILABLE);
  }

  private void decided(Connect packet, Login newLogin, LoginCheck.Verdict verdict) {
    deciding = false;
    if (done) {
      return;
    }
    switch (verdict) {
      case LoginCheck.Verdict.Accepted v -> accepted(hello(packet, newLogin, v));
      case LoginCheck.Verdict.Refused v -> refuse(packet.version(), v.reason());
    }
  }

  private Hello hello(Connect packet, Login l, LoginCheck.Verdict.Accepted verdict) {
    String given = verdict.clientId();
    if (given != null && !given.equals(clientId)) {
      reception.connecting(connection, given, packet);
    }
    return new Hello(
        packet.withoutPassword(),
        given == null ? clientId : given,
        assigned,
        verdict.owner(),
        l.withoutPassword(),
        null,
        null,
        verdict.validity(),
        Mount.NONE);
  }

  private void accepted(Hello hello) {
    Hello mounted = hello.under(reception.mount(connection.listener()));
    if (mounted == null) {
      refuse(
          hello.connect().version(),
          ReasonCode.TOPIC_NAME_INVALID,
          "a name of the will is too long under the mount point of the listener");
      return;
    }
    if (reception.isTooDeep(connection, mounted.connect().will())) {
      refuse(
          hello.connect().version(),
          ReasonCode.TOPIC_NAME_INVALID,
          "the topic of the will has more levels than are allowed");
      return;
    }
    finish();
    moved = true;
    connection.pauseReading();
    reception.moveToShard(connection, mounted);
  }

  // -- refusals -------------------------------------------------------------------------------

  private void refuse(MalformedPacket e, ByteBuffer arena, int from, int to) {
    LOG.info(
        "connection.refused remote={} reason={} statement={} detail={}",
        remote(),
        e.reason(),
        e.statement(),
        e.detail());
    if (connect == null) {
      answerLimit = ConnectDecoder.answerLimit(arena, from, to);
      end(ConnectDecoder.answerVersion(arena, from, to), e.reason(), e.detail());
    } else {
      end(connect.version(), e.reason(), e.detail());
    }
  }

  private void refuse(MqttVersion version, ReasonCode reason) {
    refuse(version, reason, null);
  }

  private void refuse(MqttVersion version, ReasonCode reason, @Nullable String detail) {
    LOG.info("connection.refused remote={} clientId={} reason={}", remote(), clientId, reason);
    end(version, reason, detail);
  }

  /// Closes the connection; the client is told why if its version has a code [MQTT-3.2.2-6 v3.1.1].
  private void end(@Nullable MqttVersion version, ReasonCode reason, @Nullable String detail) {
    reception.refused(connection, clientId, reason, detail);
    if (version == MqttVersion.V5) {
      ConnAck.Builder refusal = ConnAck.builder(false, allowed(reason)).reasonString(detail);
      if (reason == ReasonCode.USE_ANOTHER_SERVER) {
        refusal.serverReference(reception.serverReference());
      }
      send(refusal.build(), version);
    } else if (version != null && ReasonCodes.v3ConnAckCode(reason) >= 0) {
      send(ConnAck.refused(reason), version);
    }
    finish();
    connection.close();
  }

  /// Reasons that CONNACK has no code for become the nearest that it has [MQTT-3.2.2-8].
  private static ReasonCode allowed(ReasonCode reason) {
    return switch (reason) {
      case TOPIC_ALIAS_INVALID, RECEIVE_MAXIMUM_EXCEEDED, TOPIC_FILTER_INVALID ->
          ReasonCode.PROTOCOL_ERROR;
      default -> reason;
    };
  }

  private void send(Packet packet, MqttVersion version) {
    Connect known = connect;
    long limit = known == null ? answerLimit : known.maximumPacketSize();
    send(PacketEncoder.encode(packet, version, limit, true));
  }

  private void send(Slice bytes) {
    if (bytes.isEmpty()) { // larger than the client takes [MQTT-3.1.2-24]
      return;
    }
    ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length());
    bytes.copyTo(direct, 0);
    connection.send(direct, 0, bytes.length());
  }

  private void finish() {
    if (!done) {
      done = true;
      reception.left(connection, deadline);
    }
  }

  @Override
  public void onWritable() {}

  @Override
  public void onClosed() {
    finish();
    if (!surplus) {
      reception.admission().leave();
    }
  }

  private String remote() {
    return connection.remoteAddress();
  }
}
