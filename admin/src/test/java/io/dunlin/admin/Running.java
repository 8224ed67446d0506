package io.dunlin.admin;

import io.dunlin.broker.Broker;
import io.dunlin.broker.config.BrokerConfig;
import io.dunlin.broker.config.LogConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/// A broker with what surrounds it, on ports of the system's choice.
record Running(Broker broker, Admin admin, List<LogConfig.Level> levels, Path data)
    implements AutoCloseable {
  static Running on(Path data, Map<String, String> more) throws IOException {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("data.directory", data.toString());
    settings.put("listeners.0.bind", "127.0.0.1");
    settings.put("listeners.0.port", "0");
    settings.put("admin.bind", "127.0.0.1");
    settings.put("admin.port", "0");
    settings.put("shards", "2");
    settings.put("storage.segment-bytes", "4194304");
    settings.put("message.max-packet-bytes", "65536");
    settings.putAll(more);
    Broker broker = Broker.start(BrokerConfig.of(settings));
    List<LogConfig.Level> levels = new ArrayList<>();
    try {
      return new Running(broker, Admin.start(broker, hooks(levels)), levels, data);
    } catch (IOException e) {
      broker.close();
      throw e;
    }
  }

  static Running on(Path data) throws IOException {
    return on(data, Map.of());
  }

  private static ControlHooks hooks(List<LogConfig.Level> levels) {
    return new ControlHooks() {
      @Override
      public void logLevel(LogConfig.Level level) {
        levels.add(level);
      }

      @Override
      public Broker.Reloaded reload() throws IOException {
        throw new IOException("the file is gone");
      }
    };
  }

  MqttPeer client(String clientId) throws IOException {
    return new MqttPeer(address(), clientId, false);
  }

  MqttPeer durableClient(String clientId) throws IOException {
    return new MqttPeer(address(), clientId, true);
  }

  private InetSocketAddress address() {
    return broker.addresses().getFirst();
  }

  /// Waits until something is so, at most ten seconds.
  static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + 10_000_000_000L;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not within ten seconds: " + what);
      }
      Thread.onSpinWait();
      Thread.yield();
    }
  }

  @Override
  public void close() {
    admin.close();
    broker.close();
  }
}
