package io.dunlin.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Qos;
import io.dunlin.tests.interop.BrokerProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The broker is killed again and again while clients publish to a shared subscription whose
/// members come and go: each acknowledged message reaches a member, at QoS 2 one alone, and none
/// waits for the one that stays away.
class GroupUnderKillTest {
  private static final int KILLS = 5;
  private static final int PUBLISHERS = 3;
  private static final List<String> TOPICS = List.of("a", "b");

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);
  private final Uptime uptime = new Uptime();
  private final Account account = new Account();
  private final Map<Message, Integer> delivered = new ConcurrentHashMap<>();

  @ParameterizedTest
  @EnumSource(names = {"AT_LEAST_ONCE", "EXACTLY_ONCE"})
  void everyMessageReachesAMember(Qos qos) throws Exception {
    try (BrokerProcess broker = BrokerProcess.start("--set", "shards=2");
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      try {
        run(broker, threads, qos);
      } finally {
        threads.shutdownNow();
      }
    }
  }

  private void run(BrokerProcess broker, ExecutorService threads, Qos qos) throws Exception {
    List<GroupMember> members =
        List.of(
            member(broker, MqttVersion.V3_1_1, "one", qos),
            member(broker, MqttVersion.V5, "two", qos),
            member(broker, MqttVersion.V5, "three", qos));
    member(broker, MqttVersion.V5, "absent", qos);
    uptime.started();
    List<Future<?>> work = new ArrayList<>();
    members.forEach(member -> work.add(threads.submit(() -> done(member::run))));
    List<DurablePublisher> publishers =
        IntStream.range(0, PUBLISHERS).mapToObj(number -> publisher(broker, qos, number)).toList();
    publishers.forEach(publisher -> work.add(threads.submit(() -> done(publisher::run))));
    for (int n = 0; n < KILLS; n++) {
      account.awaitAcknowledgements(account.acknowledgements() + 200 + random.nextInt(2_000));
      uptime.stopped();
      broker.kill();
      broker.restart();
      uptime.started();
    }
    account.awaitAcknowledgements(account.acknowledgements() + 500);
    publishers.forEach(DurablePublisher::finish);
    for (Future<?> publishing : work.subList(members.size(), work.size())) {
      publishing.get(Wire.PATIENCE.toSeconds() * 2, TimeUnit.SECONDS);
    }
    awaitAll(qos);
    members.forEach(GroupMember::stop);
    for (Future<?> one : work) {
      one.get(Wire.PATIENCE.toSeconds() * 2, TimeUnit.SECONDS);
    }
    assertThat(account.debts(List.of(), "")).as("seed %d", seed).isEmpty();
    if (qos == Qos.EXACTLY_ONCE) {
      assertThat(delivered)
          .as("delivered, seed %d", seed)
          .allSatisfy((message, times) -> assertThat(times).as("%s", message).isEqualTo(1));
    }
  }

  private void awaitAll(Qos qos) throws InterruptedException {
    long deadlineNanos = System.nanoTime() + Wire.PATIENCE.toNanos();
    synchronized (delivered) {
      List<Message> missing = missing();
      while (!missing.isEmpty()) {
        assertThat(System.nanoTime())
            .as("lost at %s of seed %d: %s", qos, seed, missing)
            .isLessThan(deadlineNanos);
        delivered.wait(100);
        missing = missing();
      }
    }
  }

  private List<Message> missing() {
    List<Message> missing = new ArrayList<>();
    for (int number = 0; number < PUBLISHERS; number++) {
      for (String topic : topics(number)) {
        for (int sequence = 1; sequence <= account.lastOf(topic); sequence++) {
          Message message = new Message(topic, sequence);
          if (!delivered.containsKey(message)) {
            missing.add(message);
          }
        }
      }
    }
    return missing;
  }

  private GroupMember member(BrokerProcess broker, MqttVersion version, String clientId, Qos qos)
      throws Exception {
    GroupMember member =
        new GroupMember(
            broker.address(),
            uptime,
            version,
            clientId,
            random.nextLong(),
            message -> delivered.merge(message, 1, Integer::sum));
    member.join("$share/group/work/#", qos);
    return member;
  }

  private DurablePublisher publisher(BrokerProcess broker, Qos qos, int number) {
    return new DurablePublisher(
        broker.address(),
        uptime,
        account,
        number % 2 == 0 ? MqttVersion.V3_1_1 : MqttVersion.V5,
        "publisher" + number,
        qos,
        topics(number));
  }

  private static List<String> topics(int publisher) {
    return TOPICS.stream().map(name -> "work/" + publisher + "/" + name).toList();
  }

  private interface Work {
    void run() throws InterruptedException;
  }

  private static boolean done(Work work) throws InterruptedException {
    work.run();
    return true;
  }
}
