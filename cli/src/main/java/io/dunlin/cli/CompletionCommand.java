package io.dunlin.cli;

import java.util.Locale;
import picocli.AutoComplete;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// `dunlin completion bash|zsh`: prints a script for the shell.
final class CompletionCommand {
  /// The shells there are scripts for.
  enum Shell {
    /// GNU bash.
    BASH,
    /// zsh, with its emulation of bash's completion.
    ZSH;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private CompletionCommand() {}

  static CommandSpec spec(Surroundings around) {
    CommandSpec spec =
        Dunlin.command(
                "completion",
                options -> {
                  print(
                      around, options.commandSpec(), options.matchedPositionalValue(0, Shell.BASH));
                  return ExitCode.OK.number();
                },
                "Print a script that completes commands and options in a shell.")
            .addPositional(
                PositionalParamSpec.builder()
                    .index("0")
                    .arity("1")
                    .required(true)
                    .type(Shell.class)
                    .paramLabel("SHELL")
                    .description("${COMPLETION-CANDIDATES}")
                    .build());
    Dunlin.examples(
        spec,
        "source <(dunlin completion bash)                 in this shell",
        "dunlin completion zsh >> ~/.zshrc                in every zsh",
        "dunlin completion bash > /etc/bash_completion.d/dunlin",
        "dunlin completion zsh > /usr/local/share/zsh/site-functions/_dunlin");
    return spec;
  }

  private static void print(Surroundings around, CommandSpec spec, Shell shell) {
    if (shell == Shell.ZSH) {
      around.out().println("#compdef dunlin");
    }
    around.out().print(AutoComplete.bash("dunlin", spec.root().commandLine()));
    if (shell == Shell.ZSH) {
      around.out().println();
      around
          .out()
          .println("# As the file _dunlin in $fpath this is a function, called to complete:");
      around.out().println("if [ \"${funcstack[1]:-}\" = _dunlin ]; then");
      around.out().println("  _bash_complete -o default -F _complete_dunlin");
      around.out().println("fi");
    }
    around.out().flush();
  }
}
