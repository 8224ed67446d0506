package io.dunlin.broker.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dunlin.base.Slice;
import io.dunlin.broker.observe.TraceEvent.Direction;
import io.dunlin.mqtt.TopicFilter;
import org.junit.jupiter.api.Test;

class TraceTest {
  private static final TraceEvent EVENT =
      new TraceEvent(0, "oven", Direction.IN, "PINGREQ", "", -1, 0, 2, "");

  @Test
  void moreThanItHoldsIsDroppedAndCounted() throws InterruptedException {
    Trace trace = new Trace("oven", null, () -> {});
    for (int i = 0; i < Trace.CAPACITY + 3; i++) {
      trace.add(EVENT);
    }

    assertThat(trace.takeDropped()).isEqualTo(3);
    assertThat(trace.takeDropped()).isZero();
    assertThat(trace.next(0)).isEqualTo(EVENT);
  }

  @Test
  void clientAndTopicNarrowItTogether() {
    Trace trace = new Trace("oven", TopicFilter.of("plant/#"), () -> {});

    assertThat(trace.wantsClient("oven")).isTrue();
    assertThat(trace.wantsClient("pump")).isFalse();
    assertThat(trace.wantsTopic(Slice.utf8("plant/a"))).isTrue();
    assertThat(trace.wantsTopic(Slice.utf8("office"))).isFalse();
    assertThat(trace.wantsTopic(null)).isFalse();
  }

  @Test
  void everythingCannotBeTraced() {
    assertThatIllegalArgumentException().isThrownBy(() -> new Trace(null, null, () -> {}));
  }
}
