package io.dunlin.broker.store;

import io.dunlin.storage.SortedStore;
import io.dunlin.storage.WriteBatch;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A store whose writes and flushes fail when they are told to.
final class FragileStore implements SortedStore {
  private final SortedStore store;
  @Nullable IOException failure;
  List<String> damage = List.of();
  int attempts;
  int reopened;

  FragileStore(SortedStore store) {
    this.store = store;
  }

  private void attempt() throws IOException {
    attempts++;
    IOException now = failure;
    if (now != null) {
      throw now;
    }
  }

  @Override
  public void write(WriteBatch batch, long position) throws IOException {
    attempt();
    store.write(batch, position);
  }

  @Override
  public long flush() throws IOException {
    attempt();
    return store.flush();
  }

  @Override
  public List<String> reopen() throws IOException {
    reopened++;
    failure = null;
    store.reopen();
    return damage;
  }

  @Override
  public long position() throws IOException {
    return store.position();
  }

  @Override
  public byte @Nullable [] get(int family, byte[] key) throws IOException {
    return store.get(family, key);
  }

  @Override
  public void scan(int family, byte[] from, byte @Nullable [] to, EntryVisitor visitor)
      throws IOException {
    store.scan(family, from, to, visitor);
  }

  @Override
  public void releaseRange(int family, byte[] from, byte[] to) throws IOException {
    store.releaseRange(family, from, to);
  }

  @Override
  public long diskBytes() {
    return store.diskBytes();
  }

  @Override
  public void close() throws IOException {
    store.close();
  }
}
