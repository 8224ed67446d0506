package io.dunlin.broker.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The reference page of the configuration, written from the keys.
public final class ReferencePage {
  private static final String INTRODUCTION =
      """
      # Configuration

      This page is made from the code: `./dunlin config docs > docs/reference/configuration.md`.

      A broker needs no configuration; then it serves this machine only. What differs from the
      defaults stands in a YAML file (`dunlin broker --config dunlin.yaml`, or `DUNLIN_CONFIG`):

      ```yaml
      listeners:
        - bind: 0.0.0.0
      users:
        password-file: /etc/dunlin/users
      message:
        max-packet-bytes: 65536
      ```

      Each key can also be an environment variable, and `--set key=value`; the later of file,
      environment and options wins, key by key. The number in a list is its place from 0:
      `DUNLIN_LISTENERS_0_PORT`, `--set listeners.0.port=1884`. An unknown key is an error.
      `dunlin config check` says whether the broker would start, `dunlin config show` what is in
      force and where it comes from.

      **Live** keys change when a running broker reloads (SIGHUP, `dunlin ctl reload`, or
      `Broker.reload`); what a client was told when it connected stays until it connects again. The
      others need a restart; a reload names them and applies the rest. A listener that is new is
      opened by a reload, one that is gone is closed (its connections stay), one that stays can
      change its live keys only. A wrong configuration changes nothing. A reload also reads the
      password file and the rules again.
      """;

  private static final Map<String, String> GROUPS =
      Map.ofEntries(
          Map.entry("data", "Where state lives, and what an acknowledgement promises about it."),
          Map.entry("listeners", "The doors for clients; a list, at least one."),
          Map.entry("connection", "Limits of connections."),
          Map.entry("session", "Limits of sessions."),
          Map.entry("message", "Limits of packets and messages."),
          Map.entry("retained", "Limits of retained messages."),
          Map.entry("storage", "The shape of the log."),
          Map.entry("server", "What the broker tells about itself."),
          Map.entry("users", "Who is known; see the [guide](../guide/users-and-rights.md)."),
          Map.entry("acl", "Who may do what; see the [guide](../guide/users-and-rights.md)."),
          Map.entry("log", "What is logged."));

  private ReferencePage() {}

  /// The whole page, in Markdown.
  public static String text() {
    StringBuilder page = new StringBuilder(INTRODUCTION);
    groups()
        .forEach((group, keys) -> {
          page.append("\n## ").append(group).append("\n\n");
          String about = GROUPS.getOrDefault(group, "");
          if (!about.isEmpty()) {
            page.append(about).append("\n\n");
          }
          page.append("| key | default | allowed | live | meaning |\n");
          page.append("| --- | --- | --- | --- | --- |\n");
          keys.forEach(key -> page.append(line(key)));
        });
    return page.append(variables()).toString();
  }

  private static Map<String, List<Key<?>>> groups() {
    Map<String, List<Key<?>>> groups = new LinkedHashMap<>();
    for (Key<?> key : BrokerConfig.KEYS) {
      String group = key.path().replaceAll("\\..*", "");
      groups.computeIfAbsent(group, _ -> new ArrayList<>()).add(key);
    }
    return groups;
  }

  private static String line(Key<?> key) {
    return "| `%s` | %s | %s | %s | %s |\n"
        .formatted(
            key.path(),
            key.defaultText().isEmpty() ? "" : "`" + key.defaultText() + "`",
            cell(key.type().allowed()),
            ReloadPlan.isLive(key) ? "yes" : "no",
            cell(key.meaning()));
  }

  private static String cell(String text) {
    return text.replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;");
  }

  private static String variables() {
    StringBuilder text = new StringBuilder("\n## Environment variables\n\n");
    text.append("| variable | key |\n| --- | --- |\n| `DUNLIN_CONFIG` | the file itself |\n");
    Map<String, String> sorted = new TreeMap<>();
    BrokerConfig.KEYS.forEach(key -> sorted.put(key.environmentName(), key.path()));
    sorted.forEach((variable, path) ->
        text.append("| `%s` | `%s` |\n".formatted(variable.replace("_*_", "_0_"), path)));
    return text.toString();
  }
}
