package io.dunlin.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Qos;
import io.dunlin.tests.interop.BrokerProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The broker ends again and again while clients publish and receive, at moments that a seed
/// chooses; in the end nothing may be owed to anybody: no acknowledged message, no order, no
/// session, nothing twice at QoS 2.
class EndUnderLoadTest {
  private static final int KILLS = 6;
  private static final int ORDERLY_ENDS = 3;
  private static final int PUBLISHERS = 4;
  private static final List<String> TOPICS = List.of("a", "b", "state");

  private final long seed = seed();
  private final Random random = new Random(seed);
  private final Uptime uptime = new Uptime();
  private final Account account = new Account();

  @ParameterizedTest
  @EnumSource(names = {"AT_LEAST_ONCE", "EXACTLY_ONCE"})
  void nothingIsOwedAfterKills(Qos qos) throws Exception {
    run(qos, KILLS, BrokerProcess::kill);
  }

  @ParameterizedTest
  @EnumSource(names = {"AT_LEAST_ONCE", "EXACTLY_ONCE"})
  void nothingIsOwedAfterOrderlyEnds(Qos qos) throws Exception {
    run(qos, ORDERLY_ENDS, broker -> assertThat(broker.terminate()).as(broker.output()).isZero());
  }

  /// How a broker ends.
  private interface End {
    void of(BrokerProcess broker);
  }

  private void run(Qos qos, int ends, End end) throws Exception {
    try (BrokerProcess broker = BrokerProcess.start();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      try {
        run(broker, threads, qos, ends, end);
      } finally {
        threads.shutdownNow();
      }
    }
  }

  private void run(BrokerProcess broker, ExecutorService threads, Qos qos, int ends, End end)
      throws Exception {
    DurableSubscriber present = subscriber(broker, MqttVersion.V3_1_1, "present", qos);
    DurableSubscriber narrow = subscriber(broker, MqttVersion.V5, "present5", qos);
    DurableSubscriber absent = subscriber(broker, MqttVersion.V5, "absent", qos);
    uptime.started();
    List<Future<?>> receiving = new ArrayList<>();
    receiving.add(start(threads, () -> present.run("load/")));
    receiving.add(start(threads, () -> narrow.run("load/")));
    List<DurablePublisher> publishers =
        IntStream.range(0, PUBLISHERS).mapToObj(number -> publisher(broker, qos, number)).toList();
    List<Future<?>> publishing =
        publishers.stream().<Future<?>>map(publisher -> start(threads, publisher::run)).toList();
    for (int n = 0; n < ends; n++) {
      account.awaitAcknowledgements(account.acknowledgements() + 200 + random.nextInt(3_000));
      uptime.stopped();
      end.of(broker);
      broker.restart();
      uptime.started();
    }
    account.awaitAcknowledgements(account.acknowledgements() + 500);
    publishers.forEach(DurablePublisher::finish);
    await(publishing);
    try (Wire wire = new Wire(broker.address(), transientClient("last"))) {
      wire.publish(Account.LAST.topic(), Account.LAST.payload().utf8(), qos, false);
    }
    receiving.add(start(threads, () -> absent.run("load/")));
    await(receiving);

    assertThat(account.debts(List.of("present", "present5", "absent"), "load/"))
        .as("debts (seed %d, %d acknowledged)", seed, account.acknowledgements())
        .isEmpty();
    assertThat(retained(broker))
        .as("retained values (seed %d)", seed)
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(0, PUBLISHERS)
                .mapToObj(number -> topic(number, "state"))
                .map(topic -> new Message(topic, account.lastOf(topic)))
                .toList());
  }

  private DurableSubscriber subscriber(
      BrokerProcess broker, MqttVersion version, String clientId, Qos qos) throws IOException {
    DurableSubscriber subscriber =
        new DurableSubscriber(broker.address(), uptime, account, version, clientId);
    subscriber.subscribe("load/#", qos);
    return subscriber;
  }

  private DurablePublisher publisher(BrokerProcess broker, Qos qos, int number) {
    return new DurablePublisher(
        broker.address(),
        uptime,
        account,
        number % 2 == 0 ? MqttVersion.V3_1_1 : MqttVersion.V5,
        "publisher" + number,
        qos,
        TOPICS.stream().map(name -> topic(number, name)).toList());
  }

  private static String topic(int publisher, String name) {
    return "load/" + publisher + "/" + name;
  }

  private static Connect transientClient(String clientId) {
    return Connect.builder(MqttVersion.V5, clientId).build();
  }

  /// What a new subscriber gets at once: one message for each publisher, if all is right.
  private List<Message> retained(BrokerProcess broker) throws IOException {
    List<Message> messages = new ArrayList<>();
    try (Wire wire = new Wire(broker.address(), transientClient("newcomer"))) {
      wire.subscribe("load/+/state", Qos.AT_MOST_ONCE);
      for (int number = 0; number < PUBLISHERS; number++) {
        messages.add(Message.of(wire.readPublish()));
      }
    }
    return messages;
  }

  private interface Work {
    void run() throws InterruptedException;
  }

  private static Future<?> start(ExecutorService threads, Work work) {
    return threads.submit(() -> {
      work.run();
      return true;
    });
  }

  private static void await(List<Future<?>> all) throws Exception {
    for (Future<?> one : all) {
      one.get(Wire.PATIENCE.toSeconds() * 5, TimeUnit.SECONDS);
    }
  }

  private static long seed() {
    String given = System.getProperty("dunlin.crash.seed", "");
    return given.isEmpty() ? System.nanoTime() : Long.parseLong(given);
  }
}
