package io.dunlin.crashtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.base.Slice;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.TopicName;
import org.junit.jupiter.api.Test;

class MessageTest {
  private static final Message MESSAGE = new Message("load/p/a", 17);

  @Test
  void payloadTellsTheNumber() {
    assertThat(Message.of(publish("load/p/a", MESSAGE.payload()))).isEqualTo(MESSAGE);
  }

  @Test
  void everyChangedBitIsSeen() {
    byte[] bytes = MESSAGE.payload().toArray();
    for (int bit = 0; bit < bytes.length * 8; bit++) {
      byte[] changed = bytes.clone();
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      assertThatThrownBy(() -> Message.of(publish("load/p/a", Slice.wrap(changed))))
          .as("bit %d", bit)
          .isInstanceOf(BrokerFault.class);
    }
  }

  @Test
  void payloadOfAnotherTopicIsSeen() {
    assertThatThrownBy(() -> Message.of(publish("load/p/b", MESSAGE.payload())))
        .isInstanceOf(BrokerFault.class);
  }

  private static Publish publish(String topic, Slice payload) {
    return new Publish(TopicName.of(topic), payload, Qos.AT_MOST_ONCE, false, 0);
  }
}
