package io.dunlin.broker.config;

import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;

/// A configuration that cannot be used. The message lists all that is wrong with it, a line each.
public final class ConfigException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  /// @param problems at least one
  public ConfigException(List<Problem> problems) {
    super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /// All that is wrong, in the order in which it was found; at least one.
  public List<Problem> problems() {
    return problems;
  }
}
