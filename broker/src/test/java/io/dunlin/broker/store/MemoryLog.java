package io.dunlin.broker.store;

import io.dunlin.storage.Log;
import io.dunlin.storage.RecoveryReport;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.TreeMap;

/// The readable half of a log: PUBLISH records at positions, until they are recycled.
final class MemoryLog implements Log {
  private final TreeMap<Long, byte[]> records = new TreeMap<>();
  private long end = 100;
  private long first = 100;

  /// Appends the record of a message; returns its position.
  long publish(MessageView message) {
    ByteBuffer target = ByteBuffer.allocate(PublishRecord.HEADER_BYTES + message.storedBytes());
    int at = PublishRecord.HEADER_BYTES;
    PublishRecord.writeHeader(target, 0, at, 1, 1, 0, 0, 0, 0, 0);
    message.write(target, at);
    return append(target.array());
  }

  long append(byte[] record) {
    long position = end;
    records.put(position, record);
    end += record.length;
    return position;
  }

  long end() {
    return end;
  }

  /// Makes one record unreadable.
  void damage(long position) {
    records.remove(position);
  }

  @Override
  public Reader reader() {
    return records::get;
  }

  @Override
  public long firstPosition() {
    return first;
  }

  @Override
  public void recycleBefore(long position) {
    records.headMap(position).clear();
    first = Math.max(first, position);
  }

  @Override
  public long committedPosition() {
    return end;
  }

  @Override
  public void sync() {}

  @Override
  public RecoveryReport recover(long fromPosition, RecordVisitor visitor) {
    throw new UnsupportedOperationException("only read");
  }

  @Override
  public void start(List<CommitListener> listeners, FailureListener failure) {
    throw new UnsupportedOperationException("only read");
  }

  @Override
  public Appender appender(int shard) {
    throw new UnsupportedOperationException("only read");
  }

  @Override
  public int work() {
    return 0;
  }

  @Override
  public void close() {}
}
