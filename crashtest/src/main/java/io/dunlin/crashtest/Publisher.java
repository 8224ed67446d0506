package io.dunlin.crashtest;

import io.dunlin.base.Slice;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.PubComp;
import io.dunlin.mqtt.PubRec;
import io.dunlin.mqtt.PubRel;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.TopicName;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Publishes numbered messages to its topics in turn, some at once, at a steady rate while there is
/// load; after a break it resumes its session and sends again, in order, what was not acknowledged.
///
/// Two threads: one sends, one takes the answers.
final class Publisher extends DurableClient {
  private static final int IN_FLIGHT = 20;
  private static final long LOOK_AGAIN_NANOS = 20_000_000;

  /// A publisher that was slower than this does not make up for it.
  private static final long LONGEST_LAG_NANOS = 100_000_000;

  private final Qos qos;
  private final List<String> topics;
  private final int[] sequences;
  private final long intervalNanos;
  private final int cutOnceIn;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition answered = lock.newCondition();

  // Under the lock. By packet identifier, in the order of sending.
  private final Map<Integer, InFlight> inFlight = new LinkedHashMap<>();
  private @Nullable Exception broken;

  // Of the sending thread.
  private int sent;
  private long dueNanos;

  /// A message that the broker has (`received`: only its PUBREL is still to be answered) or has not
  /// yet taken over.
  private record InFlight(Message message, boolean received) {}

  /// What is sent next.
  private record Next(int packetId, Message message) {}

  /// @param perSecond its rate, 0 for as many as it can
  /// @param cutOnceIn after how many messages it cuts its connection, on average; 0 for never
  Publisher(
      InetSocketAddress address,
      Stage stage,
      Account account,
      MqttVersion version,
      String clientId,
      long seed,
      Qos qos,
      double perSecond,
      int cutOnceIn) {
    super(address, stage, account, version, clientId, seed);
    this.qos = qos;
    this.intervalNanos = perSecond == 0 ? 0 : (long) (1e9 / perSecond);
    this.cutOnceIn = cutOnceIn;
    topics = topics(version, clientId);
    sequences = new int[topics.size()];
  }

  private static List<String> topics(MqttVersion version, String clientId) {
    List<String> topics = new ArrayList<>();
    topics.add("load/" + clientId + "/a");
    topics.add("load/" + clientId + "/b");
    topics.addAll(retainedTopics(clientId));
    if (version == MqttVersion.V5) {
      topics.add("load/" + clientId + Account.BRIEF);
      topics.add("load/" + clientId + Account.LASTING);
    }
    return topics;
  }

  private static List<String> retainedTopics(String clientId) {
    return List.of("load/" + clientId + "/state", Account.FLAG + clientId);
  }

  /// Those that have a retained value.
  List<String> retainedTopics() {
    return retainedTopics(clientId);
  }

  /// Whether all is acknowledged.
  boolean isIdle() {
    lock.lock();
    try {
      return inFlight.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  @Override
  void begin(Wire first) {
    // There is nothing more to a publisher's session.
  }

  @Override
  void forget(Wire next) {
    // What is not acknowledged is sent again.
  }

  @Override
  void converse(Wire wire) throws IOException, InterruptedException {
    List<Packet> again = unfinished();
    Thread reader = Thread.ofVirtual().start(() -> readAnswers(wire));
    try {
      for (Packet packet : again) {
        wire.send(packet);
      }
      publish(wire);
    } finally {
      wire.close();
      reader.join();
    }
  }

  private List<Packet> unfinished() {
    lock.lock();
    try {
      broken = null;
      dueNanos = System.nanoTime();
      List<Packet> packets = new ArrayList<>();
      inFlight.forEach((packetId, each) ->
          packets.add(each.received ? new PubRel(packetId) : packet(packetId, each.message, true)));
      return packets;
    } finally {
      lock.unlock();
    }
  }

  private void publish(Wire wire) throws IOException, InterruptedException {
    for (Next next = next(); next != null; next = next()) {
      wire.send(packet(next.packetId, next.message, false));
      if (cutOnceIn > 0 && random.nextInt(cutOnceIn) == 0) {
        return;
      }
    }
  }

  /// Waits until a message may go; null when all is over.
  private @Nullable Next next() throws IOException, InterruptedException {
    lock.lock();
    try {
      while (!stage.isOver()) {
        if (broken instanceof IOException e) {
          throw e;
        }
        if (broken instanceof BrokerFault e) {
          throw e;
        }
        boolean mayGo = stage.isLoaded() && inFlight.size() < IN_FLIGHT;
        long waitNanos = dueNanos - System.nanoTime();
        if (mayGo && waitNanos <= 0) {
          return take();
        }
        var _ =
            answered.awaitNanos(mayGo ? Math.min(waitNanos, LOOK_AGAIN_NANOS) : LOOK_AGAIN_NANOS);
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  /// The next message of the next topic.
  private Next take() {
    dueNanos = Math.max(dueNanos + intervalNanos, System.nanoTime() - LONGEST_LAG_NANOS);
    int packetId = 1 + sent % 65_535;
    int topic = sent % topics.size();
    Message message = new Message(topics.get(topic), ++sequences[topic]);
    sent++;
    inFlight.put(packetId, new InFlight(message, false));
    account.sent(message);
    return new Next(packetId, message);
  }

  private void readAnswers(Wire wire) {
    try {
      while (true) {
        try {
          take(wire, wire.read());
        } catch (SocketTimeoutException e) {
          if (!isIdle()) { // else the broker is right to be silent
            throw e;
          }
        }
      }
    } catch (IOException | BrokerFault e) {
      lock.lock();
      try {
        broken = e;
        answered.signal();
      } finally {
        lock.unlock();
      }
      wire.close(); // The other thread may be writing.
    }
  }

  private void take(Wire wire, Packet packet) throws IOException {
    if (packet instanceof PubRec rec && !rec.reasonCode().isFailure()) {
      received(rec);
      wire.send(new PubRel(rec.packetId()));
      return;
    }
    lock.lock();
    try {
      switch (packet) {
        case PubAck ack -> finished(ack.packetId(), packet, ack.reasonCode());
        case PubRec rec -> finished(rec.packetId(), packet, rec.reasonCode());
        case PubComp comp -> finished(comp.packetId(), packet, ReasonCode.SUCCESS);
        default -> throw new BrokerFault("unexpected " + packet);
      }
      answered.signal();
    } finally {
      lock.unlock();
    }
  }

  private void received(PubRec rec) {
    lock.lock();
    try {
      InFlight taken = inFlight.get(rec.packetId());
      if (taken == null) {
        throw new BrokerFault("nothing was sent that this answers: " + rec);
      }
      if (!taken.received) {
        inFlight.put(rec.packetId(), new InFlight(taken.message, true));
        account.acknowledged(taken.message, System.currentTimeMillis());
      }
    } finally {
      lock.unlock();
    }
  }

  /// The message is acknowledged, or refused: then nobody is owed it.
  private void finished(int packetId, Packet answer, ReasonCode reason) {
    InFlight taken = inFlight.remove(packetId);
    if (taken == null) {
      throw new BrokerFault("nothing was sent that this answers: " + answer);
    }
    if (!taken.received && !reason.isFailure()) {
      account.acknowledged(taken.message, System.currentTimeMillis());
    }
  }

  private Publish packet(int packetId, Message message, boolean dup) {
    String topic = message.topic();
    long expirySeconds =
        topic.endsWith(Account.BRIEF)
            ? Account.BRIEF_SECONDS
            : topic.endsWith(Account.LASTING) ? Account.LASTING_SECONDS : -1;
    return new Publish(
        TopicName.of(topic),
        Account.clears(message) ? Slice.EMPTY : message.payload(),
        qos,
        retainedTopics().contains(topic),
        dup,
        packetId,
        0,
        false,
        expirySeconds,
        null,
        null,
        null,
        List.of(),
        List.of());
  }
}
