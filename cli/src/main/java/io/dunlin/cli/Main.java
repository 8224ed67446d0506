package io.dunlin.cli;

import io.dunlin.admin.Admin;
import io.dunlin.admin.ControlHooks;
import io.dunlin.broker.Broker;
import io.dunlin.broker.OpenListener;
import io.dunlin.broker.config.BrokerConfig;
import io.dunlin.broker.config.LogConfig;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// The entry of the process.
public final class Main {
  private Main() {}

  /// Runs the command and ends the process with its exit code.
  public static void main(String[] arguments) {
    Locale.setDefault(Locale.ROOT); // programs read the output: "21.5" and ASCII digits everywhere
    System.exit(Dunlin.run(Surroundings.ofProcess(Main::startBroker), arguments));
  }

  /// The one place where the command meets the broker.
  private static RunningBroker startBroker(BrokerConfig config) throws IOException {
    Broker broker = Broker.start(config);
    Hooks hooks = new Hooks();
    Admin admin;
    try {
      admin = Admin.start(broker, hooks);
    } catch (IOException | RuntimeException e) {
      broker.close();
      throw e;
    }
    return new RunningBroker() {
      @Override
      public List<OpenListener> listeners() {
        return broker.listeners();
      }

      @Override
      public Broker.Reloaded reload(BrokerConfig next) throws IOException {
        return broker.reload(next);
      }

      @Override
      public void reloadBy(Reloading reloading) {
        hooks.reloading = reloading;
      }

      @Override
      public CompletableFuture<Void> ended() {
        return broker.ended();
      }

      @Override
      public void close() {
        admin.close();
        broker.close();
      }
    };
  }

  /// What `dunlin ctl` may do to this process.
  private static final class Hooks implements ControlHooks {
    private volatile @Nullable Reloading reloading;

    @Override
    public void logLevel(LogConfig.Level level) {
      Logging.level(level);
    }

    @Override
    public Broker.Reloaded reload() throws IOException {
      return reloading().reload();
    }

    @Override
    public BrokerConfig configuration() throws IOException {
      return reloading().read().config();
    }

    private Reloading reloading() {
      Reloading how = reloading;
      if (how == null) {
        throw new UnsupportedOperationException("the broker is still starting");
      }
      return how;
    }
  }
}
