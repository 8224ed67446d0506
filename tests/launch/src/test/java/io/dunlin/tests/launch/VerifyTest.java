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

/// `./verify` around a build that writes the reports that each test asks for.
class VerifyTest {
  private static final String[] TOOLS = {
    "awk", "cat", "cp", "dirname", "find", "grep", "mkdir", "readlink", "rm", "sed", "sort", "tr"
  };

  @TempDir Path checkout;

  private final Map<String, String> environment = new HashMap<>();
  private Path bin;

  @BeforeEach
  void checkoutOfOneModule() throws IOException {
    Files.copy(Shell.ROOT.resolve("verify"), checkout.resolve("verify"));
    Files.createDirectories(checkout.resolve("bin"));
    Files.copy(Shell.ROOT.resolve("bin/find-jdk.sh"), checkout.resolve("bin/find-jdk.sh"));
    bin = checkout.resolve("path");
    Shell.link(bin, TOOLS);
    Shell.script(bin.resolve("id"), "echo 1000"); // nobody here may install anything
    environment.put("PATH", bin.toString());
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    Files.createDirectories(checkout.resolve("m/src/test/java"));
    Files.writeString(checkout.resolve("m/src/test/java/ToolsTest.java"), "@Tag(\"node\")\n");
    build("tests=\"7\" errors=\"0\" skipped=\"0\" failures=\"0\"", 0);
  }

  @Test
  void lastLineIsTheCount() throws Exception {
    nodeIsThere();

    Shell.Result result = verify();

    assertThat(result.exitCode()).as(result.output()).isZero();
    assertThat(result.output()).endsWith("7 passed, 0 failed\n");
  }

  @Test
  void failedTestFailsAndIsNamed() throws Exception {
    nodeIsThere();
    build("tests=\"7\" errors=\"1\" skipped=\"0\" failures=\"1\"", 0);

    Shell.Result result = verify();

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.output()).contains("failed: a.B (2 of 7)").endsWith("5 passed, 2 failed\n");
  }

  @Test
  void skippedTestFails() throws Exception {
    nodeIsThere();
    build("tests=\"7\" errors=\"0\" skipped=\"1\" failures=\"0\"", 0);

    Shell.Result result = verify();

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.output()).contains("skipped: a.B (1 of 7)");
  }

  @Test
  void brokenBuildFailsThoughNoTestDid() throws Exception {
    nodeIsThere();
    build("tests=\"7\" errors=\"0\" skipped=\"0\" failures=\"0\"", 1);

    Shell.Result result = verify();

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.output()).contains("the build failed");
  }

  @Test
  void buildWithoutATestFails() throws Exception {
    nodeIsThere();
    build("tests=\"0\" errors=\"0\" skipped=\"0\" failures=\"0\"", 0);

    assertThat(verify().exitCode()).isEqualTo(1);
  }

  @Test
  void reportOfAnEarlierRunDoesNotCount() throws Exception {
    nodeIsThere();
    Path old = checkout.resolve("gone/target/surefire-reports/TEST-old.xml");
    Files.createDirectories(old.getParent());
    Files.writeString(old, "<testsuite name=\"old\" tests=\"90\" failures=\"90\">\n");

    assertThat(verify().output()).endsWith("7 passed, 0 failed\n");
  }

  @Test
  void missingProgramIsNamedWithItsTestsAndTheCommandThatInstallsIt() throws Exception {
    Shell.Result result = verify();

    assertThat(result.exitCode()).as(result.output()).isZero();
    assertThat(result.output())
        .contains("not run, needs node: m/src/test/java/ToolsTest.java")
        .contains("to run these, too: sudo apt-get install nodejs npm");
    assertThat(Files.readString(checkout.resolve("arguments")))
        .contains("-Ddunlin.absent=", "node");
  }

  @Test
  void strictRefusesAMissingProgram() throws Exception {
    Shell.Result result = verify("--strict");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.output()).contains("--strict asks for all");
  }

  @Test
  void packageIsTestedByRootOnDebianAndOthersAreToldSo() throws Exception {
    nodeIsThere();
    Files.writeString(checkout.resolve("m/src/test/java/DebTest.java"), "@Tag(\"debian\")\n");

    assertThat(verify().output())
        .contains("not run, needs root on Debian: m/src/test/java/DebTest.java")
        .contains("run ./verify as root on Debian");
    assertThat(verify("--strict").exitCode()).isEqualTo(1);
  }

  @Test
  void powerIsCutByRootAndOthersAreToldSo() throws Exception {
    nodeIsThere();
    Files.writeString(checkout.resolve("m/src/test/java/PowerTest.java"), "@Tag(\"loop\")\n");

    assertThat(verify().output())
        .contains("not run, needs root on Linux with loop devices: m/src/test/java/PowerTest.java")
        .contains("run ./verify as root on Linux");
    assertThat(verify("--strict").exitCode()).isEqualTo(1);
  }

  @Test
  void optionsOfMavenArePassedOn() throws Exception {
    nodeIsThere();

    verify("-pl", "codec", "-Dtest=PacketTableTest");

    assertThat(Files.readString(checkout.resolve("arguments")))
        .contains("-pl codec -am", "-Dtest=PacketTableTest");
  }

  @Test
  void wordThatIsNoOptionIsWrongUsage() throws Exception {
    Shell.Result result = verify("codec");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.output()).startsWith("usage: ./verify");
  }

  private void nodeIsThere() throws IOException {
    Shell.script(bin.resolve("node"), "exit 0");
    Shell.script(bin.resolve("npm"), "exit 0");
  }

  private void build(String counts, int exitCode) throws IOException {
    Path reports = checkout.resolve("m/target/surefire-reports");
    Path report = checkout.resolve("report.xml");
    Files.writeString(report, "<?xml version=\"1.0\"?>\n<testsuite name=\"a.B\" " + counts + ">\n");
    Shell.script(
        checkout.resolve("mvnw"),
        "echo \"$@\" >arguments",
        "mkdir -p " + reports,
        "cp " + report + " " + reports.resolve("TEST-a.B.xml"),
        "exit " + exitCode);
  }

  private Shell.Result verify(String... arguments) throws IOException, InterruptedException {
    String[] command = new String[arguments.length + 2];
    command[0] = "/bin/sh";
    command[1] = "./verify";
    System.arraycopy(arguments, 0, command, 2, arguments.length);
    return new Shell(checkout, environment).run(command);
  }
}
