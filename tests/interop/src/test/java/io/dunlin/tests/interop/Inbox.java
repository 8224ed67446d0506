package io.dunlin.tests.interop;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// What has come to a subscriber and was not yet looked at. For any thread.
final class Inbox {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final BlockingQueue<String> payloads = new LinkedBlockingQueue<>();

  void add(byte[] payload) {
    payloads.add(new String(payload, StandardCharsets.UTF_8));
  }

  void add(String payload) {
    payloads.add(payload);
  }

  /// Waits for the next payload.
  String next() throws InterruptedException {
    String payload = payloads.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    if (payload == null) {
      throw new AssertionError("no message within " + PATIENCE);
    }
    return payload;
  }
}
