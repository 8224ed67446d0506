package io.dunlin.transport;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class TransportConfigTest {
  @Test
  void anArenaWithoutRoomForOneReadIsRefused() {
    assertThatThrownBy(() -> TransportConfig.defaults().withArena(256 << 10, 256 << 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("arenaBytes is 262144");
  }

  @Test
  void noLoopsAreRefused() {
    assertThatThrownBy(() -> TransportConfig.defaults().withLoops(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("loops is 0, not 1..1024");
  }
}
