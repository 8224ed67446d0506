package io.dunlin.broker.config;

import java.util.List;

/// A configuration with the history of its values. Immutable.
///
/// @param config what the broker starts with
/// @param settings every key with its value in force and where it comes from, in the order of the
///   reference page
/// @param warnings what was odd but does not stop the start
public record Configuration(BrokerConfig config, List<Setting> settings, List<String> warnings) {
  /// Copies the lists.
  public Configuration {
    settings = List.copyOf(settings);
    warnings = List.copyOf(warnings);
  }
}
