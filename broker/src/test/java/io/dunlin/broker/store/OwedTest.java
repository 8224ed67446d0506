package io.dunlin.broker.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OwedTest {
  private final Owed owed = new Owed();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void tasksOfASessionComeBackInOrder(long seed) {
    Random random = new Random(seed);
    Map<Long, List<Keeper.Task>> expected = new LinkedHashMap<>();
    for (int i = 0; i < 5_000; i++) {
      long session = random.nextLong(1, 20) << 40;
      Keeper.Task task = task(random, session);
      List<Keeper.Task> line = expected.computeIfAbsent(session, _ -> new ArrayList<>());
      if (task instanceof Keeper.DropSession) {
        line.clear();
      }
      line.add(task);
      owed.add(task);
    }

    assertThat(owed.sessions()).isEqualTo(expected.size());
    expected.forEach((session, tasks) -> assertThat(taken(session)).isEqualTo(tasks));
    assertThat(owed.isEmpty()).isTrue();
    assertThat(owed.bytes()).isZero();
  }

  @Test
  void taskStaysUntilItIsDone() {
    owed.add(new Keeper.DropQueued(7, 1));

    assertThat(owed.next(7)).isEqualTo(owed.next(7));
    owed.done(7);
    assertThat(owed.has(7)).isFalse();
  }

  @Test
  void messageTakesAFewBytes() {
    for (int i = 0; i < 100_000; i++) {
      owed.add(KeeperBench.put(7, i, (1L << 40) + i * 200L, false));
    }

    assertThat(owed.bytes()).isLessThan(12 * 100_000);
  }

  private List<Keeper.Task> taken(long session) {
    List<Keeper.Task> tasks = new ArrayList<>();
    while (owed.has(session)) {
      tasks.add(owed.next(session));
      owed.done(session);
    }
    return tasks;
  }

  private static Keeper.Task task(Random random, long session) {
    long number = random.nextInt(10) == 0 ? random.nextLong() >>> 1 : random.nextInt(100_000);
    return switch (random.nextInt(100)) {
      case 0 -> new Keeper.DropSession(session);
      case 1, 2, 3, 4, 5 -> new Keeper.DropQueued(session, number);
      case 11 -> new Keeper.DropQueuedRange(session, number, number + random.nextInt(1_000));
      case 6, 7, 8, 9, 10 -> new Keeper.MarkReleased(session, number);
      default ->
          new Keeper.PutQueued(session, number, row(random), random.nextBoolean(), false, null);
    };
  }

  private static QueueRow row(Random random) {
    List<Integer> identifiers = new ArrayList<>();
    long group = 0;
    if (random.nextBoolean()) {
      random.ints(random.nextInt(30), 1, 268_435_456).forEach(identifiers::add);
      group = random.nextLong() >>> random.nextInt(1, 64);
    }
    return new QueueRow(
        random.nextLong() >>> random.nextInt(1, 64),
        random.nextInt(1, 3),
        random.nextBoolean(),
        false,
        false,
        random.nextInt() >>> 1,
        identifiers,
        group,
        null);
  }
}
