package io.dunlin.storage;

import java.io.IOException;
import java.nio.ByteBuffer;

/// A durable sequence of records, written by several appenders (one a shard) and forced in groups.
///
/// Every record has a position: a logical 64-bit number, growing, never reused. Records of one
/// appender keep their order. A record is *committed* when it and all before it have been forced
/// (or written only, if the log is told that this is enough). Committed batches are handed, in log
/// order, to the [CommitListener] of each shard that they concern, and always to that of the shard
/// that appended them.
public interface Log extends AutoCloseable {
  /// Reads all intact records at or after `fromPosition`, in order. Before [#start] only. Never
  /// refuses: damage is set aside and reported. A visitor may read by position what was visited
  /// before.
  RecoveryReport recover(long fromPosition, RecordVisitor visitor) throws IOException;

  /// Begins to take records. After this nothing below is scanned again.
  ///
  /// @param listeners one per shard, by index; called on the log's thread
  /// @param failure called once when a write or a force fails: the node must stop, nothing is
  ///   acknowledged any more
  void start(java.util.List<CommitListener> listeners, FailureListener failure) throws IOException;

  /// The appender of a shard. Owned by the shard's thread.
  Appender appender(int shard);

  /// Does one round of the log thread's work if there is any: takes all waiting batches, writes
  /// them, forces once, hands them out. Returns the number of batches. For a log without a thread
  /// of its own (simulation); a started log thread calls it itself.
  int work();

  /// All records below are forced, and were handed to their listeners. Any thread.
  long committedPosition();

  /// Makes all that is committed survive a power cut. Returns at once when it does already, as with
  /// every log that forces before it commits. Any thread; blocks on the disk.
  void sync() throws IOException;

  /// The position of the oldest record still readable. Any thread.
  long firstPosition();

  /// Something to read records with. Any thread; what it returns belongs to one thread.
  Reader reader();

  /// Allows the space of records below `position` to be used again. Any thread.
  void recycleBefore(long position);

  /// Writes and forces what was appended, and stops.
  @Override
  void close() throws IOException;

  /// Reads records by position. Owned by the thread that uses it.
  interface Reader {
    /// Copies the record at `position` into a new array, or null when it has been recycled or is
    /// damaged. Checks position, generation and checksum. Blocks on the disk.
    byte @org.jspecify.annotations.Nullable [] read(long position) throws IOException;
  }

  /// Takes the records of one shard. Owned by that shard's thread.
  interface Appender {
    /// Whether a record of `bytes` can be begun now; when not, [CommitListener#roomAgain] follows.
    boolean hasRoom(int bytes);

    /// Begins a record of at most `maxBytes`; `hasRoom` was true. The caller writes it at absolute
    /// indexes from [#at] on into the returned buffer (direct, big endian).
    ByteBuffer begin(int maxBytes);

    /// Where in the buffer the begun record starts.
    int at();

    /// Ends the begun record at its real length.
    ///
    /// @param shardMask bit n: shard n gets it when it is committed
    /// @param urgent whether somebody waits for it; if not it is forced within 50 ms
    /// @return its sequence number in this appender: 1, 2, 3 …
    long end(int bytes, long shardMask, boolean urgent);

    /// Makes all that was appended urgent: somebody waits for it now.
    ///
    /// @return the sequence number of the last record; 0 when there is none
    long urge();

    /// Gives what was appended to the log thread. At the end of each turn.
    void flush();
  }

  /// Hears what was committed. On the log's thread: hands over and returns at once.
  interface CommitListener {
    /// The batch is this shard's to read until it calls [Batch#release].
    void committed(Batch batch);

    /// An appender that had no room has room again.
    void roomAgain();
  }

  /// Committed records of one appender, in order. Readable by several shards until each released
  /// it.
  interface Batch {
    /// The shard that appended them.
    int origin();

    /// The sequence number of the first record, in the origin's appender.
    long firstSequence();

    /// How many records.
    int count();

    /// The bytes; records lie at [#from] to [#to].
    ByteBuffer buffer();

    /// Start of record `index` in the buffer.
    int from(int index);

    /// End of record `index` in the buffer.
    int to(int index);

    /// Log position of record `index`.
    long position(int index);

    /// Which shards record `index` concerns.
    long shardMask(int index);

    /// The log position behind the last record.
    long endPosition();

    /// This shard has read it. Once per shard that got it.
    void release();
  }

  /// Gets records while recovering.
  interface RecordVisitor {
    /// A record at `[from, to)` of `buffer`, valid during the call.
    void record(long position, ByteBuffer buffer, int from, int to);

    /// The same where a record is damaged, and only it: what its bytes say is not to be believed.
    default void damaged(long position, ByteBuffer buffer, int from, int to) {}
  }

  /// Hears that the log has failed.
  interface FailureListener {
    /// Nothing is committed any more.
    void logFailed(IOException cause);
  }
}
