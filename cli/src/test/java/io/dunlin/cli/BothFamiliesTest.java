package io.dunlin.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.broker.Broker;
import io.dunlin.broker.config.ConfigReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// One listener at addresses of IPv4 and at all of IPv6.
class BothFamiliesTest {
  @TempDir Path data;

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0, ::", "::, 0.0.0.0", "127.0.0.1, ::"})
  void ipv4AddressesStandBesideAllOfIpv6(String bind) throws Exception {
    ConfigReader reader = new ConfigReader();
    reader.set("listeners.0.port=0");
    reader.set("listeners.0.bind=" + bind);
    reader.set("listeners.0.anonymous=true");
    reader.set("storage.disk-reserve-bytes=0");
    reader.set("data.directory=" + data);
    try (Broker broker = Broker.start(reader.read().config())) {
      List<InetSocketAddress> addresses = broker.addresses();
      assertThat(addresses).hasSize(2);
      assertThat(addresses.getLast().getPort()).isEqualTo(addresses.getFirst().getPort());
      InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
      try (Socket socket = new Socket(loopback, addresses.getFirst().getPort())) {
        assertThat(socket.isConnected()).isTrue();
      }
    }
  }
}
