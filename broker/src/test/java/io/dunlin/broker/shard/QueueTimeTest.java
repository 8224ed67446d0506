package io.dunlin.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import io.dunlin.broker.spi.Access;
import io.dunlin.broker.spi.Rights;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.PubComp;
import io.dunlin.mqtt.PubRec;
import io.dunlin.mqtt.PubRel;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.TopicName;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// How long the queue of a durable session takes on a broker that has nothing else to do, where a
/// record that nobody waits for is forced after 50 ms.
class QueueTimeTest {
  private static final int MANY = 100;
  private static final long SOON_NANOS = 200_000_000;

  private final ShardBench bench = new ShardBench(1, Access.OPEN);

  @AfterEach
  void nothingHasFailed() {
    assertThat(bench.failures).isEmpty();
  }

  @Test
  void expiredMessagesDoNotHoldUpWhatIsBehindThem() {
    leave(durable("a").build(), 1);
    ShardBench.Client publisher = publisher();
    for (int i = 1; i <= MANY; i++) {
      publisher.send(expiring(i));
    }
    publisher.publish("t", "live", 1, 200);
    bench.pass(3);

    ShardBench.Client again = bench.open(durable("a").build());
    assertThat(again.messages(SOON_NANOS)).containsExactly("101:live");
    assertThat(bench.shards.getFirst().counters.droppedExpired).isEqualTo(MANY);
  }

  @Test
  void messagesThatTheRulesKeepFromTheClientByNowDoNotHoldUpWhatIsBehindThem() {
    leave(durable("a").build(), 1);
    ShardBench.Client publisher = publisher();
    for (int i = 1; i <= MANY; i++) {
      publisher.publish("t", "hidden", 1, i);
    }
    publisher.publish("open", "live", 1, 200);
    Rights rights = new NotT();
    bench.shards.getFirst().reconfigure(ShardBench.LIMITS, (_, _) -> rights);

    ShardBench.Client again = bench.open(durable("a").build());
    assertThat(again.messages(SOON_NANOS)).containsExactly("101:live");
    assertThat(bench.shards.getFirst().counters.notAuthorized).isEqualTo(MANY);
  }

  @Test
  void messagesThatAreTooLargeAreDroppedOnePerForceAndNotOnePerDelay() {
    Connect small = durable("a").maximumPacketSize(50).build();
    leave(small, 1);
    ShardBench.Client publisher = publisher();
    for (int i = 1; i <= MANY; i++) {
      publisher.publish("t", "x".repeat(60), 1, i);
    }
    publisher.publish("t", "live", 1, 200);

    ShardBench.Client again = bench.open(small);
    assertThat(again.messages(SOON_NANOS)).containsExactly("101:live");
  }

  @Test
  void smallReceiveMaximumSlowsQos2NoMoreThanQos1() {
    Connect narrow = durable("a").receiveMaximum(1).build();
    leave(narrow, 2);
    ShardBench.Client publisher = publisher();
    for (int i = 1; i <= 20; i++) {
      publisher.publish("t", "m" + i, 2, i);
      publisher.send(new PubRel(i, ReasonCode.SUCCESS));
    }
    ShardBench.Client again = bench.open(narrow);
    bench.settle();

    long before = bench.nanos();
    int messages = 0;
    List<Packet> packets = again.received();
    while (!packets.isEmpty()) {
      for (Packet packet : packets) {
        if (packet instanceof Publish p) {
          messages++;
          again.send(new PubRec(p.packetId()));
        } else if (packet instanceof PubRel p) {
          again.send(new PubComp(p.packetId(), ReasonCode.SUCCESS));
        }
      }
      packets = again.received();
    }
    assertThat(messages).isEqualTo(20);
    assertThat(bench.nanos() - before).isLessThan(SOON_NANOS);
  }

  /// A session with two subscriptions, whose client has gone.
  private void leave(Connect connect, int qos) {
    ShardBench.Client client = bench.connected(connect);
    client.subscribe("t", qos);
    client.subscribe("open", qos);
    client.connection.lose();
    bench.settle();
  }

  private ShardBench.Client publisher() {
    return bench.connected(ShardBench.connect("p").build());
  }

  private static Publish expiring(int id) {
    return new Publish(
        TopicName.of("t"),
        Slice.utf8("old"),
        Qos.AT_LEAST_ONCE,
        false,
        false,
        id,
        0,
        false,
        1,
        null,
        null,
        null,
        List.of(),
        List.of());
  }

  private static Connect.Builder durable(String clientId) {
    return Connect.builder(MqttVersion.V5, clientId).cleanStart(false).sessionExpirySeconds(600);
  }

  /// Everything but receiving from `t`.
  private record NotT() implements Rights {
    @Override
    public boolean mayPublish(TopicName topic) {
      return true;
    }

    @Override
    public boolean maySubscribe(TopicFilter filter) {
      return true;
    }

    @Override
    public boolean mayReceive(TopicName topic) {
      return !topic.toString().equals("t");
    }
  }
}
