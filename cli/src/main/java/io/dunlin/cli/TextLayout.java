package io.dunlin.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Locale;

/// One event a line: time (UTC), level, event name, fields.
///
/// ```
/// 2026-03-01T12:00:00.000Z INFO  connection.closed clientId=pump-7 reason=KEEP_ALIVE_TIMEOUT
/// ```
///
/// Clients choose some of the fields. So that none can forge a line or move the cursor, values
/// other than plain words are quoted, and control characters in them escaped.
final class TextLayout extends LayoutBase<ILoggingEvent> {
  static final DateTimeFormatter MILLIS =
      new DateTimeFormatterBuilder().appendInstant(3).toFormatter(Locale.ROOT);

  private static final String PLAIN = "\u001b[0m";
  private static final String BOLD = "\u001b[1m";
  private static final String FAINT = "\u001b[2m";

  private final boolean colours;

  TextLayout(boolean colours) {
    this.colours = colours;
  }

  @Override
  public String doLayout(ILoggingEvent event) {
    LogEvent parts = LogEvent.of(event);
    StringBuilder line = new StringBuilder(120);
    colour(line, FAINT);
    MILLIS.formatTo(Instant.ofEpochMilli(event.getTimeStamp()), line);
    colour(line, PLAIN);
    String level = event.getLevel().toString();
    line.append(' ');
    colour(line, colourOf(event.getLevel()));
    line.append(level);
    colour(line, PLAIN);
    line.append(" ".repeat(Math.max(1, 6 - level.length())));
    colour(line, BOLD);
    escape(line, parts.name());
    colour(line, PLAIN);
    if (!parts.words().isEmpty()) {
      line.append(' ');
      escape(line, parts.words());
    }
    for (LogEvent.Field field : parts.fields()) {
      line.append(' ');
      colour(line, FAINT);
      line.append(field.key()).append('=');
      colour(line, PLAIN);
      value(line, String.valueOf(field.value()));
    }
    line.append(System.lineSeparator());
    if (event.getThrowableProxy() != null) {
      line.append(ThrowableProxyUtil.asString(event.getThrowableProxy()));
    }
    return line.toString();
  }

  private void colour(StringBuilder line, String code) {
    if (colours) {
      line.append(code);
    }
  }

  private static String colourOf(Level level) {
    return switch (level.toInt()) {
      case Level.ERROR_INT -> "\u001b[1;31m";
      case Level.WARN_INT -> "\u001b[33m";
      case Level.INFO_INT -> "\u001b[32m";
      default -> FAINT;
    };
  }

  private static void value(StringBuilder line, String text) {
    if (!text.isEmpty() && text.chars().allMatch(TextLayout::isPlain)) {
      line.append(text);
    } else {
      line.append('"');
      escape(line, text.replace("\\", "\\\\").replace("\"", "\\\""));
      line.append('"');
    }
  }

  private static boolean isPlain(int c) {
    return c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '=';
  }

  private static void escape(StringBuilder line, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isTreacherous(c)) {
        line.append(String.format("\\u%04x", (int) c));
      } else {
        line.append(c);
      }
    }
  }

  /// Whether a character moves the cursor, ends the line, or turns the direction of writing.
  static boolean isTreacherous(char c) {
    int type = Character.getType(c);
    return Character.isISOControl(c)
        || type == Character.FORMAT
        || type == Character.LINE_SEPARATOR
        || type == Character.PARAGRAPH_SEPARATOR;
  }
}
