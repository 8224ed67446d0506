package io.dunlin.cli;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Locale;
import org.slf4j.event.KeyValuePair;

/// One event a line: time (UTC), level, event name, fields.
///
/// ```
/// 2026-03-01T12:00:00.000Z INFO  connection.closed clientId=pump-7 reason=KEEP_ALIVE_TIMEOUT
/// ```
///
/// Clients choose some of the fields. So that none can forge a line or move the cursor, values
/// other than plain words are quoted, and control characters in them escaped.
final class TextLayout extends LayoutBase<ILoggingEvent> {
  private static final DateTimeFormatter MILLIS =
      new DateTimeFormatterBuilder().appendInstant(3).toFormatter(Locale.ROOT);

  @Override
  public String doLayout(ILoggingEvent event) {
    StringBuilder line = new StringBuilder(120);
    MILLIS.formatTo(Instant.ofEpochMilli(event.getTimeStamp()), line);
    String level = event.getLevel().toString();
    line.append(' ').append(level).append(" ".repeat(Math.max(1, 6 - level.length())));
    escape(line, event.getFormattedMessage());
    if (event.getKeyValuePairs() != null) {
      for (KeyValuePair field : event.getKeyValuePairs()) {
        line.append(' ').append(field.key).append('=');
        value(line, String.valueOf(field.value));
      }
    }
    line.append(System.lineSeparator());
    if (event.getThrowableProxy() != null) {
      line.append(ThrowableProxyUtil.asString(event.getThrowableProxy()));
    }
    return line.toString();
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
      int type = Character.getType(c);
      if (Character.isISOControl(c)
          || type == Character.FORMAT
          || type == Character.LINE_SEPARATOR
          || type == Character.PARAGRAPH_SEPARATOR) {
        line.append(String.format("\\u%04x", (int) c));
      } else {
        line.append(c);
      }
    }
  }
}
