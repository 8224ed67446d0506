package io.dunlin.dist;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Makes `lib/dunlin.aot` of a distribution: starts its broker with the launcher and the launcher's
/// flags, lets clients of MQTT 3.1.1 and 5.0 connect, subscribe and publish at each QoS, and ends
/// it with SIGTERM, upon which the JVM writes what it loaded and linked. And
/// `lib/dunlin-client.aot` for `pub` and `sub`, which share little with it: a subscriber that also
/// publishes.
///
/// One argument, the folder of the distribution. Whatever goes wrong fails the build: a
/// distribution without its cache starts three times as slowly, and nobody would notice.
public final class TrainingRun {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Pattern LISTENER = Pattern.compile("127\\.0\\.0\\.1:(\\d+)");
  private static final int ROUNDS = 200;

  private TrainingRun() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    Path image = Path.of(args[0]);
    Path cache = image.resolve("lib").resolve("dunlin.aot");
    Path clientCache = image.resolve("lib").resolve("dunlin-client.aot");
    Path data = Files.createTempDirectory("dunlin-training");
    String said;
    try {
      said = train(image.resolve("bin").resolve("dunlin"), cache, clientCache, data);
    } finally {
      delete(data);
    }
    for (Path each : List.of(cache, clientCache)) {
      if (!Files.exists(each)) {
        throw new IOException(
            "the training run ended without writing " + each + "; it said:\n" + said);
      }
    }
  }

  /// Returns what the broker and the JVM said after `ready`.
  private static String train(Path launcher, Path cache, Path clientCache, Path data)
      throws IOException, InterruptedException {
    ProcessBuilder command =
        new ProcessBuilder(
            launcher.toString(),
            "broker",
            "--port",
            "0",
            "--data",
            data.resolve("broker").toString());
    command.environment().put("JAVA_OPTS", "-XX:AOTCacheOutput=" + cache);
    command.redirectErrorStream(true);
    Process broker = command.start();
    try (BufferedReader lines = broker.inputReader(StandardCharsets.UTF_8)) {
      int port = awaitReady(lines);
      exchange(port, 4);
      exchange(port, 5);
      client(launcher, "", port, "pub", "-q", "2", "-r", "-m", "payload");
      client(
          launcher,
          "-XX:AOTCacheOutput=" + clientCache,
          port,
          "sub",
          "-q",
          "1",
          "-v",
          "-C",
          "1",
          "--remove-retained");
      broker.toHandle().destroy(); // Process.destroy would also close what the broker says
      String said = lines.readAllAsString();
      if (!broker.waitFor(PATIENCE)) {
        throw new IOException("the broker did not end within " + PATIENCE + " of SIGTERM");
      }
      return said;
    } finally {
      broker.destroyForcibly().waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }

  private static void client(Path launcher, String javaOpts, int port, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(launcher.toString()));
    command.addAll(List.of(arguments));
    command.addAll(List.of("-t", "training/command", "-p", Integer.toString(port)));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("JAVA_OPTS", javaOpts);
    Process client = builder.redirectErrorStream(true).start();
    String said = client.inputReader(StandardCharsets.UTF_8).readAllAsString();
    if (client.waitFor() != 0) {
      throw new IOException(command + " failed; it said:\n" + said);
    }
  }

  private static int awaitReady(BufferedReader lines) throws IOException {
    StringBuilder said = new StringBuilder();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      said.append(line).append('\n');
      Matcher listener = LISTENER.matcher(line);
      if (line.contains("ready") && listener.find()) {
        return Integer.parseInt(listener.group(1));
      }
    }
    throw new IOException("the broker ended before it was ready; it said:\n" + said);
  }

  /// A persistent session that subscribes at QoS 2 and receives what it publishes, at each QoS,
  /// retained and not.
  private static void exchange(int port, int protocolLevel) throws IOException {
    boolean v5 = protocolLevel == 5;
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout((int) PATIENCE.toMillis());
      OutputStream out = socket.getOutputStream();
      InputStream in = socket.getInputStream();
      byte[] expiry = {5, 0x11, 0, 0, 0, 60};
      out.write(
          packet(
              0x10,
              string("MQTT"),
              new byte[] {(byte) protocolLevel, 0, 0, 60},
              v5 ? expiry : new byte[0],
              string("training-" + protocolLevel)));
      await(in, 2);
      out.write(
          packet(0x82, new byte[] {0, 1}, properties(v5), string("training/#"), new byte[] {2}));
      await(in, 9);
      for (int round = 0; round < ROUNDS; round++) {
        int qos = round % 3;
        int flags = 0x30 | (qos << 1) | (round % 10 == 9 ? 1 : 0);
        byte[] packetId = qos == 0 ? new byte[0] : new byte[] {1, (byte) round};
        out.write(
            packet(
                flags,
                string("training/" + round % 7),
                packetId,
                properties(v5),
                string("payload")));
        exchangeOne(in, out, qos);
      }
      out.write(packet(0xc0));
      await(in, 13);
      out.write(packet(0xe0));
    }
  }

  /// Reads and answers until a message published at this QoS has been received and all its
  /// acknowledgements have passed.
  private static void exchangeOne(InputStream in, OutputStream out, int qos) throws IOException {
    boolean received = false;
    boolean acknowledged = qos == 0;
    while (!received || !acknowledged) {
      Incoming packet = read(in);
      switch (packet.type()) {
        case 3 -> {
          // What the other version's exchange retained comes, too, at a QoS of its own.
          received |= qos < 2 && !packet.retained();
          if (packet.qos() > 0) {
            out.write(packet(packet.qos() == 1 ? 0x40 : 0x50, packet.publishedId()));
          }
        }
        case 4, 7 -> acknowledged = true;
        case 5 -> out.write(packet(0x62, packet.firstTwo()));
        case 6 -> {
          received = true;
          out.write(packet(0x70, packet.firstTwo()));
        }
        default -> throw new IOException("unexpected packet of type " + packet.type());
      }
    }
  }

  private static void await(InputStream in, int type) throws IOException {
    Incoming packet = read(in);
    if (packet.type() != type) {
      throw new IOException(
          "awaited a packet of type " + type + " and received one of type " + packet.type());
    }
  }

  private static final class Incoming {
    private final int first;
    private final byte[] body;

    Incoming(int first, byte[] body) {
      this.first = first;
      this.body = body;
    }

    int type() {
      return first >> 4;
    }

    int qos() {
      return first >> 1 & 3;
    }

    boolean retained() {
      return (first & 1) != 0;
    }

    byte[] firstTwo() {
      return new byte[] {body[0], body[1]};
    }

    /// The packet id of a PUBLISH: it follows the topic.
    byte[] publishedId() {
      int at = 2 + (((body[0] & 0xff) << 8) | (body[1] & 0xff));
      return new byte[] {body[at], body[at + 1]};
    }
  }

  private static Incoming read(InputStream in) throws IOException {
    int first = readByte(in);
    int length = 0;
    for (int shift = 0; ; shift += 7) {
      int digit = readByte(in);
      length |= (digit & 0x7f) << shift;
      if ((digit & 0x80) == 0) {
        break;
      }
    }
    return new Incoming(first, in.readNBytes(length));
  }

  private static int readByte(InputStream in) throws IOException {
    int value = in.read();
    if (value < 0) {
      throw new EOFException("the broker closed the connection");
    }
    return value;
  }

  /// Bodies here are shorter than 128 bytes, and so the remaining length is one byte.
  private static byte[] packet(int first, byte[]... parts) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      body.writeBytes(part);
    }
    ByteArrayOutputStream packet = new ByteArrayOutputStream();
    packet.write(first);
    packet.write(body.size());
    packet.writeBytes(body.toByteArray());
    return packet.toByteArray();
  }

  private static byte[] properties(boolean v5) {
    return v5 ? new byte[] {0} : new byte[0];
  }

  private static byte[] string(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    byte[] field = new byte[2 + bytes.length];
    field[1] = (byte) bytes.length;
    System.arraycopy(bytes, 0, field, 2, bytes.length);
    return field;
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
