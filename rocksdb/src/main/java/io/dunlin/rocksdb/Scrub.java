package io.dunlin.rocksdb;

import io.dunlin.base.OwnedBy;
import io.dunlin.storage.StoreDamaged;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;

/// Reads all files that a store has, one at a time and as slowly as its owner likes, so that damage
/// is found before a compaction meets it, after which nothing more can be written.
@OwnedBy("caller")
public final class Scrub {
  private final RocksStore store;
  private final ArrayDeque<LiveFile> files;

  Scrub(RocksStore store, List<LiveFile> files) {
    this.store = store;
    this.files = new ArrayDeque<>(files);
  }

  /// Reads the next file (8 MB or so); false when there is none left.
  ///
  /// @throws StoreDamaged naming file and block. The next time the store is opened it repairs that;
  ///   the scrub can go on
  public boolean next() throws IOException {
    LiveFile file = files.pollFirst();
    if (file == null) {
      store.scrubbed();
      return false;
    }
    store.verify(file);
    return true;
  }
}
