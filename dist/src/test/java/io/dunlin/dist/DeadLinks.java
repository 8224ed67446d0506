package io.dunlin.dist;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Finds links between pages that lead nowhere.
final class DeadLinks {
  private static final Pattern LINK = Pattern.compile("]\\(([^)#\\s]+)(?:#[^)]*)?\\)");

  private DeadLinks() {}

  /// `page: link` for each link of a page below `root` to a file that is not there.
  static List<String> below(Path root) throws IOException {
    List<String> dead = new ArrayList<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path page : files.filter(path -> path.toString().endsWith(".md")).toList()) {
        Matcher link = LINK.matcher(Files.readString(page));
        while (link.find()) {
          if (!link.group(1).contains("://")
              && !Files.exists(page.resolveSibling(link.group(1)).normalize())) {
            dead.add(root.relativize(page) + ": " + link.group(1));
          }
        }
      }
    }
    return dead;
  }
}
