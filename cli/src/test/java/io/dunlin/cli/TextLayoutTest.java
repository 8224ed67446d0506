package io.dunlin.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

class TextLayoutTest {
  @Test
  void eventIsOneLineOfTimeLevelNameAndFields() {
    assertThat(
            line(
                event(
                    "connection.closed",
                    new KeyValuePair("clientId", "pump-7"),
                    new KeyValuePair("inflight", 3))))
        .isEqualTo("2026-03-01T12:00:00.000Z WARN  connection.closed clientId=pump-7 inflight=3");
  }

  @Test
  void fieldCannotForgeLinesOrFields() {
    String hostile = "x\n2026-03-01 INFO broker.ok \"a\"=\\ \u001b[2J\u202e";

    assertThat(line(event("connection.opened", new KeyValuePair("clientId", hostile))))
        .endsWith(
            "clientId=\"x\\u000a2026-03-01 INFO broker.ok \\\"a\\\"=\\\\ \\u001b[2J\\u202e\"");
  }

  @Test
  void emptyAndMissingValuesShow() {
    assertThat(
            line(
                event(
                    "x.y",
                    new KeyValuePair("a", ""),
                    new KeyValuePair("b", String.valueOf((Object) null)))))
        .endsWith("x.y a=\"\" b=null");
  }

  @Test
  void valuesInThePatternAreFieldsThatCannotForgeOthers() {
    assertThat(line(logged("session.connected clientId={} durable={}", "a b=c", true)))
        .endsWith("session.connected clientId=\"a b=c\" durable=true");
  }

  @Test
  void coloursAreForTerminals() {
    String coloured = new TextLayout(true).doLayout(event("x.y", new KeyValuePair("a", "b")));

    assertThat(coloured).contains("\u001b[33mWARN\u001b[0m", "\u001b[1mx.y\u001b[0m");
    assertThat(line(event("x.y"))).doesNotContain("\u001b");
  }

  static LoggingEvent logged(String pattern, @Nullable Object... arguments) {
    LoggingEvent event =
        new LoggingEvent(
            "", new LoggerContext().getLogger("test"), Level.INFO, pattern, null, arguments);
    event.setInstant(Instant.parse("2026-03-01T12:00:00Z"));
    return event;
  }

  static LoggingEvent event(String name, KeyValuePair... fields) {
    LoggerContext context = new LoggerContext();
    LoggingEvent event =
        new LoggingEvent("", context.getLogger("test"), Level.WARN, name, null, new Object[0]);
    event.setInstant(Instant.parse("2026-03-01T12:00:00Z"));
    event.setKeyValuePairs(List.of(fields));
    return event;
  }

  private static String line(LoggingEvent event) {
    return new TextLayout(false).doLayout(event).stripTrailing();
  }
}
