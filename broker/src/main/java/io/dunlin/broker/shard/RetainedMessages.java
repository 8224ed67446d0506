package io.dunlin.broker.shard;

import io.dunlin.base.Slice;
import io.dunlin.broker.store.MessageView;
import io.dunlin.broker.store.RetainedRow;
import io.dunlin.routing.RetainedTopics;
import java.util.HashSet;
import java.util.Iterator;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The retained message of each topic, for all shards.
///
/// A publish enters before its route is read and before it is committed, and takes a rank; a
/// SUBSCRIBE enters the index before it reads here. So nobody keeps a stale value: whoever misses
/// the message finds it here, and the highest rank decides between two, here as after a replay.
///
/// Thread-safe: reads take no lock. Writes take this object's monitor, which is held for a bounded
/// number of tree steps and under which nothing else is locked.
public final class RetainedMessages {
  /// @param rank the highest one stays
  /// @param message in stored form; empty marks a deletion that is not yet in the store
  /// @param recorded whether it must survive a restart
  public record Retained(long rank, Slice message, boolean recorded) {
    boolean deleted() {
      return message.isEmpty();
    }
  }

  private record Expiry(long atMillis, Slice topic) implements Comparable<Expiry> {
    @Override
    public int compareTo(Expiry other) {
      int order = Long.compare(atMillis, other.atMillis);
      return order != 0 ? order : topic.compareTo(other.topic);
    }
  }

  private static final Slice DELETED = Slice.EMPTY;

  /// Topics that are looked at without letting others in between.
  private static final int CHUNK_TOPICS = 1_024;

  /// Topics that a publisher looks at.
  private static final int FEW_TOPICS = 64;

  private final RetainedTopics<Retained> tree = new RetainedTopics<>();
  private Set<Slice> dirty = new HashSet<>(); // guarded by this, as all below
  private Set<Slice> deletedInStore = new HashSet<>();
  private final NavigableSet<Expiry> expiries = new TreeSet<>(); // of the messages that have one
  private int maxMessages;
  private long maxBytes;
  private long nextRank = 1;
  private long bytes;
  private int messages;

  /// @param maxMessages how many topics may have one
  /// @param maxBytes how many bytes topics and messages may take together
  public RetainedMessages(int maxMessages, long maxBytes) {
    this.maxMessages = maxMessages;
    this.maxBytes = maxBytes;
  }

  /// Goes on with other limits; what is there stays.
  public synchronized void limit(int newMaxMessages, long newMaxBytes) {
    maxMessages = newMaxMessages;
    maxBytes = newMaxBytes;
  }

  /// Whether another message of this size fits. What has expired gives way to it.
  synchronized boolean fits(Slice topic, int messageBytes, long nowMillis) {
    return hasRoom(topic, messageBytes)
        || (expireSome(nowMillis, FEW_TOPICS) > 0 && hasRoom(topic, messageBytes));
  }

  private boolean hasRoom(Slice topic, int messageBytes) {
    Retained old = tree.get(topic);
    if (old != null && !old.deleted()) {
      return bytes - size(topic, old.message) + topic.length() + messageBytes <= maxBytes;
    }
    return messages < maxMessages && bytes + topic.length() + messageBytes <= maxBytes;
  }

  /// Sets the value of a topic, or deletes it; returns its rank.
  synchronized long set(Slice topic, @Nullable Slice message, boolean recorded) {
    long rank = nextRank++;
    if (message == null && tree.get(topic) == null) {
      return rank; // nothing there, so nothing older is on its way to the log either
    }
    replace(topic, new Retained(rank, message == null ? DELETED : message, recorded));
    if (recorded) {
      dirty.add(topic);
    }
    return rank;
  }

  synchronized long nextRank() {
    return nextRank;
  }

  /// The next rank will be `least` or higher.
  synchronized void nextRank(long least) {
    nextRank = Math.max(nextRank, least);
  }

  /// Takes a row as the store has it.
  public synchronized void restore(Slice topic, long rank, @Nullable Slice message) {
    nextRank = Math.max(nextRank, rank + 1);
    replace(topic, new Retained(rank, message == null ? DELETED : message, true));
    if (message == null) {
      deletedInStore.add(topic);
    }
  }

  /// Applies a record or a row: counts only if no higher rank is there.
  public synchronized void replay(Slice topic, long rank, @Nullable Slice message) {
    nextRank = Math.max(nextRank, rank + 1);
    Retained old = tree.get(topic);
    if (old == null || old.rank < rank) {
      replace(topic, new Retained(rank, message == null ? DELETED : message, true));
      dirty.add(topic);
    }
  }

  /// The message of a topic in stored form, or null.
  @Nullable Slice get(Slice topic) {
    Retained found = tree.get(topic);
    return found == null || found.deleted() ? null : found.message;
  }

  /// Removes all messages that have expired. The monitor is held for a bounded number of topics at
  /// a time.
  public void expire(long nowMillis) {
    int expired;
    do {
      expired = expireSome(nowMillis, CHUNK_TOPICS);
    } while (expired == CHUNK_TOPICS);
  }

  private synchronized int expireSome(long nowMillis, int limit) {
    int expired = 0;
    while (expired < limit && !expiries.isEmpty() && expiries.getFirst().atMillis <= nowMillis) {
      Slice topic = expiries.getFirst().topic;
      Retained old = Objects.requireNonNull(tree.get(topic));
      replace(topic, new Retained(old.rank, DELETED, old.recorded));
      if (old.recorded) {
        dirty.add(topic);
      }
      expired++;
    }
    return expired;
  }

  /// Visits messages that match `filter`, a bounded number at a time; see [RetainedTopics#scan].
  public @Nullable Slice scan(
      Slice filter,
      @Nullable Slice after,
      int maxSteps,
      int maxMatches,
      BiConsumer<Slice, Retained> out) {
    return tree.scan(
        filter,
        after,
        maxSteps,
        maxMatches,
        (topic, retained) -> {
          if (!retained.deleted()) {
            out.accept(topic, retained);
          }
        });
  }

  /// How many messages there are.
  public synchronized int size() {
    return messages;
  }

  /// Bytes of topics and messages.
  public synchronized long bytes() {
    return bytes;
  }

  /// Gives all values that have changed since the last call. A deletion is given as one without a
  /// message; at the call after that the topic is given to `forget`: by then the log holds no older
  /// value. The monitor is held for a bounded number of topics at a time. One caller at a time.
  public void drain(BiConsumer<Slice, RetainedRow> changed, Consumer<Slice> forget) {
    Set<Slice> deletions;
    Set<Slice> changes;
    synchronized (this) {
      deletions = deletedInStore;
      changes = dirty;
      deletedInStore = new HashSet<>();
      dirty = new HashSet<>();
    }
    inChunks(
        deletions,
        topic -> {
          Retained now = tree.get(topic);
          // Changed since: its older values may be in the log.
          boolean again = changes.contains(topic) || dirty.contains(topic);
          if (!again && (now == null || now.deleted())) {
            forget.accept(topic);
            tree.remove(topic);
          }
        });
    inChunks(
        changes,
        topic -> {
          Retained now = tree.get(topic);
          if (now == null || !now.recorded) {
            return;
          }
          changed.accept(topic, new RetainedRow(now.rank, now.deleted() ? null : now.message));
          if (now.deleted()) {
            deletedInStore.add(topic);
          }
        });
  }

  private void inChunks(Set<Slice> topics, Consumer<Slice> action) {
    Iterator<Slice> all = topics.iterator();
    while (all.hasNext()) {
      synchronized (this) {
        for (int left = CHUNK_TOPICS; left > 0 && all.hasNext(); left--) {
          action.accept(all.next());
        }
      }
    }
  }

  /// Makes all values changed ones: the store may have lost rows. The monitor is held for a bounded
  /// number of topics at a time.
  public void allChanged() {
    Slice reached = null;
    do {
      synchronized (this) {
        reached =
            tree.walk(
                reached,
                CHUNK_TOPICS,
                (topic, retained) -> {
                  if (retained.recorded) {
                    dirty.add(topic);
                  }
                });
      }
    } while (reached != null);
  }

  private void replace(Slice topic, Retained now) {
    Retained old = tree.put(topic, now);
    if (old != null && !old.deleted()) {
      bytes -= size(topic, old.message);
      messages--;
      expires(topic, old, expiries::remove);
    }
    if (!now.deleted()) {
      bytes += size(topic, now.message);
      messages++;
      expires(topic, now, expiries::add);
    } else if (!now.recorded) {
      tree.remove(topic);
    }
  }

  private static void expires(Slice topic, Retained retained, Consumer<Expiry> action) {
    long atMillis = MessageView.expiresAtMillis(retained.message);
    if (atMillis != MessageView.NEVER) {
      action.accept(new Expiry(atMillis, topic));
    }
  }

  private static long size(Slice topic, Slice message) {
    return (long) topic.length() + message.length();
  }
}
