package io.dunlin.cli;

import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/// What is logged, taken apart: the event's name, its fields, and words for people. Immutable.
///
/// Our code logs `session.connected clientId={} remote={}` with a value for each field, or with
/// key-value pairs; both come to the same. Values never pass through a text, so none can forge a
/// field.
///
/// @param name the first word of the message
/// @param words what is neither name nor field; often empty
record LogEvent(String name, String words, List<Field> fields) {
  /// A field; the value is what was logged.
  record Field(String key, @Nullable Object value) {}

  static LogEvent of(ILoggingEvent event) {
    String pattern = String.valueOf(event.getMessage());
    Object[] arguments = event.getArgumentArray();
    Object[] values = arguments == null ? new Object[0] : arguments;
    List<Field> fields = new ArrayList<>();
    StringBuilder words = new StringBuilder();
    String name = "";
    int next = 0;
    for (String word : pattern.split(" ", -1)) {
      boolean takes = word.contains("{}") && next < values.length;
      if (name.isEmpty()) {
        name = word;
      } else if (takes && word.endsWith("={}")) {
        fields.add(new Field(word.substring(0, word.length() - 3), values[next++]));
      } else {
        String text = takes ? word.replace("{}", String.valueOf(values[next++])) : word;
        words.append(words.isEmpty() ? "" : " ").append(text);
      }
    }
    if (event.getKeyValuePairs() != null) {
      for (KeyValuePair pair : event.getKeyValuePairs()) {
        fields.add(new Field(pair.key, pair.value));
      }
    }
    return new LogEvent(name, words.toString(), fields);
  }
}
