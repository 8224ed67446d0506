package io.dunlin.broker.store;

import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.Set;

/// Looks into a record whose checksum is wrong for the sessions that it was about. A flipped bit
/// mostly lies elsewhere; if not, nobody or somebody else is named. For counting only.
public final class DamagedRecord {
  private DamagedRecord() {}

  /// Numbers of sessions that the bytes `[from, to)` name, if they look like a record.
  public static Set<Long> sessions(ByteBuffer buffer, int from, int to) {
    if (to - from < 1 || buffer.get(from) != Records.PUBLISH) {
      return to - from < 2 + Long.BYTES ? Set.of() : Set.of(Records.session(buffer, from));
    }
    return to - from < PublishRecord.HEADER_BYTES ? Set.of() : recipients(buffer, from, to);
  }

  private static Set<Long> recipients(ByteBuffer buffer, int from, int to) {
    PublishRecord record = new PublishRecord();
    record.read(buffer, from);
    Set<Long> found = new LinkedHashSet<>();
    long at = from + PublishRecord.HEADER_BYTES + (long) PublishRecord.LOAN_BYTES * record.loans();
    for (int left = record.recipients(); left > 0; left--) {
      if (at + PublishRecord.recipientBytes(0) > to) {
        return Set.of(); // it is the header that is damaged
      }
      found.add(buffer.getLong((int) at));
      at += PublishRecord.recipientBytes(Byte.toUnsignedInt(buffer.get((int) at + 9)));
    }
    return found;
  }
}
