package io.dunlin.rocksdb;

import static io.dunlin.rocksdb.Rows.bytes;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Each test releases `[c, p)`.
class ReleasableFilesTest {
  @Test
  void filesWithinTheRangeGo() {
    assertThat(released(file(6, "c", "d"), file(6, "e", "o"))).containsExactly("c..d", "e..o");
  }

  @Test
  void filesThatStickOutStay() {
    assertThat(released(file(6, "b", "d"), file(6, "e", "p"), file(6, "q", "z"))).isEmpty();
  }

  @Test
  void filesOfLevelZeroAndOfOtherFamiliesStay() {
    LiveFile other =
        new LiveFile(
            "1.sst", "sessions", 6, 1, 1, 1, 1, Slice.wrap(bytes("d")), Slice.wrap(bytes("e")));

    assertThat(released(file(0, "d", "e"), other)).isEmpty();
  }

  @Test
  void deletionsAboveAFileThatStaysStay() {
    assertThat(released(file(6, "a", "d"), file(6, "e", "h"), file(5, "c", "f")))
        .containsExactly("e..h");
    assertThat(released(file(6, "a", "d"), file(6, "e", "h"), file(5, "e", "f")))
        .containsExactlyInAnyOrder("e..h", "e..f");
  }

  @Test
  void deletionsAboveThoseStayToo() {
    assertThat(released(file(6, "a", "d"), file(5, "d", "f"), file(4, "f", "h"), file(4, "i", "k")))
        .containsExactly("i..k");
  }

  @Test
  void fileThatWouldTakeAStayingOneAlongStays() {
    assertThat(released(file(6, "d", "k"), file(5, "b", "e"), file(4, "d", "e"))).isEmpty();
  }

  private static List<String> released(LiveFile... files) {
    List<byte[]> ranges = ReleasableFiles.ranges(List.of(files), "queues", bytes("c"), bytes("p"));
    List<String> released = new ArrayList<>();
    for (int i = 0; i < ranges.size(); i += 2) {
      released.add(
          new String(ranges.get(i), US_ASCII) + ".." + new String(ranges.get(i + 1), US_ASCII));
    }
    return released;
  }

  private static LiveFile file(int level, String smallest, String largest) {
    return new LiveFile(
        smallest + largest + ".sst",
        "queues",
        level,
        1,
        1,
        1,
        1,
        Slice.wrap(bytes(smallest)),
        Slice.wrap(bytes(largest)));
  }
}
