package io.dunlin.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A directory of the machine's file system. Only its owner may enter it (0700) and read its files
/// (0600), where the file system knows such rights. Thread-safe.
public final class FileDisk implements Disk {
  /// What files are filled with, by all threads: one for each growth would stay until a collection.
  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(1 << 18).asReadOnlyBuffer();

  private final Path directory;
  private final boolean posix;

  /// Creates `directory` and its parents if they are not there.
  public FileDisk(Path directory) throws IOException {
    this.directory = directory;
    this.posix = directory.getFileSystem().supportedFileAttributeViews().contains("posix");
    Path parent = directory.toAbsolutePath().getParent();
    if (!Files.isDirectory(directory) && parent != null) {
      Files.createDirectories(directory, rights("rwx------"));
      forceNames(parent);
    }
    if (posix) {
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    }
  }

  private FileAttribute<?>[] rights(String permissions) {
    return posix
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }

  @Override
  public List<String> list() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> file.getFileName().toString())
          .sorted()
          .toList();
    }
  }

  @Override
  public File open(String name) throws IOException {
    Path path = directory.resolve(name);
    FileChannel channel =
        FileChannel.open(
            path,
            Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE),
            rights("rw-------"));
    return new ChannelFile(path, channel);
  }

  @Override
  public void rename(String from, String to) throws IOException {
    Files.move(
        directory.resolve(from),
        directory.resolve(to),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void delete(String name) throws IOException {
    Files.deleteIfExists(directory.resolve(name));
  }

  @Override
  public void forceNames() throws IOException {
    forceNames(directory);
  }

  private void forceNames(Path directory) throws IOException {
    if (!posix) {
      return; // Windows keeps names in its own journal and opens no directory as a file.
    }
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public long usableBytes() throws IOException {
    FileStore store = Files.getFileStore(directory);
    return store.getUsableSpace();
  }

  /// A file and two channels: an interrupt closes the channel that its thread was using, and a
  /// reader's interrupt must not take the log's writer with it.
  private static final class ChannelFile implements File {
    private final Path path;
    private final FileChannel writer;
    // Guarded by this: readers are rare and open it once.
    private @Nullable FileChannel reader;
    private boolean closed;

    ChannelFile(Path path, FileChannel writer) {
      this.path = path;
      this.writer = writer;
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      long at = position;
      while (source.hasRemaining()) {
        at += writer.write(source, at);
      }
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      FileChannel channel = reader();
      int start = target.position();
      try {
        while (target.hasRemaining()) {
          if (channel.read(target, position + target.position() - start) < 0) {
            break;
          }
        }
      } catch (ClosedByInterruptException e) {
        forgetReader();
        throw e;
      }
      return target.position() - start;
    }

    /// The reading channel, opened at the first read and after an interrupt. By name: who renames a
    /// file opens it again.
    private synchronized FileChannel reader() throws IOException {
      if (closed) {
        throw new IOException(path.getFileName() + " is closed");
      }
      FileChannel channel = reader;
      if (channel == null || !channel.isOpen()) {
        channel = FileChannel.open(path, StandardOpenOption.READ);
        reader = channel;
      }
      return channel;
    }

    private synchronized void forgetReader() {
      reader = null;
    }

    @Override
    public void force() throws IOException {
      writer.force(false);
    }

    @Override
    public long size() throws IOException {
      return writer.size();
    }

    @Override
    public void resize(long bytes) throws IOException {
      long size = writer.size();
      if (bytes < size) {
        writer.truncate(bytes);
        return;
      }
      ByteBuffer zeros = ZEROS.duplicate();
      while (size < bytes) {
        zeros.clear().limit((int) Math.min(zeros.capacity(), bytes - size));
        size += writer.write(zeros, size);
      }
    }

    @Override
    public synchronized void close() throws IOException {
      closed = true;
      try (FileChannel _ = writer;
          FileChannel _ = reader) {
        reader = null;
      }
    }
  }
}
