package io.dunlin.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.crashtest.CrashRun;
import io.dunlin.crashtest.Fault;
import io.dunlin.crashtest.Figures;
import io.dunlin.crashtest.Habit;
import io.dunlin.crashtest.Mode;
import io.dunlin.crashtest.Plan;
import io.dunlin.crashtest.Watcher;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Qos;
import io.dunlin.tests.interop.BrokerProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The crash test of the command, in short: the broker ends again and again while all kinds of
/// clients are at it, and in the end nothing may be owed to anybody. And its other side: a broker
/// that breaks promises is caught, with exact numbers.
class CrashRunTest {
  private static final int RATE = 800;
  private static final Watcher NOBODY = _ -> {};
  private static final Map<Fault, Long> NO_FAULTS = Map.of();

  @TempDir private Path directory;

  @Test
  void nothingIsOwedAfterKills() throws Exception {
    assertNothingIsOwed(Mode.KILL, 20);
  }

  @Test
  void nothingIsOwedAfterOrderlyEnds() throws Exception {
    assertNothingIsOwed(Mode.TERM, 3);
  }

  @Test
  @Tag("loop")
  void nothingIsOwedAfterPowerCuts() throws Exception {
    assertNothingIsOwed(Mode.POWER, 3);
  }

  @Test
  @Tag("loop")
  void nothingIsOwedAfterTornWrites() throws Exception {
    assertNothingIsOwed(Mode.TORN, 2);
  }

  @Test
  @Tag("loop")
  void whatIsAcknowledgedBeforeItIsForcedIsLostInAPowerCut() throws Exception {
    Plan plan = plan(Mode.POWER, 1, "--set", "data.durability=memory");
    try (CrashRun run = new CrashRun(plan, NOBODY, Figures.NONE, 0)) {
      assertThat(run.run().count(Fault.LOST)).as("lost, seed %d", plan.seed()).isPositive();
    }
  }

  @Test
  @Tag("mosquitto")
  void brokerThatKeepsNothingIsCaught() throws Exception {
    Plan plan =
        new Plan(
            Mode.KILL,
            1,
            seed(),
            RATE,
            List.of(Qos.AT_LEAST_ONCE),
            List.of(MqttVersion.V3_1_1),
            Set.of(Habit.STAY),
            Set.of(Habit.SLEEP),
            0,
            List.of(
                "sh",
                "-c",
                "PATH=$PATH:/usr/sbin; cd {data}; printf '%s\\n' 'listener {port} 127.0.0.1'"
                    + " 'allow_anonymous true' 'max_queued_messages 0' >conf;"
                    + " exec mosquitto -c conf"),
            directory);
    try (CrashRun run = new CrashRun(plan, NOBODY, Figures.NONE, 0)) {
      Figures figures = run.run();

      // The publisher, the one that sleeps and the one who hears of wills; and newcomers.
      assertThat(figures.count(Fault.SESSION)).isGreaterThanOrEqualTo(3);
      assertThat(figures.count(Fault.LOST)).isPositive();
      assertThat(figures.count(Fault.WILL)).isEqualTo(1);
    }
  }

  @Test
  void lostDoubledAndSwappedMessagesAreCountedExactly() throws Exception {
    Plan plan =
        new Plan(
            Mode.TERM,
            1,
            4, // A load of 0.8 s: time enough for the relay to do all it has to.
            RATE,
            List.of(Qos.AT_LEAST_ONCE, Qos.EXACTLY_ONCE),
            List.of(MqttVersion.V3_1_1),
            Set.of(Habit.STAY),
            Set.of(Habit.STAY),
            5,
            shell(),
            directory);
    try (Relay relay = new Relay("sub3-stay", 7, 5, 3);
        CrashRun run = new CrashRun(plan, NOBODY, Figures.NONE, 0, relay::before)) {
      Figures figures = run.run();

      assertThat(relay.left()).isZero();
      assertThat(faults(figures))
          .as("%s", run.details())
          .isEqualTo(Map.of(Fault.LOST, 7L, Fault.DOUBLED, 5L, Fault.DISORDERED, 3L));
    }
  }

  private void assertNothingIsOwed(Mode mode, int rounds) throws Exception {
    Plan plan = plan(mode, rounds);
    try (CrashRun run = new CrashRun(plan, NOBODY, Figures.NONE, 0)) {
      Figures figures = run.run();

      assertThat(faults(figures))
          .as("seed %d: %s", plan.seed(), run.details())
          .isEqualTo(NO_FAULTS);
      assertThat(figures.acknowledged()).isGreaterThan(rounds * 50L);
    }
  }

  private static Map<Fault, Long> faults(Figures figures) {
    Map<Fault, Long> found = new EnumMap<>(Fault.class);
    for (Fault fault : Fault.values()) {
      if (figures.count(fault) != 0) {
        found.put(fault, figures.count(fault));
      }
    }
    return found;
  }

  private Plan plan(Mode mode, int rounds, String... options) {
    return new Plan(
        mode,
        rounds,
        seed(),
        RATE,
        List.of(Qos.AT_LEAST_ONCE, Qos.EXACTLY_ONCE),
        List.of(MqttVersion.V3_1_1, MqttVersion.V5),
        Set.of(Habit.STAY, Habit.FLAP),
        EnumSet.allOf(Habit.class),
        10,
        shell(options),
        directory);
  }

  /// This repository's broker, with files so small that checkpoints crash, too.
  private static List<String> shell(String... more) {
    List<String> options =
        new ArrayList<>(
            List.of(
                "--set", "session.will-grace-seconds=0",
                "--set", "message.max-packet-bytes=262144",
                "--set", "storage.segment-bytes=1048576",
                "--set", "storage.log-max-bytes=4194304",
                "--set", "storage.disk-reserve-bytes=0"));
    options.addAll(List.of(more));
    return List.of("sh", "-c", "exec " + BrokerProcess.command(options));
  }

  private static long seed() {
    String given = System.getProperty("dunlin.crash.seed", "");
    return given.isEmpty() ? System.nanoTime() : Long.parseLong(given);
  }
}
