package io.dunlin.cli;

import io.dunlin.broker.config.BrokerConfig;
import java.io.IOException;

/// The entry of the process.
public final class Main {
  private Main() {}

  /// Runs the command and ends the process with its exit code.
  public static void main(String[] arguments) {
    System.exit(Dunlin.run(Surroundings.ofProcess(Main::startBroker), arguments));
  }

  /// The one place where the command meets the broker.
  private static RunningBroker startBroker(BrokerConfig config) throws IOException {
    throw new IOException("this build contains no broker");
  }
}
