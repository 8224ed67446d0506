package io.dunlin.crashtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What the account makes of a broker's doings, with exact numbers.
class AccountTest {
  private static final String TOPIC = "load/p/a";
  private static final String BRIEF = "load/p/brief";
  private static final String LASTING = "load/p/lasting";
  private static final String FLAG = "flag/p";
  private static final String STATE = "load/p/state";

  private final Account account = new Account();

  @BeforeEach
  void addReceivers() {
    account.receiver("one", true);
    account.receiver("group", false);
  }

  @Test
  void whatAllGetOnceAndInOrderIsClean() {
    publish(TOPIC, 1, 100);
    deliver("one", TOPIC, 1, 100);
    deliver("group", TOPIC, 1, 100);

    assertThat(account.isSettled(List.of("one", "group"))).isTrue();
    assertThat(account.figures().isClean(Mode.KILL)).isTrue();
    assertThat(account.figures().sent()).isEqualTo(100);
    assertThat(account.figures().acknowledged()).isEqualTo(100);
  }

  @Test
  void eachMissingMessageOfEachReceiverIsLost() {
    publish(TOPIC, 1, 100);
    deliver("one", TOPIC, 1, 40);
    deliver("one", TOPIC, 48, 100);
    deliver("group", TOPIC, 1, 97);

    assertThat(account.isSettled(List.of("one"))).isFalse();
    account.writeOff("one");
    account.writeOff("group");

    assertFaults(Map.of(Fault.LOST, 7L + 3));
    assertThat(account.details())
        .containsExactly(
            "lost: one did not get 7 of load/p/a, from 41 to 47",
            "lost: group did not get 3 of load/p/a, from 98 to 100");
  }

  @Test
  void whatWasNotAcknowledgedIsNotOwed() {
    account.sent(new Message(TOPIC, 1));
    publish(TOPIC, 2, 2);
    deliver("one", TOPIC, 2, 2);

    assertThat(account.isSettled(List.of("one"))).isTrue();
    assertFaults(Map.of());
  }

  @Test
  void acknowledgementAfterDeliveryOwesNothing() {
    Message message = new Message(TOPIC, 1);
    account.sent(message);
    account.delivered("one", message, true);
    account.acknowledged(message, 0);

    assertThat(account.isSettled(List.of("one"))).isTrue();
    assertThat(account.isSettled(List.of("group"))).isFalse();
  }

  @Test
  void lossIsCountedOnce() {
    publish(TOPIC, 1, 10);
    account.writeOff("one");
    account.writeOff("one");

    assertFaults(Map.of(Fault.LOST, 10L));
    assertThat(account.isSettled(List.of("one"))).isTrue();
  }

  @Test
  void whatComesAfterAllIsNotLost() {
    publish(TOPIC, 1, 10);
    account.writeOff("one");
    deliver("one", TOPIC, 4, 6);

    assertFaults(Map.of(Fault.LOST, 7L));
  }

  @Test
  void onlyAtQos2IsASecondDeliveryWrong() {
    publish(TOPIC, 1, 10);
    deliver("one", TOPIC, 1, 10);
    for (int sequence = 3; sequence <= 5; sequence++) {
      account.delivered("one", new Message(TOPIC, sequence), false);
    }
    assertFaults(Map.of());

    deliver("one", TOPIC, 3, 5);
    assertFaults(Map.of(Fault.DOUBLED, 3L));
  }

  @Test
  void orderIsThatOfOneTopic() {
    publish(TOPIC, 1, 10);
    publish(STATE, 1, 10);
    deliver("one", TOPIC, 1, 5);
    deliver("one", STATE, 1, 10);
    deliver("one", TOPIC, 7, 7);
    assertFaults(Map.of());

    deliver("one", TOPIC, 6, 6);
    deliver("one", TOPIC, 8, 10);
    assertFaults(Map.of(Fault.DISORDERED, 1L));
  }

  @Test
  void groupsHaveNoOrder() {
    publish(TOPIC, 1, 10);
    deliver("group", TOPIC, 6, 10);
    deliver("group", TOPIC, 1, 5);

    assertFaults(Map.of());
  }

  @Test
  void whatNobodySentIsWrong() {
    publish(TOPIC, 1, 1);
    deliver("one", TOPIC, 1, 2);

    assertFaults(Map.of(Fault.WRONG, 1L));
  }

  @Test
  void whatExpiresIsNotOwed() {
    publish(BRIEF, 1, 10);

    assertThat(account.isSettled(List.of("one"))).isTrue();
  }

  @Test
  void whatHasExpiredMayNotCome() {
    publish(BRIEF, 1, 2);
    account.checkExpiry("one", new Message(BRIEF, 1), false, -1, 3_000);
    assertFaults(Map.of());

    account.checkExpiry("one", new Message(BRIEF, 2), false, -1, 4_000);
    assertFaults(Map.of(Fault.EXPIRY, 1L));
  }

  @Test
  void intervalShrinksByTheTimeThatPassed() {
    publish(LASTING, 1, 1);
    account.checkExpiry("one", new Message(LASTING, 1), true, 3_590, 10_000);
    account.checkExpiry("one", new Message(LASTING, 1), false, -1, 10_000);
    assertFaults(Map.of());

    account.checkExpiry("one", new Message(LASTING, 1), true, 3_600, 10_000);
    account.checkExpiry("one", new Message(LASTING, 1), true, -1, 10_000);
    assertFaults(Map.of(Fault.EXPIRY, 2L));
  }

  @Test
  void retainedValueIsTheLastAcknowledgedOrALaterOne() {
    publish(STATE, 1, 10);
    account.sent(new Message(STATE, 11));
    for (int value : new int[] {10, 11}) {
      account.checkRetained(STATE, new Message(STATE, value));
    }
    assertFaults(Map.of());

    account.checkRetained(STATE, new Message(STATE, 9));
    account.checkRetained(STATE, new Message(STATE, 12));
    account.checkRetained(STATE, null);
    assertFaults(Map.of(Fault.RETAINED, 3L));
  }

  @Test
  void retainedValueIsGoneWhenItsDeletionWasTheLast() {
    publish(FLAG, 1, 5);
    assertRetained(true, FLAG, null);
    assertRetained(false, FLAG, new Message(FLAG, 4));
    account.sent(new Message(FLAG, 6));
    assertRetained(true, FLAG, null);
    assertRetained(true, FLAG, new Message(FLAG, 6));
    account.acknowledged(new Message(FLAG, 6), 0);
    assertRetained(false, FLAG, null);
    assertRetained(true, "flag/unknown", null);
  }

  @Test
  void receiversComeBeforeMessages() {
    publish(TOPIC, 1, 1);

    assertThatIllegalStateException().isThrownBy(() -> account.receiver("late", true));
  }

  private void assertRetained(boolean right, String topic, @Nullable Message value) {
    long before = account.figures().count(Fault.RETAINED);
    account.checkRetained(topic, value);
    assertThat(account.figures().count(Fault.RETAINED))
        .as("%s with %s", topic, value)
        .isEqualTo(right ? before : before + 1);
  }

  private void publish(String topic, int first, int last) {
    for (int sequence = first; sequence <= last; sequence++) {
      account.sent(new Message(topic, sequence));
      account.acknowledged(new Message(topic, sequence), 0);
    }
  }

  /// At QoS 2.
  private void deliver(String receiver, String topic, int first, int last) {
    for (int sequence = first; sequence <= last; sequence++) {
      account.delivered(receiver, new Message(topic, sequence), true);
    }
  }

  private void assertFaults(Map<Fault, Long> expected) {
    Map<Fault, Long> found = new EnumMap<>(Fault.class);
    for (Fault fault : Fault.values()) {
      long count = account.figures().count(fault);
      if (count != 0) {
        found.put(fault, count);
      }
    }
    assertThat(found).isEqualTo(expected);
  }
}
