package io.dunlin.tests.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.storage.Disk;
import io.dunlin.storage.SortedStore;
import io.dunlin.storage.WriteBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The simulation finds bugs: with each of these around the broker, one of few histories fails.
class PlantedBugTest {
  private static final int SEEDS = 60;

  private static String find(PlantedBug bug) {
    for (long seed = 0; seed < SEEDS; seed++) {
      try {
        Simulation.run(seed, bug);
      } catch (SimulationFailure e) {
        return String.valueOf(e.getMessage());
      }
    }
    return "found nothing in " + SEEDS + " histories";
  }

  @Test
  void acknowledgingBeforeTheForceIsFound() {
    assertThat(
            find(
                new PlantedBug() {
                  @Override
                  public Disk disk(Disk disk, World world) {
                    return new LateDisk(disk);
                  }
                }))
        .startsWith("seed ");
  }

  @Test
  void aLostWriteIsFound() {
    assertThat(
            find(
                new PlantedBug() {
                  @Override
                  public Disk disk(Disk disk, World world) {
                    return new ForgetfulDisk(disk, world);
                  }
                }))
        .startsWith("seed ");
  }

  @Test
  void aStoreWithoutTheQueuesIsFound() {
    assertThat(
            find(
                new PlantedBug() {
                  @Override
                  public SortedStore store(SortedStore store) {
                    return new ForgetfulStore(store, 1);
                  }
                }))
        .startsWith("seed ");
  }

  @Test
  void aStoreWithoutTheRetainedMessagesIsFound() {
    assertThat(
            find(
                new PlantedBug() {
                  @Override
                  public SortedStore store(SortedStore store) {
                    return new ForgetfulStore(store, 4);
                  }
                }))
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

  // -- the bugs -------------------------------------------------------------------------------

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
  private record LateDisk(Disk disk) implements Disk {
    @Override
    public java.util.List<String> list() throws IOException {
      return disk.list();
    }

    @Override
    public File open(String name) throws IOException {
      return new FileAround(disk.open(name)) {
        private int forces;

        @Override
        public void force() throws IOException {
          if (++forces % 2 == 0) {
            super.force();
          }
        }
      };
    }

    @Override
    public void rename(String from, String to) throws IOException {
      disk.rename(from, to);
    }

    @Override
    public void delete(String name) throws IOException {
      disk.delete(name);
    }

    @Override
    public void forceNames() throws IOException {
      disk.forceNames();
    }

    @Override
    public long usableBytes() throws IOException {
      return disk.usableBytes();
    }
  }

  /// Loses one of fifty writes without a word.
  private record ForgetfulDisk(Disk disk, World world) implements Disk {
    @Override
    public java.util.List<String> list() throws IOException {
      return disk.list();
    }

    @Override
    public File open(String name) throws IOException {
      return new FileAround(disk.open(name)) {
        @Override
        public void write(ByteBuffer source, long position) throws IOException {
          if (!world.once(50)) {
            super.write(source, position);
          }
        }
      };
    }

    @Override
    public void rename(String from, String to) throws IOException {
      disk.rename(from, to);
    }

    @Override
    public void delete(String name) throws IOException {
      disk.delete(name);
    }

    @Override
    public void forceNames() throws IOException {
      disk.forceNames();
    }

    @Override
    public long usableBytes() throws IOException {
      return disk.usableBytes();
    }
  }

  private static class FileAround implements Disk.File {
    private final Disk.File file;

    FileAround(Disk.File file) {
      this.file = file;
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      file.write(source, position);
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      return file.read(target, position);
    }

    @Override
    public void force() throws IOException {
      file.force();
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public void resize(long bytes) throws IOException {
      file.resize(bytes);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }

  /// Does not write one family.
  private record ForgetfulStore(SortedStore store, int family) implements SortedStore {
    @Override
    public void write(WriteBatch batch, long position) throws IOException {
      WriteBatch rest = new WriteBatch();
      for (WriteBatch.Change change : batch.changes()) {
        switch (change) {
          case WriteBatch.Change.Put(int f, byte[] key, byte[] value) -> {
            if (f != family) {
              rest.put(f, key, value);
            }
          }
          case WriteBatch.Change.Delete(int f, byte[] key) -> rest.delete(f, key);
          case WriteBatch.Change.DeleteRange(int f, byte[] from, byte[] to) ->
              rest.deleteRange(f, from, to);
        }
      }
      store.write(rest, position);
    }

    @Override
    public long flush() throws IOException {
      return store.flush();
    }

    @Override
    public java.util.List<String> reopen() throws IOException {
      return store.reopen();
    }

    @Override
    public long position() throws IOException {
      return store.position();
    }

    @Override
    public byte @Nullable [] get(int family, byte[] key) throws IOException {
      return store.get(family, key);
    }

    @Override
    public void scan(int family, byte[] from, byte @Nullable [] to, EntryVisitor visitor)
        throws IOException {
      store.scan(family, from, to, visitor);
    }

    @Override
    public void releaseRange(int family, byte[] from, byte[] to) throws IOException {
      store.releaseRange(family, from, to);
    }

    @Override
    public long diskBytes() {
      return store.diskBytes();
    }

    @Override
    public void close() throws IOException {
      store.close();
    }
  }
}
