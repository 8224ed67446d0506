package io.dunlin.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.dunlin.admin.Admin;
import io.dunlin.admin.ControlHooks;
import io.dunlin.broker.Broker;
import io.dunlin.broker.config.BrokerConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The command against a broker in this process, over the broker's socket.
class CtlCommandTest {
  @TempDir Path data;

  @Test
  void noBrokerIsSaidInWords() {
    CommandLineRun run = CommandLineRun.of("ctl", "clients", "--data", data.toString());

    assertThat(run.exitCode()).isEqualTo(ExitCode.UNAVAILABLE.number());
    assertThat(run.err()).contains("no broker runs on the data directory " + data);
  }

  @Test
  void socketThatABrokerLeftBehindIsNoBroker() throws IOException {
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(data.resolve("ctl.sock")));
    }

    CommandLineRun run = CommandLineRun.of("ctl", "stats", "--data", data.toString());

    assertThat(run.exitCode()).isEqualTo(ExitCode.UNAVAILABLE.number());
    assertThat(run.err()).contains("no broker runs");
  }

  @Test
  void traceOfNothingIsAWrongCommandLine() {
    CommandLineRun run = CommandLineRun.of("ctl", "trace", "--data", data.toString());

    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE.number());
    assertThat(run.err()).contains("--client ID", "dunlin ctl trace --help");
  }

  @Test
  void clientsAreATableOrJson() throws Exception {
    try (Broker broker = broker();
        Admin _ = Admin.start(broker, ControlHooks.NONE);
        Socket _ = connect(broker, "pump-7")) {
      CommandLineRun table = ctl("clients");
      CommandLineRun json = ctl("clients", "--json");

      assertThat(table.exitCode()).isZero();
      assertThat(table.out().lines().map(line -> line.split(" +")[0]))
          .containsExactly("CLIENT", "pump-7");
      assertThat(new ObjectMapper().readTree(json.out()).at("/sessions/0/clientId").asText())
          .isEqualTo("pump-7");
    }
  }

  @Test
  void oneClientIsShownAndDisconnected() throws Exception {
    try (Broker broker = broker();
        Admin _ = Admin.start(broker, ControlHooks.NONE);
        Socket pump = connect(broker, "pump-7")) {
      assertThat(ctl("client", "pump-7").out()).contains("MQTT version      5.0", "keep alive");
      assertThat(ctl("session", "pump-7").out()).contains("state             connected");
      assertThat(ctl("disconnect", "pump-7").out()).isEqualTo("disconnected pump-7\n");
      assertThat(pump.getInputStream().read()).isEqualTo(0xe0);
      assertThat(ctl("client", "pump-7").out()).contains("last disconnect   ADMINISTRATIVE_ACTION");
      CommandLineRun again = ctl("disconnect", "pump-7");
      assertThat(again.exitCode()).isEqualTo(ExitCode.FAILURE.number());
      assertThat(again.err()).contains("no client 'pump-7' is connected");
    }
  }

  @Test
  void identifiersCannotMoveTheCursor() throws Exception {
    try (Broker broker = broker();
        Admin _ = Admin.start(broker, ControlHooks.NONE);
        Socket _ = connect(broker, "a\u202eb")) {
      assertThat(ctl("clients").out()).contains("a\\u202eb").doesNotContain("\u202e");
    }
  }

  @Test
  void statsAndRefusalsOfThisProcess() throws Exception {
    try (Broker broker = broker();
        Admin _ = Admin.start(broker, ControlHooks.NONE)) {
      assertThat(ctl("stats").out()).contains("dunlin_session_count", "METRIC");
      assertThat(ctl("topic", "a/#").err()).contains("'a/#' is not valid");
      assertThat(ctl("log-level", "debug").err()).contains("not Dunlin's");
      assertThat(ctl("reload").err()).contains("was not started from a file");
    }
  }

  private CommandLineRun ctl(String... arguments) {
    String[] all = new String[arguments.length + 3];
    all[0] = "ctl";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    all[arguments.length + 1] = "--data";
    all[arguments.length + 2] = data.toString();
    return CommandLineRun.of(all);
  }

  private Broker broker() throws IOException {
    return Broker.start(
        BrokerConfig.of(
            Map.of(
                "data.directory", data.toString(),
                "listeners.0.bind", "127.0.0.1",
                "listeners.0.port", "0",
                "storage.segment-bytes", "4194304",
                "message.max-packet-bytes", "65536")));
  }

  /// A client of MQTT 5.0 whose CONNACK has come.
  private static Socket connect(Broker broker, String clientId) throws IOException {
    InetSocketAddress address = broker.addresses().getFirst();
    Socket socket = new Socket(address.getAddress(), address.getPort());
    socket.setSoTimeout(10_000);
    byte[] id = clientId.getBytes(StandardCharsets.UTF_8);
    OutputStream out = socket.getOutputStream();
    out.write(new byte[] {0x10, (byte) (13 + id.length), 0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 60, 0});
    out.write(new byte[] {0, (byte) id.length});
    out.write(id);
    InputStream in = socket.getInputStream();
    assertThat(in.read()).as("CONNACK").isEqualTo(0x20);
    in.readNBytes(in.read());
    return socket;
  }
}
