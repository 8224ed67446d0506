package io.dunlin.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BrokerAddressTest {
  @Test
  void urlsSayWhereAndHow() {
    assertThat(BrokerAddress.parse("mqtt://h")).isEqualTo(BrokerAddress.tcp("h", 1883));
    assertThat(BrokerAddress.parse("mqtts://h:99"))
        .isEqualTo(BrokerAddress.tcp("h", 99).withTls(TlsConfig.DEFAULT));
    assertThat(BrokerAddress.parse("ws://h"))
        .isEqualTo(BrokerAddress.tcp("h", 80).withWebSocket("/"));
    assertThat(BrokerAddress.parse("wss://[::1]/mqtt"))
        .isEqualTo(BrokerAddress.tcp("::1", 443).withTls(TlsConfig.DEFAULT).withWebSocket("/mqtt"));
    assertThat(BrokerAddress.parse("unix:///run/d.sock"))
        .isEqualTo(BrokerAddress.unix(Path.of("/run/d.sock")));
    assertThat(BrokerAddress.parse("wss://[::1]/mqtt")).hasToString("[::1]:443/mqtt");
  }

  @ParameterizedTest
  @ValueSource(strings = {"h", "http://h", "mqtt:h", "mqtt://h:0", "mqtt://h:99999", "mqtt://"})
  void allElseIsRefused(String text) {
    assertThatThrownBy(() -> BrokerAddress.parse(text))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aPathCannotSmuggleHeaders() {
    BrokerAddress address = BrokerAddress.tcp("h", 80);

    assertThatThrownBy(() -> address.withWebSocket("/a\r\nX: y"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
