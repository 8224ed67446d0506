package io.dunlin.tests.conformance;

import static io.dunlin.tests.conformance.Connect.connect;
import static io.dunlin.tests.conformance.Will.will;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/// PINGREQ, PINGRESP and Keep Alive.
class PingTest extends ConformanceTest {
  @EveryVersion
  @Statement("MQTT-3.12.4-1")
  @Statement(value = "MQTT-3.12.4-1", version = "3.1.1")
  void everyPingReqIsAnswered(Version version) {
    Wire client = client(version);
    client.send(Packets.pingReq(), Packets.pingReq(), Packets.pingReq());
    for (int i = 0; i < 3; i++) {
      client.expect(PacketType.PINGRESP);
    }
  }

  @EveryVersion
  @Statement({"MQTT-3.1.2-22", "MQTT-3.2.2-22"})
  @Statement(value = "MQTT-3.1.2-24", version = "3.1.1")
  void aSilentClientIsClosedAfterOneAndAHalfKeepAlives(Version version) {
    String topic = topic();
    Wire watcher = subscriber(version, topic, 0);
    Wire client = client(version, connect(clientId()).keepAlive(2).will(will(topic, "gone")));
    client.expectSilence(Duration.ofMillis(2500));
    client.expectRefusal(Reason.KEEP_ALIVE_TIMEOUT);
    watcher.expectPublish(topic, "gone");
  }

  @EveryVersion
  @Statement("MQTT-3.1.2-22")
  @Statement(value = "MQTT-3.1.2-24", version = "3.1.1")
  void anyPacketKeepsTheConnectionAlive(Version version) {
    String topic = topic();
    Wire client = client(version, connect(clientId()).keepAlive(2));
    for (int i = 0; i < 4; i++) {
      assertThat(client.staysOpen(Duration.ofSeconds(1))).as("after %d s", i).isTrue();
      if (i % 2 == 0) {
        client.send(Publish.publish(topic, "x"));
      } else {
        client.expectNothing();
      }
    }
  }

  @EveryVersion
  @Statement("MQTT-3.1.2-22")
  @Statement(value = "MQTT-3.1.2-24", version = "3.1.1")
  void packetsToTheClientDoNotKeepItAlive(Version version) {
    String topic = topic();
    Wire client = open(version);
    client.connect(connect(clientId()).keepAlive(2));
    client.subscribe(topic, 0);
    Wire publisher = client(version);
    long deadlineNanos = System.nanoTime() + Wire.PATIENCE.toNanos();
    Received last;
    do {
      publisher.publish(topic, "x", 0);
      publisher.staysOpen(Duration.ofMillis(100));
      last = client.readUnlessEnded();
      assertThat(System.nanoTime()).isLessThan(deadlineNanos);
    } while (last != null && last.type() == PacketType.PUBLISH);
  }

  @Test
  @Statement("MQTT-3.1.2-22")
  void keepAlive0NeverTimesOut() {
    Wire client = client(Version.V5, connect(clientId()).keepAlive(0));
    client.expectSilence(Duration.ofSeconds(3));
    client.expectNothing();
  }

  @Test
  @Statement("MQTT-3.2.2-22")
  void aServerKeepAliveIsSentOnlyToShortenTheClients() {
    Received connAck = open(Version.V5).connect(connect(clientId()).keepAlive(10));
    assertThat(connAck.number(Property.SERVER_KEEP_ALIVE, 10)).isLessThanOrEqualTo(10);
  }
}
