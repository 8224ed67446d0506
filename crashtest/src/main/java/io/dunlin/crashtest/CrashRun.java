package io.dunlin.crashtest;

import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Qos;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;

/// Starts a broker, gives it load, and ends and restarts it again and again; then it accounts for
/// what the broker owes. Used by one thread; [#close] by any.
///
/// One round: load for a while; the broker ends; it starts again; retained values are compared; the
/// clients come back. In three of four rounds the load then rests until everybody who is awake has
/// what is owed to them, sleepers in turn, and what does not come is lost. In the fourth the broker
/// ends again at once.
public final class CrashRun implements AutoCloseable {
  private static final int SHORTEST_LOAD_MILLIS = 100;
  private static final int LONGEST_LOAD_MILLIS = 1_200;
  private static final int LONGEST_GRACE_MILLIS = 400;
  private static final int SETTLED_IN_FOUR = 3;
  private static final Duration QUIET = Duration.ofSeconds(3);
  private static final long LOOK_AGAIN_NANOS = 3_000_000;

  private final Plan plan;
  private final Watcher watcher;
  private final int firstRound;
  private final Path directory;
  private final Stage stage = new Stage();
  private final Account account = new Account();
  private final Ground ground;
  private final BrokerUnderTest broker;
  private final InetSocketAddress address;
  private final Wills wills;
  private final Cast cast;
  private final Newcomers newcomers;
  private final Figures before;
  private Figures reported = Figures.NONE;
  private int probe;
  private long restartedNanos;
  private volatile boolean inEvidence;
  private boolean closed;

  /// @param before the figures of the rounds that were done earlier, if any
  /// @param roundsDone how many those are; this run does the rest of [Plan#rounds]
  /// @throws IOException if the ground cannot be prepared
  public CrashRun(Plan plan, Watcher watcher, Figures before, int roundsDone) throws IOException {
    this(plan, watcher, before, roundsDone, UnaryOperator.identity());
  }

  /// The same with something between the clients and the broker.
  ///
  /// @param route from the broker's address to the one that clients connect to
  public CrashRun(
      Plan plan,
      Watcher watcher,
      Figures before,
      int roundsDone,
      UnaryOperator<InetSocketAddress> route)
      throws IOException {
    this.plan = plan;
    this.watcher = watcher;
    this.before = before;
    firstRound = roundsDone + 1;
    directory = Files.createTempDirectory(plan.directory(), "dunlin-crashtest");
    ground = Ground.of(plan.mode(), directory, account);
    MqttVersion version = plan.versions().getLast();
    broker =
        new BrokerUnderTest(
            plan.command(),
            ground.data(),
            directory.resolve("broker.log"),
            version,
            stage::stopped);
    address = route.apply(broker.address());
    wills = new Wills(address, account, plan.versions(), plan.qos());
    cast = new Cast(plan, stage, account, wills, address);
    newcomers = new Newcomers(address, stage, account, plan.versions());
  }

  /// Where it works, and what the broker says goes: `broker.log` in it.
  public Path directory() {
    return directory;
  }

  /// Does all rounds.
  ///
  /// @return the figures of all rounds, with those done earlier
  /// @throws BrokerDoesNotStart if the broker does not
  /// @throws IOException if it does not take connections, or the ground fails
  /// @throws BrokerFault if it refuses connections
  public Figures run() throws IOException, InterruptedException {
    watcher.step(firstRound, "starting");
    broker.start();
    cast.establish();
    restartedNanos = System.nanoTime();
    stage.started();
    cast.everybody().forEach(client -> start(client::run));
    start(newcomers::run);
    for (int round = firstRound; round <= plan.rounds(); round++) {
      round(round, new Random(plan.seed() + 0x9E37_79B9_7F4A_7C15L * round));
    }
    return before.plus(account.figures());
  }

  /// The first broken promises of each kind, in words.
  public List<String> details() {
    return account.details();
  }

  private interface Work {
    void run() throws InterruptedException;
  }

  private static void start(Work work) {
    Thread.ofVirtual()
        .start(() -> {
          try {
            work.run();
          } catch (InterruptedException e) {
            return; // Nobody interrupts it: it ends with the stage.
          }
        });
  }

  private void round(int number, Random random) throws IOException, InterruptedException {
    watcher.step(number, "load");
    wills.connect();
    stage.load(true);
    int loadMillis = SHORTEST_LOAD_MILLIS + random.nextInt(LONGEST_LOAD_MILLIS);
    if (broker.endsWithin(Duration.ofMillis(loadMillis))) {
      account.fault(Fault.STUCK, "the broker ended by itself" + broker.lastWords());
    }
    watcher.step(number, "end");
    ground.end(broker, random);
    wills.ended(System.currentTimeMillis());
    watcher.step(number, "restart");
    Duration restart = restart();
    restartedNanos = System.nanoTime();
    StateReader.check(address, anyVersion(random), cast.retainedTopics(), account);
    wills.restarted();
    boolean last = number == plan.rounds();
    boolean settles = last || random.nextInt(4) < SETTLED_IN_FOUR;
    if (settles) {
      cast.sleepers().stream().filter(_ -> last || random.nextBoolean()).forEach(Subscriber::wake);
    }
    stage.started();
    boolean _ = broker.endsWithin(Duration.ofMillis(random.nextInt(LONGEST_GRACE_MILLIS)));
    if (settles) {
      watcher.step(number, "account");
      settle(random);
    }
    Figures now = account.figures();
    watcher.round(new Round(number, now.minus(reported), restart.toMillis()));
    reported = now;
    if (settles) {
      watcher.settled(number, before.plus(now));
    }
  }

  private Duration restart() throws IOException {
    try {
      return broker.start();
    } catch (BrokerDoesNotStart e) {
      inEvidence = true;
      throw new BrokerDoesNotStart(e.getMessage() + "\nits data is kept in " + directory);
    }
  }

  private MqttVersion anyVersion(Random random) {
    return plan.versions().get(random.nextInt(plan.versions().size()));
  }

  /// Lets the load rest, waits for what is owed, and counts what does not come.
  private void settle(Random random) throws IOException {
    stage.load(false);
    if (!await(cast::isIdle, Wire.PATIENCE)) {
      account.fault(Fault.STUCK, "messages are not acknowledged while the broker runs");
    }
    newcomers.check();
    probe++;
    try (Wire wire = new Wire(address, Connect.builder(anyVersion(random), "prober").build())) {
      wire.publish(
          Cast.PROBE, new Message(Cast.PROBE, probe).payload().utf8(), Qos.AT_LEAST_ONCE, false);
    }
    List<String> awake = cast.receiversAwake();
    boolean complete = await(() -> hasAll(awake), QUIET);
    long wait =
        TimeUnit.SECONDS.toMillis(plan.willWaitSeconds())
            + Math.max(
                wills.lastDueMillis() - System.currentTimeMillis(),
                -TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - restartedNanos));
    await(() -> !wills.areAwaited(), Duration.ofMillis(Math.max(0, wait)));
    wills.writeOff();
    if (!complete) {
      awake.forEach(this::writeOff);
    }
    cast.sleepers().forEach(Subscriber::sleep);
  }

  private boolean hasAll(List<String> receivers) {
    return account.isSettled(receivers)
        && receivers.stream().allMatch(receiver -> cast.hasProbe(receiver, probe));
  }

  private void writeOff(String receiver) {
    account.writeOff(receiver);
    if (!cast.hasProbe(receiver, probe)) {
      account.fault(Fault.SUBSCRIPTION, receiver);
      cast.renew(receiver);
    }
  }

  private interface Condition {
    boolean holds();
  }

  /// Waits until something holds, or nothing more was delivered for so long.
  private boolean await(Condition condition, Duration quiet) {
    long seen = -1;
    long sinceNanos = System.nanoTime();
    while (!condition.holds()) {
      long now = account.deliveries();
      if (now != seen) {
        seen = now;
        sinceNanos = System.nanoTime();
      } else if (System.nanoTime() - sinceNanos > quiet.toNanos()) {
        return false;
      }
      LockSupport.parkNanos(LOOK_AGAIN_NANOS);
    }
    return true;
  }

  /// Ends the broker and all clients, and gives back what the ground took. The directory with what
  /// the broker said stays if any promise was broken, or if it did not start again.
  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    boolean clean = account.figures().isClean(plan.mode()) && !inEvidence;
    stage.end();
    stage.stopped();
    broker.close();
    cast.everybody().forEach(DurableClient::cut);
    ground.close();
    if (clean) {
      Program.run("rm", "-rf", directory.toString());
    }
  }
}
