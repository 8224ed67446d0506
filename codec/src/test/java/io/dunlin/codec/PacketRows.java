package io.dunlin.codec;

import io.dunlin.base.Slice;
import io.dunlin.codec.PacketCase.Answer;
import io.dunlin.codec.PacketCase.Expectation;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.ReasonCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Rows of packets, and what they are made of; [PacketTable] explains them.
class PacketRows {
  /// The limit that the rows about too large packets are made for.
  public static final int MAX_PACKET_BYTES = 1 << 20;

  static final List<MqttVersion> ALL = List.of(MqttVersion.values());
  static final List<MqttVersion> SINCE_3_1_1 = List.of(MqttVersion.V3_1_1, MqttVersion.V5);
  static final List<MqttVersion> BEFORE_5 = List.of(MqttVersion.V3_1, MqttVersion.V3_1_1);

  /// Strings that are no UTF-8 as MQTT has it, and the statement that says so for 5.0.
  static final String[][] BAD_TEXT = {
    {"U+0000", "00", "MQTT-1.5.4-2"},
    {"U+0000 amid", "610062", "MQTT-1.5.4-2"},
    {"a surrogate", "eda080", "MQTT-1.5.4-1"},
    {"a pair of surrogates", "eda080edb080", "MQTT-1.5.4-1"},
    {"U+0000 in two bytes", "c080", "MQTT-1.5.4-1"},
    {"a slash in two bytes", "c0af", "MQTT-1.5.4-1"},
    {"a lone continuation", "80", "MQTT-1.5.4-1"},
    {"a character cut off", "61c3", "MQTT-1.5.4-1"},
    {"U+110000", "f4908080", "MQTT-1.5.4-1"},
    {"five bytes", "f888808080", "MQTT-1.5.4-1"},
    {"Latin-1", "e4", "MQTT-1.5.4-1"},
  };

  /// Strings that look odd, but are fine.
  static final String[][] GOOD_TEXT = {
    {"U+FEFF", "efbbbf61", "MQTT-1.5.4-3"},
    {"U+10FFFF", "f48fbfbf", "MQTT-1.5.4-1"},
    {"U+D7FF and U+E000", "ed9fbfee8080", "MQTT-1.5.4-1"},
    {"spaces", "202020", "MQTT-4.7.3-1"},
  };

  static final String[] BAD_FILTERS = {
    "a#", "#a", "#/a", "a/#/b", "a+", "+a", "a/+b/c", "a/b+/c", "++", "##", "+#", "a/##"
  };

  static final String[] BAD_SHARES = {
    "$share/",
    "$share//a",
    "$share/g",
    "$share/g/",
    "$share/+/a",
    "$share/#/a",
    "$share/g+/a",
    "$share/#"
  };

  static final String[] GOOD_FILTERS = {
    "a",
    "/",
    "//",
    "#",
    "+",
    "+/+",
    "/+",
    "a/#",
    "a/+/b",
    "+/a/#",
    "$SYS/#",
    "$share",
    "$share/g/a",
    "$share/g/#",
    "$share/g//",
    "$shared/g"
  };

  /// Each property: its identifier, a value that is right for it, and the packets that have it:
  /// `C`ONNECT, `W`ill, `P`UBLISH, `A`cknowledgements, `S`UBSCRIBE, `U`NSUBSCRIBE, `D`ISCONNECT,
  /// a`u`th; nothing where only a server sends it, or nobody.
  static final String[][] PROPERTIES = {
    {"00", "00", ""},
    {"01", "01", "WP"},
    {"02", "0000003c", "WP"},
    {"03", "<text/plain>", "WP"},
    {"04", "00", ""},
    {"08", "<answers/here>", "WP"},
    {"09", "[00ff]", "WP"},
    {"0b", "07", "S"},
    {"11", "00000000", "CD"},
    {"12", "<assigned>", ""},
    {"13", "003c", ""},
    {"15", "<X-TABLE>", "Cu"},
    {"16", "[00ff]", "Cu"},
    {"17", "01", "C"},
    {"18", "00000001", "W"},
    {"19", "00", "C"},
    {"1a", "<info>", ""},
    {"1c", "<elsewhere>", "D"},
    {"1f", "<because>", "ADu"},
    {"21", "000a", "C"},
    {"22", "000a", "C"},
    {"23", "0001", "P"},
    {"24", "01", ""},
    {"25", "01", ""},
    {"26", "<name><value>", "CWPASUDu"},
    {"27", "00010000", "C"},
    {"28", "01", ""},
    {"29", "01", ""},
    {"2a", "01", ""},
    {"2b", "01", ""},
    {"3f", "01", ""},
    {"7f", "01", ""},
    {"a600", "<name><value>", ""},
  };

  /// Packets with properties: the letter, the packet with `%s` for them, the statement about the
  /// packet.
  static final String[][] WITH_PROPERTIES = {
    {"C", "10 | <MQTT> 05 02 003c {%s} <table>"},
    {"W", "10 | <MQTT> 05 06 003c {} <table> {%s} <will> [00]"},
    {"P", "30 | <topic> {%s} 00"},
    {"P", "34 | <topic> 0001 {%s} 00"},
    {"A", "40 | 0001 00 {%s}"},
    {"A", "50 | 0001 00 {%s}"},
    {"A", "62 | 0001 00 {%s}"},
    {"A", "70 | 0001 00 {%s}"},
    {"S", "82 | 0001 {%s} <topic> 00"},
    {"U", "a2 | 0001 {%s} <topic>"},
    {"D", "e0 | 00 {%s}"},
    {"u", "f0 | 19 {%s}"},
  };

  static final Set<String> PUBACK_CODES =
      Set.of("00", "10", "80", "83", "87", "90", "91", "97", "99");
  static final Set<String> PUBREL_CODES = Set.of("00", "92");
  static final Set<String> DISCONNECT_CODES =
      Set.of(
          "00", "04", "80", "81", "82", "83", "8c", "90", "93", "94", "95", "96", "97", "98", "99");
  static final Set<String> AUTH_CODES = Set.of("18", "19");

  final List<PacketCase> rows = new ArrayList<>();

  // Parts that differ by version.

  static String connectHead(MqttVersion version, String flags) {
    return "<%s> %02x %s 003c ".formatted(version.protocolName(), version.protocolLevel(), flags);
  }

  /// The Property Length of no properties.
  static String none(MqttVersion version) {
    return version == MqttVersion.V5 ? "{} " : "";
  }

  // What rows are made of.

  static final Expectation ACCEPTED = new Expectation(Answer.ACCEPTED, -1);
  static final Expectation CLOSE = new Expectation(Answer.CLOSE, -1);

  void accept(MqttVersion version, String name, String packet, String... statements) {
    add(version, name, packet, null, ACCEPTED, statements);
  }

  /// Well-formed, and yet refused by a broker.
  void refuseByBroker(
      MqttVersion version, String name, ReasonCode reason, String packet, String... statements) {
    add(version, name, packet, null, refusal(version, isConnect(packet), reason), statements);
  }

  void refuse(
      MqttVersion version, String name, ReasonCode reason, String packet, String... statements) {
    add(version, name, packet, reason, refusal(version, isConnect(packet), reason), statements);
  }

  void malformed(MqttVersion version, String name, String packet, String... statements) {
    refuse(version, name, ReasonCode.MALFORMED_PACKET, packet, statements);
  }

  void protocolError(MqttVersion version, String name, String packet, String... statements) {
    refuse(version, name, ReasonCode.PROTOCOL_ERROR, packet, statements);
  }

  void add(
      MqttVersion version,
      String name,
      String packet,
      @Nullable ReasonCode refusal,
      Expectation expectation,
      String... statements) {
    add(version, name, isConnect(packet), packet, refusal, expectation, statements);
  }

  void add(
      MqttVersion version,
      String name,
      boolean first,
      String packet,
      @Nullable ReasonCode refusal,
      Expectation expectation,
      String... statements) {
    rows.add(
        new PacketCase(
            version + ": " + name,
            version,
            first,
            PacketText.parse(packet),
            refusal,
            expectation,
            Arrays.stream(statements).filter(s -> isOf(version, s)).toList()));
  }

  /// Templates name the statements of both standards; a row has those of its version.
  static boolean isOf(MqttVersion version, String statement) {
    return statement.endsWith(" v3.1.1") != (version == MqttVersion.V5);
  }

  static boolean isConnect(String packet) {
    return packet.startsWith("1");
  }

  /// A broker's answer where it refuses for `reason`.
  static Expectation refusal(MqttVersion version, boolean connect, ReasonCode reason) {
    if (version == MqttVersion.V5) {
      return new Expectation(connect ? Answer.CONNACK : Answer.DISCONNECT, reason.code());
    }
    if (connect) {
      return switch (reason) {
        case UNSUPPORTED_PROTOCOL_VERSION -> new Expectation(Answer.CONNACK, 1);
        case CLIENT_IDENTIFIER_NOT_VALID -> new Expectation(Answer.CONNACK, 2);
        default -> CLOSE; // [MQTT-3.1.4-1 v3.1.1]
      };
    }
    return CLOSE; // [MQTT-4.8.0-1 v3.1.1]
  }

  // The rows.

  /// The CONNECT that goes before the rows that are not the first on their connection.
  static Slice plainConnect(MqttVersion version) {
    return PacketText.parse("10 | " + connectHead(version, "02") + none(version) + "<table>");
  }
}
