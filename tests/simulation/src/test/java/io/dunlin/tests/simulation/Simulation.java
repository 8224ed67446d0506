package io.dunlin.tests.simulation;

import java.util.ArrayList;
import java.util.List;

/// One history from a seed: a time in which everything happens, then a quiet phase in which all
/// debts must be paid, then the end of all sessions, after which nothing may be left.
final class Simulation {
  private static final long QUIET_NANOS = 120 * World.SECOND;

  private final World world;
  private final Machine machine;
  private final Ledger ledger;
  private final List<SimClient> clients = new ArrayList<>();
  private boolean restless = true;
  private boolean ending;

  private Simulation(long seed, PlantedBug bug) {
    world = new World(seed);
    ledger = new Ledger(world);
    machine = new Machine(world, bug);
  }

  /// What a history was like.
  ///
  /// @param traceHash the same for the same seed
  record Result(long traceHash, long events, int crashes) {}

  /// Runs the history of `seed`.
  ///
  /// @throws SimulationFailure if something is wrong
  static Result run(long seed, PlantedBug bug) {
    Simulation simulation = new Simulation(seed, bug);
    try (Errors _ = Errors.reportTo(simulation.world)) {
      return simulation.run();
    }
  }

  private Result run() {
    try {
      machine.start();
      int count = world.between(3, 8);
      for (int i = 0; i < count; i++) {
        SimClient client = new SimClient(world, machine, ledger, i);
        ledger.add(client);
        clients.add(client);
        live(client);
      }
      faults();
      runFor(world.between(1, 6) * World.SECOND);
      settle();
      checkRetained();
      end();
      return new Result(world.traceHash(), world.traceLines(), machine.crashes());
    } catch (SimulationFailure e) {
      throw e;
    } catch (RuntimeException e) {
      throw world.failure("threw " + e, e);
    }
  }

  private void live(SimClient client) {
    world.after(
        world.delay(400 * World.MILLISECOND),
        () -> {
          if (restless) {
            client.act();
            live(client);
          }
        });
  }

  private void faults() {
    world.after(
        world.delay(4 * World.SECOND),
        () -> {
          if (restless) {
            fault();
            faults();
          }
        });
  }

  private void fault() {
    switch (world.random.nextInt(10)) {
      case 0 -> machine.crash(true);
      case 1 -> machine.crash(false);
      case 2 -> machine.crashSoon();
      case 3 -> machine.stop();
      case 4 -> machine.fill();
      case 5 -> machine.stallLog();
      default -> machine.checkpoint();
    }
  }

  private void runFor(long nanos) {
    long deadline = world.nanos() + nanos;
    while (world.step(deadline)) {
      // until then
    }
  }

  // -- the quiet phase ------------------------------------------------------------------------

  private void settle() {
    world.trace("-- quiet");
    restless = false;
    machine.calm();
    clients.forEach(SimClient::calmDown);
    List<SimClient> present = new ArrayList<>(clients);
    present.removeIf(
        client -> ledger.group.size() > 1 && ledger.group.has(client) && stayAway(client));
    stay(present);
    long deadline = world.nanos() + QUIET_NANOS;
    while (!present.stream().allMatch(SimClient::settled)
        || !ledger.group.missing(false).isEmpty() && present.stream().anyMatch(ledger.group::has)) {
      if (world.nanos() >= deadline) {
        throw world.failure(
            "while some stay away, their group does not get "
                + ledger.group.missing(false)
                + " or does not settle: "
                + present.stream().filter(c -> !c.settled()).map(SimClient::unsettled).toList()
                + "; the broker has "
                + machine.sessions(),
            null);
      }
      runFor(100 * World.MILLISECOND);
    }
    stay(clients);
    while (!ledger.settled()
        || !clients.stream().allMatch(SimClient::settled)
        || !ledger.group.missing(true).isEmpty() && ledger.group.size() > 0) {
      if (world.nanos() >= deadline) {
        throw world.failure(
            "it does not settle: "
                + clients.stream().filter(c -> !c.settled()).map(SimClient::unsettled).toList()
                + "; the group is owed "
                + ledger.group.missing(true)
                + "; the broker has "
                + machine.sessions(),
            null);
      }
      runFor(100 * World.MILLISECOND);
    }
    runFor(World.SECOND);
  }

  /// Of a group of several, one or more stay away for a while: nothing may wait for them.
  private boolean stayAway(SimClient client) {
    boolean away = client.index % 2 == 0;
    if (away) {
      client.goAway();
    }
    return away;
  }

  private void stay(List<SimClient> some) {
    world.after(
        500 * World.MILLISECOND,
        () -> {
          if (!ending) {
            some.forEach(SimClient::stay);
            stay(some);
          }
        });
  }

  private void checkRetained() {
    SimClient reader = new SimClient(world, machine, ledger, SimClient.READER);
    reader.calmDown();
    reader.connect(true);
    until("the reader is connected", reader::settled);
    reader.askForRetained();
    until("the reader has its SUBACK", reader::settled);
    runFor(2 * World.SECOND);
    for (String topic : Topics.RETAINED) {
      Message found = reader.retainedSeen.get(topic);
      if (!ledger.mayBeRetained(topic, found)) {
        throw world.failure(
            "the retained message of " + topic + " is " + found + " of " + ledger.retained(topic),
            null);
      }
    }
    reader.leaveForGood();
  }

  // -- the end --------------------------------------------------------------------------------

  private void end() {
    world.trace("-- the end");
    ending = true;
    for (SimClient client : clients) {
      client.connect(true);
      until("the session is replaced", client::settled);
      client.leaveForGood();
    }
    runFor(12 * World.SECOND); // half-open connections meet their keep-alive
    checkNothingIsLeft("at the end");
    machine.checkpoint();
    runFor(World.SECOND);
    machine.crash(world.once(2));
    until("the broker is back", () -> machine.incarnation() != null);
    runFor(5 * World.SECOND);
    checkNothingIsLeft("after a last restart");
  }

  private void checkNothingIsLeft(String when) {
    Incarnation incarnation = machine.incarnation();
    String leaks = incarnation == null ? "no broker" : incarnation.leaks();
    if (!leaks.isEmpty()) {
      throw world.failure("left " + when + ": " + leaks, null);
    }
    for (SimClient client : clients) {
      if (!client.heldLinks().isEmpty()) {
        throw world.failure("connections " + client.heldLinks() + " never ended", null);
      }
    }
  }

  private void until(String what, java.util.function.BooleanSupplier condition) {
    long deadline = world.nanos() + 20 * World.SECOND;
    while (!condition.getAsBoolean()) {
      if (!world.step(deadline)) {
        throw world.failure("never: " + what, null);
      }
    }
  }
}
