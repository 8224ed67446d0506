package io.dunlin.codec;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.codec.PacketCase.Answer;
import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.ReasonCode;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PacketTableTest {
  static List<PacketCase> cases() {
    return PacketTable.cases();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void decoderDoesWhatTheTableSays(PacketCase row) {
    MalformedPacket refusal = decode(row);

    assertThat(refusal == null ? null : refusal.reason())
        .as("%s: %s", row.bytes(), refusal)
        .isEqualTo(row.refusal());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void refusalNamesAStatementOfTheRow(PacketCase row) {
    MalformedPacket refusal = decode(row);
    if (refusal != null && !row.statements().isEmpty() && isParticular(refusal.statement())) {
      assertThat(row.statements()).contains(refusal.statement());
    }
  }

  /// Sections, and the statements that each malformed packet breaks, tell nothing about a row.
  private static boolean isParticular(String statement) {
    return !statement.startsWith("§")
        && !statement.equals("MQTT-4.13.1-1")
        && !statement.equals("MQTT-4.8.0-1 v3.1.1");
  }

  static List<PacketCase> refusedFirstPackets() {
    return cases().stream().filter(row -> row.first() && row.refusal() != null).toList();
  }

  @ParameterizedTest
  @MethodSource("refusedFirstPackets")
  void refusedConnectIsAnsweredInItsVersion(PacketCase row) {
    ReasonCode refusal = requireNonNull(row.refusal());
    ByteBuffer buffer = row.bytes().asByteBuffer();
    MqttVersion answerVersion = ConnectDecoder.answerVersion(buffer, 0, buffer.limit());

    Answer answer =
        answerVersion == null
                || (answerVersion != MqttVersion.V5 && ReasonCodes.v3ConnAckCode(refusal) < 0)
            ? Answer.CLOSE
            : Answer.CONNACK;

    assertThat(answer).isEqualTo(row.expectation().answer());
    if (answer == Answer.CONNACK) {
      assertThat(answerVersion).isEqualTo(row.version());
    }
  }

  @Test
  void rowsAreManyAndDifferent() {
    Set<String> names = new HashSet<>();
    for (PacketCase row : PacketTable.cases()) {
      assertThat(names.add(row.name())).as(row.name()).isTrue();
    }
    assertThat(names).hasSizeGreaterThan(600);
  }

  /// Why the row is refused; null if it is not.
  private static @Nullable MalformedPacket decode(PacketCase row) {
    ByteBuffer buffer = row.bytes().asByteBuffer();
    int to = buffer.limit();
    try {
      int length = PacketFrame.length(buffer, 0, to, PacketTable.MAX_PACKET_BYTES);
      assertThat(length).as("bytes of %s", row).isBetween(2, to);
      if (row.first()) {
        PacketDecoder.decodeConnect(buffer, 0, length);
      } else {
        PacketDecoder.decode(buffer, 0, length, row.version(), Sender.CLIENT);
      }
      return null;
    } catch (MalformedPacket refused) {
      return refused;
    }
  }
}
