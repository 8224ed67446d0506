package io.dunlin.broker.shard;

import io.dunlin.base.HotPath;
import io.dunlin.base.OwnedBy;
import io.dunlin.storage.Log;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What happens when a batch of the log comes back committed: its records are applied, then the
/// answers leave that have waited for them.
@OwnedBy("shard")
@HotPath(benchmark = "mqload fanin1 --persistent")
final class Commits {
  private static final Logger LOG = LoggerFactory.getLogger(Commits.class);

  private final Shard shard;
  private final List<ClientConnection> awaiting = new ArrayList<>();
  private long committed; // sequence up to which its records are committed

  Commits(Shard shard) {
    this.shard = shard;
  }

  /// The number of the last of this shard's records that is committed.
  long sequence() {
    return committed;
  }

  /// A connection has answers that wait.
  void awaits(ClientConnection client) {
    if (!client.waiting) {
      client.waiting = true;
      awaiting.add(client);
    }
  }

  /// Applies the records of a batch that concern this shard; then the answers leave that waited for
  /// it.
  void apply(Log.Batch batch) {
    boolean own = batch.origin() == shard.index;
    try {
      for (int i = 0; i < batch.count(); i++) {
        if ((batch.shardMask(i) & 1L << shard.index) != 0) {
          applyRecord(batch, i, own ? batch.firstSequence() + i : 0);
        }
      }
    } finally {
      if (own) {
        committed = batch.firstSequence() + batch.count() - 1;
      }
      batch.release();
    }
    if (own) {
      shard.committedUpTo(committed);
      answerWaiting();
    }
  }

  private void applyRecord(Log.Batch batch, int i, long sequence) {
    try {
      shard.applier.apply(batch.buffer(), batch.from(i), batch.to(i), batch.position(i), sequence);
    } catch (
        RuntimeException e) { // what one record meets must not keep the others from being applied
      shard.counters.failedRecords++;
      LOG.error("record.failed position={} error={}", batch.position(i), e.toString(), e);
    }
  }

  private void answerWaiting() {
    int kept = 0;
    int size = awaiting.size();
    for (int i = 0; i < size; i++) {
      ClientConnection client = awaiting.get(i);
      try {
        client.pending.carryOut(committed, client::writeAck);
      } catch (RuntimeException e) { // only this connection ends
        shard.failed(client, e);
      }
      if (client.pending.isEmpty()) {
        client.waiting = false;
      } else {
        awaiting.set(kept++, client);
      }
    }
    int added = awaiting.size() - size;
    for (int i = 0; i < added; i++) {
      awaiting.set(kept++, awaiting.get(size + i));
    }
    awaiting.subList(kept, awaiting.size()).clear();
    shard.roomMayHaveAppeared();
  }
}
