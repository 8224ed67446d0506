package io.dunlin.broker.config;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import io.dunlin.base.OwnedBy;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads a configuration file into settings, each with its line. It goes down only where keys are
/// known, so the depth is bounded by them; all problems are noted.
@OwnedBy("caller")
final class YamlSettings {
  private static final long MAX_FILE_BYTES = 1 << 20;

  private final Path file;
  private final KeyTree tree;
  private final List<Problem> problems;
  private final List<Setting> settings = new ArrayList<>();
  private final AclReader acl;
  private @Nullable Origin aclOrigin;

  private YamlSettings(Path file, KeyTree tree, List<Problem> problems) {
    this.file = file;
    this.tree = tree;
    this.problems = problems;
    this.acl = new AclReader("acl", problems);
  }

  /// Reads `file`; what is wrong with it is added to `problems`.
  static YamlSettings read(Path file, KeyTree tree, List<Problem> problems) {
    YamlSettings reading = new YamlSettings(file, tree, problems);
    String text = reading.text();
    if (text != null) {
      reading.parse(text);
    }
    return reading;
  }

  List<Setting> settings() {
    return settings;
  }

  /// The rules under `acl`; [AclRules#NONE] when none are there.
  AclRules rules() {
    AclRules rules = acl.rules();
    if (aclOrigin != null && problems.isEmpty() && rules.isEmpty()) {
      problems.add(AclReader.noRule(aclOrigin));
    }
    return rules;
  }

  private @Nullable String text() {
    try {
      if (Files.size(file) > MAX_FILE_BYTES) {
        wholeFile("is larger than " + MAX_FILE_BYTES + " bytes", "is it the right one?");
        return null;
      }
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      wholeFile("there is no such file", "check the path after --config");
    } catch (CharacterCodingException e) {
      wholeFile("is not UTF-8 text", "save it as UTF-8");
    } catch (IOException e) {
      wholeFile("cannot be read (" + e + ")", "is it a file that you may read?");
    }
    return null;
  }

  private void wholeFile(String complaint, String remedy) {
    problems.add(new Problem(new Origin.Option(file.toString()), "", complaint, remedy));
  }

  private void parse(String text) {
    try (YAMLParser parser = YAMLFactory.builder().build().createParser(text)) {
      JsonToken first = parser.nextToken();
      if (first == null) {
        return; // An empty file sets nothing.
      }
      if (first == JsonToken.START_OBJECT) {
        group(parser, "");
      } else if (!isNothing(parser)) {
        complain(
            here(parser), "", "keys and values are expected", "begin with a line 'key: value'");
      }
      if (parser.nextToken() != null) {
        complain(here(parser), "", "a second document begins", "keep one document in the file");
      }
    } catch (JsonProcessingException e) {
      settings.clear(); // What was read so far may not mean what it seems to.
      JsonLocation at = e.getLocation();
      Origin origin = at == null ? new Origin.Option(file.toString()) : origin(at);
      String message = e.getOriginalMessage().strip().replaceAll("(?s)\\s*\n.*", "");
      complain(origin, "", "is not YAML: " + message, "check indentation, colons and quotes");
    } catch (IOException e) {
      throw new IllegalStateException("reading from memory", e);
    }
  }

  /// The parser stands on the start of a mapping; afterwards on its end.
  private void group(YAMLParser parser, String path) throws IOException {
    Set<String> seen = new HashSet<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      Origin origin = here(parser);
      String child = path.isEmpty() ? name : path + "." + name;
      parser.nextToken();
      if (!seen.add(name)) {
        complain(origin, child, "is there twice", "keep one of the two");
        parser.skipChildren();
      } else {
        value(parser, path, name, child, origin);
      }
    }
  }

  private void value(YAMLParser parser, String path, String name, String child, Origin origin)
      throws IOException {
    Key<?> key = tree.key(child);
    if (path.equals("acl") && AclReader.SECTIONS.contains(name)) {
      YamlNode node = YamlNode.read(parser, file.toString(), child, problems);
      aclOrigin = origin;
      acl.section(name, new YamlNode.Entry(origin, node));
    } else if (key != null) {
      leaf(parser, key, child);
    } else if (tree.isList(child)) {
      list(parser, child);
    } else if (tree.isGroup(child)) {
      int before = settings.size() + problems.size();
      if (parser.currentToken() == JsonToken.START_OBJECT) {
        group(parser, child);
      } else if (!isNothing(parser)) {
        String names = String.join(", ", tree.names(child));
        complain(here(parser), child, "is a group of keys", "indent below it: " + names);
        parser.skipChildren();
      }
      boolean nothing = settings.size() + problems.size() == before && aclOrigin == null;
      if (child.equals("acl") && nothing) {
        problems.add(AclReader.noRule(origin));
      }
    } else {
      problems.add(ConfigReader.unknown(tree, origin, path, name, child));
      parser.skipChildren();
    }
  }

  /// A list of groups; the parser stands on its value.
  private void list(YAMLParser parser, String path) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      complain(here(parser), path, "is a list", "begin each item with '- '");
      parser.skipChildren();
      return;
    }
    int index = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      String item = path + "." + index++;
      if (parser.currentToken() == JsonToken.START_OBJECT && index <= KeyTree.MAX_ITEMS) {
        group(parser, item);
      } else {
        String names = String.join(", ", tree.names(item));
        complain(
            here(parser),
            item,
            index > KeyTree.MAX_ITEMS
                ? "is one too many, " + KeyTree.MAX_ITEMS + " are allowed"
                : "is a group of keys",
            "write '- key: value' with the keys " + names);
        parser.skipChildren();
      }
    }
    if (index == 0) {
      complain(here(parser), path, "is empty", "remove the key to get the default");
    }
  }

  /// One value, or a list of them where the key takes several.
  private void leaf(YAMLParser parser, Key<?> key, String path) throws IOException {
    Origin origin = here(parser);
    boolean severalAllowed = key.type().takesSeveral();
    if (parser.currentToken() == JsonToken.START_ARRAY && severalAllowed) {
      List<String> parts = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        if (parser.currentToken().isScalarValue()) {
          parts.add(parser.getText());
        } else {
          complain(here(parser), path, "takes no nested value", allowed(key));
          parser.skipChildren();
        }
      }
      settings.add(new Setting(path, String.join(",", parts), origin));
    } else if (isNothing(parser) && !key.type().mayBeEmpty()) {
      complain(origin, path, "has no value", allowed(key) + "; or remove the key");
    } else if (parser.isCurrentAlias()) {
      complain(origin, path, "is an alias", "write the value itself");
    } else if (parser.currentToken().isScalarValue()) {
      boolean nothing = parser.currentToken() == JsonToken.VALUE_NULL;
      settings.add(new Setting(path, nothing ? "" : parser.getText(), origin));
    } else {
      complain(origin, path, "takes one value, not a list or a group", allowed(key));
      parser.skipChildren();
    }
  }

  /// Whether nothing, `~` or `null` stands behind the colon.
  private static boolean isNothing(YAMLParser parser) throws IOException {
    return parser.currentToken() == JsonToken.VALUE_NULL
        || (parser.currentToken() == JsonToken.VALUE_STRING && parser.getText().isEmpty());
  }

  private static String allowed(Key<?> key) {
    return "allowed: " + key.type().allowed();
  }

  private void complain(Origin origin, String key, String complaint, String remedy) {
    problems.add(new Problem(origin, key, complaint, remedy));
  }

  private Origin here(YAMLParser parser) {
    return origin(parser.currentTokenLocation());
  }

  private Origin origin(JsonLocation at) {
    return new Origin.InFile(
        file.toString(), Math.max(1, at.getLineNr()), Math.max(1, at.getColumnNr()));
  }
}
