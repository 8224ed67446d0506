package io.dunlin.broker.config;

import io.dunlin.broker.config.AclRules.Action;
import io.dunlin.broker.config.AclRules.Rule;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// Writes rules as [AclReader] reads them.
public final class AclText {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z][A-Za-z0-9_./-]*");

  private final StringBuilder text = new StringBuilder();

  private AclText() {}

  /// The text of a file.
  public static String of(AclRules rules) {
    AclText writing = new AclText();
    writing.sections(rules);
    return writing.text.toString();
  }

  private void sections(AclRules rules) {
    if (!rules.roles().isEmpty()) {
      line(0, "roles:");
      rules.roles().forEach((role, list) -> rules(2, scalar(role), list));
    }
    if (!rules.users().isEmpty()) {
      line(0, "users:");
      rules.users().forEach(this::user);
    }
    if (!rules.anonymous().isEmpty()) {
      rules(0, "anonymous", rules.anonymous());
    }
    if (!rules.everyone().isEmpty()) {
      rules(0, "everyone", rules.everyone());
    }
  }

  private void user(String name, AclRules.User user) {
    boolean silent = user.roles().isEmpty() && user.clientIds().isEmpty() && user.rules().isEmpty();
    line(2, scalar(name) + (silent ? ": {}" : ":"));
    if (!user.roles().isEmpty()) {
      line(4, "roles: " + list(user.roles()));
    }
    if (!user.clientIds().isEmpty()) {
      line(4, "client-ids: " + list(user.clientIds()));
    }
    if (!user.rules().isEmpty()) {
      rules(4, "rules", user.rules());
    }
  }

  private void rules(int indent, String key, List<Rule> rules) {
    if (rules.isEmpty()) {
      line(indent, key + ": []");
      return;
    }
    line(indent, key + ":");
    for (Rule rule : rules) {
      line(
          indent + 2,
          (rule.allow() ? "- allow: " : "- deny: ") + oneOrList(Action.words(rule.actions())));
      line(indent + 4, "topics: " + oneOrList(rule.topics()));
    }
  }

  private void line(int indent, String line) {
    text.repeat(' ', indent).append(line).append('\n');
  }

  private static String oneOrList(List<String> values) {
    return values.size() == 1 ? scalar(values.getFirst()) : list(values);
  }

  private static String list(List<String> values) {
    return values.stream().map(AclText::scalar).toList().toString();
  }

  /// Bare where that cannot mean anything else, in double quotes otherwise.
  private static String scalar(String value) {
    if (PLAIN.matcher(value).matches() && !value.equalsIgnoreCase("null")) {
      return value;
    }
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (isPrintable(c)) {
        quoted.append(c);
      } else {
        quoted.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      }
    }
    return quoted.append('"').toString();
  }

  private static boolean isPrintable(char c) {
    return !Character.isISOControl(c)
        && c != '\u00a0'
        && c != '\u2028'
        && c != '\u2029'
        && c != '\ufeff'
        && c < '\ufffe';
  }
}
