package io.dunlin.cli;

import io.dunlin.broker.DataDirectory;
import io.dunlin.broker.OpenListener;
import io.dunlin.broker.UnusableFile;
import io.dunlin.broker.config.BrokerConfig;
import io.dunlin.broker.config.ConfigException;
import io.dunlin.broker.config.Configuration;
import io.dunlin.broker.config.InvalidConfig;
import io.dunlin.broker.config.ListenerConfig;
import io.dunlin.broker.config.ListenerType;
import io.dunlin.broker.config.LogConfig;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.FileSystemException;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// `dunlin broker`: runs a broker in the foreground until SIGTERM or SIGINT.
final class BrokerCommand implements Action {
  private final Surroundings around;

  private BrokerCommand(Surroundings around) {
    this.around = around;
  }

  static CommandSpec spec(Surroundings around) {
    CommandSpec spec =
        ConfigOptions.addTo(
            Dunlin.command(
                "broker",
                new BrokerCommand(around),
                "Run the broker in the foreground.",
                "It says 'ready' on standard output when it accepts connections, logs to standard"
                    + " error, reads its configuration again on SIGHUP, and ends in order on"
                    + " SIGTERM or SIGINT. Without a configuration it"
                    + " serves this machine only."));
    spec.addOption(
        OptionSpec.builder("--log-level")
            .paramLabel("LEVEL")
            .type(LogConfig.Level.class)
            .description(
                "How much is logged: ${COMPLETION-CANDIDATES}; default: the key log.level, which"
                    + " is info.")
            .build());
    spec.usageMessage().exitCodeListHeading(Dunlin.EXIT_CODES).exitCodeList(ExitCode.meanings());
    Dunlin.examples(
        spec,
        "dunlin broker",
        "dunlin broker --port 0 --data /tmp/try",
        "dunlin broker --port 1883 --ws-port 8083",
        "dunlin broker --config dunlin.yaml --set shards=2",
        "dunlin broker --bind 0.0.0.0 --set listeners.0.anonymous=true",
        "    for every machine that can reach this one, without a login: beware");
    return spec;
  }

  @Override
  public int run(ParseResult options) {
    Configuration configuration = ConfigOptions.readOrTell(options, around);
    if (configuration == null) {
      return ExitCode.CONFIG.number();
    }
    Logging.configure(configuration.config().log(), around.colours());
    Logger log = LoggerFactory.getLogger(BrokerCommand.class);
    for (String warning : configuration.warnings()) {
      log.atWarn().addKeyValue("warning", warning).log("config.odd");
    }
    try {
      return run(around.brokers().start(configuration.config()), options).number();
    } catch (ConfigException e) {
      e.problems().forEach(problem -> around.error(problem.toString()));
      return ExitCode.CONFIG.number();
    } catch (InvalidConfig e) {
      around.error(String.valueOf(e.getMessage()));
      return ExitCode.CONFIG.number();
    } catch (IOException e) {
      around.error(whyNotStarted(e, configuration.config()));
      return exitCode(e).number();
    }
  }

  private ExitCode run(RunningBroker broker, ParseResult options) {
    Reloading reloading = new Reloading(broker, options, around);
    Hangup.handle(reloading);
    broker.reloadBy(reloading);
    OrderlyEnd end = new OrderlyEnd(broker, around);
    Runtime.getRuntime().addShutdownHook(new Thread(end, "dunlin-end"));
    around.out().println(ready(broker.listeners()));
    around.out().flush();
    new Systemd(around).ready("serving " + shown(broker.listeners()));
    try {
      broker.ended().join();
      return ExitCode.OK;
    } catch (CompletionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      around.error(
          "the broker failed: " + cause + "; what it acknowledged is in its data directory");
      end.failed();
      return ExitCode.FAILURE;
    }
  }

  private String ready(List<OpenListener> open) {
    List<InetSocketAddress> addresses =
        open.stream()
            .filter(listener -> listener.type() == ListenerType.TCP)
            .map(OpenListener::address)
            .filter(InetSocketAddress.class::isInstance)
            .map(InetSocketAddress.class::cast)
            .toList();
    String name = "dunlin " + Version.number() + " ";
    return name
        + around.ansi().string("@|bold,green ready|@")
        + " on "
        + shown(open)
        + (addresses.isEmpty() ? "" : "; try: " + tryThis(addresses.getFirst()));
  }

  private static String shown(List<OpenListener> open) {
    return open.stream().map(BrokerCommand::shown).collect(Collectors.joining(" and "));
  }

  /// `127.0.0.1:1883`, `ws://127.0.0.1:8083`, `unix:/run/dunlin.sock`.
  private static String shown(OpenListener listener) {
    String scheme =
        switch (listener.type()) {
          case TCP -> "";
          case TLS -> "tls://";
          case WS -> "ws://";
          case WSS -> "wss://";
          case UNIX -> "unix:";
        };
    return scheme
        + (listener.address() instanceof InetSocketAddress ip
            ? ListenerConfig.show(ip)
            : listener.address().toString());
  }

  private String tryThis(InetSocketAddress address) {
    InetAddress host = address.getAddress();
    boolean local = host.isLoopbackAddress() || host.isAnyLocalAddress();
    return around.program()
        + " sub"
        + (local ? "" : " -h " + host.getHostAddress())
        + (address.getPort() == 1883 ? "" : " -p " + address.getPort())
        + " -t '#' -v";
  }

  private static String whyNotStarted(IOException e, BrokerConfig config) {
    String message = messageOf(e);
    return switch (e) {
      case DataDirectory.Unusable _ -> message;
      case UnusableFile _ -> message;
      case BindException _ ->
          "cannot listen at "
              + config.listeners().stream()
                  .flatMap(listener -> listener.addresses().stream())
                  .map(ListenerConfig::show)
                  .collect(Collectors.joining(", "))
              + " ("
              + message
              + ")"
              + (rootOf(e).contains("assign")
                  ? "; this machine has no such address: 'ip address' lists those that it has"
                  : "; is another broker running? choose another port with --port, or 0 for any");
      case FileSystemException failed ->
          "cannot use the data directory "
              + config.data().directory()
              + ": "
              + failed
              + "; choose another with --data";
      default ->
          message.contains("No space left")
              ? "the disk of the data directory "
                  + config.data().directory()
                  + " is full: free some space, or choose another with --data"
              : message;
    };
  }

  private static String rootOf(Throwable e) {
    Throwable at = e;
    while (at.getCause() != null) {
      at = at.getCause();
    }
    return String.valueOf(at.getMessage());
  }

  private static String messageOf(IOException e) {
    @Nullable String message = e.getMessage();
    return message == null ? e.toString() : message;
  }

  private static ExitCode exitCode(IOException e) {
    return switch (e) {
      case BindException _ -> ExitCode.UNAVAILABLE;
      case UnusableFile _ -> ExitCode.CONFIG;
      case DataDirectory.Unusable _ -> ExitCode.DATA_DIRECTORY;
      case FileSystemException _ -> ExitCode.DATA_DIRECTORY;
      default -> ExitCode.FAILURE;
    };
  }
}
