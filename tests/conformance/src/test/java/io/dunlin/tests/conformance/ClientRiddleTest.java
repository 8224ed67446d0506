package io.dunlin.tests.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.base.Slice;
import io.dunlin.client.Authenticator;
import io.dunlin.client.BrokerAddress;
import io.dunlin.client.Client;
import io.dunlin.client.ClientConfig;
import io.dunlin.client.ClientException;
import io.dunlin.client.ClientException.AuthenticationFailed;
import io.dunlin.client.Message;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.tests.conformance.PluggedBroker.Riddle;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Enhanced authentication from end to end: Dunlin's client with Dunlin.
class ClientRiddleTest {
  private PluggedBroker broker;

  // What the client answers, one after the other, and what it is told in the end.
  private final Queue<String> answers = new ConcurrentLinkedQueue<>();
  private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> received = new LinkedBlockingQueue<>();

  @BeforeEach
  void start(@TempDir Path data) throws IOException {
    broker = new PluggedBroker(data, Map.of());
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  /// Gives the next of `answers` when it is asked the riddle.
  private record Guess(String method, Queue<String> answers, Queue<String> told)
      implements Authenticator, Authenticator.Exchange {
    @Override
    public Exchange begin() {
      return this;
    }

    @Override
    public Slice answer(@Nullable Slice challenge) throws AuthenticationFailed {
      if (challenge == null || !challenge.equals(Slice.utf8(Riddle.QUESTION))) {
        throw new AuthenticationFailed("not the riddle", null);
      }
      return Slice.utf8(answers.remove());
    }

    @Override
    public void accepted(@Nullable Slice data) {
      told.add(data == null ? "" : data.utf8());
    }
  }

  @Test
  @Statement({"MQTT-4.12.0-3", "MQTT-4.12.0-5", "MQTT-4.12.1-1"})
  void theClientProvesItselfAtTheConnectAndAgain() throws Exception {
    try (Client client = connect(Riddle.NAME, "", "", Riddle.ANSWER + "oedipus")) {
      assertThat(next(told)).isEqualTo("oedipus");
      ClientConformanceTest.await(client.subscribe("t", Qos.AT_LEAST_ONCE));
      for (int i = 0; i < 3; i++) {
        answers.add(Riddle.ANSWER + "oedipus");
        var done = client.reAuthenticate();
        ClientConformanceTest.await(
            client.publish(Message.of("t", Slice.utf8("m" + i), Qos.AT_LEAST_ONCE)));
        ClientConformanceTest.await(done);
        assertThat(next(told)).isEqualTo("oedipus");
        assertThat(next(received)).isEqualTo("m" + i);
      }
    }
  }

  @Test
  @Statement("MQTT-4.12.1-2")
  void whoBecomesSomebodyElseIsDisconnected() throws Exception {
    try (Client client = connect(Riddle.NAME, Riddle.ANSWER + "oedipus")) {
      answers.add(Riddle.ANSWER + "creon");

      assertThat(ClientConformanceTest.failure(client.reAuthenticate()))
          .isInstanceOfSatisfying(
              ClientException.ConnectionLost.class,
              lost -> assertThat(lost.reason()).isEqualTo(ReasonCode.NOT_AUTHORIZED));
    }
  }

  @Test
  void whatTheBrokerRefusesIsTold() {
    assertRefused(ReasonCode.NOT_AUTHORIZED, Riddle.NAME, "a table");
    assertRefused(ReasonCode.BAD_AUTHENTICATION_METHOD, "riddle", "");
  }

  private void assertRefused(ReasonCode reason, String method, String answer) {
    assertThatThrownBy(() -> connect(method, answer))
        .isInstanceOfSatisfying(
            ClientException.ConnectRefused.class,
            refused -> assertThat(refused.reason()).isEqualTo(reason));
  }

  private Client connect(String method, String... itsAnswers) throws ClientException {
    answers.clear();
    answers.addAll(List.of(itsAnswers));
    return Client.connect(
        ClientConfig.builder(BrokerAddress.tcp(broker.host(), broker.port()), "sphinx")
            .authenticator(new Guess(method, answers, told))
            .handler(message -> received.add(message.message().payload().utf8()))
            .build());
  }

  private static String next(BlockingQueue<String> from) throws InterruptedException {
    String next = from.poll(10, TimeUnit.SECONDS);
    assertThat(next).isNotNull();
    return next;
  }
}
