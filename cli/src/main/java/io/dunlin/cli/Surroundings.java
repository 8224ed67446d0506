package io.dunlin.cli;

import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Ansi;

/// What the command finds around it, passed in so that tests can pass another. Immutable.
///
/// @param in what is given to the command
/// @param out text
/// @param bytes the same place as `out`, for what is not text; who uses one leaves the other
/// @param err errors, and what is not the result
/// @param colours whether output may be coloured; not in a pipe
record Surroundings(
    Map<String, String> environment,
    InputStream in,
    PrintWriter out,
    OutputStream bytes,
    PrintWriter err,
    boolean colours,
    RunningBroker.Starter brokers) {

  /// Those of this process.
  static Surroundings ofProcess(RunningBroker.Starter brokers) {
    Map<String, String> environment = System.getenv();
    return new Surroundings(
        environment,
        System.in,
        new PrintWriter(System.out, true, System.out.charset()),
        new FileOutputStream(FileDescriptor.out),
        new PrintWriter(System.err, true, System.err.charset()),
        coloursWanted(environment, System.console()),
        brokers);
  }

  private static boolean coloursWanted(Map<String, String> environment, @Nullable Console console) {
    return console != null
        && console.isTerminal()
        && environment.getOrDefault("NO_COLOR", "").isEmpty()
        && !"dumb".equals(environment.get("TERM"));
  }

  /// What somebody types to run this command: `./dunlin` in a checkout.
  String program() {
    return System.getProperty("dunlin.program", "dunlin");
  }

  Ansi ansi() {
    return colours ? Ansi.ON : Ansi.OFF;
  }

  /// Tells an error: one line, or one per problem.
  void error(String message) {
    err.println(ansi().string("@|bold,red dunlin:|@ ") + message);
    err.flush();
  }
}
