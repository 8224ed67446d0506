package io.dunlin.routing;

import io.dunlin.base.Slice;
import java.util.function.IntFunction;

/// Prints bytes per subscription and times per operation; run by hand, with `-Xmx2g` and the
/// launcher's flags.
final class RoutingBenchmark {
  private static final int COUNT = 1_000_000;

  private RoutingBenchmark() {}

  public static void main(String[] args) {
    index("one level apart", i -> "device/" + i + "/command");
    index("two per device", i -> "device/" + i / 2 + (i % 2 == 0 ? "/command" : "/config"));
    index("deep tree", i -> "site/" + i % 10 + "/" + i / 10 % 100 + "/" + i / 1000 + "/state");
    index("wildcard inside", i -> "site/" + i / 100 + "/+/" + i % 100);
    index("one filter", i -> "news");
    retained();
  }

  private static void index(String name, IntFunction<String> filters) {
    Slice[] slices = new Slice[COUNT];
    Object[] subscriptions = new Object[COUNT];
    Slice[] topics = new Slice[COUNT];
    for (int i = 0; i < COUNT; i++) {
      String filter = filters.apply(i);
      slices[i] = Slice.utf8(filter);
      topics[i] = Slice.utf8(filter.replace('+', 'x'));
      subscriptions[i] = new Object();
    }
    long before = usedBytes();
    SubscriptionIndex<Object> index = new SubscriptionIndex<>(3);
    long longestNanos = 0;
    long start = System.nanoTime();
    for (int i = 0; i < COUNT; i++) {
      long from = System.nanoTime();
      index.add(slices[i], subscriptions[i]);
      longestNanos = Math.max(longestNanos, System.nanoTime() - from);
    }
    long addNanos = (System.nanoTime() - start) / COUNT;
    long bytes = (usedBytes() - before) / COUNT;
    long matchNanos =
        index.size() == COUNT && !name.equals("one filter") ? matches(index, topics) : 0;
    start = System.nanoTime();
    for (int i = 0; i < COUNT; i++) {
      index.remove(slices[i], subscriptions[i]);
    }
    long removeNanos = (System.nanoTime() - start) / COUNT;
    System.out.printf(
        "%s: %d B per subscription besides its filter (%d B); add %d ns, at most %d us; "
            + "match %d ns; remove %d ns%n",
        name,
        bytes,
        32 + slices[0].length(),
        addNanos,
        longestNanos / 1000,
        matchNanos,
        removeNanos);
  }

  private static long matches(SubscriptionIndex<Object> index, Slice[] topics) {
    long[] found = new long[1];
    long start = 0;
    for (int round = 0; round < 2; round++) {
      start = System.nanoTime();
      for (int i = 0; i < COUNT; i++) {
        index.match(topics[(int) (i * 7_919L % COUNT)], each -> found[0]++);
      }
    }
    return (System.nanoTime() - start) / COUNT;
  }

  private static void retained() {
    RetainedTopics<Object> retained = new RetainedTopics<>();
    Object value = new Object();
    for (int i = 0; i < COUNT; i++) {
      retained.put(Slice.utf8("device/" + i / 10 + "/" + i % 10), value);
    }
    for (String filter : new String[] {"#", "device/+/5", "device/5/+", "#", "device/+/5"}) {
      long[] found = new long[1];
      long start = System.nanoTime();
      long turns = 0;
      Slice after = null;
      do {
        after = retained.scan(Slice.utf8(filter), after, 1_000, 1_000, (topic, each) -> found[0]++);
        turns++;
      } while (after != null);
      System.out.printf(
          "retained %s: %d of %d in %d turns, %d ms%n",
          filter, found[0], COUNT, turns, (System.nanoTime() - start) / 1_000_000);
    }
  }

  private static long usedBytes() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
