package io.dunlin.tests.architecture;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Map;
import java.util.Set;

/// The modules, what each may depend on, and their classes. A new module, and a new arrow between
/// two, is a line here.
final class Modules {
  static final String ROOT = "io.dunlin.";

  /// The code that uses no socket, file, thread, lock, clock or randomness: what it needs is passed
  /// in.
  static final Set<String> PURE = Set.of("mqtt", "codec", "session", "routing");

  /// Module to the modules it may depend on; an arrow only ever points to a lower floor.
  static final Map<String, Set<String>> ARROWS =
      Map.ofEntries(
          Map.entry("base", Set.of()),
          Map.entry("mqtt", Set.of("base")),
          Map.entry("transport", Set.of("base")),
          Map.entry("storage", Set.of("base")),
          Map.entry("rocksdb", Set.of("base", "storage")),
          Map.entry("codec", Set.of("base", "mqtt")),
          Map.entry("session", Set.of("base", "mqtt")),
          Map.entry("routing", Set.of("base", "mqtt")),
          Map.entry(
              "broker",
              Set.of(
                  "base",
                  "mqtt",
                  "transport",
                  "storage",
                  "rocksdb",
                  "codec",
                  "session",
                  "routing")),
          Map.entry("client", Set.of("base", "mqtt", "codec", "session")),
          Map.entry("crashtest", Set.of("base", "mqtt", "codec")),
          Map.entry("admin", Set.of("base", "mqtt", "broker")),
          Map.entry("examples", Set.of("base", "mqtt", "client")),
          Map.entry(
              "cli",
              Set.of(
                  "base",
                  "mqtt",
                  "transport",
                  "storage",
                  "rocksdb",
                  "routing",
                  "client",
                  "crashtest",
                  "broker",
                  "admin")));

  /// Module to the packages of third parties it may use, for all modules up to floor 2.
  static final Map<String, Set<String>> THIRD_PARTIES =
      Map.of(
          "base", Set.of("org.jspecify."),
          "mqtt", Set.of("org.jspecify."),
          "transport",
              Set.of("org.jspecify.", "org.slf4j.", "io.netty.", "javax.net.", "javax.security."),
          "storage", Set.of("org.jspecify.", "org.slf4j."),
          "rocksdb", Set.of("org.jspecify.", "org.slf4j.", "org.rocksdb."),
          "codec", Set.of("org.jspecify."),
          "session", Set.of("org.jspecify."),
          "routing", Set.of("org.jspecify."),
          "client", Set.of("org.jspecify.", "javax.net."),
          "crashtest", Set.of("org.jspecify."));

  static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(location -> !location.contains("/tests/"))
          .importPackages("io.dunlin");

  private Modules() {}

  static boolean isOurs(JavaClass type) {
    return type.getPackageName().startsWith(ROOT);
  }

  /// `codec` for `io.dunlin.codec.Decoder` and for what lies in packages below.
  static String moduleOf(JavaClass type) {
    String rest = type.getPackageName().substring(ROOT.length());
    int dot = rest.indexOf('.');
    return dot < 0 ? rest : rest.substring(0, dot);
  }
}
