package io.dunlin.broker.auth;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
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
/// one, also after a crash. A new file is its owner's only; an existing one keeps its owner and
/// group. Immutable.
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
      likeBefore(target, fresh);
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

  private void likeBefore(Path old, Path fresh) throws IOException {
    if (!hasPermissions() || !Files.exists(old)) {
      return;
    }
    PosixFileAttributes before = Files.readAttributes(old, PosixFileAttributes.class);
    PosixFileAttributes now = Files.readAttributes(fresh, PosixFileAttributes.class);
    if (!now.owner().equals(before.owner())) {
      Files.setAttribute(fresh, "posix:owner", before.owner());
    }
    if (!now.group().equals(before.group())) {
      Files.setAttribute(fresh, "posix:group", before.group());
    }
    Set<PosixFilePermission> permissions =
        EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
    if (!secret) {
      permissions.addAll(before.permissions());
    } else if (before.permissions().contains(PosixFilePermission.GROUP_READ)) {
      permissions.add(PosixFilePermission.GROUP_READ);
    }
    Files.setPosixFilePermissions(fresh, permissions);
  }
}
