package io.dunlin.crashtest;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.EnumMap;
import java.util.Map;
import java.util.Properties;

/// What a run has come to, in a file, so that another may go on with it. Immutable.
///
/// @param seed the one of the first run
/// @param settings what the figures are of, in one line; only a run with the same goes on
/// @param rounds how many are in the figures
/// @param longestRestartMillis of all rounds
public record SavedRun(
    long seed, String settings, int rounds, Figures figures, long longestRestartMillis) {

  /// Reads a file that [#write] wrote.
  ///
  /// @throws IOException if it cannot be read or is something else
  public static SavedRun read(Path file) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    }
    Map<Fault, Long> faults = new EnumMap<>(Fault.class);
    for (Fault fault : Fault.values()) {
      faults.put(fault, number(properties, fault.key(), file));
    }
    return new SavedRun(
        number(properties, "seed", file),
        properties.getProperty("settings", ""),
        (int) number(properties, "rounds", file),
        new Figures(
            number(properties, "sent", file), number(properties, "acknowledged", file), faults),
        number(properties, "longestRestartMillis", file));
  }

  private static long number(Properties properties, String key, Path file) throws IOException {
    try {
      return Long.parseLong(properties.getProperty(key, ""));
    } catch (NumberFormatException e) {
      throw new IOException(file + " is not the state of a run: " + key + " is no number", e);
    }
  }

  /// Replaces the file, as a whole.
  public void write(Path file) throws IOException {
    Properties properties = new Properties();
    properties.setProperty("seed", Long.toString(seed));
    properties.setProperty("settings", settings);
    properties.setProperty("rounds", Integer.toString(rounds));
    properties.setProperty("sent", Long.toString(figures.sent()));
    properties.setProperty("acknowledged", Long.toString(figures.acknowledged()));
    for (Fault fault : Fault.values()) {
      properties.setProperty(fault.key(), Long.toString(figures.count(fault)));
    }
    properties.setProperty("longestRestartMillis", Long.toString(longestRestartMillis));
    Path next = file.resolveSibling(file.getFileName() + ".next");
    try (Writer writer = Files.newBufferedWriter(next)) {
      properties.store(writer, "dunlin crashtest");
    }
    Files.move(next, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }
}
