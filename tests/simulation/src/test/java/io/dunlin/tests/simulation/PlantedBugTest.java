package io.dunlin.tests.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.broker.store.SessionRow;
import io.dunlin.storage.Disk;
import io.dunlin.storage.SortedStore;
import io.dunlin.storage.WriteBatch;
import io.dunlin.storage.fixture.ForwardingDisk;
import io.dunlin.storage.fixture.ForwardingStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The simulation finds bugs: with each of these around the broker, one of few histories fails.
class PlantedBugTest {
  private static final int SEEDS = 60;

  private static String find(PlantedBug bug) {
    return find(bug, "");
  }

  /// The first failure that says this: the bug may show in other ways before.
  private static String find(PlantedBug bug, String text) {
    for (long seed = 0; seed < SEEDS; seed++) {
      try {
        Simulation.run(seed, bug);
      } catch (SimulationFailure e) {
        String message = String.valueOf(e.getMessage());
        if (message.contains(text)) {
          return message;
        }
      }
    }
    return "found nothing in " + SEEDS + " histories";
  }

  @Test
  void acknowledgingBeforeTheForceIsFound() {
    assertThat(find(onDisk((disk, _) -> new LateDisk(disk)))).startsWith("seed ");
  }

  @Test
  void aLostWriteIsFound() {
    assertThat(find(onDisk(ForgetfulDisk::new))).startsWith("seed ");
  }

  @Test
  void aStoreWithoutTheQueuesIsFound() {
    assertThat(find(onStore(store -> new ForgetfulStore(store, 1)))).startsWith("seed ");
  }

  @Test
  void aStoreWithoutTheRetainedMessagesIsFound() {
    assertThat(find(onStore(store -> new ForgetfulStore(store, 4))))
        .startsWith("seed ")
        .contains("the retained message of");
  }

  @Test
  void aDoubledMessageIsFound() {
    assertThat(find(onPublish((publish, _) -> concat(publish, publish)))).startsWith("seed ");
  }

  @Test
  void aDroppedMessageIsFound() {
    assertThat(find(onPublish((_, _) -> new byte[0]))).startsWith("seed ");
  }

  @Test
  void messagesInTheWrongOrderAreFound() {
    assertThat(
            find(
                onPublish((publish, held) -> {
                  byte[] before = held.packet;
                  held.packet = before == null ? publish : null;
                  return before == null ? new byte[0] : concat(publish, before);
                })))
        .startsWith("seed ");
  }

  @Test
  void groupQueuesThatAreForgottenAreFound() {
    assertThat(find(onStore(store -> new ForgetfulStore(store, 0, PlantedBugTest::isGroupQueue))))
        .startsWith("seed ")
        .contains("group");
  }

  @Test
  void groupMessagesInTheWrongOrderAreFound() {
    assertThat(
            find(
                onPublish((publish, held) -> {
                  byte[] before = held.packet;
                  if (before == null && !isOfGroup(publish)) {
                    return publish;
                  }
                  held.packet = before == null ? publish : null;
                  return before == null ? new byte[0] : concat(publish, before);
                }),
                "of its group after"))
        .startsWith("seed ");
  }

  @Test
  void groupMessageForTwoIsFound() {
    assertThat(
            find(
                onPublish((publish, _) ->
                    isOfGroup(publish) && (publish[0] & 0x06) == 4
                        ? concat(publish, otherId(publish))
                        : publish),
                "at QoS 2, which"))
        .startsWith("seed ");
  }

  // -- the bugs -------------------------------------------------------------------------------

  private static PlantedBug onDisk(BiFunction<Disk, World, Disk> around) {
    return new PlantedBug() {
      @Override
      public Disk disk(Disk disk, World world) {
        return around.apply(disk, world);
      }
    };
  }

  private static PlantedBug onStore(UnaryOperator<SortedStore> around) {
    return new PlantedBug() {
      @Override
      public SortedStore store(SortedStore store) {
        return around.apply(store);
      }
    };
  }

  /// Changes a PUBLISH; `held` may keep one for later, on the same connection.
  private interface Mangler {
    byte[] mangle(byte[] publish, Held held);
  }

  private static final class Held {
    private byte @Nullable [] packet;
  }

  /// Mangles one of ten pieces of output that are one whole PUBLISH, at QoS 1 or 2.
  private static PlantedBug onPublish(Mangler mangler) {
    return new PlantedBug() {
      @Override
      public OutputFault output(World world) {
        Map<String, Held> held = new HashMap<>();
        return (bytes, link) -> {
          boolean whole =
              bytes.length > 1
                  && (bytes[0] & 0xf0) == 0x30
                  && (bytes[0] & 0x06) != 0
                  && bytes[1] == bytes.length - 2;
          Held mine = held.computeIfAbsent(link, _ -> new Held());
          boolean now = whole && (mine.packet != null || world.once(10));
          return now ? mangler.mangle(bytes, mine) : bytes;
        };
      }
    };
  }

  private static byte[] concat(byte[] a, byte[] b) {
    byte[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  /// Forces with each call only what was written before the call before: the log's acknowledgements
  /// go out one force too early.
  private static final class LateDisk extends ForwardingDisk {
    LateDisk(Disk disk) {
      super(disk);
    }

    @Override
    public Disk.File open(String name) throws IOException {
      return new Forwarding(super.open(name)) {
        private int forces;

        @Override
        public void force() throws IOException {
          if (++forces % 2 == 0) {
            super.force();
          }
        }
      };
    }
  }

  /// Loses one of fifty writes without a word.
  private static final class ForgetfulDisk extends ForwardingDisk {
    private final World world;

    ForgetfulDisk(Disk disk, World world) {
      super(disk);
      this.world = world;
    }

    @Override
    public Disk.File open(String name) throws IOException {
      return new Forwarding(super.open(name)) {
        @Override
        public void write(ByteBuffer source, long position) throws IOException {
          if (!world.once(50)) {
            super.write(source, position);
          }
        }
      };
    }
  }

  /// Whether it is the row of a group's queue.
  private static boolean isGroupQueue(byte[] value) {
    return SessionRow.decode(value).members() != null;
  }

  /// Whether a PUBLISH packet of less than 128 bytes is to a topic that only a group has.
  private static boolean isOfGroup(byte[] publish) {
    return publish.length > 8 && publish[4] == '$' && publish[5] == 'g';
  }

  /// The same PUBLISH under another packet identifier, as another member would get it.
  private static byte[] otherId(byte[] publish) {
    byte[] other = publish.clone();
    other[4 + publish[3]] ^= 0x40;
    return other;
  }

  /// Does not write some rows of one family.
  private static final class ForgetfulStore extends ForwardingStore {
    private final int family;
    private final Predicate<byte[]> forgotten;

    ForgetfulStore(SortedStore store, int family) {
      this(store, family, _ -> true);
    }

    ForgetfulStore(SortedStore store, int family, Predicate<byte[]> forgotten) {
      super(store);
      this.family = family;
      this.forgotten = forgotten;
    }

    @Override
    public void write(WriteBatch batch, long position) throws IOException {
      WriteBatch rest = new WriteBatch();
      for (WriteBatch.Change change : batch.changes()) {
        switch (change) {
          case WriteBatch.Change.Put(int f, byte[] key, byte[] value) -> {
            if (f != family || !forgotten.test(value)) {
              rest.put(f, key, value);
            }
          }
          case WriteBatch.Change.Delete(int f, byte[] key) -> rest.delete(f, key);
          case WriteBatch.Change.DeleteRange(int f, byte[] from, byte[] to) ->
              rest.deleteRange(f, from, to);
        }
      }
      super.write(rest, position);
    }
  }
}
