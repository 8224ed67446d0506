package io.dunlin.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TopicMatcherTest {
  /// The examples of §4.7, and some beside them.
  @ParameterizedTest(name = "{0} {1} {2}")
  @CsvSource({
    // §4.7.1.2
    "sport/tennis/player1/#, sport/tennis/player1,                 true",
    "sport/tennis/player1/#, sport/tennis/player1/ranking,         true",
    "sport/tennis/player1/#, sport/tennis/player1/score/wimbledon, true",
    "sport/tennis/player1/#, sport/tennis/player10,                false",
    "sport/tennis/player1/#, sport/tennis,                         false",
    "sport/#,                sport,                                true",
    "#,                      sport,                                true",
    "#,                      sport/tennis,                         true",
    "#,                      /,                                    true",
    "sport/tennis/#,         sport/tennis/player1,                 true",
    // §4.7.1.3
    "sport/tennis/+,         sport/tennis/player1,                 true",
    "sport/tennis/+,         sport/tennis/player2,                 true",
    "sport/tennis/+,         sport/tennis/player1/ranking,         false",
    "sport/+,                sport,                                false",
    "sport/+,                sport/,                               true",
    "+,                      sport,                                true",
    "+/tennis/#,             sport/tennis,                         true",
    "+/tennis/#,             sport/tennis/player1,                 true",
    "sport/+/player1,        sport/tennis/player1,                 true",
    "sport/+/player1,        sport/tennis/player2,                 false",
    "+/+,                    /finance,                             true",
    "/+,                     /finance,                             true",
    "+,                      /finance,                             false",
    // §4.7.2
    "#,                      $SYS/monitor/Clients,                 false",
    "#,                      $SYS,                                 false",
    "+,                      $SYS,                                 false",
    "+/#,                    $SYS,                                 false",
    "+/monitor/Clients,      $SYS/monitor/Clients,                 false",
    "$SYS/#,                 $SYS/monitor/Clients,                 true",
    "$SYS/#,                 $SYS,                                 true",
    "$SYS/monitor/+,         $SYS/monitor/Clients,                 true",
    "a/+/b,                  a/$SYS/b,                             true",
    "a/#,                    a/$SYS,                               true",
    // §4.7.3
    "ACCOUNTS,               Accounts,                             false",
    "Accounts payable,       Accounts payable,                     true",
    "/finance,               finance,                              false",
    "finance,                finance/,                             false",
    "finance/,               finance,                              false",
    "/,                      /,                                    true",
    "+/+,                    /,                                    true",
    "//,                     //,                                   true",
    "/+/,                    //,                                   true",
    "a//b,                   a//b,                                 true",
    "a/+/b,                  a//b,                                 true",
    "a/b,                    a//b,                                 false",
    "ab,                     a,                                    false",
    "a,                      ab,                                   false",
  })
  void followsTheSpecification(String filter, String topic, boolean matches) {
    assertThat(TopicMatcher.matches(Slice.utf8(filter), Slice.utf8(topic))).isEqualTo(matches);
    assertThat(Generator.matches(filter, topic)).isEqualTo(matches);
  }

  @Test
  void characterThatLooksTheSameIsAnother() {
    Slice composed = Slice.utf8("\u00e5");
    Slice decomposed = Slice.utf8("a\u030a");

    assertThat(TopicMatcher.matches(composed, decomposed)).isFalse();
  }

  @Test
  void agreesWithTheRulesOnLists() {
    Generator generator = new Generator(1);
    for (int i = 0; i < 200_000; i++) {
      String filter = generator.filter();
      String topic = generator.topic();

      assertThat(TopicMatcher.matches(Slice.utf8(filter), Slice.utf8(topic)))
          .as("case %s: %s on %s", i, filter, topic)
          .isEqualTo(Generator.matches(filter, topic));
    }
  }
}
