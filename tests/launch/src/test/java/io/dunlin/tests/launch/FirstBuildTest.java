package io.dunlin.tests.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The first `./dunlin` in copies of this checkout that were never built, each at another path, in
/// another time zone.
class FirstBuildTest {
  /// Built, or not part of the sources.
  private static final Set<String> LEFT_OUT =
      Set.of("target", ".git", ".dunlin", ".fast", "node_modules");

  @TempDir Path folder;

  @Test
  void twoCheckoutsBuildTheSameJars() throws Exception {
    Shell.Result first = firstCommand(folder.resolve("one"), "UTC");
    Shell.Result second = firstCommand(folder.resolve("another place"), "Asia/Tokyo");

    assertThat(first.exitCode()).as(first.output()).isZero();
    assertThat(first.output()).contains("dunlin");
    assertThat(second).isEqualTo(first);
    assertThat(jars(folder.resolve("another place"))).isEqualTo(jars(folder.resolve("one")));
  }

  private static Shell.Result firstCommand(Path checkout, String zone)
      throws IOException, InterruptedException {
    copy(Shell.ROOT, checkout);
    Map<String, String> environment = new HashMap<>(System.getenv());
    environment.keySet().removeIf(name -> name.startsWith("MAVEN") || name.startsWith("JAVA_OPTS"));
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.put("TZ", zone);
    return new Shell(checkout, environment).run("./dunlin", "version");
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
              throws IOException {
            if (!directory.equals(from) && LEFT_OUT.contains(directory.getFileName().toString())) {
              return FileVisitResult.SKIP_SUBTREE;
            }
            Files.createDirectories(to.resolve(from.relativize(directory).toString()));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (attributes.isRegularFile() && !file.getFileName().toString().equals(".git")) {
              Path copy = to.resolve(from.relativize(file).toString());
              Files.copy(file, copy);
              Files.setPosixFilePermissions(copy, Files.getPosixFilePermissions(file));
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /// Each jar that running needs, with the hash of its bytes.
  private static Map<String, String> jars(Path checkout)
      throws IOException, NoSuchAlgorithmException {
    Map<String, String> jars = new TreeMap<>();
    try (Stream<Path> files = Files.list(checkout.resolve("dist/target/quick/dunlin/lib"))) {
      for (Path jar : files.filter(file -> file.toString().endsWith(".jar")).toList()) {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(jar));
        jars.put(jar.getFileName().toString(), HexFormat.of().formatHex(hash));
      }
    }
    assertThat(jars).hasSizeGreaterThan(10);
    return jars;
  }
}
