package io.dunlin.examples;

import java.util.List;

/// Devices that belong together.
///
/// @param title what the page is headed with
/// @param filters the topic filters under which everything of the scene is found
/// @param devices all of them
record Scene(String title, List<String> filters, List<Device> devices) {
  Scene {
    filters = List.copyOf(filters);
    devices = List.copyOf(devices);
  }

  /// The scene of that name.
  ///
  /// @param seed what its weather, people and faults follow from
  static Scene named(String name, long seed) {
    return switch (name) {
      case "household" -> Household.scene(seed);
      case "factory" -> FactoryLine.scene(seed);
      default ->
          throw new IllegalArgumentException("'" + name + "' is neither household nor factory");
    };
  }
}
