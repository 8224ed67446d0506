package io.dunlin.dist;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A page of the documentation as what a reader types from it, and sees.
///
/// A block of language `sh` is typed; a block of language `text` right after it is what must be
/// seen, line by line, where `…` stands for anything within a line. Other blocks are only read.
///
/// @param page the file
/// @param steps in the order of the page
record Guide(Path page, List<Step> steps) {
  /// Something typed.
  ///
  /// @param line where it stands on the page, from 1
  /// @param script the commands
  /// @param seen the lines that then appear, in any order; often none
  record Step(int line, String script, List<String> seen) {}

  static Guide read(Path page) throws IOException {
    List<Step> steps = new ArrayList<>();
    List<String> block = new ArrayList<>();
    String language = "";
    int begun = 0;
    boolean inside = false;
    int number = 0;
    for (String line : Files.readAllLines(page)) {
      number++;
      if (!line.startsWith("```")) {
        block.add(line);
      } else if (!inside) {
        inside = true;
        language = line.substring(3).strip();
        begun = number + 1;
        block.clear();
      } else {
        inside = false;
        if (language.equals("sh")) {
          steps.add(new Step(begun, String.join("\n", block), List.of()));
        } else if (language.equals("text") && !steps.isEmpty()) {
          Step step = steps.removeLast();
          steps.add(new Step(step.line(), step.script(), List.copyOf(block)));
        }
        block.clear();
      }
    }
    return new Guide(page, List.copyOf(steps));
  }
}
