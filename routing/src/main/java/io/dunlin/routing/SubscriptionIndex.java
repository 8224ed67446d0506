package io.dunlin.routing;

import io.dunlin.base.HotPath;
import io.dunlin.base.Slice;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Which subscriptions match a topic name.
///
/// Filters and topic names are valid UTF-8 bytes of their kind, filters without `$share/{group}/`.
/// A subscription is any object, told from others by identity; under one filter it counts once.
///
/// # Shape
///
/// A tree by level. Under a [Branch], one node per level that some filter has there, one for `+`,
/// one for `#`, one for the filter that ends there. As long as only one filter goes on under a
/// level, its remaining levels stay in one [Entry]; they are split when a second filter joins. So a
/// million filters `device/{id}/command` are one branch with a million entries.
///
/// # Cost of a match
///
/// The walk takes the levels of the topic one after the other and keeps the set of branches that
/// match so far; no recursion. A node of the tree stands at one depth only, under one parent, so a
/// walk comes to it at most once, whatever the wildcards: the work is bounded by the bytes of the
/// topic plus the bytes of the filters whose nodes it touches, and never exceeds the stored
/// filters.
///
/// # Threads
///
/// Thread-safe for one writer at a time (the callers of `add` and `remove` take turns, each turn
/// happening before the next) and any number of readers, who take no lock and never wait.
///
/// A reader follows references only, and each is read with acquire or as a volatile and was written
/// with release or as a volatile after what it leads to was complete; what a node is (its level) is
/// final. Nothing moves within an array (see [Table], [Subscribers]); arrays and nodes are replaced
/// as a whole, by one write. Hence: a subscription that is there from before a match begins until
/// it ends is found, once; one that is absent throughout is not found; one that is added or removed
/// meanwhile is found or not (and twice at worst if it is removed and added again meanwhile).
///
/// # Versions
///
/// A matched route can be kept and checked cheaply:
///
/// ```java
/// long version = index.version(stripe1, stripe2); // first!
/// index.match(topic, route::add);
/// …
/// if (index.version(stripe1, stripe2) != version) { /* match again */ }
/// ```
///
/// The writer raises a counter after its change is in the tree. A reader who sees the counter
/// raised also sees the change; one who saw it not raised before matching will find the version
/// differing afterwards. So a route whose version has not changed lacks nothing. A version is the
/// sum of three counters that only grow, hence equal only if all three are: one for filters that
/// begin with a wildcard, one of many by the first level for filters such as `a`, `a/+/…` and
/// `a/#`, one of many by the first two levels for all others. The latter two are shared by topics
/// of the same hash, so a version may change without need.
///
/// Each change ends, and [RetainedTopics] ends each of its changes, with a full fence. So of one
/// who subscribes and then reads retained values, and another who retains a value and then checks a
/// version or matches, at least one sees what the other did.
@HotPath(benchmark = "mqload subs")
public final class SubscriptionIndex<S> {
  private static final int STRIPES_1 = 1 << 10;
  private static final int STRIPES_2 = 1 << 14;

  // places among the counters; the first has a cache line of its own
  private static final int ANY_TOPIC = 0;
  private static final int FIRST_STRIPE_1 = 8;
  private static final int FIRST_STRIPE_2 = FIRST_STRIPE_1 + STRIPES_1;

  private final long hashSeed;
  private final Branch root = new Branch(Slice.EMPTY, 0);
  private final AtomicLongArray changes = new AtomicLongArray(FIRST_STRIPE_2 + STRIPES_2);
  private final AtomicInteger size = new AtomicInteger();

  /// @param hashSeed random where clients are not trusted: they choose the levels that are hashed
  public SubscriptionIndex(long hashSeed) {
    this.hashSeed = hashSeed;
  }

  /// Adds `subscription` under `filter`. Returns false, having changed nothing, if it is there.
  /// Writer only.
  public boolean add(Slice filter, S subscription) {
    if (!entryFor(filter, subscription)) {
      return false;
    }
    size.setRelease(size.getPlain() + 1);
    changed(filter);
    return true;
  }

  /// Removes `subscription` under `filter`. Returns false if it is not there. Writer only.
  public boolean remove(Slice filter, S subscription) {
    Branch branch = root;
    Branch keeper = root; // the last branch on the way that holds something else too
    @Nullable Node doomed = null; // the node under it that leads to the filter only
    int from = 0;
    while (true) {
      Node node = branch.next(filter, from, hash(filter, from));
      if (node == null) {
        return false;
      }
      if (doomed == null || branch.size() > 1) {
        keeper = branch;
        doomed = node;
      }
      if (node instanceof Entry entry) {
        if (!Levels.sameRest(entry.text, entry.from, filter, from) || !entry.remove(subscription)) {
          return false;
        }
        if (entry.isEmpty()) {
          keeper.remove(doomed);
        }
        size.setRelease(size.getPlain() - 1);
        changed(filter);
        return true;
      }
      branch = (Branch) node;
      from = Levels.end(filter, from) + 1;
    }
  }

  /// How many subscriptions there are. Any thread.
  public int size() {
    return size.getAcquire();
  }

  /// Gives all subscriptions whose filter matches `topic` to `out`; a subscription under several
  /// such filters several times. Any thread.
  public void match(Slice topic, Consumer<? super S> out) {
    new Walk(topic, hashSeed, untyped(out)).from(root);
  }

  /// The first argument of [#version] for `topic`. Constant as long as this index lives.
  public int stripe1(Slice topic) {
    int hash = Levels.hash(topic, 0, Levels.end(topic, 0), hashSeed);
    return FIRST_STRIPE_1 + (hash & STRIPES_1 - 1);
  }

  /// The second argument of [#version] for `topic`. Constant as long as this index lives.
  public int stripe2(Slice topic) {
    int first = Levels.end(topic, 0);
    int second = first == topic.length() ? first : Levels.end(topic, first + 1);
    return FIRST_STRIPE_2 + (Levels.hash(topic, 0, second, hashSeed) & STRIPES_2 - 1);
  }

  /// A number that differs after any change to what the topics of these stripes match. Any thread;
  /// to be read before matching.
  public long version(int stripe1, int stripe2) {
    return changes.getAcquire(ANY_TOPIC)
        + changes.getAcquire(stripe1)
        + changes.getAcquire(stripe2);
  }

  /// How many nodes there are under the root, for tests.
  int topNodes() {
    return root.size();
  }

  private boolean entryFor(Slice filter, Object subscription) {
    Branch branch = root;
    int from = 0;
    boolean parted = false; // whether the one filter that is under this branch is known to differ
    while (true) {
      int hash = hash(filter, from);
      Node node = branch.next(filter, from, hash);
      if (node == null) {
        branch.add(new Entry(filter, from, hash, subscription));
        return true;
      }
      if (node instanceof Entry entry) {
        if (!parted && Levels.sameRest(entry.text, entry.from, filter, from)) {
          return entry.add(subscription);
        }
        parted = true;
        node = split(branch, entry);
      }
      branch = (Branch) node;
      from = Levels.end(filter, from) + 1;
    }
  }

  /// Puts a branch that holds `entry` in its place.
  private Branch split(Branch parent, Entry entry) {
    int end = Levels.end(entry.text, entry.from);
    Branch branch = new Branch(entry.text.sub(entry.from, end), entry.hash);
    branch.add(new Entry(entry, end + 1, hash(entry.text, end + 1)));
    parent.replace(entry, branch);
    return branch;
  }

  private int hash(Slice filter, int from) {
    return Levels.isPastEnd(filter, from)
        ? 0
        : Levels.hash(filter, from, Levels.end(filter, from), hashSeed);
  }

  private void changed(Slice filter) {
    changes.getAndIncrement(counterOf(filter));
    VarHandle.fullFence();
  }

  private int counterOf(Slice filter) {
    if (Levels.isWildcard(filter, 0)) {
      return ANY_TOPIC;
    }
    int second = Levels.end(filter, 0) + 1;
    boolean oneLevel = Levels.isPastEnd(filter, second);
    return oneLevel || Levels.isWildcard(filter, second) ? stripe1(filter) : stripe2(filter);
  }

  @SuppressWarnings("unchecked") // `add` lets in nothing but S
  private static <S> Consumer<Object> untyped(Consumer<? super S> out) {
    return (Consumer<Object>) out;
  }

  /// One match: all branches that match the levels so far, level after level.
  private static final class Walk {
    private final Slice topic;
    private final long hashSeed;
    private final Consumer<Object> out;
    private final int[] ends;
    private Branch[] matching = new Branch[8];
    private Branch[] next = new Branch[8];
    private int nextCount;

    Walk(Slice topic, long hashSeed, Consumer<Object> out) {
      this.topic = topic;
      this.hashSeed = hashSeed;
      this.out = out;
      this.ends = Levels.ends(topic);
    }

    void from(Branch root) {
      boolean hidden = Levels.isHidden(topic); // [MQTT-4.7.2-1]
      matching[0] = root;
      int count = 1;
      for (int level = 0; level < ends.length && count > 0; level++) {
        int start = Levels.start(ends, level);
        int hash = Levels.hash(topic, start, ends[level], hashSeed);
        nextCount = 0;
        for (int i = 0; i < count; i++) {
          Branch branch = matching[i];
          visit(branch.literal(hash, topic, start, ends[level]), level);
          if (level > 0 || !hidden) {
            visit(branch.single, level);
            report(branch.multi);
          }
        }
        Branch[] done = matching;
        matching = next;
        next = done;
        count = nextCount;
      }
      for (int i = 0; i < count; i++) {
        report(matching[i].multi); // "a/#" matches "a", §4.7.1.2
        report(matching[i].ending);
      }
    }

    private void visit(@Nullable Node node, int level) {
      if (node instanceof Branch branch) {
        if (nextCount == next.length) {
          next = Arrays.copyOf(next, nextCount * 2);
        }
        next[nextCount++] = branch;
      } else if (node instanceof Entry entry
          && Levels.restMatches(entry.text, entry.from, topic, ends, level)) {
        entry.forEach(out);
      }
    }

    private void report(@Nullable Entry entry) {
      if (entry != null) {
        entry.forEach(out);
      }
    }
  }
}
