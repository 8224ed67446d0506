package io.dunlin.rocksdb;

import java.util.List;

/// What opening a store found. Immutable.
///
/// @param damage one line per thing that was repaired, lost or set aside, with file, family and key
///   range where they are known; empty when all was well
public record OpenReport(List<String> damage) {
  public OpenReport {
    damage = List.copyOf(damage);
  }
}
