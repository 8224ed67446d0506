package io.dunlin.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whatever the socket takes, and when: what arrives is what was appended, in order, and no buffer
/// is kept.
class OutboxProperties {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void everythingArrivesInOrder(long seed) {
    new Run(seed).steps(3_000);
  }

  private static final class Run {
    private static final int ARENA_BYTES = 1 << 20;

    private final long seed;
    private final Random random;
    private final ByteBuffer arena = ByteBuffer.allocateDirect(ARENA_BYTES);
    private final BufferPool pool = new BufferPool(4);
    private final Outbox outbox = new Outbox(pool);
    private final FakeConnection connection;
    private final ByteArrayOutputStream appended = new ByteArrayOutputStream();
    private final ByteArrayOutputStream arrived = new ByteArrayOutputStream();
    private int arenaEnd;
    private int slowness = 2;

    Run(long seed) {
      this.seed = seed;
      this.random = new Random(seed);
      this.connection = new FakeConnection(new FakeLoop(0, io.dunlin.base.Clock.SYSTEM), 1);
      this.connection.takes =
          offered -> random.nextInt(slowness) == 0 ? offered : random.nextInt(offered + 1);
    }

    void steps(int count) {
      for (int i = 0; i < count; i++) {
        step();
        arrived.writeBytes(connection.takeSent());
        assertThat(outbox.bytes())
            .as("seed %d step %d", seed, i)
            .isEqualTo(appended.size() - arrived.size());
        assertThat(outbox.isEmpty()).as("seed %d step %d", seed, i).isEqualTo(outbox.bytes() == 0);
        if (i % 500 == 0) {
          slowness = 1 + random.nextInt(6);
        }
      }
      slowness = 1;
      outbox.onWritable(connection);
      arrived.writeBytes(connection.takeSent());
      assertThat(outbox.isEmpty()).as("seed %d", seed).isTrue();
      assertThat(arrived.toByteArray()).as("seed %d", seed).isEqualTo(appended.toByteArray());
      assertThat(pool.inUseBytes()).as("seed %d", seed).isZero();
    }

    private void step() {
      switch (random.nextInt(10)) {
        case 0, 1, 2, 3 -> appendArena();
        case 4, 5, 6 -> appendCopy();
        case 7 -> {
          if (outbox.shouldFlush()) {
            outbox.flush(connection);
          }
        }
        case 8 -> endTurn();
        default -> {
          if (outbox.blocked()) {
            outbox.onWritable(connection);
          }
        }
      }
    }

    private void appendArena() {
      byte[] bytes = bytes();
      if (arenaEnd + bytes.length + 8 > ARENA_BYTES) {
        endTurn();
      }
      arenaEnd += random.nextInt(4) == 0 ? random.nextInt(8) : 0; // else right behind the last
      arena.put(arenaEnd, bytes);
      outbox.appendArena(arena, arenaEnd, arenaEnd + bytes.length);
      arenaEnd += bytes.length;
      appended.writeBytes(bytes);
    }

    private void appendCopy() {
      byte[] bytes = bytes();
      ByteBuffer target = outbox.reserve(bytes.length + random.nextInt(20));
      target.put(outbox.at(), bytes);
      outbox.commit(bytes.length);
      appended.writeBytes(bytes);
    }

    /// Flushes; then the arena is used again.
    private void endTurn() {
      outbox.flush(connection);
      if (arenaEnd > 0) {
        arena.put(0, new byte[arenaEnd]);
      }
      arenaEnd = 0;
    }

    private byte[] bytes() {
      int size =
          switch (random.nextInt(20)) {
            case 0 -> random.nextInt(200_000);
            case 1 -> BufferPool.BUFFER_BYTES;
            case 2, 3, 4 -> random.nextInt(20_000);
            default -> random.nextInt(1, 200);
          };
      byte[] bytes = new byte[size];
      random.nextBytes(bytes);
      return bytes;
    }
  }
}
