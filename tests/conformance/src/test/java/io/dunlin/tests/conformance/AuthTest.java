package io.dunlin.tests.conformance;

import static io.dunlin.tests.conformance.Bytes.bytes;
import static io.dunlin.tests.conformance.Connect.connect;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// AUTH and enhanced authentication, with a server that knows no method.
class AuthTest extends ConformanceTest {
  @Test
  @Statement({"MQTT-4.12.0-1", "MQTT-3.2.2-7", "MQTT-3.2.2-8"})
  void anUnsupportedMethodIsRefused() {
    Wire client = open(Version.V5);
    client.send(
        connect(clientId())
            .with(Property.AUTHENTICATION_METHOD, "no such method")
            .with(Property.AUTHENTICATION_DATA, new byte[] {1, 2, 3}));
    client.expectConnectRefusal(Reason.BAD_AUTHENTICATION_METHOD, Reason.NOT_AUTHORIZED);
  }

  @Test
  @Statement("MQTT-4.12.0-6")
  void withoutMethodTheServerSendsNeitherAuthNorMethod() {
    Received connAck = open(Version.V5).connect(connect(clientId()));
    assertThat(connAck.has(Property.AUTHENTICATION_METHOD)).isFalse();
    assertThat(connAck.has(Property.AUTHENTICATION_DATA)).isFalse();
  }

  @Test
  @Statement("rule-auth-without-method")
  void anAuthWithoutMethodInTheConnectIsAProtocolError() {
    Bytes method = new Bytes().property(Property.AUTHENTICATION_METHOD, "any");
    for (int reason : new int[] {Reason.CONTINUE_AUTHENTICATION, Reason.REAUTHENTICATE}) {
      Wire client = client(Version.V5);
      client.send(Packets.auth(reason, method));
      client.expectRefusal(Reason.PROTOCOL_ERROR);
    }
    Wire client = client(Version.V5);
    client.send(bytes(0xF0, 0));
    client.expectRefusal(Reason.PROTOCOL_ERROR);
  }

  @Test
  @Statement("rule-auth-without-method")
  void anAuthBeforeTheConnectEndsTheConnection() {
    Bytes method = new Bytes().property(Property.AUTHENTICATION_METHOD, "any");
    Wire client = open(Version.V5);
    client.send(Packets.auth(Reason.CONTINUE_AUTHENTICATION, method));
    assertThat(client.readToEnd()).isEmpty();
  }

  @Test
  @Statement("MQTT-3.15.2-1")
  void aReasonCodeThatAnAuthDoesNotHaveIsRefused() {
    Wire client = client(Version.V5);
    client.send(bytes(0xF0, 2, 0x01, 0));
    client.expectRefusal(Reason.PROTOCOL_ERROR, Reason.MALFORMED);
  }
}
