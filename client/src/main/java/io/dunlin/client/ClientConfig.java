package io.dunlin.client;

import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How a client connects and how it behaves. Immutable.
///
/// @param address where the broker is
/// @param connect the CONNECT, as the first connection sends it: version, client identifier, will,
///   user name, and all else that MQTT knows but the Authentication Method and its data; later
///   connections ask for the session to go on
/// @param authenticator proves who the client is, on each connection; null for none, MQTT 5.0 only
/// @param connectTimeout how long a connection may take, CONNACK included; default 10 s
/// @param reconnect what follows a lost connection; default [Reconnect#FOR_EVER]
/// @param handler takes the messages; by default they are acknowledged and dropped
/// @param inboxMessages how many messages wait for the handler before nothing more is read, 1 or
///   more; default 1,024
/// @param inboxBytes how many bytes of payload wait, 1 or more; default 16 MiB
/// @param maxUnfinished how many messages may be published and not finished yet before
///   [Client#publish] waits, and how many are in flight at most, 1 or more; default 1,024. Servers
///   before MQTT 5.0 cannot say how many they take; 20 is safe there
/// @param maxTopicAliases for how many topics at a time an alias goes out in place of the name, if
///   the server takes so many (MQTT 5.0 §3.3.2.3.4), 0..65535; default 0
/// @param listener is told what happens
public record ClientConfig(
    BrokerAddress address,
    Connect connect,
    @Nullable Authenticator authenticator,
    Duration connectTimeout,
    Reconnect reconnect,
    MessageHandler handler,
    int inboxMessages,
    long inboxBytes,
    int maxUnfinished,
    int maxTopicAliases,
    ClientListener listener) {
  /// Receive Maximum when nothing else is asked for.
  static final int RECEIVE_MAXIMUM = 1_024;

  public ClientConfig {
    boolean goesOn = connect.version() != MqttVersion.V5 && !connect.cleanStart();
    if (goesOn && connect.clientId().isEmpty()) { // [MQTT-3.1.3-7 v3.1.1]
      throw new IllegalArgumentException("a session that goes on needs a client identifier");
    }
    Text.check("the client identifier", connect.clientId());
    Text.check("the user name", connect.userName());
    Text.check(connect.userProperties());
    if (connect.version() != MqttVersion.V5
        && connect.password() != null
        && connect.userName() == null) { // [MQTT-3.1.2-22 v3.1.1]
      throw new IllegalArgumentException("a password without a user name needs MQTT 5.0");
    }
    if (connect.authenticationMethod() != null) {
      throw new IllegalArgumentException("an Authentication Method needs an authenticator");
    }
    if (authenticator != null) {
      if (connect.version() != MqttVersion.V5) {
        throw new IllegalArgumentException("enhanced authentication needs MQTT 5.0");
      }
      Text.check("the Authentication Method", authenticator.method());
    }
    if (inboxMessages < 1 || inboxBytes < 1 || maxUnfinished < 1) {
      throw new IllegalArgumentException(
          "inboxMessages %d, inboxBytes %d, maxUnfinished %d"
              .formatted(inboxMessages, inboxBytes, maxUnfinished));
    }
    if (maxTopicAliases < 0 || maxTopicAliases > 65_535) {
      throw new IllegalArgumentException("maxTopicAliases " + maxTopicAliases);
    }
    if (connectTimeout.isNegative() || connectTimeout.isZero()) {
      throw new IllegalArgumentException("connectTimeout " + connectTimeout);
    }
  }

  /// Begins one that speaks MQTT 5.0, with a session that ends with its connection and a Keep Alive
  /// of a minute.
  public static Builder builder(BrokerAddress address, String clientId) {
    return builder(
        address,
        Connect.builder(MqttVersion.V5, clientId)
            .keepAliveSeconds(60)
            .receiveMaximum(RECEIVE_MAXIMUM)
            .build());
  }

  /// Begins one with a CONNECT of the caller's own.
  public static Builder builder(BrokerAddress address, Connect connect) {
    return new Builder(address, connect);
  }

  /// The largest packet that is taken, in bytes.
  int maxPacketBytes() {
    return (int) Math.min(connect.maximumPacketSize(), Packet.UNLIMITED_PACKET_SIZE);
  }

  /// Gathers the parts of a [ClientConfig].
  public static final class Builder {
    private final BrokerAddress address;
    private final Connect connect;
    private @Nullable Authenticator authenticator;
    private Duration connectTimeout = Duration.ofSeconds(10);
    private Reconnect reconnect = Reconnect.FOR_EVER;
    private MessageHandler handler = _ -> {};
    private int inboxMessages = 1_024;
    private long inboxBytes = 16 << 20;
    private int maxUnfinished = 1_024;
    private int maxTopicAliases;
    private ClientListener listener = ClientListener.NONE;

    private Builder(BrokerAddress address, Connect connect) {
      this.address = address;
      this.connect = connect;
    }

    /// Sets who proves who the client is, by an enhanced authentication.
    public Builder authenticator(@Nullable Authenticator value) {
      authenticator = value;
      return this;
    }

    /// Sets how long a connection may take.
    public Builder connectTimeout(Duration value) {
      connectTimeout = value;
      return this;
    }

    /// Sets what follows a lost connection.
    public Builder reconnect(Reconnect value) {
      reconnect = value;
      return this;
    }

    /// Sets who takes the messages.
    public Builder handler(MessageHandler value) {
      handler = value;
      return this;
    }

    /// Sets how much waits for the handler before nothing more is read.
    public Builder inbox(int messages, long bytes) {
      inboxMessages = messages;
      inboxBytes = bytes;
      return this;
    }

    /// Sets how many messages may be published and not finished.
    public Builder maxUnfinished(int value) {
      maxUnfinished = value;
      return this;
    }

    /// Sets for how many topics an alias goes out in place of the name.
    public Builder maxTopicAliases(int value) {
      maxTopicAliases = value;
      return this;
    }

    /// Sets who is told what happens.
    public Builder listener(ClientListener value) {
      listener = value;
      return this;
    }

    /// The configuration.
    public ClientConfig build() {
      return new ClientConfig(
          address,
          connect,
          authenticator,
          connectTimeout,
          reconnect,
          handler,
          inboxMessages,
          inboxBytes,
          maxUnfinished,
          maxTopicAliases,
          listener);
    }
  }
}
