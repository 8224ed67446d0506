package io.dunlin.client;

import io.dunlin.base.Slice;
import io.dunlin.codec.WillProperties;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.TopicName;
import io.dunlin.mqtt.UserProperty;
import io.dunlin.mqtt.Will;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An Application Message (MQTT 5.0 §3.3). Immutable. What follows `retain` does not travel with
/// MQTT 3.1 and 3.1.1.
///
/// @param payloadFormatUtf8 whether the payload says that it is UTF-8
/// @param expirySeconds how long the server keeps it for who is away, 0..4294967295; -1 for ever
/// @param contentType null when absent
/// @param responseTopic where to answer; null when absent
/// @param correlationData tells the answer from others; null when absent
public record Message(
    TopicName topic,
    Slice payload,
    Qos qos,
    boolean retain,
    boolean payloadFormatUtf8,
    long expirySeconds,
    @Nullable String contentType,
    @Nullable TopicName responseTopic,
    @Nullable Slice correlationData,
    List<UserProperty> userProperties) {
  public Message {
    userProperties = List.copyOf(userProperties);
    Text.check("the content type", contentType);
    Text.check(userProperties);
    if (expirySeconds < -1 || expirySeconds > 0xFFFF_FFFFL) {
      throw new IllegalArgumentException(
          "message expiry of " + expirySeconds + " s is not in 0..4294967295");
    }
  }

  /// The will that publishes this message, `delaySeconds` after the client is gone.
  public Will asWill(long delaySeconds) {
    return new Will(
        topic,
        payload,
        qos,
        retain,
        delaySeconds,
        expirySeconds,
        WillProperties.encode(
            payloadFormatUtf8, contentType, responseTopic, correlationData, userProperties));
  }

  /// One without properties.
  ///
  /// @throws IllegalArgumentException if `topic` is no topic name
  public static Message of(String topic, Slice payload, Qos qos) {
    return builder(topic).payload(payload).qos(qos).build();
  }

  /// Begins one: QoS 0, empty, nothing optional.
  ///
  /// @throws IllegalArgumentException if `topic` is no topic name
  public static Builder builder(String topic) {
    return new Builder(TopicName.of(topic));
  }

  /// Gathers the parts of a [Message].
  public static final class Builder {
    private final TopicName topic;
    private Slice payload = Slice.EMPTY;
    private Qos qos = Qos.AT_MOST_ONCE;
    private boolean retain;
    private boolean payloadFormatUtf8;
    private long expirySeconds = -1;
    private @Nullable String contentType;
    private @Nullable TopicName responseTopic;
    private @Nullable Slice correlationData;
    private List<UserProperty> userProperties = List.of();

    private Builder(TopicName topic) {
      this.topic = topic;
    }

    /// Sets the payload.
    public Builder payload(Slice value) {
      payload = value;
      return this;
    }

    /// Sets the payload to the UTF-8 bytes of `value`.
    public Builder payload(String value) {
      return payload(Slice.utf8(value));
    }

    /// Sets the QoS.
    public Builder qos(Qos value) {
      qos = value;
      return this;
    }

    /// Sets whether the server keeps it as the topic's last value.
    public Builder retain(boolean value) {
      retain = value;
      return this;
    }

    /// Sets whether the payload says that it is UTF-8.
    public Builder payloadFormatUtf8(boolean value) {
      payloadFormatUtf8 = value;
      return this;
    }

    /// Sets the Message Expiry Interval.
    public Builder expirySeconds(long value) {
      expirySeconds = value;
      return this;
    }

    /// Sets the Content Type.
    public Builder contentType(@Nullable String value) {
      contentType = value;
      return this;
    }

    /// Sets the Response Topic.
    public Builder responseTopic(@Nullable TopicName value) {
      responseTopic = value;
      return this;
    }

    /// Sets the Correlation Data.
    public Builder correlationData(@Nullable Slice value) {
      correlationData = value;
      return this;
    }

    /// Sets all User Properties.
    public Builder userProperties(List<UserProperty> value) {
      userProperties = value;
      return this;
    }

    /// The message.
    public Message build() {
      return new Message(
          topic,
          payload,
          qos,
          retain,
          payloadFormatUtf8,
          expirySeconds,
          contentType,
          responseTopic,
          correlationData,
          userProperties);
    }
  }
}
