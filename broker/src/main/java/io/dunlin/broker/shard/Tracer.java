package io.dunlin.broker.shard;

import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import io.dunlin.broker.observe.Trace;
import io.dunlin.broker.observe.TraceEvent;
import io.dunlin.broker.observe.TraceEvent.Direction;
import io.dunlin.broker.spi.Rights;
import io.dunlin.broker.store.MessageView;
import io.dunlin.mqtt.Auth;
import io.dunlin.mqtt.ConnAck;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.Disconnect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.PubComp;
import io.dunlin.mqtt.PubRec;
import io.dunlin.mqtt.PubRel;
import io.dunlin.mqtt.PublishView;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.SubAck;
import io.dunlin.mqtt.TopicName;
import io.dunlin.mqtt.UnsubAck;
import io.dunlin.mqtt.Will;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Tells running traces what happens on a shard. Whoever calls it has looked at [Shard#tracing]
/// first, so that without a trace a packet costs one look at a field.
@OwnedBy("shard")
final class Tracer {
  private static final String[] PACKETS = {
    "?",
    "CONNECT",
    "CONNACK",
    "PUBLISH",
    "PUBACK",
    "PUBREC",
    "PUBREL",
    "PUBCOMP",
    "SUBSCRIBE",
    "SUBACK",
    "UNSUBSCRIBE",
    "UNSUBACK",
    "PINGREQ",
    "PINGRESP",
    "DISCONNECT",
    "AUTH"
  };

  private static final int SUBSCRIBE = 8;
  private static final int UNSUBSCRIBE = 10;

  /// Recipients that one event names.
  private static final int MAX_NAMED = 10;

  private final Shard shard;
  private final SubscriptionBook book;
  private final List<Trace> traces = new ArrayList<>(1);

  Tracer(Shard shard, SubscriptionBook book) {
    this.shard = shard;
    this.book = book;
  }

  void start(Trace trace) {
    traces.add(trace);
    shard.tracing = true;
  }

  void stop(Trace trace) {
    traces.remove(trace);
    shard.tracing = !traces.isEmpty();
  }

  /// A CONNECT has come, and was well-formed. Neither the password nor authentication data are
  /// told.
  void connecting(String clientId, Connect c, String listener) {
    StringBuilder words = new StringBuilder("MQTT ").append(number(c.version()));
    words.append(" at listener '").append(listener).append('\'');
    words.append(c.cleanStart() ? ", clean start" : ", session resumed if there is one");
    words.append(", keep alive ").append(c.keepAliveSeconds()).append(" s");
    long expiry = c.sessionExpirySeconds();
    if (expiry != 0) {
      words.append(", session kept ");
      words.append(expiry == Packet.NEVER_EXPIRES ? "without end" : expiry + " s");
    }
    words.append(c.userName() == null ? ", no user name" : ", user name " + c.userName());
    words.append(c.password() == null ? "" : ", with a password");
    if (c.authenticationMethod() != null) {
      words.append(", authentication by ").append(c.authenticationMethod());
    }
    Will will = c.will();
    if (will != null) {
      words.append(", will to ").append(will.topic()).append(" at QoS ").append(will.qos().value());
      words.append(will.retain() ? ", retained" : "");
    }
    event(clientId, Direction.IN, "CONNECT", null, -1, 0, 0, words.toString());
  }

  /// As the specifications call it.
  static String number(MqttVersion version) {
    return switch (version) {
      case V5 -> "5.0";
      case V3_1_1 -> "3.1.1";
      case V3_1 -> "3.1";
    };
  }

  /// A packet other than PUBLISH has come.
  void received(ClientConnection client, ByteBuffer buffer, int from, int to) {
    int type = (buffer.get(from) & 0xff) >> 4;
    if (type == SUBSCRIBE || type == UNSUBSCRIBE) {
      return; // told filter by filter
    }
    boolean ack = type >= 4 && type <= 7 && to - from >= 4;
    int id = ack ? Short.toUnsignedInt(buffer.getShort(from + 2)) : 0;
    event(client.clientId, Direction.IN, PACKETS[type], null, -1, id, to - from, "");
  }

  /// A PUBLISH has come.
  ///
  /// @param outcome what [Fanout#publish] said
  void published(ClientConnection client, PublishView view, Topic topic, long outcome) {
    if (wanted(client.clientId, topic.name)) {
      published(client, view, topic, decision(topic, view.qos(), outcome));
    }
  }

  private boolean wanted(String clientId, Slice topic) {
    for (Trace trace : traces) {
      if (trace.wantsClient(clientId) && trace.wantsTopic(topic)) {
        return true;
      }
    }
    return false;
  }

  /// A PUBLISH has come, and this was decided.
  void published(ClientConnection client, PublishView view, Topic topic, String decision) {
    int id = view.qos() == 0 ? 0 : view.packetId();
    int bytes = view.payloadTo() - view.payloadFrom();
    String retain = view.retain() ? "retain; " : "";
    event(
        client.clientId,
        Direction.IN,
        "PUBLISH",
        topic.name,
        view.qos(),
        id,
        bytes,
        retain + decision);
  }

  /// A PUBLISH has come that the rules forbid.
  void refused(ClientConnection client, Session session, PublishView view, Topic topic) {
    published(client, view, topic, "refused: " + denial(session, Rights.Act.PUBLISH, topic.name));
  }

  /// A message is kept from a client that its subscription matches.
  void withheld(Session session, MessageView message) {
    for (Trace trace : traces) {
      if (trace.wantsClient(session.clientId)) { // else its topic need not be copied
        String why = denial(session, Rights.Act.RECEIVE, message.topic());
        given(session, message, message.qos(), 0, "not sent: " + why);
        return;
      }
    }
  }

  /// Why a client may not, in words that name the rule.
  String denial(Session session, Rights.Act act, Slice topic) {
    return denial(session.rights(shard.access), act, topic);
  }

  static String denial(Rights rights, Rights.Act act, Slice topic) {
    return ReasonCode.NOT_AUTHORIZED + " (" + rights.reason(act, topic) + ")";
  }

  private String decision(Topic topic, int qos, long outcome) {
    if (outcome == Fanout.NO_ROOM) {
      return "held back: the log, the store or another shard is behind; it comes again";
    }
    if (outcome == Fanout.NO_SPACE) {
      return "held back: the disk is nearly full";
    }
    String kept = outcome > 0 ? "; recorded, acknowledged when forced" : "";
    return matched(topic, qos) + kept;
  }

  /// Whom the topic's messages go to, in words.
  private String matched(Topic topic, int qos) {
    List<StandingSubscription> all = book.matching(topic.name);
    if (all.isEmpty()) {
      return "matched nobody";
    }
    StringBuilder words = new StringBuilder("matched ");
    for (int i = 0; i < Math.min(all.size(), MAX_NAMED); i++) {
      StandingSubscription s = all.get(i);
      words
          .append(i == 0 ? "" : ", ")
          .append(s.session.clientId)
          .append(" by ")
          .append(s.filter.bytes().utf8())
          .append(" at QoS ")
          .append(Math.min(qos, s.qos()))
          .append(mayReceive(s, topic) ? "" : why(s, topic));
    }
    int more = all.size() - MAX_NAMED;
    return more > 0
        ? words.append(" and ").append(more).append(" more").toString()
        : words.toString();
  }

  private String why(StandingSubscription s, Topic topic) {
    String reason = s.session.rights(shard.access).reason(Rights.Act.RECEIVE, topic.name);
    return " (the rules keep it from this client: " + reason + ")";
  }

  private boolean mayReceive(StandingSubscription s, Topic topic) {
    return s.session.rights(shard.access).mayReceive(TopicName.of(topic.name));
  }

  /// A message was given to a session, or not.
  void given(Session session, MessageView message, int qos, int id, String decision) {
    for (Trace trace : traces) {
      if (trace.wantsClient(session.clientId)) { // else its topic need not be copied
        Slice topic = message.topic();
        int bytes = message.payloadBytes();
        event(session.clientId, Direction.OUT, "PUBLISH", topic, qos, id, bytes, decision);
        return;
      }
    }
  }

  /// A packet goes to a client that is not on the hot path.
  void sent(ClientConnection client, Packet packet) {
    switch (packet) {
      case ConnAck p -> sent(client, 0x20, 0, p.reasonCode().code());
      case PubAck p -> sent(client, 0x40, p.packetId(), p.reasonCode().code());
      case PubRec p -> sent(client, 0x50, p.packetId(), p.reasonCode().code());
      case PubRel p -> sent(client, 0x62, p.packetId(), p.reasonCode().code());
      case PubComp p -> sent(client, 0x70, p.packetId(), p.reasonCode().code());
      case SubAck p -> sent(client, 0x90, p.packetId(), 0); // its filters were told
      case UnsubAck p -> sent(client, 0xb0, p.packetId(), 0); // as well
      case Disconnect p -> sent(client, 0xe0, 0, p.reasonCode().code());
      case Auth p -> sent(client, 0xf0, 0, p.reasonCode().code());
      default -> {} // others do not come here
    }
  }

  /// A packet other than PUBLISH goes to a client.
  void sent(ClientConnection client, int firstByte, int id, int reason) {
    ReasonCode code = ReasonCode.of(reason);
    String decision =
        reason == 0 ? "" : code == null ? "0x" + Integer.toHexString(reason) : code.name();
    event(client.clientId, Direction.OUT, PACKETS[firstByte >> 4], null, -1, id, 0, decision);
  }

  /// A topic filter of a SUBSCRIBE or UNSUBSCRIBE was decided about.
  void filter(ClientConnection client, String packet, Slice filter, int qos, String decision) {
    event(client.clientId, Direction.IN, packet, filter, qos, 0, 0, decision);
  }

  /// Something about a client's connection.
  void connection(String clientId, String decision) {
    event(clientId, Direction.NONE, "connection", null, -1, 0, 0, decision);
  }

  private void event(
      String clientId,
      Direction direction,
      String what,
      @Nullable Slice topic,
      int qos,
      int id,
      int bytes,
      String decision) {
    for (Trace trace : traces) {
      if (trace.wantsClient(clientId) && trace.wantsTopic(topic)) {
        String text = topic == null ? "" : topic.utf8();
        trace.add(
            new TraceEvent(
                shard.nowMillis(), clientId, direction, what, text, qos, id, bytes, decision));
      }
    }
  }
}
