package io.dunlin.client;

import io.dunlin.mqtt.UserProperty;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Refuses strings that MQTT cannot carry.
final class Text {
  private static final int MAX_BYTES = 65_535;

  private Text() {}

  /// Refuses unpaired surrogates [MQTT-1.5.4-1], U+0000 [MQTT-1.5.4-2], and what is too long.
  static void check(String what, @Nullable String value) {
    if (value == null) {
      return;
    }
    try {
      int bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(value)).remaining();
      if (bytes > MAX_BYTES) {
        throw new IllegalArgumentException(what + " has " + bytes + " bytes, more than 65535");
      }
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(what + " has an unpaired surrogate", e);
    }
    if (value.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(what + " has the character U+0000");
    }
  }

  /// Refuses pairs with such strings [MQTT-1.5.7-1].
  static void check(List<UserProperty> properties) {
    for (UserProperty each : properties) {
      check("the name of a user property", each.name());
      check("the value of a user property", each.value());
    }
  }
}
