package io.dunlin.broker.shard;

import io.dunlin.base.OwnedBy;
import io.dunlin.base.TimerWheel;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.ReasonCode;

/// Watches that a client is not silent for one and a half times its Keep Alive [MQTT-3.1.2-22].
@OwnedBy("shard")
final class KeepAlive extends TimerWheel.Timer {
  /// From the end of a Keep Alive to that of its connection.
  private static final long OVERDUE_NANOS = 50_000_000;

  private final ClientConnection client;
  private final long nanos;
  private boolean overdue;

  /// Watches nothing before [#start].
  KeepAlive(ClientConnection client, Connect connect, int maximumSeconds) {
    this.client = client;
    int seconds = connect.keepAliveSeconds();
    boolean overridden =
        connect.version() == MqttVersion.V5
            && maximumSeconds > 0
            && (seconds == 0 || seconds > maximumSeconds);
    this.nanos = (overridden ? maximumSeconds : seconds) * 1_500_000_000L;
  }

  /// The Keep Alive in force, 0 for none.
  int seconds() {
    return (int) (nanos / 1_500_000_000L);
  }

  void start() {
    if (nanos > 0) {
      client.shard.timers.set(this, client.shard.loop.nowNanos() + nanos);
    }
  }

  void stop() {
    client.shard.timers.cancel(this);
  }

  @Override
  protected void fire(long nowNanos) {
    TimerWheel timers = client.shard.timers;
    long heardNanos = client.lastReceivedNanos();
    if (client.parked) {
      timers.set(this, nowNanos + nanos);
    } else if (nowNanos - heardNanos < nanos) {
      overdue = false;
      timers.set(this, heardNanos + nanos);
    } else if (!overdue) { // a process that stood still first reads what came meanwhile
      overdue = true;
      timers.set(this, nowNanos + OVERDUE_NANOS);
    } else {
      client.disconnect(ReasonCode.KEEP_ALIVE_TIMEOUT, null);
    }
  }
}
