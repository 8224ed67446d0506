package io.dunlin.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Help.Ansi;

/// Shows the answers of a broker to people.
final class CtlPrinter {
  private static final int LONG = 80;

  private final Surroundings around;

  CtlPrinter(Surroundings around) {
    this.around = around;
  }

  void line(String text) {
    around.out().println(clean(text));
  }

  void clients(JsonNode answer) {
    List<String[]> rows = new ArrayList<>();
    for (JsonNode s : answer.path("sessions")) {
      JsonNode c = s.path("connection");
      rows.add(
          row(
              s.path("clientId").asText(),
              c.path("version").asText(),
              c.path("address").asText(),
              since(c.path("since")),
              seconds(c.path("keepAliveSeconds").asLong()),
              s.path("subscriptions").asText(),
              s.path("inflight").asText(),
              s.path("queuedMessages").asText(),
              c.path("outboxBytes").asText()));
    }
    table(
        rows,
        "CLIENT",
        "MQTT",
        "ADDRESS",
        "CONNECTED",
        "KEEP ALIVE",
        "SUBSCRIPTIONS",
        "IN FLIGHT",
        "QUEUED",
        "OUTBOX");
    more(answer, rows.size());
  }

  void sessions(JsonNode answer) {
    List<String[]> rows = new ArrayList<>();
    for (JsonNode s : answer.path("sessions")) {
      rows.add(
          row(
              s.path("clientId").asText(),
              state(s),
              s.path("durable").asBoolean() ? "yes" : "no",
              seconds(s.path("expirySeconds").asLong()),
              s.path("subscriptions").asText(),
              s.path("inflight").asText() + "/" + s.path("window").asText(),
              s.path("queuedMessages").asText(),
              s.path("queuedOnDisk").asText()));
    }
    table(
        rows,
        "CLIENT",
        "STATE",
        "DURABLE",
        "EXPIRY",
        "SUBSCRIPTIONS",
        "IN FLIGHT",
        "QUEUED",
        "ON DISK");
    more(answer, rows.size());
  }

  private static String state(JsonNode session) {
    return session.path("connected").asBoolean()
        ? "connected"
        : ("away " + since(session.path("awaySince"))).strip();
  }

  private void more(JsonNode answer, int shown) {
    long matched = answer.path("matched").asLong();
    if (matched > shown) {
      around.err().println(shown + " of " + matched + " shown; --limit N shows more");
      around.err().flush();
    }
  }

  void client(JsonNode c) {
    JsonNode connection = c.path("connection");
    field("client", c.path("clientId"));
    if (connection.isMissingNode()) {
      field(
          "connection", "none" + (c.has("awaySince") ? ", for " + since(c.path("awaySince")) : ""));
    } else {
      field("MQTT version", connection.path("version"));
      field("address", connection.path("address"));
      field("listener", connection.path("listener"));
      field("user", connection.path("userName"));
      field("connected for", since(connection.path("since")));
      field("keep alive", seconds(connection.path("keepAliveSeconds").asLong()));
      field("silent for", connection.path("silentMillis").asLong() + " ms");
      field("receive maximum", connection.path("receiveMaximum"));
      field("maximum packet", connection.path("maximumPacketBytes").asText() + " bytes");
      field("outbox", connection.path("outboxBytes").asText() + " bytes wait for its socket");
      field("unanswered", connection.path("waitingAnswers").asText() + " wait for the disk");
      field(
          "held back",
          connection.path("parked").asBoolean() ? "yes: what it sends finds no room" : "no");
    }
    if (c.has("durable")) {
      field("in flight", c.path("inflight").asText() + " of " + c.path("window").asText());
      field("queued", queue(c));
      field("subscriptions", c.path("subscriptions"));
    }
    lastDisconnect(c);
  }

  void session(JsonNode s) {
    field("client", s.path("clientId"));
    if (!s.has("durable")) {
      field("session", "none");
      lastDisconnect(s);
      return;
    }
    field("state", state(s));
    field("durable", s.path("durable").asBoolean() ? "yes" : "no, it ends with its connection");
    field("owner", s.path("owner"));
    field("shard", s.path("shard"));
    field("expiry", seconds(s.path("expirySeconds").asLong()));
    field("queued", queue(s));
    field("in flight", s.path("inflight").asText() + " of " + s.path("window").asText());
    field("open QoS 2", s.path("openQos2").asText() + " from the client");
    if (s.path("lost").asLong() > 0) {
      field("lost", s.path("lost").asText() + " records or messages, by damage of the disk");
    }
    field("will", s.path("will").asBoolean() ? "yes" : "no");
    lastDisconnect(s);
    around.out().println();
    subscriptions(s.path("filters"), false);
  }

  private static String queue(JsonNode s) {
    return s.path("queuedMessages").asText()
        + " of at most "
        + s.path("queueMaxMessages").asText()
        + " messages, "
        + s.path("queuedOnDisk").asText()
        + " of them on the disk only";
  }

  private void lastDisconnect(JsonNode node) {
    JsonNode last = node.path("lastDisconnect");
    if (!last.isMissingNode()) {
      field(
          "last disconnect", last.path("reason").asText() + ", " + since(last.path("at")) + " ago");
    }
  }

  void subscriptions(JsonNode list, boolean withClient) {
    List<String[]> rows = new ArrayList<>();
    for (JsonNode s : list) {
      List<String> row = new ArrayList<>();
      if (withClient) {
        row.add(s.path("clientId").asText());
        row.add(s.path("connected").asBoolean() ? "connected" : "away");
      }
      row.add(s.path("filter").asText());
      row.add(s.path("qos").asText());
      row.add(options(s));
      rows.add(row(row.toArray(String[]::new)));
    }
    if (withClient) {
      table(rows, "CLIENT", "STATE", "FILTER", "QOS", "OPTIONS");
    } else {
      table(rows, "FILTER", "QOS", "OPTIONS");
    }
  }

  private static String options(JsonNode s) {
    List<String> options = new ArrayList<>();
    if (!s.path("mayReceive").asBoolean(true)) {
      options.add("the rules keep this topic from it");
    }
    if (s.path("filter").asText().startsWith("$share/")) {
      options.add("shared: one member gets it");
    }
    if (s.path("noLocal").asBoolean()) {
      options.add("no local");
    }
    if (s.path("retainAsPublished").asBoolean()) {
      options.add("retain as published");
    }
    if (s.path("retainHandling").asInt() > 0) {
      options.add("retain handling " + s.path("retainHandling").asInt());
    }
    if (s.path("subscriptionIdentifier").asInt() > 0) {
      options.add("identifier " + s.path("subscriptionIdentifier").asInt());
    }
    return String.join(", ", options);
  }

  void retained(JsonNode answer) {
    List<String[]> rows = new ArrayList<>();
    for (JsonNode r : answer.path("retained")) {
      String expires = r.path("expires").asText("never");
      rows.add(
          row(
              r.path("topic").asText(),
              r.path("qos").asText(),
              r.path("payloadBytes").asText(),
              expires));
    }
    table(rows, "TOPIC", "QOS", "BYTES", "EXPIRES");
  }

  void reloaded(JsonNode answer) {
    if (answer.path("applied").isEmpty() && answer.path("needsRestart").isEmpty()) {
      line("nothing has changed");
    }
    answer.path("applied").forEach(what -> line("applied: " + what.asText()));
    answer.path("needsRestart").forEach(what -> line("needs a restart: " + what.asText()));
  }

  void backup(JsonNode answer) {
    line(
        "backed up %s to %s in %.1f s"
            .formatted(
                size(answer.path("bytes").asLong()),
                answer.path("directory").asText(),
                answer.path("millis").asLong() / 1_000.0));
  }

  private static String size(long bytes) {
    return bytes < 10_000_000 ? bytes / 1_000 + " kB" : bytes / 1_000_000 + " MB";
  }

  void stats(JsonNode answer) {
    List<String[]> rows = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : answer.properties()) {
      double value = field.getValue().asDouble();
      boolean dull = value == 0 && field.getKey().contains("{");
      if (!dull) {
        String text =
            value == Math.rint(value) ? Long.toString((long) value) : field.getValue().asText();
        rows.add(row(field.getKey(), text));
      }
    }
    table(rows, "METRIC", "VALUE");
  }

  /// One line of a trace.
  void event(JsonNode e) {
    String arrow =
        switch (e.path("direction").asText()) {
          case "in" -> "->";
          case "out" -> "<-";
          default -> "--";
        };
    StringBuilder line = new StringBuilder(e.path("at").asText().replaceAll(".*T|Z$", ""));
    line.append(' ').append(arrow).append(' ').append(e.path("clientId").asText());
    line.append(' ').append(e.path("what").asText());
    if (e.has("topic")) {
      line.append(' ').append(e.path("topic").asText());
    }
    if (e.has("qos")) {
      line.append(" qos=").append(e.path("qos").asInt());
    }
    if (e.has("packetId")) {
      line.append(" id=").append(e.path("packetId").asInt());
    }
    if (e.path("bytes").asInt() > 0) {
      line.append(' ').append(e.path("bytes").asInt()).append(" bytes");
    }
    String decision = e.path("decision").asText();
    boolean bad =
        decision.matches(
            "(dropped|refused|held back|ended|NOT_AUTHORIZED|not sent: NOT_|will to .* refused).*");
    String shown = clean(decision);
    around
        .out()
        .println(
            clean(line.toString())
                + (decision.isEmpty() ? "" : ": " + (bad ? emphasized("yellow", shown) : shown)));
  }

  // -- pieces ---------------------------------------------------------------------------------

  private void field(String name, JsonNode value) {
    field(name, value.asText());
  }

  private void field(String name, String value) {
    if (!value.isEmpty()) {
      String label = name + " ".repeat(Math.max(1, 18 - name.length()));
      around.out().println(emphasized("faint", label) + clean(value));
    }
  }

  static String[] row(String... cells) {
    String[] clean = new String[cells.length];
    for (int i = 0; i < cells.length; i++) {
      clean[i] = clean(cells[i]);
    }
    return clean;
  }

  /// Prints rows under headings; numbers to the right. Without a terminal nothing is coloured, and
  /// nothing ever cut off.
  void table(List<String[]> rows, String... headings) {
    int[] widths = new int[headings.length];
    boolean[] numbers = new boolean[headings.length];
    for (int i = 0; i < headings.length; i++) {
      widths[i] = headings[i].length();
      numbers[i] = !rows.isEmpty();
      for (String[] row : rows) {
        widths[i] = Math.max(widths[i], Math.min(LONG, row[i].length()));
        numbers[i] &= row[i].matches("[0-9.]+");
      }
    }
    around.out().println(emphasized("bold", joined(headings, widths, numbers)));
    rows.forEach(row -> around.out().println(joined(row, widths, numbers)));
  }

  private static String joined(String[] cells, int[] widths, boolean[] numbers) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < cells.length; i++) {
      String padding = " ".repeat(Math.max(0, widths[i] - cells[i].length()));
      line.append(i == 0 ? "" : "  ");
      line.append(numbers[i] ? padding + cells[i] : cells[i] + padding);
    }
    return line.toString().stripTrailing();
  }

  private String emphasized(String style, String text) {
    Ansi ansi = around.ansi();
    return ansi == Ansi.OFF
        ? text
        : ansi.string("@|" + style + " " + text.replace("@|", "@ |") + "|@");
  }

  /// Clients choose their identifiers and topics: none may move the cursor.
  private static String clean(String text) {
    if (text.chars().noneMatch(c -> TextLayout.isTreacherous((char) c))) {
      return text;
    }
    StringBuilder clean = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (TextLayout.isTreacherous(c)) {
        clean.append(String.format("\\u%04x", (int) c));
      } else {
        clean.append(c);
      }
    }
    return clean.toString();
  }

  private static String since(JsonNode time) {
    if (time.isMissingNode()) {
      return "";
    }
    return show(Duration.between(Instant.parse(time.asText()), Instant.now()));
  }

  private static String seconds(long seconds) {
    if (seconds == 0xFFFF_FFFFL) {
      return "never";
    }
    return seconds == 0 ? "0" : show(Duration.ofSeconds(seconds));
  }

  /// `45 s`, `12 min`, `3 h`, `9 d`: the largest unit that leaves more than one of it.
  private static String show(Duration duration) {
    long seconds = Math.max(0, duration.toSeconds());
    if (seconds < 120) {
      return seconds + " s";
    }
    if (seconds < 2 * 3600) {
      return seconds / 60 + " min";
    }
    return seconds < 2 * 86_400 ? seconds / 3600 + " h" : seconds / 86_400 + " d";
  }
}
