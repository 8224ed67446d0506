package io.dunlin.broker.config;

import io.dunlin.base.OwnedBy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Puts a configuration together. Later sources win over earlier ones, key by key; they are given
/// in this order: [#file], [#environment], [#set], [#option].
///
/// ```java
/// Configuration configuration =
///     new ConfigReader().file(file).environment(System.getenv()).set("shards=2").read();
/// ```
@OwnedBy("caller")
public final class ConfigReader {
  /// Variables with our prefix that are no keys: the command and its launcher read them.
  private static final Set<String> OTHER_VARIABLES = Set.of("DUNLIN_CONFIG", "DUNLIN_HOME");

  private static final KeyTree TREE = new KeyTree(BrokerConfig.KEYS);
  private static final Pattern LIST_ITEM = Pattern.compile("([a-z-]+)\\.(\\d{1,9})\\..*");
  private static final Pattern VARIABLE_INDEX = Pattern.compile("_\\d{1,9}_");

  private final Map<String, Setting> settings = new LinkedHashMap<>();
  private final List<Problem> problems = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private AclRules rules = AclRules.NONE;
  private boolean embedded;

  /// Reads a YAML file. What is wrong with it is told by [#read].
  public ConfigReader file(Path file) {
    YamlSettings yaml = YamlSettings.read(file, TREE, problems);
    yaml.settings().forEach(this::put);
    rules = yaml.rules();
    return this;
  }

  /// Takes the variables that begin with `DUNLIN_`: `DUNLIN_LISTENERS_0_PORT`. One that is nearly a
  /// key is an error. Others are ignored with a warning: container platforms make some by
  /// themselves for every service they run, `DUNLIN_SERVICE_HOST` for one named so.
  public ConfigReader environment(Map<String, String> environment) {
    Map<String, String> paths = new TreeMap<>(); // variable, `*` for an index → path
    for (Key<?> key : BrokerConfig.KEYS) {
      paths.put(key.environmentName(), key.path());
    }
    for (Map.Entry<String, String> entry : new TreeMap<>(environment).entrySet()) {
      if (entry.getKey().startsWith("DUNLIN_") && !OTHER_VARIABLES.contains(entry.getKey())) {
        variable(paths, entry.getKey(), entry.getValue());
      }
    }
    return this;
  }

  private void variable(Map<String, String> paths, String name, String text) {
    Matcher index = VARIABLE_INDEX.matcher(name);
    boolean indexed = index.find();
    String pattern = indexed ? index.replaceFirst("_*_") : name;
    String path = paths.get(pattern);
    Origin origin = new Origin.Environment(name);
    if (path != null) {
      String number = indexed ? index.group().replace("_", "") : "";
      put(new Setting(path.replace("*", number), text, origin));
      return;
    }
    String nearest = Nearest.to(pattern, paths.keySet());
    if (nearest != null && Nearest.distance(pattern, nearest) <= 2) {
      String remedy = "did you mean " + nearest + "?";
      problems.add(new Problem(origin, "", "no key has this variable", remedy));
    } else {
      warnings.add("environment " + name + ": no key has this variable; it is ignored");
    }
  }

  /// Takes `key=value`, the argument of a `--set`.
  public ConfigReader set(String keyAndValue) {
    int equals = keyAndValue.indexOf('=');
    String option = "--set " + keyAndValue;
    if (equals <= 0) {
      String remedy = "write --set key=value, for example --set shards=2";
      problems.add(new Problem(new Origin.Option(option), "", "'=' is missing", remedy));
      return this;
    }
    return option(
        "--set", keyAndValue.substring(0, equals).strip(), keyAndValue.substring(equals + 1));
  }

  /// Takes a value from an option of the command, which is named in `config show` and in errors.
  public ConfigReader option(String option, String path, String text) {
    return put(new Origin.Option(option), path, text);
  }

  /// Adds a listener behind those there are, from an option of the command that gives its port.
  public ConfigReader addListener(String option, ListenerType type, String port) {
    int index = 1; // the first is always there
    for (Setting setting : settings.values()) {
      Matcher item = LIST_ITEM.matcher(setting.path());
      if (item.matches()) {
        index = Math.max(index, Integer.parseInt(item.group(2)) + 1);
      }
    }
    String path = "listeners." + index + ".";
    return option(option, path + "name", ListenerConfig.TYPE.type().show(type))
        .option(option, path + "type", ListenerConfig.TYPE.type().show(type))
        .option(option, path + "port", port);
  }

  ConfigReader embedding(Map<String, String> values) {
    embedded = true;
    new TreeMap<>(values).forEach((path, text) -> put(new Origin.Embedding(), path, text));
    return this;
  }

  private ConfigReader put(Origin origin, String path, String text) {
    if (TREE.key(path) != null && !path.contains("*")) {
      put(new Setting(path, text, origin));
    } else {
      int dot = path.lastIndexOf('.');
      problems.add(
          unknown(
              TREE, origin, dot < 0 ? "" : path.substring(0, dot), path.substring(dot + 1), path));
    }
    return this;
  }

  private void put(Setting setting) {
    settings.put(setting.path(), setting);
  }

  /// Joins everything and checks it.
  ///
  /// @throws ConfigException with all problems there are
  public Configuration read() throws ConfigException {
    List<Setting> inForce = new ArrayList<>();
    List<Problem> found = new ArrayList<>(problems);
    Values values = new Values(settings, found, inForce);
    BrokerConfig config = null;
    try {
      config = BrokerConfig.from(values, listenerCount(found), rules);
      if (!embedded) { // a program that embeds the broker may have logins of its own
        config.checkLogins();
      }
    } catch (InvalidConfig e) {
      if (found.isEmpty()) { // else it may come from defaults that stand in for wrong values
        found.add(new Problem(values.origin(e.path()), e.path(), e.complaint(), ""));
      }
    }
    if (config == null || !found.isEmpty()) {
      throw new ConfigException(found);
    }
    return new Configuration(config, inForce, warnings);
  }

  /// One more than the highest index that was set; the first listener is always there.
  private int listenerCount(List<Problem> found) {
    boolean[] present = new boolean[KeyTree.MAX_ITEMS];
    present[0] = true;
    int count = 1;
    for (Setting setting : settings.values()) {
      Matcher item = LIST_ITEM.matcher(setting.path());
      if (!item.matches()) {
        continue;
      }
      int index = Integer.parseInt(item.group(2));
      if (index >= KeyTree.MAX_ITEMS) {
        String complaint = "there can be " + KeyTree.MAX_ITEMS + " listeners";
        found.add(new Problem(setting.origin(), setting.path(), complaint, "they count from 0"));
        continue;
      }
      present[index] = true;
      count = Math.max(count, index + 1);
    }
    for (int i = 0; i < count; i++) {
      if (!present[i]) {
        String complaint = "nothing is set for it, but for a listener behind it";
        String remedy = "give the listeners the numbers 0, 1, 2 and so on";
        found.add(new Problem(new Origin.Default(), "listeners." + i, complaint, remedy));
      }
    }
    return count;
  }

  static Problem unknown(KeyTree tree, Origin origin, String group, String name, String path) {
    String nearest = tree.nearest(group, name);
    if (nearest == null && tree.isGroup(path)) {
      return new Problem(
          origin,
          path,
          "is a group of keys",
          "its keys are " + String.join(", ", tree.names(path)));
    }
    return new Problem(origin, path, "unknown key", remedy(tree, group, nearest));
  }

  private static String remedy(KeyTree tree, String group, @Nullable String nearest) {
    if (nearest != null) {
      return "did you mean " + nearest + "?";
    }
    String where = group.isEmpty() ? "" : " in " + group;
    String names = String.join(", ", tree.names(group));
    return names.isEmpty() ? "remove it" : "known keys" + where + ": " + names;
  }
}
