package io.dunlin.cli;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.Instant;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/// One event a line, as a JSON object: `time`, `level`, `event`, the fields under their names, and
/// where there are any `message`, `thread` and `stackTrace`. Numbers, truth values and lists are
/// those of JSON; all else is text.
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

  private static void put(StringBuilder line, String key, @Nullable Object value) {
    line.append(',');
    text(line, key);
    line.append(':');
    value(line, value);
  }

  private static void value(StringBuilder line, @Nullable Object value) {
    switch (value) {
      case null -> line.append("null");
      case Boolean truth -> line.append(truth.booleanValue());
      case Byte _, Short _, Integer _, Long _ -> line.append(value);
      case Double number when Double.isFinite(number) -> line.append(number.doubleValue());
      case Collection<?> list -> {
        String before = "[";
        for (Object each : list) {
          line.append(before);
          value(line, each);
          before = ",";
        }
        line.append(list.isEmpty() ? "[]" : "]");
      }
      default -> text(line, value.toString());
    }
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
