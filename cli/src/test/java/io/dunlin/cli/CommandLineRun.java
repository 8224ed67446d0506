package io.dunlin.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;

/// What one run of the command in this process said.
record CommandLineRun(int exitCode, String out, String err) {
  static CommandLineRun of(String... arguments) {
    return with(Map.of(), false, arguments);
  }

  static CommandLineRun with(
      Map<String, String> environment, boolean colours, String... arguments) {
    return with(
        environment,
        colours,
        _ -> {
          throw new IOException("no broker in this test");
        },
        arguments);
  }

  static CommandLineRun with(
      Map<String, String> environment,
      boolean colours,
      RunningBroker.Starter brokers,
      String... arguments) {
    return with(environment, colours, brokers, "", arguments);
  }

  /// With this on standard input.
  static CommandLineRun piped(String input, String... arguments) {
    return with(
        Map.of(),
        false,
        _ -> {
          throw new IOException("no broker in this test");
        },
        input,
        arguments);
  }

  private static CommandLineRun with(
      Map<String, String> environment,
      boolean colours,
      RunningBroker.Starter brokers,
      String input,
      String... arguments) {
    StringWriter out = new StringWriter();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    StringWriter err = new StringWriter();
    int exitCode =
        Dunlin.run(
            new Surroundings(
                environment,
                new ByteArrayInputStream(input.getBytes(UTF_8)),
                new PrintWriter(out),
                bytes,
                new PrintWriter(err),
                colours,
                brokers),
            arguments);
    return new CommandLineRun(exitCode, out + bytes.toString(UTF_8), err.toString());
  }
}
