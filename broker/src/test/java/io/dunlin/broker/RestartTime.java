package io.dunlin.broker;

import io.dunlin.base.Slice;
import io.dunlin.broker.config.BrokerConfig;
import io.dunlin.codec.PacketEncoder;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.Subscribe;
import io.dunlin.mqtt.Subscription;
import io.dunlin.mqtt.SubscriptionOptions;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.TopicName;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/// Fills a data directory and ends like a process that is killed, or starts a broker on one and
/// prints what that took. Each in a process of its own:
///
/// ```
/// RestartTime <directory> turnovers 30000      clean starts of 4 client identifiers
/// RestartTime <directory> queued 1 1000000     sleeping sessions, QoS 1 messages to each of them
/// RestartTime <directory> start                prints wall and CPU seconds up to ready
/// ```
final class RestartTime {
  private static final int CLIENTS = 4;
  private static final int IN_FLIGHT = 1_000;

  private final InetSocketAddress address;

  private RestartTime(InetSocketAddress address) {
    this.address = address;
  }

  public static void main(String[] args) throws IOException {
    BrokerConfig config =
        BrokerConfig.of(
            Map.of(
                "data.directory",
                Path.of(args[0]).toString(),
                "listeners.0.bind",
                "127.0.0.1",
                "listeners.0.port",
                "0",
                "shards",
                "2"));
    if (args[1].equals("start")) {
      start(config);
    } else {
      RestartTime load = new RestartTime(Broker.start(config).addresses().getFirst());
      int count = Integer.parseInt(args[2]);
      switch (args[1]) {
        case "turnovers" -> load.turnovers(count);
        case "queued" -> load.queued(count, Integer.parseInt(args[3]));
        default -> throw new IllegalArgumentException(args[1]);
      }
    }
    Runtime.getRuntime().halt(0);
  }

  private static void start(BrokerConfig config) throws IOException {
    long cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    long begun = System.nanoTime();
    Broker broker = Broker.start(config);
    long ready = System.nanoTime();
    long readyCpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    while (broker.core().storeBacklog() > 0) {
      LockSupport.parkNanos(1_000_000);
    }
    System.out.printf(
        "ready after %.2f s, %.2f CPU s of the recovering thread%n",
        (ready - begun) / 1e9, (readyCpu - cpu) / 1e9);
    System.out.printf(
        "the store is done after %.2f s, %.2f CPU s of its thread%n",
        (System.nanoTime() - begun) / 1e9, cpuSeconds("store"));
    long stopping = System.nanoTime();
    broker.close();
    System.out.printf("stopped in %.2f s%n", (System.nanoTime() - stopping) / 1e9);
  }

  private static double cpuSeconds(String thread) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    return Arrays.stream(threads.dumpAllThreads(false, false))
            .filter(info -> info.getThreadName().equals(thread))
            .mapToLong(info -> threads.getThreadCpuTime(info.getThreadId()))
            .sum()
        / 1e9;
  }

  private void turnovers(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      try (Socket socket = connect("c" + i % CLIENTS, true, 256)) {
        socket.setSoLinger(true, 0); // ports are few
      }
    }
  }

  private void queued(int sessions, int messages) throws IOException {
    SubscriptionOptions options = SubscriptionOptions.of(Qos.AT_LEAST_ONCE);
    Subscribe subscribe = new Subscribe(1, List.of(new Subscription(TopicFilter.of("t"), options)));
    for (int i = 0; i < sessions; i++) {
      try (Socket socket = connect("s" + i, false, 100_000)) {
        socket.getOutputStream().write(bytes(subscribe, MqttVersion.V5));
        read(socket, 6);
        socket.setSoLinger(true, 0);
      }
    }
    publish(messages);
  }

  private void publish(int messages) throws IOException {
    try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
      Connect connect = Connect.builder(MqttVersion.V3_1_1, "p").cleanStart(true).build();
      socket.getOutputStream().write(bytes(connect, MqttVersion.V3_1_1));
      read(socket, 4);
      for (int done = 0; done < messages; done += IN_FLIGHT) {
        ByteArrayOutputStream some = new ByteArrayOutputStream();
        int count = Math.min(IN_FLIGHT, messages - done);
        for (int i = 1; i <= count; i++) {
          Publish publish =
              new Publish(TopicName.of("t"), Slice.wrap(new byte[40]), Qos.AT_LEAST_ONCE, false, i);
          some.writeBytes(bytes(publish, MqttVersion.V3_1_1));
        }
        socket.getOutputStream().write(some.toByteArray());
        read(socket, 4 * count);
      }
    }
  }

  private Socket connect(String clientId, boolean cleanStart, long expirySeconds)
      throws IOException {
    Socket socket = new Socket(address.getAddress(), address.getPort());
    Connect connect =
        Connect.builder(MqttVersion.V5, clientId)
            .cleanStart(cleanStart)
            .sessionExpirySeconds(expirySeconds)
            .build();
    socket.getOutputStream().write(bytes(connect, MqttVersion.V5));
    byte[] head = read(socket, 2);
    read(socket, head[1]);
    return socket;
  }

  private static byte[] bytes(Packet packet, MqttVersion version) {
    return PacketEncoder.encode(packet, version).toArray();
  }

  private static byte[] read(Socket socket, int count) throws IOException {
    byte[] bytes = socket.getInputStream().readNBytes(count);
    if (bytes.length < count) {
      throw new IOException("the broker has closed the connection");
    }
    return bytes;
  }
}
