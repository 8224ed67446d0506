package io.dunlin.cli;

/// What the command's exit code means. The numbers from 64 on are those of BSD's sysexits.h, which
/// service managers know.
final class ExitCode {
  /// Done; for `dunlin broker`: ended in order, by SIGTERM or SIGINT.
  static final int OK = 0;

  /// Failed while running.
  static final int FAILURE = 1;

  /// The command line is wrong.
  static final int USAGE = 2;

  /// A listener's address cannot be had.
  static final int UNAVAILABLE = 69;

  /// The data directory is in use, or cannot be created or written.
  static final int DATA_DIRECTORY = 73;

  /// The configuration is wrong.
  static final int CONFIG = 78;

  private ExitCode() {}
}
