package io.dunlin.codec;

import io.dunlin.base.Slice;
import io.dunlin.mqtt.Auth;
import io.dunlin.mqtt.ConnAck;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.Disconnect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.PingReq;
import io.dunlin.mqtt.PingResp;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.PubComp;
import io.dunlin.mqtt.PubRec;
import io.dunlin.mqtt.PubRel;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.RetainHandling;
import io.dunlin.mqtt.SubAck;
import io.dunlin.mqtt.Subscribe;
import io.dunlin.mqtt.Subscription;
import io.dunlin.mqtt.SubscriptionOptions;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.TopicName;
import io.dunlin.mqtt.UnsubAck;
import io.dunlin.mqtt.Unsubscribe;
import io.dunlin.mqtt.UserProperty;
import io.dunlin.mqtt.Will;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Makes packets that are valid in one version, out of a seed.
final class PacketGenerator {
  private static final List<String> CHARACTERS =
      List.of("a", "b", "/", " ", "\u0001", "$", "ä", "\ufeff", "日", "\ud7ff", "\ue000", "😀");

  private final Random random;
  private final MqttVersion version;
  private final boolean v5;

  PacketGenerator(long seed, MqttVersion version) {
    this.random = new Random(seed);
    this.version = version;
    this.v5 = version == MqttVersion.V5;
  }

  /// One that `sender` may send.
  Packet next(Sender sender) {
    List<Supplier<Packet>> kinds = new ArrayList<>(List.of(this::publish, this::acknowledgement));
    switch (sender) {
      case CLIENT ->
          kinds.addAll(
              List.of(
                  this::connect,
                  this::subscribe,
                  this::unsubscribe,
                  () -> PingReq.INSTANCE,
                  () -> disconnect(sender)));
      case SERVER ->
          kinds.addAll(
              List.of(this::connAck, this::subAck, this::unsubAck, () -> PingResp.INSTANCE));
    }
    if (v5) {
      kinds.add(() -> auth(sender));
      kinds.add(() -> disconnect(sender));
    }
    Packet packet = any(kinds).get();
    return packet instanceof Publish publish && sender == Sender.CLIENT
        ? withoutSubscriptionIdentifiers(publish)
        : packet;
  }

  Connect connect() {
    Connect.Builder connect =
        Connect.builder(version, "c" + text())
            .cleanStart(random.nextBoolean())
            .keepAliveSeconds(u16())
            .will(maybe(this::will))
            .userName(maybe(this::text));
    if (v5 || connect.build().userName() != null) {
      connect.password(maybe(this::binary));
    }
    if (v5) {
      connect
          .sessionExpirySeconds(u32())
          .receiveMaximum(1 + random.nextInt(65_535))
          .maximumPacketSize(1 + random.nextInt((int) Packet.UNLIMITED_PACKET_SIZE))
          .topicAliasMaximum(u16())
          .requestResponseInformation(random.nextBoolean())
          .requestProblemInformation(random.nextBoolean())
          .userProperties(userProperties());
      if (random.nextBoolean()) {
        connect.authentication(text(), maybe(this::binary));
      }
    }
    return connect.build();
  }

  private Will will() {
    if (!v5) {
      return new Will(topicName(), binary(), qos(), random.nextBoolean());
    }
    Slice properties =
        new PacketWriter()
            .flagUnless(false, Property.PAYLOAD_FORMAT, random.nextBoolean())
            .textIfAny(Property.CONTENT_TYPE, maybe(this::text))
            .userProperties(userProperties())
            .toSlice();
    return new Will(
        topicName(),
        binary(),
        qos(),
        random.nextBoolean(),
        u32(),
        random.nextBoolean() ? -1 : u32(),
        properties);
  }

  private ConnAck connAck() {
    if (!v5) {
      return random.nextBoolean()
          ? ConnAck.accepted(version == MqttVersion.V3_1_1 && random.nextBoolean())
          : ConnAck.refused(
              any(
                  List.of(
                      ReasonCode.UNSUPPORTED_PROTOCOL_VERSION,
                      ReasonCode.CLIENT_IDENTIFIER_NOT_VALID,
                      ReasonCode.SERVER_UNAVAILABLE,
                      ReasonCode.BAD_USER_NAME_OR_PASSWORD,
                      ReasonCode.NOT_AUTHORIZED)));
    }
    ReasonCode reason = any(ReasonCodes.IN_CONNACK);
    return ConnAck.builder(reason == ReasonCode.SUCCESS && random.nextBoolean(), reason)
        .sessionExpirySeconds(random.nextBoolean() ? -1 : u32())
        .receiveMaximum(1 + random.nextInt(65_535))
        .maximumQos(qos())
        .retainAvailable(random.nextBoolean())
        .maximumPacketSize(1 + random.nextInt((int) Packet.UNLIMITED_PACKET_SIZE))
        .assignedClientId(maybe(this::text))
        .topicAliasMaximum(u16())
        .reasonString(maybe(this::text))
        .userProperties(userProperties())
        .wildcardSubscriptionAvailable(random.nextBoolean())
        .subscriptionIdentifiersAvailable(random.nextBoolean())
        .sharedSubscriptionAvailable(random.nextBoolean())
        .serverKeepAliveSeconds(random.nextBoolean() ? -1 : u16())
        .responseInformation(maybe(this::text))
        .serverReference(maybe(this::text))
        .authenticationMethod(maybe(this::text))
        .authenticationData(maybe(this::binary))
        .build();
  }

  /// From a server, as far as properties go.
  Publish publish() {
    Qos qos = qos();
    boolean dup = qos != Qos.AT_MOST_ONCE && random.nextBoolean();
    int packetId = qos == Qos.AT_MOST_ONCE ? 0 : packetId();
    if (!v5) {
      return new Publish(
          topicName(),
          binary(),
          qos,
          random.nextBoolean(),
          dup,
          packetId,
          0,
          false,
          -1,
          null,
          null,
          null,
          List.of(),
          List.of());
    }
    int alias = random.nextBoolean() ? 0 : packetId();
    return new Publish(
        alias != 0 && random.nextBoolean() ? null : topicName(),
        binary(),
        qos,
        random.nextBoolean(),
        dup,
        packetId,
        alias,
        random.nextBoolean(),
        random.nextBoolean() ? -1 : u32(),
        maybe(this::text),
        maybe(this::topicName),
        maybe(this::binary),
        some(() -> 1 + random.nextInt(1 << (1 + random.nextInt(27)))),
        userProperties());
  }

  private static Publish withoutSubscriptionIdentifiers(Publish p) {
    return new Publish(
        p.topic(),
        p.payload(),
        p.qos(),
        p.retain(),
        p.dup(),
        p.packetId(),
        p.topicAlias(),
        p.payloadFormatUtf8(),
        p.messageExpirySeconds(),
        p.contentType(),
        p.responseTopic(),
        p.correlationData(),
        List.of(),
        p.userProperties());
  }

  private Packet acknowledgement() {
    int type = random.nextInt(4);
    ReasonCode reason = ReasonCode.SUCCESS;
    @Nullable String reasonString = null;
    List<UserProperty> userProperties = List.of();
    if (v5 && random.nextBoolean()) {
      reason = any(type < 2 ? ReasonCodes.IN_PUBACK : ReasonCodes.IN_PUBREL);
      reasonString = maybe(this::text);
      userProperties = userProperties();
    }
    return switch (type) {
      case 0 -> new PubAck(packetId(), reason, reasonString, userProperties);
      case 1 -> new PubRec(packetId(), reason, reasonString, userProperties);
      case 2 -> new PubRel(packetId(), reason, reasonString, userProperties);
      default -> new PubComp(packetId(), reason, reasonString, userProperties);
    };
  }

  private Subscribe subscribe() {
    List<Subscription> subscriptions = some(this::subscription);
    subscriptions.add(subscription());
    return new Subscribe(
        packetId(),
        subscriptions,
        v5 && random.nextBoolean() ? 1 + random.nextInt(VarInt.MAX) : 0,
        userProperties());
  }

  private Subscription subscription() {
    TopicFilter filter = filter();
    SubscriptionOptions options =
        v5
            ? new SubscriptionOptions(
                qos(),
                !filter.isShared() && random.nextBoolean(),
                random.nextBoolean(),
                RetainHandling.of(random.nextInt(3)))
            : SubscriptionOptions.of(qos());
    return new Subscription(filter, options);
  }

  private TopicFilter filter() {
    String share = random.nextInt(4) == 0 ? "$share/g/" : "";
    return TopicFilter.of(share + any(List.of("a", "#", "+/b", "a/+/#", "/", "ä/日", "$SYS/#")));
  }

  private SubAck subAck() {
    List<ReasonCode> allowed =
        v5
            ? List.copyOf(ReasonCodes.IN_SUBACK)
            : List.of(
                ReasonCode.SUCCESS,
                ReasonCode.GRANTED_QOS_1,
                ReasonCode.GRANTED_QOS_2,
                ReasonCode.UNSPECIFIED_ERROR);
    List<ReasonCode> reasons = some(() -> any(allowed));
    reasons.add(any(allowed));
    return new SubAck(packetId(), reasons, v5 ? maybe(this::text) : null, userProperties());
  }

  private Unsubscribe unsubscribe() {
    List<TopicFilter> filters = some(this::filter);
    filters.add(filter());
    return new Unsubscribe(packetId(), filters, userProperties());
  }

  private UnsubAck unsubAck() {
    if (!v5) {
      return new UnsubAck(packetId(), List.of());
    }
    List<ReasonCode> reasons = some(() -> any(ReasonCodes.IN_UNSUBACK));
    reasons.add(any(ReasonCodes.IN_UNSUBACK));
    return new UnsubAck(packetId(), reasons, maybe(this::text), userProperties());
  }

  private Disconnect disconnect(Sender sender) {
    if (!v5) {
      return new Disconnect(ReasonCode.SUCCESS);
    }
    boolean client = sender == Sender.CLIENT;
    return new Disconnect(
        any(client ? ReasonCodes.IN_DISCONNECT_FROM_CLIENT : ReasonCodes.IN_DISCONNECT_FROM_SERVER),
        client && random.nextBoolean() ? u32() : -1,
        maybe(this::text),
        maybe(this::text),
        userProperties());
  }

  private Auth auth(Sender sender) {
    return new Auth(
        any(
            sender == Sender.CLIENT
                ? ReasonCodes.IN_AUTH_FROM_CLIENT
                : ReasonCodes.IN_AUTH_FROM_SERVER),
        text(),
        maybe(this::binary),
        maybe(this::text),
        userProperties());
  }

  private <T> T any(Collection<T> of) {
    return List.copyOf(of).get(random.nextInt(of.size()));
  }

  private <T> @Nullable T maybe(Supplier<T> value) {
    return random.nextBoolean() ? value.get() : null;
  }

  private <T> List<T> some(Supplier<T> value) {
    List<T> all = new ArrayList<>();
    while (random.nextInt(3) == 0) {
      all.add(value.get());
    }
    return all;
  }

  private List<UserProperty> userProperties() {
    return v5 ? some(() -> new UserProperty(text(), text())) : List.of();
  }

  private Qos qos() {
    return Qos.of(random.nextInt(3));
  }

  private int u16() {
    return random.nextInt(65_536);
  }

  private int packetId() {
    return 1 + random.nextInt(65_535);
  }

  private long u32() {
    return random.nextInt(3) == 0 ? random.nextInt(100) : random.nextLong(0x1_0000_0000L);
  }

  private TopicName topicName() {
    return TopicName.of("t" + text());
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(20); i > 0; i--) {
      text.append(any(CHARACTERS));
    }
    return text.toString();
  }

  private Slice binary() {
    byte[] bytes = new byte[random.nextInt(3) == 0 ? random.nextInt(300) : random.nextInt(10)];
    random.nextBytes(bytes);
    return Slice.wrap(bytes);
  }
}
