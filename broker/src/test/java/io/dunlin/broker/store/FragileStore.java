package io.dunlin.broker.store;

import io.dunlin.storage.SortedStore;
import io.dunlin.storage.WriteBatch;
import io.dunlin.storage.fixture.ForwardingStore;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A store whose writes and flushes fail when they are told to.
final class FragileStore extends ForwardingStore {
  @Nullable IOException failure;
  @Nullable IOException flushFailure; // opening it again is no help
  int writesLeft = Integer.MAX_VALUE; // then it fails
  List<String> damage = List.of();
  int damagedFamily = -1; // until it is opened again
  int attempts;
  int reopened;
  int released; // ranges
  int largestBatch; // changes

  FragileStore(SortedStore store) {
    super(store);
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
    if (writesLeft-- == 0) {
      throw new IOException("the last write was the one before");
    }
    largestBatch = Math.max(largestBatch, batch.changes().size());
    super.write(batch, position);
  }

  @Override
  public long flush() throws IOException {
    attempt();
    IOException now = flushFailure;
    if (now != null) {
      throw now;
    }
    return super.flush();
  }

  @Override
  public void scan(int family, byte[] from, byte @Nullable [] to, EntryVisitor visitor)
      throws IOException {
    if (damagedFamily == family) {
      throw new IOException("block checksum mismatch");
    }
    super.scan(family, from, to, visitor);
  }

  @Override
  public List<String> reopen() throws IOException {
    reopened++;
    damagedFamily = -1;
    failure = null;
    super.reopen();
    return damage;
  }

  @Override
  public void releaseRange(int family, byte[] from, byte[] to) throws IOException {
    released++;
    super.releaseRange(family, from, to);
  }
}
