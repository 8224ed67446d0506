package io.dunlin.broker.config;

import io.dunlin.broker.config.KeyType.NetworksType;
import io.dunlin.broker.config.KeyType.TextType;
import io.dunlin.broker.config.KeyType.VersionsType;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.transport.Network;
import java.util.List;

/// Whom one listener lets in, what they may cost, and which topics they see. Immutable.
///
/// @param maxConnections [#MAX_CONNECTIONS]
/// @param maxPacketBytes [#MAX_PACKET_BYTES]
/// @param mqttVersions [#MQTT_VERSIONS]
/// @param proxies [#PROXIES]
/// @param mountPoint [#MOUNT_POINT]
public record ListenerLimits(
    int maxConnections,
    int maxPacketBytes,
    List<MqttVersion> mqttVersions,
    List<Network> proxies,
    String mountPoint) {
  /// How many connections it may have.
  public static final Key<Integer> MAX_CONNECTIONS =
      Key.integer(
          "listeners.*.max-connections",
          Unit.CONNECTIONS,
          10_000_000,
          1,
          10_000_000,
          "Connections of this listener open at a time; connection.max-connections bounds all"
              + " listeners together.");

  /// The largest packet of its clients.
  public static final Key<Integer> MAX_PACKET_BYTES =
      Key.integer(
          "listeners.*.max-packet-bytes",
          Unit.BYTES,
          33_554_432,
          256,
          33_554_432,
          "The largest packet that a client of this listener may send, where that is less than"
              + " message.max-packet-bytes.");

  /// What its clients speak.
  public static final Key<List<MqttVersion>> MQTT_VERSIONS =
      new Key<>(
          "listeners.*.mqtt-versions",
          new VersionsType(),
          "3.1, 3.1.1, 5.0",
          "The versions of MQTT that clients of this listener may speak.");

  /// Who may announce other addresses.
  public static final Key<List<Network>> PROXIES =
      new Key<>(
          "listeners.*.proxies",
          new NetworksType(),
          "",
          "Load balancers in front of this listener, as addresses or networks (10.1.0.0/16): only"
              + " they may connect, and each connection begins with the PROXY protocol, version 1"
              + " or 2, which tells the client's address. Empty: none,"
              + " and the protocol is not spoken.");

  /// Where its clients have the root of their topics.
  public static final Key<String> MOUNT_POINT =
      new Key<>(
          "listeners.*.mount-point",
          new TextType(64),
          "",
          "A part of the tree of topics that is all of it to this listener's clients, such as"
              + " tenants/a/: put before the topics and filters that they send, and cut off those"
              + " that they get. It ends with '/'. $SYS stays where it is; rules of acl are about"
              + " full topics. Empty: none.");

  static final List<Key<?>> KEYS =
      List.of(MAX_CONNECTIONS, MAX_PACKET_BYTES, MQTT_VERSIONS, PROXIES, MOUNT_POINT);

  /// Checks each value.
  ///
  /// @throws InvalidConfig if one is not allowed
  public ListenerLimits {
    mqttVersions = List.copyOf(mqttVersions);
    proxies = List.copyOf(proxies);
    MAX_CONNECTIONS.check(maxConnections);
    MAX_PACKET_BYTES.check(maxPacketBytes);
    MQTT_VERSIONS.check(mqttVersions);
    MOUNT_POINT.check(mountPoint);
    if (!mountPoint.isEmpty() && !isMountPoint(mountPoint)) {
      throw new InvalidConfig(
          MOUNT_POINT.path(),
          "'"
              + mountPoint
              + "' is no mount point: it must end with '/', have neither '+' nor '#', and not begin"
              + " with '$'");
    }
  }

  private static boolean isMountPoint(String text) {
    return text.endsWith("/")
        && !text.startsWith("$")
        && text.chars().noneMatch(c -> c == '+' || c == '#' || c < ' ');
  }

  /// The same with another mount point.
  public ListenerLimits withMountPoint(String other) {
    return new ListenerLimits(maxConnections, maxPacketBytes, mqttVersions, proxies, other);
  }

  /// What a listener has that was told nothing.
  public static ListenerLimits defaults() {
    return new ListenerLimits(
        MAX_CONNECTIONS.defaultValue(),
        MAX_PACKET_BYTES.defaultValue(),
        MQTT_VERSIONS.defaultValue(),
        PROXIES.defaultValue(),
        MOUNT_POINT.defaultValue());
  }

  static ListenerLimits from(Values values) {
    return new ListenerLimits(
        values.get(MAX_CONNECTIONS),
        values.get(MAX_PACKET_BYTES),
        values.get(MQTT_VERSIONS),
        values.get(PROXIES),
        values.get(MOUNT_POINT));
  }
}
