package io.dunlin.broker;

import java.io.IOException;

/// A file that the configuration names cannot be used; the message names the key, the file, and
/// what to do.
public final class UnusableFile extends IOException {
  private static final long serialVersionUID = 1;

  UnusableFile(String message, Throwable cause) {
    super(message, cause);
  }
}
