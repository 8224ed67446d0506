package io.dunlin.examples;

import io.dunlin.client.Message;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A thing that publishes. Used by one thread.
interface Device {
  /// Its Client Identifier.
  String clientId();

  /// What it says once, when it comes: retained descriptions and states.
  List<Message> announcements();

  /// What the broker is to say when the device is gone without a word; null for nothing.
  @Nullable Message will();

  /// What it measures now.
  ///
  /// @param number counts the calls from 1; it travels in the payload, so that a receiver can tell
  ///   what is missing
  Message measure(long number);
}
