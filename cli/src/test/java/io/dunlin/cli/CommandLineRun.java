package io.dunlin.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
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
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        Dunlin.run(
            new Surroundings(
                environment,
                InputStream.nullInputStream(),
                new PrintWriter(out),
                OutputStream.nullOutputStream(),
                new PrintWriter(err),
                colours,
                brokers),
            arguments);
    return new CommandLineRun(exitCode, out.toString(), err.toString());
  }
}
