package io.dunlin.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class SharedGroupTest {
  private final SharedGroup group = new SharedGroup(Slice.utf8("$share/g/f"), 1, 2);

  @Test
  void messagesGoRoundInTurnOnEachShard() {
    List<StandingSubscription> members = members(3);
    for (int shard = 0; shard < 2; shard++) {
      Map<StandingSubscription, Integer> counts = new HashMap<>();
      for (int i = 0; i < 300; i++) {
        counts.merge(Objects.requireNonNull(group.choose(shard, null)), 1, Integer::sum);
      }
      assertThat(counts)
          .containsOnlyKeys(members)
          .allSatisfy((m, n) -> assertThat(n).isEqualTo(100));
    }
  }

  @Test
  void memberWithRoomIsPreferredToOneWithout() {
    List<StandingSubscription> members = members(3);
    members.get(0).session.hasRoom = false;
    members.get(2).session.online = false;
    for (int i = 0; i < 10; i++) {
      assertThat(group.choose(0, null)).isSameAs(members.get(1));
    }
    members.get(1).session.hasRoom = false;
    assertThat(group.choose(0, null)).isIn(members.get(0), members.get(1));
  }

  @Test
  void absentMemberIsNotChosen() {
    StandingSubscription transientMember = member(1, false, 1);
    StandingSubscription durable = member(3, true, 1);
    durable.session.online = false;
    for (int i = 0; i < 5; i++) {
      assertThat(group.choose(0, null)).isSameAs(transientMember);
    }
    transientMember.session.online = false;
    assertThat(group.choose(0, null)).isNull();
  }

  @Test
  void sessionIsAMemberOnce() {
    Session session = TestSessions.session(1, true, 0);
    StandingSubscription first = TestSessions.subscription(session, 0, 0);
    StandingSubscription second = TestSessions.subscription(session, 1, 0);
    group.add(first);
    group.add(second);
    assertThat(group.members()).containsExactly(second);
    group.remove(first);
    assertThat(group.members()).as("it was replaced before").containsExactly(second);
    group.remove(second);
    assertThat(group.isEmpty()).isTrue();
    assertThat(group.choose(0, null)).isNull();
  }

  private List<StandingSubscription> members(int count) {
    List<StandingSubscription> members = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      members.add(member(i, true, 1));
    }
    return members;
  }

  private StandingSubscription member(long number, boolean durable, int qos) {
    Session session = TestSessions.session(number, durable, 0);
    session.online = true;
    StandingSubscription member = TestSessions.subscription(session, qos, 0);
    group.add(member);
    return member;
  }
}
