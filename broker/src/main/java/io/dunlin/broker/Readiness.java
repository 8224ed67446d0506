package io.dunlin.broker;

import io.dunlin.base.OwnedBy;
import java.util.ArrayList;
import java.util.List;

/// Whether a broker should be sent clients. Thread-safe: flags, each written by one thread.
@OwnedBy("broker")
public final class Readiness {
  private volatile boolean listening;
  private volatile boolean closing;
  private volatile boolean failed;
  private volatile boolean lowOnSpace;

  Readiness() {}

  void listening() {
    listening = true;
  }

  void closing() {
    closing = true;
  }

  void failed() {
    failed = true;
  }

  void lowOnSpace(boolean low) {
    lowOnSpace = low;
  }

  /// Whether the process does its work: false only when the log or the store has failed.
  public boolean healthy() {
    return !failed;
  }

  /// Why no clients should come now, in words; empty when they should.
  public List<String> objections() {
    List<String> found = new ArrayList<>();
    if (failed) {
      found.add("the log or the store has failed");
    }
    if (closing) {
      found.add("the broker is stopping");
    } else if (!listening) {
      found.add("the broker is starting");
    }
    if (lowOnSpace) {
      found.add("the disk is nearly full: publishes that must be kept are refused");
    }
    return found;
  }
}
