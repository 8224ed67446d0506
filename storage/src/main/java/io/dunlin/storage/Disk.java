package io.dunlin.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/// One flat directory of files: all that the log needs of a file system, so that a simulated one
/// can stand in its place. Thread-safe.
///
/// What was not forced may be lost in a power cut, names included: a created, renamed or deleted
/// name is certain only after [#forceNames].
public interface Disk {
  /// The names of all files, sorted.
  List<String> list() throws IOException;

  /// Opens a file for reading and writing, and creates it if it is not there.
  File open(String name) throws IOException;

  /// Renames atomically; replaces a file of the new name. Who has the file open closes it first,
  /// and opens it again under the new name.
  void rename(String from, String to) throws IOException;

  /// Deletes a file; no error if it is not there.
  void delete(String name) throws IOException;

  /// Makes all creations, renames and deletions so far survive a power cut.
  void forceNames() throws IOException;

  /// How many bytes can still be written.
  long usableBytes() throws IOException;

  /// An open file. Thread-safe: positional reads and writes.
  interface File extends AutoCloseable {
    /// Writes all remaining bytes of `source` at `position`.
    void write(ByteBuffer source, long position) throws IOException;

    /// Reads into `target` until it is full or the file ends; returns the number of bytes read.
    int read(ByteBuffer target, long position) throws IOException;

    /// Makes all writes so far survive a power cut. After a failure nothing may be assumed of them.
    void force() throws IOException;

    /// Length in bytes.
    long size() throws IOException;

    /// Sets the length: cuts, or extends with zeros that really occupy disk space.
    void resize(long bytes) throws IOException;

    @Override
    void close() throws IOException;
  }
}
