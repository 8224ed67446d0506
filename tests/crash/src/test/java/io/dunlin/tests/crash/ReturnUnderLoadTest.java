package io.dunlin.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.SubAck;
import io.dunlin.tests.interop.BrokerProcess;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A subscriber comes back while messages for it are published: between what waits in memory, what
/// waits on disk and what is new, nothing gets lost.
class ReturnUnderLoadTest {
  private static final int ROUNDS = 40;
  private static final int MESSAGES = 80;

  @ParameterizedTest
  @EnumSource(names = {"AT_LEAST_ONCE", "EXACTLY_ONCE"})
  void nothingIsLostAroundTheReturn(Qos qos) throws Exception {
    Account account = new Account();
    Uptime uptime = new Uptime();
    uptime.started();
    try (BrokerProcess broker = BrokerProcess.start();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int round = 0; round < ROUNDS; round++) {
        String clientId = "returning" + round;
        String topic = "load/" + round;
        DurableSubscriber subscriber =
            new DurableSubscriber(broker.address(), uptime, account, MqttVersion.V3_1_1, clientId);
        subscriber.subscribe("load/#", qos);
        int away = 32 + round; // how many come before it returns
        try (Wire publisher =
            new Wire(broker.address(), Connect.builder(MqttVersion.V5, "publisher").build())) {
          publish(publisher, account, topic, 1, away, qos);
          Future<Boolean> receiving =
              threads.submit(() -> {
                subscriber.run(topic);
                return true;
              });
          publish(publisher, account, topic, away + 1, MESSAGES, qos);
          publisher.publish(Account.LAST.topic(), Account.LAST.payload().utf8(), qos, false);
          receiving.get(Wire.PATIENCE.toSeconds() * 2, TimeUnit.SECONDS);
        }
        assertThat(account.debts(List.of(clientId), topic)).as("round %d", round).isEmpty();
        try (Wire last =
            new Wire(broker.address(), Connect.builder(MqttVersion.V3_1_1, clientId).build())) {
          assertThat(last.sessionPresent()).isFalse(); // the session is over
        }
      }
    }
  }

  private static void publish(
      Wire wire, Account account, String topic, int first, int last, Qos qos) throws IOException {
    for (int number = first; number <= last; number++) {
      Message message = new Message(topic, number);
      wire.publish(topic, message.payload().utf8(), qos, false);
      account.acknowledged(message);
    }
  }

  @Test
  void renewingASubscriptionInterruptsNothing() throws Exception {
    Connect connect =
        Connect.builder(MqttVersion.V5, "renewing").sessionExpirySeconds(3_600).build();
    try (BrokerProcess broker = BrokerProcess.start();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        Wire subscriber = new Wire(broker.address(), connect)) {
      subscriber.subscribe("renewed", Qos.AT_LEAST_ONCE);
      Future<Boolean> publishing =
          threads.submit(() -> {
            try (Wire wire =
                new Wire(broker.address(), Connect.builder(MqttVersion.V5, "p").build())) {
              for (int number = 1; number <= 1_000; number++) {
                String payload = Integer.toString(number);
                wire.publish("renewed", payload, Qos.AT_LEAST_ONCE, false);
              }
            }
            return true;
          });
      for (int expected = 1; expected <= 1_000; ) {
        switch (subscriber.read()) {
          case Publish publish -> {
            assertThat(publish.payload().utf8()).isEqualTo(Integer.toString(expected));
            subscriber.send(new PubAck(publish.packetId()));
            if (expected++ % 5 == 0) {
              subscriber.send(Wire.subscribe(1, "renewed", Qos.AT_LEAST_ONCE));
            }
          }
          case SubAck _ -> {}
          case Packet other -> throw new AssertionError(other);
        }
      }
      publishing.get(Wire.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }
}
