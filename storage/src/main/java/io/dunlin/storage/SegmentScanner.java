package io.dunlin.storage;

import io.dunlin.base.OwnedBy;
import io.dunlin.storage.LogFormat.BatchHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Looks for batches and records in one segment, through a window that moves over the file.
///
/// Where the disk gives an error, zeros are read: a sector that cannot be read is damage like any
/// other.
@OwnedBy("caller")
final class SegmentScanner {
  private static final int WINDOW_BYTES = 1 << 20;
  private static final int SECTOR_BYTES = 4096;

  private final Segment segment;
  private final CRC32C crc = new CRC32C();
  private ByteBuffer window;
  private long windowFrom;
  private long windowTo;

  /// How many more bytes may be checked while looking for records without knowing where they begin:
  /// bounds the time that hostile contents can cost.
  private long searchBudget;

  SegmentScanner(Segment segment) {
    this.segment = segment;
    this.window =
        ByteBuffer.allocateDirect((int) Math.min(WINDOW_BYTES, Math.max(64, segment.capacity())));
    this.searchBudget = 16 * segment.fileBytes();
  }

  long end() {
    return segment.firstPosition() + segment.capacity();
  }

  /// The window, which holds the bytes of `[position, position + bytes)` from [#index] on.
  ByteBuffer window(long position, int bytes) {
    assert position >= segment.firstPosition() && position + bytes <= end();
    if (position < windowFrom || position + bytes > windowTo) {
      load(position, bytes);
    }
    return window;
  }

  int index(long position) {
    return (int) (position - windowFrom);
  }

  private void load(long position, int bytes) {
    if (bytes > window.capacity()) {
      window = ByteBuffer.allocateDirect(bytes);
    }
    int wanted = (int) Math.min(window.capacity(), end() - position);
    windowFrom = position;
    windowTo = position + wanted;
    window.clear().limit(wanted);
    try {
      read(window, position);
    } catch (IOException _) {
      readSectors(position, wanted);
    }
    window.clear();
  }

  private void readSectors(long position, int wanted) {
    for (int from = 0; from < wanted; from += SECTOR_BYTES) {
      int to = Math.min(wanted, from + SECTOR_BYTES);
      window.limit(to).position(from);
      try {
        read(window, position + from);
      } catch (IOException _) {
        fillWithZeros(from, to);
      }
    }
  }

  private void read(ByteBuffer target, long position) throws IOException {
    segment.file().read(target, segment.offset(position));
    fillWithZeros(target.position(), target.limit());
  }

  private void fillWithZeros(int from, int to) {
    for (int i = from; i < to; i++) {
      window.put(i, (byte) 0);
    }
  }

  /// The intact header of the batch that begins at `position`, or null.
  @Nullable BatchHeader batchAt(long position) {
    if (position + LogFormat.BATCH_HEADER_BYTES > end()) {
      return null;
    }
    ByteBuffer buffer = window(position, LogFormat.BATCH_HEADER_BYTES);
    BatchHeader header =
        LogFormat.parseBatchHeader(buffer, index(position), segment.generation(), crc);
    return header == null || header.position() != position || header.end() > end() ? null : header;
  }

  /// The first intact batch header in `[from, to)`, or null.
  @Nullable BatchHeader findBatch(long from, long to) {
    long first = LogFormat.aligned(from - segment.firstPosition()) + segment.firstPosition();
    long last = Math.min(to - 1, end() - LogFormat.BATCH_HEADER_BYTES);
    for (long position = first; position <= last; position += LogFormat.ALIGNMENT) {
      ByteBuffer buffer = window(position, LogFormat.BATCH_HEADER_BYTES);
      if (buffer.getInt(index(position)) == LogFormat.BATCH_MAGIC) {
        BatchHeader header = batchAt(position);
        if (header != null) {
          return header;
        }
      }
    }
    return null;
  }

  /// Where a segment lies whose own header is damaged, told by its first intact batch; -1 when it
  /// has none. Only for a segment whose `firstPosition` is 0 for the time being.
  long findFirstPosition() {
    assert segment.firstPosition() == 0;
    long last = end() - LogFormat.BATCH_HEADER_BYTES;
    for (long offset = 0; offset <= last; offset += LogFormat.ALIGNMENT) {
      ByteBuffer buffer = window(offset, LogFormat.BATCH_HEADER_BYTES);
      if (buffer.getInt(index(offset)) == LogFormat.BATCH_MAGIC) {
        BatchHeader header =
            LogFormat.parseBatchHeader(buffer, index(offset), segment.generation(), crc);
        if (header != null && header.position() >= offset) {
          return header.position() - offset;
        }
      }
    }
    return -1;
  }

  /// The length of the intact record at `position`, or 0. After this the window holds it.
  int recordAt(long position, long to) {
    long room = to - position - LogFormat.FRAME_BYTES;
    if (room < 1) {
      return 0;
    }
    ByteBuffer buffer = window(position, LogFormat.FRAME_BYTES);
    int length = buffer.getInt(index(position));
    if (length < 1 || length > room) {
      return 0;
    }
    buffer = window(position, LogFormat.FRAME_BYTES + length);
    int at = index(position);
    int checksum =
        LogFormat.recordChecksum(buffer, at, length, segment.generation(), position, crc);
    return checksum == buffer.getInt(at + 4) ? length : 0;
  }

  /// The position of the first intact record in `[from, to)`, wherever it begins, or `to`.
  long findRecord(long from, long to) {
    for (long position = from; position < to - LogFormat.FRAME_BYTES; position++) {
      int length = window(position, LogFormat.FRAME_BYTES).getInt(index(position));
      if (length >= 1 && length <= to - position - LogFormat.FRAME_BYTES) {
        searchBudget -= length;
        if (searchBudget < 0) {
          return to;
        }
        if (recordAt(position, to) > 0) {
          return position;
        }
      }
    }
    return to;
  }
}
