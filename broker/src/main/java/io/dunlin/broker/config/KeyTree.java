package io.dunlin.broker.config;

import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// All keys by their place in the file: what stands where, and what was probably meant. Immutable.
///
/// A *pattern* is a path whose list indexes are replaced by `*`.
final class KeyTree {
  /// At most 64 items in a list: an index above is a mistake.
  static final int MAX_ITEMS = 64;

  private static final Pattern INDEX = Pattern.compile("(?<=\\.)\\d{1,9}(?=\\.|$)");

  private final Map<String, Key<?>> keys = new HashMap<>();
  private final Set<String> groups = new HashSet<>();
  private final Map<String, Set<String>> children = new HashMap<>();

  KeyTree(List<Key<?>> all) {
    for (Key<?> key : all) {
      keys.put(key.path(), key);
      String path = key.path();
      for (int dot = path.lastIndexOf('.'); dot >= 0; dot = path.lastIndexOf('.')) {
        addChild(path.substring(0, dot), path.substring(dot + 1));
        path = path.substring(0, dot);
        groups.add(path);
      }
      addChild("", path);
    }
  }

  private void addChild(String group, String name) {
    children.computeIfAbsent(group, _ -> new TreeSet<>()).add(name);
  }

  static String pattern(String path) {
    return INDEX.matcher(path).replaceAll("*");
  }

  /// The key at `path`, or null when there is none.
  @Nullable Key<?> key(String path) {
    return keys.get(pattern(path));
  }

  /// Whether other keys lie below `path`.
  boolean isGroup(String path) {
    return groups.contains(pattern(path));
  }

  /// Whether `path` is a list of groups.
  boolean isList(String path) {
    return groups.contains(pattern(path) + ".*");
  }

  /// What `name` below `group` (empty: the root) should probably have been: a whole path, or null.
  @Nullable String nearest(String group, String name) {
    String sibling = Nearest.to(name, children.getOrDefault(pattern(group), Set.of()));
    if (sibling != null) {
      return group.isEmpty() ? sibling : group + "." + sibling;
    }
    Set<String> names = new LinkedHashSet<>();
    keys.values().forEach(key -> names.add(key.name()));
    String elsewhere = Nearest.to(name, names);
    return keys.values().stream()
        .filter(key -> key.name().equals(elsewhere))
        .map(Key::path)
        .sorted(
            Comparator.<String, Boolean>comparing(path -> path.contains("*"))
                .thenComparing(Comparator.naturalOrder()))
        .findFirst()
        .orElse(null);
  }

  /// The names that stand below `group`, sorted.
  Set<String> names(String group) {
    return children.getOrDefault(pattern(group), Set.of());
  }
}
