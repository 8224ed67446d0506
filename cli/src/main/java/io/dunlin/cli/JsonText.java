package io.dunlin.cli;

/// The little JSON that output needs: quoting strings, and telling whether a text is JSON.
final class JsonText {
  private static final int MAX_DEPTH = 512;

  private final String text;
  private int at;

  private JsonText(String text) {
    this.text = text;
  }

  /// Appends `value` as a JSON string.
  static StringBuilder quote(StringBuilder to, String value) {
    to.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"' -> to.append("\\\"");
        case '\\' -> to.append("\\\\");
        case '\n' -> to.append("\\n");
        case '\r' -> to.append("\\r");
        case '\t' -> to.append("\\t");
        default -> {
          if (c < ' ' || c == 0x7f) {
            to.append("\\u%04x".formatted((int) c));
          } else {
            to.append(c);
          }
        }
      }
    }
    return to.append('"');
  }

  /// Whether `text` is one JSON value (RFC 8259) of bounded depth.
  static boolean isValid(String text) {
    JsonText json = new JsonText(text);
    json.blanks();
    boolean valid = json.value(0);
    json.blanks();
    return valid && json.at == text.length();
  }

  private boolean value(int depth) {
    if (at == text.length() || depth > MAX_DEPTH) {
      return false;
    }
    return switch (text.charAt(at)) {
      case '{' -> list('}', true, depth);
      case '[' -> list(']', false, depth);
      case '"' -> string();
      case 't' -> word("true");
      case 'f' -> word("false");
      case 'n' -> word("null");
      default -> number();
    };
  }

  private boolean list(char end, boolean named, int depth) {
    at++;
    blanks();
    if (take(end)) {
      return true;
    }
    do {
      blanks();
      if (named) {
        if (!string()) {
          return false;
        }
        blanks();
        if (!take(':')) {
          return false;
        }
        blanks();
      }
      if (!value(depth + 1)) {
        return false;
      }
      blanks();
    } while (take(','));
    return take(end);
  }

  private boolean string() {
    if (!take('"')) {
      return false;
    }
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c == '"') {
        return true;
      }
      if (c < ' ' || (c == '\\' && !escape())) {
        return false;
      }
    }
    return false;
  }

  private boolean escape() {
    if (take('u')) {
      at += 4;
      return at <= text.length() && text.substring(at - 4, at).matches("[0-9a-fA-F]{4}");
    }
    return at < text.length() && "\"\\/bfnrt".indexOf(text.charAt(at++)) >= 0;
  }

  private boolean number() {
    take('-');
    if (!take('0') && !digits()) {
      return false;
    }
    if (take('.') && !digits()) {
      return false;
    }
    if (take('e') || take('E')) {
      if (!take('+')) {
        take('-');
      }
      return digits();
    }
    return true;
  }

  private boolean digits() {
    int from = at;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    return at > from;
  }

  private boolean word(String word) {
    boolean there = text.startsWith(word, at);
    at += word.length();
    return there;
  }

  private boolean take(char c) {
    boolean there = at < text.length() && text.charAt(at) == c;
    if (there) {
      at++;
    }
    return there;
  }

  private void blanks() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }
}
