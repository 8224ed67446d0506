package io.dunlin.crashtest;

/// One end of the broker. Immutable.
///
/// @param number from 1
/// @param figures what happened since the round before; what was lost is known when the load rests,
///   which is not in every round
/// @param restartMillis from the start of the process until it answered a CONNECT
public record Round(int number, Figures figures, long restartMillis) {}
