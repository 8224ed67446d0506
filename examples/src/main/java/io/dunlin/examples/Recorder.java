package io.dunlin.examples;

import io.dunlin.client.BrokerAddress;
import io.dunlin.client.Client;
import io.dunlin.client.ClientConfig;
import io.dunlin.client.ClientException;
import io.dunlin.client.ReceivedMessage;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.Subscription;
import io.dunlin.mqtt.SubscriptionOptions;
import io.dunlin.mqtt.TopicFilter;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Receives everything of a scene into a persistent session, goes away and comes back. Thread-safe:
/// the client's thread counts, any may ask.
final class Recorder implements AutoCloseable {
  private static final Pattern NUMBER = Pattern.compile("\"n\":(\\d+)}");
  private static final long SESSION_EXPIRY_SECONDS = 3_600;

  private final BrokerAddress broker;
  private final List<String> filters;
  private final Map<String, Seen> seen = new ConcurrentHashMap<>();
  private @Nullable Client client;

  /// What came on one topic. Guarded by itself.
  static final class Seen {
    private final BitSet numbers = new BitSet();
    private int doubled;

    private synchronized void add(int number) {
      if (numbers.get(number)) {
        doubled++;
      }
      numbers.set(number);
    }

    /// How many of the first `count` numbers did not come.
    synchronized long missing(long count) {
      return count - numbers.get(1, (int) count + 1).cardinality();
    }

    /// How many different ones came.
    synchronized int received() {
      return numbers.cardinality();
    }

    /// How many came once more.
    synchronized int doubled() {
      return doubled;
    }
  }

  Recorder(BrokerAddress broker, List<String> filters) {
    this.broker = broker;
    this.filters = filters;
  }

  /// Connects: a new session the first time, the same one later.
  void come() throws ClientException {
    boolean first = seen.isEmpty();
    Connect connect =
        Connect.builder(MqttVersion.V5, "recorder")
            .cleanStart(first)
            .sessionExpirySeconds(SESSION_EXPIRY_SECONDS)
            .keepAliveSeconds(30)
            .build();
    Client here =
        Client.connect(
            ClientConfig.builder(broker, connect)
                .handler(this::record)
                .reconnect(Show.SOON)
                .build());
    client = here;
    if (first) {
      List<Subscription> all =
          filters.stream()
              .map(filter ->
                  new Subscription(
                      TopicFilter.of(filter), SubscriptionOptions.of(Qos.EXACTLY_ONCE)))
              .toList();
      here.subscribe(all, 0, List.of()).join();
    }
  }

  /// Disconnects; the session stays with the broker.
  void leave() {
    if (client != null) {
      client.close();
      client = null;
    }
  }

  private void record(ReceivedMessage received) {
    Matcher number = NUMBER.matcher(received.message().payload().utf8());
    if (number.find()) {
      on(received.message().topic().toString()).add(Integer.parseInt(number.group(1)));
    }
  }

  /// What came on that topic.
  Seen on(String topic) {
    return seen.computeIfAbsent(topic, _ -> new Seen());
  }

  /// How many messages came in all, doubles left out.
  int received() {
    return seen.values().stream().mapToInt(Seen::received).sum();
  }

  @Override
  public void close() {
    leave();
  }
}
