package io.dunlin.broker.store;

import static io.dunlin.broker.store.KeeperBench.put;
import static io.dunlin.broker.store.KeeperBench.texts;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.storage.StoreDamaged;
import io.dunlin.storage.StoreFull;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A store that fails, and is well again.
class KeeperTroubleTest {
  private final KeeperBench bench = new KeeperBench();
  private final IOException full = new StoreFull("no space", new IOException());

  @AfterEach
  void nodeGoesOn() {
    assertThat(bench.failures).isEmpty();
  }

  @Test
  void fullStoreIsTriedAgainEachSecondAndNothingIsLost() {
    long shared = bench.publish("shared");
    bench.work(put(1, 0, shared, true));
    bench.fragile.failure = full;
    bench.work(put(2, 0, shared, true), put(3, 0, shared, true));
    List<Long> checkpoints = new ArrayList<>();
    bench.work(
        new Keeper.DropQueued(3, 0), new Keeper.Checkpoint(bench.log.end(), checkpoints::add));
    assertThat(bench.keeper.trouble()).isSameAs(full);
    int attempts = bench.fragile.attempts;

    bench.retry(100);
    bench.retry(100);
    assertThat(bench.fragile.attempts).as("once a second").isEqualTo(attempts + 1);
    assertThat(checkpoints).as("the log still has it all").isEmpty();
    assertThat(bench.log.firstPosition()).isLessThanOrEqualTo(shared);

    bench.fragile.failure = null;
    bench.retry(101);

    assertThat(bench.keeper.trouble()).isNull();
    assertThat(bench.keeper.backlog()).isZero();
    assertThat(checkpoints).hasSize(1);
    assertThat(bench.shares(shared)).isEqualTo(2);
    assertThat(texts(bench.fetch(2, 0, 1))).containsExactly("0:shared");
    assertThat(bench.fragile.reopened).isZero();
  }

  @Test
  void storeThatFailsForLongWithSpaceFreeIsOpenedAgainWithWhatWasNotFlushed() {
    long a = bench.publish("a");
    bench.work(put(1, 0, a, false));
    bench.checkpoint();
    long b = bench.publish("b");
    bench.work(put(1, 1, b, true), put(2, 0, b, true), new Keeper.DropQueued(1, 0));
    bench.fragile.failure = new IOException("a background error");
    bench.work(put(3, 0, b, true));

    for (int second = 100; second < 130; second++) {
      bench.retry(second);
    }
    assertThat(bench.fragile.reopened).isZero();
    bench.retry(130);

    assertThat(bench.fragile.reopened).isEqualTo(1);
    assertThat(bench.keeper.trouble()).isNull();
    assertThat(texts(bench.fetch(1, 0, 2))).containsExactly("1:b");
    assertThat(bench.shares(b)).isEqualTo(3);
  }

  @Test
  void storeThatIsOpenedAgainWithinACheckpointClaimsItsPositionOnlyWithAllItsRows() {
    bench.work(put(1, 0, bench.publish("a"), false));
    bench.work(put(1, 1, bench.publish("b"), false));
    bench.fragile.flushFailure = full;
    bench.checkpoint();
    bench.retry(100);
    bench.retry(101);
    bench.fragile.writesLeft = 1;
    bench.retry(102);
    assertThat(bench.fragile.reopened).isEqualTo(1);
    assertThat(bench.rows(KeeperBench.QUEUES)).as("one of two is there again").isEqualTo(1);

    bench.store.flush(); // as RocksDB does by itself
    bench.crash();

    assertThat(bench.store.position()).as("where the replay begins").isZero();
  }

  @Test
  void sessionThatIsDroppedInPiecesGivesItsSharesBackOnce() {
    long shared = bench.publish("shared");
    int rows = 2 * Mover.DROP_ROWS;
    for (int i = 0; i < rows; i++) {
      bench.keeper.submit(put(1, i, shared, true));
    }
    bench.work(put(2, 0, shared, true), new Keeper.PutSession(new RandomValues(1).sessionRow()));
    bench.fragile.writesLeft = 1;
    bench.work(new Keeper.DropSession(1));
    assertThat(bench.rows(KeeperBench.QUEUES)).as("half of it").isEqualTo(Mover.DROP_ROWS + 1);

    bench.fragile.writesLeft = Integer.MAX_VALUE;
    bench.retry(100);

    assertThat(bench.keeper.trouble()).isNull();
    assertThat(bench.rows(KeeperBench.QUEUES)).isEqualTo(1);
    assertThat(bench.shares(shared)).isEqualTo(1);
  }

  @Test
  void fetchesThatGoAheadWaitForAStoreThatFails() {
    bench.work(put(1, 0, bench.publish("a"), false), put(1, 1, bench.publish("b"), false));
    bench.fragile.failure = full;
    bench.work(put(2, 0, bench.publish("c"), false));
    List<Keeper.FetchResult> results = new ArrayList<>();
    bench.keeper.fetchAhead(new Keeper.Fetch(1, 0, 1, List.of(), 9, 1_000, results::add));
    bench.keeper.fetchAhead(new Keeper.Fetch(1, 1, 2, List.of(), 9, 1_000, results::add));
    bench.work();
    assertThat(results).isEmpty();

    bench.fragile.failure = null;
    bench.retry(100);

    assertThat(results).hasSize(2);
    assertThat(texts(results.getFirst())).containsExactly("0:a");
    assertThat(texts(results.getLast())).containsExactly("1:b");
    assertThat(bench.keeper.trouble()).isNull();
  }

  @Test
  void timeWithoutSpaceDoesNotCount() {
    bench.fragile.failure = full;
    bench.work(put(1, 0, bench.publish("a"), false));
    for (int second = 100; second < 200; second++) {
      bench.keeper.retry(second * 1_000_000_000L, false);
      bench.work();
    }
    assertThat(bench.fragile.reopened).isZero();
  }

  @Test
  void damagedStoreIsOpenedAgainAtOnceAndWhoeverKnowsRowsIsAsked() {
    List<String> asked = new ArrayList<>();
    bench.keeper.onDamage(() -> asked.add("asked"));
    bench.fragile.damage = List.of("a table is bad");
    bench.fragile.failure = new StoreDamaged("a block", new IOException());
    bench.work(put(1, 0, bench.publish("a"), false));

    bench.retry(100);

    assertThat(bench.fragile.reopened).isEqualTo(1);
    assertThat(asked).containsExactly("asked");
    assertThat(texts(bench.fetch(1, 0, 1))).containsExactly("0:a");
  }

  @Test
  void damageThatAScrubFoundOpensTheStoreAgain() {
    bench.work(put(1, 0, bench.publish("a"), false));
    bench.keeper.damaged(new StoreDamaged("a block", new IOException()));
    bench.work();
    assertThat(bench.fragile.reopened).isEqualTo(1);
    assertThat(texts(bench.fetch(1, 0, 1))).containsExactly("0:a");
  }

  @Test
  void whatAwaitsACommitHoldsUpAllBehindIt() {
    boolean[] committed = new boolean[1];
    bench.work(new Keeper.Await(() -> committed[0]), put(1, 0, bench.publish("a"), false));
    assertThat(bench.rows(KeeperBench.QUEUES)).isZero();

    bench.keeper.resume();
    bench.work();
    assertThat(bench.rows(KeeperBench.QUEUES)).isZero();

    committed[0] = true;
    bench.keeper.resume();
    bench.work();
    assertThat(bench.rows(KeeperBench.QUEUES)).isEqualTo(1);
    assertThat(bench.keeper.backlog()).isZero();
  }
}
