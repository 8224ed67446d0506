package io.dunlin.storage;

import io.dunlin.base.OwnedBy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/// Copies segments, which are pinned, to another directory: whole ones, and of the last what is
/// committed. Recovery takes that for a log that ends there.
@OwnedBy("caller")
final class LogCopy {
  private static final int CHUNK_BYTES = 1 << 20;

  private final List<Segment> segments;
  private final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);

  LogCopy(List<Segment> segments) {
    this.segments = segments;
  }

  void run(Disk target, long from, long to) throws IOException {
    for (int i = 0; i < segments.size(); i++) {
      Segment segment = segments.get(i);
      boolean last = i + 1 == segments.size();
      long end = last ? to : Math.min(to, segments.get(i + 1).previousEnd());
      boolean needed = last || segments.get(i + 1).previousEnd() > from;
      if (needed && end > segment.firstPosition()) {
        copy(segment, segment.offset(end), target);
      }
    }
    target.forceNames();
  }

  private void copy(Segment segment, long bytes, Disk target) throws IOException {
    try (Disk.File copy = target.open(segment.name())) {
      for (long at = 0; at < bytes; ) {
        chunk.clear().limit((int) Math.min(CHUNK_BYTES, bytes - at));
        int read = segment.file().read(chunk, at);
        if (read <= 0) {
          throw new IOException(segment.name() + " ends at " + at + ", before " + bytes);
        }
        copy.write(chunk.flip(), at);
        at += read;
      }
      copy.force();
    }
  }
}
