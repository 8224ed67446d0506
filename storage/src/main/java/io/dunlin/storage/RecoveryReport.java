package io.dunlin.storage;

import java.util.List;

/// What recovery found. Immutable.
///
/// @param records how many intact records were read
/// @param endPosition the position behind the last intact one
/// @param damage one line per damaged or missing part: file, offset, bytes, what was wrong
/// @param damagedParts how many there are: `damage` may list fewer
/// @param discardedTailBytes bytes after the last intact batch that were never acknowledged
public record RecoveryReport(
    long records,
    long endPosition,
    List<String> damage,
    long damagedParts,
    long discardedTailBytes) {
  public RecoveryReport {
    damage = List.copyOf(damage);
  }
}
