package io.dunlin.broker.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import io.dunlin.base.OwnedBy;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Reads the rules of who may do what, from a file of their own or from the group `acl` of the
/// configuration. All problems are noted, each with its line.
@OwnedBy("caller")
public final class AclReader {
  static final Set<String> SECTIONS = Set.of("roles", "users", "anonymous", "everyone");

  private static final long MAX_FILE_BYTES = 1 << 24;
  private static final String RULE_FORM =
      "write '- allow: publish' or '- deny: [subscribe, receive]', and 'topics:' below";

  private final List<Problem> problems;
  private final String prefix;
  private final Map<String, List<AclRules.Rule>> roles = new LinkedHashMap<>();
  private final Map<String, AclRules.User> users = new LinkedHashMap<>();
  private final Map<String, Origin> roleNames = new LinkedHashMap<>(); // that users have
  private List<AclRules.Rule> anonymous = List.of();
  private List<AclRules.Rule> everyone = List.of();

  /// @param prefix what keys in messages begin with
  AclReader(String prefix, List<Problem> problems) {
    this.prefix = prefix;
    this.problems = problems;
  }

  /// The rules of a file.
  ///
  /// @throws ConfigException with all problems there are; a file without any rule is one
  public static AclRules read(Path file) throws ConfigException {
    Origin whole = new Origin.Option(file.toString());
    try {
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw new IOException("larger than " + MAX_FILE_BYTES + " bytes");
      }
      return read(file, Files.readString(file));
    } catch (ConfigException e) {
      throw e;
    } catch (NoSuchFileException e) {
      throw alone(new Problem(whole, "", "there is no such file", "check the path at acl.file"));
    } catch (CharacterCodingException e) {
      throw alone(new Problem(whole, "", "is not UTF-8 text", "save it as UTF-8"));
    } catch (IOException e) {
      String complaint = "cannot be read (" + e + ")";
      throw alone(new Problem(whole, "", complaint, "is it a file that the broker may read?"));
    }
  }

  private static ConfigException alone(Problem problem) {
    return new ConfigException(List.of(problem));
  }

  /// The rules of a text that stands in a file, or will.
  ///
  /// @throws ConfigException as above
  public static AclRules read(Path file, String text) throws ConfigException {
    List<Problem> problems = new ArrayList<>();
    AclReader reader = new AclReader("", problems);
    reader.parse(file.toString(), text);
    AclRules rules = reader.rules();
    if (problems.isEmpty() && rules.isEmpty()) {
      problems.add(noRule(new Origin.Option(file.toString())));
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return rules;
  }

  static Problem noRule(Origin origin) {
    return new Problem(
        origin,
        "",
        "there is no rule in it: nobody could do anything",
        "add rules, or remove it from the configuration to allow everything");
  }

  private void parse(String file, String text) {
    try (YAMLParser parser = YAMLFactory.builder().build().createParser(text)) {
      if (parser.nextToken() == null) {
        return;
      }
      YamlNode root = YamlNode.read(parser, file, "", problems);
      if (root instanceof YamlNode.Mapping mapping) {
        mapping.entries().forEach(this::section);
      } else {
        complain(root.origin(), "", "sections are expected", "begin with a line 'users:'");
      }
      if (parser.nextToken() != null) {
        Origin at = YamlNode.place(file, parser.currentTokenLocation());
        complain(at, "", "a second document begins", "keep one document in the file");
      }
    } catch (JsonProcessingException e) {
      Origin at =
          e.getLocation() == null ? new Origin.Option(file) : YamlNode.place(file, e.getLocation());
      String message = e.getOriginalMessage().strip().replaceAll("(?s)\\s*\n.*", "");
      complain(at, "", "is not YAML: " + message, "check indentation, colons and quotes");
    } catch (IOException e) {
      throw new IllegalStateException("reading from memory", e);
    }
  }

  /// Takes `roles`, `users`, `anonymous` or `everyone`.
  void section(String name, YamlNode.Entry entry) {
    YamlNode value = entry.value();
    switch (name) {
      case "roles" ->
          mapping(name, value)
              .forEach((role, e) -> roles.put(role, rules("roles." + role, e.value())));
      case "users" -> mapping(name, value).forEach((user, e) -> user(user, e));
      case "anonymous" -> anonymous = rules(name, value);
      case "everyone" -> everyone = rules(name, value);
      default -> unknown(entry.origin(), "", name, SECTIONS);
    }
  }

  /// What was read; incomplete if there are problems.
  AclRules rules() {
    roleNames.forEach((role, origin) -> {
      if (!roles.containsKey(role)) {
        String nearest = Nearest.to(role, roles.keySet());
        String remedy =
            nearest == null ? "define it under roles" : "did you mean '" + nearest + "'?";
        problems.add(new Problem(origin, "", "there is no role '" + role + "'", remedy));
      }
    });
    return problems.isEmpty() ? new AclRules(roles, users, anonymous, everyone) : AclRules.NONE;
  }

  private void user(String name, YamlNode.Entry entry) {
    String path = "users." + name;
    if (name.isEmpty()) {
      complain(entry.origin(), path, "a user needs a name", "clients without one: 'anonymous:'");
    }
    List<String> roleList = List.of();
    List<String> clientIds = List.of();
    List<AclRules.Rule> rules = List.of();
    for (Map.Entry<String, YamlNode.Entry> e : mapping(path, entry.value()).entrySet()) {
      YamlNode value = e.getValue().value();
      switch (e.getKey()) {
        case "roles" -> {
          roleList = texts(path + ".roles", value);
          roleList.forEach(role -> roleNames.putIfAbsent(role, value.origin()));
        }
        case "client-ids" -> clientIds = prefixes(path + ".client-ids", value);
        case "rules" -> rules = rules(path + ".rules", value);
        default ->
            unknown(
                e.getValue().origin(), path, e.getKey(), Set.of("roles", "client-ids", "rules"));
      }
    }
    users.put(name, new AclRules.User(roleList, clientIds, rules));
  }

  private List<String> prefixes(String path, YamlNode value) {
    List<String> prefixes = texts(path, value);
    if (prefixes.isEmpty() || prefixes.contains("")) {
      complain(
          value.origin(),
          path,
          prefixes.isEmpty() ? "is empty" : "has an empty one, which allows everything",
          "write what client identifiers must begin with, or remove the key");
    }
    return prefixes;
  }

  private List<AclRules.Rule> rules(String path, YamlNode value) {
    List<AclRules.Rule> rules = new ArrayList<>();
    if (!(value instanceof YamlNode.Sequence sequence)) {
      complain(value.origin(), path, "is a list of rules", RULE_FORM);
      return rules;
    }
    for (int i = 0; i < sequence.items().size(); i++) {
      YamlNode item = sequence.items().get(i);
      String itemPath = path + "." + i;
      if (item instanceof YamlNode.Mapping mapping) {
        rule(itemPath, mapping, rules);
      } else {
        complain(item.origin(), itemPath, "is no rule", RULE_FORM);
      }
    }
    return rules;
  }

  private void rule(String path, YamlNode.Mapping mapping, List<AclRules.Rule> rules) {
    Map<String, YamlNode.Entry> entries = mapping.entries();
    Set<String> known = Set.of("allow", "deny", "topics");
    entries.forEach((name, e) -> {
      if (!known.contains(name)) {
        unknown(e.origin(), path, name, known);
      }
    });
    YamlNode.Entry allow = entries.get("allow");
    YamlNode.Entry deny = entries.get("deny");
    YamlNode.Entry topics = entries.get("topics");
    if ((allow == null) == (deny == null)) {
      String complaint = allow == null ? "says neither allow nor deny" : "says both allow and deny";
      complain(mapping.origin(), path, complaint, RULE_FORM);
      return;
    }
    if (topics == null) {
      String remedy = "add 'topics:' with one filter or a list; '#' stands for all but $ topics";
      complain(mapping.origin(), path, "says no topics", remedy);
      return;
    }
    YamlNode.Entry actions = allow != null ? allow : deny;
    if (actions == null) {
      return;
    }
    Set<AclRules.Action> set = actions(path, actions.value());
    List<String> filters = texts(path + ".topics", topics.value());
    if (filters.isEmpty()) {
      complain(topics.origin(), path + ".topics", "is empty", "write a topic filter, or a list");
    } else if (!set.isEmpty()) {
      add(path, topics.value(), new Draft(allow != null, set, filters), rules);
    }
  }

  private record Draft(boolean allow, Set<AclRules.Action> actions, List<String> topics) {}

  private void add(String path, YamlNode topics, Draft draft, List<AclRules.Rule> rules) {
    try {
      rules.add(new AclRules.Rule(draft.allow, draft.actions, draft.topics));
    } catch (IllegalArgumentException e) {
      complain(topics.origin(), path + ".topics", String.valueOf(e.getMessage()), "");
    }
  }

  private Set<AclRules.Action> actions(String path, YamlNode value) {
    Set<AclRules.Action> set = EnumSet.noneOf(AclRules.Action.class);
    for (String text : texts(path, value)) {
      try {
        set.addAll(AclRules.Action.named(text));
      } catch (IllegalArgumentException e) {
        complain(
            value.origin(),
            path,
            String.valueOf(e.getMessage()),
            "several as [publish, subscribe]");
      }
    }
    return set;
  }

  /// One text or a list of them.
  private List<String> texts(String path, YamlNode value) {
    return switch (value) {
      case YamlNode.Scalar(Origin _, String text) when !text.isEmpty() -> List.of(text);
      case YamlNode.Scalar _ -> {
        complain(value.origin(), path, "has no value", "write one, or a list in [ ]");
        yield List.of();
      }
      case YamlNode.Mapping _ -> {
        complain(value.origin(), path, "takes no keys below it", "write one value, or a list");
        yield List.of();
      }
      case YamlNode.Sequence(Origin _, List<YamlNode> items) -> {
        List<String> texts = new ArrayList<>();
        for (YamlNode item : items) {
          if (item instanceof YamlNode.Scalar(Origin _, String text)) {
            texts.add(text);
          } else {
            complain(item.origin(), path, "takes no nested value", "write a list of values");
          }
        }
        yield texts;
      }
    };
  }

  private Map<String, YamlNode.Entry> mapping(String path, YamlNode value) {
    if (value instanceof YamlNode.Mapping(Origin _, Map<String, YamlNode.Entry> entries)) {
      return entries;
    }
    boolean nothing = value instanceof YamlNode.Scalar(Origin _, String text) && text.isEmpty();
    complain(
        value.origin(),
        path,
        nothing ? "has nothing below it" : "needs names below it",
        "indent them below, or remove it");
    return Map.of();
  }

  private void unknown(Origin origin, String path, String name, Set<String> known) {
    String nearest = Nearest.to(name, known);
    complain(
        origin,
        path.isEmpty() ? name : path + "." + name,
        "unknown key",
        nearest != null
            ? "did you mean " + nearest + "?"
            : "known keys: " + String.join(", ", known.stream().sorted().toList()));
  }

  private void complain(Origin origin, String path, String complaint, String remedy) {
    String key = prefix.isEmpty() || path.isEmpty() ? prefix + path : prefix + "." + path;
    problems.add(new Problem(origin, key, complaint, remedy));
  }
}
