package io.dunlin.crashtest;

/// Is told how a [CrashRun] goes, on its thread.
public interface Watcher {
  /// Something begins, in a few words.
  default void step(int round, String what) {}

  /// A round is over.
  void round(Round round);

  /// All of what happened so far is accounted for: a later run may go on from here.
  default void settled(int rounds, Figures total) {}
}
