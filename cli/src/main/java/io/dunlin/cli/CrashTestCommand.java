package io.dunlin.cli;

import io.dunlin.crashtest.BrokerFault;
import io.dunlin.crashtest.CrashRun;
import io.dunlin.crashtest.Figures;
import io.dunlin.crashtest.Mode;
import io.dunlin.crashtest.Plan;
import io.dunlin.crashtest.Round;
import io.dunlin.crashtest.SavedRun;
import io.dunlin.crashtest.SmallDisk;
import io.dunlin.crashtest.Watcher;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `dunlin crashtest`: ends a broker again and again, and accounts for what it owes.
final class CrashTestCommand implements Action {
  private final Surroundings around;

  private CrashTestCommand(Surroundings around) {
    this.around = around;
  }

  static CommandSpec spec(Surroundings around) {
    CommandSpec spec =
        Dunlin.command(
            "crashtest",
            new CrashTestCommand(around),
            "Check that a broker keeps what it acknowledges.",
            "Starts a broker, loads it over TCP, ends it at random moments, starts it again, and"
                + " accounts for every message, session, subscription, retained value and will."
                + " Without a COMMAND the broker is this Dunlin; with one it is any: {port} and"
                + " {data} stand for the port to listen at (127.0.0.1, no login) and for a"
                + " directory. It must not limit what waits for a session.");
    CrashTestOptions.addTo(spec);
    Map<String, String> codes = new LinkedHashMap<>();
    codes.put("0", "every promise was kept");
    codes.put("1", "a promise was broken, or the broker did not start");
    codes.put("2", "the command line is wrong");
    spec.usageMessage().exitCodeListHeading(Dunlin.EXIT_CODES).exitCodeList(codes);
    Dunlin.examples(
        spec,
        "dunlin crashtest                      20 kills of this Dunlin",
        "dunlin crashtest --rounds 300 --rate 5000 --state run.state",
        "dunlin crashtest --rounds 1000 --rate 5000 --state run.state",
        "    goes on to 1,000",
        "sudo dunlin crashtest --mode power    what was not forced is gone",
        "dunlin crashtest --qos 2 --subscribers sleep --json",
        "dunlin crashtest -- dunlin broker --config my.yaml \\",
        "    --port {port} --data {data}",
        "dunlin crashtest -- sh my-broker.sh {port} {data}");
    return spec;
  }

  @Override
  public int run(ParseResult parsed) {
    CrashTestOptions options = CrashTestOptions.of(parsed);
    Plan plan = options.plan();
    if (plan.mode().mounts() && !SmallDisk.mayMount()) {
      throw options.wrong(
          "--mode %s mounts a file system of its own: run it as root, on Linux"
              .formatted(CrashTestOptions.name(plan.mode())));
    }
    CrashTestReport report = new CrashTestReport(around, parsed.hasMatchedOption("--json"));
    try {
      @Nullable SavedRun saved = options.saved();
      if (saved != null && saved.rounds() >= plan.rounds()) {
        report.total(saved.rounds(), saved.figures(), saved.longestRestartMillis());
        return code(saved.figures(), plan.mode());
      }
      return run(options, saved, report);
    } catch (IOException | BrokerFault e) {
      report.clear();
      around.error(String.valueOf(e.getMessage()));
      return ExitCode.FAILURE.number();
    } catch (InterruptedException e) {
      return ExitCode.FAILURE.number(); // Nobody interrupts it.
    }
  }

  private int run(CrashTestOptions options, @Nullable SavedRun saved, CrashTestReport report)
      throws IOException, InterruptedException {
    Plan plan = options.plan();
    Figures before = saved == null ? Figures.NONE : saved.figures();
    long longest = saved == null ? 0 : saved.longestRestartMillis();
    Saving saving = new Saving(options, report, longest);
    Path directory;
    try (CrashRun run = new CrashRun(plan, saving, before, saved == null ? 0 : saved.rounds())) {
      directory = run.directory();
      Thread hook = new Thread(() -> abandon(run), "dunlin-end");
      Runtime.getRuntime().addShutdownHook(hook);
      try {
        report.begin(plan);
        Figures total = run.run();
        report.total(plan.rounds(), total, saving.longestRestartMillis);
        report.details(run.details());
        if (!total.minus(before).isClean(plan.mode())) {
          report.note("what the broker said is in " + directory.resolve("broker.log"));
        }
        return code(total, plan.mode());
      } finally {
        Runtime.getRuntime().removeShutdownHook(hook);
      }
    }
  }

  private static int code(Figures total, Mode mode) {
    return (total.isClean(mode) ? ExitCode.OK : ExitCode.FAILURE).number();
  }

  /// SIGINT or SIGTERM: no broker and no mount stays behind.
  private void abandon(CrashRun run) {
    try {
      run.close();
    } catch (IOException e) {
      around.error(String.valueOf(e.getMessage()));
    }
    Runtime.getRuntime().halt(ExitCode.FAILURE.number());
  }

  /// Reports, and writes what a later run goes on from.
  private static final class Saving implements Watcher {
    private final CrashTestOptions options;
    private final CrashTestReport report;
    private long longestRestartMillis;

    Saving(CrashTestOptions options, CrashTestReport report, long longestRestartMillis) {
      this.options = options;
      this.report = report;
      this.longestRestartMillis = longestRestartMillis;
    }

    @Override
    public void step(int round, String what) {
      report.step(round, options.plan().rounds(), what);
    }

    @Override
    public void round(Round round) {
      longestRestartMillis = Math.max(longestRestartMillis, round.restartMillis());
      report.round(round);
    }

    @Override
    public void settled(int rounds, Figures total) {
      try {
        options.save(rounds, total, longestRestartMillis);
      } catch (IOException e) {
        report.note("the state was not saved: " + e);
      }
    }
  }
}
