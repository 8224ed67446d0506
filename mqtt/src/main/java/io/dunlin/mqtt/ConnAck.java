package io.dunlin.mqtt;

import io.dunlin.base.Slice;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answers a CONNECT (MQTT 5.0 §3.2). Immutable.
///
/// @param sessionPresent whether the server has state of that session
/// @param sessionExpirySeconds the Session Expiry Interval in use, or -1 for that of the CONNECT
/// @param receiveMaximum how many QoS 1 and 2 messages the server takes at once, 1..65535
/// @param maximumQos the highest QoS that the server takes
/// @param retainAvailable whether the server keeps retained messages
/// @param maximumPacketSize the largest packet that the server takes, in bytes
/// @param assignedClientId the client identifier that the server chose; null when it chose none
/// @param topicAliasMaximum the largest topic alias that the server takes, 0 for none
/// @param reasonString for people; null when absent
/// @param userProperties those for the client, in order
/// @param wildcardSubscriptionAvailable whether filters may have wildcards
/// @param subscriptionIdentifiersAvailable whether subscriptions may have identifiers
/// @param sharedSubscriptionAvailable whether subscriptions may be shared
/// @param serverKeepAliveSeconds the Keep Alive to use, or -1 for that of the CONNECT
/// @param responseInformation a part to make response topics of; null when absent
/// @param serverReference another server to use; null when absent
/// @param authenticationMethod null when absent
/// @param authenticationData null when absent
public record ConnAck(
    boolean sessionPresent,
    ReasonCode reasonCode,
    long sessionExpirySeconds,
    int receiveMaximum,
    Qos maximumQos,
    boolean retainAvailable,
    long maximumPacketSize,
    @Nullable String assignedClientId,
    int topicAliasMaximum,
    @Nullable String reasonString,
    List<UserProperty> userProperties,
    boolean wildcardSubscriptionAvailable,
    boolean subscriptionIdentifiersAvailable,
    boolean sharedSubscriptionAvailable,
    int serverKeepAliveSeconds,
    @Nullable String responseInformation,
    @Nullable String serverReference,
    @Nullable String authenticationMethod,
    @Nullable Slice authenticationData)
    implements Packet {
  public ConnAck {
    userProperties = List.copyOf(userProperties);
    if (sessionPresent && reasonCode != ReasonCode.SUCCESS) { // [MQTT-3.2.2-6]
      throw new IllegalArgumentException("Session Present with " + reasonCode);
    }
    if (receiveMaximum < 1 || maximumPacketSize < 1) {
      throw new IllegalArgumentException(
          "receiveMaximum " + receiveMaximum + ", maximumPacketSize " + maximumPacketSize);
    }
  }

  /// Accepts, with all defaults.
  public static ConnAck accepted(boolean sessionPresent) {
    return new Builder(sessionPresent, ReasonCode.SUCCESS).build();
  }

  /// Refuses for `reason`.
  public static ConnAck refused(ReasonCode reason) {
    return new Builder(false, reason).build();
  }

  /// Begins one with all defaults.
  public static Builder builder(boolean sessionPresent, ReasonCode reasonCode) {
    return new Builder(sessionPresent, reasonCode);
  }

  /// Gathers the parts of a [ConnAck].
  public static final class Builder {
    private final boolean sessionPresent;
    private final ReasonCode reasonCode;
    private long sessionExpirySeconds = -1;
    private int receiveMaximum = DEFAULT_RECEIVE_MAXIMUM;
    private Qos maximumQos = Qos.EXACTLY_ONCE;
    private boolean retainAvailable = true;
    private long maximumPacketSize = UNLIMITED_PACKET_SIZE;
    private @Nullable String assignedClientId;
    private int topicAliasMaximum;
    private @Nullable String reasonString;
    private List<UserProperty> userProperties = List.of();
    private boolean wildcardSubscriptionAvailable = true;
    private boolean subscriptionIdentifiersAvailable = true;
    private boolean sharedSubscriptionAvailable = true;
    private int serverKeepAliveSeconds = -1;
    private @Nullable String responseInformation;
    private @Nullable String serverReference;
    private @Nullable String authenticationMethod;
    private @Nullable Slice authenticationData;

    private Builder(boolean sessionPresent, ReasonCode reasonCode) {
      this.sessionPresent = sessionPresent;
      this.reasonCode = reasonCode;
    }

    /// Sets the Session Expiry Interval in use.
    public Builder sessionExpirySeconds(long value) {
      sessionExpirySeconds = value;
      return this;
    }

    /// Sets how many QoS 1 and 2 messages the server takes at once.
    public Builder receiveMaximum(int value) {
      receiveMaximum = value;
      return this;
    }

    /// Sets the highest QoS that the server takes.
    public Builder maximumQos(Qos value) {
      maximumQos = value;
      return this;
    }

    /// Sets whether the server keeps retained messages.
    public Builder retainAvailable(boolean value) {
      retainAvailable = value;
      return this;
    }

    /// Sets the largest packet that the server takes.
    public Builder maximumPacketSize(long value) {
      maximumPacketSize = value;
      return this;
    }

    /// Sets the client identifier that the server chose.
    public Builder assignedClientId(@Nullable String value) {
      assignedClientId = value;
      return this;
    }

    /// Sets the largest topic alias that the server takes.
    public Builder topicAliasMaximum(int value) {
      topicAliasMaximum = value;
      return this;
    }

    /// Sets for people.
    public Builder reasonString(@Nullable String value) {
      reasonString = value;
      return this;
    }

    /// Sets those for the client.
    public Builder userProperties(List<UserProperty> value) {
      userProperties = value;
      return this;
    }

    /// Sets whether filters may have wildcards.
    public Builder wildcardSubscriptionAvailable(boolean value) {
      wildcardSubscriptionAvailable = value;
      return this;
    }

    /// Sets whether subscriptions may have identifiers.
    public Builder subscriptionIdentifiersAvailable(boolean value) {
      subscriptionIdentifiersAvailable = value;
      return this;
    }

    /// Sets whether subscriptions may be shared.
    public Builder sharedSubscriptionAvailable(boolean value) {
      sharedSubscriptionAvailable = value;
      return this;
    }

    /// Sets the Keep Alive to use.
    public Builder serverKeepAliveSeconds(int value) {
      serverKeepAliveSeconds = value;
      return this;
    }

    /// Sets a part to make response topics of.
    public Builder responseInformation(@Nullable String value) {
      responseInformation = value;
      return this;
    }

    /// Sets another server to use.
    public Builder serverReference(@Nullable String value) {
      serverReference = value;
      return this;
    }

    /// Sets what its name says.
    public Builder authenticationMethod(@Nullable String value) {
      authenticationMethod = value;
      return this;
    }

    /// Sets what its name says.
    public Builder authenticationData(@Nullable Slice value) {
      authenticationData = value;
      return this;
    }

    /// The packet.
    public ConnAck build() {
      return new ConnAck(
          sessionPresent,
          reasonCode,
          sessionExpirySeconds,
          receiveMaximum,
          maximumQos,
          retainAvailable,
          maximumPacketSize,
          assignedClientId,
          topicAliasMaximum,
          reasonString,
          userProperties,
          wildcardSubscriptionAvailable,
          subscriptionIdentifiersAvailable,
          sharedSubscriptionAvailable,
          serverKeepAliveSeconds,
          responseInformation,
          serverReference,
          authenticationMethod,
          authenticationData);
    }
  }
}
