package io.dunlin.dist;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A page of the documentation as what a reader types from it, and sees.
///
/// A block of language `sh` is typed; a block of language `text` right after it is what must be
/// seen, line by line, where `…` stands for anything within a line. A block of `sh terminal` is
/// typed in a terminal of its own, where it runs until the section ends. Other blocks are only
/// read.
///
/// @param page the file
/// @param steps in the order of the page
record Guide(Path page, List<Step> steps) {
  /// Something typed.
  ///
  /// @param line where it stands on the page, from 1
  /// @param terminal whether it is typed in a terminal of its own
  /// @param script the commands
  /// @param seen the lines that then appear, in any order; often none
  record Step(int line, boolean terminal, String script, List<String> seen) {}

  /// Ends what runs in terminals of its own.
  private static final String CTRL_C = "kill $(jobs -p); wait; true";

  static Guide read(Path page) throws IOException {
    List<Step> steps = new ArrayList<>();
    List<String> block = new ArrayList<>();
    String language = "";
    int begun = 0;
    boolean inside = false;
    boolean terminals = false;
    int number = 0;
    for (String line : Files.readAllLines(page)) {
      number++;
      if (!line.startsWith("```")) {
        block.add(line);
        if (!inside && line.startsWith("## ") && terminals) {
          steps.add(new Step(number, false, CTRL_C, List.of()));
          terminals = false;
        }
      } else if (!inside) {
        inside = true;
        language = line.substring(3).strip();
        begun = number + 1;
        block.clear();
      } else {
        inside = false;
        boolean terminal = language.equals("sh terminal");
        if (terminal || language.equals("sh")) {
          steps.add(new Step(begun, terminal, String.join("\n", block), List.of()));
          terminals |= terminal;
        } else if (language.equals("text") && !steps.isEmpty()) {
          Step step = steps.removeLast();
          steps.add(new Step(step.line(), step.terminal(), step.script(), List.copyOf(block)));
        }
        block.clear();
      }
    }
    return new Guide(page, List.copyOf(steps));
  }
}
