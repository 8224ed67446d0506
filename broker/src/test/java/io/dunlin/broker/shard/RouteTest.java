package io.dunlin.broker.shard;

import static io.dunlin.broker.shard.TestSessions.session;
import static io.dunlin.broker.shard.TestSessions.subscription;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import io.dunlin.broker.spi.Access;
import io.dunlin.broker.spi.Rights;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.TopicName;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RouteTest {
  private static final int NO_LOCAL = 4;
  private static final int RETAIN_AS_PUBLISHED = 8;

  @Test
  void overlappingSubscriptionsAreOneTargetAtTheHighestQos() {
    Session session = session(1, false, 0);
    Route route =
        route(
            7,
            0,
            List.of(
                subscription(session, 0, 11),
                subscription(session, 2 | RETAIN_AS_PUBLISHED, 0),
                subscription(session, 1, 13)));
    assertThat(route.version).isEqualTo(7);
    assertThat(route.local).hasSize(1).isSameAs(route.direct);
    Target target = route.local[0];
    assertThat(target.qos).isEqualTo(2);
    assertThat(target.retainAsPublished).isTrue();
    assertThat(target.identifiers).containsExactly(11, 13);
    assertThat(target.someNoLocal).isFalse();
  }

  @Test
  void ownMessageReachesOnlySubscriptionsThatWantIt() {
    Session session = session(1, false, 0);
    StandingSubscription notMine = subscription(session, 2 | NO_LOCAL, 1);
    Target both = Target.of(notMine, subscription(session, 1, 2));
    assertThat(both.forOwnMessage())
        .satisfies(target -> {
          assertThat(target.qos).isEqualTo(1);
          assertThat(target.identifiers).containsExactly(2);
        });
    assertThat(Target.of(notMine).forOwnMessage()).isNull();
  }

  @Test
  void durableSessionIsFedFromTheLogAtQos1And2Only() {
    Session durable = session(1, true, 0);
    Session durableQos0 = session(2, true, 0);
    Session transientHere = session(3, false, 0);
    Route route =
        route(
            0,
            0,
            List.of(
                subscription(durable, 1, 0),
                subscription(durableQos0, 0, 0),
                subscription(transientHere, 2, 0)));
    assertThat(sessions(route.local)).containsExactly(durable, durableQos0, transientHere);
    assertThat(sessions(route.direct)).containsExactly(durableQos0, transientHere);
    assertThat(sessions(route.recorded)).containsExactly(durable);
    assertThat(route.otherLocal).isZero();
    assertThat(route.otherDirect).isZero();
  }

  @Test
  void sessionsOfOtherShardsAreBitsAndRecipients() {
    Session durable = session(1, true, 63);
    Session transientThere = session(2, false, 5);
    Route route =
        route(0, 0, List.of(subscription(durable, 1, 0), subscription(transientThere, 1, 0)));
    assertThat(route.local).isEmpty();
    assertThat(route.direct).isEmpty();
    assertThat(sessions(route.recorded)).containsExactly(durable);
    assertThat(route.otherLocal).isEqualTo(1L << 63 | 1L << 5);
    assertThat(route.otherDirect).isEqualTo(1L << 5);
    assertThat(route.isEmpty()).isFalse();
  }

  @Test
  void routeWithoutAnybodyIsEmpty() {
    assertThat(route(0, 0, List.of()).isEmpty()).isTrue();
    SharedGroup group = new SharedGroup(Slice.utf8("$share/g/f"), 1, 1);
    assertThat(route(0, 0, List.of(group)).groups).containsExactly(group);
    assertThat(route(0, 0, List.of(group)).isEmpty()).isFalse();
  }

  @Test
  void routeKeepsNothingOfMembersThatHaveGone() {
    AtomicInteger asked = new AtomicInteger();
    Rights rights = everything(asked);
    ShardBench bench = new ShardBench(1, access(rights));
    bench.connected(ShardBench.connect("stays").build()).subscribe("$share/g/t", 0);
    ShardBench.Client publisher = bench.connected(ShardBench.connect("p").build());
    for (int i = 0; i < 20; i++) {
      ShardBench.Client member = bench.connected(ShardBench.connect("comes").build());
      member.subscribe("$share/g/t", 0);
      publisher.publish("t", "for one", 0, 0);
      publisher.publish("t", "for the other", 0, 0);
      assertThat(member.messages()).hasSize(1);
      member.connection.lose();
      bench.settle();
    }
    assertThat(asked).as("times that rules were asked: once for all sessions").hasValue(1);
  }

  private static Rights everything(AtomicInteger asked) {
    return new Rights() {
      @Override
      public boolean mayPublish(TopicName topic) {
        return true;
      }

      @Override
      public boolean maySubscribe(TopicFilter filter) {
        return true;
      }

      @Override
      public boolean mayReceive(TopicName topic) {
        asked.incrementAndGet();
        return true;
      }
    };
  }

  private static Access access(Rights rights) {
    return new Access() {
      @Override
      public Rights rights(String clientId, String owner) {
        return rights;
      }

      @Override
      public boolean mayHave(String clientId, String owner) {
        return true;
      }
    };
  }

  private static Route route(long version, int shard, List<Object> matched) {
    return Route.of(version, Access.OPEN, Slice.utf8("t"), shard, matched);
  }

  private static List<Session> sessions(Target[] targets) {
    return java.util.Arrays.stream(targets).map(target -> target.session).toList();
  }
}
