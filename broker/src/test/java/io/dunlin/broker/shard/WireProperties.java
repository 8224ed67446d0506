package io.dunlin.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import io.dunlin.broker.store.MessageView;
import io.dunlin.codec.PacketDecoder;
import io.dunlin.codec.PacketEncoder;
import io.dunlin.codec.Sender;
import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.TopicName;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Each form of a message is the packet that the codec encodes from the same values.
class WireProperties {
  private static final long NOW = 1_700_000_000_000L;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void everyFormIsWhatTheCodecEncodes(long seed) throws MalformedPacket {
    Random random = new Random(seed);
    Wire wire = new Wire();
    for (int i = 0; i < 300; i++) {
      String topic = "t/" + Long.toString(random.nextLong(), 36);
      byte[] payload = new byte[random.nextInt(20) == 0 ? random.nextInt(90_000) : 50];
      random.nextBytes(payload);
      int expiry = random.nextBoolean() ? -1 : 1 + random.nextInt(1_000);
      MessageView message = message(topic, payload, expiry);
      wire.begin(message, NOW);
      for (MqttVersion version : List.of(MqttVersion.V5, MqttVersion.V3_1_1)) {
        for (int qos = 0; qos < 3; qos++) {
          String where = "seed %d case %d %s QoS %d".formatted(seed, i, version, qos);
          int id = qos == 0 ? 0 : 1 + random.nextInt(65_535);
          Slice expected =
              PacketEncoder.encode(publish(topic, payload, qos, id, 0, expiry, List.of()), version);
          assertThat(form(wire, version, qos, id)).as(where).isEqualTo(expected);
          checkOwn(
              wire, version, new Own(topic, Slice.copyOf(payload), qos, id, expiry), random, where);
        }
      }
    }
  }

  private record Own(String topic, Slice payload, int qos, int id, int expiry) {}

  private static void checkOwn(Wire wire, MqttVersion version, Own own, Random random, String where)
      throws MalformedPacket {
    if (version != MqttVersion.V5) {
      return;
    }
    int alias = random.nextInt(3);
    List<Integer> identifiers = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      identifiers.add(1 + random.nextInt(1 << 28));
    }
    int[] ids = identifiers.stream().mapToInt(Integer::intValue).toArray();
    Slice expected =
        PacketEncoder.encode(
            publish(
                own.topic, own.payload.toArray(), own.qos, own.id, alias, own.expiry, identifiers),
            version);
    int size = wire.size(version, own.id, alias, ids);
    ByteBuffer target = ByteBuffer.allocate(size + 3);
    assertThat(wire.write(target, 3, version, own.qos << 1, own.id, alias, ids))
        .as(where)
        .isEqualTo(size + 3);
    Publish decoded = (Publish) PacketDecoder.decode(target, 3, size + 3, version, Sender.SERVER);
    assertThat(size).as(where).isEqualTo(expected.length());
    assertThat(decoded)
        .as(where)
        .isEqualTo(
            publish(
                own.topic, own.payload.toArray(), own.qos, own.id, alias, own.expiry, identifiers));
  }

  /// A form as a subscriber gets it: with its own first byte and packet identifier.
  private static Slice form(Wire wire, MqttVersion version, int qos, int id) {
    int form = Wire.form(version, qos > 0);
    wire.build(form);
    byte[] packet = new byte[wire.length(form)];
    wire.buffer(form).get(wire.from(form), packet);
    ByteBuffer bytes = ByteBuffer.wrap(packet);
    bytes.put(0, (byte) (0x30 | qos << 1));
    if (qos > 0) {
      bytes.putShort(wire.idOffset(form), (short) id);
    }
    return Slice.wrap(packet);
  }

  private static Publish publish(
      String topic,
      byte[] payload,
      int qos,
      int id,
      int alias,
      int expiry,
      List<Integer> identifiers) {
    return new Publish(
        TopicName.of(topic),
        Slice.copyOf(payload),
        Qos.of(qos),
        false,
        false,
        id,
        alias,
        false,
        expiry,
        null,
        null,
        null,
        identifiers,
        List.of());
  }

  private static MessageView message(String topic, byte[] payload, int expirySeconds) {
    ByteBuffer topicBytes = Slice.utf8(topic).asByteBuffer();
    ByteBuffer bytes = ByteBuffer.wrap(payload);
    MessageView view = new MessageView();
    view.set(
        2,
        false,
        expirySeconds < 0 ? MessageView.NEVER : NOW + expirySeconds * 1_000L,
        topicBytes,
        0,
        topicBytes.limit(),
        bytes,
        0,
        0,
        bytes,
        0,
        bytes.limit());
    return view;
  }
}
