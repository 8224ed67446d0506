package io.dunlin.broker.shard;

import io.dunlin.mqtt.TopicFilter;

/// Sessions and subscriptions for tests of what only looks at them.
final class TestSessions {
  private static long subscriptions = 1;

  private TestSessions() {}

  static Session session(long number, boolean durable, int shard) {
    return new Session(
        number, "c" + number, "", Mount.NONE, durable, shard, 0, 10, 0, 100, 1 << 20, 65_535);
  }

  /// @param options as in a SUBSCRIBE: QoS, 4 No Local, 8 Retain As Published
  static StandingSubscription subscription(Session session, int options, int identifier) {
    long number = subscriptions++;
    return new StandingSubscription(
        number, number, session, TopicFilter.of("f"), options, identifier, null);
  }
}
