package io.dunlin.tests.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Which tests cite which statements, read from the annotations of this module's test classes.
final class Citations {
  /// A test that cites a statement. Those of the client are in classes whose names begin so.
  ///
  /// @param ofClient whether it holds the client to the statement, not the broker
  /// @param departure why its behaviour departs from the statement, null where it does not
  record Citation(String test, boolean ofClient, @Nullable String departure) {}

  private final Map<String, List<Citation>> byStatement = new TreeMap<>();

  Citations() {
    testClasses().forEach(this::collect);
  }

  private static List<Class<?>> testClasses() {
    try {
      Path classes =
          Path.of(Citations.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      Path ours = classes.resolve(Citations.class.getPackageName().replace('.', '/'));
      try (Stream<Path> files = Files.list(ours)) {
        return files
            .map(file -> file.getFileName().toString())
            .filter(name -> name.endsWith("Test.class"))
            .sorted()
            .<Class<?>>map(name -> load(name.substring(0, name.length() - ".class".length())))
            .toList();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Class<?> load(String simpleName) {
    try {
      return Class.forName(Citations.class.getPackageName() + "." + simpleName);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  private void collect(Class<?> testClass) {
    Arrays.stream(testClass.getDeclaredMethods())
        .sorted(Comparator.comparing(Method::getName))
        .forEach(this::collect);
  }

  private void collect(Method method) {
    Departure departure = method.getAnnotation(Departure.class);
    Citation citation =
        new Citation(
            method.getDeclaringClass().getSimpleName() + "#" + method.getName(),
            method.getDeclaringClass().getSimpleName().startsWith("Client"),
            departure == null ? null : departure.value());
    for (Statement statement : method.getAnnotationsByType(Statement.class)) {
      for (String id : statement.value()) {
        byStatement
            .computeIfAbsent(statement.version() + " " + id, _ -> new ArrayList<>())
            .add(citation);
      }
    }
  }

  /// Every cited statement, as `Requirement.key()` writes it.
  List<String> cited() {
    return List.copyOf(byStatement.keySet());
  }

  List<Citation> of(Requirement requirement) {
    return byStatement.getOrDefault(requirement.key(), List.of());
  }

  /// Whether a test holds the client, or else the broker, to the statement.
  boolean tested(Requirement requirement, boolean client) {
    return of(requirement).stream().anyMatch(each -> each.ofClient() == client);
  }

  long tests() {
    return byStatement.values().stream()
        .flatMap(List::stream)
        .map(Citation::test)
        .distinct()
        .count();
  }
}
