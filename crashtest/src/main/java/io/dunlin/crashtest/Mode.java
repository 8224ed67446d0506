package io.dunlin.crashtest;

/// How the broker ends, again and again.
public enum Mode {
  /// The process is killed (SIGKILL); what it wrote is still in the system's memory.
  KILL(false),
  /// The process is asked to end (SIGTERM).
  TERM(false),
  /// The machine loses power: what was not forced to the disk is gone, names of files too.
  POWER(true),
  /// The machine loses power while the disk writes: of the sectors that were not forced some are
  /// there and some are not.
  TORN(true),
  /// The process is killed, and one bit of its data turns around. What that destroys may be
  /// missing; the broker must start all the same, and serve nothing that is wrong.
  FLIP(false),
  /// The disk is full for a while, and the process is killed then.
  DISK_FULL(true);

  private final boolean mounts;

  Mode(boolean mounts) {
    this.mounts = mounts;
  }

  /// Whether a broken promise is the broker's fault.
  public boolean forbids(Fault fault) {
    return this != FLIP || fault == Fault.WRONG || fault == Fault.STUCK || fault == Fault.EXPIRY;
  }

  /// Whether it mounts a file system, which needs root on Linux.
  public boolean mounts() {
    return mounts;
  }
}
