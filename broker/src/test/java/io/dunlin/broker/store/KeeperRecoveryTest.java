package io.dunlin.broker.store;

import static io.dunlin.broker.store.KeeperBench.texts;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A keeper that begins on what another has left: rows may be ahead of the checkpoint.
class KeeperRecoveryTest {
  private final KeeperBench bench = new KeeperBench();

  @AfterEach
  void nothingFailed() {
    assertThat(bench.failures).isEmpty();
    assertThat(bench.keeper.lost()).isZero();
  }

  @Test
  void replayedRowIsThereOnce() {
    long shared = bench.publish("shared");
    bench.work(put(1, 0, shared, true), put(2, 0, shared, true));
    bench.killed();
    bench.keeper.submit(put(1, 0, shared, true));
    bench.keeper.submit(put(2, 0, shared, true));
    long fresh = bench.publish("fresh");
    bench.keeper.submit(put(1, 1, fresh, true));
    bench.serve();

    assertThat(bench.shares(shared)).isEqualTo(2);
    assertThat(bench.shares(fresh)).isEqualTo(1);
    assertThat(texts(bench.fetch(1, 0, 2))).containsExactly("0:shared", "1:fresh");
  }

  @Test
  void releaseThatTheRowDoesNotKnowReachesIt() {
    long position = bench.publish("m");
    bench.work(put(1, 0, position, false));
    bench.killed();
    bench.serve();
    QueueRow released = new QueueRow(position, 2, false, true, false, 0, List.of(), 0, null);
    bench.work(new Keeper.PutQueued(1, 0, released, false, false, null)); // a checkpoint's

    QueueRow row = bench.fetch(1, 0, 1).messages().getFirst().row();
    assertThat(Objects.requireNonNull(row).released()).isTrue();
  }

  @Test
  void rowOfAReplayIsDroppedWithItsShare() {
    long shared = bench.publish("shared");
    bench.work(put(1, 0, shared, true), put(2, 0, shared, true));
    bench.killed();
    bench.keeper.submit(put(1, 0, shared, true));
    bench.keeper.submit(new Keeper.DropQueued(1, 0));
    bench.keeper.submit(put(2, 0, shared, true));
    bench.serve();

    assertThat(bench.shares(shared)).isEqualTo(1);
    assertThat(bench.fetch(1, 0, 1).messages()).isEmpty();
  }

  @Test
  void sessionThatEndedInTheReplayLeavesNothing() {
    long shared = bench.publish("shared");
    bench.work(put(1, 0, shared, true), put(2, 0, shared, true));
    bench.killed();
    bench.keeper.submit(put(1, 0, shared, true));
    bench.keeper.submit(new Keeper.DropSession(1));
    bench.keeper.submit(put(2, 0, shared, true));
    bench.serve();

    assertThat(bench.rows(KeeperBench.QUEUES)).isEqualTo(1);
    assertThat(bench.shares(shared)).isEqualTo(1);
  }

  @Test
  void replayThatIsTooLongForTheMemoryReadsTheLogMeanwhile() {
    bench.killed();
    for (int i = 0; i < 100; i++) {
      bench.keeper.submit(put(1, i, bench.publish("m" + i), i % 2 == 0));
      bench.keeper.catchUp(100);
    }
    assertThat(bench.rows(KeeperBench.QUEUES)).isGreaterThan(90);
    bench.serve();

    assertThat(texts(bench.fetch(1, 98, 100))).containsExactly("98:m98", "99:m99");
  }

  @Test
  void queueThatIsNeededIsServedBeforeTheRestOfTheReplay() {
    bench.killed();
    for (int session = 1; session <= 100; session++) {
      for (int i = 0; i < 100; i++) {
        bench.keeper.submit(put(session, i, bench.publish("m"), false));
      }
    }
    bench.keeper.serve(bench.log.end());
    bench.keeper.submit(
        new Keeper.Fetch(
            77,
            0,
            100,
            List.of(),
            100,
            1 << 20,
            result -> {
              assertThat(result.messages()).hasSize(100);
              assertThat(bench.keeper.owedSessions()).isGreaterThan(50);
            }));
    bench.work();

    assertThat(bench.keeper.owedSessions()).isZero();
    assertThat(bench.keeper.backlog()).isZero();
    assertThat(bench.rows(KeeperBench.QUEUES)).isEqualTo(10_000);
  }

  @Test
  void fetchThatGoesAheadSeesNoRowThatTheReplayDrops() {
    bench.work(put(1, 0, bench.publish("m"), false));
    bench.killed();
    bench.keeper.submit(new Keeper.DropQueued(1, 0));
    bench.keeper.serve(bench.log.end());
    List<Keeper.FetchResult> results = new ArrayList<>();
    bench.keeper.fetchAhead(new Keeper.Fetch(1, 0, 1, List.of(), 100, 1 << 20, results::add));
    bench.work();

    assertThat(results).singleElement().satisfies(r -> assertThat(r.messages()).isEmpty());
  }

  /// Its row says up to which position it is true: a replay would pass over what is owed.
  @Test
  void sessionsRowFollowsWhatTheReplayOwesToItsQueue() throws IOException {
    SessionRow session = new RandomValues(1).sessionRow();
    long position = bench.publish("m");
    bench.killed();
    for (int i = 0; i < 10_000; i++) {
      bench.keeper.submit(put(session.number() + 1, i, position, false));
    }
    bench.keeper.submit(put(session.number(), 0, position, false));
    bench.keeper.serve(bench.log.end());
    bench.keeper.submit(new Keeper.PutSession(session));
    bench.step();
    List<SessionRow> sessions = new ArrayList<>();
    bench.keeper.sessions(sessions::add);

    assertThat(sessions).hasSize(1);
    assertThat(bench.store.get(KeeperBench.QUEUES, QueueRow.key(session.number(), 0))).isNotNull();
  }

  @Test
  void fetchesBehindOneThatIsOwedMuchAreServedToo() {
    long position = bench.publish("m");
    bench.killed();
    for (int i = 0; i < 20_000; i++) {
      bench.keeper.submit(put(1, i, position, false));
    }
    bench.keeper.serve(bench.log.end());
    List<Keeper.FetchResult> results = new ArrayList<>();
    for (int session = 1; session <= 3; session++) {
      bench.keeper.fetchAhead(new Keeper.Fetch(session, 0, 1, List.of(), 1, 1 << 20, results::add));
    }
    bench.work();

    assertThat(results).hasSize(3);
  }

  @Test
  void rangeThatALivingQueueLosesReleasesNoFiles() {
    bench.killed();
    for (int i = 0; i < 3_000; i++) {
      bench.keeper.submit(put(1, i, bench.publish("m"), false));
    }
    bench.serve();
    bench.work(new Keeper.DropQueuedRange(1, 0, 2_000));
    bench.checkpoint();
    assertThat(bench.fragile.released).isZero();

    bench.work(new Keeper.DropQueuedRange(1, 2_000, 2_500), new Keeper.DropSession(2));
    bench.keeper.submit(new Keeper.DropSession(1));
    bench.work();
    bench.checkpoint();
    assertThat(bench.rows(KeeperBench.QUEUES)).isZero();
  }

  @Test
  void damageInWhatAStartReadsIsRepairedByOpeningAgain() throws IOException {
    Keeper.makeReadable(bench.fragile);
    assertThat(bench.fragile.reopened).isZero();

    bench.fragile.damagedFamily = Keeper.FAMILIES.indexOf("sessions");
    Keeper.makeReadable(bench.fragile);
    assertThat(bench.fragile.reopened).isEqualTo(1);
  }

  @Test
  void checkpointFollowsAllOfTheReplay() {
    bench.killed();
    for (int i = 0; i < 10_000; i++) {
      bench.keeper.submit(put(1 + i % 3, i, bench.publish("m"), false));
    }
    bench.keeper.serve(bench.log.end());
    bench.checkpoint();

    assertThat(bench.rows(KeeperBench.QUEUES)).isEqualTo(10_000);
    assertThat(bench.store.position()).isEqualTo(bench.log.end());
    assertThat(bench.log.firstPosition()).isEqualTo(bench.log.end());
  }

  @Test
  void replayGoesOnWhenTheStoreWorksAgain() {
    long shared = bench.publish("shared");
    bench.killed();
    for (int i = 0; i < 3_000; i++) {
      bench.keeper.submit(put(1, i, shared, true));
    }
    bench.fragile.writesLeft = 0;
    bench.serve();
    assertThat(bench.keeper.trouble()).isNotNull();

    bench.fragile.writesLeft = Integer.MAX_VALUE;
    bench.retry(100);

    assertThat(bench.keeper.trouble()).isNull();
    assertThat(bench.shares(shared)).isEqualTo(3_000);
    assertThat(bench.keeper.backlog()).isZero();
  }

  /// As a replay gives it.
  private static Keeper.PutQueued put(long session, long number, long position, boolean shared) {
    Keeper.PutQueued put = KeeperBench.put(session, number, position, shared);
    return new Keeper.PutQueued(session, number, put.row(), shared, false, null);
  }
}
