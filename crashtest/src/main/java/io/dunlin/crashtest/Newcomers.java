package io.dunlin.crashtest;

import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.PingReq;
import io.dunlin.mqtt.PingResp;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.TopicName;
import io.dunlin.mqtt.UnsubAck;
import io.dunlin.mqtt.Unsubscribe;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Makes sessions and subscriptions under load, ends some of them again, and asks the broker about
/// them later: what it acknowledged must be so.
final class Newcomers {
  private static final int PAUSE_MILLIS = 60;
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final InetSocketAddress address;
  private final Stage stage;
  private final Account account;
  private final List<MqttVersion> versions;

  // Guarded by this. What was acknowledged last, of each; what was not, is not here.
  private final Map<Newcomer, Fate> fates = new LinkedHashMap<>();
  private int count;

  /// What has been acknowledged.
  private enum Fate {
    SUBSCRIBED,
    UNSUBSCRIBED,
    ENDED
  }

  private record Newcomer(MqttVersion version, String clientId) {
    String topic() {
      return "new/" + clientId;
    }
  }

  Newcomers(InetSocketAddress address, Stage stage, Account account, List<MqttVersion> versions) {
    this.address = address;
    this.stage = stage;
    this.account = account;
    this.versions = versions;
  }

  void run() throws InterruptedException {
    for (int start = stage.awaitUp(stage::isLoaded);
        start != 0;
        start = stage.awaitUp(stage::isLoaded)) {
      try {
        makeOne();
      } catch (IOException e) {
        if (stage.isUp(start) && !stage.isOver()) {
          account.fault(Fault.STUCK, "newcomer: " + e);
        }
      } catch (BrokerFault e) {
        account.fault(Fault.WRONG, "newcomer: " + e.getMessage());
      }
      stage.pause(PAUSE_MILLIS);
    }
  }

  private synchronized void makeOne() throws IOException {
    Fate wanted = Fate.values()[count % Fate.values().length];
    int number = count++;
    Newcomer one =
        new Newcomer(versions.get(number / Fate.values().length % versions.size()), "new" + number);
    try (Wire wire = new Wire(address, DurableClient.connect(one.version, one.clientId))) {
      wire.subscribe(one.topic(), Qos.AT_LEAST_ONCE);
      if (wanted == Fate.SUBSCRIBED) {
        fates.put(one, wanted);
      } else if (wanted == Fate.UNSUBSCRIBED) {
        wire.send(new Unsubscribe(2, List.of(TopicFilter.of(one.topic())), List.of()));
        if (!(wire.read() instanceof UnsubAck)) {
          throw new BrokerFault("no UNSUBACK");
        }
        fates.put(one, wanted);
      }
    }
    if (wanted == Fate.ENDED) {
      end(one);
      fates.put(one, wanted);
    }
  }

  private void end(Newcomer one) throws IOException {
    new Wire(address, Connect.builder(one.version, one.clientId).build()).close();
  }

  /// Asks about all that there are, and ends them.
  synchronized void check() throws IOException {
    for (Map.Entry<Newcomer, Fate> entry : fates.entrySet()) {
      try {
        check(entry.getKey(), entry.getValue());
        end(entry.getKey());
      } catch (BrokerFault e) {
        account.fault(Fault.WRONG, entry.getKey().clientId + ": " + e.getMessage());
      }
    }
    fates.clear();
  }

  private void check(Newcomer one, Fate fate) throws IOException {
    try (Wire wire = new Wire(address, DurableClient.connect(one.version, one.clientId))) {
      if (wire.sessionPresent() != (fate != Fate.ENDED)) {
        account.fault(Fault.SESSION, one.clientId + ", which had " + fate);
      } else if (fate != Fate.ENDED
          && hears(wire, one.topic(), fate) != (fate == Fate.SUBSCRIBED)) {
        account.fault(Fault.SUBSCRIPTION, one.clientId + ", which had " + fate);
      }
    }
  }

  /// Whether the client gets what it publishes.
  private static boolean hears(Wire wire, String topic, Fate fate) throws IOException {
    wire.patience(PATIENCE);
    Message message = new Message(topic, 1);
    wire.send(new Publish(TopicName.of(topic), message.payload(), Qos.AT_LEAST_ONCE, false, 3));
    boolean heard = false;
    boolean answered = false;
    try {
      while (!(answered && (heard || fate != Fate.SUBSCRIBED))) {
        Packet packet = wire.read();
        switch (packet) {
          case PubAck _ -> wire.send(PingReq.INSTANCE);
          case PingResp _ -> answered = true;
          case Publish publish -> {
            heard |= Message.of(publish).equals(message);
            wire.send(new PubAck(publish.packetId()));
          }
          default -> throw new BrokerFault("unexpected " + packet);
        }
      }
    } catch (SocketTimeoutException e) {
      return heard;
    }
    return heard;
  }
}
