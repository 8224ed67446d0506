package io.dunlin.storage;

import io.dunlin.base.OwnedBy;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A file that holds disk space in reserve: it is filled beforehand, and given up when what must be
/// written finds no other space. Then it is filled again, step by step.
///
/// On a file system that stores zeros without taking space for them it reserves nothing.
@OwnedBy("caller")
public final class Ballast {
  private static final Logger LOG = LoggerFactory.getLogger(Ballast.class);
  private static final String NAME = "ballast";

  private final Disk disk;
  private final long wholeBytes;
  private long heldBytes;

  /// The ballast in a directory, as far as it is there already.
  ///
  /// @param wholeBytes how much it is to hold; 0 for none
  public Ballast(Disk disk, long wholeBytes) throws IOException {
    this.disk = disk;
    this.wholeBytes = wholeBytes;
    if (disk.list().contains(NAME)) {
      try (Disk.File file = disk.open(NAME)) {
        if (file.size() > wholeBytes) {
          file.resize(wholeBytes);
        }
        heldBytes = file.size();
      }
    }
  }

  /// How much it holds now.
  public long heldBytes() {
    return heldBytes;
  }

  /// How much it lacks.
  public long missingBytes() {
    return wholeBytes - heldBytes;
  }

  /// Takes up to `most` bytes more.
  public void fill(long most) throws IOException {
    long wanted = heldBytes + Math.min(most, missingBytes());
    try (Disk.File file = disk.open(NAME)) {
      try {
        file.resize(wanted);
        file.force();
        heldBytes = wanted;
      } catch (IOException e) {
        file.resize(heldBytes);
        throw e;
      }
    }
  }

  /// Gives all of it up.
  public void release() throws IOException {
    if (heldBytes > 0) {
      LOG.warn("disk.ballastReleased bytes={}", heldBytes);
      disk.delete(NAME);
      heldBytes = 0;
    }
  }
}
