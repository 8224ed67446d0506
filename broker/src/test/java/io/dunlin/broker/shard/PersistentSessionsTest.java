package io.dunlin.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.broker.spi.Access;
import io.dunlin.mqtt.ConnAck;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.Disconnect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.ReasonCode;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// How many persistent sessions there may be.
class PersistentSessionsTest {
  private static final int MOST = 4;

  private ShardBench bench = new ShardBench(2, Access.OPEN, most(MOST));

  @AfterEach
  void nothingHasFailed() {
    assertThat(bench.failures).isEmpty();
  }

  @Test
  void oneMoreIsRefused() {
    fill();
    assertThat(connect(persistent("new"))).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
    assertThat(connect(Connect.builder(MqttVersion.V3_1_1, "old").cleanStart(false)))
        .isEqualTo(ReasonCode.SERVER_UNAVAILABLE);
    assertThat(sum(c -> c.refusedSessions)).isEqualTo(2);
    assertThat(sum(c -> c.persistentSessions)).isEqualTo(MOST);
    assertThat(sum(c -> c.sessions)).isEqualTo(MOST);
  }

  @Test
  void sessionThatEndsWithItsConnectionIsNoneOfThem() {
    fill();
    assertThat(connect(ShardBench.connect("new"))).isEqualTo(ReasonCode.SUCCESS);
    assertThat(connect(persistent("new"))).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
    assertThat(sum(c -> c.persistentSessions)).isEqualTo(MOST);
  }

  @Test
  void clientWithOneMayReturnAndBeginAnew() {
    fill();
    assertThat(connect(persistent("s1"))).isEqualTo(ReasonCode.SUCCESS);
    assertThat(connect(persistent("s1").cleanStart(true))).isEqualTo(ReasonCode.SUCCESS);
    assertThat(sum(c -> c.persistentSessions)).isEqualTo(MOST);
  }

  @Test
  void roomAppearsWhenOneEnds() {
    fill();
    bench
        .connected(persistent("s1").build())
        .send(new Disconnect(ReasonCode.SUCCESS, 0, null, null, List.of()));
    assertThat(sum(c -> c.persistentSessions)).isEqualTo(MOST - 1);
    assertThat(connect(persistent("new"))).isEqualTo(ReasonCode.SUCCESS);
    assertThat(connect(persistent("newer"))).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
  }

  @Test
  void sessionsOfBeforeALowerLimitStay() {
    fill();
    bench = bench.killed(most(1));
    assertThat(sum(c -> c.persistentSessions)).isEqualTo(MOST);
    assertThat(connect(persistent("s1"))).isEqualTo(ReasonCode.SUCCESS);
    assertThat(connect(persistent("new"))).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
  }

  private static Limits most(int sessions) {
    return new TestLimits().persistentSessions(sessions).build();
  }

  private static Connect.Builder persistent(String clientId) {
    return ShardBench.connect(clientId).cleanStart(false).sessionExpirySeconds(600);
  }

  /// As many as there may be, on both shards.
  private void fill() {
    for (int i = 0; i < MOST; i++) {
      bench.connected(persistent("s" + i).build()).connection.lose();
    }
    bench.settle();
  }

  private ReasonCode connect(Connect.Builder connect) {
    ShardBench.Client client = bench.open(connect.build());
    bench.settle();
    return ((ConnAck) client.received().getFirst()).reasonCode();
  }

  private long sum(java.util.function.ToLongFunction<Counters> of) {
    return bench.shards.stream().mapToLong(shard -> of.applyAsLong(shard.counters)).sum();
  }
}
