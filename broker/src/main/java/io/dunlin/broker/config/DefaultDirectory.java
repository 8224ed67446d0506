package io.dunlin.broker.config;

import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;

/// Where state goes when nobody says: for root `/var/lib/dunlin`, for others the place that the XDG
/// base directory specification names.
final class DefaultDirectory {
  private DefaultDirectory() {}

  static Path of(Map<String, String> environment, Properties system) {
    if ("root".equals(system.getProperty("user.name"))) {
      return Path.of("/var/lib/dunlin");
    }
    String state = environment.getOrDefault("XDG_STATE_HOME", "");
    return state.startsWith("/") // relative ones are to be ignored, says the specification
        ? Path.of(state, "dunlin")
        : Path.of(system.getProperty("user.home"), ".local", "state", "dunlin");
  }
}
