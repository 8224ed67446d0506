package io.dunlin.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.broker.auth.PasswordFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

class PasswdCommandTest {
  private static final List<String> CHEAP = List.of("--memory-kib=64", "--iterations=1");

  @TempDir Path directory;
  private final StringWriter err = new StringWriter();
  private final List<String> prompts = new ArrayList<>();
  private Path file = Path.of("");

  @BeforeEach
  void name() {
    file = directory.resolve("users");
  }

  @Test
  void terminalIsAskedTwice() throws IOException {
    assertThat(run(terminal("geheim", "geheim"), file.toString(), "ann")).isZero();

    assertThat(prompts).containsExactly("Password of ann: ", "Again: ");
    assertThat(PasswordFile.read(file).has("ann")).isTrue();
    assertThat(Files.readString(file)).startsWith("ann:$argon2id$").doesNotContain("geheim");
  }

  @Test
  void twoThatDifferChangeNothing() {
    assertThat(run(terminal("one", "other"), file.toString(), "ann")).isEqualTo(1);

    assertThat(err.toString())
        .isEqualToIgnoringNewLines("dunlin: the two passwords differ; nothing has changed");
    assertThat(file).doesNotExist();
  }

  @Test
  void pipeGivesOneLine() throws IOException {
    assertThat(run(pipe("first\r\nsecond\n"), file.toString(), "ann")).isZero();
    assertThat(run(pipe("last"), file.toString(), "bob")).isZero();

    assertThat(PasswordFile.read(file).size()).isEqualTo(2);
  }

  @Test
  void noPasswordChangesNothing() {
    assertThat(run(pipe(""), file.toString(), "ann")).isEqualTo(1);
    assertThat(run(pipe("\n"), file.toString(), "ann")).isEqualTo(1);
    assertThat(file).doesNotExist();
  }

  @Test
  void batchTakesThePasswordOfTheCommandLine() throws IOException {
    assertThat(run(pipe(""), "-b", file.toString(), "ann", "geheim")).isZero();
    assertThat(PasswordFile.read(file).has("ann")).isTrue();
  }

  @Test
  void deletingRemovesTheLine() throws IOException {
    run(pipe("x"), file.toString(), "ann");
    run(pipe("x"), file.toString(), "bob");

    assertThat(run(pipe(""), "-D", file.toString(), "ann")).isZero();
    assertThat(PasswordFile.read(file).has("ann")).isFalse();
    assertThat(run(pipe(""), "-D", file.toString(), "ann")).isEqualTo(1);
    assertThat(err.toString()).contains("there is no user 'ann' in " + file);
  }

  @Test
  void wrongNamesCostsAndFilesAreTold() throws IOException {
    assertThat(run(pipe("x"), file.toString(), "a:b")).isEqualTo(ExitCode.USAGE.number());
    assertThat(run(pipe("x"), "--iterations=0", file.toString(), "a"))
        .isEqualTo(ExitCode.USAGE.number());
    assertThat(run(pipe("x"), directory.resolve("no/users").toString(), "a")).isEqualTo(1);
    Files.writeString(file, "ann:plain\n");
    assertThat(run(pipe("x"), file.toString(), "bob")).isEqualTo(ExitCode.CONFIG.number());
    assertThat(err.toString())
        .contains("a user name has", "t=0", "was not changed", file + ":1:1:")
        .doesNotContain("plain");
    assertThat(Files.readString(file)).isEqualTo("ann:plain\n");
  }

  private int run(SecretInput input, String... arguments) {
    Surroundings around =
        new Surroundings(
            Map.of(),
            InputStream.nullInputStream(),
            new PrintWriter(err),
            OutputStream.nullOutputStream(),
            new PrintWriter(err),
            false,
            _ -> {
              throw new IOException("no broker in this test");
            });
    CommandLine command = new CommandLine(PasswdCommand.spec(around, input));
    List<String> all = new ArrayList<>(List.of(arguments));
    if (!all.contains("--iterations=0")) {
      all.addAll(0, CHEAP);
    }
    ParseResult options = command.parseArgs(all.toArray(String[]::new));
    return ((Action) options.commandSpec().userObject()).run(options);
  }

  private SecretInput terminal(String... lines) {
    ArrayDeque<String> left = new ArrayDeque<>(List.of(lines));
    return new SecretInput() {
      @Override
      public boolean isTerminal() {
        return true;
      }

      @Override
      public byte @Nullable [] read(String prompt) {
        prompts.add(prompt);
        return left.removeFirst().getBytes(UTF_8);
      }
    };
  }

  private static SecretInput pipe(String text) {
    return new SecretInput.Pipe(new ByteArrayInputStream(text.getBytes(UTF_8)));
  }
}
