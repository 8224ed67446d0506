package io.dunlin.broker;

import io.dunlin.base.Clock;
import io.dunlin.base.Slice;
import io.dunlin.broker.shard.Counters;
import java.util.function.ToLongFunction;

/// The `$SYS` tree: what the broker says about itself, under the names that Mosquitto's users know.
/// Retained, but never on disk.
final class SysTopics {
  private final BrokerCore core;
  private final Clock clock;
  private final long startedNanos;

  SysTopics(BrokerCore core, Clock clock) {
    this.core = core;
    this.clock = clock;
    this.startedNanos = clock.nanos();
  }

  void publish() {
    long uptime = (clock.nanos() - startedNanos) / 1_000_000_000L;
    send("version", "dunlin");
    send("uptime", uptime + " seconds");
    send("clients/connected", sum(c -> c.connections));
    send("clients/active", sum(c -> c.connections));
    send("clients/total", sum(c -> c.sessions));
    send("clients/disconnected", sum(c -> c.sessions - c.connections));
    send("subscriptions/count", sum(c -> c.subscriptions));
    send("retained messages/count", core.retained().size());
    send("messages/received", sum(c -> c.packetsReceived));
    send("publish/messages/received", sum(c -> c.received[0] + c.received[1] + c.received[2]));
    send("publish/messages/sent", sum(c -> c.sent[0] + c.sent[1] + c.sent[2]));
    send(
        "publish/messages/dropped",
        sum(c -> c.droppedSlow + c.droppedQueueFull + c.droppedTooLarge + c.droppedExpired));
    send("bytes/received", sum(c -> c.bytesReceived));
    send("dropped/slow reader", sum(c -> c.droppedSlow));
    send("dropped/queue full", sum(c -> c.droppedQueueFull));
    send("dropped/too large", sum(c -> c.droppedTooLarge));
    send("dropped/expired", sum(c -> c.droppedExpired));
    send("dropped/lost on disk", sum(c -> c.lost));
    send("store/damaged files", core.damagedFiles());
    send("refused/packets", sum(c -> c.refusedPackets));
    send("refused/disk low", sum(c -> c.refusedFull));
    send("refused/retained", sum(c -> c.retainedRefused));
    send("load/parked", sum(c -> c.parked));
  }

  private long sum(ToLongFunction<Counters> value) {
    return core.counters().stream().mapToLong(value).sum();
  }

  private void send(String name, long value) {
    send(name, Long.toString(value));
  }

  private void send(String name, String value) {
    core.publish(Slice.utf8("$SYS/broker/" + name), Slice.utf8(value), true);
  }
}
