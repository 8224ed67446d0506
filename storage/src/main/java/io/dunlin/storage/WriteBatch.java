package io.dunlin.storage;

import io.dunlin.base.OwnedBy;
import java.util.ArrayList;
import java.util.List;

/// Changes to a [SortedStore] that are applied together, in order. Keys and values are taken over,
/// not copied.
@OwnedBy("mover")
@SuppressWarnings("ArrayRecordComponent") // keys and values go to the store as they are, uncompared
public final class WriteBatch {
  /// One change.
  public sealed interface Change {
    /// Sets a value.
    record Put(int family, byte[] key, byte[] value) implements Change {}

    /// Removes a key.
    record Delete(int family, byte[] key) implements Change {}

    /// Removes all keys in `[from, to)`.
    record DeleteRange(int family, byte[] from, byte[] to) implements Change {}
  }

  private final List<Change> changes = new ArrayList<>();
  private long bytes;

  /// Sets `key` to `value`.
  public void put(int family, byte[] key, byte[] value) {
    changes.add(new Change.Put(family, key, value));
    bytes += key.length + value.length;
  }

  /// Removes `key`.
  public void delete(int family, byte[] key) {
    changes.add(new Change.Delete(family, key));
    bytes += key.length;
  }

  /// Removes all keys in `[from, to)`.
  public void deleteRange(int family, byte[] from, byte[] to) {
    changes.add(new Change.DeleteRange(family, from, to));
    bytes += from.length + to.length;
  }

  /// The changes in order; a view.
  public List<Change> changes() {
    return changes;
  }

  /// Bytes of all keys and values.
  public long bytes() {
    return bytes;
  }

  /// Whether there is no change.
  public boolean isEmpty() {
    return changes.isEmpty();
  }

  /// Forgets all changes, for reuse.
  public void clear() {
    changes.clear();
    bytes = 0;
  }
}
