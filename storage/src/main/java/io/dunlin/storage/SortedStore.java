package io.dunlin.storage;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A map sorted by unsigned bytes, in a few families, without a log of its own: what was written is
/// kept only once [#flush] has returned, and then all families together up to one position.
///
/// One thread writes; any thread reads. Reads see all writes, flushed or not. Calls block: never on
/// a shard, never on a virtual thread.
///
/// Failures are [StoreFull] when space ran out, [StoreDamaged] when the disk does not hold what was
/// written, or another [IOException]. A write that failed has changed nothing and can be tried
/// again.
public interface SortedStore extends AutoCloseable {
  /// Applies all changes of `batch` at once, and remembers `position` with them.
  void write(WriteBatch batch, long position) throws IOException;

  /// Makes all that was written survive a power cut, atomically over all families. Returns the
  /// position that is kept.
  long flush() throws IOException;

  /// Closes and opens again, without what was not flushed: the way out of an error that does not
  /// pass by itself, and of damage, which opening repairs as far as it can. After a failure the
  /// store is closed, and this can be tried again.
  ///
  /// @return what was found damaged, one line each
  List<String> reopen() throws IOException;

  /// What opening has found damaged, one line each: rows may be missing, or older than others.
  default List<String> damage() {
    return List.of();
  }

  /// The position of the last write that this store holds; 0 for a new one.
  long position() throws IOException;

  /// The value under `key`, or null.
  byte @Nullable [] get(int family, byte[] key) throws IOException;

  /// Visits the entries in `[from, to)` in order until the visitor returns false. `to` null: to the
  /// end.
  void scan(int family, byte[] from, byte @Nullable [] to, EntryVisitor visitor) throws IOException;

  /// Gives back, at once, the space of whole files that lie in `[from, to)`. Only for rows whose
  /// deletion is durable already.
  void releaseRange(int family, byte[] from, byte[] to) throws IOException;

  /// Bytes on disk, roughly.
  long diskBytes();

  /// How many rows there are, roughly; 0 when it cannot tell.
  default long rows() {
    return 0;
  }

  /// Closes without flushing.
  @Override
  void close() throws IOException;

  /// Gets entries of a scan.
  interface EntryVisitor {
    /// Returns whether to go on.
    boolean entry(byte[] key, byte[] value);
  }
}
