package io.dunlin.broker.shard;

import java.util.Map;

/// Limits for tests, small where a test should reach them.
final class TestLimits {
  private long queueMessages = 1_000;
  private long queueBytes = 1 << 20;
  private long queueMemoryBytes = 1 << 24;
  private long rememberedMessages = 32;
  private long persistentSessions = 1 << 20;
  private int subscriptions = 1_000;
  private long logMaxBytes = 1L << 30;
  private int packetIds = 65_535;
  private HeapShares heap = new HeapShares(1_000, 1 << 24, 1 << 24, 1 << 24);

  TestLimits queueMessages(long most) {
    queueMessages = most;
    return this;
  }

  TestLimits queueBytes(long most) {
    queueBytes = most;
    return this;
  }

  TestLimits persistentSessions(long most) {
    persistentSessions = most;
    return this;
  }

  TestLimits queueMemoryBytes(long most) {
    queueMemoryBytes = most;
    return this;
  }

  TestLimits rememberedMessages(long most) {
    rememberedMessages = most;
    return this;
  }

  TestLimits subscriptions(int most) {
    subscriptions = most;
    return this;
  }

  TestLimits logMaxBytes(long most) {
    logMaxBytes = most;
    return this;
  }

  /// Few, so that their turn comes again soon.
  TestLimits packetIds(int count) {
    packetIds = count;
    return this;
  }

  TestLimits heap(HeapShares shares) {
    heap = shares;
    return this;
  }

  Limits build() {
    return new Limits(
        1 << 20,
        32,
        0,
        1 << 20,
        queueMessages,
        queueBytes,
        queueMemoryBytes,
        rememberedMessages,
        100,
        100,
        100,
        0xFFFF_FFFFL,
        persistentSessions,
        subscriptions,
        100,
        10,
        0,
        0,
        0,
        true,
        "",
        "",
        logMaxBytes,
        packetIds,
        heap,
        Map.of());
  }
}
