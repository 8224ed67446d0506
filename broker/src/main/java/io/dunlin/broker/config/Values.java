package io.dunlin.broker.config;

import io.dunlin.base.OwnedBy;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The values that were set, by dotted key: records take theirs out of it. What is wrong is noted,
/// and the default stands in, so that one reading finds all problems.
@OwnedBy("caller")
final class Values {
  private static final Origin DEFAULT = new Origin.Default();

  private final Map<String, Setting> settings;
  private final List<Problem> problems;
  private final List<Setting> inForce;
  private final int index;

  Values(Map<String, Setting> settings, List<Problem> problems, List<Setting> inForce) {
    this(settings, problems, inForce, -1);
  }

  private Values(
      Map<String, Setting> settings, List<Problem> problems, List<Setting> inForce, int index) {
    this.settings = settings;
    this.problems = problems;
    this.inForce = inForce;
    this.index = index;
  }

  /// The same values, where `*` in a key stands for `index`.
  Values item(int index) {
    return new Values(settings, problems, inForce, index);
  }

  boolean has(Key<?> key) {
    return settings.containsKey(path(key));
  }

  /// Whether a text that is not empty was set.
  boolean hasText(Key<?> key) {
    Setting setting = settings.get(path(key));
    return setting != null && !setting.text().isEmpty();
  }

  <T> T get(Key<T> key) {
    Setting setting = settings.get(path(key));
    return setting == null ? note(key, key.defaultValue(), DEFAULT) : parse(key, setting, null);
  }

  /// `fallback` where nothing was set.
  <T> T get(Key<T> key, T fallback) {
    Setting setting = settings.get(path(key));
    return setting == null ? note(key, fallback, DEFAULT) : parse(key, setting, fallback);
  }

  /// Notes a problem with a value that is fine by itself.
  void refuse(Key<?> key, String complaint, String remedy) {
    problems.add(new Problem(origin(path(key)), path(key), complaint, remedy));
  }

  /// Notes that a record refused its values.
  void refuse(InvalidConfig refused) {
    String path = refused.path().replace("*", Integer.toString(index));
    problems.add(new Problem(origin(path), path, refused.complaint(), ""));
  }

  Origin origin(String path) {
    Setting setting = settings.get(path);
    return setting == null ? DEFAULT : setting.origin();
  }

  private <T> T parse(Key<T> key, Setting setting, @Nullable T fallback) {
    try {
      return note(key, key.type().parse(setting.text()), setting.origin());
    } catch (InvalidValue e) {
      problems.add(new Problem(setting.origin(), setting.path(), e.complaint(), ""));
      return fallback == null ? key.defaultValue() : fallback;
    }
  }

  private <T> T note(Key<T> key, T value, Origin origin) {
    inForce.add(new Setting(path(key), key.type().show(value), origin));
    return value;
  }

  private String path(Key<?> key) {
    return index < 0 ? key.path() : key.path().replace("*", Integer.toString(index));
  }
}
