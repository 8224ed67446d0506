package io.dunlin.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import java.io.IOException;
import java.net.Socket;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The PROXY protocol, and who may speak it.
@Timeout(60)
final class ProxiedSocketTest {
  private static final byte[] SIGNATURE = HexFormat.of().parseHex("0d0a0d0a000d0a515549540a");

  @ParameterizedTest
  @CsvSource({
    "PROXY TCP4 192.0.2.7 192.0.2.1 4711 1883, 192.0.2.7:4711",
    "PROXY TCP6 2001:db8::7 2001:db8::1 4711 1883, [2001:db8::7]:4711",
    "PROXY UNKNOWN, 127.0.0.1",
  })
  void version1TellsTheAddress(String line, String address) throws Exception {
    try (var transport = behind("127.0.0.1")) {
      Socket client = transport.connect();
      client.getOutputStream().write((line + "\r\nx").getBytes(US_ASCII));

      assertThat(client.getInputStream().read()).isEqualTo('x');
      assertThat(transport.accepted().remoteAddress()).startsWith(address);
    }
  }

  @Test
  void version2TellsTheAddressAndMayComeInPieces() throws Exception {
    try (var transport = behind("127.0.0.0/8")) {
      Socket client = transport.connect();
      byte[] rest =
          HexFormat.of().parseHex("2111" + "000c" + "c0000207" + "c0000201" + "1267" + "075b");
      for (byte each : SIGNATURE) {
        client.getOutputStream().write(each);
      }
      client.getOutputStream().write(rest);
      client.getOutputStream().write('x');

      assertThat(client.getInputStream().read()).isEqualTo('x');
      assertThat(transport.accepted().remoteAddress()).isEqualTo("192.0.2.7:4711");
    }
  }

  @Test
  void whoIsNoProxyIsClosedAndCounted() throws Exception {
    try (var transport = behind("192.0.2.0/24")) {
      assertThat(transport.connect().getInputStream().read()).isEqualTo(-1);

      assertThat(transport.counters().untrusted()).isEqualTo(1);
      assertThat(transport.accepted).isEmpty();
    }
  }

  @Test
  void aProxyThatTellsNothingIsRefused() throws Exception {
    try (var transport = behind("127.0.0.1")) {
      Socket client = transport.connect();
      client.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII));

      assertThat(client.getInputStream().read()).isEqualTo(-1);
      assertThat(transport.counters().openingsFailed()).isEqualTo(1);
    }
  }

  @Test
  void whatIsWrongWithAHeaderIsToldWithoutNamesOfClasses() {
    var decoder = new EmbeddedChannel(new HAProxyMessageDecoder());
    String[] wrong = {"GET / HTTP/1.1\r\n\r\n", "PROXY TCP9 x\r\n", "PROXY TCP4 a b c d\r\n"};
    for (String bytes : wrong) {
      try {
        decoder.writeInbound(Unpooled.copiedBuffer(bytes, US_ASCII));
        throw new AssertionError("taken: " + bytes);
      } catch (DecoderException e) {
        assertThat(ProxiedSocket.complaint(e)).isNotBlank().doesNotContain("Exception", "netty");
      }
      decoder = new EmbeddedChannel(new HAProxyMessageDecoder());
    }
  }

  @Test
  void networksContainWhatBeginsWithTheirBits() {
    assertThat(contains("10.1.0.0/16", "10.1.255.1")).isTrue();
    assertThat(contains("10.1.0.0/16", "10.2.0.1")).isFalse();
    assertThat(contains("10.1.2.128/25", "10.1.2.127")).isFalse();
    assertThat(contains("10.1.2.128/25", "10.1.2.200")).isTrue();
    assertThat(contains("192.0.2.7", "192.0.2.7")).isTrue();
    assertThat(contains("192.0.2.7", "192.0.2.6")).isFalse();
    assertThat(contains("0.0.0.0/0", "8.8.8.8")).isTrue();
    assertThat(contains("0.0.0.0/0", "::1")).isFalse();
    assertThat(contains("2001:db8::/33", "2001:db8:7fff::1")).isTrue();
    assertThat(contains("2001:db8::/33", "2001:db8:8000::1")).isFalse();
  }

  private static boolean contains(String network, String address) {
    return Network.parse(network).contains(java.net.InetAddress.ofLiteral(address));
  }

  private static OpenTransport behind(String network) throws IOException {
    return OpenTransport.onLoopback(plain -> plain.withProxies(List.of(Network.parse(network))));
  }
}
