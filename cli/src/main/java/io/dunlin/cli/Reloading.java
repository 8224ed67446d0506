package io.dunlin.cli;

import io.dunlin.broker.Broker;
import io.dunlin.broker.config.Configuration;
import io.dunlin.broker.config.InvalidConfig;
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
    Configuration configuration = read();
    Broker.Reloaded reloaded = broker.reload(configuration.config());
    Logging.level(configuration.config().log().level());
    return reloaded;
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
      List<String> needsRestart = reload().needsRestart();
      if (!needsRestart.isEmpty()) {
        LOG.warn("config.needs-restart {}", String.join(", ", needsRestart));
      }
    } catch (IOException | InvalidConfig e) {
      LOG.error("config.refused nothing has changed: {}", e.getMessage());
    } catch (RuntimeException e) { // a mistake of ours must not end the broker
      LOG.error("config.failed", e);
    }
  }
}
