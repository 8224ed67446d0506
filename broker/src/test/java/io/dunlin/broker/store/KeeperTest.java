package io.dunlin.broker.store;

import static io.dunlin.broker.store.KeeperBench.put;
import static io.dunlin.broker.store.KeeperBench.texts;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class KeeperTest {
  private final KeeperBench bench = new KeeperBench();

  @Test
  void bodyOfThreeQueuesVanishesWithTheThird() {
    long position = bench.publish("hello");
    bench.work(put(1, 0, position, true), put(2, 0, position, true), put(3, 0, position, true));
    assertThat(bench.shares(position)).isEqualTo(3);
    bench.work(new Keeper.DropQueued(1, 0), new Keeper.DropQueued(2, 0));
    assertThat(bench.shares(position)).isEqualTo(1);
    assertThat(bench.rows(KeeperBench.BODIES)).isEqualTo(1);
    bench.work(new Keeper.DropQueued(3, 0));
    assertThat(bench.rows(KeeperBench.BODIES)).isZero();
    assertThat(bench.rows(KeeperBench.COUNTS)).isZero();
    assertThat(bench.rows(KeeperBench.QUEUES)).isZero();
  }

  @Test
  void rowThatIsDroppedTwiceIsCountedOnce() {
    long position = bench.publish("hello");
    bench.work(put(1, 0, position, true), put(2, 0, position, true));
    bench.work(new Keeper.DropQueued(1, 0), new Keeper.DropQueued(1, 0));
    assertThat(bench.shares(position)).isEqualTo(1);
  }

  @Test
  void rowThatIsPutAgainIsCountedOnce() {
    long position = bench.publish("hello");
    bench.work(put(1, 0, position, true), put(1, 0, position, true));
    assertThat(bench.shares(position)).isEqualTo(1);
    bench.work(put(1, 0, position, true));
    assertThat(bench.shares(position)).as("in another batch").isEqualTo(1);
    bench.work(put(1, 0, position, false));
    assertThat(bench.rows(KeeperBench.BODIES)).as("now it has a body of its own").isZero();
    assertThat(texts(bench.fetch(1, 0, 1))).containsExactly("0:hello");
  }

  @Test
  void sessionThatIsDroppedGivesItsSharesBack() {
    long a = bench.publish("a");
    long b = bench.publish("b");
    bench.work(put(1, 0, a, true), put(2, 0, a, true), put(1, 1, b, false));
    bench.work(new Keeper.DropSession(1), new Keeper.DropQueued(1, 0));
    assertThat(bench.shares(a)).isEqualTo(1);
    assertThat(bench.rows(KeeperBench.QUEUES)).isEqualTo(1);
  }

  @Test
  void longQueueIsDroppedInPieces() {
    int rows = 3 * Mover.DROP_ROWS;
    for (int i = 0; i < rows; i++) {
      bench.work(put(1, i, bench.publish("m"), true));
    }
    bench.fragile.largestBatch = 0;

    bench.work(new Keeper.DropSession(1));

    assertThat(bench.fragile.largestBatch)
        .as("a count and a body for each row")
        .isBetween(Mover.DROP_ROWS, 2 * Mover.DROP_ROWS + 2);
    assertThat(bench.rows(KeeperBench.QUEUES)).isZero();
    assertThat(bench.rows(KeeperBench.BODIES)).isZero();
    assertThat(bench.rows(KeeperBench.COUNTS)).isZero();
  }

  @Test
  void sessionThatIsDroppedTakesNoOtherWithIt() {
    long a = bench.publish("a");
    bench.work(put(1, Long.MAX_VALUE, a, false), put(2, 0, a, false), put(3, 0, a, false));
    bench.work(new Keeper.DropSession(2));
    assertThat(texts(bench.fetch(1, Long.MAX_VALUE - 1, Long.MAX_VALUE))).isEmpty();
    assertThat(bench.rows(KeeperBench.QUEUES)).isEqualTo(2);
    assertThat(texts(bench.fetch(3, 0, 1))).containsExactly("0:a");
  }

  @Test
  void releasedMessageNeedsNoBody() {
    long position = bench.publish("hello");
    bench.work(put(1, 0, position, true), put(2, 0, position, false));
    bench.work(new Keeper.MarkReleased(1, 0), new Keeper.MarkReleased(2, 0));
    bench.work(new Keeper.MarkReleased(1, 0), new Keeper.MarkReleased(1, 7));
    assertThat(bench.rows(KeeperBench.BODIES)).isZero();
    Keeper.Fetched fetched = bench.fetch(1, 0, 1).messages().getFirst();
    assertThat(fetched.lost()).isFalse();
    assertThat(fetched.message()).isNull();
    assertThat(fetched.row()).extracting(QueueRow::released).isEqualTo(true);
    assertThat(bench.keeper.lost()).isZero();
  }

  @Test
  void fetchGoesOverTheLogThenOverRowsWithGaps() {
    long a = bench.publish("a");
    long b = bench.publish("b");
    bench.work(
        put(1, 12, bench.publish("c"), false),
        put(1, 15, bench.publish("d"), true),
        put(1, 16, bench.publish("e"), false));
    Keeper.FetchResult result = bench.fetch(1, 10, 16, a, b);
    assertThat(texts(result)).containsExactly("10:a", "11:b", "12:c", "15:d");
    assertThat(result.to()).isEqualTo(16);
  }

  @Test
  void fetchPassesOverMessagesThatAreNotNeeded() {
    long a = bench.publish("a");
    bench.work(put(1, 3, bench.publish("d"), false));
    Keeper.FetchResult result = bench.fetch(1, 0, 4, Keeper.NOT_NEEDED, a, Keeper.NOT_NEEDED);
    assertThat(texts(result)).containsExactly("1:a", "3:d");
    assertThat(bench.keeper.lost()).isZero();
  }

  @Test
  void fetchStopsAtItsLimitsAndSaysWhere() {
    long a = bench.publish("a");
    long b = bench.publish("b");
    bench.work(put(1, 2, bench.publish("c"), false), put(1, 9, bench.publish("d"), false));
    assertThat(bench.fetch(1, 0, 10, List.of(a, b), 1, 1_000).to()).isEqualTo(1);
    assertThat(bench.fetch(1, 0, 10, List.of(a, b), 2, 1_000).to()).isEqualTo(2);
    assertThat(bench.fetch(1, 0, 10, List.of(a, b), 3, 1_000).to()).isEqualTo(9);
    assertThat(bench.fetch(1, 0, 10, List.of(a, b), 9, 1).to()).isEqualTo(1);
    assertThat(texts(bench.fetch(1, 0, 10, List.of(a, b), 3, 1_000)))
        .containsExactly("0:a", "1:b", "2:c");
  }

  @Test
  void messageIsReadFromItsRowWhenTheLogIsRecycled() {
    long own = bench.publish("own");
    long shared = bench.publish("shared");
    bench.work(put(1, 0, own, false), put(1, 1, shared, true), put(2, 0, shared, true));
    bench.checkpoint();
    assertThat(bench.log.firstPosition()).isGreaterThan(shared);
    assertThat(texts(bench.fetch(1, 0, 2, own, shared))).containsExactly("0:own", "1:shared");
    assertThat(texts(bench.fetch(1, 0, 2))).containsExactly("0:own", "1:shared");
    assertThat(texts(bench.fetch(2, 0, 1))).containsExactly("0:shared");
  }

  @Test
  void rowOfASharedBodyCanBeAddedAfterTheLogIsRecycled() {
    long shared = bench.publish("shared");
    bench.work(put(1, 0, shared, true));
    bench.checkpoint();
    bench.work(put(2, 0, shared, true));
    assertThat(bench.shares(shared)).isEqualTo(2);
    bench.work(new Keeper.DropQueued(1, 0));
    assertThat(texts(bench.fetch(2, 0, 1))).containsExactly("0:shared");
  }

  @Test
  void damagedMessageIsLostAndNothingElse() {
    long a = bench.publish("a");
    long b = bench.publish("b");
    bench.log.damage(a);
    bench.work(put(1, 2, a, false));
    assertThat(texts(bench.fetch(1, 0, 3, a, b))).containsExactly("0:lost", "1:b", "2:lost");
    assertThat(bench.keeper.lost()).isEqualTo(2);
  }

  @Test
  void checkpointKeepsItsPositionEvenWithoutAChange() {
    bench.publish("a");
    bench.checkpoint();
    bench.store.crash();
    assertThat(bench.store.position()).isEqualTo(bench.log.end());
    assertThat(bench.log.firstPosition()).isEqualTo(bench.log.end());
  }

  @Test
  void whatACheckpointHasSeenSurvivesAPowerCut() throws Exception {
    long position = bench.publish("a");
    SessionRow session = new RandomValues(1).sessionRow();
    RetainedRow retained = new RetainedRow(4, Slice.utf8("value"));
    bench.work(
        put(1, 0, position, false),
        new Keeper.PutSession(session),
        new Keeper.PutRetained(Slice.utf8("t"), retained),
        new Keeper.PutRetained(Slice.utf8("u"), retained),
        new Keeper.DropRetained(Slice.utf8("u")));
    bench.checkpoint();
    bench.work(new Keeper.DropQueued(1, 0), new Keeper.DropRetained(Slice.utf8("t")));
    bench.crash();
    List<SessionRow> sessions = new ArrayList<>();
    bench.keeper.sessions(sessions::add);
    assertThat(sessions).containsExactly(session);
    List<String> topics = new ArrayList<>();
    bench.keeper.retained((topic, row) -> topics.add(topic.utf8() + row.rank()));
    assertThat(topics).containsExactly("t4");
    assertThat(texts(bench.fetch(1, 0, 1))).containsExactly("0:a");
  }

  @Test
  void fetchGoesAheadOfTasksThatWait() {
    long a = bench.publish("a");
    AtomicLong kept = new AtomicLong();
    QueueRow row = put(1, 1, a, false).row();
    bench.work(new Keeper.PutQueued(1, 1, row, false, false, kept));
    assertThat(kept).hasValue(2);
    bench.work(new Keeper.Await(() -> false)); // what follows waits
    bench.work(new Keeper.PutQueued(1, 2, row, false, false, kept));

    List<Keeper.FetchResult> results = new ArrayList<>();
    bench.keeper.fetchAhead(new Keeper.Fetch(1, 0, 2, List.of(a), 9, 1_000, results::add));
    bench.work();

    assertThat(texts(results.getFirst())).containsExactly("0:a", "1:a");
    assertThat(kept).hasValue(2);
    assertThat(bench.keeper.backlog()).isEqualTo(2);
  }

  @Test
  void stoppedKeeperDoesNothingMore() {
    bench.keeper.submit(put(1, 0, bench.publish("a"), false));
    List<Keeper.FetchResult> results = new ArrayList<>();
    bench.keeper.fetchAhead(new Keeper.Fetch(1, 0, 1, List.of(), 9, 1_000, results::add));
    bench.keeper.stop();
    bench.work();
    assertThat(bench.rows(KeeperBench.QUEUES)).isZero();
    assertThat(results).isEmpty();
    assertThat(bench.failures).isEmpty();
  }

  @Test
  void failedTaskIsToldOfAndNothingIsDoneAfterIt() {
    failsFor(() -> {
      throw new IllegalStateException("on purpose");
    });
  }

  @Test
  void errorInATaskIsToldOfAsAnExceptionIs() {
    failsFor(() -> {
      throw new StackOverflowError("on purpose");
    });
  }

  private void failsFor(Runnable step) {
    bench.work(new Keeper.Fetch(1, 0, 1, List.of(), 1, 1, result -> step.run()));
    assertThat(bench.failures).hasSize(1);
    assertThat(bench.keeper.backlog()).isZero();

    List<Long> checkpoints = new ArrayList<>();
    bench.work(new Keeper.Checkpoint(5, checkpoints::add));
    assertThat(checkpoints).isEmpty();
    assertThat(bench.failures).hasSize(1);
  }
}
