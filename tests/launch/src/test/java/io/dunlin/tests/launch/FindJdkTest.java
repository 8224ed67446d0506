package io.dunlin.tests.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `bin/find-jdk.sh` on small file systems made for each test.
class FindJdkTest {
  @TempDir Path root;

  private final Map<String, String> environment = new HashMap<>();
  private Path bin;

  @BeforeEach
  void nothingIsInstalled() throws IOException {
    bin = root.resolve("bin");
    Shell.link(bin, "readlink", "sed", "cat");
    environment.put("PATH", bin.toString());
    environment.put("HOME", root.resolve("home").toString());
    environment.put("JDK_ROOT", root.toString());
  }

  @Test
  void javaHomeComesFirst() throws Exception {
    jdk("usr/lib/jvm/temurin-25", "25.0.1");
    environment.put("JAVA_HOME", jdk("somewhere/jdk", "26").toString());

    assertThat(found("javac")).isEqualTo(root.resolve("somewhere/jdk").toString());
  }

  @Test
  void tooOldJavaHomeIsPassedOver() throws Exception {
    environment.put("JAVA_HOME", jdk("somewhere/jdk", "17.0.15").toString());
    Path good = jdk("usr/lib/jvm/temurin-25", "25.0.1");

    assertThat(found("javac")).isEqualTo(good.toString());
  }

  @Test
  void javaOnThePathIsFollowedThroughItsLinks() throws Exception {
    Path home = jdk("apps/jdk", "25");
    Path alternative =
        Files.createSymbolicLink(root.resolve("alternative"), home.resolve("bin/java"));
    Files.createSymbolicLink(bin.resolve("java"), alternative);

    assertThat(found("javac")).isEqualTo(home.toRealPath().toString());
  }

  @Test
  void shimOnThePathIsAskedForItsHome() throws Exception {
    Path home = jdk("apps/jdk", "25");
    Shell.script(bin.resolve("java"), "echo '    java.home = " + home + "' >&2");

    assertThat(found("javac")).isEqualTo(home.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "usr/lib/jvm/java-25-openjdk-amd64", // Debian, Fedora
        "opt/jdk-25",
        "Library/Java/JavaVirtualMachines/temurin-25.jdk/Contents/Home", // macOS
        "opt/homebrew/opt/openjdk@25/libexec/openjdk.jdk/Contents/Home",
        "home/.sdkman/candidates/java/25.0.1-tem",
        "home/.jdks/temurin-25",
        "home/.local/share/mise/installs/java/25"
      })
  void usualPlaceIsSearched(String place) throws Exception {
    Path home = jdk(place, "25.0.1");

    assertThat(found("javac")).isEqualTo(home.toString());
  }

  @Test
  void macOsIsAskedForItsJdk() throws Exception {
    Path home = jdk("apps/jdk", "25");
    Shell.script(root.resolve("usr/libexec/java_home"), "[ \"$2\" = 25+ ] && echo '" + home + "'");

    assertThat(found("javac")).isEqualTo(home.toString());
  }

  @Test
  void versionThatDunlinIsTestedWithIsPreferredToANewerOne() throws Exception {
    jdk("usr/lib/jvm/a-jdk-27", "27");
    Path tested = jdk("usr/lib/jvm/b-jdk-25", "25.0.3");

    assertThat(found("javac")).isEqualTo(tested.toString());
  }

  @Test
  void newerJdkWillDo() throws Exception {
    Path newer = jdk("usr/lib/jvm/jdk-27", "27-ea");

    assertThat(found("javac")).isEqualTo(newer.toString());
  }

  @Test
  void runtimeWithoutACompilerRunsDunlinAndDoesNotBuildIt() throws Exception {
    Path runtime = jdk("usr/lib/jvm/jre-25", "25");
    Files.delete(runtime.resolve("bin/javac"));

    assertThat(found("java")).isEqualTo(runtime.toString());
    assertThat(search("javac").exitCode()).isEqualTo(1);
  }

  @Test
  void pathWithBlanksIsFound() throws Exception {
    environment.put("JAVA_HOME", jdk("my programs/jdk 25", "25").toString());

    assertThat(found("javac")).endsWith("my programs/jdk 25");
  }

  @ParameterizedTest
  @CsvSource({
    "dnf, sudo dnf install java-25-openjdk-devel",
    "zypper, sudo zypper install java-25-openjdk-devel",
    "pacman, sudo pacman -S jdk-openjdk",
    "apk, apk add openjdk25",
    "brew, brew install openjdk",
    "apt-get, sudo apt-get update && sudo apt-get install openjdk-25-jdk-headless",
    "none, adoptium.net"
  })
  void withoutAJdkOneLineSaysWhatToInstall(String installer, String command) throws Exception {
    Shell.script(bin.resolve(installer), "exit 0");

    Shell.Result result = search("javac");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.output().lines()).singleElement().asString().contains(command);
  }

  @Test
  void debianReleaseThatHasThePackageIsToldItsName() throws Exception {
    Shell.script(bin.resolve("apt-get"), "exit 0");
    Shell.script(bin.resolve("apt-cache"), "[ \"$2\" = openjdk-25-jdk-headless ]");

    assertThat(search("javac").output()).contains("sudo apt-get install openjdk-25-jdk-headless");
  }

  @Test
  void debianReleaseWithoutThePackageIsToldWhereElseItIs() throws Exception {
    Shell.script(bin.resolve("apt-get"), "exit 0");
    Shell.script(bin.resolve("apt-cache"), "exit 100");
    Path lists = Files.createDirectories(root.resolve("var/lib/apt/lists"));
    Files.createFile(lists.resolve("debian_dists_bookworm_main_binary-amd64_Packages"));

    assertThat(search("javac").output())
        .contains("sudo tee /etc/apt/sources.list.d/adoptium.list")
        .contains("$(. /etc/os-release && echo $VERSION_CODENAME)")
        .contains("sudo apt-get install temurin-25-jdk");
  }

  private Path jdk(String place, String version) throws IOException {
    Path home = root.resolve(place);
    Shell.script(home.resolve("bin/java"), "exit 1");
    Shell.script(home.resolve("bin/javac"), "exit 1");
    Files.writeString(
        home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
    return home;
  }

  private String found(String tool) throws IOException, InterruptedException {
    Shell.Result result = search(tool);
    assertThat(result.exitCode()).as(result.output()).isZero();
    return result.output().strip();
  }

  private Shell.Result search(String tool) throws IOException, InterruptedException {
    String script = ". '" + Shell.ROOT.resolve("bin/find-jdk.sh") + "'; find_jdk " + tool;
    return new Shell(root, environment).run("/bin/sh", "-eu", "-c", script);
  }
}
