package io.dunlin.broker.shard;

import static io.dunlin.broker.shard.TestSessions.session;
import static io.dunlin.broker.shard.TestSessions.subscription;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import io.dunlin.broker.spi.Access;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RoutesTest {
  private static final long MOST = 100_000;

  private final Counters counters = new Counters();
  private final Routes routes = new Routes(counters);

  @Test
  void longestKeptRouteIsDroppedWhenAllTakeTooMuch() {
    List<Topic> topics = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      topics.add(kept("t" + i, 50));
    }
    List<Topic> keeping = topics.stream().filter(topic -> topic.route != null).toList();
    assertThat(keeping).hasSizeBetween(20, 30);
    assertThat(keeping).isEqualTo(topics.subList(100 - keeping.size(), 100));
    assertThat(counters.routesDropped).isEqualTo(100 - keeping.size());
    assertThat(counters.routeBytes).isEqualTo(counted(keeping)).isLessThanOrEqualTo(MOST);
  }

  @Test
  void routeThatIsMadeAnewCountsOnce() {
    Topic topic = kept("t", 50);
    for (int i = 0; i < 1_000; i++) {
      routes.keep(topic, route(20), MOST);
    }
    assertThat(topic.route).isNotNull();
    assertThat(counters.routeBytes).isEqualTo(counted(List.of(topic)));
    assertThat(counters.routesDropped).isZero();
  }

  @Test
  void routeThatWouldDriveOutTheOthersIsNotKept() {
    Topic small = kept("small", 10);
    Topic topic = kept("t", 10);
    routes.keep(topic, route(1_000), MOST);
    assertThat(topic.route).isNull();
    assertThat(small.route).isNotNull();
    assertThat(kept("huge from the start", 1_000).route).isNull();
    assertThat(counters.routesDropped).isEqualTo(2);
    routes.keep(topic, route(10), MOST);
    assertThat(topic.route).isNotNull();
    assertThat(counters.routeBytes).isEqualTo(counted(List.of(small, topic)));
  }

  @Test
  void manySubscribersOfEverythingDoNotFillTheHeap() {
    long most = 200_000;
    HeapShares heap = new HeapShares(1_000, 1 << 24, 1 << 24, most);
    ShardBench bench = new ShardBench(1, Access.OPEN, new TestLimits().heap(heap).build());
    List<ShardBench.Client> subscribers = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      ShardBench.Client subscriber = bench.connected(ShardBench.connect("s" + i).build());
      subscriber.subscribe("#", 0);
      subscribers.add(subscriber);
    }
    ShardBench.Client publisher = bench.connected(ShardBench.connect("p").build());
    for (int i = 0; i < 300; i++) {
      publisher.publish("t/" + i, "m", 0, 0);
    }
    publisher.publish("t/0", "m", 0, 0);
    Counters shard = bench.shards.getFirst().counters;
    assertThat(shard.routeBytes).isBetween(most * 9 / 10, most);
    assertThat(shard.routesDropped).isPositive();
    assertThat(subscribers).allSatisfy(s -> assertThat(s.messages()).hasSize(301));
  }

  private Topic kept(String name, int targets) {
    Topic topic = new Topic(Slice.utf8(name), 0, 0);
    routes.keep(topic, route(targets), MOST);
    return topic;
  }

  private static long counted(List<Topic> topics) {
    return topics.stream()
        .mapToLong(topic -> topic.bytes() + (topic.route == null ? 0 : topic.route.bytes()))
        .sum();
  }

  private static Route route(int targets) {
    List<Object> matched = new ArrayList<>();
    for (int i = 0; i < targets; i++) {
      matched.add(subscription(session(i, false, 0), 0, 0));
    }
    return Route.of(0, Access.OPEN, Slice.utf8("t"), 0, matched);
  }
}
