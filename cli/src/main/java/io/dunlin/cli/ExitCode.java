package io.dunlin.cli;

import java.util.LinkedHashMap;
import java.util.Map;

/// What the command's exit code means. The numbers from 64 on are those of BSD's sysexits.h, which
/// service managers know.
enum ExitCode {
  /// All is well.
  OK(0, "done; for the broker: ended in order, by SIGTERM or SIGINT"),
  /// It had begun.
  FAILURE(1, "failed while running"),
  /// picocli's custom.
  USAGE(2, "the command line is wrong"),
  /// As Mosquitto's tools.
  TIMEOUT(27, "for pub and sub: the time of -W is over"),
  /// EX_UNAVAILABLE.
  UNAVAILABLE(
      69,
      "an address to listen at cannot be had; for pub and sub: no connection to the broker; for"
          + " ctl: no broker runs there"),
  /// EX_CANTCREAT.
  DATA_DIRECTORY(73, "the data directory is in use, or cannot be written"),
  /// EX_NOPERM.
  REFUSED(
      77,
      "for pub and sub: the broker refused the login, the message or the subscription; for ctl:"
          + " another user's broker cannot be controlled"),
  /// EX_CONFIG.
  CONFIG(78, "the configuration is wrong");

  private final int number;
  private final String meaning;

  ExitCode(int number, String meaning) {
    this.number = number;
    this.meaning = meaning;
  }

  int number() {
    return number;
  }

  /// For `--help`: number to meaning, in order.
  static Map<String, String> meanings() {
    return meanings(values());
  }

  /// The same of some.
  static Map<String, String> meanings(ExitCode... codes) {
    Map<String, String> meanings = new LinkedHashMap<>();
    for (ExitCode code : codes) {
      meanings.put(Integer.toString(code.number), code.meaning);
    }
    return meanings;
  }
}
