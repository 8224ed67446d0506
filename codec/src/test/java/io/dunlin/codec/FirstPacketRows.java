package io.dunlin.codec;

import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.ReasonCode;
import java.util.ArrayList;
import java.util.List;

/// Rows whose packet is the first on its connection, and texts.
final class FirstPacketRows extends PacketRows {
  FirstPacketRows() {
    firstPackets();
    connects();
    wills();
    texts();
  }

  private void firstPackets() {
    String[][] packets = {
      {"nothing known", "00 |"},
      {"CONNACK", "20 | 0000"},
      {"PUBLISH", "30 | <topic> 00"},
      {"PUBACK", "40 | 0001"},
      {"PUBREC", "50 | 0001"},
      {"PUBREL", "62 | 0001"},
      {"PUBCOMP", "70 | 0001"},
      {"SUBSCRIBE", "82 | 0001 <topic> 00"},
      {"SUBACK", "90 | 0001 00"},
      {"UNSUBSCRIBE", "a2 | 0001 <topic>"},
      {"UNSUBACK", "b0 | 0001"},
      {"PINGREQ", "c0 |"},
      {"PINGRESP", "d0 |"},
      {"DISCONNECT", "e0 |"},
      {"AUTH", "f0 |"},
      {"an HTTP request", "47455420 2f20485454502f312e310d0a0d0a" + "00".repeat(80)},
    };
    for (String[] p : packets) {
      add(
          MqttVersion.V5,
          "first packet is " + p[0],
          true,
          p[1],
          ReasonCode.PROTOCOL_ERROR,
          CLOSE,
          "MQTT-3.1.0-1",
          "MQTT-3.1.0-1 v3.1.1");
    }
    for (MqttVersion v : ALL) {
      add(
          v,
          "second CONNECT",
          false,
          "10 | " + connectHead(v, "02") + none(v) + "<table>",
          null,
          refusal(v, false, ReasonCode.PROTOCOL_ERROR),
          "MQTT-3.1.0-2",
          "MQTT-3.1.0-2 v3.1.1");
    }
  }

  private void connects() {
    for (MqttVersion v : ALL) {
      String none = none(v);
      accept(
          v,
          "CONNECT",
          "10 | " + connectHead(v, "02") + none + "<table>",
          "MQTT-3.1.4-5",
          "MQTT-3.1.4-4 v3.1.1");
      accept(v, "CONNECT, old session", "10 | " + connectHead(v, "00") + none + "<table>");
      accept(
          v,
          "CONNECT with user name and password",
          "10 | " + connectHead(v, "c2") + none + "<table> <user> [70617373]",
          "MQTT-3.1.2-17",
          "MQTT-3.1.2-19");
      accept(
          v,
          "CONNECT with user name",
          "10 | " + connectHead(v, "82") + none + "<table> <user>",
          "MQTT-3.1.2-17");
      accept(
          v,
          "CONNECT with empty user name and password",
          "10 | " + connectHead(v, "c2") + none + "<table> <> []");
      accept(
          v,
          "CONNECT with a binary password",
          "10 | " + connectHead(v, "c2") + none + "<table> <user> [00ffeda080]");
      malformed(
          v,
          "CONNECT with a user name, but no flag",
          "10 | " + connectHead(v, "02") + none + "<table> <user>",
          "MQTT-3.1.2-16",
          "MQTT-3.1.2-18 v3.1.1");
      malformed(
          v,
          "CONNECT with a password, but no flag",
          "10 | " + connectHead(v, "82") + none + "<table> <user> []",
          "MQTT-3.1.2-18",
          "MQTT-3.1.2-20 v3.1.1");
      malformed(
          v, "CONNECT with a byte too many", "10 | " + connectHead(v, "02") + none + "<table> 00");
      for (String flags : List.of("11", "12", "14", "18")) {
        malformed(
            v,
            "CONNECT with first byte " + flags,
            flags + " | " + connectHead(v, "02") + none + "<table>",
            "MQTT-2.1.3-1",
            "MQTT-2.2.2-2 v3.1.1");
      }
    }
    for (MqttVersion v : SINCE_3_1_1) {
      String none = none(v);
      malformed(
          v,
          "CONNECT with the reserved flag",
          "10 | " + connectHead(v, "03") + none + "<table>",
          "MQTT-3.1.2-3",
          "MQTT-3.1.2-3 v3.1.1");
      malformed(
          v,
          "CONNECT without the user name that its flag tells",
          "10 | " + connectHead(v, "82") + none + "<table>",
          "MQTT-3.1.2-17",
          "MQTT-3.1.2-19 v3.1.1");
      malformed(
          v,
          "CONNECT without the password that its flag tells",
          "10 | " + connectHead(v, "c2") + none + "<table> <user>",
          "MQTT-3.1.2-19",
          "MQTT-3.1.2-21 v3.1.1");
      accept(
          v,
          "CONNECT with an empty client identifier",
          "10 | " + connectHead(v, "02") + none + "<>",
          "MQTT-3.1.3-6");
    }
    MqttVersion v31 = MqttVersion.V3_1;
    accept(v31, "CONNECT without its user name", "10 | " + connectHead(v31, "82") + "<table>");
    accept(v31, "CONNECT without its password", "10 | " + connectHead(v31, "c2") + "<table> <u>");
    accept(v31, "CONNECT with the reserved flag", "10 | " + connectHead(v31, "03") + "<table>");
    for (String flags : List.of("00", "02")) {
      refuse(
          v31,
          "CONNECT with an empty client identifier, flags " + flags,
          ReasonCode.CLIENT_IDENTIFIER_NOT_VALID,
          "10 | " + connectHead(v31, flags) + "<>");
    }
    MqttVersion v311 = MqttVersion.V3_1_1;
    refuse(
        v311,
        "CONNECT with an empty client identifier for an old session",
        ReasonCode.CLIENT_IDENTIFIER_NOT_VALID,
        "10 | " + connectHead(v311, "00") + "<>",
        "MQTT-3.1.3-8 v3.1.1");
    malformed(
        v311,
        "CONNECT with a password, but no user name",
        "10 | " + connectHead(v311, "42") + "<table> []",
        "MQTT-3.1.2-22 v3.1.1");
    MqttVersion v5 = MqttVersion.V5;
    accept(
        v5,
        "CONNECT with a password, but no user name",
        "10 | " + connectHead(v5, "42") + "{} <table> []",
        "MQTT-3.1.2-19");
    accept(
        v5,
        "CONNECT with an empty client identifier for an old session",
        "10 | " + connectHead(v5, "00") + "{} <>",
        "MQTT-3.1.3-6",
        "MQTT-3.1.3-7");
    versions();
  }

  private void versions() {
    for (String level : List.of("00", "01", "02", "03", "83", "84")) {
      refuse(
          MqttVersion.V3_1_1,
          "CONNECT with level " + level,
          ReasonCode.UNSUPPORTED_PROTOCOL_VERSION,
          "10 | <MQTT> " + level + " 02 003c <table>",
          "MQTT-3.1.2-2 v3.1.1");
    }
    for (String level : List.of("06", "07", "40", "7f", "85", "ff")) {
      refuse(
          MqttVersion.V5,
          "CONNECT with version " + level,
          ReasonCode.UNSUPPORTED_PROTOCOL_VERSION,
          "10 | <MQTT> " + level + " 02 003c {} <table>",
          "MQTT-3.1.2-2");
    }
    for (String level : List.of("02", "04", "05", "83")) {
      refuse(
          MqttVersion.V3_1,
          "CONNECT of MQIsdp with level " + level,
          ReasonCode.UNSUPPORTED_PROTOCOL_VERSION,
          "10 | <MQIsdp> " + level + " 02 003c <table>",
          "MQTT-3.1.2-2 v3.1.1");
    }
    for (String name : List.of("", "mqtt", "MQTTX", "MQT", "MQISDP", "HTTP")) {
      add(
          MqttVersion.V5,
          "CONNECT of '" + name + "'",
          true,
          "10 | <" + name + "> 05 02 003c {} <table>",
          ReasonCode.UNSUPPORTED_PROTOCOL_VERSION,
          CLOSE,
          "MQTT-3.1.2-1",
          "MQTT-3.1.2-1 v3.1.1");
    }
  }

  private void wills() {
    for (MqttVersion v : ALL) {
      String none = none(v);
      for (String flags : List.of("06", "0e", "16", "26", "2e", "36")) {
        accept(
            v,
            "CONNECT with a will, flags " + flags,
            "10 | " + connectHead(v, flags) + none + "<table> " + none + "<will> [0001]",
            "MQTT-3.1.2-9",
            "MQTT-3.1.2-9 v3.1.1",
            "MQTT-3.1.2-12");
      }
      accept(
          v,
          "CONNECT with all",
          "10 | " + connectHead(v, "ee") + none + "<table> " + none + "<will> [00] <user> [00]",
          "MQTT-3.1.3-1",
          "MQTT-3.1.3-1 v3.1.1");
      accept(
          v,
          "CONNECT with an empty will",
          "10 | " + connectHead(v, "06") + none + "<table> " + none + "<will> []");
      for (String flags : List.of("1e", "3e", "1a")) {
        malformed(
            v,
            "CONNECT with Will QoS 3, flags " + flags,
            "10 | " + connectHead(v, flags) + none + "<table> " + none + "<will> [00]",
            "MQTT-3.1.2-12",
            "MQTT-3.1.2-14 v3.1.1");
      }
      malformed(
          v,
          "CONNECT without the will that its flag tells",
          "10 | " + connectHead(v, "06") + none + "<table>",
          "MQTT-3.1.2-9",
          "MQTT-2.2.2-1",
          "MQTT-3.1.2-9 v3.1.1");
      malformed(
          v,
          "CONNECT without the will's payload",
          "10 | " + connectHead(v, "06") + none + "<table> " + none + "<will>",
          "MQTT-3.1.2-9",
          "MQTT-3.1.2-9 v3.1.1");
      malformed(
          v,
          "CONNECT with a will, but no flag",
          "10 | " + connectHead(v, "02") + none + "<table> " + none + "<will> [00]",
          "MQTT-3.1.2-11 v3.1.1");
      for (String topic : List.of("", "#", "+", "a/+", "a/#", "a+b")) {
        malformed(
            v,
            "CONNECT with the will topic '" + topic + "'",
            "10 | " + connectHead(v, "06") + none + "<table> " + none + "<" + topic + "> [00]",
            topic.isEmpty() ? "MQTT-4.7.3-1" : "MQTT-4.7.0-1",
            topic.isEmpty() ? "MQTT-4.7.3-1 v3.1.1" : "MQTT-4.7.1-1 v3.1.1");
      }
    }
    for (MqttVersion v : SINCE_3_1_1) {
      for (String flags : List.of("0a", "12", "22")) {
        malformed(
            v,
            "CONNECT without a will, flags " + flags,
            "10 | " + connectHead(v, flags) + none(v) + "<table>",
            "MQTT-3.1.2-11",
            "MQTT-3.1.2-13",
            "MQTT-3.1.2-13 v3.1.1",
            "MQTT-3.1.2-15 v3.1.1");
      }
    }
    accept(
        MqttVersion.V3_1,
        "CONNECT without a will, flags 2a",
        "10 | " + connectHead(MqttVersion.V3_1, "2a") + "<table>");
  }

  /// Strings in all fields that are strings.
  private void texts() {
    for (MqttVersion v : ALL) {
      String none = none(v);
      String head = "10 | " + connectHead(v, "02") + none;
      texts(v, "client identifier", head + "%s", "MQTT-3.1.3-4", "MQTT-3.1.3-4 v3.1.1");
      String will = "10 | " + connectHead(v, "06") + none + "<table> " + none + "%s [00]";
      texts(v, "will topic", will, "MQTT-3.1.3-11", "MQTT-3.1.3-10 v3.1.1");
      String user = "10 | " + connectHead(v, "82") + none + "<table> %s";
      texts(v, "user name", user, "MQTT-3.1.3-12", "MQTT-3.1.3-11 v3.1.1");
      texts(v, "topic name", "30 | %s " + none + "00", "MQTT-3.3.2-1", "MQTT-3.3.2-1 v3.1.1");
      texts(
          v, "topic filter", "82 | 0001 " + none + "%s 00", "MQTT-3.8.3-1", "MQTT-3.8.3-1 v3.1.1");
      texts(
          v,
          "topic filter to leave",
          "a2 | 0001 " + none + "%s",
          "MQTT-3.10.3-1",
          "MQTT-3.10.3-1 v3.1.1");
    }
    MqttVersion v5 = MqttVersion.V5;
    texts(v5, "user property's name", "30 | <topic> {26 %s <v>} 00", "MQTT-1.5.7-1");
    texts(v5, "user property's value", "30 | <topic> {26 <k> %s} 00", "MQTT-1.5.7-1");
    texts(v5, "response topic", "30 | <topic> {08 %s} 00", "MQTT-3.3.2-13");
    texts(v5, "content type", "30 | <topic> {03 %s} 00", "MQTT-3.3.2-19");
    texts(v5, "reason string", "40 | 0001 00 {1f %s}", "MQTT-1.5.4-1");
    String inConnect = "10 | " + connectHead(v5, "02") + "{26 <k> %s} <table>";
    texts(v5, "user property of a CONNECT", inConnect, "MQTT-1.5.7-1");
    String inWill = "10 | " + connectHead(v5, "06") + "{} <table> {03 %s} <will> [00]";
    texts(v5, "content type of a will", inWill, "MQTT-3.3.2-19");
    texts(v5, "user property of a SUBSCRIBE", "82 | 0001 {26 %s <v>} <a> 00", "MQTT-1.5.7-1");
  }

  private void texts(MqttVersion v, String field, String packet, String... statements) {
    for (String[] text : BAD_TEXT) {
      List<String> all = new ArrayList<>(List.of(statements));
      all.add(text[2]);
      all.add(before5(text[2]));
      malformed(
          v,
          field + " with " + text[0],
          packet.replace("%s", "<~" + text[1] + ">"),
          all.toArray(String[]::new));
    }
    for (String[] text : GOOD_TEXT) {
      accept(
          v,
          field + " with " + text[0],
          packet.replace("%s", "<~" + text[1] + ">"),
          text[2],
          before5(text[2]));
    }
  }

  /// The same statement about strings or topics as 3.1.1 counts it.
  private static String before5(String statement) {
    return statement.replace("-1.5.4-", "-1.5.3-") + " v3.1.1";
  }
}
