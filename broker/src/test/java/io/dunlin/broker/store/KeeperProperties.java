package io.dunlin.broker.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Random tasks against plain maps: queues hold what they should, and a shared body is there
/// exactly as long as a queue needs it.
class KeeperProperties {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void queuesAndBodiesAreWhatTheTasksSay(long seed) {
    new Run(seed).steps(1_500);
  }

  private record Entry(long position, String text, boolean released, boolean shared) {}

  private static final class Run {
    private final long seed;
    private final Random random;
    private final KeeperBench bench = new KeeperBench();
    private final Map<Long, NavigableMap<Long, Entry>> queues = new HashMap<>();
    private final List<Long> positions = new ArrayList<>(); // of messages still in the log
    private final Map<Long, String> texts = new HashMap<>();
    private int step;

    Run(long seed) {
      this.seed = seed;
      this.random = new Random(seed);
    }

    void steps(int count) {
      for (step = 0; step < count; step++) {
        change();
        if (random.nextInt(3) == 0) {
          bench.work();
          check();
        }
        if (random.nextInt(100) == 0) {
          bench.checkpoint();
          positions.clear();
        }
      }
    }

    private void change() {
      long session = random.nextLong(1, 6);
      NavigableMap<Long, Entry> queue = queues.computeIfAbsent(session, _ -> new TreeMap<>());
      long number = random.nextInt(40);
      switch (random.nextInt(10)) {
        case 0, 1, 2, 3, 4 -> put(queue, session, number);
        case 5 -> {
          bench.keeper.submit(new Keeper.MarkReleased(session, number));
          queue.computeIfPresent(number, (n, e) -> new Entry(e.position, "", true, false));
        }
        case 6, 7 -> {
          bench.keeper.submit(new Keeper.DropQueued(session, number));
          queue.remove(number);
        }
        case 8 -> {
          if (random.nextInt(10) == 0) {
            bench.keeper.submit(new Keeper.DropSession(session));
            queue.clear();
          } else if (random.nextInt(5) == 0) {
            long end = number + random.nextInt(10);
            bench.keeper.submit(new Keeper.DropQueuedRange(session, number, end));
            queue.subMap(number, end).clear();
          }
        }
        default -> fetch(queue, session, number);
      }
    }

    private void put(NavigableMap<Long, Entry> queue, long session, long number) {
      long position;
      if (positions.isEmpty() || random.nextInt(3) == 0) {
        String text = "message " + step;
        position = bench.publish(text);
        positions.add(position);
        texts.put(position, text);
      } else {
        position = positions.get(random.nextInt(positions.size()));
      }
      boolean shared = random.nextBoolean();
      bench.keeper.submit(KeeperBench.put(session, number, position, shared));
      queue.put(number, new Entry(position, texts.getOrDefault(position, "?"), false, shared));
    }

    private void fetch(NavigableMap<Long, Entry> queue, long session, long from) {
      long to = from + random.nextInt(30);
      int limit = 1 + random.nextInt(20);
      List<Keeper.FetchResult> results = new ArrayList<>();
      bench.keeper.submit(
          new Keeper.Fetch(session, from, to, List.of(), limit, 1 << 20, results::add));
      List<String> expected = new ArrayList<>();
      long end = to;
      for (Map.Entry<Long, Entry> e : queue.subMap(from, to).entrySet()) {
        if (expected.size() == limit) {
          end = e.getKey();
          break;
        }
        expected.add(e.getKey() + ":" + e.getValue().text);
      }
      bench.work();
      assertThat(KeeperBench.texts(results.getFirst())).as(where()).isEqualTo(expected);
      assertThat(results.getFirst().to()).as(where()).isEqualTo(end);
    }

    private void check() {
      assertThat(bench.failures).as(where()).isEmpty();
      Map<Long, Integer> shares = new HashMap<>();
      int rows = 0;
      for (NavigableMap<Long, Entry> queue : queues.values()) {
        rows += queue.size();
        queue.values().stream()
            .filter(Entry::shared)
            .forEach(e -> shares.merge(e.position, 1, Integer::sum));
      }
      assertThat(bench.rows(KeeperBench.QUEUES)).as(where()).isEqualTo(rows);
      assertThat(bench.rows(KeeperBench.BODIES)).as(where()).isEqualTo(shares.size());
      assertThat(bench.rows(KeeperBench.COUNTS)).as(where()).isEqualTo(shares.size());
      shares.forEach((position, count) ->
          assertThat(bench.shares(position))
              .as("%s position %d", where(), position)
              .isEqualTo(count));
    }

    private String where() {
      return "seed " + seed + " step " + step;
    }
  }
}
