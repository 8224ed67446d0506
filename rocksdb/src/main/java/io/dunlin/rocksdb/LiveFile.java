package io.dunlin.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dunlin.base.Slice;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.HexFormat;
import org.rocksdb.LiveFileMetaData;

/// A table file and what it holds. Immutable.
///
/// @param name the file's name in the store's directory
/// @param smallest the first user key
/// @param largest the last user key, itself included
record LiveFile(
    String name,
    String family,
    int level,
    long bytes,
    long entries,
    long smallestSequence,
    long largestSequence,
    Slice smallest,
    Slice largest) {
  static LiveFile of(LiveFileMetaData file) {
    return new LiveFile(
        file.fileName().replace("/", ""),
        new String(file.columnFamilyName(), UTF_8),
        file.level(),
        file.size(),
        file.numEntries(),
        file.smallestSeqno(),
        file.largestSeqno(),
        Slice.wrap(file.smallestKey()),
        Slice.wrap(file.largestKey()));
  }

  void writeTo(DataOutputStream out) throws IOException {
    out.writeUTF(name);
    out.writeUTF(family);
    out.writeInt(level);
    out.writeLong(bytes);
    out.writeLong(entries);
    out.writeLong(smallestSequence);
    out.writeLong(largestSequence);
    writeKey(out, smallest);
    writeKey(out, largest);
  }

  static LiveFile readFrom(DataInputStream in) throws IOException {
    return new LiveFile(
        in.readUTF(),
        in.readUTF(),
        in.readInt(),
        in.readLong(),
        in.readLong(),
        in.readLong(),
        in.readLong(),
        readKey(in),
        readKey(in));
  }

  /// For reports: the file, its family, its rows and its keys in hexadecimal.
  String describe() {
    return "%s (family %s, level %d, %d entries, keys %s..%s)"
        .formatted(name, family, level, entries, hex(smallest), hex(largest));
  }

  private static String hex(Slice key) {
    return HexFormat.of().formatHex(key.toArray());
  }

  private static void writeKey(DataOutputStream out, Slice key) throws IOException {
    out.writeInt(key.length());
    out.write(key.toArray());
  }

  private static Slice readKey(DataInputStream in) throws IOException {
    return Slice.wrap(in.readNBytes(in.readInt()));
  }
}
