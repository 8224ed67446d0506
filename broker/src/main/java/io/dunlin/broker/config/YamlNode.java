package io.dunlin.broker.config;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A piece of a YAML file with its place, for what is no flat list of keys. Immutable.
sealed interface YamlNode {
  /// Deeper than anything we read.
  int MAX_DEPTH = 16;

  Origin origin();

  /// A value; empty for nothing, `~` and `null`.
  record Scalar(Origin origin, String text) implements YamlNode {}

  /// A list.
  record Sequence(Origin origin, List<YamlNode> items) implements YamlNode {}

  /// Keys in their order.
  record Mapping(Origin origin, Map<String, Entry> entries) implements YamlNode {}

  /// A key's place and its value.
  record Entry(Origin origin, YamlNode value) {}

  /// Reads the value that the parser stands on; it stands on the value's end afterwards. What is
  /// wrong is added to `problems`.
  static YamlNode read(YAMLParser parser, String file, String path, List<Problem> problems)
      throws IOException {
    Origin origin = place(file, parser.currentTokenLocation());
    if (path.chars().filter(c -> c == '.').count() > MAX_DEPTH) {
      problems.add(new Problem(origin, path, "is nested too deeply", "remove it"));
      parser.skipChildren();
      return new Scalar(origin, "");
    }
    if (parser.currentToken() == JsonToken.START_ARRAY) {
      List<YamlNode> items = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        items.add(read(parser, file, path + "." + items.size(), problems));
      }
      return new Sequence(origin, List.copyOf(items));
    }
    if (parser.currentToken() == JsonToken.START_OBJECT) {
      return mapping(parser, file, path, problems, origin);
    }
    if (parser.isCurrentAlias()) {
      problems.add(new Problem(origin, path, "is an alias", "write the value itself"));
      return new Scalar(origin, "");
    }
    boolean nothing = parser.currentToken() == JsonToken.VALUE_NULL;
    return new Scalar(origin, nothing ? "" : parser.getText());
  }

  private static Mapping mapping(
      YAMLParser parser, String file, String path, List<Problem> problems, Origin origin)
      throws IOException {
    Map<String, Entry> entries = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      Origin at = place(file, parser.currentTokenLocation());
      String child = path.isEmpty() ? name : path + "." + name;
      parser.nextToken();
      Entry entry = new Entry(at, read(parser, file, child, problems));
      if (entries.putIfAbsent(name, entry) != null) {
        problems.add(new Problem(at, child, "is there twice", "keep one of the two"));
      }
    }
    return new Mapping(origin, entries);
  }

  /// A place that errors can name.
  static Origin place(String file, JsonLocation at) {
    return new Origin.InFile(file, Math.max(1, at.getLineNr()), Math.max(1, at.getColumnNr()));
  }
}
