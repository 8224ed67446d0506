package io.dunlin.cli;

import picocli.CommandLine.ParseResult;

/// What a command does. Each command's picocli specification carries its action.
interface Action {
  /// Runs with the options that were given, and returns the exit code.
  int run(ParseResult options);
}
