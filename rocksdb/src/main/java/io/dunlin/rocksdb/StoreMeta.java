package io.dunlin.rocksdb;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/// A second copy of the few bytes without which a store does not open, beside the store and under
/// checksums of our own: the MANIFEST (which only grows, so mostly its tail is copied), its name,
/// the kept position, and the list of live files, so that what was lost can be named.
///
/// The summary is replaced last and atomically; it says how much of the MANIFEST's copy counts.
@OwnedBy("mover")
final class StoreMeta {
  private static final int MAGIC = 0x444E4C31; // "DNL1"
  private static final String SUMMARY = "summary";
  private static final String SUSPICION = "damage-was-met";
  private static final String SCRUBBED = "scrubbed"; // its time counts
  private static final String MANIFEST_PREFIX = "MANIFEST-";
  private static final int CHUNK_BYTES = 64 << 10;

  private final Path storeDirectory;
  private final Path directory;

  // what is saved
  private String manifest = "";
  private long manifestBytes;
  private CRC32C manifestCrc = new CRC32C();

  /// What was saved.
  ///
  /// @param manifest its file name
  /// @param content the beginning of that file
  /// @param position the position that was kept
  record Saved(String manifest, Slice content, long position, List<LiveFile> files) {}

  StoreMeta(Path storeDirectory) {
    this.storeDirectory = storeDirectory;
    directory = directoryFor(storeDirectory);
  }

  static Path directoryFor(Path storeDirectory) {
    return storeDirectory.resolveSibling(storeDirectory.getFileName() + "-meta");
  }

  /// Saves the state of `database`, which was just flushed up to `position`. Does nothing if it is
  /// saved already.
  void save(Database database, long position) throws IOException {
    RocksDB.LiveFiles live;
    try {
      live = database.db().getLiveFiles(false);
    } catch (RocksDBException e) {
      throw Failures.of("list the live files", e);
    }
    String name = manifestName(live);
    if (name.equals(manifest) && live.manifestFileSize == manifestBytes) {
      return;
    }
    Files.createDirectories(directory);
    boolean done = false;
    try {
      copyManifest(name, live.manifestFileSize);
      writeSummary(position, database.liveFiles());
      deleteOldManifests();
      done = true;
    } finally {
      if (!done) {
        manifest = ""; // copy the whole file next time
      }
    }
  }

  /// Remembers that damage was met, for the next time the store is opened. Thread-safe.
  static void suspectDamage(Path storeDirectory) throws IOException {
    Files.write(directoryFor(storeDirectory).resolve(SUSPICION), new byte[0]);
  }

  /// When all files were read and found intact, epoch milliseconds; 0 for never.
  static long scrubbedAtMillis(Path storeDirectory) throws IOException {
    Path mark = directoryFor(storeDirectory).resolve(SCRUBBED);
    return Files.exists(mark) ? Files.getLastModifiedTime(mark).toMillis() : 0;
  }

  /// All files were read.
  static void scrubbed(Path storeDirectory) throws IOException {
    Files.write(directoryFor(storeDirectory).resolve(SCRUBBED), new byte[0]);
  }

  static boolean suspectsDamage(Path storeDirectory) {
    return Files.exists(directoryFor(storeDirectory).resolve(SUSPICION));
  }

  static void forgetDamage(Path storeDirectory) throws IOException {
    Files.deleteIfExists(directoryFor(storeDirectory).resolve(SUSPICION));
  }

  /// What was saved last, if it is there and intact.
  static Optional<Saved> read(Path storeDirectory) {
    Path directory = directoryFor(storeDirectory);
    try {
      byte[] summary = Files.readAllBytes(directory.resolve(SUMMARY));
      ByteBuffer buffer = ByteBuffer.wrap(summary);
      int bodyBytes = summary.length - Integer.BYTES;
      if (bodyBytes < Integer.BYTES
          || buffer.getInt(bodyBytes) != crc(summary, bodyBytes)
          || buffer.getInt(0) != MAGIC) {
        return Optional.empty();
      }
      return Optional.ofNullable(parse(directory, summary));
    } catch (IOException _) { // not there, or not readable: the same to whoever needs it
      return Optional.empty();
    }
  }

  private static @Nullable Saved parse(Path directory, byte[] summary) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(summary));
    in.readInt(); // magic
    String manifest = in.readUTF();
    int manifestBytes = in.readInt();
    int manifestCrc = in.readInt();
    long position = in.readLong();
    int count = in.readInt();
    List<LiveFile> files = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      files.add(LiveFile.readFrom(in));
    }
    byte[] copy = Files.readAllBytes(directory.resolve(manifest));
    if (copy.length < manifestBytes || crc(copy, manifestBytes) != manifestCrc) {
      return null;
    }
    return new Saved(
        manifest, Slice.wrap(copy).sub(0, manifestBytes), position, List.copyOf(files));
  }

  private static String manifestName(RocksDB.LiveFiles live) throws IOException {
    for (String file : live.files) {
      String name = file.replace("/", "");
      if (name.startsWith(MANIFEST_PREFIX)) {
        return name;
      }
    }
    throw new IOException("no MANIFEST among the live files " + live.files);
  }

  private void copyManifest(String name, long bytes) throws IOException {
    if (!name.equals(manifest) || bytes < manifestBytes) {
      manifest = name;
      manifestBytes = 0;
      manifestCrc = new CRC32C();
    }
    try (FileChannel from = FileChannel.open(storeDirectory.resolve(name), READ);
        FileChannel to = FileChannel.open(directory.resolve(name), WRITE, CREATE)) {
      ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
      while (manifestBytes < bytes) {
        chunk.clear().limit((int) Math.min(CHUNK_BYTES, bytes - manifestBytes));
        if (from.read(chunk, manifestBytes) <= 0) {
          throw new IOException(
              "%s ends at %d, before its length %d".formatted(name, manifestBytes, bytes));
        }
        int read = chunk.position();
        for (chunk.flip(); chunk.hasRemaining(); ) {
          to.write(chunk, manifestBytes + chunk.position());
        }
        manifestCrc.update(chunk.array(), 0, read);
        manifestBytes += read;
      }
      to.force(true);
    }
  }

  private void writeSummary(long position, List<LiveFile> files) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeInt(MAGIC);
    out.writeUTF(manifest);
    out.writeInt(Math.toIntExact(manifestBytes));
    out.writeInt((int) manifestCrc.getValue());
    out.writeLong(position);
    out.writeInt(files.size());
    for (LiveFile file : files) {
      file.writeTo(out);
    }
    out.writeInt(crc(bytes.toByteArray(), bytes.size()));
    Path next = directory.resolve(SUMMARY + ".new");
    try (FileChannel channel = FileChannel.open(next, WRITE, CREATE, TRUNCATE_EXISTING)) {
      ByteBuffer content = ByteBuffer.wrap(bytes.toByteArray());
      while (content.hasRemaining()) {
        channel.write(content);
      }
      channel.force(true);
    }
    Files.move(next, directory.resolve(SUMMARY), StandardCopyOption.ATOMIC_MOVE);
  }

  private void deleteOldManifests() throws IOException {
    try (DirectoryStream<Path> copies =
        Files.newDirectoryStream(directory, MANIFEST_PREFIX + "*")) {
      for (Path copy : copies) {
        if (!copy.endsWith(manifest)) {
          Files.delete(copy);
        }
      }
    }
  }

  private static int crc(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }
}
