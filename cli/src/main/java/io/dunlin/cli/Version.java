package io.dunlin.cli;

import io.dunlin.broker.observe.Release;

/// What runs, and on what.
final class Version {
  private Version() {}

  /// The version of this build: `0.1.0`.
  static String number() {
    return Release.version();
  }

  /// The version, the Java that runs it, and the system; a line each.
  static String[] lines() {
    return new String[] {
      "dunlin " + number(),
      "Java " + Runtime.version() + " (" + System.getProperty("java.vendor") + ")",
      System.getProperty("os.name")
          + " "
          + System.getProperty("os.version")
          + " "
          + System.getProperty("os.arch")
    };
  }
}
