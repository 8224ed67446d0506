package io.dunlin.tests.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// Histories of random clients and faults hold what the broker promises.
///
/// `-Dseed=N` runs one history.
class SimulationTest {
  private static final int SEEDS = 1_000;

  @Test
  void everyHistoryKeepsThePromises() {
    String one = System.getProperty("seed");
    if (one != null && !one.isEmpty()) {
      Simulation.run(Long.parseLong(one), PlantedBug.NONE);
      return;
    }
    Queue<SimulationFailure> failures = new ConcurrentLinkedQueue<>();
    LongStream.range(0, SEEDS)
        .parallel()
        .forEach(seed -> {
          if (failures.isEmpty()) {
            try {
              Simulation.run(seed, PlantedBug.NONE);
            } catch (SimulationFailure e) {
              failures.add(e);
            }
          }
        });
    failures.forEach(e -> {
      throw e;
    });
  }

  @Test
  void theSameSeedGivesTheSameHistory() {
    for (long seed : List.of(1L, 2L, 3L, 4L, 5L)) {
      Simulation.Result first = Simulation.run(seed, PlantedBug.NONE);
      Simulation.Result second = Simulation.run(seed, PlantedBug.NONE);
      assertThat(second).as("seed %d", seed).isEqualTo(first);
    }
  }
}
