package io.dunlin.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

class JsonLayoutTest {
  @Test
  void eventIsOneObjectWithItsFields() {
    LoggingEvent event =
        TextLayoutTest.logged("session.connected clientId={} remote={}", "pump-7", "192.0.2.1:9");

    assertThat(new JsonLayout().doLayout(event).strip())
        .isEqualTo(
            "{\"time\":\"2026-03-01T12:00:00.000Z\",\"level\":\"INFO\",\"event\":\"session.connected\","
                + "\"clientId\":\"pump-7\",\"remote\":\"192.0.2.1:9\"}");
  }

  @Test
  void wordsAndPairsHaveTheirPlaces() throws JsonProcessingException {
    JsonNode words = parsed(TextLayoutTest.logged("log.damaged {}", "segment 7"));
    JsonNode pairs = parsed(TextLayoutTest.event("x.y", new KeyValuePair("a", 1)));

    assertThat(words.path("message").asText()).isEqualTo("segment 7");
    assertThat(pairs.path("a").asInt()).isEqualTo(1);
  }

  @Test
  void numbersTruthValuesAndListsAreThoseOfJson() {
    LoggingEvent event =
        TextLayoutTest.logged(
            "x.y count={} wide={} ratio={} odd={} durable={} empty={} list={} none={} text={}",
            7,
            8L,
            0.5,
            Double.NaN,
            true,
            List.of(),
            List.of("a\"", 2),
            null,
            "3");

    assertThat(new JsonLayout().doLayout(event).strip())
        .endsWith(
            "\"count\":7,\"wide\":8,\"ratio\":0.5,\"odd\":\"NaN\",\"durable\":true,"
                + "\"empty\":[],\"list\":[\"a\\\"\",2],\"none\":null,\"text\":\"3\"}");
  }

  @Test
  void anyTextStaysOneLineOfValidJson() throws JsonProcessingException {
    String hostile = "a\"\\\n\r\t\u0000\u202e\u2028 \ud83d\ude00 \ud83d }";
    LoggingEvent event = TextLayoutTest.logged("x.y clientId={}", hostile);

    assertThat(new JsonLayout().doLayout(event)).containsOnlyOnce("\n");
    assertThat(parsed(event).path("clientId").asText()).isEqualTo(hostile);
  }

  @Test
  void exceptionsKeepTheirTrace() throws JsonProcessingException {
    LoggingEvent event = TextLayoutTest.logged("timer.failed error={}", "x");
    event.setThrowableProxy(new ThrowableProxy(new IllegalStateException("boom")));

    assertThat(parsed(event).path("stackTrace").asText()).contains("boom", "JsonLayoutTest");
  }

  private static JsonNode parsed(LoggingEvent event) throws JsonProcessingException {
    return new ObjectMapper().readTree(new JsonLayout().doLayout(event));
  }
}
