package io.dunlin.tests.architecture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The text files of the repository: sources, scripts, build files, documents; not what a build or
/// a tool made.
final class SourceTree {
  private static final Set<String> ENDINGS =
      Set.of("java", "md", "xml", "sh", "yaml", "yml", "json", "js", "properties", "tsv");
  private static final Set<String> SCRIPTS = Set.of("dunlin", "verify", "run");
  private static final Set<String> MADE = Set.of("target", "node_modules", "data");

  private final List<Source> sources;

  private SourceTree(List<Source> sources) {
    this.sources = sources;
  }

  record Source(Path path, List<String> lines) {
    boolean isJava() {
      return path.toString().endsWith(".java");
    }

    boolean isTest() {
      return path.startsWith("tests") || path.toString().contains("src/test/");
    }
  }

  /// The tree that this module lies in.
  static SourceTree read() throws IOException {
    Path root = Path.of(System.getProperty("dunlin.root")).toRealPath();
    List<Source> sources = new ArrayList<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            String name = folder.getFileName().toString();
            boolean hidden = name.startsWith(".") && !name.equals(".ci");
            return !folder.equals(root) && (hidden || MADE.contains(name))
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            String name = file.getFileName().toString();
            if (attributes.isRegularFile()
                && (ENDINGS.contains(name.substring(name.lastIndexOf('.') + 1))
                    || SCRIPTS.contains(name))) {
              sources.add(new Source(root.relativize(file), linesOf(file)));
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return new SourceTree(sources);
  }

  Stream<Source> all() {
    return sources.stream();
  }

  Stream<Source> java() {
    return all().filter(Source::isJava);
  }

  /// Each line of the given files in which the pattern is found, as `path:number: line`.
  static List<String> find(Stream<Source> sources, Pattern pattern) {
    return sources
        .flatMap(source ->
            IntStream.range(0, source.lines().size())
                .filter(index -> pattern.matcher(source.lines().get(index)).find())
                .mapToObj(index ->
                    source.path() + ":" + (index + 1) + ": " + source.lines().get(index).strip()))
        .toList();
  }

  private static List<String> linesOf(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + " as UTF-8", e);
    }
  }
}
