package io.dunlin.broker.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.dunlin.broker.auth.PasswordHash.Cost;
import io.dunlin.broker.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordFileTest {
  private static final Cost CHEAP = new Cost(64, 1, 1);

  /// RFC 9106 has none without secret and associated data; this is of the reference implementation:
  /// `echo -n password | argon2 somesalt -id -t 2 -k 256 -p 1 -l 32`.
  private static final String KNOWN =
      "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ" + "$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

  @TempDir Path directory;

  @Test
  void hashIsThatOfTheReferenceImplementation() {
    PasswordHash hash = PasswordHash.parse(KNOWN);

    assertThat(hash.matches("password".getBytes(UTF_8))).isTrue();
    assertThat(hash.matches("Password".getBytes(UTF_8))).isFalse();
    assertThat(hash.encoded()).isEqualTo(KNOWN);
    assertThat(hash.toString()).doesNotContain("nf65");
  }

  @Test
  void twoHashesOfOnePasswordDiffer() {
    PasswordHash one = hash("x");
    PasswordHash other = hash("x");

    assertThat(one).isNotEqualTo(other).isEqualTo(PasswordHash.parse(one.encoded()));
    assertThat(other.matches("x".getBytes(UTF_8))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "secret",
        "$7$101$c2FsdA==$aGFzaA==",
        "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=99999999,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=0,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=21,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=7,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65",
      })
  void otherTextsAreNoHashesAndAreNotRepeated(String text) {
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> PasswordHash.parse(text))
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("secret").doesNotContain("nf65"));
  }

  @Test
  void rewritingKeepsCommentsAndOrder() throws IOException {
    Path file = directory.resolve("users");
    Files.writeString(file, "# hall 1\nann:" + KNOWN + "\n\nbob:" + KNOWN + "\n# the end\n");

    PasswordHash fresh = hash("new");
    PasswordFile.read(file).with("ann", fresh).with("carl", fresh).without("bob").write(file);

    assertThat(Files.readAllLines(file))
        .containsExactly(
            "# hall 1", "ann:" + fresh.encoded(), "", "# the end", "carl:" + fresh.encoded());
    assertThat(PasswordFile.read(file).has("bob")).isFalse();
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void newFileIsItsOwnersOnlyAndOthersLoseTheirRights() throws IOException {
    Path file = directory.resolve("users");
    PasswordFile.EMPTY.with("ann", hash("x")).write(file);
    assertThat(permissions(file)).isEqualTo("rw-------");

    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    PasswordFile.read(file).with("ann", hash("y")).write(file);
    assertThat(permissions(file)).isEqualTo("rw-r-----");
  }

  @Test
  void problemsNameTheirLinesAndRepeatNoHash() throws IOException {
    Path file = directory.resolve("users");
    Files.writeString(
        file, "# c\nann\nbob:secret\nann:" + KNOWN + "\nann:" + KNOWN + "\n:" + KNOWN + "\n");

    ConfigException e = catchThrowableOfType(ConfigException.class, () -> PasswordFile.read(file));

    assertThat(e.problems())
        .extracting(problem -> problem.toString().replaceAll(";.*", ""))
        .containsExactly(
            file + ":2:1: is no line 'name:hash'",
            file
                + ":3:1: what stands behind the user name is no argon2id hash"
                + " ($argon2id$v=19$m=…)",
            file + ":5:1: user 'ann' is there twice",
            file
                + ":6:1: a user name has 1 to 1024 characters, no ':' and no control character, and"
                + " does not begin with '#'");
    assertThat(e.getMessage()).contains("dunlin passwd").doesNotContain("secret");
  }

  @Test
  void absentFileNamesTheRemedy() {
    Path absent = directory.resolve("absent");
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> PasswordFile.read(absent))
        .withMessage(
            absent
                + ": there is no such file; make it with 'dunlin passwd "
                + absent
                + " USER', or check the path");
  }

  @Test
  void sameUsersInOtherLinesAreEqual() throws IOException {
    Path file = directory.resolve("users");
    Files.writeString(file, "ann:" + KNOWN + "\n");
    PasswordFile before = PasswordFile.read(file);
    Files.writeString(file, "# now with a comment\n\nann:" + KNOWN + "\n");

    assertThat(PasswordFile.read(file)).isEqualTo(before).hasSameHashCodeAs(before);
    assertThat(List.of(before.size(), PasswordFile.EMPTY.size())).containsExactly(1, 0);
  }

  private static PasswordHash hash(String password) {
    return PasswordHash.of(password.getBytes(UTF_8), CHEAP, new SecureRandom());
  }

  private static String permissions(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }
}
