package io.dunlin.storage;

import io.dunlin.base.OwnedBy;
import java.util.Deque;
import java.util.List;

/// When the batches that have gathered are committed as a group.
///
/// At once, if somebody waits for one of the records and the group is large enough. A commit costs
/// the same whatever its size, so a group that is smaller than what was in flight a moment ago
/// waits for the rest, for at most [LogConfig#commitDelayMaxNanos] since the last commit. A lone
/// publisher is all that is in flight and never waits. Records that nobody waits for are committed
/// with the others, or after [LogConfig#lazyForceNanos].
@OwnedBy("log")
final class CommitPace {
  static final long NEVER = Long.MAX_VALUE;

  /// A group of this size is worth a commit, whatever else is in flight.
  private static final int WORTHWHILE_RECORDS = 32;

  private final LogConfig config;
  private final LogCounters counters;
  private final List<ShardAppender> appenders;
  private long lastCommitNanos;
  private long lazyDeadlineNanos = NEVER;
  private long worthwhile = 1;
  private boolean hurries;

  /// @param counters are told of groups that were waited for in vain
  /// @param appenders all that there will be
  CommitPace(LogConfig config, LogCounters counters, List<ShardAppender> appenders) {
    this.config = config;
    this.counters = counters;
    this.appenders = appenders;
  }

  /// Nothing was committed lately: the first group need not wait.
  void begin(long now) {
    lastCommitNanos = now - config.commitDelayMaxNanos();
  }

  /// From now on nothing waits.
  void hurry() {
    hurries = true;
  }

  /// When the next group is due: now or in the past, in the future, or [#NEVER] while no shard has
  /// flushed a batch.
  long dueNanos(long now) {
    boolean available = false;
    boolean urgent = hurries;
    long pending = 0;
    for (int i = 0; i < appenders.size(); i++) {
      ShardAppender appender = appenders.get(i);
      available |= appender.hasBatch();
      urgent |= appender.urgent();
      pending += appender.pending();
    }
    if (!available) {
      return NEVER;
    }
    if (!urgent) {
      return lazyDeadlineNanos == NEVER ? now : lazyDeadlineNanos;
    }
    boolean worth = pending >= worthwhile || hurries;
    return worth ? now : Math.max(now, lastCommitNanos + config.commitDelayMaxNanos());
  }

  /// Whether somebody waits for a record that is not taken yet.
  boolean urgent() {
    for (int i = 0; i < appenders.size(); i++) {
      if (appenders.get(i).urgent()) {
        return true;
      }
    }
    return false;
  }

  /// Whether a group that is due is put off after all, because nobody waits for any of it: until a
  /// time that is set here once.
  boolean putsOff(long now) {
    if (urgent() || hurries || lazyDeadlineNanos != NEVER) {
      return false;
    }
    lazyDeadlineNanos = now + config.lazyForceNanos();
    return lazyDeadlineNanos > now;
  }

  /// Asks those shards for their batch that have taken it back just when it is due.
  void askForBatches(long now) {
    for (int i = 0; i < appenders.size(); i++) {
      ShardAppender appender = appenders.get(i);
      if (!appender.hasBatch()
          && (appender.urgent() || (lazyDeadlineNanos <= now && appender.pending() > 0))) {
        appender.ask();
      }
    }
  }

  /// Takes what the shards have handed over; returns how many records that is.
  long takeAll(Deque<CommitBatch> group) {
    long pending = 0;
    for (int i = 0; i < appenders.size(); i++) {
      pending += appenders.get(i).pending();
      appenders.get(i).takeAll(group);
    }
    lazyDeadlineNanos = NEVER;
    return pending;
  }

  /// A group is on the disk.
  void committed(long now) {
    lastCommitNanos = now;
  }

  /// How many records are in flight tells how large a group is worth waiting for: three quarters. A
  /// group that stayed smaller tells that fewer are in flight now.
  void learn(long group) {
    long inFlight = group;
    if (group < worthwhile) {
      counters.delayed();
    } else {
      for (int i = 0; i < appenders.size(); i++) {
        inFlight += appenders.get(i).pending();
      }
    }
    worthwhile = Math.clamp(inFlight - inFlight / 4, 1, WORTHWHILE_RECORDS);
  }
}
