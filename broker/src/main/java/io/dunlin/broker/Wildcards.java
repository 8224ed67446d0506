package io.dunlin.broker;

/// A pattern in which `*` stands for any characters, also none. Immutable.
record Wildcards(String pattern) {
  /// Whether all of `text` fits; takes at most their lengths' product.
  boolean matches(String text) {
    int p = 0;
    int t = 0;
    int star = -1; // the last `*` passed, and where what it stands for ends now
    int starEnd = 0;
    while (t < text.length()) {
      if (p < pattern.length() && pattern.charAt(p) == '*') {
        star = p++;
        starEnd = t;
      } else if (p < pattern.length() && pattern.charAt(p) == text.charAt(t)) {
        p++;
        t++;
      } else if (star >= 0) {
        p = star + 1;
        t = ++starEnd;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '*') {
      p++;
    }
    return p == pattern.length();
  }
}
