package io.dunlin.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/// Moves to the other loop after every tenth frame, from inside `onBytes`.
final class Mover extends Frames {
  private final Connection connection;
  private final List<Loop> loops;
  private int seen;
  int moves;

  Mover(Connection connection, List<Loop> loops) {
    this.connection = connection;
    this.loops = loops;
  }

  @Override
  boolean onFrame(byte[] bytes) {
    assertThat(connection.loop().inLoop()).isTrue();
    seen++;
    if (seen % 10 == 0) {
      Loop target = loops.get(1 - connection.loop().index());
      connection.moveTo(
          target,
          c -> {
            assertThat(target.inLoop()).isTrue();
            assertThat(c.loop()).isSameAs(target);
            moves++;
            c.resumeReading();
          });
    }
    super.onFrame(bytes);
    return seen % 10 != 0;
  }
}
