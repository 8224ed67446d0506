package io.dunlin.cli;

import io.dunlin.client.Client;

/// SIGINT and SIGTERM end a client in order: DISCONNECT, then the exit code. Left alone the JVM
/// would end at once, and the broker publish the will.
final class Interruption implements Runnable {
  private final Client client;
  private final Surroundings around;
  private final int exitCode;
  private final Thread hook = new Thread(this, "dunlin-end");

  private Interruption(Client client, Surroundings around, int exitCode) {
    this.client = client;
    this.around = around;
    this.exitCode = exitCode;
  }

  static Interruption closes(Client client, Surroundings around, int exitCode) {
    Interruption interruption = new Interruption(client, around, exitCode);
    Runtime.getRuntime().addShutdownHook(interruption.hook);
    return interruption;
  }

  @Override
  public void run() {
    client.close();
    around.out().flush();
    around.err().flush();
    Runtime.getRuntime().halt(exitCode);
  }

  /// The client has ended by itself.
  void over() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return; // It runs already.
    }
  }
}
