package io.dunlin.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.base.Slice;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicTest {
  @ParameterizedTest
  @ValueSource(strings = {"a", "/", "a//b", "$SYS/x", "ä/日本", " ", "$share/g/a"})
  void topicNamesAreAnyTextWithoutWildcards(String text) {
    assertThat(TopicName.of(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "+", "#", "a/+", "a/#", "a+b", "a\0b"})
  void refusesWhatIsNoTopicName(String text) {
    assertThatThrownBy(() -> TopicName.of(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "+",
        "#",
        "/",
        "+/+",
        "a/#",
        "/#",
        "+/a/#",
        "a/+/b",
        "$share",
        "$share/g/#",
        "$share/g//",
        "$SYS/#",
        "$shared/a"
      })
  void topicFiltersHaveWildcardsInWholeLevels(String text) {
    assertThat(TopicFilter.of(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a#",
        "#a",
        "#/a",
        "a/#/b",
        "a+",
        "+a",
        "a/+b/c",
        "++",
        "##",
        "$share/",
        "$share//a",
        "$share/g",
        "$share/g/",
        "$share/+/a",
        "$share/g#/a",
        "$share/#",
        "$share/g/a#"
      })
  void refusesWhatIsNoTopicFilter(String text) {
    assertThatThrownBy(() -> TopicFilter.of(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusalsShowTheTextThatWasMeant() {
    assertThatThrownBy(() -> TopicName.of("ä/#")).hasMessage("not a topic name: 'ä/#'");
    assertThatThrownBy(() -> TopicFilter.of("a#")).hasMessage("not a topic filter: 'a#'");
    assertThatThrownBy(() -> TopicName.of(Slice.copyOf((byte) 0xff)))
        .hasMessage("not a topic name: 1 bytes [ff]");
  }

  @Test
  void topicsHaveAtMost65535Bytes() {
    ByteBuffer longest =
        ByteBuffer.wrap("x".repeat(65_536).getBytes(java.nio.charset.StandardCharsets.UTF_8));

    assertThat(TopicName.valid(longest, 0, 65_535)).isTrue();
    assertThat(TopicName.valid(longest, 0, 65_536)).isFalse();
    assertThat(TopicFilter.valid(longest, 0, 65_536)).isFalse();
  }

  @Test
  void sharedFilterHasNameAndFilter() {
    TopicFilter filter = TopicFilter.of("$share/group/a/+/c");

    assertThat(filter.isShared()).isTrue();
    assertThat(filter.shareName()).isEqualTo(Slice.utf8("group"));
    assertThat(filter.filter()).isEqualTo(Slice.utf8("a/+/c"));
    assertThat(filter.hasWildcard()).isTrue();
    assertThat(filter.levels()).isEqualTo(3);
  }

  @Test
  void plainFilterIsItsOwnFilter() {
    TopicFilter filter = TopicFilter.of("a/b");

    assertThat(filter.isShared()).isFalse();
    assertThat(filter.shareName().isEmpty()).isTrue();
    assertThat(filter.filter()).isSameAs(filter.bytes());
    assertThat(filter.hasWildcard()).isFalse();
    assertThat(filter.levels()).isEqualTo(2);
  }

  @Test
  void emptyLevelsCount() {
    assertThat(TopicName.of("//").levels()).isEqualTo(3);
  }
}
