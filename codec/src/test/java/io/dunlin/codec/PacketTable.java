package io.dunlin.codec;

import io.dunlin.base.Slice;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.ReasonCode;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/// The table of packets: what clients send, right and wrong, and what becomes of it. Written by
/// hand as templates, each multiplied by versions and malformations; knows nothing of the decoder.
///
/// The decoder's tests read it, and so do tests that send the rows to a running broker. That broker
/// has to allow: anonymous clients, topic aliases up to 1 at least, shared subscriptions,
/// wildcards, subscription identifiers, retained messages, an empty client identifier with a clean
/// session; it knows no authentication method; its Maximum Packet Size is [#MAX_PACKET_BYTES] or
/// less, but more than 64 KiB.
public final class PacketTable extends PacketRows {
  private PacketTable() {}

  /// All rows.
  public static List<PacketCase> cases() {
    PacketTable table = new PacketTable();
    table.rows.addAll(new FirstPacketRows().rows);
    table.types();
    table.flags();
    table.lengths();
    table.cuts();
    table.publishes();
    table.acknowledgements();
    table.subscribes();
    table.unsubscribes();
    table.disconnects();
    table.properties();
    table.propertyValues();
    table.reasonCodes();
    return List.copyOf(table.rows);
  }

  /// The CONNECT that goes before the rows that are not the first on their connection.
  public static Slice connect(MqttVersion version) {
    return plainConnect(version);
  }

  /// Packets that a client may not send.
  private void types() {
    for (MqttVersion v : ALL) {
      boolean v5 = v == MqttVersion.V5;
      protocolError(v, "type 0", "00 |", "§2.1.2");
      protocolError(v, "type 0 with flags", "0f | 00", "§2.1.2");
      add(
          v,
          "CONNACK from a client",
          v5 ? "20 | 00 00 {}" : "20 | 0000",
          ReasonCode.PROTOCOL_ERROR,
          refusal(v, false, ReasonCode.PROTOCOL_ERROR));
      protocolError(v, "SUBACK from a client", v5 ? "90 | 0001 {} 00" : "90 | 0001 00");
      protocolError(v, "UNSUBACK from a client", v5 ? "b0 | 0001 {} 00" : "b0 | 0001");
      protocolError(v, "PINGRESP from a client", "d0 |");
    }
    for (MqttVersion v : BEFORE_5) {
      protocolError(v, "type 15", "f0 |", "§2.2.1 v3.1.1");
      protocolError(v, "AUTH", "f0 | 19 {15 <X-TABLE>}", "§2.2.1 v3.1.1");
    }
    refuseByBroker(
        MqttVersion.V5,
        "AUTH without a method in the CONNECT",
        ReasonCode.PROTOCOL_ERROR,
        "f0 | 19 {15 <X-TABLE>}",
        "MQTT-4.12.0-7");
    refuseByBroker(
        MqttVersion.V5,
        "CONNECT with an unknown authentication method",
        ReasonCode.BAD_AUTHENTICATION_METHOD,
        "10 | " + connectHead(MqttVersion.V5, "02") + "{15 <X-TABLE>} <table>",
        "MQTT-4.12.0-1");
  }

  /// The flags in the first byte, all but those of CONNECT and PUBLISH.
  private void flags() {
    for (MqttVersion v : ALL) {
      String none = none(v);
      flags(v, 0x40, "0001", "MQTT-2.1.3-1", "MQTT-2.2.2-2 v3.1.1");
      flags(v, 0x50, "0001", "MQTT-2.1.3-1", "MQTT-2.2.2-2 v3.1.1");
      flags(v, 0x62, "0001", "MQTT-3.6.1-1", "MQTT-3.6.1-1 v3.1.1");
      flags(v, 0x70, "0001", "MQTT-2.1.3-1", "MQTT-2.2.2-2 v3.1.1");
      flags(v, 0x82, "0001 " + none + "<a> 00", "MQTT-3.8.1-1", "MQTT-3.8.1-1 v3.1.1");
      flags(v, 0xa2, "0001 " + none + "<a>", "MQTT-3.10.1-1", "MQTT-3.10.1-1 v3.1.1");
      flags(v, 0xc0, "", "MQTT-2.1.3-1", "MQTT-2.2.2-2 v3.1.1");
      flags(v, 0xe0, "", "MQTT-3.14.1-1", "MQTT-3.14.1-1 v3.1.1");
    }
    flags(MqttVersion.V5, 0xf0, "19 {15 <X-TABLE>}", "MQTT-3.15.1-1");
  }

  private void flags(MqttVersion v, int firstByte, String body, String... statements) {
    for (int bit = 1; bit < 16; bit <<= 1) {
      String name = "first byte %02x in place of %02x".formatted(firstByte ^ bit, firstByte);
      String packet = "%02x | %s".formatted(firstByte ^ bit, body);
      if (v == MqttVersion.V3_1 && bit == 8 && (firstByte & 0x0f) != 0) {
        accept(v, name, packet, "§2.1 of MQTT 3.1"); // there DUP marks what is sent again
      } else {
        malformed(v, name, packet, statements);
      }
    }
  }

  /// Remaining Lengths.
  private void lengths() {
    for (MqttVersion v : ALL) {
      malformed(v, "PINGREQ with a length of two bytes", "c0 8000", "MQTT-1.5.5-1");
      malformed(v, "PINGREQ with a length of four bytes", "c0 80808000", "MQTT-1.5.5-1");
      malformed(
          v, "PINGREQ with a length of five bytes", "c0 8080808001", "§2.1.4", "MQTT-1.5.5-1");
      malformed(
          v, "PUBLISH with a length of five bytes", "30 ffffffff7f", "§2.1.4", "MQTT-1.5.5-1");
      malformed(v, "PINGREQ with a byte too many", "c0 | 00");
      ReasonCode tooLarge = ReasonCode.PACKET_TOO_LARGE;
      refuse(v, "PUBLISH of 256 MiB, its header", tooLarge, "30 ffffff7f", "MQTT-3.2.2-15");
      refuse(v, "SUBSCRIBE of 2 MiB, its header", tooLarge, "82 80808001", "MQTT-3.2.2-15");
      accept(v, "PINGREQ", "c0 |", "MQTT-3.12.4-1", "MQTT-3.12.4-1 v3.1.1");
      accept(
          v,
          "PUBLISH of 16,383 bytes",
          "30 | <topic> " + none(v) + "00".repeat(16_383 - (v == MqttVersion.V5 ? 8 : 7)));
      accept(
          v,
          "PUBLISH of 16,384 bytes",
          "30 | <topic> " + none(v) + "00".repeat(16_384 - (v == MqttVersion.V5 ? 8 : 7)));
    }
    add(
        MqttVersion.V5,
        "CONNECT of 256 MiB, its header",
        "10 ffffff7f",
        ReasonCode.PACKET_TOO_LARGE,
        CLOSE);
    add(
        MqttVersion.V5,
        "CONNECT with a length of five bytes",
        "10 8080808001",
        ReasonCode.MALFORMED_PACKET,
        CLOSE);
    for (String length :
        List.of("80", "8000", "80808000", "8080808001", "ff7f", "ffffff7f", "05")) {
      String what = "with the Property Length " + length;
      MqttVersion v5 = MqttVersion.V5;
      malformed(v5, "PUBLISH " + what, "30 | <topic> " + length, "MQTT-1.5.5-1", "MQTT-2.2.2-1");
      malformed(v5, "SUBSCRIBE " + what, "82 | 0001 " + length);
      malformed(v5, "PUBACK " + what, "40 | 0001 00 " + length);
      malformed(v5, "DISCONNECT " + what, "e0 | 00 " + length);
      malformed(v5, "CONNECT " + what, "10 | " + connectHead(v5, "02") + length);
    }
  }

  /// Packets that end too soon, at each of their bytes.
  private void cuts() {
    for (MqttVersion v : ALL) {
      String none = none(v);
      boolean v5 = v == MqttVersion.V5;
      cuts(v, "CONNECT", "10", connectHead(v, "2e") + none + "<table> " + none + "<w> [00]");
      cuts(v, "SUBSCRIBE", "82", "0001 " + none + "<a/b> 01", v5 ? 3 : 2);
      cuts(v, "UNSUBSCRIBE", "a2", "0001 " + none + "<a/b>", v5 ? 3 : 2);
      for (String firstByte : List.of("40", "50", "62", "70")) {
        cuts(v, "acknowledgement", firstByte, "0001");
      }
      if (v5) {
        cuts(v, "PUBLISH", "32", "<topic> 0001 {26 <k> <v>}");
      } else {
        cuts(v, "PUBLISH", "32", "<topic> 0001");
      }
    }
    cuts(
        MqttVersion.V5,
        "CONNECT with properties",
        "10",
        connectHead(MqttVersion.V5, "02") + "{11 0000000a 21 000a 26 <k> <v>} <table>");
    cuts(MqttVersion.V5, "SUBSCRIBE with properties", "82", "0001 {0b 07 26 <k> <v>} <a> 01", 12);
  }

  /// Cuts the body at each byte; where `noFilter` bytes are left, all is there but a topic filter.
  private void cuts(MqttVersion v, String name, String firstByte, String body, int... noFilter) {
    Slice bytes = PacketText.parse(body);
    String hex = HexFormat.of().formatHex(bytes.toArray());
    for (int length = 0; length < bytes.length(); length++) {
      String what =
          "%s %s of %d bytes, cut to %d".formatted(name, firstByte, bytes.length(), length);
      String packet = firstByte + " | " + hex.substring(0, 2 * length);
      if (noFilter.length == 1 && noFilter[0] == length) {
        protocolError(
            v,
            what,
            packet,
            "MQTT-3.8.3-2",
            "MQTT-3.8.3-3 v3.1.1",
            "MQTT-3.10.3-2",
            "MQTT-3.10.3-2 v3.1.1");
      } else if (firstByte.equals("10") && !knowsVersion(v, length)) {
        add(
            v,
            what,
            packet,
            ReasonCode.MALFORMED_PACKET,
            CLOSE,
            "MQTT-3.1.4-1",
            "MQTT-3.1.4-1 v3.1.1");
      } else {
        malformed(v, what, packet);
      }
    }
  }

  /// Whether so many bytes of a CONNECT tell its version.
  private static boolean knowsVersion(MqttVersion v, int bytes) {
    return bytes > 2 + v.protocolName().length();
  }

  private void publishes() {
    for (MqttVersion v : ALL) {
      String none = none(v);
      for (String firstByte : List.of("30", "31")) {
        accept(
            v,
            "PUBLISH " + firstByte,
            firstByte + " | <topic> " + none + "00",
            "MQTT-3.3.4-1",
            "MQTT-3.3.4-1 v3.1.1");
      }
      for (String firstByte : List.of("32", "33", "34", "35", "3a", "3b", "3c", "3d")) {
        String head = firstByte + " | <topic> ";
        accept(
            v,
            "PUBLISH " + firstByte,
            head + "0001 " + none + "00",
            "MQTT-3.3.4-1",
            "MQTT-3.3.4-1 v3.1.1");
        accept(v, "PUBLISH " + firstByte + ", the last identifier", head + "ffff " + none + "00");
        protocolError(
            v,
            "PUBLISH " + firstByte + " with packet identifier 0",
            head + "0000 " + none + "00",
            "MQTT-2.2.1-3",
            "MQTT-2.3.1-1 v3.1.1");
        malformed(v, "PUBLISH " + firstByte + " without packet identifier", head);
      }
      for (String firstByte : List.of("36", "37", "3e", "3f")) {
        malformed(
            v,
            "PUBLISH " + firstByte + " with QoS 3",
            firstByte + " | <topic> 0001 " + none + "00",
            "MQTT-3.3.1-4",
            "MQTT-3.3.1-4 v3.1.1");
      }
      for (String firstByte : List.of("38", "39")) {
        malformed(
            v,
            "PUBLISH " + firstByte + " with DUP, but QoS 0",
            firstByte + " | <topic> " + none + "00",
            "MQTT-3.3.1-2",
            "MQTT-3.3.1-2 v3.1.1");
      }
      accept(v, "PUBLISH of nothing", "30 | <topic> " + none);
      accept(v, "PUBLISH of any bytes", "30 | <topic> " + none + "00 ff c0 80 ed a0 80");
      for (String topic : List.of("#", "+", "a/#", "a/+/b", "a+", "a#", "#/", "/+")) {
        malformed(
            v,
            "PUBLISH to '" + topic + "'",
            "30 | <" + topic + "> " + none + "00",
            "MQTT-3.3.2-2",
            "MQTT-3.3.2-2 v3.1.1",
            "MQTT-4.7.0-1");
      }
      for (String topic : List.of("/", "//", "a//b", " ", "/a/", "A/b", "ä/日本")) {
        accept(v, "PUBLISH to '" + topic + "'", "30 | <" + topic + "> " + none + "00");
      }
      accept(v, "PUBLISH to a name of 65,535 bytes", "30 | <" + "x".repeat(65_535) + "> " + none);
    }
    for (MqttVersion v : BEFORE_5) {
      malformed(v, "PUBLISH to ''", "30 | <> 00", "MQTT-4.7.3-1 v3.1.1");
      malformed(v, "PUBLISH of nothing to ''", "30 | <>", "MQTT-4.7.3-1 v3.1.1");
    }
    MqttVersion v5 = MqttVersion.V5;
    protocolError(v5, "PUBLISH to ''", "30 | <> {} 00", "§3.3.2.1");
    protocolError(v5, "PUBLISH to '' with properties", "30 | <> {26 <k> <v>} 00", "§3.3.2.1");
    protocolError(v5, "PUBLISH to '' with QoS 1", "32 | <> 0001 {} 00", "§3.3.2.1");
    accept(v5, "PUBLISH that sets a topic alias", "30 | <topic> {23 0001} 00", "MQTT-3.3.2-12");
    refuseByBroker(
        v5,
        "PUBLISH to an alias that was not set",
        ReasonCode.PROTOCOL_ERROR,
        "30 | <> {23 0001} 00",
        "MQTT-3.3.2-7");
    ReasonCode alias = ReasonCode.TOPIC_ALIAS_INVALID;
    refuse(v5, "PUBLISH to alias 0", alias, "30 | <> {23 0000} 00", "MQTT-3.3.2-8");
    refuse(v5, "PUBLISH that sets alias 0", alias, "30 | <a> {23 0000} 00", "MQTT-3.3.2-8");
    refuseByBroker(
        v5, "PUBLISH that sets alias 65535", alias, "30 | <a> {23 ffff} 00", "MQTT-3.3.2-9");
    malformed(v5, "PUBLISH without Property Length", "30 | <topic>", "MQTT-2.2.2-1");
    for (String topic : List.of("", "#", "a/+", "a#b")) {
      malformed(
          v5,
          "PUBLISH with the response topic '" + topic + "'",
          "30 | <topic> {08 <" + topic + ">} 00",
          "MQTT-3.3.2-14",
          "MQTT-4.7.3-1");
      malformed(
          v5,
          "CONNECT with the will's response topic '" + topic + "'",
          "10 | " + connectHead(v5, "06") + "{} <table> {08 <" + topic + ">} <w> [00]",
          "MQTT-3.3.2-14",
          "MQTT-4.7.3-1");
    }
    protocolError(
        v5, "PUBLISH with a Subscription Identifier", "30 | <a> {0b 01} 00", "MQTT-3.3.4-6");
    accept(
        v5,
        "PUBLISH with all properties",
        "3d | <topic> 0001 {01 01 02 0000003c 08 <r> 09 [00ff] 03 <t> 23 0001 26 <k> <v>"
            + " 26 <k> <v>} 00");
    String thousand = "26 <> <> ".repeat(1_024);
    accept(v5, "PUBLISH with 1,024 User Properties", "30 | <topic> {" + thousand + "} 00");
    refuse(
        v5,
        "PUBLISH with 1,025 User Properties",
        ReasonCode.QUOTA_EXCEEDED,
        "30 | <topic> {" + thousand + "26 <> <>} 00");
  }

  private void acknowledgements() {
    for (MqttVersion v : ALL) {
      for (String firstByte : List.of("40", "50", "62", "70")) {
        accept(
            v,
            firstByte + " for an unknown packet",
            firstByte + " | 1234",
            "MQTT-4.3.3-4",
            "MQTT-4.3.3-1 v3.1.1");
        protocolError(
            v,
            firstByte + " with packet identifier 0",
            firstByte + " | 0000",
            "MQTT-2.2.1-5",
            "MQTT-2.3.1-6 v3.1.1");
      }
    }
    for (MqttVersion v : BEFORE_5) {
      for (String firstByte : List.of("40", "50", "62", "70")) {
        malformed(v, firstByte + " with a byte too many", firstByte + " | 1234 00");
        malformed(v, firstByte + " with two bytes too many", firstByte + " | 1234 00 00");
      }
    }
    MqttVersion v5 = MqttVersion.V5;
    for (String firstByte : List.of("40", "50", "62", "70")) {
      accept(v5, firstByte + " with a reason code", firstByte + " | 1234 00");
      accept(v5, firstByte + " with no properties", firstByte + " | 1234 00 {}");
      accept(v5, firstByte + " with properties", firstByte + " | 1234 00 {1f <r> 26 <k> <v>}");
      malformed(v5, firstByte + " with a byte too many", firstByte + " | 1234 00 {} 00");
    }
  }

  private void subscribes() {
    for (MqttVersion v : ALL) {
      String none = none(v);
      for (String filter : GOOD_FILTERS) {
        accept(
            v,
            "SUBSCRIBE to '" + filter + "'",
            "82 | 0001 " + none + "<" + filter + "> 00",
            "MQTT-3.8.4-1",
            "MQTT-3.8.4-1 v3.1.1",
            "MQTT-4.7.1-1",
            "MQTT-4.7.1-2",
            "MQTT-4.7.1-2 v3.1.1",
            "MQTT-4.7.1-3 v3.1.1");
      }
      for (String filter : BAD_FILTERS) {
        malformed(
            v,
            "SUBSCRIBE to '" + filter + "'",
            "82 | 0001 " + none + "<" + filter + "> 00",
            "MQTT-4.7.1-1",
            "MQTT-4.7.1-2",
            "MQTT-4.7.1-2 v3.1.1",
            "MQTT-4.7.1-3 v3.1.1");
        malformed(
            v,
            "SUBSCRIBE to '" + filter + "' behind others",
            "82 | 0001 " + none + "<a> 00 <" + filter + "> 00 <b> 00",
            "MQTT-4.7.1-1",
            "MQTT-4.7.1-2",
            "MQTT-4.7.1-2 v3.1.1",
            "MQTT-4.7.1-3 v3.1.1");
        if (!filter.startsWith("+") && !filter.startsWith("#")) {
          malformed(
              v,
              "SUBSCRIBE to '" + filter + "', shared",
              "82 | 0001 " + none + "<$share/g/" + filter + "> 00",
              "MQTT-4.7.1-1",
              "MQTT-4.7.1-2",
              "MQTT-4.7.1-2 v3.1.1",
              "MQTT-4.7.1-3 v3.1.1");
        }
      }
      for (String filter : BAD_SHARES) {
        protocolError(
            v,
            "SUBSCRIBE to '" + filter + "'",
            "82 | 0001 " + none + "<" + filter + "> 00",
            "MQTT-4.8.2-1",
            "MQTT-4.8.2-2",
            "§4.7.2 v3.1.1");
      }
      malformed(
          v,
          "SUBSCRIBE to ''",
          "82 | 0001 " + none + "<> 00",
          "MQTT-4.7.3-1",
          "MQTT-4.7.3-1 v3.1.1");
      for (String qos : List.of("00", "01", "02")) {
        accept(
            v,
            "SUBSCRIBE with QoS " + qos,
            "82 | 0001 " + none + "<a> " + qos,
            "MQTT-3.8.4-7",
            "MQTT-3.8.4-5 v3.1.1");
      }
      protocolError(
          v,
          "SUBSCRIBE with QoS 3",
          "82 | 0001 " + none + "<a> 03",
          "§3.8.3.1",
          "MQTT-3.8.3-4 v3.1.1");
      for (String options : List.of("40", "80", "c0", "41", "82")) {
        malformed(
            v,
            "SUBSCRIBE with options " + options,
            "82 | 0001 " + none + "<a> " + options,
            "MQTT-3.8.3-5",
            "MQTT-3.8.3-4 v3.1.1");
      }
      protocolError(
          v,
          "SUBSCRIBE with packet identifier 0",
          "82 | 0000 " + none + "<a> 00",
          "MQTT-2.2.1-3",
          "MQTT-2.3.1-1 v3.1.1");
      protocolError(
          v,
          "SUBSCRIBE without filters",
          "82 | 0001 " + none,
          "MQTT-3.8.3-2",
          "MQTT-3.8.3-3 v3.1.1");
      malformed(v, "SUBSCRIBE with half a filter", "82 | 0001 " + none + "<a> 00 0001");
      malformed(v, "SUBSCRIBE without options", "82 | 0001 " + none + "<a> 00 <b>");
      accept(
          v,
          "SUBSCRIBE to the same filter twice",
          "82 | 0001 " + none + "<a> 00 <a> 01",
          "MQTT-3.8.4-5",
          "MQTT-3.8.4-4 v3.1.1");
      accept(
          v,
          "SUBSCRIBE to 100 filters",
          "82 | 0001 " + none + "<a/b> 00".repeat(100),
          "MQTT-3.8.4-6",
          "MQTT-3.8.4-5 v3.1.1");
      accept(
          v,
          "SUBSCRIBE to a filter of 127 levels",
          "82 | 0001 " + none + "<" + "+/".repeat(126) + "+> 00");
    }
    for (MqttVersion v : BEFORE_5) {
      for (String options : List.of("04", "08", "10", "20")) {
        malformed(
            v,
            "SUBSCRIBE with options " + options,
            "82 | 0001 <a> " + options,
            "MQTT-3.8.3-4 v3.1.1");
      }
    }
    MqttVersion v5 = MqttVersion.V5;
    for (String options : List.of("04", "08", "0c", "10", "14", "20", "2e")) {
      accept(
          v5,
          "SUBSCRIBE with options " + options,
          "82 | 0001 {} <a> " + options,
          "MQTT-3.3.1-10",
          "MQTT-3.3.1-11");
    }
    for (String options : List.of("30", "31", "3e")) {
      protocolError(
          v5, "SUBSCRIBE with options " + options, "82 | 0001 {} <a> " + options, "§3.8.3.1");
    }
    for (String options : List.of("04", "05", "2e")) {
      protocolError(
          v5,
          "shared SUBSCRIBE with options " + options,
          "82 | 0001 {} <$share/g/a> " + options,
          "MQTT-3.8.3-4");
    }
    for (String identifier : List.of("01", "7f", "8001", "ffffff7f")) {
      accept(
          v5,
          "SUBSCRIBE with identifier " + identifier,
          "82 | 0001 {0b " + identifier + "} <a> 00",
          "§3.8.2.1.2");
    }
    protocolError(v5, "SUBSCRIBE with identifier 0", "82 | 0001 {0b 00} <a> 00", "§3.8.2.1.2");
    for (String identifier : List.of("8000", "80808000", "8080808001", "80")) {
      malformed(
          v5,
          "SUBSCRIBE with identifier " + identifier,
          "82 | 0001 {0b " + identifier + "} <a> 00",
          "MQTT-1.5.5-1");
    }
  }

  private void unsubscribes() {
    for (MqttVersion v : ALL) {
      String none = none(v);
      for (String filter : GOOD_FILTERS) {
        accept(
            v,
            "UNSUBSCRIBE '" + filter + "'",
            "a2 | 0001 " + none + "<" + filter + ">",
            "MQTT-3.10.4-4",
            "MQTT-3.10.4-5",
            "MQTT-3.10.4-4 v3.1.1",
            "MQTT-3.10.4-5 v3.1.1");
      }
      for (String filter : BAD_FILTERS) {
        malformed(
            v,
            "UNSUBSCRIBE '" + filter + "'",
            "a2 | 0001 " + none + "<" + filter + ">",
            "MQTT-4.7.1-1",
            "MQTT-4.7.1-2",
            "MQTT-4.7.1-2 v3.1.1",
            "MQTT-4.7.1-3 v3.1.1");
      }
      for (String filter : BAD_SHARES) {
        protocolError(
            v,
            "UNSUBSCRIBE '" + filter + "'",
            "a2 | 0001 " + none + "<" + filter + ">",
            "MQTT-4.8.2-1",
            "MQTT-4.8.2-2",
            "§4.7.2 v3.1.1");
      }
      malformed(
          v, "UNSUBSCRIBE ''", "a2 | 0001 " + none + "<>", "MQTT-4.7.3-1", "MQTT-4.7.3-1 v3.1.1");
      protocolError(
          v,
          "UNSUBSCRIBE with packet identifier 0",
          "a2 | 0000 " + none + "<a>",
          "MQTT-2.2.1-3",
          "MQTT-2.3.1-1 v3.1.1");
      protocolError(
          v,
          "UNSUBSCRIBE without filters",
          "a2 | 0001 " + none,
          "MQTT-3.10.3-2",
          "MQTT-3.10.3-2 v3.1.1");
      malformed(v, "UNSUBSCRIBE with half a filter", "a2 | 0001 " + none + "<a> 0001");
      malformed(v, "UNSUBSCRIBE with options", "a2 | 0001 " + none + "<a> 00");
      accept(
          v,
          "UNSUBSCRIBE 100 filters",
          "a2 | 0001 " + none + "<a/b>".repeat(100),
          "MQTT-3.10.4-6",
          "MQTT-3.10.4-6 v3.1.1");
    }
  }

  private void disconnects() {
    for (MqttVersion v : ALL) {
      add(v, "DISCONNECT", "e0 |", null, CLOSE, "MQTT-3.14.4-3", "MQTT-3.14.4-3 v3.1.1");
    }
    for (MqttVersion v : BEFORE_5) {
      malformed(v, "DISCONNECT with a byte too many", "e0 | 00");
      malformed(v, "DISCONNECT with two bytes too many", "e0 | 00 00");
    }
    MqttVersion v5 = MqttVersion.V5;
    add(v5, "DISCONNECT with no properties", "e0 | 00 {}", null, CLOSE);
    add(v5, "DISCONNECT with the will", "e0 | 04", null, CLOSE);
    malformed(v5, "DISCONNECT with a byte too many", "e0 | 00 {} 00");
    refuseByBroker(
        v5,
        "DISCONNECT that makes a session outlive its connection",
        ReasonCode.PROTOCOL_ERROR,
        "e0 | 00 {11 00000001}",
        "§3.14.2.2.2");
  }

  /// Each property in each packet, once and twice.
  private void properties() {
    for (String[] packet : WITH_PROPERTIES) {
      for (String[] property : PROPERTIES) {
        String name = "property " + property[0] + " in " + packet[1].replace("%s", "…");
        String once = property[0] + property[1];
        boolean allowed = property[2].contains(packet[0]);
        if (!allowed) {
          String with = property(packet, once);
          if (packet[0].equals("P") && property[0].equals("0b")) {
            protocolError(MqttVersion.V5, name, with, "MQTT-3.3.4-6");
          } else {
            malformed(MqttVersion.V5, name, with, "§2.2.2.2");
          }
        } else if (!property[0].equals("15") && !property[0].equals("16")) {
          wellFormed(packet[0], name, property(packet, once));
        }
        if (allowed && property[0].equals("26")) {
          wellFormed(packet[0], "twice " + name, property(packet, once + once));
        } else if (allowed) {
          String twice = property(packet, once + once);
          protocolError(MqttVersion.V5, "twice " + name, twice, "§2.2.2.2");
        }
      }
    }
    protocolError(
        MqttVersion.V5,
        "Authentication Data without Authentication Method",
        "10 | " + connectHead(MqttVersion.V5, "02") + "{16 [00]} <table>",
        "§3.1.2.11.10");
    protocolError(
        MqttVersion.V5, "AUTH without Authentication Method", "f0 | 19 {16 [00]}", "§3.15.2.2.2");
    protocolError(MqttVersion.V5, "AUTH without properties", "f0 | 19", "§3.15.2.2.2");
    protocolError(MqttVersion.V5, "AUTH without anything", "f0 |", "§3.15.2.2.2");
  }

  /// An AUTH has its method always.
  private static String property(String[] packet, String property) {
    boolean needsMethod = packet[0].equals("u") && !property.startsWith("15");
    return packet[1].replace("%s", needsMethod ? "15 <X-TABLE>" + property : property);
  }

  /// Well-formed, and what a broker does then: a DISCONNECT ends, an AUTH was not asked for.
  private void wellFormed(String letter, String name, String packet) {
    switch (letter) {
      case "D" -> add(MqttVersion.V5, name, packet, null, CLOSE);
      case "u" -> refuseByBroker(MqttVersion.V5, name, ReasonCode.PROTOCOL_ERROR, packet);
      default -> accept(MqttVersion.V5, name, packet);
    }
  }

  private void propertyValues() {
    MqttVersion v5 = MqttVersion.V5;
    String connect = "10 | " + connectHead(v5, "02") + "{%s} <table>";
    for (String flag : List.of("17 02", "17 ff", "19 02", "19 80", "21 0000", "27 00000000")) {
      protocolError(v5, "CONNECT with property " + flag, connect.replace("%s", flag), "§3.1.2.11");
    }
    for (String fine :
        List.of(
            "11 ffffffff",
            "17 00",
            "17 01",
            "19 00",
            "19 01",
            "21 0001",
            "21 ffff",
            "22 0000",
            "22 ffff",
            "27 ffffffff",
            "27 00001000")) {
      accept(v5, "CONNECT with property " + fine, connect.replace("%s", fine), "§3.1.2.11");
    }
    String will = "10 | " + connectHead(v5, "06") + "{} <table> {%s} <w> [00]";
    for (String packet : List.of("30 | <topic> {%s} 00", will)) {
      String what = packet.startsWith("1") ? "will" : "PUBLISH";
      for (String bad : List.of("01 02", "01 ff")) {
        protocolError(v5, what + " with property " + bad, packet.replace("%s", bad));
      }
      for (String fine : List.of("01 00", "02 00000000", "02 ffffffff", "03 <>", "09 []")) {
        accept(v5, what + " with property " + fine, packet.replace("%s", fine));
      }
      for (String cut :
          List.of("01", "02 000000", "03 00", "03 0002 61", "26 <k>", "26 <k> 0001")) {
        malformed(
            v5, what + " with property " + cut + " cut off", packet.replace("%s", cut), "§2.2.2");
      }
    }
    for (String cut : List.of("11 000000", "17", "21 00", "26", "26 <k> 00", "15 0005 61")) {
      malformed(
          v5, "CONNECT with property " + cut + " cut off", connect.replace("%s", cut), "§2.2.2");
    }
  }

  private void reasonCodes() {
    String[][] packets = {
      {"40", "0001", "MQTT-3.4.2-1"},
      {"50", "0001", "MQTT-3.5.2-1"},
      {"62", "0001", "MQTT-3.6.2-1"},
      {"70", "0001", "MQTT-3.7.2-1"},
      {"e0", "", "MQTT-3.14.2-1"},
    };
    List<String> codes = new ArrayList<>();
    for (ReasonCode reason : ReasonCode.values()) {
      codes.add("%02x".formatted(reason.code()));
    }
    codes.addAll(List.of("03", "7f", "a3", "ff"));
    for (String code : codes) {
      for (String[] p : packets) {
        Set<String> allowed =
            switch (p[0]) {
              case "40", "50" -> PUBACK_CODES;
              case "62", "70" -> PUBREL_CODES;
              default -> DISCONNECT_CODES;
            };
        String name = p[0] + " with reason code " + code;
        String packet = p[0] + " | " + p[1] + code;
        if (!allowed.contains(code)) {
          protocolError(MqttVersion.V5, name, packet, p[2]);
        } else {
          wellFormed(p[0].equals("e0") ? "D" : "A", name, packet);
        }
      }
      String auth = "f0 | " + code + " {15 <X-TABLE>}";
      if (AUTH_CODES.contains(code)) {
        wellFormed("u", "f0 with reason code " + code, auth);
      } else {
        protocolError(MqttVersion.V5, "f0 with reason code " + code, auth, "MQTT-3.15.2-1");
      }
    }
  }
}
