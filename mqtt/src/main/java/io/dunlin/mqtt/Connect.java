package io.dunlin.mqtt;

import io.dunlin.base.Slice;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Asks for a session (MQTT 5.0 §3.1). Immutable.
///
/// From 3.1 and 3.1.1: `cleanStart` is Clean Session, and `sessionExpirySeconds` is 0 with it and
/// [Packet#NEVER_EXPIRES] without; all else has the defaults of 5.0.
///
/// @param clientId empty when the server shall choose one
/// @param cleanStart whether to throw a former session away
/// @param keepAliveSeconds 0..65535, 0 for none
/// @param sessionExpirySeconds how long the session outlives the connection, 0..4294967295
/// @param receiveMaximum how many QoS 1 and 2 messages the client takes at once, 1..65535
/// @param maximumPacketSize the largest packet that the client takes, in bytes
/// @param topicAliasMaximum the largest topic alias that the client takes, 0 for none
/// @param requestResponseInformation whether it asks for Response Information
/// @param requestProblemInformation whether it wants reason strings and user properties on answers
/// @param authenticationMethod null when absent
/// @param authenticationData null when absent
/// @param will null for none
/// @param userName null when absent
/// @param password null when absent
public record Connect(
    MqttVersion version,
    String clientId,
    boolean cleanStart,
    int keepAliveSeconds,
    long sessionExpirySeconds,
    int receiveMaximum,
    long maximumPacketSize,
    int topicAliasMaximum,
    boolean requestResponseInformation,
    boolean requestProblemInformation,
    List<UserProperty> userProperties,
    @Nullable String authenticationMethod,
    @Nullable Slice authenticationData,
    @Nullable Will will,
    @Nullable String userName,
    @Nullable Slice password)
    implements Packet {
  public Connect {
    userProperties = List.copyOf(userProperties);
    if (receiveMaximum < 1 || maximumPacketSize < 1) {
      throw new IllegalArgumentException(
          "receiveMaximum " + receiveMaximum + ", maximumPacketSize " + maximumPacketSize);
    }
  }

  /// The same without password and authentication data: what is kept while the client is connected.
  public Connect withoutPassword() {
    return password == null && authenticationData == null
        ? this
        : new Connect(
            version,
            clientId,
            cleanStart,
            keepAliveSeconds,
            sessionExpirySeconds,
            receiveMaximum,
            maximumPacketSize,
            topicAliasMaximum,
            requestResponseInformation,
            requestProblemInformation,
            userProperties,
            authenticationMethod,
            null,
            will,
            userName,
            null);
  }

  /// The same with another will.
  public Connect withWill(@Nullable Will other) {
    return new Connect(
        version,
        clientId,
        cleanStart,
        keepAliveSeconds,
        sessionExpirySeconds,
        receiveMaximum,
        maximumPacketSize,
        topicAliasMaximum,
        requestResponseInformation,
        requestProblemInformation,
        userProperties,
        authenticationMethod,
        authenticationData,
        other,
        userName,
        password);
  }

  /// The same with another Authentication Method and its first data.
  public Connect withAuthentication(@Nullable String method, @Nullable Slice data) {
    return new Connect(
        version,
        clientId,
        cleanStart,
        keepAliveSeconds,
        sessionExpirySeconds,
        receiveMaximum,
        maximumPacketSize,
        topicAliasMaximum,
        requestResponseInformation,
        requestProblemInformation,
        userProperties,
        method,
        data,
        will,
        userName,
        password);
  }

  /// Begins one with all defaults: a clean start, no keep-alive, nothing optional.
  public static Builder builder(MqttVersion version, String clientId) {
    return new Builder(version, clientId);
  }

  /// Tells neither password nor authentication data, so that it may be logged.
  @Override
  public String toString() {
    return "Connect[version=%s, clientId=%s, cleanStart=%s, keepAliveSeconds=%d, will=%s]"
        .formatted(version, clientId, cleanStart, keepAliveSeconds, will != null);
  }

  /// Gathers the parts of a [Connect].
  public static final class Builder {
    private final MqttVersion version;
    private final String clientId;
    private boolean cleanStart = true;
    private int keepAliveSeconds;
    private long sessionExpirySeconds;
    private int receiveMaximum = DEFAULT_RECEIVE_MAXIMUM;
    private long maximumPacketSize = UNLIMITED_PACKET_SIZE;
    private int topicAliasMaximum;
    private boolean requestResponseInformation;
    private boolean requestProblemInformation = true;
    private List<UserProperty> userProperties = List.of();
    private @Nullable String authenticationMethod;
    private @Nullable Slice authenticationData;
    private @Nullable Will will;
    private @Nullable String userName;
    private @Nullable Slice password;

    private Builder(MqttVersion version, String clientId) {
      this.version = version;
      this.clientId = clientId;
    }

    /// Sets Clean Start; before 5.0 also what follows from it for the session's expiry.
    public Builder cleanStart(boolean value) {
      cleanStart = value;
      if (version != MqttVersion.V5) {
        sessionExpirySeconds = value ? 0 : NEVER_EXPIRES;
      }
      return this;
    }

    /// Sets the Keep Alive.
    public Builder keepAliveSeconds(int value) {
      keepAliveSeconds = value;
      return this;
    }

    /// Sets the Session Expiry Interval.
    public Builder sessionExpirySeconds(long value) {
      sessionExpirySeconds = value;
      return this;
    }

    /// Sets the Receive Maximum.
    public Builder receiveMaximum(int value) {
      receiveMaximum = value;
      return this;
    }

    /// Sets the Maximum Packet Size.
    public Builder maximumPacketSize(long value) {
      maximumPacketSize = value;
      return this;
    }

    /// Sets the Topic Alias Maximum.
    public Builder topicAliasMaximum(int value) {
      topicAliasMaximum = value;
      return this;
    }

    /// Sets Request Response Information.
    public Builder requestResponseInformation(boolean value) {
      requestResponseInformation = value;
      return this;
    }

    /// Sets Request Problem Information.
    public Builder requestProblemInformation(boolean value) {
      requestProblemInformation = value;
      return this;
    }

    /// Sets all User Properties.
    public Builder userProperties(List<UserProperty> value) {
      userProperties = value;
      return this;
    }

    /// Sets the Authentication Method and its first data.
    public Builder authentication(@Nullable String method, @Nullable Slice data) {
      authenticationMethod = method;
      authenticationData = data;
      return this;
    }

    /// Sets the will.
    public Builder will(@Nullable Will value) {
      will = value;
      return this;
    }

    /// Sets the user name.
    public Builder userName(@Nullable String value) {
      userName = value;
      return this;
    }

    /// Sets the password.
    public Builder password(@Nullable Slice value) {
      password = value;
      return this;
    }

    /// The packet.
    public Connect build() {
      return new Connect(
          version,
          clientId,
          cleanStart,
          keepAliveSeconds,
          sessionExpirySeconds,
          receiveMaximum,
          maximumPacketSize,
          topicAliasMaximum,
          requestResponseInformation,
          requestProblemInformation,
          userProperties,
          authenticationMethod,
          authenticationData,
          will,
          userName,
          password);
    }
  }
}
