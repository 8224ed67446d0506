package io.dunlin.broker.auth;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/// A text file that is only ever replaced as a whole: whoever reads it sees the old text or the new
/// one, also after a crash. An existing file keeps its owner and group. A new one is its owner's
/// only; one that root makes is for those whom its directory is for. Immutable.
///
/// @param secret whether an existing file loses the rights that others have
record WholeFile(Path file, boolean secret) {
  static WholeFile secret(Path file) {
    return new WholeFile(file, true);
  }

  static WholeFile open(Path file) {
    return new WholeFile(file, false);
  }

  void write(String text) throws IOException {
    Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
    Path directory = target.getParent();
    Path name = target.getFileName();
    if (directory == null || name == null) {
      throw new IOException(file + " is no file");
    }
    Path fresh = Files.createTempFile(directory, "." + name, ".new", ownersOnly());
    try {
      try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
      likeBefore(target, directory, fresh);
      Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  static boolean hasPermissions() {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
  }

  private static FileAttribute<?>[] ownersOnly() {
    return hasPermissions()
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }

  private void likeBefore(Path old, Path directory, Path fresh) throws IOException {
    if (!hasPermissions()) {
      return;
    }
    if (!Files.exists(old)) {
      likeItsDirectory(directory, fresh);
      return;
    }
    PosixFileAttributes before = Files.readAttributes(old, PosixFileAttributes.class);
    giveTo(before, fresh);
    Set<PosixFilePermission> permissions =
        EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
    if (!secret) {
      permissions.addAll(before.permissions());
    } else if (before.permissions().contains(PosixFilePermission.GROUP_READ)) {
      permissions.add(PosixFilePermission.GROUP_READ);
    }
    Files.setPosixFilePermissions(fresh, permissions);
  }

  /// What root makes, the service is to read: in another user's directory it becomes that user's;
  /// in root's own, the group that reads the directory reads it, where others do not and nobody
  /// else writes.
  private static void likeItsDirectory(Path directory, Path fresh) throws IOException {
    if (!Files.getOwner(fresh).getName().equals("root")) {
      return;
    }
    PosixFileAttributes around = Files.readAttributes(directory, PosixFileAttributes.class);
    giveTo(around, fresh);
    Set<PosixFilePermission> permissions = EnumSet.copyOf(around.permissions());
    permissions.removeAll(PosixFilePermissions.fromString("rwx--x---"));
    if (around.owner().getName().equals("root")
        && permissions.equals(EnumSet.of(PosixFilePermission.GROUP_READ))) {
      Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-r-----"));
    }
  }

  private static void giveTo(PosixFileAttributes example, Path fresh) throws IOException {
    PosixFileAttributes now = Files.readAttributes(fresh, PosixFileAttributes.class);
    if (!now.owner().equals(example.owner())) {
      Files.setAttribute(fresh, "posix:owner", example.owner(), LinkOption.NOFOLLOW_LINKS);
    }
    if (!now.group().equals(example.group())) {
      Files.setAttribute(fresh, "posix:group", example.group(), LinkOption.NOFOLLOW_LINKS);
    }
  }
}
