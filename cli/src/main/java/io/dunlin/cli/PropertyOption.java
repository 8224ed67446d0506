package io.dunlin.cli;

import io.dunlin.base.Slice;
import io.dunlin.client.Message;
import io.dunlin.mqtt.TopicName;
import io.dunlin.mqtt.UserProperty;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.Stack;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// `-D COMMAND NAME VALUE`: properties of MQTT 5.0, written as Mosquitto's tools have them.
final class PropertyOption {
  private static final String USER_PROPERTY = "user-property";

  /// The properties of messages: of a PUBLISH and of the will.
  private static final Set<String> OF_MESSAGES =
      Set.of(
          USER_PROPERTY,
          "payload-format-indicator",
          "message-expiry-interval",
          "content-type",
          "response-topic",
          "correlation-data");

  private static final Set<String> OF_CONNECT =
      Set.of(
          USER_PROPERTY,
          "session-expiry-interval",
          "receive-maximum",
          "maximum-packet-size",
          "topic-alias-maximum",
          "request-response-information",
          "request-problem-information");

  /// One of them.
  record Given(String packet, String name, String value, String second) {}

  private final List<Given> all;
  private final CommandLine command;

  private PropertyOption(List<Given> all, CommandLine command) {
    this.all = all;
    this.command = command;
  }

  static OptionSpec spec() {
    List<Given> given = new ArrayList<>();
    return OptionSpec.builder("-D", "--property")
        .paramLabel("PACKET NAME VALUE")
        .type(List.class)
        .arity("3..4")
        .hideParamSyntax(true)
        .parameterConsumer((arguments, option, spec) -> consume(arguments, option, spec, given))
        .description(
            "A property of MQTT 5.0: '-D publish content-type text/plain',"
                + " '-D connect receive-maximum 10', '-D publish user-property NAME VALUE'. PACKET"
                + " is connect, publish, subscribe, unsubscribe, disconnect or will.")
        .build();
  }

  /// Takes three arguments, whatever they look like, and four for a user property.
  private static void consume(
      Stack<String> arguments, ArgSpec option, CommandSpec spec, List<Given> given) {
    if (arguments.size() < 3) {
      throw new ParameterException(
          spec.commandLine(), "-D needs a packet, the name of a property, and its value");
    }
    String packet = arguments.pop();
    String name = arguments.pop();
    String value = arguments.pop();
    String second = "";
    if (name.equals(USER_PROPERTY)) {
      if (arguments.isEmpty()) {
        throw new ParameterException(
            spec.commandLine(), "-D " + packet + " user-property needs a name and a value");
      }
      second = arguments.pop();
    }
    check(packet, name, spec.commandLine());
    given.add(new Given(packet, name, value, second));
    option.setValue(given);
  }

  private static void check(String packet, String name, CommandLine command) {
    Set<String> names =
        switch (packet) {
          case "connect" -> OF_CONNECT;
          case "publish" -> OF_MESSAGES;
          case "will" -> with("will-delay-interval", OF_MESSAGES);
          case "subscribe" -> Set.of(USER_PROPERTY, "subscription-identifier");
          case "unsubscribe" -> Set.of(USER_PROPERTY);
          case "disconnect" -> Set.of(USER_PROPERTY, "session-expiry-interval");
          default ->
              throw new ParameterException(
                  command,
                  "-D: '"
                      + packet
                      + "' is none of connect, publish, subscribe, unsubscribe, disconnect, will");
        };
    if (!names.contains(name)) {
      throw new ParameterException(
          command,
          "-D: a property of '%s' is not '%s' but one of %s"
              .formatted(packet, name, String.join(", ", names.stream().sorted().toList())));
    }
  }

  private static Set<String> with(String one, Set<String> others) {
    Set<String> all = new java.util.HashSet<>(others);
    all.add(one);
    return all;
  }

  static PropertyOption of(ParseResult options) {
    // What a parameter consumer has set, picocli does not count as matched.
    @Nullable List<Given> given = options.commandSpec().findOption("-D").getValue();
    return new PropertyOption(
        given == null ? List.of() : List.copyOf(given), options.commandSpec().commandLine());
  }

  boolean isEmpty() {
    return all.isEmpty();
  }

  /// The value of a property of `packet`, the last if there are several; null when not given.
  @Nullable String text(String packet, String name) {
    @Nullable String found = null;
    for (Given each : all) {
      if (each.packet().equals(packet) && each.name().equals(name)) {
        found = each.value();
      }
    }
    return found;
  }

  /// The same as a number.
  long number(String packet, String name, long absent) {
    @Nullable String text = text(packet, name);
    if (text == null) {
      return absent;
    }
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new ParameterException(
          command, "-D " + packet + " " + name + ": '" + text + "' is not a number", e);
    }
  }

  List<UserProperty> userProperties(String packet) {
    return all.stream()
        .filter(each -> each.packet().equals(packet) && each.name().equals(USER_PROPERTY))
        .map(each -> new UserProperty(each.value(), each.second()))
        .toList();
  }

  /// Puts the properties of `packet` on a message.
  Message.Builder addTo(Message.Builder message, String packet) {
    @Nullable String responseTopic = text(packet, "response-topic");
    @Nullable String correlationData = text(packet, "correlation-data");
    return message
        .payloadFormatUtf8(number(packet, "payload-format-indicator", 0) != 0)
        .expirySeconds(number(packet, "message-expiry-interval", -1))
        .contentType(text(packet, "content-type"))
        .responseTopic(responseTopic == null ? null : TopicName.of(responseTopic))
        .correlationData(correlationData == null ? null : Slice.utf8(correlationData))
        .userProperties(userProperties(packet));
  }
}
