package io.dunlin.broker.config;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// All keys by their place in the file: what stands where, and what was probably meant. Immutable.
///
/// A *pattern* is a path whose list indexes are replaced by `*`.
final class KeyTree {
  /// At most 64 items in a list: an index above is a mistake.
  static final int MAX_ITEMS = 64;

  private static final int MAX_GUESSES = 3;

  private static final Pattern INDEX = Pattern.compile("(?<=\\.)\\d{1,9}(?=\\.|$)");

  private final Map<String, Key<?>> keys = new LinkedHashMap<>(); // in the order of the reference
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

  /// What `name` below `group` (empty: the root) should probably have been: at most three whole
  /// paths, joined by "or"; null when nothing is near.
  @Nullable String nearest(String group, String name) {
    String letters = letters(name);
    String found = paths(key -> letters(key.name()).equals(letters));
    if (found != null) {
      return found;
    }
    String prefix = group.isEmpty() ? "" : group + ".";
    Set<String> siblings = names(group);
    String sibling = Nearest.to(name, siblings);
    if (sibling == null) {
      sibling = Nearest.byWords(name, group.isEmpty() ? 2 : 1, siblings);
    }
    if (sibling != null) {
      return prefix + sibling;
    }
    Set<String> names = new LinkedHashSet<>();
    keys.values().forEach(key -> names.add(key.name()));
    String elsewhere = Nearest.to(name, names);
    if (elsewhere != null) {
      return paths(key -> key.name().equals(elsewhere));
    }
    String path = Nearest.byWords(name, 1, keys.keySet());
    return path == null ? null : first(path);
  }

  private @Nullable String paths(Predicate<Key<?>> which) {
    String joined =
        keys.values().stream()
            .filter(which)
            .limit(MAX_GUESSES)
            .map(key -> first(key.path()))
            .collect(Collectors.joining(" or "));
    return joined.isEmpty() ? null : joined;
  }

  /// The path in the first item of a list.
  private static String first(String path) {
    return path.replace("*", "0");
  }

  private static String letters(String name) {
    return name.replace("-", "").replace("_", "").toLowerCase(Locale.ROOT);
  }

  /// The names that stand below `group`, sorted.
  Set<String> names(String group) {
    return children.getOrDefault(pattern(group), Set.of());
  }
}
