package io.dunlin.rocksdb;

import io.dunlin.base.Slice;
import java.util.ArrayList;
import java.util.List;

/// Which table files in a range can be dropped unread without bringing deleted rows back.
///
/// `deleteFilesInRanges` drops whole files, deletions in them included. If a deeper file sticks out
/// of the range it stays, and rows in it that only those deletions hid would be back. So a file
/// stays too if a file that stays lies below it and shares keys with it, or would be dropped with
/// it.
final class ReleasableFiles {
  private ReleasableFiles() {}

  /// First and last key, both included, of each file of `family` that can go.
  static List<byte[]> ranges(List<LiveFile> files, String family, byte[] from, byte[] to) {
    List<LiveFile> going = new ArrayList<>();
    List<LiveFile> staying = new ArrayList<>();
    Slice first = Slice.wrap(from);
    Slice end = Slice.wrap(to);
    for (LiveFile file : files) {
      if (!file.family().equals(family)) {
        continue;
      }
      boolean inside = file.smallest().compareTo(first) >= 0 && file.largest().compareTo(end) < 0;
      if (inside && file.level() > 0) {
        going.add(file);
      } else if (file.largest().compareTo(first) >= 0 && file.smallest().compareTo(end) < 0) {
        staying.add(file);
      }
    }
    for (int i = 0; i < staying.size(); i++) { // grows
      LiveFile stays = staying.get(i);
      List<LiveFile> held = going.stream().filter(file -> holds(stays, file)).toList();
      going.removeAll(held);
      staying.addAll(held);
    }
    List<byte[]> ranges = new ArrayList<>();
    for (LiveFile file : going) {
      ranges.add(file.smallest().toArray());
      ranges.add(file.largest().toArray());
    }
    return ranges;
  }

  /// Whether `file` must stay because `stays` does.
  private static boolean holds(LiveFile stays, LiveFile file) {
    boolean shareKeys =
        stays.smallest().compareTo(file.largest()) <= 0
            && file.smallest().compareTo(stays.largest()) <= 0;
    boolean within =
        stays.smallest().compareTo(file.smallest()) >= 0
            && stays.largest().compareTo(file.largest()) <= 0;
    return shareKeys && (stays.level() > file.level() || (stays.level() > 0 && within));
  }
}
