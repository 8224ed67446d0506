package io.dunlin.broker;

import io.dunlin.base.Clock;
import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import io.dunlin.broker.observe.Release;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/// The `$SYS` tree: what [BrokerMetrics] has, under the names that Mosquitto's users know, and a
/// few more. Retained, but never on disk.
///
/// While nobody subscribes to `$SYS`, nothing is published and nothing retained; only the loads are
/// reckoned. Whoever does gets all of it within a second.
@OwnedBy("background")
final class SysTopics {
  private static final String ROOT = "$SYS/broker/";

  /// From one [#look] to the next.
  static final long LOOK_MILLIS = 500;

  private static final Slice UPTIME = Slice.utf8(ROOT + "uptime");

  private final BrokerCore core;
  private final BrokerMetrics metrics;
  private final Clock clock;
  private final Map<String, Supplier<String>> topics = new LinkedHashMap<>();
  private final List<Load> loads = new ArrayList<>();
  private boolean wanted;
  private long lookedAt = -1;

  SysTopics(BrokerCore core, BrokerMetrics metrics, Clock clock) {
    this.core = core;
    this.metrics = metrics;
    this.clock = clock;
    String version = "dunlin version " + Release.version();
    topics.put("version", () -> version);
    topics.put("uptime", () -> number("dunlin_broker_uptime_seconds") + " seconds");
    clients();
    messages();
    loads();
    ours();
  }

  private void clients() {
    is("clients/connected", "dunlin_session_connected");
    is("clients/active", "dunlin_session_connected");
    is("clients/total", "dunlin_session_count");
    is("clients/maximum", "dunlin_session_connected_max");
    is("clients/expired", "dunlin_session_expired_total");
    topics.put("clients/disconnected", () -> away());
    topics.put("clients/inactive", () -> away());
    is("subscriptions/count", "dunlin_subscription_count");
    is("retained messages/count", "dunlin_retained_count");
    topics.put(
        "heap/current", () -> text(metrics.metric("dunlin_memory_used_bytes").value("heap")));
  }

  private String away() {
    double connected = value("dunlin_session_connected");
    return text(Math.max(0, value("dunlin_session_count") - connected));
  }

  private void messages() {
    is("messages/received", "dunlin_packet_received_total");
    is("messages/sent", "dunlin_packet_sent_total");
    topics.put(
        "messages/stored",
        () -> text(value("dunlin_session_queued_messages") + value("dunlin_retained_count")));
    topics.put("store/messages/count", topics.get("messages/stored"));
    is("store/messages/bytes", "dunlin_store_bytes");
    is("publish/messages/received", "dunlin_publish_received_total");
    is("publish/messages/sent", "dunlin_publish_sent_total");
    is("publish/messages/dropped", "dunlin_publish_dropped_total");
    is("publish/bytes/received", "dunlin_publish_received_bytes_total");
    is("publish/bytes/sent", "dunlin_publish_sent_bytes_total");
    is("bytes/received", "dunlin_connection_received_bytes_total");
    is("bytes/sent", "dunlin_connection_sent_bytes_total");
  }

  private void loads() {
    load("messages/received", "dunlin_packet_received_total");
    load("messages/sent", "dunlin_packet_sent_total");
    load("publish/received", "dunlin_publish_received_total");
    load("publish/sent", "dunlin_publish_sent_total");
    load("publish/dropped", "dunlin_publish_dropped_total");
    load("bytes/received", "dunlin_connection_received_bytes_total");
    load("bytes/sent", "dunlin_connection_sent_bytes_total");
    load("sockets", "dunlin_connection_accepted_total");
    load("connections", "dunlin_connection_accepted_total");
  }

  /// What Mosquitto does not have.
  private void ours() {
    for (var series : metrics.metric("dunlin_publish_dropped_total").series()) {
      String reason = series.labelValue();
      topics.put("publish/messages/dropped/" + reason, () -> text(series.value().getAsDouble()));
    }
    for (var series : metrics.metric("dunlin_publish_refused_total").series()) {
      String reason = series.labelValue();
      topics.put("publish/messages/refused/" + reason, () -> text(series.value().getAsDouble()));
    }
    is("connections/parked", "dunlin_connection_parked_total");
    is("packets/refused", "dunlin_packet_refused_total");
  }

  private void is(String topic, String metric) {
    topics.put(topic, () -> number(metric));
  }

  private void load(String topic, String metric) {
    for (int minutes : new int[] {1, 5, 15}) {
      Load load = new Load(minutes, () -> value(metric), clock.nanos());
      loads.add(load);
      topics.put("load/" + topic + "/" + minutes + "min", load::text);
    }
  }

  /// Looks whether somebody has begun to subscribe, who then need not wait for the next round; or
  /// whether the last one has left. Cheap while no subscription below `$SYS` changes.
  void look() {
    long version = core.book().version(UPTIME); // all topics here share their first two levels
    if (version == lookedAt) {
      return;
    }
    lookedAt = version;
    boolean before = wanted;
    wanted = topics.keySet().stream().anyMatch(name -> core.book().matches(topic(name)));
    if (wanted && !before) {
      show();
    } else if (before && !wanted) { // who subscribes later shall find no stale values
      topics.keySet().forEach(name -> core.publish(topic(name), Slice.EMPTY, true));
    }
  }

  /// One round.
  void publish() {
    long now = clock.nanos();
    loads.forEach(load -> load.update(now));
    if (wanted) {
      show();
    }
  }

  private void show() {
    lookUp();
    topics.forEach((name, text) -> core.publish(topic(name), Slice.utf8(text.get()), true));
  }

  private static Slice topic(String name) {
    return Slice.utf8(ROOT + name);
  }

  private void lookUp() {
    try {
      metrics.refresh().get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      // the values of before will do
    }
  }

  private double value(String metric) {
    return metrics.metric(metric).value();
  }

  private String number(String metric) {
    return text(value(metric));
  }

  private static String text(double value) {
    return Long.toString((long) value);
  }
}
