package io.dunlin.tests.conformance;

import static io.dunlin.tests.conformance.Bytes.bytes;
import static io.dunlin.tests.conformance.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/// DISCONNECT, from the client and from the server.
class DisconnectTest extends ConformanceTest {
  @EveryVersion
  @Statement("MQTT-3.14.4-3")
  @Statement(value = "MQTT-3.14.4-3", version = "3.1.1")
  void theServerClosesAfterADisconnect(Version version) {
    Wire client = client(version);
    client.send(Packets.disconnect());
    assertThat(client.readToEnd()).isEmpty();
  }

  @EveryVersion
  void nothingAfterADisconnectIsProcessed(Version version) {
    String topic = topic();
    Wire watcher = subscriber(version, topic, 0);
    Wire client = client(version);
    client.send(Packets.disconnect(), publish(topic, "too late"));
    client.expectEnd();
    expectNothingFrom(client(version), watcher);
  }

  @EveryVersion
  void whatCameBeforeADisconnectIsProcessed(Version version) {
    String topic = topic();
    Wire watcher = subscriber(version, topic, 0);
    Wire client = client(version);
    client.send(publish(topic, "in time"), Packets.disconnect());
    client.expectEnd();
    watcher.expectPublish(topic, "in time");
  }

  @Test
  @Statement({"rule-ack-short-form", "MQTT-3.14.2-1"})
  void everyFormOfADisconnectIsUnderstood() {
    List<Bytes> forms =
        List.of(
            bytes(0xE0, 0),
            bytes(0xE0, 1, 0),
            bytes(0xE0, 2, 0, 0),
            bytes(0xE0, 2, Reason.DISCONNECT_WITH_WILL, 0),
            bytes(0xE0, 1, Reason.UNSPECIFIED_ERROR));
    for (Bytes form : forms) {
      Wire client = client(Version.V5);
      client.send(form);
      assertThat(client.readToEnd()).as("after %s", Bytes.hex(form.toArray())).isEmpty();
    }
  }

  @Test
  @Statement("rule-ack-wrong-reason")
  void aReasonCodeThatADisconnectDoesNotHaveIsRefused() {
    for (int reason : new int[] {0x01, 0x18, 0x92, 0xFF}) {
      Wire client = client(Version.V5);
      client.send(bytes(0xE0, 1, reason));
      client.expectRefusal(Reason.PROTOCOL_ERROR, Reason.MALFORMED);
    }
  }

  @Test
  @Statement({"MQTT-4.13.1-1", "MQTT-4.13.2-1", "MQTT-3.14.4-1", "MQTT-3.14.4-2"})
  void anErrorEndsTheConnectionWithAtMostADisconnect() {
    Wire client = client(Version.V5);
    client.send(bytes(0x36, 0)).send(Packets.pingReq());
    client.expectRefusal(Reason.MALFORMED);
  }
}
