package io.dunlin.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// One writer and two readers at once, for a fixed number of changes.
class ConcurrencyTest {
  private static final int READERS = 2;

  private interface Pass {
    void run(Generator generator);
  }

  @Test
  void subscriptionThatStaysIsFoundOnceWhileOthersComeAndGo() throws Exception {
    SubscriptionIndex<Object> index = new SubscriptionIndex<>(5);
    Object staying = new Object();
    List<String> filters = List.of("a/b", "a/+", "a/#", "#", "+/b", "a/b/#", "+/+");
    filters.forEach(filter -> index.add(Slice.utf8(filter), staying));
    Slice topic = Slice.utf8("a/b");

    race(
        generator -> churn(index, generator),
        generator -> {
          List<Object> found = new ArrayList<>();
          index.match(topic, found::add);
          found.removeIf(each -> !each.equals(staying));
          assertThat(found).hasSize(filters.size());
        });
  }

  @Test
  void unchangedVersionMeansAnUnchangedRoute() throws Exception {
    SubscriptionIndex<Object> index = new SubscriptionIndex<>(5);
    Slice filter = Slice.utf8("a/b");
    int stripe1 = index.stripe1(filter);
    int stripe2 = index.stripe2(filter);
    Object subscription = new Object();
    AtomicLong phase = new AtomicLong(); // modulo 4: absent, being added, present, being removed

    race(
        generator -> {
          phase.getAndIncrement();
          index.add(filter, subscription);
          phase.getAndIncrement();
          churn(index, generator);
          phase.getAndIncrement();
          index.remove(filter, subscription);
          phase.getAndIncrement();
          churn(index, generator);
        },
        generator -> {
          long version = index.version(stripe1, stripe2);
          List<Object> route = new ArrayList<>();
          index.match(filter, route::add);
          for (int use = 0; use < 20; use++) {
            long before = phase.get();
            boolean valid = index.version(stripe1, stripe2) == version;
            if (valid && before % 2 == 0 && phase.get() == before) {
              assertThat(route.contains(subscription)).isEqualTo(before % 4 == 2);
            }
          }
        });
  }

  /// The promise that nobody keeps a stale retained value: see [SubscriptionIndex].
  @Test
  void subscriberOrPublisherSeesTheOther() throws Exception {
    for (int round = 0; round < 1_000; round++) {
      SubscriptionIndex<String> index = new SubscriptionIndex<>(5);
      RetainedTopics<String> retained = new RetainedTopics<>();
      Slice topic = Slice.utf8("a/b");
      int stripe1 = index.stripe1(topic);
      int stripe2 = index.stripe2(topic);
      long cached = index.version(stripe1, stripe2);
      boolean[] saw = new boolean[2];
      AtomicBoolean go = new AtomicBoolean();
      Thread subscriber =
          new Thread(() -> {
            while (!go.get()) {
              Thread.onSpinWait();
            }
            index.add(topic, "S");
            saw[0] = retained.get(topic) != null;
          });
      subscriber.start();
      go.set(true);
      retained.put(topic, "V");
      saw[1] = index.version(stripe1, stripe2) != cached;
      subscriber.join();

      assertThat(saw[0] || saw[1]).as("round %s", round).isTrue();
    }
  }

  @Test
  void retainedValueThatStaysIsFoundOnceWhileOthersComeAndGo() throws Exception {
    RetainedTopics<Object> retained = new RetainedTopics<>();
    Object staying = new Object();
    for (int i = 0; i < 50; i++) {
      retained.put(Slice.utf8("stay/" + i + "/x"), staying);
    }

    race(
        generator -> {
          for (int i = 0; i < 50; i++) {
            Slice topic = Slice.utf8("stay/" + generator.random.nextInt(50) + generator.topic());
            if (generator.random.nextBoolean()) {
              retained.put(topic, "V");
            } else {
              retained.remove(topic);
            }
          }
        },
        generator -> {
          List<Slice> found = new ArrayList<>();
          Slice filter = Slice.utf8(generator.random.nextBoolean() ? "stay/+/x" : "#");
          @Nullable Slice after = null;
          do {
            after =
                retained.scan(
                    filter,
                    after,
                    7,
                    3,
                    (topic, value) -> {
                      if (value.equals(staying)) {
                        found.add(topic);
                      }
                    });
          } while (after != null);
          assertThat(found).hasSize(50).doesNotHaveDuplicates();
        });
  }

  /// Adds and removes again, so much that tables and arrays grow, shrink and split.
  private static void churn(SubscriptionIndex<Object> index, Generator generator) {
    List<Slice> filters = new ArrayList<>();
    List<Object> subscriptions = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      Slice filter = Slice.utf8(i % 3 == 0 ? "a/" + i + "/c" : generator.filter());
      Object subscription = new Object();
      filters.add(filter);
      subscriptions.add(subscription);
      index.add(filter, subscription);
    }
    for (int i = 0; i < 60; i++) {
      index.remove(filters.get(i), subscriptions.get(i));
    }
  }

  /// Runs `write` a number of times, and `read` in other threads as long as that lasts.
  private static void race(Pass write, Pass read) throws InterruptedException, ExecutionException {
    AtomicBoolean done = new AtomicBoolean();
    try (ExecutorService threads = Executors.newFixedThreadPool(READERS)) {
      List<Future<?>> readers = new ArrayList<>();
      for (int i = 0; i < READERS; i++) {
        Generator generator = new Generator(i);
        readers.add(
            threads.submit(() -> {
              do {
                read.run(generator);
              } while (!done.get());
            }));
      }
      try {
        Generator generator = new Generator(99);
        for (int i = 0; i < 1_000; i++) {
          write.run(generator);
        }
      } finally {
        done.set(true);
      }
      for (Future<?> reader : readers) {
        reader.get();
      }
    }
  }
}
