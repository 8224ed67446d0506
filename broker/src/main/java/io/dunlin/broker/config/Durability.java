package io.dunlin.broker.config;

/// What an acknowledgement promises about the disk.
public enum Durability {
  /// It is sent after the disk was forced: what it acknowledges survives a power cut.
  DISK,
  /// The same records in the same order, but no acknowledgement of any kind waits for the disk,
  /// only for the operating system: a crash of the machine may lose the last moments, one of the
  /// process does not.
  MEMORY
}
