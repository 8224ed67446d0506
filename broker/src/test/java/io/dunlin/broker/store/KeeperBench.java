package io.dunlin.broker.store;

import io.dunlin.base.Slice;
import io.dunlin.storage.MemoryStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/// A keeper on a store and a log in memory, that works when it is told to.
final class KeeperBench {
  static final int QUEUES = Keeper.FAMILIES.indexOf("queues");
  static final int BODIES = Keeper.FAMILIES.indexOf("bodies");
  static final int COUNTS = Keeper.FAMILIES.indexOf("counts");

  final MemoryLog log = new MemoryLog();
  final MemoryStore store = new MemoryStore();
  final FragileStore fragile = new FragileStore(store);
  final List<IOException> failures = new ArrayList<>();
  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
  Keeper keeper = keeper();

  private Keeper keeper() {
    Keeper fresh = new Keeper(fragile, log, waiting::add, failures::add);
    fresh.serve(0);
    return fresh;
  }

  /// The process is killed, after the store has flushed by itself. The next keeper replays before
  /// it is served.
  void killed() {
    waiting.clear();
    store.flush();
    keeper = new Keeper(fragile, log, waiting::add, failures::add);
    try {
      keeper.recoverFrom(store.position());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The replay is over.
  void serve() {
    keeper.serve(log.end());
    work();
  }

  /// The power fails: what was not flushed is gone, and so are all tasks.
  void crash() {
    waiting.clear();
    store.crash();
    keeper = keeper();
  }

  /// One run of the executor.
  void step() {
    waiting.remove().run();
  }

  /// Carries out all tasks.
  void work() {
    for (Runnable run = waiting.poll(); run != null; run = waiting.poll()) {
      run.run();
    }
  }

  void work(Keeper.Task... tasks) {
    for (Keeper.Task task : tasks) {
      keeper.submit(task);
    }
    work();
  }

  /// Tries again what failed, at that time, with space on the disk.
  void retry(long seconds) {
    keeper.retry(seconds * 1_000_000_000L, true);
    work();
  }

  /// A message in the log; returns its position.
  long publish(String text) {
    return log.publish(message(text));
  }

  static MessageView message(String text) {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    MessageView view = new MessageView();
    view.set(1, false, MessageView.NEVER, bytes, 0, 1, bytes, 0, 0, bytes, 0, bytes.limit());
    return view;
  }

  static Keeper.PutQueued put(long session, long number, long position, boolean shared) {
    QueueRow row = new QueueRow(position, 1, false, false, false, 0, List.of(), 0, null);
    return new Keeper.PutQueued(session, number, row, shared, true, null);
  }

  void checkpoint() {
    List<Long> kept = new ArrayList<>();
    work(new Keeper.Checkpoint(log.end(), kept::add));
  }

  Keeper.FetchResult fetch(long session, long from, long to, Long... positions) {
    return fetch(session, from, to, List.of(positions), 1_000, 1 << 20);
  }

  Keeper.FetchResult fetch(
      long session, long from, long to, List<Long> positions, int messages, long bytes) {
    List<Keeper.FetchResult> results = new ArrayList<>();
    work(new Keeper.Fetch(session, from, to, positions, messages, bytes, results::add));
    return results.getFirst();
  }

  /// What was fetched, as `number:text`; without a text for a message that is not needed.
  static List<String> texts(Keeper.FetchResult result) {
    return result.messages().stream()
        .map(f -> {
          Slice message = f.message();
          String text = message == null ? "" : text(message);
          return f.number() + ":" + (f.lost() ? "lost" : text);
        })
        .toList();
  }

  private static String text(Slice stored) {
    MessageView view = new MessageView();
    view.read(stored);
    return Slice.copyOf(view.payloadBuffer(), view.payloadFrom(), view.payloadTo()).utf8();
  }

  int rows(int family) {
    int[] count = new int[1];
    store.scan(
        family,
        new byte[0],
        null,
        (key, value) -> {
          count[0]++;
          return true;
        });
    return count[0];
  }

  /// How many queues hold the shared body at `position`, as counted.
  int shares(long position) {
    byte[] value = store.get(COUNTS, ByteBuffer.allocate(8).putLong(position).array());
    return value == null ? 0 : ByteBuffer.wrap(value).getInt();
  }
}
