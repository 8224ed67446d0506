package io.dunlin.storage;

import java.io.IOException;
import java.io.Serial;

/// Something on disk is not what was written: the text names the file and, for a block, where in
/// it. Trying again gives the same; what lies elsewhere can still be read.
public final class StoreDamaged extends IOException {
  @Serial private static final long serialVersionUID = 1;

  /// A failure that tells what was being done.
  public StoreDamaged(String message, Throwable cause) {
    super(message, cause);
  }
}
