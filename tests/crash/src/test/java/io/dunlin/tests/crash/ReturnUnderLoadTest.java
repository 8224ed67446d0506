package io.dunlin.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.crashtest.Message;
import io.dunlin.crashtest.Wire;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.PubComp;
import io.dunlin.mqtt.PubRec;
import io.dunlin.mqtt.PubRel;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.SubAck;
import io.dunlin.tests.interop.BrokerProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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
    try (BrokerProcess broker = BrokerProcess.start();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int round = 0; round < ROUNDS; round++) {
        Connect connect =
            Connect.builder(MqttVersion.V3_1_1, "returning" + round).cleanStart(false).build();
        String topic = "load/" + round;
        try (Wire first = new Wire(broker.address(), connect)) {
          first.subscribe(topic, qos);
        }
        int away = 32 + round; // how many come before it returns
        try (Wire publisher =
            new Wire(broker.address(), Connect.builder(MqttVersion.V5, "publisher").build())) {
          publish(publisher, topic, 1, away, qos);
          Future<List<Message>> receiving =
              threads.submit(() -> {
                try (Wire wire = new Wire(broker.address(), connect)) {
                  return receive(wire);
                }
              });
          publish(publisher, topic, away + 1, MESSAGES, qos);
          assertThat(receiving.get(Wire.PATIENCE.toSeconds() * 2, TimeUnit.SECONDS))
              .as("round %d", round)
              .containsExactlyElementsOf(
                  IntStream.rangeClosed(1, MESSAGES)
                      .mapToObj(number -> new Message(topic, number))
                      .toList());
        }
      }
    }
  }

  private static void publish(Wire wire, String topic, int first, int last, Qos qos)
      throws IOException {
    for (int number = first; number <= last; number++) {
      wire.publish(topic, new Message(topic, number).payload().utf8(), qos, false);
    }
  }

  /// Takes all messages, each once.
  private static List<Message> receive(Wire wire) throws IOException {
    List<Message> messages = new ArrayList<>();
    while (messages.size() < MESSAGES) {
      switch (wire.read()) {
        case Publish publish -> {
          messages.add(Message.of(publish));
          wire.send(
              publish.qos() == Qos.EXACTLY_ONCE
                  ? new PubRec(publish.packetId())
                  : new PubAck(publish.packetId()));
        }
        case PubRel rel -> wire.send(new PubComp(rel.packetId()));
        case Packet other -> throw new AssertionError(other);
      }
    }
    return messages;
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
