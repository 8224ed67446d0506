package io.dunlin.broker.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Finds the word that somebody probably meant.
public final class Nearest {
  private static final int SHORTEST = 3; // letters of a word that tells something

  private Nearest() {}

  /// The candidate with the fewest edits from `word`, or null when none is near.
  public static @Nullable String to(String word, Collection<String> candidates) {
    int near = word.length() < 4 ? 1 : Math.max(2, word.length() / 3);
    return candidates.stream()
        .filter(candidate -> distance(word, candidate) <= near)
        .min(Comparator.comparingInt(candidate -> distance(word, candidate)))
        .orElse(null);
  }

  /// The candidate with the most of the words of `word`, in any order and also abbreviated; null
  /// when none has `least` halves of them. `expiryMax` finds `expiry-max-seconds`.
  static @Nullable String byWords(String word, int least, Collection<String> candidates) {
    List<String> wanted = words(word);
    return candidates.stream()
        .filter(candidate -> 2 * common(wanted, candidate) >= least * wanted.size())
        .min(
            Comparator.<String>comparingInt(candidate -> -common(wanted, candidate))
                .thenComparingInt(candidate -> words(candidate).size()))
        .filter(candidate -> common(wanted, candidate) > 0)
        .orElse(null);
  }

  private static int common(List<String> wanted, String candidate) {
    List<String> has = words(candidate);
    String run = String.join("", has);
    int common = 0;
    for (String each : wanted) {
      if (each.length() >= SHORTEST
          && (run.contains(each) || has.stream().anyMatch(word -> near(each, word)))) {
        common++;
      }
    }
    return common;
  }

  private static boolean near(String a, String b) {
    return b.length() > SHORTEST && distance(a, b) <= 1;
  }

  private static List<String> words(String name) {
    return List.of(
        name.replaceAll("(?<=[a-z])(?=[A-Z])", "-").toLowerCase(Locale.ROOT).split("[-_.* ]+"));
  }

  /// How many letters must be inserted, deleted, replaced or swapped with their neighbour.
  static int distance(String a, String b) {
    int[] beforePrevious = new int[b.length() + 1];
    int[] previous = new int[b.length() + 1];
    int[] current = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replace = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(replace, Math.min(previous[j], current[j - 1]) + 1);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          current[j] = Math.min(current[j], beforePrevious[j - 2] + 1);
        }
      }
      int[] spare = beforePrevious;
      beforePrevious = previous;
      previous = current;
      current = spare;
    }
    return previous[b.length()];
  }
}
