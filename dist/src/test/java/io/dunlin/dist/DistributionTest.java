package io.dunlin.dist;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DistributionTest {
  private static final Path ARCHIVE = Path.of(System.getProperty("dunlin.archive"));
  private static final String VERSION = System.getProperty("dunlin.version");
  private static final long LARGEST_BYTES = 80L << 20;
  private static final Pattern NATIVE = Pattern.compile("\\.(so|dll|dylib|jnilib)$");

  @TempDir static Path folder;

  @BeforeAll
  static void unpack() throws IOException, InterruptedException {
    Result tar = run("", "tar", "xzf", ARCHIVE.toString(), "-C", folder.toString());
    assertThat(tar.exitCode()).as(tar.output()).isZero();
  }

  @Test
  void unpackedArchiveStarts() throws IOException, InterruptedException {
    Result version = run("", launcher().toString(), "version");

    assertThat(version.exitCode()).as(version.output()).isZero();
    assertThat(version.output()).contains(VERSION);
  }

  @Test
  void launcherStartsThroughASymbolicLink() throws IOException, InterruptedException {
    Path link = Files.createSymbolicLink(folder.resolve("dunlin"), launcher());

    Result version = run("", link.toString(), "version");

    assertThat(version.exitCode()).as(version.output()).isZero();
  }

  @Test
  void ownClassesComeFromTheAotCache() throws IOException, InterruptedException {
    Result loads = run("-Xlog:class+load", launcher().toString(), "version");

    assertThat(loads.output())
        .containsPattern("io\\.dunlin\\.cli\\.Main source: shared objects file");
  }

  @Test
  void theClientsClassesComeFromACacheOfTheirOwn() throws IOException, InterruptedException {
    Result loads = run("-Xlog:class+load", launcher().toString(), "pub", "--help");

    assertThat(loads.output())
        .containsPattern("io\\.dunlin\\.cli\\.PubCommand source: shared objects file");
  }

  @Test
  void anotherCollectorReplacesTheLaunchers() throws IOException, InterruptedException {
    Result usual = run("", launcher().toString(), "version");
    Result other = run("-XX:+UseZGC", launcher().toString(), "version");

    assertThat(other).as("the cache does not fit and is passed over in silence").isEqualTo(usual);
  }

  @Test
  void javaOptsOverrideTheLaunchersFlags() throws IOException, InterruptedException {
    Result flags = run("-XX:+PrintFlagsFinal -Xmn24m", launcher().toString(), "version");

    assertThat(flags.output()).containsPattern("size_t NewSize += 25165824 ");
  }

  @Test
  void numbersLookTheSameInEveryLocale() throws IOException, InterruptedException {
    String arabic = "-Duser.language=ar -Duser.country=EG";

    Result completion = run("", launcher().toString(), "completion", "bash");

    assertThat(run(arabic, launcher().toString(), "completion", "bash")).isEqualTo(completion);
  }

  @Test
  void archiveHoldsNativeLibrariesOfOnePlatformOnly() throws IOException {
    List<String> libraries = new ArrayList<>();
    try (Stream<Path> paths = Files.walk(root().resolve("lib"))) {
      for (Path path : paths.filter(Files::isRegularFile).toList()) {
        if (path.toString().endsWith(".jar")) {
          try (JarFile jar = new JarFile(path.toFile())) {
            jar.stream().map(entry -> path + "!" + entry.getName()).forEach(libraries::add);
          }
        } else {
          libraries.add(path.toString());
        }
      }
    }
    libraries.removeIf(name -> !NATIVE.matcher(name).find());
    assertThat(libraries).anyMatch(name -> name.contains("rocksdb"));
    assertThat(libraries.stream().map(DistributionTest::platform).distinct())
        .as("%s", libraries)
        .hasSizeLessThanOrEqualTo(1);
    assertThat(Files.size(ARCHIVE)).isLessThan(LARGEST_BYTES);
  }

  /// The system and the processor of a native library, by its name.
  private static String platform(String library) {
    String name = library.substring(library.lastIndexOf('/') + 1);
    String processor = name.matches(".*(aarch_?64|arm64).*") ? "arm" : "intel";
    return name.substring(name.lastIndexOf('.')) + " " + processor;
  }

  @Test
  void archiveHoldsLicenceAndDocumentationWithoutDeadLinks() throws IOException {
    assertThat(root().resolve("LICENSE")).exists();
    assertThat(root().resolve("docs/guide/installing.md")).exists();
    assertThat(DeadLinks.below(root())).isEmpty();
  }

  private static Path root() {
    return folder.resolve("dunlin-" + VERSION);
  }

  private static Path launcher() {
    return root().resolve("bin").resolve("dunlin");
  }

  private record Result(int exitCode, String output) {}

  private static Result run(String javaOpts, String... command)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("JAVA_OPTS", javaOpts);
    Path output = Files.createTempFile(folder, "output", ".txt");
    builder.redirectErrorStream(true).redirectOutput(output.toFile());
    Process process = builder.start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    return new Result(process.waitFor(), Files.readString(output, StandardCharsets.UTF_8));
  }
}
