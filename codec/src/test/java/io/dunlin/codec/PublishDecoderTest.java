package io.dunlin.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.management.ThreadMXBean;
import io.dunlin.base.Slice;
import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.PublishView;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class PublishDecoderTest {
  private static final String FULL =
      "3d | <a/b> 1234 {23 0007 26 <k> <v> 02 0000003c 01 01 03 <t> 26 <k> <w>} 70 71";

  private final PublishView view = new PublishView();

  @Test
  void viewTellsWhereAllIs() throws MalformedPacket {
    decode(FULL, MqttVersion.V5);

    assertThat(view.firstByte()).isEqualTo(0x3d);
    assertThat(view.qos()).isEqualTo(2);
    assertThat(view.dup()).isTrue();
    assertThat(view.retain()).isTrue();
    assertThat(view.copyTopic()).isEqualTo(Slice.utf8("a/b"));
    assertThat(view.packetId()).isEqualTo(0x1234);
    assertThat(view.topicAlias()).isEqualTo(7);
    assertThat(view.messageExpirySeconds()).isEqualTo(60);
    assertThat(view.payloadFormatUtf8()).isTrue();
    assertThat(view.copyPayload()).isEqualTo(Slice.utf8("pq"));
    assertThat(view.from()).isEqualTo(3);
    assertThat(view.to()).isEqualTo(3 + PacketText.parse(FULL).length());
  }

  @Test
  void viewForgetsThePacketBefore() throws MalformedPacket {
    decode(FULL, MqttVersion.V5);
    decode("30 | <c>", MqttVersion.V3_1_1);

    assertThat(view.qos()).isZero();
    assertThat(view.packetId()).isZero();
    assertThat(view.packetIdAt()).isEqualTo(-1);
    assertThat(view.topicAlias()).isZero();
    assertThat(view.messageExpirySeconds()).isEqualTo(-1);
    assertThat(view.payloadFormatUtf8()).isFalse();
    assertThat(view.passOnLength()).isZero();
    assertThat(view.propertiesTo() - view.propertiesFrom()).isZero();
    assertThat(view.payloadTo() - view.payloadFrom()).isZero();
  }

  @Test
  void aliasAndExpiryAreNotPassedOn() throws MalformedPacket {
    decode(FULL, MqttVersion.V5);
    ByteBuffer target = ByteBuffer.allocate(40);

    int end = PublishEncoder.copyPassOn(view, target, 1);

    assertThat(view.plainProperties()).isFalse();
    assertThat(end - 1).isEqualTo(view.passOnLength());
    assertThat(Slice.copyOf(target, 1, end))
        .isEqualTo(PacketText.parse("26 <k> <v> 01 01 03 <t> 26 <k> <w>"));
  }

  @Test
  void propertiesWithoutAliasAndExpiryArePlain() throws MalformedPacket {
    decode("30 | <a> {26 <k> <v> 09 [00]} 00", MqttVersion.V5);
    ByteBuffer target = ByteBuffer.allocate(40);

    int end = PublishEncoder.copyPassOn(view, target, 0);

    assertThat(view.plainProperties()).isTrue();
    assertThat(Slice.copyOf(target, 0, end)).isEqualTo(PacketText.parse("26 <k> <v> 09 [00]"));
  }

  @Test
  void topicIsCheckedOnlyWhenAsked() throws MalformedPacket {
    decode("30 | <a/+> {} 00", MqttVersion.V5);

    assertThat(
            catchThrowableOfType(
                MalformedPacket.class, () -> PublishDecoder.checkTopic(view, MqttVersion.V5)))
        .returns("MQTT-3.3.2-2", MalformedPacket::statement);
  }

  @Test
  void decodingAndWritingAllocateNothing() throws MalformedPacket {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    ByteBuffer in = ByteBuffer.wrap(PacketText.parse(FULL).toArray());
    ByteBuffer out = ByteBuffer.allocateDirect(200);
    int[] identifiers = {5};
    int rounds = 10_000;
    forward(in, out, identifiers); // loads the classes

    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < rounds; i++) {
      forward(in, out, identifiers);
    }
    long allocatedBytes = threads.getCurrentThreadAllocatedBytes() - before;

    assertThat(allocatedBytes).isLessThan(rounds);
  }

  private int forward(ByteBuffer in, ByteBuffer out, int[] identifiers) throws MalformedPacket {
    PublishDecoder.decode(in, 0, in.limit(), MqttVersion.V5, Sender.CLIENT, view);
    PublishDecoder.checkTopic(view, MqttVersion.V5);
    int passOnTo = PublishEncoder.copyPassOn(view, out, 100);
    return PublishEncoder.write(
        out,
        0,
        MqttVersion.V5,
        view.firstByte() & 7,
        in,
        view.topicFrom(),
        view.topicTo(),
        view.packetId(),
        0,
        view.messageExpirySeconds(),
        identifiers,
        1,
        out,
        100,
        passOnTo,
        in,
        view.payloadFrom(),
        view.payloadTo());
  }

  private void decode(String packet, MqttVersion version) throws MalformedPacket {
    Slice bytes = PacketText.parse(packet);
    ByteBuffer buffer = ByteBuffer.allocateDirect(3 + bytes.length() + 2);
    bytes.copyTo(buffer, 3);
    PublishDecoder.decode(buffer, 3, 3 + bytes.length(), version, Sender.CLIENT, view);
  }
}
