package io.dunlin.crashtest;

import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.PingReq;
import io.dunlin.mqtt.PingResp;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.SubAck;
import io.dunlin.mqtt.Subscribe;
import io.dunlin.mqtt.Subscription;
import io.dunlin.mqtt.SubscriptionOptions;
import io.dunlin.mqtt.TopicFilter;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Asks a broker for all retained values, as a new subscriber does, while nobody publishes.
final class StateReader {
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private StateReader() {}

  /// Compares what comes with the account.
  ///
  /// @param topics all that may have a value
  static void check(
      InetSocketAddress address, MqttVersion version, List<String> topics, Account account)
      throws IOException {
    Map<String, Message> values = new HashMap<>();
    try (Wire wire = new Wire(address, Connect.builder(version, "state-reader").build())) {
      wire.patience(PATIENCE);
      read(wire, topics, values, account);
    } catch (BrokerFault e) {
      account.fault(Fault.WRONG, "retained values: " + e.getMessage());
    }
    topics.forEach(topic -> account.checkRetained(topic, values.get(topic)));
  }

  /// Reads until there is all that must be there, or nothing more comes.
  private static void read(
      Wire wire, List<String> topics, Map<String, Message> values, Account account)
      throws IOException {
    SubscriptionOptions options = SubscriptionOptions.of(Qos.AT_MOST_ONCE);
    List<Subscription> all =
        topics.stream().map(topic -> new Subscription(TopicFilter.of(topic), options)).toList();
    wire.send(new Subscribe(1, all));
    wire.send(PingReq.INSTANCE);
    boolean answered = false;
    try {
      while (!answered || !hasAll(topics, values, account)) {
        switch (wire.read()) {
          case SubAck _ -> {}
          case PingResp _ -> answered = true;
          case Publish publish -> {
            Message value = Message.of(publish);
            values.put(value.topic(), value);
          }
          case Packet other -> throw new BrokerFault("unexpected " + other);
        }
      }
    } catch (SocketTimeoutException e) {
      return; // No more comes.
    }
  }

  private static boolean hasAll(List<String> topics, Map<String, Message> values, Account account) {
    return topics.stream()
        .allMatch(topic -> values.containsKey(topic) || !account.mustBeRetained(topic));
  }
}
