package io.dunlin.dist;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// What brokers do all day, in small: clients of both versions that come and go, messages at each
/// QoS one by one and in bursts, to one and to many, retained ones, a queue for a client that is
/// away, a group. Often enough that the JVM knows afterwards which methods are worth compiling.
final class TrainingLoad {
  private static final int COMERS = 6_000;
  private static final int AT_ONCE = 50;
  private static final int BURSTS = 150;
  private static final int BURST = 100;
  private static final int RETAINED = 3_000;
  private static final int QUEUED = 5_000;
  private static final String PAYLOAD = "0123456789".repeat(10);

  private final int port;
  private final int level;
  private final String prefix;

  private TrainingLoad(int port, int level) {
    this.port = port;
    this.level = level;
    this.prefix = "training/" + level + "/";
  }

  static void run(int port) throws IOException {
    for (int level : new int[] {4, 5}) {
      TrainingLoad load = new TrainingLoad(port, level);
      load.comeAndGo();
      load.comeTogether();
      for (int qos = 0; qos <= 2; qos++) {
        load.bursts(qos);
      }
      load.group();
      load.retained();
      load.queue();
    }
  }

  private TrainingClient client(String id, boolean keep) throws IOException {
    return new TrainingClient(port, level, prefix + id, keep);
  }

  /// Connect, subscribe, publish, receive, disconnect.
  private void comeAndGo() throws IOException {
    for (int i = 0; i < COMERS; i++) {
      try (TrainingClient comer = client("comer-" + i, false)) {
        String topic = prefix + "come/" + i;
        comer.subscribe(topic, i % 3);
        comer.publish(topic, i % 3, false, PAYLOAD);
        comer.flush();
        comer.awaitMessages(1, i % 3 == 0 ? 0 : 1);
        if (i % 10 == 0) {
          comer.ping();
          comer.unsubscribe(topic);
        }
      }
    }
  }

  private void comeTogether() throws IOException {
    for (int round = 0; round < COMERS / AT_ONCE / 10; round++) {
      List<TrainingClient> all = clients(AT_ONCE, "together-", "together/+", 0);
      for (TrainingClient one : all) {
        one.close();
      }
    }
  }

  private List<TrainingClient> clients(int count, String id, String filter, int qos)
      throws IOException {
    List<TrainingClient> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      TrainingClient one = client(id + i, false);
      one.subscribe(prefix + filter, qos);
      all.add(one);
    }
    return all;
  }

  /// Many messages in one write to three clients; then one by one.
  private void bursts(int qos) throws IOException {
    List<TrainingClient> receivers = clients(3, "receiver-", "burst/#", qos);
    try (TrainingClient publisher = client("publisher", true)) {
      for (int round = 0; round < BURSTS; round++) {
        int count = round % 3 == 0 ? 1 : BURST;
        for (int i = 0; i < count; i++) {
          publisher.publish(prefix + "burst/" + i % 7, qos, false, PAYLOAD);
        }
        publisher.flush();
        publisher.awaitMessages(0, qos == 0 ? 0 : count);
        for (TrainingClient receiver : receivers) {
          receiver.awaitMessages(count, 0);
        }
      }
    }
    for (TrainingClient receiver : receivers) {
      receiver.close();
    }
  }

  private void group() throws IOException {
    List<TrainingClient> members = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      TrainingClient member = client("member-" + i, false);
      member.subscribe("$share/training/" + prefix + "group", 1);
      members.add(member);
    }
    try (TrainingClient publisher = client("publisher", false)) {
      for (int i = 0; i < BURSTS * BURST / 4; i++) {
        publisher.publish(prefix + "group", i % 2, false, PAYLOAD);
        if (i % BURST == BURST - 1) {
          publisher.flush();
          publisher.awaitMessages(0, BURST / 2);
        }
      }
      publisher.ping();
    }
    for (TrainingClient member : members) {
      member.ping(); // what is on its way comes before the answer
      member.close();
    }
  }

  private void retained() throws IOException {
    try (TrainingClient publisher = client("publisher", false)) {
      for (String payload : List.of(PAYLOAD, "")) {
        for (int i = 0; i < RETAINED; i++) {
          publisher.publish(prefix + "retained/" + i % 50 + "/" + i, i % 2, true, payload);
          if (i % BURST == BURST - 1) {
            publisher.flush();
            publisher.awaitMessages(0, BURST / 2);
          }
        }
        if (!payload.isEmpty()) {
          for (int qos = 0; qos <= 1; qos++) {
            try (TrainingClient reader = client("reader", false)) {
              reader.subscribe(prefix + "retained/#", qos);
              reader.awaitMessages(RETAINED, 0);
            }
          }
        }
      }
    }
  }

  /// Messages for a session whose client is away, and its return.
  private void queue() throws IOException {
    for (int qos = 1; qos <= 2; qos++) {
      try (TrainingClient sleeper = client("sleeper", true)) {
        sleeper.subscribe(prefix + "queue", 2);
      }
      try (TrainingClient publisher = client("publisher", true)) {
        for (int i = 0; i < QUEUED; i++) {
          publisher.publish(prefix + "queue", qos, false, PAYLOAD);
          if (i % BURST == BURST - 1) {
            publisher.flush();
            publisher.awaitMessages(0, BURST);
          }
        }
      }
      try (TrainingClient sleeper = client("sleeper", true)) {
        sleeper.awaitMessages(QUEUED, 0);
      }
    }
  }
}
