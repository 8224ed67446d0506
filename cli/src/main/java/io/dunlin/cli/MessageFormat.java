package io.dunlin.cli;

import io.dunlin.base.Slice;
import io.dunlin.client.Message;
import io.dunlin.client.ReceivedMessage;
import io.dunlin.mqtt.UserProperty;
import io.dunlin.mqtt.Utf8;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// How a message is printed: a format as `mosquitto_sub -F` has it. Immutable.
///
/// `%t` and its like are parts of the message, `@Y` parts of the time, `\n` characters that are
/// hard to type; all else stands for itself.
final class MessageFormat {
  /// For `--help`.
  static final String DESCRIPTION =
      "How a message is printed: %%t topic, %%p payload, %%x and %%X payload in hexadecimal, %%l"
          + " its length, %%q QoS, %%r retain, %%m packet identifier, %%j JSON, %%J JSON with a"
          + " payload that is JSON itself, %%I ISO 8601 time, %%U seconds since 1970, %%A topic"
          + " alias, %%C content type, %%D correlation data, %%E expiry, %%F payload format, %%P"
          + " user properties, %%R response topic, %%S subscription identifiers, %%%% a percent"
          + " sign; %%-20t, %%08l, %%10.10t set the width; @Y @m @d @H @M @S @N @z are parts of the"
          + " time; \\n \\t \\0 \\e \\\\ characters.";

  private static final DateTimeFormatter ISO =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ssxx", Locale.ROOT);
  private static final DateTimeFormatter ISO_MICROS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSSxx", Locale.ROOT);
  private static final Slice NEWLINE = Slice.utf8("\n");
  private static final String PARAMETERS = "ACDEFIJjlmPpqRrStUXx";
  private static final String PADDED_WITH_ZEROES = "AEFlmSXx";

  /// A piece of the output.
  private interface Piece {
    void append(ByteArrayOutputStream to, ReceivedMessage message, ZonedDateTime time)
        throws Unprintable;
  }

  /// A message that cannot be printed so.
  static final class Unprintable extends Exception {
    private static final long serialVersionUID = 1;

    Unprintable(String message) {
      super(message, null, false, false);
    }
  }

  private final List<Piece> pieces = new ArrayList<>();
  private final boolean pretty;

  private MessageFormat(boolean pretty) {
    this.pretty = pretty;
  }

  /// Reads a format.
  ///
  /// @param pretty whether JSON has several lines
  /// @throws IllegalArgumentException if a sequence in it is none
  static MessageFormat of(String format, boolean pretty) {
    MessageFormat made = new MessageFormat(pretty);
    int at = 0;
    while (at < format.length()) {
      char c = format.charAt(at);
      if (c == '%') {
        at = made.parameter(format, at + 1);
      } else if ((c == '@' || c == '\\') && at + 1 < format.length()) {
        made.pieces.add(
            c == '@' ? time(format.charAt(at + 1)) : text(escape(format.charAt(at + 1))));
        at += 2;
      } else {
        int end = at + 1;
        while (end < format.length() && "%@\\".indexOf(format.charAt(end)) < 0) {
          end++;
        }
        made.pieces.add(text(format.substring(at, end)));
        at = end;
      }
    }
    return made;
  }

  /// Ends each message with a line feed.
  MessageFormat line() {
    pieces.add((to, _, _) -> append(to, NEWLINE));
    return this;
  }

  /// The bytes to print.
  ///
  /// @throws Unprintable if the message does not fit the format
  byte[] print(ReceivedMessage message, ZonedDateTime time) throws Unprintable {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (Piece piece : pieces) {
      piece.append(bytes, message, time);
    }
    return bytes.toByteArray();
  }

  /// Reads `[flags][width][.most]letter`; returns the index behind it.
  private int parameter(String format, int from) {
    int at = from;
    boolean left = false;
    boolean zeroes = false;
    while (at < format.length() && "-0".indexOf(format.charAt(at)) >= 0) {
      left |= format.charAt(at) == '-';
      zeroes |= format.charAt(at) == '0';
      at++;
    }
    int widthAt = at;
    at = digitsEnd(format, at);
    int width = number(format, widthAt, at, 0);
    int most = Integer.MAX_VALUE;
    if (at < format.length() && format.charAt(at) == '.') {
      int mostAt = at + 1;
      at = digitsEnd(format, mostAt);
      most = number(format, mostAt, at, 0);
    }
    if (at == format.length()) {
      throw new IllegalArgumentException("-F: the format ends within '%…'");
    }
    char letter = format.charAt(at);
    if (letter == '%') {
      pieces.add(text("%"));
    } else if (PARAMETERS.indexOf(letter) < 0) {
      throw new IllegalArgumentException("-F: there is no %" + letter);
    } else if (letter == 'p' && width == 0) {
      pieces.add((to, message, _) -> append(to, message.message().payload()));
    } else {
      pieces.add(sized(letter, width, most, left, zeroes && !left));
    }
    return at + 1;
  }

  private static int digitsEnd(String format, int from) {
    int at = from;
    while (at < format.length() && Character.isDigit(format.charAt(at))) {
      at++;
    }
    return at;
  }

  private static int number(String format, int from, int to, int absent) {
    if (to - from > 4) {
      throw new IllegalArgumentException("-F: " + format.substring(from, to) + " is too wide");
    }
    return from == to ? absent : Integer.parseInt(format.substring(from, to));
  }

  private Piece sized(char letter, int width, int most, boolean left, boolean zeroes) {
    return (to, message, time) -> {
      if (letter == 'D') {
        @Nullable Slice data = message.message().correlationData();
        append(to, data == null ? Slice.EMPTY : data);
        return;
      }
      String value = value(letter, message, time);
      String cut = value.length() > most ? value.substring(0, most) : value;
      String pad = zeroes && PADDED_WITH_ZEROES.indexOf(letter) >= 0 ? "0" : " ";
      String padding = pad.repeat(Math.max(0, width - cut.length()));
      append(to, Slice.utf8(left ? cut + padding : padding + cut));
    };
  }

  private String value(char letter, ReceivedMessage received, ZonedDateTime time)
      throws Unprintable {
    Message message = received.message();
    return switch (letter) {
      case 'C' -> orEmpty(message.contentType());
      case 'E' -> message.expirySeconds() < 0 ? "" : Long.toString(message.expirySeconds());
      case 'F' -> message.payloadFormatUtf8() ? "1" : "";
      case 'I' -> ISO.format(time);
      case 'J' -> indented(json(received, time, true));
      case 'j' -> indented(json(received, time, false));
      case 'l' -> Integer.toString(message.payload().length());
      case 'm' -> Integer.toString(received.packetId());
      case 'P' ->
          message.userProperties().stream()
              .map(each -> each.name() + ":" + each.value())
              .collect(Collectors.joining(" "));
      case 'p' -> message.payload().utf8();
      case 'q' -> Integer.toString(message.qos().value());
      case 'R' -> message.responseTopic() == null ? "" : message.responseTopic().toString();
      case 'r' -> message.retain() ? "1" : "0";
      case 'S' ->
          received.subscriptionIdentifiers().stream()
              .map(String::valueOf)
              .collect(Collectors.joining(" "));
      case 't' -> message.topic().toString();
      case 'U' -> "%d.%09d".formatted(time.toEpochSecond(), time.getNano());
      case 'X' -> HexFormat.of().withUpperCase().formatHex(message.payload().toArray());
      case 'x' -> HexFormat.of().formatHex(message.payload().toArray());
      default -> ""; // %A: the client has put the topic in its place
    };
  }

  private String indented(String json) throws Unprintable {
    try {
      return pretty ? JsonText.indented(json) : json;
    } catch (IOException e) {
      throw new Unprintable("the payload is not JSON that can be indented: " + e.getMessage());
    }
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  /// One JSON object. A payload that is not UTF-8 is `payload_base64`.
  private static String json(ReceivedMessage received, ZonedDateTime time, boolean payloadIsJson)
      throws Unprintable {
    Message message = received.message();
    StringBuilder json = new StringBuilder(128);
    JsonText.quote(json.append("{\"tst\":"), ISO_MICROS.format(time));
    JsonText.quote(json.append(",\"topic\":"), message.topic().toString());
    json.append(",\"qos\":").append(message.qos().value());
    json.append(",\"retain\":").append(message.retain() ? 1 : 0);
    json.append(",\"payloadlen\":").append(message.payload().length());
    if (received.packetId() != 0) {
      json.append(",\"mid\":").append(received.packetId());
    }
    properties(json, received);
    Slice payload = message.payload();
    if (!Utf8.valid(payload.asByteBuffer(), 0, payload.length()) && !payloadIsJson) {
      String base64 = Base64.getEncoder().encodeToString(payload.toArray());
      return JsonText.quote(json.append(",\"payload_base64\":"), base64).append('}').toString();
    }
    json.append(",\"payload\":");
    if (!payloadIsJson) {
      return JsonText.quote(json, payload.utf8()).append('}').toString();
    }
    if (!JsonText.isValid(payload.utf8())) {
      throw new Unprintable("the payload is not JSON on topic " + message.topic());
    }
    return json.append(payload.utf8()).append('}').toString();
  }

  private static void properties(StringBuilder json, ReceivedMessage received) {
    Message message = received.message();
    StringBuilder properties = new StringBuilder();
    if (message.contentType() != null) {
      JsonText.quote(properties.append(",\"content-type\":"), message.contentType());
    }
    if (!message.userProperties().isEmpty()) {
      properties.append(",\"user-properties\":{");
      for (UserProperty each : message.userProperties()) {
        JsonText.quote(properties, each.name()).append(':');
        JsonText.quote(properties, each.value()).append(',');
      }
      properties.setCharAt(properties.length() - 1, '}');
    }
    if (message.responseTopic() != null) {
      JsonText.quote(properties.append(",\"response-topic\":"), message.responseTopic().toString());
    }
    if (message.correlationData() != null) {
      JsonText.quote(properties.append(",\"correlation-data\":"), message.correlationData().utf8());
    }
    if (message.payloadFormatUtf8()) {
      properties.append(",\"payload-format-indicator\":1");
    }
    if (message.expirySeconds() >= 0) {
      properties.append(",\"message-expiry-interval\":").append(message.expirySeconds());
    }
    if (!received.subscriptionIdentifiers().isEmpty()) {
      properties
          .append(",\"subscription-identifier\":")
          .append(
              received.subscriptionIdentifiers().size() == 1
                  ? received.subscriptionIdentifiers().getFirst()
                  : received.subscriptionIdentifiers());
    }
    if (!properties.isEmpty()) {
      json.append(",\"properties\":{").append(properties.substring(1)).append('}');
    }
  }

  private static Piece text(String text) {
    Slice bytes = Slice.utf8(text);
    return (to, _, _) -> append(to, bytes);
  }

  private static String escape(char letter) {
    return switch (letter) {
      case '0' -> "\0";
      case 'a' -> "\u0007";
      case 'e' -> "\u001b";
      case 'n' -> "\n";
      case 'r' -> "\r";
      case 't' -> "\t";
      case 'v' -> "\u000b";
      case '\\' -> "\\";
      default -> throw new IllegalArgumentException("-F: there is no \\" + letter);
    };
  }

  /// A part of the time, under the letter that strftime has for it.
  private static Piece time(char letter) {
    String pattern =
        switch (letter) {
          case '@' -> "'@'";
          case 'Y' -> "yyyy";
          case 'y' -> "yy";
          case 'm' -> "MM";
          case 'd' -> "dd";
          case 'H' -> "HH";
          case 'I' -> "hh";
          case 'M' -> "mm";
          case 'S' -> "ss";
          case 'N' -> "nnnnnnnnn";
          case 'z' -> "xx";
          case 'Z' -> "zzz";
          case 'j' -> "DDD";
          case 'p' -> "a";
          case 'a' -> "EEE";
          case 'A' -> "EEEE";
          case 'b' -> "MMM";
          case 'B' -> "MMMM";
          case 'F' -> "yyyy-MM-dd";
          case 'T' -> "HH:mm:ss";
          case 'R' -> "HH:mm";
          case 'D' -> "MM/dd/yy";
          case 's' -> "";
          default -> throw new IllegalArgumentException("-F: there is no @" + letter);
        };
    if (pattern.isEmpty()) {
      return (to, _, time) -> append(to, Slice.utf8(Long.toString(time.toEpochSecond())));
    }
    DateTimeFormatter formatter = DateTimeFormatter.ofPattern(pattern, Locale.ROOT);
    return (to, _, time) -> append(to, Slice.utf8(formatter.format(time)));
  }

  private static void append(ByteArrayOutputStream to, Slice bytes) {
    to.writeBytes(bytes.toArray());
  }

  /// Topic and payload, as `-v` has them; an empty payload is `(null)`.
  static byte[] verbose(ReceivedMessage message, String topic, boolean line) {
    Slice payload = message.message().payload();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes((topic + " ").getBytes(StandardCharsets.UTF_8));
    append(bytes, payload.isEmpty() ? Slice.utf8("(null)") : payload);
    if (line) {
      append(bytes, NEWLINE);
    }
    return bytes.toByteArray();
  }
}
