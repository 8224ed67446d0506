package io.dunlin.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Utf8Test {
  /// Bytes at which some rule of UTF-8 changes.
  private static final int[] EDGES = {
    0x00, 0x01, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1,
    0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff
  };

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00",
        "c0 80",
        "80",
        "c3",
        "e2 82",
        "ed a0 80",
        "ed bf bf",
        "f4 90 80 80",
        "f0 8f bf bf",
        "f8 88 80 80 80",
        "41 42 43 44 45 46 47 00",
        "fe",
        "e0 80 80"
      })
  void refusesWhatIsNoUtf8(String hex) {
    assertThat(valid(bytes(hex))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "01",
        "7f",
        "c2 80",
        "ed 9f bf",
        "ee 80 80",
        "ef bb bf",
        "ef bf bf",
        "f0 90 80 80",
        "f4 8f bf bf",
        "41 42 43 44 45 46 47 48 c3 a4"
      })
  void acceptsTheEdgesOfUtf8(String hex) {
    assertThat(valid(bytes(hex))).isTrue();
  }

  @Test
  void agreesWithTheDecoderOfTheJdk() {
    long seed = 0x5eed_0001L;
    Random random = new Random(seed);
    for (int i = 0; i < 200_000; i++) {
      byte[] bytes = new byte[random.nextInt(20)];
      for (int at = 0; at < bytes.length; at++) {
        boolean ascii = random.nextInt(3) > 0;
        bytes[at] = (byte) (ascii ? 'a' + random.nextInt(26) : EDGES[random.nextInt(EDGES.length)]);
      }
      checkWithTheDecoderOfTheJdk(bytes);
    }
  }

  @Test
  void agreesWithTheDecoderOfTheJdkOnAllPairsAndEdgesOfFour() {
    for (int first = 0; first < 256; first++) {
      for (int second = 0; second < 256; second++) {
        checkWithTheDecoderOfTheJdk((byte) first, (byte) second);
      }
    }
    for (int a : EDGES) {
      for (int b : EDGES) {
        for (int c : EDGES) {
          checkWithTheDecoderOfTheJdk((byte) a, (byte) b, (byte) c, (byte) 0x80);
        }
      }
    }
  }

  @Test
  void looksOnlyAtItsRange() {
    ByteBuffer buffer = ByteBuffer.wrap(bytes("ff 00 61 62 c3 a4 00 ff"));

    assertThat(Utf8.valid(buffer, 2, 6)).isTrue();
    assertThat(Utf8.valid(buffer, 2, 5)).isFalse();
    assertThat(buffer.position()).isZero();
  }

  private static boolean valid(byte[] bytes) {
    return Utf8.valid(ByteBuffer.wrap(bytes), 0, bytes.length);
  }

  private static void checkWithTheDecoderOfTheJdk(byte... bytes) {
    if (valid(bytes) != naive(bytes)) { // an assertion for each would take most of the time
      fail("%s should be %s", HexFormat.of().formatHex(bytes), naive(bytes));
    }
  }

  /// The slow twin.
  private static boolean naive(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(bytes))
              .toString()
              .indexOf(0)
          < 0;
    } catch (CharacterCodingException notUtf8) {
      return false;
    }
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }
}
