package io.dunlin.broker.config;

/// Where a value comes from. `toString` names it for people.
public sealed interface Origin {
  /// Nobody set it.
  record Default() implements Origin {
    @Override
    public String toString() {
      return "default";
    }
  }

  /// A place in the configuration file.
  ///
  /// @param line from 1
  /// @param column from 1
  record InFile(String file, int line, int column) implements Origin {
    @Override
    public String toString() {
      return file + ":" + line + ":" + column;
    }
  }

  /// An environment variable.
  record Environment(String variable) implements Origin {
    @Override
    public String toString() {
      return "environment " + variable;
    }
  }

  /// An option of the command, `--set` or one with a name of its own.
  record Option(String option) implements Origin {
    @Override
    public String toString() {
      return option;
    }
  }

  /// A program that embeds the broker.
  record Embedding() implements Origin {
    @Override
    public String toString() {
      return "embedding program";
    }
  }
}
