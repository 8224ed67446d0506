package io.dunlin.tests.conformance;

import static io.dunlin.tests.conformance.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/// Message Expiry Interval.
class MessageExpiryTest extends ConformanceTest {
  private final String topic = topic();
  private final String clientId = clientId();

  @Test
  @Statement({"MQTT-3.3.2-5", "MQTT-3.3.2-6"})
  void anExpiredMessageIsDeletedAndAnotherHasItsTimeLeft() {
    Wire client = durableClient(Version.V5, clientId);
    client.subscribe(topic, 1);
    leave(client);
    Wire publisher = client(Version.V5);
    publisher.publishAtLeastOnce(publish(topic, "short").with(Property.MESSAGE_EXPIRY_INTERVAL, 1));
    publisher.publishAtLeastOnce(publish(topic, "long").with(Property.MESSAGE_EXPIRY_INTERVAL, 90));
    publisher.publishAtLeastOnce(publish(topic, "endless"));
    publisher.expectSilence(Duration.ofMillis(2100));
    Wire again = durableClient(Version.V5, clientId);
    Received left = again.expectPublish(topic, "long");
    assertThat(left.number(Property.MESSAGE_EXPIRY_INTERVAL, -1)).isBetween(80L, 88L);
    again.acknowledge(left);
    assertThat(again.expectPublish(topic, "endless").qos()).isEqualTo(1);
    again.expectNothing();
  }

  @Test
  @Statement("MQTT-3.3.2-6")
  void aMessageThatDidNotWaitHasItsWholeInterval() {
    Wire subscriber = subscriber(Version.V5, topic, 0);
    client(Version.V5)
        .publishAtLeastOnce(publish(topic, "x").with(Property.MESSAGE_EXPIRY_INTERVAL, 90));
    Received publish = subscriber.expectPublish(topic, "x");
    assertThat(publish.number(Property.MESSAGE_EXPIRY_INTERVAL, -1)).isBetween(88L, 90L);
  }

  @Test
  @Statement("MQTT-3.3.2-5")
  void expiredMessagesLeaveNoGapInTheClientsQuota() {
    Connect connect = durable(clientId).with(Property.RECEIVE_MAXIMUM, 2);
    Wire client = client(Version.V5, connect);
    client.subscribe(topic, 1);
    leave(client);
    Wire publisher = client(Version.V5);
    for (int i = 0; i < 5; i++) {
      publisher.publishAtLeastOnce(
          publish(topic, "short").with(Property.MESSAGE_EXPIRY_INTERVAL, 1));
    }
    publisher.expectSilence(Duration.ofMillis(2100));
    publisher.publish(topic, "one", 1);
    publisher.publish(topic, "two", 1);
    Wire again = client(Version.V5, connect);
    again.expectPublish(topic, "one");
    again.expectPublish(topic, "two");
  }

  @Test
  @Statement("MQTT-3.3.2-5")
  void theMessageExpiresForOlderClientsToo() {
    Wire client = durableClient(Version.V3_1_1, clientId);
    client.subscribe(topic, 1);
    leave(client);
    Wire publisher = client(Version.V5);
    publisher.publishAtLeastOnce(publish(topic, "short").with(Property.MESSAGE_EXPIRY_INTERVAL, 1));
    publisher.expectSilence(Duration.ofMillis(2100));
    durableClient(Version.V3_1_1, clientId).expectNothing();
  }
}
