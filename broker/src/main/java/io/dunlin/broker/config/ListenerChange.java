package io.dunlin.broker.config;

import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/// What differs between two listeners of one name, but for who may log in: keys whose values count
/// when the listener is opened.
final class ListenerChange {
  private record Item(Key<?> key, Function<ListenerConfig, Object> value) {}

  private static final List<Item> ITEMS =
      List.of(
          new Item(ListenerConfig.TYPE, ListenerConfig::type),
          new Item(ListenerConfig.BIND, ListenerConfig::bind),
          new Item(ListenerConfig.PORT, ListenerConfig::port),
          new Item(ListenerLimits.MAX_CONNECTIONS, c -> c.limits().maxConnections()),
          new Item(ListenerLimits.MAX_PACKET_BYTES, c -> c.limits().maxPacketBytes()),
          new Item(ListenerLimits.MQTT_VERSIONS, c -> c.limits().mqttVersions()),
          new Item(ListenerLimits.PROXIES, c -> c.limits().proxies()),
          new Item(ListenerLimits.MOUNT_POINT, c -> c.limits().mountPoint()),
          new Item(TlsConfig.CERTIFICATE, c -> c.tls().certificate()),
          new Item(TlsConfig.KEY, c -> c.tls().key()),
          new Item(TlsConfig.CLIENT_CERTIFICATES, c -> c.tls().clientCertificates()),
          new Item(TlsConfig.CA, c -> c.tls().ca()),
          new Item(TlsConfig.CRL, c -> c.tls().crl()),
          new Item(TlsConfig.MIN_VERSION, c -> c.tls().minVersion()),
          new Item(WebSocketConfig.PATH, c -> c.webSocket().path()),
          new Item(WebSocketConfig.ORIGINS, c -> c.webSocket().origins()),
          new Item(WebSocketConfig.MAX_FRAME_BYTES, c -> c.webSocket().maxFrameBytes()),
          new Item(WebSocketConfig.MAX_HEADER_BYTES, c -> c.webSocket().maxHeaderBytes()),
          new Item(UnixConfig.PATH, c -> c.unix().path()),
          new Item(UnixConfig.MODE, c -> c.unix().mode()));

  private ListenerChange() {}

  /// The keys whose values differ.
  static List<Key<?>> keys(ListenerConfig now, ListenerConfig next) {
    return ITEMS.stream()
        .filter(item -> !Objects.equals(item.value.apply(now), item.value.apply(next)))
        .<Key<?>>map(Item::key)
        .toList();
  }

  /// Whether this class compares a key.
  static boolean compares(Key<?> key) {
    return ITEMS.stream().anyMatch(item -> item.key.equals(key));
  }
}
