package io.dunlin.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Clock;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class OutboxTest {
  private final BufferPool pool = new BufferPool(4);
  private final Outbox outbox = new Outbox(pool);
  private final ByteBuffer arena = ByteBuffer.allocateDirect(1 << 10);
  private final FakeConnection connection = new FakeConnection(new FakeLoop(0, Clock.SYSTEM), 1);

  @Test
  void contiguousPiecesOfTheArenaGoOutWithoutACopy() {
    outbox.appendArena(arena, 0, 10);
    outbox.appendArena(arena, 10, 30);
    assertThat(pool.inUseBytes()).isZero();
    assertThat(outbox.flush(connection)).isTrue();
    assertThat(connection.takeSent()).hasSize(30);
  }

  @Test
  void whatTheSocketDoesNotTakeIsCopiedOutOfTheArena() {
    arena.put(0, new byte[] {1, 2, 3, 4});
    outbox.appendArena(arena, 0, 4);
    connection.takes = offered -> 1;
    assertThat(outbox.flush(connection)).isFalse();
    assertThat(outbox.blocked()).isTrue();
    arena.put(0, new byte[4]);
    connection.takes = offered -> offered;
    assertThat(outbox.flush(connection)).as("not before the socket says so").isFalse();
    assertThat(outbox.onWritable(connection)).isTrue();
    assertThat(connection.takeSent()).containsExactly(1, 2, 3, 4);
    assertThat(pool.inUseBytes()).isZero();
  }

  @Test
  void clearGivesAllBuffersBack() {
    connection.takes = offered -> 0;
    for (int i = 0; i < 10; i++) {
      outbox.reserve(50_000);
      outbox.commit(50_000);
    }
    outbox.flush(connection);
    outbox.clear();
    assertThat(outbox.isEmpty()).isTrue();
    assertThat(pool.inUseBytes()).isZero();
  }
}
