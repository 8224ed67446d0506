package io.dunlin.broker.config;

/// What an acknowledgement promises about the disk.
public enum Durability {
  /// It is sent after the disk was forced: what it acknowledges survives a power cut.
  DISK,
  /// The same records in the same order, but no acknowledgement waits for the disk: a crash of the
  /// machine may lose the last moments.
  MEMORY
}
