package io.dunlin.broker.shard;

import io.dunlin.storage.Log;
import java.nio.ByteBuffer;

/// An appender that says that it has no room, whenever a test wants it to.
final class RefusingAppender implements Log.Appender {
  boolean refuses;
  int mostBytes = Integer.MAX_VALUE; // what is larger is refused
  private final Log.Appender appender;

  RefusingAppender(Log.Appender appender) {
    this.appender = appender;
  }

  @Override
  public boolean hasRoom(int bytes) {
    return !refuses && bytes <= mostBytes && appender.hasRoom(bytes);
  }

  @Override
  public ByteBuffer begin(int maxBytes) {
    if (refuses) {
      throw new IllegalStateException("a record was begun without room for it");
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
