package io.dunlin.cli;

import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `dunlin completion bash|zsh`: a script that the shell reads.
@Command(
    name = "completion",
    description = "Print a script that completes dunlin's commands and options in a shell.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  source <(dunlin completion bash)                 in this shell",
      "  dunlin completion zsh >> ~/.zshrc                in every zsh",
      "  dunlin completion bash > /etc/bash_completion.d/dunlin"
    })
final class CompletionCommand implements Callable<Integer> {
  /// The shells there are scripts for.
  enum Shell {
    BASH,
    ZSH;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Surroundings around;

  @Spec private CommandSpec spec = CommandSpec.create(); // picocli puts the real one here

  @Parameters(paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}")
  private Shell shell = Shell.BASH;

  CompletionCommand(Surroundings around) {
    this.around = around;
  }

  @Override
  public Integer call() {
    CommandLine root = spec.root().commandLine();
    if (shell == Shell.ZSH) {
      around.out().println("autoload -U +X compinit && compinit");
      around.out().println("autoload -U +X bashcompinit && bashcompinit");
    }
    around.out().print(AutoComplete.bash("dunlin", root));
    around.out().flush();
    return ExitCode.OK;
  }
}
