package io.dunlin.storage;

import io.dunlin.base.OwnedBy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Reads records by position, and what follows them along with it: queues are mostly read in order.
///
/// Bytes that were read ahead may be older than the records that lie there now; then length,
/// generation or checksum do not fit, and they are read again.
@OwnedBy("caller")
final class LogReader implements Log.Reader {
  private static final int AHEAD_BYTES = 128 * 1024;

  private final Segments segments;
  private final int aheadBytes;
  private final CRC32C crc = new CRC32C();
  private @Nullable ByteBuffer ahead;
  private long aheadGeneration = -1;
  private long aheadPosition;
  private int aheadLength;

  LogReader(Segments segments) {
    this(segments, AHEAD_BYTES);
  }

  /// @param aheadBytes how much is read at once
  LogReader(Segments segments, int aheadBytes) {
    this.segments = segments;
    this.aheadBytes = aheadBytes;
  }

  @Override
  public byte @Nullable [] read(long position) throws IOException {
    Segment segment = segments.find(position);
    if (segment == null) {
      return null;
    }
    try {
      byte[] known = fromAhead(segment, position);
      return known != null ? known : fromFile(segment, position);
    } catch (IOException e) {
      if (!segments.live().contains(segment)) {
        return null; // recycled meanwhile
      }
      throw e;
    }
  }

  private byte @Nullable [] fromAhead(Segment segment, long position) {
    ByteBuffer buffer = ahead;
    long at = position - aheadPosition;
    boolean covered =
        buffer != null
            && segment.generation() == aheadGeneration
            && at >= 0
            && at + LogFormat.FRAME_BYTES < aheadLength;
    if (buffer == null || !covered) {
      return null;
    }
    int length = buffer.getInt((int) at);
    return length >= 1 && at + LogFormat.FRAME_BYTES + length <= aheadLength
        ? record(segment, position, buffer, (int) at, length)
        : null;
  }

  private byte @Nullable [] fromFile(Segment segment, long position) throws IOException {
    long room = segment.capacity() - (position - segment.firstPosition());
    if (room <= LogFormat.FRAME_BYTES) {
      return null;
    }
    ByteBuffer buffer = ahead;
    if (buffer == null) {
      buffer = ByteBuffer.allocateDirect(aheadBytes);
      ahead = buffer;
    }
    aheadGeneration = -1;
    buffer.clear().limit((int) Math.min(aheadBytes, room));
    int read = segment.file().read(buffer, segment.offset(position));
    buffer.clear();
    if (read < LogFormat.FRAME_BYTES) {
      return null;
    }
    aheadGeneration = segment.generation();
    aheadPosition = position;
    aheadLength = read;
    int length = buffer.getInt(0);
    if (length < 1 || length > room - LogFormat.FRAME_BYTES) {
      return null;
    }
    int bytes = LogFormat.FRAME_BYTES + length;
    if (bytes <= read) {
      return record(segment, position, buffer, 0, length);
    }
    ByteBuffer whole = ByteBuffer.allocate(bytes);
    segment.file().read(whole, segment.offset(position));
    return whole.hasRemaining() ? null : record(segment, position, whole.clear(), 0, length);
  }

  private byte @Nullable [] record(
      Segment segment, long position, ByteBuffer buffer, int at, int length) {
    int checksum =
        LogFormat.recordChecksum(buffer, at, length, segment.generation(), position, crc);
    if (checksum != buffer.getInt(at + 4)) {
      return null;
    }
    byte[] record = new byte[length];
    buffer.get(at + LogFormat.FRAME_BYTES, record);
    return record;
  }
}
