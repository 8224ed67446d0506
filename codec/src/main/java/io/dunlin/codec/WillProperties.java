package io.dunlin.codec;

import io.dunlin.base.Slice;
import io.dunlin.mqtt.TopicName;
import io.dunlin.mqtt.UserProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Encodes what a will passes on, for [io.dunlin.mqtt.Will#properties].
public final class WillProperties {
  private WillProperties() {}

  /// The properties but delay and expiry, which a will has of its own; null for those that are
  /// absent.
  public static Slice encode(
      boolean payloadFormatUtf8,
      @Nullable String contentType,
      @Nullable TopicName responseTopic,
      @Nullable Slice correlationData,
      List<UserProperty> userProperties) {
    return new PacketWriter()
        .flagUnless(false, Property.PAYLOAD_FORMAT, payloadFormatUtf8)
        .textIfAny(Property.CONTENT_TYPE, contentType)
        .binaryIfAny(Property.RESPONSE_TOPIC, responseTopic == null ? null : responseTopic.bytes())
        .binaryIfAny(Property.CORRELATION_DATA, correlationData)
        .userProperties(userProperties)
        .toSlice();
  }
}
