package io.dunlin.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import io.dunlin.broker.spi.Rights;
import io.dunlin.broker.store.MessageView;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.TopicName;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MountTest {
  private static final Mount MOUNT = Mount.of("t/a/");

  @ParameterizedTest
  @CsvSource({
    "x, t/a/x",
    "#, t/a/#",
    "/x, t/a//x",
    "$x, t/a/$x",
    "$SYSTEM/x, t/a/$SYSTEM/x",
    "$SYS, $SYS",
    "$SYS/#, $SYS/#",
    "$share/g/x, $share/g/t/a/x",
    "$share/g/#, $share/g/t/a/#",
    "$share/g/$SYS/#, $share/g/$SYS/#",
  })
  void filterIsCompletedBehindTheGroup(String filter, String full) {
    assertThat(MOUNT.full(TopicFilter.of(filter))).isEqualTo(TopicFilter.of(full));
    assertThat(Mount.NONE.full(TopicFilter.of(filter))).isEqualTo(TopicFilter.of(filter));
  }

  @Test
  void whatWouldBeTooLongIsNotCompleted() {
    String longest = "n".repeat(TopicName.MAX_BYTES - 4);
    String group = "$share/" + "g".repeat(30_000) + "/" + "n".repeat(30_000);

    assertThat(Objects.requireNonNull(MOUNT.full(Slice.utf8(longest))).length())
        .isEqualTo(TopicName.MAX_BYTES);
    assertThat(MOUNT.full(Slice.utf8(longest + "n"))).isNull();
    assertThat(MOUNT.full(TopicFilter.of(group))).isNotNull();
    assertThat(MOUNT.full(TopicFilter.of(group + "n".repeat(5_523)))).isNotNull();
    assertThat(MOUNT.full(TopicFilter.of(group + "n".repeat(5_524)))).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"t/a/x", "t/a//", "$SYS", "$SYS/broker/uptime"})
  void whatLiesUnderItIsSeen(String topic) {
    assertThat(MOUNT.under(Rights.OPEN).mayReceive(TopicName.of(topic))).isTrue();
    assertThat(MOUNT.under(Rights.OPEN).maySubscribe(TopicFilter.of(topic))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"t/a", "t/a/", "t/ab", "x", "t/a/$x", "t/a/$SYS/x", "$SYSTEM", "$x"})
  void whatLiesElsewhereIsNot(String topic) {
    assertThat(MOUNT.under(Rights.OPEN).mayReceive(TopicName.of(topic))).isFalse();
    assertThat(MOUNT.under(Rights.OPEN).maySubscribe(TopicFilter.of(topic))).isFalse();
    assertThat(MOUNT.under(Rights.OPEN).mayPublish(TopicName.of(topic))).isFalse();
  }

  @Test
  void rightsOfOthersStayAsTheyAre() {
    assertThat(Mount.NONE.under(Rights.OPEN)).isSameAs(Rights.OPEN);
    assertThat(MOUNT.under(Rights.OPEN)).isSameAs(MOUNT.under(Rights.OPEN));
    assertThat(MOUNT.under(Rights.OPEN).mayPublish(TopicName.of("$SYS/x"))).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "t/a/x, t/a/answer, x, answer",
    "t/a/x, '', x, ''",
    "t/a/x, t/b/answer, x, t/b/answer",
    "$SYS/x, t/a/answer, $SYS/x, answer",
    "t/b/x, t/a/, t/b/x, t/a/",
  })
  void messageIsCut(String topic, String response, String cutTopic, String cutResponse) {
    MessageView message = new MessageView();
    message.read(stored(topic, properties(response)));
    Wire wire = new Wire();
    wire.begin(message, 0);
    MessageView expected = new MessageView();
    expected.read(stored(cutTopic, properties(cutResponse)));
    Wire plain = new Wire();
    plain.begin(expected, 0);

    assertThat(wire.under(MOUNT).message().toStored()).isEqualTo(expected.toStored());
    for (MqttVersion version : MqttVersion.values()) {
      for (boolean withId : new boolean[] {false, true}) {
        int form = Wire.form(version, withId);
        assertThat(bytes(wire.under(MOUNT), form)).isEqualTo(bytes(plain, form));
      }
    }
    assertThat(wire.under(Mount.of("other/")).message().toStored()).isEqualTo(message.toStored());
  }

  @Test
  void anotherMessageIsCutAnew() {
    MessageView message = new MessageView();
    Wire wire = new Wire();
    for (String topic : new String[] {"t/a/1", "t/a/22", "t/a/333"}) {
      message.read(stored(topic, ByteBuffer.allocate(0)));
      wire.begin(message, 0);
      assertThat(wire.under(MOUNT).message().topic()).isEqualTo(Slice.utf8(topic.substring(4)));
    }
  }

  @ParameterizedTest
  @CsvSource({"answer, t/a/answer", "$SYS/x, $SYS/x"})
  void responseTopicIsCompleted(String response, String full) {
    ByteBuffer given = properties(response);
    ByteBuffer room = ByteBuffer.allocate(given.limit() + MOUNT.bytes());
    room.put(0, given, 0, given.limit());

    int end = MOUNT.completeProperties(room, 0, given.limit());

    assertThat(Slice.copyOf(room, 0, end)).isEqualTo(slice(properties(full)));
  }

  private static Slice bytes(Wire wire, int form) {
    wire.build(form);
    int from = wire.from(form);
    return Slice.copyOf(wire.buffer(form), from, from + wire.length(form));
  }

  private static Slice slice(ByteBuffer buffer) {
    return Slice.copyOf(buffer, 0, buffer.limit());
  }

  /// A Payload Format Indicator, the Response Topic unless it is empty, and Correlation Data.
  private static ByteBuffer properties(String response) {
    Slice topic = Slice.utf8(response);
    ByteBuffer buffer = ByteBuffer.allocate(100);
    buffer.put((byte) 0x01).put((byte) 1);
    if (!response.isEmpty()) {
      buffer.put((byte) 0x08).putShort((short) topic.length()).put(topic.toArray());
    }
    buffer.put((byte) 0x09).putShort((short) 2).put((byte) 7).put((byte) 8);
    return ByteBuffer.allocate(buffer.position()).put(buffer.flip()).flip();
  }

  private static Slice stored(String topic, ByteBuffer properties) {
    Slice name = Slice.utf8(topic);
    MessageView message = new MessageView();
    message.set(
        1,
        false,
        MessageView.NEVER,
        name.asByteBuffer(),
        0,
        name.length(),
        properties,
        0,
        properties.limit(),
        Slice.utf8("payload").asByteBuffer(),
        0,
        7);
    return message.toStored();
  }
}
