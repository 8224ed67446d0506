package io.dunlin.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// Types what the guides and README say, in a shell and a network of its own, so that the ports of
/// the guides are free. The distribution's `dunlin` is on the `PATH` and in the folder, as in a
/// checkout, and so is the archive.
@Tag("debian")
@Tag("mosquitto")
class GuideTest {
  private static final Path DOCS = Path.of("../docs/guide").toAbsolutePath().normalize();
  private static final Path BIN = Path.of("target/dunlin/bin").toAbsolutePath();
  private static final Path ARCHIVE = Path.of(System.getProperty("dunlin.archive"));
  private static final String VERSION = System.getProperty("dunlin.version");

  private static final String UNTIL_SUBSCRIBED =
      "until ./dunlin ctl stats --data data | grep -q 'dunlin_subscription_count  *[1-9]';"
          + " do sleep 0.1; done";
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> whatAGuideSaysIsTrue() throws IOException {
    List<Guide> guides = new ArrayList<>();
    try (Stream<Path> pages = Files.list(DOCS)) {
      for (Path page : pages.filter(path -> path.toString().endsWith(".md")).sorted().toList()) {
        guides.add(Guide.read(page));
      }
    }
    guides.add(Guide.read(DOCS.resolve("../../README.md")));
    return guides.stream()
        .filter(guide -> !guide.steps().isEmpty())
        .map(guide -> dynamicTest(guide.page().getFileName().toString(), () -> follow(guide)));
  }

  private void follow(Guide guide) throws IOException, InterruptedException {
    Path directory = Files.createDirectories(folder.resolve(guide.page().getFileName() + ".d"));
    Path output = directory.resolveSibling(guide.page().getFileName() + ".out");
    ProcessBuilder builder =
        new ProcessBuilder(
                "unshare",
                "--net",
                "--pid",
                "--mount-proc",
                "--fork",
                "--kill-child",
                "/bin/sh",
                "-c",
                "ip link set lo up; mount -t tmpfs tmpfs /var/lib; exec bash")
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    Path command = Files.createSymbolicLink(directory.resolve("dunlin"), BIN.resolve("dunlin"));
    Path archive = directory.resolve(ARCHIVE.getFileName());
    Files.createSymbolicLink(archive, ARCHIVE.toAbsolutePath());
    builder.environment().put("PATH", BIN + ":" + System.getenv("PATH"));
    builder.environment().put("HOME", directory.toString());
    builder.environment().remove("JAVA_OPTS");
    Process shell = builder.start();
    try (Writer typed = shell.outputWriter(StandardCharsets.UTF_8)) {
      for (Guide.Step step : guide.steps()) {
        follow(guide, step, typed, output);
      }
    } finally {
      shell.destroyForcibly().waitFor();
      Files.delete(command);
      Files.delete(archive);
    }
  }

  private static void follow(Guide guide, Guide.Step step, Writer typed, Path output)
      throws IOException {
    int from = Files.readString(output).length();
    String mark = "step of line " + step.line() + " ended with ";
    typed.write(typed(step) + "\necho '" + mark + "'$?\n");
    typed.flush();
    List<Pattern> awaited = new ArrayList<>();
    awaited.add(Pattern.compile(Pattern.quote(mark + "0")));
    boolean stays = step.terminal() || step.script().stripTrailing().endsWith("&");
    if (stays && step.script().contains("dunlin broker")) {
      awaited.add(Pattern.compile(" ready on "));
    }
    for (String line : step.seen()) {
      awaited.add(
          Pattern.compile(
              "^" + Pattern.quote(line.strip()).replace("…", "\\E.*\\Q") + "$", Pattern.MULTILINE));
    }
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    for (Pattern pattern : awaited) {
      String said = Files.readString(output).substring(from);
      while (!pattern.matcher(said).find() && System.nanoTime() < deadline) {
        if (Pattern.compile(Pattern.quote(mark) + "[1-9]").matcher(said).find()) {
          break;
        }
        LockSupport.parkNanos(20_000_000);
        said = Files.readString(output).substring(from);
      }
      assertThat(said)
          .as("%s:%d\n%s", guide.page(), step.line(), step.script())
          .containsPattern(pattern);
    }
  }

  private static String typed(Guide.Step step) {
    String script = step.script().replace("<version>", VERSION);
    if (!step.terminal()) {
      return "{\n" + script + "\n} </dev/null";
    }
    int last = script.lastIndexOf('\n') + 1;
    String inBackground =
        "(\n" + script.substring(0, last) + "exec " + script.substring(last) + "\n) </dev/null &";
    return script.contains("dunlin sub") ? inBackground + "\n" + UNTIL_SUBSCRIBED : inBackground;
  }
}
