package io.dunlin.tests.simulation;

import io.dunlin.storage.Disk;
import io.dunlin.storage.SortedStore;

/// A bug that is put around the broker on purpose, to see that the simulation finds it.
interface PlantedBug {
  /// No bug.
  PlantedBug NONE = new PlantedBug() {};

  /// The disk that the log uses.
  default Disk disk(Disk disk, World world) {
    return disk;
  }

  /// The store that the broker uses.
  default SortedStore store(SortedStore store) {
    return store;
  }

  /// What happens to the bytes that the broker sends.
  default OutputFault output(World world) {
    return OutputFault.NONE;
  }
}
