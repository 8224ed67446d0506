package io.dunlin.cli;

import io.dunlin.broker.Broker;
import io.dunlin.broker.config.ConfigException;
import io.dunlin.broker.config.Configuration;
import io.dunlin.broker.config.InvalidConfig;
import io.dunlin.broker.config.Problem;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ParseResult;

/// Reads the configuration again, from the file, the environment and the options that the command
/// was started with, and gives it to the broker. A wrong one changes nothing.
final class Reloading implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Reloading.class);

  private final RunningBroker broker;
  private final ParseResult options;
  private final Surroundings around;

  Reloading(RunningBroker broker, ParseResult options, Surroundings around) {
    this.broker = broker;
    this.options = options;
    this.around = around;
  }

  /// What has changed, and what needs a restart.
  ///
  /// @throws IOException if a file cannot be used ([io.dunlin.broker.config.ConfigException] names
  ///   the lines), or a new listener cannot be opened
  /// @throws InvalidConfig if the values do not fit
  Broker.Reloaded reload() throws IOException {
    try {
      Configuration configuration = read();
      Broker.Reloaded reloaded = broker.reload(configuration.config());
      Logging.level(configuration.config().log().level());
      if (!reloaded.needsRestart().isEmpty()) {
        LOG.warn("config.needs-restart keys={}", reloaded.needsRestart());
      }
      return reloaded;
    } catch (ConfigException e) {
      refused(e.problems().stream().map(Problem::toString).toList());
      throw e;
    } catch (IOException | InvalidConfig e) {
      refused(List.of(String.valueOf(e.getMessage())));
      throw e;
    }
  }

  /// Nothing has changed.
  private static void refused(List<String> problems) {
    LOG.error("config.refused problems={}", problems);
  }

  /// The configuration as it would be now.
  ///
  /// @throws io.dunlin.broker.config.ConfigException with all that is wrong
  Configuration read() throws IOException {
    return ConfigOptions.read(options, around.environment());
  }

  @Override
  public void run() {
    try {
      Broker.Reloaded _ = reload();
    } catch (IOException | InvalidConfig e) {
      LOG.debug("config.refused", e); // was logged
    } catch (RuntimeException e) { // a mistake of ours must not end the broker
      LOG.error("config.failed", e);
    }
  }
}
