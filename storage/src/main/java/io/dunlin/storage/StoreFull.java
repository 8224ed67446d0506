package io.dunlin.storage;

import java.io.IOException;
import java.io.Serial;

/// The disk is full, or the store has reached its limit. Nothing that was flushed is lost, reads go
/// on, and the same call works again a few seconds after space was freed.
public final class StoreFull extends IOException {
  @Serial private static final long serialVersionUID = 1;

  /// A failure that tells what was being done.
  public StoreFull(String message, Throwable cause) {
    super(message, cause);
  }
}
