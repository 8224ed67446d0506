package io.dunlin.tests.interop;

import io.dunlin.client.BrokerAddress;
import io.dunlin.client.TlsConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Mosquitto's broker in a process, with a listener for each transport.
final class MosquittoBroker implements AutoCloseable {
  /// How it is reached.
  enum Way {
    TCP,
    TLS,
    MUTUAL_TLS,
    WEBSOCKET,
    SECURE_WEBSOCKET,
    UNIX
  }

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Process process;
  private final Map<Way, BrokerAddress> addresses;

  private MosquittoBroker(Process process, Map<Way, BrokerAddress> addresses) {
    this.process = process;
    this.addresses = addresses;
  }

  /// Starts one that keeps its files in `directory`.
  static MosquittoBroker start(Path directory) throws IOException, InterruptedException {
    Certificates made = Certificates.in(directory);
    Map<Way, BrokerAddress> addresses = new EnumMap<>(Way.class);
    StringBuilder config = new StringBuilder("allow_anonymous true\n");
    // Started by root it would become another user, who cannot read the directory.
    config.append("user ").append(System.getProperty("user.name")).append('\n');
    String server =
        "cafile %s\ncertfile %s\nkeyfile %s\n"
            .formatted(made.authority(), made.certificate(), made.key());
    TlsConfig trusting = TlsConfig.DEFAULT.withCaFile(made.authority());
    for (Way way : Way.values()) {
      int port = way == Way.UNIX ? 0 : freePort();
      Path socket = directory.resolve("m.sock");
      config.append("listener %d %s%n".formatted(port, way == Way.UNIX ? socket : ""));
      BrokerAddress tcp = BrokerAddress.tcp("127.0.0.1", Math.max(1, port));
      addresses.put(
          way,
          switch (way) {
            case TCP -> tcp;
            case TLS -> tcp.withTls(trusting);
            case MUTUAL_TLS ->
                tcp.withTls(trusting.withCertificate(made.certificate(), made.key()));
            case WEBSOCKET -> tcp.withWebSocket("/mqtt");
            case SECURE_WEBSOCKET -> tcp.withTls(trusting).withWebSocket("/mqtt");
            case UNIX -> BrokerAddress.unix(socket);
          });
      config.append(
          switch (way) {
            case TCP, UNIX -> "";
            case TLS -> server;
            case MUTUAL_TLS -> server + "require_certificate true\n";
            case WEBSOCKET -> "protocol websockets\n";
            case SECURE_WEBSOCKET -> "protocol websockets\n" + server;
          });
    }
    Path file = Files.writeString(directory.resolve("mosquitto.conf"), config);
    return new MosquittoBroker(launch(file, directory, addresses), addresses);
  }

  private static Process launch(Path config, Path directory, Map<Way, BrokerAddress> addresses)
      throws IOException, InterruptedException {
    Path program = Path.of("/usr/sbin/mosquitto");
    Path output = directory.resolve("mosquitto.log");
    Process process =
        new ProcessBuilder(
                Files.isExecutable(program) ? program.toString() : "mosquitto",
                "-c",
                config.toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    int port = Objects.requireNonNull(addresses.get(Way.SECURE_WEBSOCKET)).port();
    while (!listens(port)) {
      if (System.nanoTime() > deadline || process.waitFor(Duration.ofMillis(20))) {
        throw new IOException("mosquitto did not start: " + Files.readString(output));
      }
    }
    return process;
  }

  private static boolean listens(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  BrokerAddress tcp() {
    return address(Way.TCP);
  }

  BrokerAddress address(Way way) {
    return Objects.requireNonNull(addresses.get(way));
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }

  /// An authority, and a certificate for 127.0.0.1 that it has signed.
  private record Certificates(Path authority, Path certificate, Path key) {
    static Certificates in(Path directory) {
      Path authority = directory.resolve("ca.pem");
      Path authorityKey = directory.resolve("ca.key");
      Path certificate = directory.resolve("server.pem");
      Path key = directory.resolve("server.key");
      openssl(
          "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=ca"
              + " -keyout %s -out %s".formatted(authorityKey, authority));
      openssl(
          "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
              + " -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
              + " -addext basicConstraints=CA:FALSE -CA %s -CAkey %s -keyout %s -out %s"
                  .formatted(authority, authorityKey, key, certificate));
      return new Certificates(authority, certificate, key);
    }

    private static void openssl(String arguments) {
      List<String> command = new ArrayList<>(List.of("openssl"));
      command.addAll(List.of(arguments.split(" ")));
      Program.run(Path.of("."), command, List.of());
    }
  }
}
