package io.dunlin.cli;

import io.dunlin.broker.DataDirectory;
import io.dunlin.broker.config.BrokerConfig;
import io.dunlin.broker.config.Configuration;
import io.dunlin.broker.config.ListenerConfig;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.FileSystemException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `dunlin broker`: runs a broker in the foreground until SIGTERM or SIGINT.
@Command(
    name = "broker",
    description = {
      "Run the broker in the foreground.",
      "It says 'ready' on standard output when it accepts connections, logs to standard error,"
          + " and ends in order on SIGTERM or SIGINT. Without a configuration it serves this"
          + " machine only."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  dunlin broker",
      "  dunlin broker --port 0 --data /tmp/try",
      "  dunlin broker --config dunlin.yaml --set shards=2",
      "  dunlin broker --bind 0.0.0.0 --set listeners.0.anonymous=true   open to all, beware"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:ended in order, by SIGTERM or SIGINT",
      "1:failed while running",
      "2:the command line is wrong",
      "69:an address to listen at cannot be had",
      "73:the data directory is in use, or cannot be written",
      "78:the configuration is wrong"
    })
final class BrokerCommand implements Callable<Integer> {
  private final Surroundings around;

  @Mixin private ConfigOptions options = new ConfigOptions();

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      defaultValue = "${env:DUNLIN_LOG_LEVEL:-info}",
      description = "How much is logged: ${COMPLETION-CANDIDATES}; default: info.")
  private Logging.LogLevel logLevel = Logging.LogLevel.INFO;

  BrokerCommand(Surroundings around) {
    this.around = around;
  }

  @Override
  public Integer call() {
    Configuration configuration = options.readOrTell(around);
    if (configuration == null) {
      return ExitCode.CONFIG;
    }
    Logging.level(logLevel);
    Logger log = LoggerFactory.getLogger(BrokerCommand.class);
    for (String warning : configuration.warnings()) {
      log.atWarn().addKeyValue("warning", warning).log("config.odd");
    }
    try {
      return run(around.brokers().start(configuration.config()));
    } catch (IOException e) {
      around.error(whyNotStarted(e, configuration.config()));
      return exitCode(e);
    }
  }

  private int run(RunningBroker broker) {
    OrderlyEnd end = new OrderlyEnd(broker, around);
    Runtime.getRuntime().addShutdownHook(new Thread(end, "dunlin-end"));
    around.out().println(ready(broker.addresses()));
    around.out().flush();
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

  private String ready(List<InetSocketAddress> addresses) {
    String listeners =
        addresses.stream().map(ListenerConfig::show).collect(Collectors.joining(" and "));
    String name = "dunlin " + Version.number() + " ";
    return name
        + around.ansi().string("@|bold,green ready|@")
        + " on "
        + listeners
        + (addresses.isEmpty() ? "" : "; try: " + tryThis(addresses.getFirst()));
  }

  private static String tryThis(InetSocketAddress address) {
    InetAddress host = address.getAddress();
    boolean local = host.isLoopbackAddress() || host.isAnyLocalAddress();
    return "mosquitto_sub"
        + (local ? "" : " -h " + host.getHostAddress())
        + (address.getPort() == 1883 ? "" : " -p " + address.getPort())
        + " -t '#' -v";
  }

  private static String whyNotStarted(IOException e, BrokerConfig config) {
    String message = messageOf(e);
    return switch (e) {
      case DataDirectory.Unusable _ -> message;
      case BindException _ ->
          "cannot listen at "
              + config.listeners().stream()
                  .flatMap(listener -> listener.addresses().stream())
                  .map(ListenerConfig::show)
                  .collect(Collectors.joining(", "))
              + " ("
              + message
              + "); is another broker running? choose another port with --port, or 0 for any";
      case FileSystemException failed ->
          "cannot use the data directory "
              + config.data().directory()
              + ": "
              + failed
              + "; choose another with --data";
      default -> message;
    };
  }

  private static String messageOf(IOException e) {
    @Nullable String message = e.getMessage();
    return message == null ? e.toString() : message;
  }

  private static int exitCode(IOException e) {
    return switch (e) {
      case BindException _ -> ExitCode.UNAVAILABLE;
      case DataDirectory.Unusable _ -> ExitCode.DATA_DIRECTORY;
      case FileSystemException _ -> ExitCode.DATA_DIRECTORY;
      default -> ExitCode.FAILURE;
    };
  }
}
