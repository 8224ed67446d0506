package io.dunlin.rocksdb;

import io.dunlin.base.OwnedBy;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes files that RocksDB has created readable by their owner only (0600); it has no setting for
/// that. The directories around them are 0700 from the beginning.
@OwnedBy("mover")
final class PrivateFiles {
  private static final Logger log = LoggerFactory.getLogger(PrivateFiles.class);
  private static final Set<PosixFilePermission> OWNER =
      PosixFilePermissions.fromString("rw-------");

  private final List<Path> directories;
  private Set<Path> done = new HashSet<>(); // table files: they are never replaced

  PrivateFiles(List<Path> directories) {
    this.directories = List.copyOf(directories);
  }

  /// Looks at what is new.
  void sweep() {
    Set<Path> seen = new HashSet<>();
    for (Path directory : directories) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
        for (Path file : files) {
          if (file.toString().endsWith(".sst")) {
            seen.add(file);
          }
          if (!done.contains(file) && Files.isRegularFile(file)) {
            makePrivate(file);
          }
        }
      } catch (IOException e) { // the directory itself is closed to others
        log.warn("store.permissions directory={} error={}", directory, e.toString());
      }
    }
    done = seen;
  }

  private static void makePrivate(Path file) throws IOException {
    @Nullable PosixFileAttributeView view =
        Files.getFileAttributeView(file, PosixFileAttributeView.class);
    if (view != null) {
      try {
        view.setPermissions(OWNER);
      } catch (NoSuchFileException _) {
        // A compaction has removed it meanwhile.
      }
    }
  }
}
