package io.dunlin.broker.shard;

import io.dunlin.storage.Log;
import java.nio.ByteBuffer;

/// An appender that has no room when it is told so.
final class RefusingAppender implements Log.Appender {
  private final Log.Appender appender;

  /// Whether there is no room.
  boolean full;

  RefusingAppender(Log.Appender appender) {
    this.appender = appender;
  }

  @Override
  public boolean hasRoom(int bytes) {
    return !full && appender.hasRoom(bytes);
  }

  @Override
  public ByteBuffer begin(int maxBytes) {
    if (full) {
      throw new IllegalStateException("appended without asking for room");
    }
    return appender.begin(maxBytes);
  }

  @Override
  public int at() {
    return appender.at();
  }

  @Override
  public long end(int bytes, long shardMask, boolean urgent) {
    return appender.end(bytes, shardMask, urgent);
  }

  @Override
  public long urge() {
    return appender.urge();
  }

  @Override
  public void flush() {
    appender.flush();
  }
}
