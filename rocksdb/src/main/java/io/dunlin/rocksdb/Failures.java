package io.dunlin.rocksdb;

import io.dunlin.storage.StoreDamaged;
import io.dunlin.storage.StoreFull;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/// Turns RocksDB's exception into ours, in one place.
final class Failures {
  private Failures() {}

  /// The exception to throw for `failure`, which happened while `doing`.
  static IOException of(String doing, RocksDBException failure) {
    String text = "%s: %s: %s".formatted(doing, code(failure), failure.getMessage());
    if (isFull(failure)) {
      return new StoreFull(text, failure);
    }
    return isDamage(failure) ? new StoreDamaged(text, failure) : new IOException(text, failure);
  }

  /// Whether space has run out: the disk's, or what the limit allows (that one has no code).
  static boolean isFull(RocksDBException failure) {
    Status status = failure.getStatus();
    return (status != null && status.getSubCode() == Status.SubCode.NoSpace)
        || says(failure, "No space left")
        || says(failure, "Max allowed space was reached");
  }

  /// Whether what lies on disk is at fault.
  static boolean isDamage(RocksDBException failure) {
    Status status = failure.getStatus();
    return (status != null && status.getCode() == Status.Code.Corruption)
        || says(failure, "No such file");
  }

  /// Whether a failure to open comes from around the store and not from its content: then salvage
  /// could only do harm.
  static boolean isFromOutside(RocksDBException failure) {
    return isFull(failure)
        || says(failure, "/LOCK:")
        || says(failure, "lock hold by")
        || says(failure, "Permission denied")
        || says(failure, "Read-only file system")
        || says(failure, "Too many open files");
  }

  private static boolean says(RocksDBException failure, String text) {
    String message = failure.getMessage();
    return message != null && message.contains(text);
  }

  private static String code(RocksDBException failure) {
    Status status = failure.getStatus();
    if (status == null) {
      return "no status";
    }
    Status.@Nullable SubCode subCode = status.getSubCode();
    return subCode == null || subCode == Status.SubCode.None
        ? status.getCode().toString()
        : status.getCode() + "/" + subCode;
  }
}
