package io.dunlin.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.IOException;
import java.io.StringWriter;

/// The little JSON that output needs: quoting strings, telling whether a text is JSON, and
/// indenting.
final class JsonText {
  private static final JsonFactory JSON = new JsonFactory();

  private JsonText() {}

  /// Appends `value` as a JSON string.
  static StringBuilder quote(StringBuilder to, String value) {
    to.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"' -> to.append("\\\"");
        case '\\' -> to.append("\\\\");
        case '\n' -> to.append("\\n");
        case '\r' -> to.append("\\r");
        case '\t' -> to.append("\\t");
        default -> {
          if (c < ' ' || c == 0x7f) {
            to.append("\\u%04x".formatted((int) c));
          } else {
            to.append(c);
          }
        }
      }
    }
    return to.append('"');
  }

  /// Whether `text` is one JSON value (RFC 8259) of bounded depth.
  static boolean isValid(String text) {
    try (JsonParser parser = JSON.createParser(text)) {
      if (parser.nextToken() == null) {
        return false;
      }
      parser.skipChildren();
      return parser.currentToken() != null && parser.nextToken() == null;
    } catch (IOException e) {
      return false;
    }
  }

  /// The same value on several lines, two blanks for each level.
  ///
  /// @throws IOException if `text` is not JSON
  static String indented(String text) throws IOException {
    StringWriter to = new StringWriter();
    DefaultIndenter lines = new DefaultIndenter("  ", "\n");
    try (JsonParser parser = JSON.createParser(text);
        JsonGenerator generator = JSON.createGenerator(to)) {
      generator.setPrettyPrinter(
          new DefaultPrettyPrinter().withObjectIndenter(lines).withArrayIndenter(lines));
      parser.nextToken();
      generator.copyCurrentStructureExact(parser);
    }
    return to.toString();
  }
}
