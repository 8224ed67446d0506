package io.dunlin.tests.simulation;

import io.dunlin.storage.Disk;
import io.dunlin.storage.MemoryStore;
import io.dunlin.storage.fixture.SimDisk;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// The machine that the broker runs on: its disk and store outlive the process, which is stopped,
/// killed or loses its power at random moments and is started again.
final class Machine {
  private final World world;
  private final PlantedBug bug;
  private final SimDisk disk;
  private final Disk usedDisk;
  private final MemoryStore store = new MemoryStore();
  private final int shards;
  private final int packetIds;
  private final OutputFault outputFault;
  private @Nullable Incarnation incarnation;
  private @Nullable Incarnation stopping;
  private boolean starting;
  private int crashes;
  private boolean everFull;
  private boolean calm;

  Machine(World world, PlantedBug bug) {
    this.world = world;
    this.bug = bug;
    this.disk = new SimDisk(world.random.nextLong());
    this.usedDisk = bug.disk(disk, world);
    this.shards = world.between(1, 2);
    this.packetIds = world.once(3) ? 65_535 : world.between(17, 40);
    this.outputFault = bug.output(world);
  }

  OutputFault outputFault() {
    return outputFault;
  }

  /// How often the process has ended so far.
  int crashes() {
    return crashes;
  }

  /// The present process, or null.
  @Nullable Incarnation incarnation() {
    return incarnation;
  }

  /// A client opens a connection.
  void connect(Link link) {
    link.clientOpen(arrived -> {
      Incarnation now = incarnation;
      if (now != null) {
        now.accept(arrived);
      }
    });
  }

  void start() {
    starting = false;
    if (world.once(6)) {
      int operations = world.between(0, 12);
      disk.powerOffAfter(calm ? Long.MAX_VALUE : operations);
    }
    try {
      incarnation = new Incarnation(world, this, usedDisk, bug.store(store), shards, packetIds);
      world.trace("broker: started");
    } catch (IOException e) {
      if (!disk.powerIsOff()) {
        throw world.failure("the broker does not start: " + e, e);
      }
      world.trace("broker: the power failed while it started");
      incarnation = null;
      afterCrash(true);
    }
  }

  /// The power may have failed while nobody but the log's maintenance used the disk, which tries
  /// again and tells nobody.
  void lookAtThePower() {
    if (disk.powerIsOff()) {
      crash(true);
    }
  }

  /// What is asked of the disk fails.
  void diskFailed(IOException cause) {
    if (!disk.powerIsOff()) {
      world.report("the broker fails: " + cause, cause);
      return;
    }
    crash(true);
  }

  /// Ends the process at this moment. With `power`, what the disk was not told to keep may be lost.
  void crash(boolean power) {
    Incarnation now = incarnation;
    if (now == null || now.dead()) {
      return;
    }
    world.trace(power ? "broker: the power fails" : "broker: killed");
    now.die();
    incarnation = null;
    afterCrash(power);
  }

  /// The disk is nearly full for a while: what must be kept is refused or waits.
  void fill() {
    if (incarnation == null) {
      return;
    }
    wasFull();
    disk.capacity(disk.usedBytes() + world.random.nextLong(3L * Incarnation.SEGMENT_BYTES));
    world.trace("broker: the disk is full");
    world.after(world.delay(3 * World.SECOND), this::free);
  }

  void wasFull() {
    everFull = true;
  }

  private void free() {
    disk.capacity(Long.MAX_VALUE);
    world.trace("broker: the disk has space");
  }

  /// Nothing is committed for a while.
  void stallLog() {
    Incarnation now = incarnation;
    if (now != null) {
      now.stallLog(world.delay(3 * World.SECOND));
    }
  }

  /// Whether publishes may have been refused because of a full disk.
  boolean everFull() {
    return everFull;
  }

  /// Lets the power fail at one of the next operations of the disk, in the midst of things.
  void crashSoon() {
    disk.powerOffAfter(world.between(0, 6));
  }

  private void afterCrash(boolean power) {
    crashes++;
    disk.capacity(Long.MAX_VALUE);
    if (power || disk.powerIsOff()) {
      disk.crash();
    } else {
      disk.kill();
    }
    store.crash();
    startLater();
  }

  private void startLater() {
    if (!starting) {
      starting = true;
      world.after(world.delay(2 * World.SECOND), this::start);
    }
  }

  /// Whether the process was told to end.
  boolean stopping() {
    Incarnation now = incarnation;
    return now != null && now.equals(stopping);
  }

  /// Ends the process in good order.
  void stop() {
    Incarnation now = incarnation;
    if (now == null) {
      return;
    }
    world.trace("broker: stops");
    stopping = now;
    now.stop(() -> {
      if (incarnation == now) {
        crash(false);
      }
    });
  }

  /// The sessions of the present process, for people.
  String sessions() {
    Incarnation now = incarnation;
    return now == null ? "no process" : now.sessions();
  }

  void checkpoint() {
    Incarnation now = incarnation;
    if (now != null) {
      now.checkpoint();
    }
  }

  /// No more faults: the power stays on.
  void calm() {
    calm = true;
    disk.powerOffAfter(Long.MAX_VALUE);
    free();
  }
}
