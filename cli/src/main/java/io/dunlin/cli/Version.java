package io.dunlin.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/// What runs, and on what.
final class Version {
  private Version() {}

  /// The version of this build: `0.1.0`.
  static String number() {
    try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
      Properties properties = new Properties();
      if (in != null) {
        properties.load(in);
      }
      return properties.getProperty("version", "unknown");
    } catch (IOException e) {
      throw new IllegalStateException("version.properties", e);
    }
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
