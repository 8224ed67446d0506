package io.dunlin.admin;

import java.nio.file.Path;

/// What both ends of the control socket agree on.
///
/// A request is one line of JSON: `{"v":1,"do":"client","id":"pump-7"}`. The answer is one line,
/// `{"ok":…}` or `{"error":"…","code":"…"}`; that of `trace` is a line `{"event":…}` or
/// `{"dropped":…}` for each event until the client closes the connection. A password stands in its
/// request as base64 of its bytes.
public final class Control {
  /// The version of the protocol. An end that is asked for another says so.
  public static final int VERSION = 1;

  /// The most bytes of a line.
  public static final int MAX_REQUEST_BYTES = 256 * 1024;

  private Control() {}

  /// Where the socket of a broker with this data directory is.
  public static Path socket(Path dataDirectory) {
    return dataDirectory.resolve("ctl.sock");
  }
}
