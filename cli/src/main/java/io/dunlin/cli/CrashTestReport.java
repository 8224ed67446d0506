package io.dunlin.cli;

import io.dunlin.crashtest.Fault;
import io.dunlin.crashtest.Figures;
import io.dunlin.crashtest.Plan;
import io.dunlin.crashtest.Round;
import java.util.List;
import java.util.Locale;

/// Shows how a crash test goes: a table as it grows, or JSON. The step that is on stands in the
/// last line of a terminal.
final class CrashTestReport {
  private static final String CLEAR_LINE = "\r\u001b[K";

  private final Surroundings around;
  private final boolean json;

  CrashTestReport(Surroundings around, boolean json) {
    this.around = around;
    this.json = json;
  }

  /// What is done, and the head of the table.
  void begin(Plan plan) {
    note(
        "mode %s, %d rounds, %s messages/s, --seed %d"
            .formatted(
                CrashTestOptions.name(plan.mode()),
                plan.rounds(),
                plan.rate() == 0 ? "as many as possible" : Integer.toString(plan.rate()),
                plan.seed()));
    if (!json) {
      StringBuilder head = new StringBuilder("%8s %9s %9s".formatted("round", "sent", "acked"));
      for (Fault fault : Fault.values()) {
        head.append(" %8s".formatted(fault.label()));
      }
      out(head + "   restart");
    }
  }

  /// What is on, for whoever watches.
  void step(int round, int rounds, String what) {
    if (around.colours()) {
      around.err().print(CLEAR_LINE + "round " + round + " of " + rounds + ": " + what);
      around.err().flush();
    }
  }

  void round(Round round) {
    row(Integer.toString(round.number()), round.figures(), round.restartMillis());
  }

  /// All rounds together, with the longest restart.
  void total(int rounds, Figures figures, long longestRestartMillis) {
    if (json) {
      out(json("\"rounds\":" + rounds, figures, "longestRestartMillis", longestRestartMillis));
    } else {
      row("total", figures, longestRestartMillis);
    }
  }

  private void row(String name, Figures figures, long restartMillis) {
    if (json) {
      out(json("\"round\":" + name, figures, "restartMillis", restartMillis));
      return;
    }
    StringBuilder row =
        new StringBuilder("%8s %9d %9d".formatted(name, figures.sent(), figures.acknowledged()));
    for (Fault fault : Fault.values()) {
      String count = " %8d".formatted(figures.count(fault));
      row.append(
          figures.count(fault) == 0 ? count : around.ansi().string("@|bold,red " + count + "|@"));
    }
    out(row + " %7.2f s".formatted(restartMillis / 1000.0).toLowerCase(Locale.ROOT));
  }

  private static String json(
      String first, Figures figures, String restartName, long restartMillis) {
    StringBuilder text = new StringBuilder("{").append(first);
    text.append(",\"sent\":").append(figures.sent());
    text.append(",\"acknowledged\":").append(figures.acknowledged());
    for (Fault fault : Fault.values()) {
      text.append(",\"").append(fault.key()).append("\":").append(figures.count(fault));
    }
    return text.append(",\"" + restartName + "\":").append(restartMillis).append('}').toString();
  }

  /// The first broken promises, in words.
  void details(List<String> lines) {
    lines.forEach(this::note);
  }

  /// Something beside the result.
  void note(String text) {
    clear();
    around.err().println(text);
    around.err().flush();
  }

  /// Takes the step away.
  void clear() {
    if (around.colours()) {
      around.err().print(CLEAR_LINE);
      around.err().flush();
    }
  }

  private void out(String line) {
    clear();
    around.out().println(line);
    around.out().flush();
  }
}
