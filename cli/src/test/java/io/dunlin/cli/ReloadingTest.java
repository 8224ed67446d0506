package io.dunlin.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.dunlin.broker.Broker;
import io.dunlin.broker.OpenListener;
import io.dunlin.broker.config.BrokerConfig;
import io.dunlin.broker.config.ConfigException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/// What the log says of a reload, whoever asked for it.
class ReloadingTest {
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger(Reloading.class);

  @TempDir Path directory;

  /// Goes on with anything, but for a broker that has lost a file.
  private record Fake(List<String> needsRestart, boolean broken) implements RunningBroker {
    @Override
    public List<OpenListener> listeners() {
      return List.of();
    }

    @Override
    public Broker.Reloaded reload(BrokerConfig config) throws IOException {
      if (broken) {
        throw new IOException("listener n1: the address is in use");
      }
      return new Broker.Reloaded(List.of(), needsRestart);
    }

    @Override
    public CompletableFuture<Void> ended() {
      return new CompletableFuture<>();
    }

    @Override
    public void close() {}
  }

  @BeforeEach
  void listen() {
    log.start();
    logger.addAppender(log);
  }

  @AfterEach
  void stop() {
    logger.detachAppender(log);
  }

  @Test
  void reloadThatIsAskedForByCtlIsLoggedWhenItIsRefused() throws IOException {
    Path file = Files.writeString(directory.resolve("d.yaml"), "shard: 2\n");
    Reloading wrong = reloading(new Fake(List.of(), false), "--config=" + file);
    Reloading broken = reloading(new Fake(List.of(), true));

    assertThatExceptionOfType(ConfigException.class).isThrownBy(wrong::reload);
    assertThatExceptionOfType(IOException.class).isThrownBy(broken::reload);

    assertThat(log.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly(
            "config.refused problems=[" + file + ":1:1: shard: unknown key; did you mean shards?]",
            "config.refused problems=[listener n1: the address is in use]");
  }

  @Test
  void keysThatNeedARestartAreNamed() throws IOException {
    Broker.Reloaded _ = reloading(new Fake(List.of("shards", "listeners.0.port"), false)).reload();

    assertThat(log.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly("config.needs-restart keys=[shards, listeners.0.port]");
  }

  private static Reloading reloading(RunningBroker broker, String... arguments) {
    Surroundings around =
        new Surroundings(
            Map.of(),
            new ByteArrayInputStream(new byte[0]),
            new PrintWriter(new StringWriter()),
            new ByteArrayOutputStream(),
            new PrintWriter(new StringWriter()),
            false,
            _ -> broker);
    ParseResult options = new CommandLine(BrokerCommand.spec(around)).parseArgs(arguments);
    return new Reloading(broker, options, around);
  }
}
