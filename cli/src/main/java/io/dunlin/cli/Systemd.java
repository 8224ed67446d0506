package io.dunlin.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Tells systemd how far the process is, where systemd has started it as a service of
/// `Type=notify`; elsewhere it does nothing. The JDK has no datagram sockets of Unix, so
/// `systemd-notify` does it.
final class Systemd {
  private static final int PATIENCE_SECONDS = 5;

  private final Surroundings around;

  Systemd(Surroundings around) {
    this.around = around;
  }

  /// The broker accepts connections.
  ///
  /// @param status what `systemctl status` shows
  void ready(String status) {
    tell("--ready", "--pid=" + ProcessHandle.current().pid(), "--status=" + status);
  }

  /// The broker is about to end.
  void stopping() {
    tell("STOPPING=1");
  }

  private void tell(String... words) {
    if (around.environment().getOrDefault("NOTIFY_SOCKET", "").isEmpty()) {
      return;
    }
    List<String> command = new ArrayList<>(List.of("systemd-notify"));
    command.addAll(List.of(words));
    try {
      Process process = new ProcessBuilder(command).inheritIO().start();
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      around.error("cannot tell systemd that the broker runs or ends: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
