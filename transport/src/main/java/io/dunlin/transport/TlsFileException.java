package io.dunlin.transport;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A file of a listener's TLS cannot be used.
public final class TlsFileException extends IOException {
  private static final long serialVersionUID = 1;

  private final Part part;
  private final String remedy;

  /// Which of the files.
  public enum Part {
    CERTIFICATE,
    KEY,
    CA,
    CRL
  }

  TlsFileException(
      Part part, Path file, String complaint, String remedy, @Nullable Throwable cause) {
    super(file + " " + complaint, cause);
    this.part = part;
    this.remedy = remedy;
  }

  /// Which of the files.
  public Part part() {
    return part;
  }

  /// What to do about it.
  public String remedy() {
    return remedy;
  }
}
