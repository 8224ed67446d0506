package io.dunlin.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.PublishView;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What holds for all packets, tried with many out of a seed.
class CodecPropertiesTest {
  private static final int ROUNDS = 3_000;
  private static final int MAX_PACKET_BYTES = 1 << 20;

  @ParameterizedTest
  @EnumSource
  void decodingGivesWhatWasEncoded(MqttVersion version) throws MalformedPacket {
    for (Sender sender : Sender.values()) {
      for (long seed = 0; seed < ROUNDS; seed++) {
        Packet packet = new PacketGenerator(seed, version).next(sender);

        Slice bytes = PacketEncoder.encode(packet, version);

        assertThat(decode(bytes, version, sender))
            .as("seed %d, %s, %s", seed, version, sender)
            .isEqualTo(packet);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void decodingGivesTheSameWhereverThePacketLies(MqttVersion version) throws MalformedPacket {
    for (long seed = 0; seed < ROUNDS; seed++) {
      Packet packet = new PacketGenerator(seed, version).next(Sender.CLIENT);
      Slice bytes = PacketEncoder.encode(packet, version);
      ByteBuffer arena = ByteBuffer.allocateDirect(bytes.length() + 20);
      arena.order(java.nio.ByteOrder.LITTLE_ENDIAN);
      for (int at = 0; at < arena.capacity(); at++) {
        arena.put(at, (byte) 0xff);
      }
      bytes.copyTo(arena, 7);

      Packet decoded = PacketDecoder.decode(arena, 7, 7 + bytes.length(), version, Sender.CLIENT);

      assertThat(decoded).as("seed %d", seed).isEqualTo(packet);
    }
  }

  @ParameterizedTest
  @EnumSource
  void publishWrittenFromPartsIsTheSameAsFromAValue(MqttVersion version) throws MalformedPacket {
    PublishView view = new PublishView();
    for (long seed = 0; seed < ROUNDS; seed++) {
      Publish publish = new PacketGenerator(seed, version).publish();
      Slice bytes = PacketEncoder.encode(publish, version);
      ByteBuffer in = bytes.asByteBuffer();
      PublishDecoder.decode(in, 0, bytes.length(), version, Sender.SERVER, view);
      ByteBuffer passOn = ByteBuffer.allocate(view.passOnLength());
      int passOnTo = PublishEncoder.copyPassOn(view, passOn, 0);
      int[] identifiers =
          publish.subscriptionIdentifiers().stream().mapToInt(Integer::intValue).toArray();
      int size =
          PublishEncoder.size(
              version,
              view.qos(),
              view.topicTo() - view.topicFrom(),
              view.topicAlias(),
              view.messageExpirySeconds(),
              identifiers,
              identifiers.length,
              view.passOnLength(),
              view.payloadTo() - view.payloadFrom());
      ByteBuffer out = ByteBuffer.allocate(5 + size);

      int end =
          PublishEncoder.write(
              out,
              5,
              version,
              view.firstByte() & 0x0f,
              in,
              view.topicFrom(),
              view.topicTo(),
              view.packetId(),
              view.topicAlias(),
              view.messageExpirySeconds(),
              identifiers,
              identifiers.length,
              passOn,
              0,
              passOnTo,
              in,
              view.payloadFrom(),
              view.payloadTo());

      assertThat(end).as("seed %d", seed).isEqualTo(5 + size);
      assertThat(Slice.copyOf(out, 5, end)).as("seed %d", seed).isEqualTo(bytes);
    }
  }

  @ParameterizedTest
  @EnumSource
  void changedPacketsAreDecodedOrRefused(MqttVersion version) {
    for (Sender sender : Sender.values()) {
      for (long seed = 0; seed < ROUNDS; seed++) {
        Random random = new Random(seed);
        Packet packet = new PacketGenerator(seed, version).next(sender);
        byte[] bytes = mutate(random, PacketEncoder.encode(packet, version).toArray());
        decodeOrRefuse(bytes, version, sender, "seed " + seed);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void anyBytesAreDecodedOrRefused(MqttVersion version) {
    for (long seed = 0; seed < 10 * ROUNDS; seed++) {
      Random random = new Random(seed);
      byte[] body = new byte[random.nextInt(40)];
      for (int at = 0; at < body.length; at++) {
        body[at] = (byte) (random.nextBoolean() ? random.nextInt(8) : random.nextInt(256));
      }
      byte[] bytes = new byte[2 + body.length];
      bytes[0] = (byte) random.nextInt(256);
      bytes[1] = (byte) body.length;
      System.arraycopy(body, 0, bytes, 2, body.length);
      Sender sender = random.nextBoolean() ? Sender.CLIENT : Sender.SERVER;
      decodeOrRefuse(bytes, version, sender, "seed " + seed);
    }
  }

  @ParameterizedTest
  @EnumSource
  void hugePacketsOfTheSmallestPartsAreRefusedSoon(MqttVersion version) {
    byte[] body = new byte[MAX_PACKET_BYTES - 5];
    for (int firstByte = 0; firstByte < 256; firstByte++) {
      Slice bytes = new PacketWriter().raw(Slice.wrap(body)).toPacket(firstByte);
      Assertions.assertTimeoutPreemptively(
          Duration.ofSeconds(10),
          () -> decodeOrRefuse(bytes.toArray(), version, Sender.CLIENT, "zeros"));
    }
  }

  /// Flips, cuts, doubles or swaps some bytes behind the fixed header.
  private static byte[] mutate(Random random, byte[] packet) {
    int header = 1;
    while (packet[header++] < 0) {}
    byte[] body = java.util.Arrays.copyOfRange(packet, header, packet.length);
    for (int i = random.nextInt(3); i >= 0 && body.length > 0; i--) {
      int at = random.nextInt(body.length);
      switch (random.nextInt(4)) {
        case 0 -> body[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> body[at] = (byte) random.nextInt(256);
        case 2 -> body = java.util.Arrays.copyOf(body, at);
        default -> {
          byte[] longer = java.util.Arrays.copyOf(body, body.length + 1 + random.nextInt(4));
          System.arraycopy(body, at, longer, at + longer.length - body.length, body.length - at);
          body = longer;
        }
      }
    }
    int firstByte = random.nextInt(8) == 0 ? random.nextInt(256) : packet[0];
    return new PacketWriter().raw(Slice.copyOf(body)).toPacket(firstByte).toArray();
  }

  private static void decodeOrRefuse(
      byte[] bytes, MqttVersion version, Sender sender, String what) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    try {
      int length = PacketFrame.length(buffer, 0, bytes.length, MAX_PACKET_BYTES);
      if (length == 0 || length > bytes.length) {
        return;
      }
      ConnectDecoder.answerVersion(buffer, 0, length);
      PacketDecoder.decode(buffer, 0, length, version, sender);
    } catch (MalformedPacket refused) {
      assertThat(refused.statement()).as("%s: %s", what, refused).isNotEmpty();
    }
  }

  private static Packet decode(Slice bytes, MqttVersion version, Sender sender)
      throws MalformedPacket {
    ByteBuffer buffer = bytes.asByteBuffer();
    int length = PacketFrame.length(buffer, 0, bytes.length(), MAX_PACKET_BYTES);
    assertThat(length).isEqualTo(bytes.length());
    return PacketDecoder.decode(buffer, 0, length, version, sender);
  }
}
