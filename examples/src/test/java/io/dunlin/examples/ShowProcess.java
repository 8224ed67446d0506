package io.dunlin.examples;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The example as a process, with the `dunlin` command of this build.
final class ShowProcess implements AutoCloseable {
  private static final Pattern PAGE = Pattern.compile("see (http://\\S+)");

  private final Process process;
  private final BufferedReader said;

  ShowProcess(Path folder, String... arguments) throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String options =
        "--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -cp '"
            + System.getProperty("java.class.path")
            + "' ";
    Path command = folder.resolve("dunlin");
    Files.writeString(
        command, "#!/bin/sh\nexec " + java + " " + options + "io.dunlin.cli.Main \"$@\"\n");
    Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwx------"));
    Path show = folder.resolve("show");
    Files.writeString(
        show,
        "#!/bin/sh\nexec "
            + java
            + " -Ddunlin.command="
            + command
            + " "
            + options
            + "io.dunlin.examples.Show \"$@\"\n");
    Files.setPosixFilePermissions(show, PosixFilePermissions.fromString("rwx------"));
    String[] line = new String[arguments.length + 1];
    line[0] = show.toString();
    System.arraycopy(arguments, 0, line, 1, arguments.length);
    process = new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    said = process.inputReader(StandardCharsets.UTF_8);
  }

  /// Waits until the page is served; its URL.
  String page() throws IOException {
    for (String line = said.readLine(); line != null; line = said.readLine()) {
      Matcher page = PAGE.matcher(line);
      if (page.find()) {
        return page.group(1);
      }
    }
    throw new IOException("the example ended without a page");
  }

  /// What it says until its end.
  String toTheEnd() throws IOException {
    return said.readAllAsString();
  }

  int exitCode() throws InterruptedException {
    return process.waitFor();
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroy);
    process.destroy();
  }
}
