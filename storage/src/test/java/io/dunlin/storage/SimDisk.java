package io.dunlin.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A disk in memory whose power can fail, for tests. Everything that is left to chance comes from
/// the seed.
///
/// At [#crash] each 512-byte sector that was written but not forced is kept or lost by itself, and
/// of the changes of names that were not forced a random number of the last ones is lost. What was
/// forced stays. Thread-safe: one lock.
public final class SimDisk implements Disk {
  private static final int SECTOR_BYTES = 512;

  private final Random random;

  // Guarded by this.
  private TreeMap<String, Contents> names = new TreeMap<>();
  private TreeMap<String, Contents> forcedNames = new TreeMap<>();
  private final List<NameChange> unforcedNames = new ArrayList<>();
  private long capacityBytes = Long.MAX_VALUE;
  private long operationsLeft = Long.MAX_VALUE;
  private boolean forcesFail;
  private int epoch;
  private long operations;
  private long forces;

  /// An empty disk.
  public SimDisk(long seed) {
    this.random = new Random(seed);
  }

  /// The power fails and comes back. Files that were open cannot be used any more; a full disk, a
  /// failing force and [#powerOffAfter] are over.
  public synchronized void crash() {
    epoch++;
    int kept = random.nextInt(unforcedNames.size() + 1);
    unforcedNames.subList(0, kept).forEach(change -> change.apply(forcedNames));
    unforcedNames.clear();
    names = new TreeMap<>(forcedNames);
    names.values().forEach(contents -> contents.crash(random));
    operationsLeft = Long.MAX_VALUE;
    forcesFail = false;
  }

  /// The process dies, but the power stays on: nothing is lost. Files that were open cannot be used
  /// any more.
  public synchronized void kill() {
    epoch++;
    operationsLeft = Long.MAX_VALUE;
    forcesFail = false;
  }

  /// After so many more writes, forces and changes of names all of them fail, until [#crash].
  public synchronized void powerOffAfter(long operations) {
    operationsLeft = operations;
  }

  /// Whether [#powerOffAfter] has come true.
  public synchronized boolean powerIsOff() {
    return operationsLeft < 0;
  }

  /// Every force fails from now on.
  public synchronized void failForces() {
    forcesFail = true;
  }

  /// All files together may have so many bytes.
  public synchronized void capacity(long bytes) {
    capacityBytes = bytes;
  }

  /// Inverts one bit, forced or not.
  public synchronized void flipBit(String name, long offset, int bit) {
    Contents contents = existing(name);
    contents.current[(int) offset] ^= (byte) (1 << bit);
    if (offset < contents.forced.length) {
      contents.forced[(int) offset] ^= (byte) (1 << bit);
    }
  }

  /// A copy of what a file holds now.
  public synchronized byte[] bytes(String name) {
    return existing(name).current.clone();
  }

  /// How many writes, forces and changes of names there were.
  public synchronized long operations() {
    return operations;
  }

  /// How many forces of files there were.
  public synchronized long forces() {
    return forces;
  }

  private Contents existing(String name) {
    Contents contents = names.get(name);
    if (contents == null) {
      throw new IllegalArgumentException("no file " + name);
    }
    return contents;
  }

  private void operation() throws IOException {
    operations++;
    if (--operationsLeft < 0) {
      operationsLeft = -1;
      throw new IOException("the power is off");
    }
  }

  @Override
  public synchronized List<String> list() {
    return List.copyOf(names.keySet());
  }

  @Override
  public synchronized File open(String name) throws IOException {
    Contents contents = names.get(name);
    if (contents == null) {
      operation();
      contents = new Contents();
      change(new NameChange(name, contents));
    }
    return new SimFile(contents);
  }

  @Override
  public synchronized void rename(String from, String to) throws IOException {
    operation();
    Contents contents = names.get(from);
    if (contents == null) {
      throw new IOException("no file " + from);
    }
    change(new NameChange(from, to, contents));
  }

  @Override
  public synchronized void delete(String name) throws IOException {
    operation();
    if (names.containsKey(name)) {
      change(new NameChange(name, null));
    }
  }

  private void change(NameChange change) {
    change.apply(names);
    unforcedNames.add(change);
  }

  @Override
  public synchronized void forceNames() throws IOException {
    operation();
    unforcedNames.clear();
    forcedNames = new TreeMap<>(names);
  }

  @Override
  public synchronized long usableBytes() {
    return capacityBytes - usedBytes();
  }

  private long usedBytes() {
    return names.values().stream().mapToLong(contents -> contents.current.length).sum();
  }

  /// Removes `from`, if any, and gives or takes the name `name`.
  private record NameChange(@Nullable String from, String name, @Nullable Contents contents) {
    NameChange(String name, @Nullable Contents contents) {
      this(null, name, contents);
    }

    void apply(Map<String, Contents> target) {
      if (from != null) {
        target.remove(from);
      }
      if (contents == null) {
        target.remove(name);
      } else {
        target.put(name, contents);
      }
    }
  }

  private static final class Contents {
    private byte[] current = new byte[0];
    private byte[] forced = new byte[0];
    private final BitSet dirtySectors = new BitSet();

    void write(ByteBuffer source, int position) {
      int end = position + source.remaining();
      if (end > current.length) {
        current = Arrays.copyOf(current, end);
      }
      dirtySectors.set(position / SECTOR_BYTES, (end + SECTOR_BYTES - 1) / SECTOR_BYTES);
      source.get(current, position, end - position);
    }

    void resize(int bytes) {
      dirtySectors.set(
          Math.min(bytes, current.length) / SECTOR_BYTES,
          (Math.max(bytes, current.length) + SECTOR_BYTES - 1) / SECTOR_BYTES);
      current = Arrays.copyOf(current, bytes);
    }

    void force() {
      if (forced.length != current.length) {
        forced = Arrays.copyOf(forced, current.length);
      }
      dirtySectors.stream().forEach(sector -> copySector(sector, current, forced));
      dirtySectors.clear();
    }

    void crash(Random random) {
      if (forced.length != current.length && random.nextBoolean()) {
        forced = Arrays.copyOf(forced, current.length);
      }
      dirtySectors.stream()
          .filter(_ -> random.nextBoolean())
          .forEach(sector -> copySector(sector, current, forced));
      dirtySectors.clear();
      current = forced.clone();
    }

    private static void copySector(int sector, byte[] source, byte[] target) {
      int from = sector * SECTOR_BYTES;
      int to = Math.min(from + SECTOR_BYTES, Math.min(source.length, target.length));
      if (from < to) {
        System.arraycopy(source, from, target, from, to - from);
      }
    }
  }

  private final class SimFile implements File {
    private final Contents contents;
    private final int openedIn = epoch;
    private boolean closed;

    SimFile(Contents contents) {
      this.contents = contents;
    }

    private void checkOpen() throws IOException {
      if (closed || openedIn != epoch) {
        throw new IOException("the file is closed");
      }
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      synchronized (SimDisk.this) {
        checkOpen();
        if (operationsLeft == 0) {
          writePart(source, position);
        }
        operation();
        long growth = position + source.remaining() - contents.current.length;
        if (growth > 0 && usableBytes() < growth) {
          throw new IOException("no space left on the disk");
        }
        contents.write(source, (int) position);
      }
    }

    /// The power goes off in the middle of a write.
    private void writePart(ByteBuffer source, long position) {
      int part = random.nextInt(source.remaining() + 1);
      if (position + part <= contents.current.length) {
        contents.write(source.slice(source.position(), part), (int) position);
      }
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      synchronized (SimDisk.this) {
        checkOpen();
        long available = Math.max(0, contents.current.length - position);
        int bytes = (int) Math.min(target.remaining(), available);
        target.put(contents.current, (int) Math.min(position, contents.current.length), bytes);
        return bytes;
      }
    }

    @Override
    public void force() throws IOException {
      synchronized (SimDisk.this) {
        checkOpen();
        operation();
        forces++;
        if (forcesFail) {
          throw new IOException("the force failed");
        }
        contents.force();
      }
    }

    @Override
    public long size() throws IOException {
      synchronized (SimDisk.this) {
        checkOpen();
        return contents.current.length;
      }
    }

    @Override
    public void resize(long bytes) throws IOException {
      synchronized (SimDisk.this) {
        checkOpen();
        operation();
        if (usableBytes() < bytes - contents.current.length) {
          throw new IOException("no space left on the disk");
        }
        contents.resize((int) bytes);
      }
    }

    @Override
    public void close() {
      synchronized (SimDisk.this) {
        closed = true;
      }
    }
  }
}
