package io.dunlin.crashtest;

import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Qos;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/// What a [CrashRun] does. Immutable.
///
/// @param mode how the broker ends
/// @param rounds how often it ends, 1 or more
/// @param seed decides about all that is random here; what the system and the broker do stays
///   theirs
/// @param rate messages published per second by all publishers together; 0 for as many as they can
/// @param qos of the messages; 1 and 2
/// @param versions of the protocol that clients speak
/// @param publishers [Habit#STAY] and [Habit#FLAP]
/// @param subscribers all habits; each receives everything
/// @param willWaitSeconds how long after a restart, and after its own delay, a will may take
/// @param command the broker's, with `{port}` and `{data}` in its words
/// @param directory where to work; what is made there is deleted in the end
public record Plan(
    Mode mode,
    int rounds,
    long seed,
    int rate,
    List<Qos> qos,
    List<MqttVersion> versions,
    Set<Habit> publishers,
    Set<Habit> subscribers,
    int willWaitSeconds,
    List<String> command,
    Path directory) {
  public Plan {
    qos = List.copyOf(qos);
    versions = List.copyOf(versions);
    publishers = Set.copyOf(publishers);
    subscribers = Set.copyOf(subscribers);
    command = List.copyOf(command);
    if (rounds < 1 || rate < 0 || willWaitSeconds < 0) {
      throw new IllegalArgumentException(
          "rounds %d, rate %d, willWaitSeconds %d".formatted(rounds, rate, willWaitSeconds));
    }
    if (qos.isEmpty() || versions.isEmpty() || publishers.isEmpty() || subscribers.isEmpty()) {
      throw new IllegalArgumentException("nobody publishes or nobody subscribes");
    }
    if (command.isEmpty()) {
      throw new IllegalArgumentException("no command");
    }
    if (qos.contains(Qos.AT_MOST_ONCE)) {
      throw new IllegalArgumentException("nothing is promised about QoS 0");
    }
    if (publishers.contains(Habit.SLEEP) || publishers.contains(Habit.SHARE)) {
      throw new IllegalArgumentException("a publisher stays or flaps");
    }
  }
}
