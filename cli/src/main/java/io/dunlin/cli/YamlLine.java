package io.dunlin.cli;

import io.dunlin.broker.config.Setting;
import java.util.List;
import picocli.CommandLine.Help.Ansi;

/// Writes settings as the lines of a YAML file.
final class YamlLine {
  private static final int COMMENT_COLUMN = 56;

  private YamlLine() {}

  /// The lines of one setting: the groups that it opens after the setting at `before`, then itself
  /// with its origin as a comment.
  static String of(List<String> before, List<String> path, Setting setting, Ansi ansi) {
    int parents = path.size() - 1;
    int common = 0;
    while (common < Math.min(before.size(), parents)
        && before.get(common).equals(path.get(common))) {
      common++;
    }
    StringBuilder lines = new StringBuilder();
    String indent = "  ".repeat(parents);
    for (int i = common; i < parents; i++) {
      if (Character.isDigit(path.get(i).charAt(0))) {
        indent = "  ".repeat(parents - 1) + "- "; // the first key of a list's item
      } else {
        lines.append("  ".repeat(i)).append(path.get(i)).append(":\n");
      }
    }
    String line = indent + path.getLast() + ": " + value(setting.text());
    lines.append(line).append(" ".repeat(Math.max(1, COMMENT_COLUMN - line.length())));
    return lines.append(ansi.string("@|faint #|@ ")).append(setting.origin()).toString();
  }

  private static String value(String text) {
    boolean plain = text.matches("[A-Za-z0-9/][A-Za-z0-9/._-]*") && !text.equals("null");
    return plain ? text : "'" + text.replace("'", "''") + "'";
  }
}
