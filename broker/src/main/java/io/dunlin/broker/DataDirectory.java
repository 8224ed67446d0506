package io.dunlin.broker;

import io.dunlin.base.OwnedBy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The directory of all state, held by one process at a time.
///
/// The file `lock` in it is locked while the directory is open and contains the holder's pid. The
/// lock is the operating system's: it dies with the process, so a crash leaves nothing to clean up,
/// and the file itself is never deleted, because two processes could then hold two files of one
/// name.
@OwnedBy("caller")
public final class DataDirectory implements AutoCloseable {
  private static final Set<PosixFilePermission> OWNER_DIRECTORY =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> OWNER_FILE =
      PosixFilePermissions.fromString("rw-------");

  /// The directories that this process holds. Static because the locks are the process's: on POSIX
  /// systems closing any other channel on the lock file gives up the lock, so a second one must not
  /// even be opened.
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path root;
  private final FileChannel lockChannel;

  private DataDirectory(Path root, FileChannel lockChannel) {
    this.root = root;
    this.lockChannel = lockChannel;
  }

  /// Opens and locks the directory; creates it (0700) and what lies in it if it is not there.
  ///
  /// @throws InUse if another process, or this one, holds it
  /// @throws Unusable if it cannot be created or written; [InUse] is one of these
  public static DataDirectory open(Path directory) throws IOException {
    Path absolute = directory.toAbsolutePath().normalize();
    try {
      createDirectories(absolute);
      Path root = absolute.toRealPath();
      if (!HELD.add(root)) {
        throw new InUse(root, ProcessHandle.current().pid());
      }
      try {
        return new DataDirectory(root, hold(root));
      } catch (IOException | RuntimeException e) {
        HELD.remove(root);
        throw e;
      }
    } catch (AccessDeniedException e) {
      throw new Unusable(absolute, "there is no permission for " + e.getFile(), e);
    } catch (FileAlreadyExistsException e) {
      throw new Unusable(absolute, e.getFile() + " is no directory", e);
    } catch (FileSystemException e) {
      throw new Unusable(absolute, e.toString(), e);
    }
  }

  /// The directory itself.
  public Path root() {
    return root;
  }

  /// The log's files.
  public Path log() {
    return root.resolve("log");
  }

  /// The sorted store's files.
  public Path store() {
    return root.resolve("store");
  }

  /// Lets another process have it.
  @Override
  public void close() throws IOException {
    if (lockChannel.isOpen()) {
      lockChannel.close();
      HELD.remove(root);
    }
  }

  private static FileChannel hold(Path root) throws IOException {
    FileChannel channel = openLockFile(root.resolve("lock"));
    try {
      if (channel.tryLock() == null) {
        throw new InUse(root, readPid(channel));
      }
      channel.truncate(0);
      String pid = ProcessHandle.current().pid() + "\n";
      channel.write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII)), 0);
      createDirectories(root.resolve("log"));
      createDirectories(root.resolve("store"));
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /// The holder's pid, or null if it has not written it yet.
  private static @Nullable Long readPid(FileChannel channel) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(32);
    channel.read(buffer, 0);
    String text = new String(buffer.array(), 0, buffer.position(), StandardCharsets.US_ASCII);
    return text.matches("\\d{1,18}\\n") ? Long.valueOf(text.strip()) : null;
  }

  private static void createDirectories(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    Path parent = directory.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    try {
      Files.createDirectory(directory, owned(directory, OWNER_DIRECTORY));
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(directory)) { // else another process was faster
        throw e;
      }
    }
  }

  private static FileChannel openLockFile(Path file) throws IOException {
    return FileChannel.open(
        file,
        Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
        owned(file, OWNER_FILE));
  }

  private static FileAttribute<?>[] owned(Path path, Set<PosixFilePermission> permissions) {
    boolean posix = path.getFileSystem().supportedFileAttributeViews().contains("posix");
    return posix
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
        : new FileAttribute<?>[0];
  }

  /// The directory cannot be had. The message names it, the reason, and what to do.
  public static sealed class Unusable extends IOException {
    private static final long serialVersionUID = 1L;

    Unusable(Path root, String reason, IOException cause) {
      super("data directory " + root + ": " + reason + "; choose another with --data", cause);
    }

    private Unusable(String message) {
      super(message);
    }
  }

  /// Another process holds the directory. The message names both.
  public static final class InUse extends Unusable {
    private static final long serialVersionUID = 1L;

    InUse(Path root, @Nullable Long pid) {
      super(
          "data directory "
              + root
              + " is in use by "
              + (pid == null ? "another process" : "process " + pid)
              + "; stop that broker first, or give this one another directory (--data)");
    }
  }
}
