package io.dunlin.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.storage.Ballast;
import io.dunlin.storage.Disk;
import io.dunlin.storage.fixture.SimDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A disk of 100 MB with a reserve of 20 and a margin of 5, used by others, too.
class SpaceWatchTest {
  private static final long MB = 1 << 20;

  private final SimDisk disk = new SimDisk(1);
  private Ballast ballast;
  private SpaceWatch watch;

  @BeforeEach
  void prepare() throws IOException {
    disk.capacity(100 * MB);
    ballast = new Ballast(disk, 20 * MB);
    watch = new SpaceWatch(disk, ballast, 5 * MB);
  }

  private void othersUse(long bytes) throws IOException {
    try (Disk.File file = disk.open("others")) {
      file.resize(bytes);
    }
  }

  @Test
  void reserveIsFilledInStepsAndIsThereAtTheNextStart() throws IOException {
    assertThat(watch.look(false)).isFalse();
    assertThat(ballast.heldBytes()).isEqualTo(8 * MB);
    watch.look(false);
    watch.look(false);
    watch.look(false);
    assertThat(ballast.heldBytes()).isEqualTo(20 * MB);
    assertThat(disk.usableBytes()).isEqualTo(80 * MB);

    assertThat(new Ballast(disk, 20 * MB).missingBytes()).isZero();
    assertThat(new Ballast(disk, 12 * MB).heldBytes()).isEqualTo(12 * MB);
  }

  @Test
  void spaceIsLowWhenOnlyTheReserveIsLeft() throws IOException {
    fill();
    othersUse(75 * MB);
    assertThat(watch.look(false)).isFalse();
    othersUse(75 * MB + 1);
    assertThat(watch.look(false)).isTrue();
    assertThat(ballast.heldBytes()).as("nobody needs it yet").isEqualTo(20 * MB);
    othersUse(70 * MB);
    assertThat(watch.look(false)).isFalse();
  }

  @Test
  void reserveThatIsNotFilledYetCountsAsUsed() throws IOException {
    othersUse(76 * MB);
    assertThat(watch.look(false)).isTrue();
    assertThat(ballast.heldBytes()).isZero();
  }

  @Test
  void reserveIsReleasedWhenItIsNeededAndFilledAgainWhenThereIsSpace() throws IOException {
    fill();
    othersUse(80 * MB);
    assertThat(watch.look(true)).isTrue();
    assertThat(disk.usableBytes()).isEqualTo(20 * MB);

    assertThat(watch.look(false)).as("what is free is the reserve").isTrue();
    othersUse(75 * MB);
    assertThat(watch.look(false)).isFalse();
    fill();
    assertThat(ballast.missingBytes()).isZero();
  }

  @Test
  void diskThatFillsUpWhileTheReserveIsFilledKeepsWhatThereIs() throws IOException {
    watch.look(false);
    othersUse(90 * MB);
    try (Disk.File file = disk.open("ballast")) {
      file.write(ByteBuffer.allocate(1), 0);
    }
    assertThat(watch.look(false)).isTrue();
    assertThat(ballast.heldBytes()).isEqualTo(8 * MB);
  }

  @Test
  void withoutAReserveSpaceIsLowOnlyWhenItHasRunOut() throws IOException {
    SpaceWatch bare = new SpaceWatch(disk, new Ballast(disk, 0), 5 * MB);
    othersUse(99 * MB);
    assertThat(bare.look(false)).isFalse();
    assertThat(bare.look(true)).isTrue();
  }

  private void fill() {
    for (int i = 0; i < 3; i++) {
      watch.look(false);
    }
  }
}
