package io.dunlin.crashtest;

import io.dunlin.base.Slice;
import io.dunlin.mqtt.Publish;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/// What a payload says about itself: the topic of one publisher, the place in its order, and a
/// checksum over both. Immutable.
///
/// @param sequence counts the messages of one topic, from 1
public record Message(String topic, int sequence) {
  private static final Pattern PAYLOAD = Pattern.compile("(\\d{1,9}) ([0-9a-f]{1,8})");

  /// What a PUBLISH carries.
  ///
  /// @throws BrokerFault if these are not the bytes that were sent under this topic
  public static Message of(Publish publish) {
    String topic =
        Objects.requireNonNull(publish.topic(), "a topic alias nobody allowed").toString();
    String text = new String(publish.payload().toArray(), StandardCharsets.ISO_8859_1);
    Matcher parts = PAYLOAD.matcher(text);
    if (parts.matches()) {
      Message message = new Message(topic, Integer.parseInt(parts.group(1)));
      if (message.checksum().equals(parts.group(2))) {
        return message;
      }
    }
    throw new BrokerFault("nobody sent this to " + topic + ": " + text);
  }

  public Slice payload() {
    return Slice.utf8(sequence + " " + checksum());
  }

  private String checksum() {
    CRC32 crc = new CRC32();
    crc.update((topic + " " + sequence).getBytes(StandardCharsets.UTF_8));
    return Long.toHexString(crc.getValue());
  }
}
