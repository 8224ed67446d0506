package io.dunlin.tests.conformance;

import static io.dunlin.tests.conformance.Subscribe.subscribe;
import static io.dunlin.tests.conformance.Subscribe.unsubscribe;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/// Topic names and filters: which filter is one, and what it matches.
class TopicTest extends ConformanceTest {
  private final String topic = topic();

  @EveryVersion
  @Statement({"MQTT-4.7.1-1", "MQTT-4.7.1-2", "MQTT-4.7.3-1", "rule-subscribe-filter-invalid"})
  @Statement(
      value = {"MQTT-4.7.1-2", "MQTT-4.7.1-3", "MQTT-4.7.3-1"},
      version = "3.1.1")
  void anInvalidFilterIsRefused(Version version) {
    for (String filter :
        List.of("a/#/b", "#/a", "a#", "a/b#", "##", "a+", "+a", "a/+b/c", "a/b+", "++", "")) {
      Wire client = client(version);
      client.send(subscribe(1).filter(filter, 0));
      assertFilterRefused(client, filter);
    }
  }

  private static void assertFilterRefused(Wire client, String filter) {
    Received answer = client.readUnlessEnded();
    if (answer == null) {
      return;
    }
    boolean v5 = client.version().hasProperties();
    if (answer.type() == PacketType.SUBACK) {
      assertThat(answer.reason())
          .as("filter '%s': %s", filter, answer)
          .isEqualTo(v5 ? Reason.TOPIC_FILTER_INVALID : 0x80);
    } else {
      assertThat(answer.reason())
          .as("filter '%s': %s", filter, answer)
          .isIn(Reason.MALFORMED, Reason.PROTOCOL_ERROR, Reason.TOPIC_FILTER_INVALID);
      client.expectEnd();
    }
  }

  @EveryVersion
  @Statement({"MQTT-4.7.1-1", "MQTT-3.3.2-3"})
  @Statement(
      value = {"MQTT-4.7.1-2", "MQTT-3.3.2-3"},
      version = "3.1.1")
  void numberSignMatchesTheParentAndEverythingBelow(Version version) {
    matches(version, "/#", List.of("", "/", "/a", "/a/b/c", "//"), List.of("x", "x/a"));
  }

  @EveryVersion
  @Statement("MQTT-4.7.1-2")
  @Statement(value = "MQTT-4.7.1-3", version = "3.1.1")
  void plusMatchesOneLevelOfAnyName(Version version) {
    matches(version, "/+", List.of("/a", "/", "/a b"), List.of("", "/a/b", "/a/"));
    matches(version, "/+/z", List.of("/a/z", "//z"), List.of("/z", "/a/b/z", "/a/z/"));
    matches(version, "/+/+", List.of("//", "/a/"), List.of("/a", "///"));
  }

  @EveryVersion
  @Statement("MQTT-4.7.3-4")
  @Statement(value = "MQTT-4.7.3-4", version = "3.1.1")
  void namesAreComparedCharacterByCharacter(Version version) {
    matches(version, "/Abc", List.of("/Abc"), List.of("/abc", "/Abc/", "//Abc", "/Abc "));
    // é in one character, and as e with a combining accent
    matches(version, "/\u00e9", List.of("/\u00e9"), List.of("/e\u0301", "/e"));
    matches(version, "/😀", List.of("/😀"), List.of("/😁"));
    matches(version, "/a b", List.of("/a b"), List.of("/a  b", "/ab"));
  }

  private void matches(Version version, String filter, List<String> yes, List<String> no) {
    Wire subscriber = subscriber(version, topic + filter, 0);
    Wire publisher = client(version);
    for (String name : no) {
      publisher.publish(topic + name, "must not match", 0);
    }
    for (String name : yes) {
      publisher.publish(topic + name, "must match", 0);
      subscriber.expectPublish(topic + name, "must match");
    }
    expectNothingFrom(publisher, subscriber);
    leave(subscriber);
  }

  @EveryVersion
  @Statement("MQTT-4.7.2-1")
  @Statement(value = "MQTT-4.7.2-1", version = "3.1.1")
  void aLeadingWildcardMatchesNoTopicOfTheServer(Version version) {
    Wire everything = subscriber(version, "#", 0);
    Wire subscriber = subscriber(version, "$conformance/" + topic, 0);
    everything.subscribe("+/" + topic, 0);
    everything.subscribe("+/#", 0);
    Wire publisher = client(version);
    publisher.publish("$conformance/" + topic, "hidden", 0);
    publisher.publish(topic, "seen", 0);
    Received seen = everything.await(PacketType.PUBLISH);
    while (!seen.topic().equals(topic)) {
      // Other tests publish at the same time.
      assertThat(seen.topic()).doesNotStartWith("$");
      seen = everything.await(PacketType.PUBLISH);
    }
    subscriber.expectPublish("$conformance/" + topic, "hidden");
  }

  @EveryVersion
  @Statement("MQTT-4.7.2-1")
  @Statement(value = "MQTT-4.7.2-1", version = "3.1.1")
  void aFilterThatNamesTheDollarMatches(Version version) {
    Wire subscriber = subscriber(version, "$conformance/" + topic + "/#", 0);
    Wire publisher = client(version);
    publisher.publish("$conformance/" + topic + "/a", "x", 0);
    subscriber.expectPublish("$conformance/" + topic + "/a", "x");
  }

  @EveryVersion
  @Statement("MQTT-4.7.3-3")
  @Statement(value = "MQTT-4.7.3-3", version = "3.1.1")
  void thousandsOfLevelsAreMatchedOrRefused(Version version) {
    String deep = topic + "/a".repeat(30_000);
    Wire client = client(version);
    client.send(subscribe(1).filter(deep, 0));
    Received answer = client.readUnlessEnded();
    if (answer != null && answer.type() == PacketType.SUBACK && answer.reason() == 0) {
      client.send(Publish.publish(deep, "x"));
      client.expectPublish(deep, "x");
      client.send(unsubscribe(2).filter(deep));
      client.expectAck(PacketType.UNSUBACK, 2);
    }
    Wire bystander = subscriber(version, topic, 0);
    bystander.publish(topic, "still here", 0);
    bystander.expectPublish(topic, "still here");
  }
}
