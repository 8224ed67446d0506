package io.dunlin.storage;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A [SortedStore] in memory, for simulation and tests: what was flushed survives a [#crash], but
/// not the end of the process. Thread-safe: one lock, not held while a visitor runs.
public final class MemoryStore implements SortedStore {
  private static final int SCAN_CHUNK = 256;

  // Guarded by this.
  private Map<Integer, NavigableMap<byte[], byte[]>> rows = new HashMap<>();
  private long position;
  private final Map<Integer, NavigableMap<byte[], byte[]>> flushedRows = new HashMap<>();
  private long flushedPosition;
  private final List<WriteBatch.Change> unflushed = new ArrayList<>();

  @Override
  public synchronized void write(WriteBatch batch, long position) {
    for (WriteBatch.Change change : batch.changes()) {
      apply(change, rows);
      unflushed.add(change);
    }
    this.position = position;
  }

  private static void apply(
      WriteBatch.Change change, Map<Integer, NavigableMap<byte[], byte[]>> target) {
    switch (change) {
      case WriteBatch.Change.Put(int family, byte[] key, byte[] value) ->
          family(target, family).put(key, value);
      case WriteBatch.Change.Delete(int family, byte[] key) -> family(target, family).remove(key);
      case WriteBatch.Change.DeleteRange(int family, byte[] from, byte[] to) -> {
        if (Arrays.compareUnsigned(from, to) < 0) {
          family(target, family).subMap(from, to).clear();
        }
      }
    }
  }

  private static NavigableMap<byte[], byte[]> family(
      Map<Integer, NavigableMap<byte[], byte[]>> target, int family) {
    return target.computeIfAbsent(family, _ -> new TreeMap<>(Arrays::compareUnsigned));
  }

  @Override
  public synchronized long flush() {
    unflushed.forEach(change -> apply(change, flushedRows));
    unflushed.clear();
    flushedPosition = position;
    return position;
  }

  /// Goes back to the last flush, like a store that is opened again after a power cut.
  public synchronized void crash() {
    rows = new HashMap<>();
    flushedRows.forEach((family, entries) -> family(rows, family).putAll(entries));
    unflushed.clear();
    position = flushedPosition;
  }

  @Override
  public List<String> reopen() {
    crash();
    return List.of();
  }

  @Override
  public synchronized long position() {
    return position;
  }

  @Override
  public synchronized byte @Nullable [] get(int family, byte[] key) {
    byte[] value = family(rows, family).get(key);
    return value == null ? null : value.clone();
  }

  @Override
  public void scan(int family, byte[] from, byte @Nullable [] to, EntryVisitor visitor) {
    List<Map.Entry<byte[], byte[]>> chunk = chunk(family, from, true, to);
    while (!chunk.isEmpty()) {
      for (Map.Entry<byte[], byte[]> entry : chunk) {
        if (!visitor.entry(entry.getKey().clone(), entry.getValue().clone())) {
          return;
        }
      }
      chunk = chunk(family, chunk.getLast().getKey(), false, to);
    }
  }

  private synchronized List<Map.Entry<byte[], byte[]>> chunk(
      int family, byte[] from, boolean inclusive, byte @Nullable [] to) {
    if (to != null && Arrays.compareUnsigned(from, to) >= 0) {
      return List.of();
    }
    NavigableMap<byte[], byte[]> entries = family(rows, family);
    NavigableMap<byte[], byte[]> range =
        to == null ? entries.tailMap(from, inclusive) : entries.subMap(from, inclusive, to, false);
    return range.entrySet().stream()
        .limit(SCAN_CHUNK)
        .map(entry -> Map.entry(entry.getKey(), entry.getValue()))
        .toList();
  }

  /// Does nothing: there are no files.
  @Override
  public void releaseRange(int family, byte[] from, byte[] to) {}

  @Override
  public synchronized long diskBytes() {
    return rows.values().stream()
        .flatMap(entries -> entries.entrySet().stream())
        .mapToLong(entry -> entry.getKey().length + entry.getValue().length)
        .sum();
  }

  @Override
  public synchronized long rows() {
    return rows.values().stream().mapToLong(entries -> entries.size()).sum();
  }

  @Override
  public void close() {}
}
