package io.dunlin.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class SliceTest {
  @Test
  void equalBytesAreEqualSlices() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(8);
    buffer.put(2, new byte[] {1, 2, 3});

    Slice copied = Slice.copyOf(buffer, 2, 5);

    assertThat(copied)
        .isEqualTo(Slice.copyOf((byte) 1, (byte) 2, (byte) 3))
        .hasSameHashCodeAs(Slice.wrap(new byte[] {1, 2, 3}));
    assertThat(copied.equalsAt(buffer, 2, 3)).isTrue();
    assertThat(copied.equalsAt(buffer, 1, 3)).isFalse();
  }

  @Test
  void ordersAsUnsignedBytes() {
    assertThat(Slice.copyOf((byte) 0xff)).isGreaterThan(Slice.copyOf((byte) 0x01, (byte) 0x02));
    assertThat(Slice.utf8("a")).isLessThan(Slice.utf8("ab"));
  }
}
