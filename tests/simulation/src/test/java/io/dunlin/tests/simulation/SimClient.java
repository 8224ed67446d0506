package io.dunlin.tests.simulation;

import io.dunlin.base.Slice;
import io.dunlin.codec.PacketDecoder;
import io.dunlin.codec.PacketEncoder;
import io.dunlin.codec.PacketFrame;
import io.dunlin.codec.Sender;
import io.dunlin.mqtt.ConnAck;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.Disconnect;
import io.dunlin.mqtt.MalformedPacket;
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
import io.dunlin.mqtt.Will;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A client that keeps to the specification, acts at random, and holds the broker to its word. What
/// it remembers of its session is in [ClientSession], what ends with a connection in [Wire].
final class SimClient implements Link.Client {
  /// The index of the one that reads the retained messages at the end.
  static final int READER = 90;

  private static final int MAX_PACKET_BYTES = 64 * 1024;
  private static final long PING_NANOS = 4 * World.SECOND;
  private static final long PATIENCE_NANOS = 9 * World.SECOND;
  private static final int KEEP_ALIVE_SECONDS = 7;
  private static final long DAY_SECONDS = 24 * 3600;

  final int index;
  final String clientId;
  final MqttVersion version;
  final boolean durable;
  private final World world;
  private final Machine machine;
  private final Ledger ledger;
  private final ClientSession session;
  private final int receiveMaximum;
  private final long maximumPacketSize;
  private final int aliasMaximum;
  private final List<Link> links = new ArrayList<>();
  private @Nullable Wire wire;
  private boolean mustClean; // until a CONNACK tells that the old session is gone
  private int connections;
  private int nextPacketId;
  private boolean calm;

  /// What it does not acknowledge while it is restless, on no connection: numbers of messages, and
  /// packet identifiers with a minus, of which PUBREL came.
  private final Set<Integer> sitsOn = new HashSet<>();

  final Map<String, @Nullable Message> retainedSeen = new TreeMap<>();

  /// What lives as long as a connection.
  private static final class Wire {
    final Link link;
    final Connect connect;
    final int crashes;
    byte[] rest = {};
    boolean ready;
    long lastReceived;
    long lastSent;
    long lastAnswer; // answers leave in order
    int serverReceiveMaximum = 65_535;
    int serverAliases;
    final Map<Integer, TopicName> aliasesIn = new TreeMap<>();
    final Map<Integer, String> aliasesOut = new TreeMap<>();
    final ClientSession.Expected expected = new ClientSession.Expected();
    final Map<Integer, Packet> requests = new TreeMap<>(); // SUBSCRIBE, UNSUBSCRIBE
    final Map<Integer, Integer> unanswered =
        new TreeMap<>(); // PUBLISH packets of the broker: id, QoS
    final @Nullable Message will; // at QoS 1 or 2, without a delay
    final Set<Integer> seen = new HashSet<>();
    final List<Runnable> heldAnswers = new ArrayList<>();

    /// Whether the session outlives the connection.
    boolean persistent() {
      return connect.sessionExpirySeconds() > 0;
    }

    Wire(Link link, Connect connect, @Nullable Message will, int crashes, long now) {
      this.will = will;
      this.link = link;
      this.connect = connect;
      this.crashes = crashes;
      this.lastReceived = now;
      this.lastSent = now;
    }
  }

  SimClient(World world, Machine machine, Ledger ledger, int index) {
    this.world = world;
    this.machine = machine;
    this.ledger = ledger;
    this.index = index;
    this.clientId = "c" + index;
    this.version =
        world.once(2) ? MqttVersion.V5 : world.once(6) ? MqttVersion.V3_1 : MqttVersion.V3_1_1;
    this.durable = !world.once(3);
    boolean v5 = version == MqttVersion.V5;
    boolean limited = v5 && index < READER;
    this.receiveMaximum = limited && world.once(2) ? world.between(1, 6) : 65_535;
    this.maximumPacketSize = limited && world.once(4) ? world.between(300, 900) : MAX_PACKET_BYTES;
    this.aliasMaximum = v5 && world.once(2) ? world.between(1, 3) : 0;
    this.nextPacketId = world.once(2) ? 65_530 : 1;
    this.session = new ClientSession(world, clientId);
  }

  private boolean v5() {
    return version == MqttVersion.V5;
  }

  private SimulationFailure wrong(String what) {
    return world.failure(clientId + ": " + what, null);
  }

  // -- what it does by chance -----------------------------------------------------------------

  /// Does something.
  void act() {
    Wire w = wire;
    if (w == null) {
      if (!world.once(3)) {
        connect(false);
      }
      return;
    }
    long now = world.nanos();
    if (now - w.lastReceived > PATIENCE_NANOS) {
      vanish("hears nothing");
      return;
    }
    if (!w.ready) {
      return;
    }
    if (now - w.lastSent > PING_NANOS || world.once(100)) {
      send(w, PingReq.INSTANCE);
    }
    switch (world.random.nextInt(64)) {
      case 0 -> leave();
      case 1 -> reset();
      case 2 -> {
        w.link.cut();
        world.trace(clientId + ": the network is cut");
      }
      case 3 -> vanish("vanishes");
      case 4 -> takeOver();
      case 5, 6, 7, 8, 9, 10, 11, 12, 13 -> subscribe(w);
      case 14, 15 -> unsubscribe(w);
      default -> publishSome(w);
    }
  }

  /// From now on it only stays connected and answers.
  void calmDown() {
    calm = true;
    sitsOn.clear();
    Wire w = wire;
    if (w != null) {
      List.copyOf(w.heldAnswers).forEach(Runnable::run);
      w.heldAnswers.clear();
    }
  }

  /// Stays connected, in the quiet phase.
  void stay() {
    Wire w = wire;
    if (w == null) {
      connect(false);
    } else if (world.nanos() - w.lastReceived > PATIENCE_NANOS) {
      vanish("hears nothing");
    } else if (w.ready && world.nanos() - w.lastSent > PING_NANOS) {
      send(w, PingReq.INSTANCE);
    }
  }

  /// Whether it is connected, and nothing of it is on its way.
  boolean settled() {
    Wire w = wire;
    return w != null
        && w.ready
        && w.requests.isEmpty()
        && w.unanswered.isEmpty()
        && session.outgoing.isEmpty()
        && session.owed.isEmpty();
  }

  String unsettled() {
    Wire w = wire;
    if (w == null || !w.ready) {
      return clientId + " has no connection";
    }
    return "%s: unacknowledged %s, unanswered %s, requests %s, owed %s"
        .formatted(
            clientId, session.outgoing.values(), w.unanswered, w.requests.keySet(), session.owed);
  }

  void connect(boolean forGood) {
    boolean v5 = v5();
    boolean clean =
        forGood || mustClean || (durable ? !calm && world.once(12) : !v5 || world.once(2));
    Link link = new Link(world, this, clientId + "#" + ++connections);
    links.add(link);
    Connect.Builder builder =
        Connect.builder(version, clientId).cleanStart(clean).keepAliveSeconds(KEEP_ALIVE_SECONDS);
    if (v5) {
      builder
          .sessionExpirySeconds(durable && !forGood ? DAY_SECONDS : 0)
          .receiveMaximum(receiveMaximum)
          .maximumPacketSize(maximumPacketSize)
          .topicAliasMaximum(aliasMaximum);
    }
    Message dueWill = null;
    if (!calm && world.once(3)) {
      Message m =
          ledger.publish(index, "w/" + index, world.random.nextInt(3), world.once(4), false, 20);
      m.sent(world.moment());
      Will will = will(m);
      builder.will(will);
      dueWill = m.qos > 0 && will.delaySeconds() == 0 ? m : null;
    }
    Connect connect = builder.build();
    if (clean) {
      mustClean = true;
      session.forget();
      ledger.group.leaves(this);
      ledger.group.sessionEnded();
    }
    session.connecting(connect.sessionExpirySeconds() > 0);
    Wire w = new Wire(link, connect, dueWill, machine.crashes(), world.nanos());
    wire = w;
    machine.connect(link);
    send(w, connect);
  }

  private Will will(Message m) {
    long delay = v5() && world.once(2) ? world.between(1, 3) : 0;
    return new Will(
        TopicName.of(m.topic),
        Slice.wrap(m.payload()),
        Qos.of(m.qos),
        m.retain,
        delay,
        -1,
        Slice.EMPTY);
  }

  private void leave() {
    Wire w = wire;
    if (w != null) {
      send(w, new Disconnect(ReasonCode.SUCCESS));
      w.link.clientClose();
      lost("leaves");
    }
  }

  /// Ends its connection, in good order, if it has one.
  void goAway() {
    leave();
  }

  /// Ends its session and its connection.
  void leaveForGood() {
    Wire w = wire;
    if (w != null && w.ready && w.connect.cleanStart() && w.connect.sessionExpirySeconds() == 0) {
      leave();
    }
  }

  boolean offline() {
    return wire == null;
  }

  private void reset() {
    Wire w = wire;
    if (w != null) {
      w.link.clientReset();
      willIsDue(w);
      lost("resets");
    }
  }

  private void vanish(String why) {
    Wire w = wire;
    if (w != null) {
      w.link.clientVanish();
      lost(why);
    }
  }

  /// The broker learns of the end of a connection with a will at once. If it lives on, it has to
  /// publish that: it owes it to whoever was subscribed when the CONNECT was sent.
  private void willIsDue(Wire w) {
    Message will = w.will;
    if (will == null || !w.ready || w.crashes != machine.crashes()) {
      return;
    }
    ledger.waits(1);
    world.after(
        5 * World.SECOND,
        () -> {
          ledger.waits(-1);
          if (w.crashes == machine.crashes() && !machine.everFull()) {
            world.trace(clientId + ": its will " + will + " is due");
            ledger.acknowledged(will);
          }
        });
  }

  private void takeOver() {
    if (wire != null) {
      willIsDue(wire);
    }
    lost("takes over"); // the old connection stays open; what comes on it is not read
    connect(false);
  }

  private void lost(String why) {
    world.trace(clientId + ": " + why);
    Wire w = wire;
    wire = null;
    ledger.group.memberLost(this);
    if (w != null && !w.persistent()) {
      ledger.group.sessionEnded();
    }
  }

  /// Whether the broker has a connection that it has given up.
  boolean halfOpen() {
    Wire w = wire;
    return links.stream().anyMatch(link -> link.serverHolds() && (w == null || w.link != link));
  }

  /// Links that the broker has not let go of.
  List<Link> heldLinks() {
    return links.stream().filter(Link::serverHolds).toList();
  }

  // -- PUBLISH out ----------------------------------------------------------------------------

  private void publishSome(Wire w) {
    int count = world.once(8) ? world.between(2, 20) : 1;
    for (int i = 0; i < count; i++) {
      publish(w);
    }
  }

  private void publish(Wire w) {
    int qos = world.random.nextInt(3);
    if (qos > 0 && session.outgoing.size() >= Math.min(12, w.serverReceiveMaximum)) {
      return;
    }
    boolean retain = world.once(5);
    String topic;
    if (retain) {
      topic = Topics.RETAINED.get(index % Topics.RETAINED.size());
      if (index >= Topics.RETAINED.size()) {
        return; // one publisher for each retained topic
      }
    } else {
      List<String> some =
          world.once(4) ? Group.TOPICS : world.once(5) ? Topics.SHARED : Topics.PLAIN;
      topic = some.get(world.random.nextInt(some.size()));
    }
    boolean expires = v5() && !retain && world.once(10);
    int bytes =
        retain && world.once(5)
            ? 0
            : world.once(20) && !Group.owns(topic)
                ? world.between(500, 6_000) // too large for some
                : world.between(5, 60);
    Message m = ledger.publish(index, topic, qos, retain, expires, bytes);
    int id = 0;
    if (qos > 0) {
      id = freeId(w);
      session.outgoing.put(id, new ClientSession.Out(m, expires ? 1 : -1));
    }
    transmit(w, m, id, false, expires ? 1 : -1);
  }

  private int freeId(Wire w) {
    while (session.outgoing.containsKey(nextPacketId) || w.requests.containsKey(nextPacketId)) {
      nextPacketId = nextPacketId % 65_535 + 1;
    }
    int id = nextPacketId;
    nextPacketId = nextPacketId % 65_535 + 1;
    return id;
  }

  private void transmit(Wire w, Message m, int id, boolean dup, long expirySeconds) {
    m.sent(world.moment());
    if (m.sends == 1) {
      ledger.group.sent(m, ledger.halfOpen());
    }
    TopicName topic = TopicName.of(m.topic);
    int alias = 0;
    if (w.serverAliases > 0 && world.once(3)) {
      alias = 1 + Math.floorMod(m.topic.hashCode(), Math.min(2, w.serverAliases));
      if (m.topic.equals(w.aliasesOut.put(alias, m.topic)) && world.once(2)) {
        topic = null;
      }
    }
    w.expected.published(id, m.qos);
    send(
        w,
        new Publish(
            topic,
            Slice.wrap(m.payload()),
            Qos.of(m.qos),
            m.retain,
            dup,
            id,
            alias,
            false,
            expirySeconds,
            null,
            null,
            null,
            List.of(),
            List.of()));
  }

  // -- SUBSCRIBE, UNSUBSCRIBE -----------------------------------------------------------------

  private void subscribe(Wire w) {
    int id = freeId(w);
    List<Subscription> list = new ArrayList<>();
    for (int i = world.between(1, 2); i > 0; i--) {
      String filter = Topics.FILTERS.get(world.random.nextInt(Topics.FILTERS.size()));
      boolean free = session.mayChange(filter);
      if (!free || list.stream().anyMatch(s -> s.filter().toString().equals(filter))) {
        continue;
      }
      boolean group = filter.equals(Group.FILTER);
      Qos qos = Qos.of(group ? world.between(1, 2) : world.random.nextInt(3));
      boolean noLocal = v5() && !Topics.isShared(filter) && (index + filter.length()) % 3 == 0;
      RetainHandling handling =
          v5() ? RetainHandling.of(world.random.nextInt(3)) : RetainHandling.SEND;
      list.add(
          new Subscription(
              TopicFilter.of(filter), new SubscriptionOptions(qos, noLocal, false, handling)));
      session.subscribing(filter, qos.value(), noLocal);
    }
    if (list.isEmpty()) {
      return;
    }
    int identifier = v5() && world.once(3) ? world.between(1, 300) : 0;
    session.identifiers.add(identifier);
    Subscribe packet = new Subscribe(id, list, identifier, List.of());
    w.requests.put(id, packet);
    send(w, packet);
  }

  private void unsubscribe(Wire w) {
    String filter = Topics.FILTERS.get(world.random.nextInt(Topics.FILTERS.size()));
    if (!session.mayChange(filter)) {
      return;
    }
    int id = freeId(w);
    session.unsubscribing(filter);
    if (filter.equals(Group.FILTER)) {
      ledger.group.leaving(this);
    }
    Unsubscribe packet = new Unsubscribe(id, List.of(TopicFilter.of(filter)));
    w.requests.put(id, packet);
    send(w, packet);
  }

  /// Subscribes to all retained messages and remembers what comes: the last word.
  void askForRetained() {
    Wire w = wire;
    if (w == null) {
      throw wrong("asked for retained messages without a connection");
    }
    int id = freeId(w);
    session.subscribing("r/#", 1, false);
    Subscribe packet =
        new Subscribe(
            id,
            List.of(
                new Subscription(
                    TopicFilter.of("r/#"), SubscriptionOptions.of(Qos.AT_LEAST_ONCE))));
    w.requests.put(id, packet);
    send(w, packet);
  }

  // -- what comes -----------------------------------------------------------------------------

  @Override
  public void onEnd(Link link) {
    Wire w = wire;
    if (w != null && w.link == link) {
      lost("loses its connection");
    }
  }

  @Override
  public void onBytes(Link link, byte[] bytes) {
    Wire w = wire;
    if (w == null || w.link != link) {
      return;
    }
    w.lastReceived = world.nanos();
    byte[] all = new byte[w.rest.length + bytes.length];
    System.arraycopy(w.rest, 0, all, 0, w.rest.length);
    System.arraycopy(bytes, 0, all, w.rest.length, bytes.length);
    ByteBuffer buffer = ByteBuffer.wrap(all);
    int at = 0;
    try {
      while (at < all.length && wire == w) {
        int length = PacketFrame.length(buffer, at, all.length, (int) maximumPacketSize);
        if (length == 0 || length > all.length - at) {
          break;
        }
        Packet packet = PacketDecoder.decode(buffer, at, at + length, version, Sender.SERVER);
        world.trace(clientId + " < " + brief(packet));
        onPacket(w, packet);
        at += length;
      }
    } catch (MalformedPacket e) {
      throw wrong("the broker has sent something illegal: " + e.getMessage());
    }
    w.rest = java.util.Arrays.copyOfRange(all, at, all.length);
  }

  private void onPacket(Wire w, Packet packet) {
    if (w.ready == packet instanceof ConnAck) {
      throw wrong(w.ready ? "a second CONNACK" : "before the CONNACK comes " + brief(packet));
    }
    switch (packet) {
      case ConnAck p -> onConnAck(w, p);
      case Publish p -> onPublish(w, p);
      case PubAck p -> onPubAck(w, p);
      case PubRec p -> onPubRec(w, p);
      case PubRel p -> onPubRel(w, p);
      case PubComp p -> onPubComp(w, p);
      case SubAck p -> onSubAck(w, p);
      case UnsubAck p -> onUnsubAck(w, p);
      case Disconnect p -> onDisconnect(p);
      case PingResp _ -> {}
      default -> throw wrong("what is that: " + brief(packet));
    }
  }

  private void onDisconnect(Disconnect packet) {
    boolean fine =
        packet.reasonCode() == ReasonCode.SESSION_TAKEN_OVER && connections > 1
            || packet.reasonCode() == ReasonCode.SERVER_SHUTTING_DOWN;
    if (!fine) {
      throw wrong("is disconnected: " + packet.reasonCode() + " " + packet.reasonString());
    }
  }

  private void onConnAck(Wire w, ConnAck packet) {
    boolean ends = machine.stopping() || w.crashes != machine.crashes();
    if (packet.reasonCode() == ReasonCode.SERVER_UNAVAILABLE && ends) {
      return; // a broker that stops takes nobody in
    }
    if (packet.reasonCode() != ReasonCode.SUCCESS) {
      throw wrong("is refused: " + packet.reasonCode());
    }
    w.ready = true;
    mustClean = false;
    w.serverReceiveMaximum = packet.receiveMaximum();
    w.serverAliases = packet.topicAliasMaximum();
    boolean present = packet.sessionPresent();
    if (version == MqttVersion.V3_1) { // its CONNACK does not tell
      present = session.surelyPresent();
    }
    session.connected(present, w.connect.cleanStart(), w.connect.sessionExpirySeconds() > 0);
    for (Map.Entry<Integer, ClientSession.Out> e : session.outgoing.entrySet()) { // [MQTT-4.4.0-1]
      int id = e.getKey();
      ClientSession.Out out = e.getValue();
      if (out.released) {
        w.expected.released(id, true);
        send(w, new PubRel(id));
      } else {
        transmit(w, out.message, id, true, out.expirySeconds);
      }
    }
  }

  // -- acknowledgements of what it has published ----------------------------------------------

  private void onPubAck(Wire w, PubAck packet) {
    w.expected.pubAck(this::wrong, packet.packetId());
    ClientSession.Out out = out(packet.packetId(), 1);
    session.outgoing.remove(packet.packetId());
    if (!refused(packet.reasonCode())) {
      ok(packet.reasonCode(), packet);
      ledger.acknowledged(out.message);
    }
  }

  private void onPubRec(Wire w, PubRec packet) {
    int id = packet.packetId();
    w.expected.pubRec(this::wrong, id);
    ClientSession.Out out = out(id, 2);
    if (refused(packet.reasonCode())) {
      session.outgoing.remove(id);
      return;
    }
    ok(packet.reasonCode(), packet);
    out.released = true;
    ledger.acknowledged(out.message);
    w.expected.released(id, false);
    send(w, new PubRel(id));
  }

  private void onPubComp(Wire w, PubComp packet) {
    boolean again = w.expected.pubComp(this::wrong, packet.packetId());
    if (!again) {
      ok(packet.reasonCode(), packet);
    }
    out(packet.packetId(), 2);
    session.outgoing.remove(packet.packetId());
  }

  /// Whether the disk was full: the broker has not taken responsibility.
  private boolean refused(ReasonCode reason) {
    return reason == ReasonCode.QUOTA_EXCEEDED && machine.everFull();
  }

  private void ok(ReasonCode reason, Packet packet) {
    if (reason != ReasonCode.SUCCESS && reason != ReasonCode.NO_MATCHING_SUBSCRIBERS) {
      throw wrong("is answered " + brief(packet) + " " + reason);
    }
  }

  private ClientSession.Out out(int id, int qos) {
    ClientSession.Out out = session.outgoing.get(id);
    if (out == null || out.message.qos != qos) {
      throw wrong("an acknowledgement for packet " + id + ", which is " + out);
    }
    return out;
  }

  // -- PUBLISH in -----------------------------------------------------------------------------

  private void onPublish(Wire w, Publish packet) {
    TopicName name = topic(w, packet);
    String topic = name.toString();
    int id = packet.packetId();
    int qos = packet.qos().value();
    if (!session.hasAsked(topic)) {
      throw wrong("gets a message of " + topic + ", to which it has not subscribed");
    }
    for (int identifier : packet.subscriptionIdentifiers()) {
      if (!session.identifiers.contains(identifier)) {
        throw wrong("gets the subscription identifier " + identifier + ", which it has not given");
      }
    }
    if (qos > 0) {
      if (w.unanswered.put(id, qos) != null) {
        throw wrong("packet identifier " + id + " is in flight already");
      }
      if (w.unanswered.size() > receiveMaximum) {
        throw wrong("more than Receive Maximum " + receiveMaximum + " in flight");
      }
    }
    if (packet.dup() && !session.resumed && w.crashes == machine.crashes()) {
      throw wrong("gets DUP at the first connection of a session");
    }
    boolean empty = packet.payload().isEmpty();
    Message m = empty ? null : ledger.find(packet.payload().toArray());
    if (m != null && (!m.topic.equals(topic) || packet.payload().length() != m.payloadBytes)) {
      throw wrong("gets " + m + " under " + topic + " or with another payload");
    }
    if (packet.retain() && topic.startsWith("r/")) {
      retainedSeen.put(topic, m);
    }
    boolean deliver = qos < 2 || session.received(id, m, packet.dup());
    if (deliver && m != null && !packet.retain()) {
      boolean first = w.seen.add(m.number);
      if (!first
          && m.sends == 1
          && !topic.startsWith("s/")
          && !Group.owns(topic)
          && !session.overlapsShared(topic)) {
        throw wrong("gets " + m + " twice on one connection, and it was sent once");
      }
      session.deliver(m, qos);
      if (Group.owns(topic)) {
        ledger.group.deliver(this, w.persistent(), machine.crashes(), m, qos);
      }
    }
    if (qos > 0) {
      Packet answer = qos == 1 ? new PubAck(id) : new PubRec(id);
      answerPerhaps(
          w,
          m == null ? 0 : m.number,
          () -> {
            if (qos == 1) {
              w.unanswered.remove(id);
            }
            send(w, answer);
          });
    }
  }

  private TopicName topic(Wire w, Publish packet) {
    TopicName named = packet.topic();
    int alias = packet.topicAlias();
    if (alias > aliasMaximum) {
      throw wrong("gets the topic alias " + alias + " of at most " + aliasMaximum);
    }
    if (named == null) {
      TopicName known = w.aliasesIn.get(alias);
      if (known == null) {
        throw wrong("gets the unknown topic alias " + alias);
      }
      return known;
    }
    if (alias > 0) {
      w.aliasesIn.put(alias, named);
    }
    return named;
  }

  private void onPubRel(Wire w, PubRel packet) {
    if (packet.reasonCode() != ReasonCode.SUCCESS) {
      throw wrong("gets " + brief(packet) + " " + packet.reasonCode());
    }
    int id = packet.packetId();
    if (Integer.valueOf(1).equals(w.unanswered.get(id))) {
      throw wrong("gets a PUBREL for packet " + id + ", which is at QoS 1");
    }
    session.incoming.remove(id);
    answerPerhaps(
        w,
        -id,
        () -> {
          w.unanswered.remove(id);
          send(w, new PubComp(id));
        });
  }

  private void answerPerhaps(Wire w, int number, Runnable answer) {
    boolean begins = !calm && sitsOn.size() < Math.min(3, receiveMaximum - 1) && world.once(30);
    if (number != 0 && begins) {
      sitsOn.add(number);
    }
    if (sitsOn.contains(number)) {
      world.trace(clientId + ": sits on " + number);
      w.heldAnswers.add(answer);
    } else {
      answerLater(w, answer);
    }
  }

  private void answerLater(Wire w, Runnable answer) {
    long delay = world.once(5) ? world.delay(100 * World.MILLISECOND) : 0;
    w.lastAnswer = Math.max(w.lastAnswer, world.nanos() + delay);
    if (w.lastAnswer == world.nanos()) {
      answer.run();
      return;
    }
    world.after(
        w.lastAnswer - world.nanos(),
        () -> {
          if (wire == w) {
            answer.run();
          }
        });
  }

  // -- answers to requests --------------------------------------------------------------------

  private void onSubAck(Wire w, SubAck packet) {
    if (!(w.requests.remove(packet.packetId()) instanceof Subscribe request)
        || request.subscriptions().size() != packet.reasonCodes().size()) {
      throw wrong("a SUBACK that fits no SUBSCRIBE: " + packet);
    }
    for (int i = 0; i < request.subscriptions().size(); i++) {
      Subscription s = request.subscriptions().get(i);
      if (packet.reasonCodes().get(i).code() != s.options().qos().value()) {
        throw wrong("is granted " + packet.reasonCodes().get(i) + " for " + s);
      }
      session.subscribed(s.filter().toString());
      if (s.filter().toString().equals(Group.FILTER)) {
        ledger.group.subscribed(this, w.persistent());
      }
    }
  }

  private void onUnsubAck(Wire w, UnsubAck packet) {
    if (!(w.requests.remove(packet.packetId()) instanceof Unsubscribe request)) {
      throw wrong("an UNSUBACK that fits no UNSUBSCRIBE: " + packet);
    }
    request.filters().forEach(f -> session.unsubscribed(f.toString()));
    ledger.group.memberLost(this);
  }

  // -- the ledger -----------------------------------------------------------------------------

  /// The broker has taken responsibility for a message: is it owed to this client?
  void owe(Message message) {
    int least = message.payloadBytes + message.topic.length() + 60;
    if (message.payloadBytes > 0 && !message.mayExpire && least <= maximumPacketSize) {
      session.owe(message, index);
    }
  }

  // -- bytes ----------------------------------------------------------------------------------

  private void send(Wire w, Packet packet) {
    w.lastSent = world.nanos();
    world.trace(clientId + " > " + brief(packet));
    w.link.clientSend(PacketEncoder.encode(packet, version).toArray());
  }

  private static String brief(Packet packet) {
    return switch (packet) {
      case Publish p ->
          "PUBLISH %d qos %d%s%s %s %s"
              .formatted(
                  p.packetId(),
                  p.qos().value(),
                  p.dup() ? " dup" : "",
                  p.retain() ? " retain" : "",
                  p.topic() == null ? "alias " + p.topicAlias() : p.topic(),
                  payload(p.payload()));
      case PubAck p -> "PUBACK " + p.packetId();
      case PubRec p -> "PUBREC " + p.packetId();
      case PubRel p -> "PUBREL " + p.packetId();
      case PubComp p -> "PUBCOMP " + p.packetId();
      case Connect p ->
          "CONNECT %s%s expiry %d receiveMaximum %d%s"
              .formatted(
                  p.version(),
                  p.cleanStart() ? " clean" : "",
                  p.sessionExpirySeconds(),
                  p.receiveMaximum(),
                  p.will() == null ? "" : " will " + payload(p.will().payload()));
      case ConnAck p -> "CONNACK " + p.reasonCode() + (p.sessionPresent() ? " present" : "");
      case Subscribe p -> "SUBSCRIBE " + p.packetId() + " " + p.subscriptions();
      case Unsubscribe p -> "UNSUBSCRIBE " + p.packetId() + " " + p.filters();
      case SubAck p -> "SUBACK " + p.packetId() + " " + p.reasonCodes();
      case UnsubAck p -> "UNSUBACK " + p.packetId() + " " + p.reasonCodes();
      case Disconnect p -> "DISCONNECT " + p.reasonCode();
      default -> packet.getClass().getSimpleName();
    };
  }

  private static String payload(Slice payload) {
    String text = payload.utf8();
    int colon = text.indexOf(':');
    return colon < 0 ? "\"" + text + "\"" : "m" + text.substring(0, colon);
  }
}
