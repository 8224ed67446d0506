package io.dunlin.crashtest;

import java.io.IOException;

/// A broker ended instead of starting, or did not answer; the message has its last words.
public final class BrokerDoesNotStart extends IOException {
  private static final long serialVersionUID = 1;

  BrokerDoesNotStart(String message) {
    super(message);
  }
}
