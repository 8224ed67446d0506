package io.dunlin.broker.store;

import io.dunlin.storage.SortedStore;
import io.dunlin.storage.WriteBatch;
import io.dunlin.storage.fixture.ForwardingStore;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Counts what is asked of a store: what a restart costs does not depend on the machine then.
public final class CountingStore extends ForwardingStore {
  /// Reads of one row.
  public int gets;

  /// Reads of a range.
  public int scans;

  /// Rows that were written.
  public int puts;

  /// Rows that were removed one by one.
  public int deletes;

  /// Ranges that were removed.
  public int ranges;

  /// Counts for `store`.
  public CountingStore(SortedStore store) {
    super(store);
  }

  @Override
  public void write(WriteBatch batch, long position) throws IOException {
    for (WriteBatch.Change change : batch.changes()) {
      switch (change) {
        case WriteBatch.Change.Put _ -> puts++;
        case WriteBatch.Change.Delete _ -> deletes++;
        case WriteBatch.Change.DeleteRange _ -> ranges++;
      }
    }
    super.write(batch, position);
  }

  @Override
  public byte @Nullable [] get(int family, byte[] key) throws IOException {
    gets++;
    return super.get(family, key);
  }

  @Override
  public void scan(int family, byte[] from, byte @Nullable [] to, EntryVisitor visitor)
      throws IOException {
    scans++;
    super.scan(family, from, to, visitor);
  }

  @Override
  public String toString() {
    return "gets %d, scans %d, puts %d, deletes %d, ranges %d"
        .formatted(gets, scans, puts, deletes, ranges);
  }
}
