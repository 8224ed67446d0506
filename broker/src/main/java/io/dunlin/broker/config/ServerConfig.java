package io.dunlin.broker.config;

import java.util.List;

/// What the broker tells about itself. Immutable.
///
/// @param responseInformation [#RESPONSE_INFORMATION]
/// @param serverReference [#SERVER_REFERENCE]
public record ServerConfig(String responseInformation, String serverReference) {
  /// The prefix of response topics.
  public static final Key<String> RESPONSE_INFORMATION =
      new Key<>(
          "server.response-information",
          new KeyType.TextType(1_024),
          "",
          "The Response Information of CONNACK, for MQTT 5.0 clients that ask for it: by custom the start of their response topics. Empty: none.");

  /// Another server.
  public static final Key<String> SERVER_REFERENCE =
      new Key<>(
          "server.server-reference",
          new KeyType.TextType(1_024),
          "",
          "Another server that MQTT 5.0 clients are told to use when this one stops (Server Reference of DISCONNECT and CONNACK, with reason 0x9C). Empty: none.");

  static final List<Key<?>> KEYS = List.of(RESPONSE_INFORMATION, SERVER_REFERENCE);

  /// Checks each value.
  ///
  /// @throws InvalidConfig if one is not allowed
  public ServerConfig {
    RESPONSE_INFORMATION.check(responseInformation);
    SERVER_REFERENCE.check(serverReference);
  }

  static ServerConfig from(Values values) {
    return new ServerConfig(values.get(RESPONSE_INFORMATION), values.get(SERVER_REFERENCE));
  }
}
