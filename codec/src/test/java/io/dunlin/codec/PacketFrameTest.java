package io.dunlin.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.ReasonCode;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PacketFrameTest {
  @ParameterizedTest
  @ValueSource(strings = {"30", "30 80", "30 ff ff", "30 ff ff ff"})
  void lengthIsUnknownUntilItsLastByte(String hex) throws MalformedPacket {
    assertThat(length(hex, 1_000)).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "c0 00, 2",
    "30 7f, 129",
    "30 80 01, 131",
    "30 ff 7f, 16386",
    "30 80 80 01, 16388",
    "30 80 80 80 01, 2097157",
    "30 ff ff ff 7f, 268435460"
  })
  void lengthIsTheHeaderAndTheRest(String hex, int expected) throws MalformedPacket {
    assertThat(length(hex, Integer.MAX_VALUE)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "30 80 00",
        "30 ff 80 00",
        "30 80 80 80 00",
        "30 80 80 80 80 01",
        "30 ff ff ff ff"
      })
  void lengthInMoreBytesThanNeededIsMalformed(String hex) {
    assertThat(refusal(hex, 1_000).reason()).isEqualTo(ReasonCode.MALFORMED_PACKET);
  }

  @Test
  void packetAboveTheLimitIsRefusedByItsHeader() throws MalformedPacket {
    assertThat(length("30 62", 100)).isEqualTo(100);
    assertThat(refusal("30 63", 100).reason()).isEqualTo(ReasonCode.PACKET_TOO_LARGE);
  }

  private static int length(String hex, int maxPacketBytes) throws MalformedPacket {
    byte[] bytes = HexFormat.of().parseHex("ff" + hex.replace(" ", "") + "ff");
    return PacketFrame.length(ByteBuffer.wrap(bytes), 1, bytes.length - 1, maxPacketBytes);
  }

  private static MalformedPacket refusal(String hex, int maxPacketBytes) {
    return catchThrowableOfType(MalformedPacket.class, () -> length(hex, maxPacketBytes));
  }
}
