package io.dunlin.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.session.Outgoing.Outcome;
import io.dunlin.session.Outgoing.State;
import org.junit.jupiter.api.Test;

class OutgoingTest {
  private final Outgoing<String> outgoing = new Outgoing<>(0, 10);

  @Test
  void packetIdentifierFollowsFromTheNumber() {
    assertThat(outgoing.packetId(0)).isEqualTo(1);
    assertThat(outgoing.packetId(65_534)).isEqualTo(65_535);
    assertThat(outgoing.packetId(65_535)).isEqualTo(1);
    assertThat(outgoing.packetId(1L << 50)).isBetween(1, 65_535);
  }

  @Test
  void pubAckFinishesAQos1Message() {
    send(1);
    assertThat(outgoing.onPubAck(1)).isEqualTo(Outcome.DONE);
    assertThat(outgoing.inFlight()).isZero();
    assertThat(outgoing.backlog()).isZero();
    assertThat(outgoing.onPubAck(1)).isEqualTo(Outcome.UNKNOWN);
  }

  @Test
  void qos2MessageStaysInFlightUntilPubComp() {
    send(2);
    assertThat(outgoing.onPubComp(1)).isEqualTo(Outcome.MISPLACED);
    assertThat(outgoing.onPubRec(1)).isEqualTo(Outcome.DONE);
    assertThat(outgoing.onPubRec(1)).as("again").isEqualTo(Outcome.DONE);
    assertThat(outgoing.inFlight()).isEqualTo(1);
    assertThat(outgoing.onPubAck(1)).isEqualTo(Outcome.MISPLACED);
    assertThat(outgoing.onPubRecRefused(1)).isEqualTo(Outcome.MISPLACED);
    assertThat(outgoing.onPubComp(1)).isEqualTo(Outcome.DONE);
    assertThat(outgoing.inFlight()).isZero();
  }

  @Test
  void refusedPubRecEndsTheExchange() {
    send(2);
    assertThat(outgoing.onPubRecRefused(1)).isEqualTo(Outcome.DONE);
    assertThat(outgoing.backlog()).isZero();
  }

  @Test
  void acknowledgementOfAMessageOfTheOtherQosIsMisplaced() {
    send(1);
    send(2);
    assertThat(outgoing.onPubRec(1)).isEqualTo(Outcome.MISPLACED);
    assertThat(outgoing.onPubAck(2)).isEqualTo(Outcome.MISPLACED);
    assertThat(outgoing.onPubAck(3)).isEqualTo(Outcome.UNKNOWN);
    assertThat(outgoing.inFlight()).isEqualTo(2);
  }

  @Test
  void messageOfAnEarlierConnectionIsNotInFlightUntilItIsOfferedAgain() {
    send(1);
    outgoing.rewind(10);
    assertThat(outgoing.inFlight()).isZero();
    assertThat(outgoing.onPubAck(1)).isEqualTo(Outcome.UNKNOWN);
    assertThat(outgoing.state(0)).isEqualTo(State.SENT);
    assertThat(outgoing.offer()).isEqualTo(1);
    assertThat(outgoing.onPubAck(1)).isEqualTo(Outcome.DONE);
  }

  @Test
  void unansweredMessageHoldsItsIdentifierAndNothingElse() {
    send(1);
    for (int i = 1; i < Outgoing.SPAN; i++) {
      int id = send(1);
      assertThat(id).isEqualTo(i + 1);
      assertThat(outgoing.onPubAck(id)).isEqualTo(Outcome.DONE);
    }
    outgoing.add(1, false, 0, 0, null);
    assertThat(outgoing.windowOpen()).isTrue();
    assertThat(outgoing.idIsFree()).as("identifier 1 is in use").isFalse();
    assertThat(outgoing.freeId()).as("whose turn is farthest").isEqualTo(65_535);
    outgoing.rename(outgoing.sendNext(), 65_535);
    assertThat(outgoing.offer()).isEqualTo(65_535);
    assertThat(send(1)).as("the next has its own").isEqualTo(2);
    assertThat(outgoing.inFlight()).isEqualTo(3);
    assertThat(outgoing.onPubAck(65_535)).isEqualTo(Outcome.DONE);
    assertThat(outgoing.onPubAck(1)).isEqualTo(Outcome.DONE);
    assertThat(outgoing.onPubAck(2)).isEqualTo(Outcome.DONE);
    assertThat(outgoing.oldest()).isEqualTo(outgoing.end());
    assertThat(outgoing.renamed()).isEmpty();
  }

  @Test
  void identifierIsHeldUntilTheEndOfItsMessageIsOnDisk() {
    Outgoing<String> recorded = new Outgoing<>(0, 10, 3, true);
    for (int i = 0; i < 3; i++) {
      recorded.add(1, false, 0, 0, null);
      assertThat(recorded.onPubAck(recorded.offer())).isEqualTo(Outcome.DONE);
    }
    recorded.add(1, false, 0, 0, null);
    assertThat(recorded.windowOpen()).isFalse();
    recorded.saved(0);
    assertThat(recorded.windowOpen()).isTrue();
    assertThat(recorded.offer()).isEqualTo(1);
  }

  @Test
  void stragglerIsOfferedFirstOnANewConnection() {
    send(2);
    for (int i = 0; i < 5_000; i++) {
      outgoing.onPubAck(send(1));
    }
    assertThat(outgoing.first()).as("it has left the run").isEqualTo(5_001);
    assertThat(outgoing.oldest()).isZero();
    assertThat(outgoing.backlog()).isEqualTo(1);
    assertThat(outgoing.arrayBytes()).isLessThan(100);
    outgoing.rewind(10);
    assertThat(outgoing.sendNext()).isZero();
    assertThat(outgoing.offer()).isEqualTo(1);
    assertThat(outgoing.sendNext()).isEqualTo(5_001);
    assertThat(outgoing.onPubRec(1)).isEqualTo(Outcome.DONE);
    assertThat(outgoing.onPubComp(1)).isEqualTo(Outcome.DONE);
    assertThat(outgoing.oldest()).isEqualTo(5_001);
  }

  @Test
  void numberThatIsOnDiskOnlyComesWithLoad() {
    outgoing.addUnloaded();
    outgoing.addUnloaded();
    assertThat(outgoing.canSendNow()).isFalse();
    outgoing.load(1, false, 0, 0, null, State.FINISHED, false);
    assertThat(outgoing.first()).as("a gap is passed").isEqualTo(1);
    assertThat(outgoing.sendNext()).isEqualTo(1);
    outgoing.load(2, true, 77, 88, "body", State.SENT, true);
    assertThat(outgoing.memoryEnd()).isEqualTo(outgoing.end());
    assertThat(outgoing.qos(1)).isEqualTo(2);
    assertThat(outgoing.retain(1)).isTrue();
    assertThat(outgoing.stored(1)).isTrue();
    assertThat(outgoing.position(1)).isEqualTo(77);
    assertThat(outgoing.size(1)).isEqualTo(88);
    assertThat(outgoing.body(1)).isEqualTo("body");
  }

  @Test
  void arraysOfABurstAreGivenBack() {
    outgoing.rewind(65_535);
    for (int i = 0; i < 5_000; i++) {
      outgoing.add(1, false, 1 + i, 7, "x");
      outgoing.offer();
    }
    assertThat(outgoing.arrayBytes()).isGreaterThan(5_000 * 17);
    for (int i = 4_999; i >= 0; i--) {
      assertThat(outgoing.onPubAck(1 + i)).isEqualTo(Outcome.DONE);
    }
    assertThat(outgoing.arrayBytes()).isZero();
    assertThat(send(1)).isEqualTo(5_001);
  }

  private int send(int qos) {
    outgoing.add(qos, false, 0, 0, null);
    return outgoing.offer();
  }
}
