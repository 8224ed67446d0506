package io.dunlin.tests.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Sessions of absent clients, with a Dunlin that keeps them for a second; the broker under test
/// may be another.
class SessionCapTest extends ConformanceTest {
  private static PluggedBroker broker;

  @BeforeAll
  static void start(@TempDir Path data) throws IOException {
    broker = new PluggedBroker(data, Map.of("session.expiry-max-seconds", "1"));
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  @Override
  BrokerUnderTest broker() {
    return broker;
  }

  @Test
  @Statement(value = "rule-session-without-end", version = "3.1.1")
  @Departure(
      "Kept for session.expiry-max-seconds, 30 days unless set: sessions whose clients never come"
          + " back must not pile up.")
  void aSessionBefore5EndsSomeTimeAfterItsConnection() {
    endsAfterItsConnection(Version.V3_1_1);
  }

  @Test
  @Statement("MQTT-4.1.0-2")
  void theClientIsToldItsSessionExpiry() {
    Received connAck = open(Version.V5).connect(durable(clientId()));
    assertThat(connAck.number(Property.SESSION_EXPIRY_INTERVAL, -1)).isEqualTo(1);
    endsAfterItsConnection(Version.V5);
  }

  private void endsAfterItsConnection(Version version) {
    String clientId = clientId();
    leave(durableClient(version, clientId));
    client(version).expectSilence(Duration.ofMillis(2_500));
    assertThat(open(version).connect(durable(clientId)).sessionPresent()).isFalse();
  }
}
