package io.dunlin.tests.crash;

import io.dunlin.base.Slice;
import io.dunlin.mqtt.Publish;

/// What a payload says about itself: the topic of one publisher, and the place in its order.
/// Immutable.
///
/// @param sequence counts the messages of one topic, from 1
record Message(String topic, int sequence) {
  static Message of(Publish publish) {
    if (publish.topic() == null) {
      throw new AssertionError("a topic alias that nobody allowed: " + publish);
    }
    return new Message(publish.topic().toString(), Integer.parseInt(publish.payload().utf8()));
  }

  Slice payload() {
    return Slice.utf8(Integer.toString(sequence));
  }
}
