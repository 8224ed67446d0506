package io.dunlin.broker.auth;

import io.dunlin.broker.config.AclReader;
import io.dunlin.broker.config.AclRules;
import io.dunlin.broker.config.AclText;
import io.dunlin.broker.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A file of rules that is being changed. Immutable.
///
/// @param before its text; null when there is no file
public record RuleFile(Path file, @Nullable String before) {
  /// Reads what is there.
  public static RuleFile read(Path file) throws IOException {
    return new RuleFile(file, Files.exists(file) ? Files.readString(file) : null);
  }

  /// The rules in it.
  ///
  /// @throws ConfigException with all that is wrong, or that there is no file
  public AclRules rules() throws ConfigException {
    return before == null ? AclReader.read(file) : AclReader.read(file, before);
  }

  /// Replaces its rules, as a whole. Comments at its head stay; if there are others, the text of
  /// before is kept beside it.
  ///
  /// @return where the text of before is; null when nothing was lost
  /// @throws ConfigException if the broker could not start with these rules; nothing has changed
  public @Nullable Path write(AclRules rules) throws IOException {
    String old = before == null ? "" : before;
    String head =
        old.lines()
            .takeWhile(line -> line.isBlank() || line.startsWith("#"))
            .map(line -> line + "\n")
            .collect(Collectors.joining());
    String text = head + AclText.of(rules);
    if (!AclReader.read(file, text).equals(rules)) {
      throw new IllegalStateException("rules that read otherwise than they were written: " + rules);
    }
    Path kept = null;
    if (hasComments(old.lines().skip(head.lines().count()).toList())) {
      kept = Path.of(file + ".before");
      WholeFile.secret(kept).write(old);
    }
    WholeFile.open(file).write(text);
    return kept;
  }

  private static boolean hasComments(List<String> lines) {
    return lines.stream().anyMatch(line -> line.startsWith("#") || line.contains(" #"));
  }

  /// Makes it what it was.
  public void restore() throws IOException {
    if (before == null) {
      Files.deleteIfExists(file);
    } else {
      WholeFile.open(file).write(before);
    }
  }
}
