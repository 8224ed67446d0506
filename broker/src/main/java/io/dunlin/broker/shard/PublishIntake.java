package io.dunlin.broker.shard;

import io.dunlin.base.HotPath;
import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import io.dunlin.broker.spi.Access;
import io.dunlin.broker.store.MessageView;
import io.dunlin.broker.store.Records;
import io.dunlin.codec.PublishDecoder;
import io.dunlin.codec.PublishEncoder;
import io.dunlin.codec.Sender;
import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.PublishView;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.TopicName;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Takes the PUBLISH packets of one connection, in place, and answers them.
@OwnedBy("shard")
@HotPath(benchmark = "mqload fanin0, fanin1, p2p1")
final class PublishIntake {
  private final Shard shard;
  private final ClientConnection client;
  private final @Nullable Mount mount; // null: names are full as they come

  // lives as long as the connection
  private @Nullable Topic lastTopic;
  private boolean lastAllowed;
  private @Nullable Access lastAccess; // whose answer that was
  private @Nullable Topic @Nullable [] aliases; // by alias - 1
  private int unanswered; // QoS 1 and 2 messages without PUBACK or PUBCOMP yet

  PublishIntake(Shard shard, ClientConnection client) {
    this.shard = shard;
    this.client = client;
    Mount point = client.hello.mount();
    this.mount = point.isNone() ? null : point;
  }

  ClientConnection.Progress onPublish(ByteBuffer buffer, int from, int to) throws MalformedPacket {
    PublishView view = shard.publishView;
    PublishDecoder.decode(buffer, from, to, client.version, Sender.CLIENT, view);
    Session session = client.session;
    if (session == null) {
      return ClientConnection.Progress.ENDED;
    }
    Topic topic = topic(view);
    boolean allowed = allowed(topic, session);
    int qos = view.qos();
    if (qos == 0) {
      if (!allowed) {
        denied(view, topic, session);
        return ClientConnection.Progress.CONSUMED;
      }
      long outcome = publish(view, topic, session, 0, retains(view, topic));
      if (shard.tracing) {
        shard.tracer.published(client, view, topic, outcome);
      }
      return outcome == Fanout.NO_ROOM
          ? ClientConnection.Progress.NO_ROOM
          : ClientConnection.Progress.CONSUMED;
    }
    return onAcknowledged(view, topic, session, qos, allowed);
  }

  private ClientConnection.Progress onAcknowledged(
      PublishView view, Topic topic, Session session, int qos, boolean allowed)
      throws MalformedPacket {
    int id = view.packetId();
    int answer = qos == 1 ? 0x40 : 0x50;
    if (qos == 2 && session.incoming.contains(id)) { // [MQTT-4.3.3-10]
      if (shard.tracing) {
        shard.tracer.published(client, view, topic, "known already, not published again");
      }
      client.answer(session.incomingSequence, ClientConnection.ack(answer, ReasonCode.SUCCESS, id));
      return ClientConnection.Progress.CONSUMED;
    }
    if (client.v5() && unanswered >= client.limits.incomingWindow()) { // [MQTT-3.3.4-7]
      throw new MalformedPacket(
          ReasonCode.RECEIVE_MAXIMUM_EXCEEDED,
          "MQTT-3.3.4-7",
          unanswered + " messages are not answered yet");
    }
    if (qos == 2 && session.incoming.size() >= shard.limits.openQos2()) {
      throw new MalformedPacket(
          ReasonCode.QUOTA_EXCEEDED, "MQTT-4.3.3-8", "too many QoS 2 messages without PUBREL");
    }
    ReasonCode reason = allowed ? ReasonCode.SUCCESS : ReasonCode.NOT_AUTHORIZED;
    if (!allowed) {
      denied(view, topic, session);
    }
    boolean retain = allowed && retains(view, topic);
    if (allowed && !retain && view.retain() && client.limits.retainAvailable()) {
      if (client.v5()) {
        reason = ReasonCode.QUOTA_EXCEEDED;
      }
      if (shard.tracing) {
        String what = client.v5() ? "refused" : "not retained";
        shard.tracer.published(client, view, topic, what + ": too many retained messages");
      }
    }
    long sequence = Fanout.DONE;
    if (reason == ReasonCode.SUCCESS) {
      sequence = publish(view, topic, session, qos == 2 && session.durable ? id : 0, retain);
      if (shard.tracing) {
        shard.tracer.published(client, view, topic, sequence);
      }
      if (sequence == Fanout.NO_ROOM) {
        return ClientConnection.Progress.NO_ROOM;
      }
      if (sequence == Fanout.NO_SPACE) {
        if (!client.v5()) {
          return ClientConnection.Progress.NO_SPACE; // there is no code for it
        }
        shard.counters.refusedFull++;
        reason = ReasonCode.QUOTA_EXCEEDED;
        sequence = Fanout.DONE;
      }
      shard.counters.received[qos]++;
      shard.counters.receivedBytes[qos] += view.to() - view.from();
      if (reason == ReasonCode.SUCCESS
          && client.v5()
          && topic.route != null
          && topic.route.isEmpty()) {
        reason = ReasonCode.NO_MATCHING_SUBSCRIBERS;
      }
    }
    unanswered++;
    if (qos == 2 && (reason.code() < 0x80 || !client.v5())) {
      session.incoming.add(id);
      if (session.durable && sequence > 0) {
        session.unsavedIncoming.add(id);
        session.incomingSequence = sequence;
      }
    }
    client.answer(sequence, ClientConnection.ack(answer, reason, id));
    return ClientConnection.Progress.CONSUMED;
  }

  /// A PUBREL came.
  void onPubRel(int id) {
    Session session = client.session;
    if (session == null) {
      return;
    }
    if (!session.incoming.contains(id)) {
      client.answer(0, ClientConnection.ack(0x70, ReasonCode.PACKET_IDENTIFIER_NOT_FOUND, id));
      return;
    }
    int ack = ClientConnection.ack(0x70, ReasonCode.SUCCESS, id);
    if (session.durable) {
      long sequence = shard.append(new Records.Released(session.number, id), true);
      client.answer(sequence, ack);
    } else {
      session.incoming.remove(id);
      client.answer(0, ack);
    }
  }

  /// An answer that ends an exchange was sent.
  void answered() {
    if (unanswered > 0) {
      unanswered--;
    }
  }

  // -- the topic ------------------------------------------------------------------------------

  private Topic topic(PublishView view) throws MalformedPacket {
    int alias = view.topicAlias();
    int from = view.topicFrom();
    int to = view.topicTo();
    if (alias == 0) {
      return named(view, from, to);
    }
    if (alias > client.limits.topicAliases()) { // [MQTT-3.3.2-9]
      throw new MalformedPacket(
          ReasonCode.TOPIC_ALIAS_INVALID, "MQTT-3.3.2-9", "topic alias " + alias);
    }
    if (aliases == null) {
      aliases = new @Nullable Topic[client.limits.topicAliases()];
    }
    if (to > from) {
      Topic topic = named(view, from, to);
      aliases[alias - 1] = topic;
      return topic;
    }
    Topic topic = aliases[alias - 1];
    if (topic == null) {
      throw new MalformedPacket(
          ReasonCode.PROTOCOL_ERROR, "MQTT-3.3.2-12", "unknown topic alias " + alias);
    }
    return topic;
  }

  private Topic named(PublishView view, int from, int to) throws MalformedPacket {
    if (mount != null) {
      return mounted(mount, view);
    }
    Topic last = lastTopic;
    ByteBuffer buffer = view.buffer();
    if (last != null && last.name.equalsAt(buffer, from, to - from)) {
      return last;
    }
    Topic topic = shard.topics.find(buffer, from, to);
    if (topic == null) {
      PublishDecoder.checkTopic(view, client.version);
      checkLevels(TopicName.levels(buffer, from, to));
      topic = shard.intern(view.copyTopic());
    }
    return topic;
  }

  /// The topic that a client under a mount point means.
  private Topic mounted(Mount point, PublishView view) throws MalformedPacket {
    Slice name = point.full(view.buffer(), view.topicFrom(), view.topicTo());
    if (name == null) {
      throw tooLong(point);
    }
    ByteBuffer buffer = name.asByteBuffer();
    Topic topic = shard.topics.find(buffer, 0, name.length());
    if (topic == null) {
      PublishDecoder.checkTopic(view, client.version);
      checkLevels(TopicName.levels(buffer, 0, name.length()));
      topic = shard.intern(name);
    }
    return topic;
  }

  private void checkLevels(int levels) throws MalformedPacket {
    if (levels > shard.limits.topicLevels()) {
      throw new MalformedPacket(
          ReasonCode.TOPIC_NAME_INVALID,
          "MQTT-4.7.3-3",
          "more than " + shard.limits.topicLevels() + " levels");
    }
  }

  private static MalformedPacket tooLong(Mount point) {
    return new MalformedPacket(
        ReasonCode.TOPIC_NAME_INVALID, "MQTT-4.7.3-3", "a topic too long below " + point);
  }

  @SuppressWarnings("ReferenceEquality") // another Access takes the place of one that has changed
  private boolean allowed(Topic topic, Session session) {
    if (topic != lastTopic || shard.access != lastAccess) {
      lastTopic = topic;
      lastAccess = shard.access;
      lastAllowed = shard.mayPublish(session, topic);
    }
    return lastAllowed;
  }

  private void denied(PublishView view, Topic topic, Session session) {
    shard.counters.deniedPublishes++;
    if (shard.tracing) {
      shard.tracer.refused(client, session, view, topic);
    }
  }

  // -- the message ----------------------------------------------------------------------------

  /// Whether the message becomes the retained one of its topic, or takes it away; counts what there
  /// is no room for.
  private boolean retains(PublishView view, Topic topic) {
    if (!view.retain() || !client.limits.retainAvailable()) {
      return false;
    }
    int payloadBytes = view.payloadTo() - view.payloadFrom();
    int propertyBytes = propertyBytes(view); // at least those passed on
    int bytes = MessageView.storedBytes(topic.name.length(), propertyBytes, payloadBytes);
    if (payloadBytes == 0 || shard.retained.fits(topic.name, bytes, shard.nowMillis())) {
      return true;
    }
    shard.counters.retainedRefused++;
    return false;
  }

  private long publish(
      PublishView view, Topic topic, Session session, int rememberId, boolean retain)
      throws MalformedPacket {
    MessageView message = shard.publishMessage;
    boolean plain = mount == null && view.plainProperties();
    ByteBuffer properties = view.buffer();
    int passOnFrom = view.propertiesFrom();
    int passOnTo = view.propertiesTo();
    if (!plain) {
      properties = shard.propertyScratch(propertyBytes(view));
      passOnFrom = 0;
      passOnTo = copyPassOn(view, properties);
    }
    long expirySeconds = expirySeconds(view);
    long expiresAt =
        expirySeconds < 0 ? MessageView.NEVER : shard.nowMillis() + expirySeconds * 1000;
    boolean aliased = mount != null || view.topicTo() == view.topicFrom(); // not as it came
    ByteBuffer topicBuffer = aliased ? topic.name.asByteBuffer() : view.buffer();
    message.set(
        view.qos(),
        view.retain(),
        expiresAt,
        topicBuffer,
        aliased ? 0 : view.topicFrom(),
        aliased ? topic.name.length() : view.topicTo(),
        properties,
        passOnFrom,
        passOnTo,
        view.buffer(),
        view.payloadFrom(),
        view.payloadTo());
    Wire wire = shard.delivery.begin(message);
    if (plain) {
      giveAsItCame(wire, view);
    }
    long sequence = shard.fanout.publish(message, topic, session, rememberId, 0, retain);
    if (view.qos() == 0 && sequence >= 0) {
      shard.counters.received[0]++;
      shard.counters.receivedBytes[0] += view.to() - view.from();
    }
    return sequence;
  }

  /// Copies the properties that are passed on, with full names; returns their end.
  private int copyPassOn(PublishView view, ByteBuffer target) throws MalformedPacket {
    int end = PublishEncoder.copyPassOn(view, target, 0);
    if (mount != null) {
      end = mount.completeProperties(target, 0, end);
      if (end < 0) {
        throw tooLong(mount);
      }
    }
    return end;
  }

  private int propertyBytes(PublishView view) {
    int bytes = view.propertiesTo() - view.propertiesFrom();
    return mount == null ? bytes : bytes + mount.bytes();
  }

  private long expirySeconds(PublishView view) {
    long seconds = view.messageExpirySeconds();
    long cap = shard.limits.messageExpirySeconds();
    if (cap > 0 && (seconds < 0 || seconds > cap)) {
      return cap;
    }
    return seconds;
  }

  /// The packet's own bytes can go to subscribers of the same version.
  private void giveAsItCame(Wire wire, PublishView view) {
    if (shard.limits.messageExpirySeconds() > 0 && client.v5()) {
      return;
    }
    int form = Wire.form(client.version, view.qos() > 0);
    wire.given(form, view.buffer(), view.from(), view.to(), view.packetIdAt());
  }
}
