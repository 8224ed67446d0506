package io.dunlin.cli;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.Instant;

/// One event a line, as a JSON object: `time`, `level`, `event`, the fields under their names (all
/// as texts), and where there are any `message`, `thread` and `stackTrace`.
///
/// ```
/// {"time":"2026-03-01T12:00:00.000Z","level":"INFO","event":"session.expired","clientId":"pump-7"}
/// ```
final class JsonLayout extends LayoutBase<ILoggingEvent> {
  @Override
  public String doLayout(ILoggingEvent event) {
    LogEvent parts = LogEvent.of(event);
    StringBuilder line = new StringBuilder(200);
    line.append("{\"time\":\"");
    TextLayout.MILLIS.formatTo(Instant.ofEpochMilli(event.getTimeStamp()), line);
    line.append('"');
    put(line, "level", event.getLevel().toString());
    put(line, "event", parts.name());
    if (!parts.words().isEmpty()) {
      put(line, "message", parts.words());
    }
    for (LogEvent.Field field : parts.fields()) {
      put(line, field.key(), field.value());
    }
    if (event.getThrowableProxy() != null) {
      put(line, "thread", event.getThreadName());
      put(line, "stackTrace", ThrowableProxyUtil.asString(event.getThrowableProxy()));
    }
    return line.append('}').append(System.lineSeparator()).toString();
  }

  private static void put(StringBuilder line, String key, String value) {
    line.append(',');
    text(line, key);
    line.append(':');
    text(line, value);
  }

  private static void text(StringBuilder line, String text) {
    line.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> line.append('\\').append(c);
        case '\n' -> line.append("\\n");
        case '\t' -> line.append("\\t");
        default -> {
          if (TextLayout.isTreacherous(c) || Character.isSurrogate(c) && !paired(text, i)) {
            line.append(String.format("\\u%04x", (int) c));
          } else {
            line.append(c);
          }
        }
      }
    }
    line.append('"');
  }

  private static boolean paired(String text, int i) {
    char c = text.charAt(i);
    return Character.isHighSurrogate(c)
        ? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
        : i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
  }
}
