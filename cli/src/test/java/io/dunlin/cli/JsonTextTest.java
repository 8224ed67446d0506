package io.dunlin.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTextTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "1",
        "-0",
        "0.5",
        "1e9",
        "-1.5E-3",
        "true",
        "null",
        "\"\"",
        "\"\\u00e4\\n\"",
        "[]",
        "{}",
        " [ 1 , {\"a\" : [ ] } ] ",
        "{\"a\":1,\"b\":\"x\"}"
      })
  void jsonIsValid(String text) {
    assertThat(JsonText.isValid(text)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "01",
        "1.",
        ".5",
        "1e",
        "-",
        "tru",
        "truex",
        "\"",
        "\"\\x\"",
        "\"\\u12\"",
        "[1,]",
        "[1 2]",
        "{a:1}",
        "{\"a\"}",
        "{\"a\":}",
        "{,}",
        "1 2",
        "\"a\nb\"",
        "]"
      })
  void allElseIsNot(String text) {
    assertThat(JsonText.isValid(text)).isFalse();
  }

  @Test
  void deepNestingIsRefusedAndDoesNotOverflow() {
    assertThat(JsonText.isValid("[".repeat(100_000))).isFalse();
  }

  @Test
  void whatIsQuotedIsJson() {
    String quoted = JsonText.quote(new StringBuilder(), "a\"\\\n\t\u0001ä\u007f").toString();

    assertThat(quoted).isEqualTo("\"a\\\"\\\\\\n\\t\\u0001ä\\u007f\"");
    assertThat(JsonText.isValid(quoted)).isTrue();
  }
}
