package io.dunlin.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import io.dunlin.broker.store.MessageView;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class OutgoingAliasesTest {
  private final OutgoingAliases aliases = new OutgoingAliases(2);

  @Test
  void topicGetsAnAliasWhenItComesAgainAndIsLeftOutFromThenOn() {
    assertThat(alias("a")).isZero();
    assertThat(alias("a")).isEqualTo(1);
    assertThat(alias("a")).isEqualTo(1 | Wire.LEAVE_OUT_TOPIC);
  }

  @Test
  void noMoreAliasesThanTheClientTakes() {
    for (String topic : new String[] {"a", "a", "b", "b", "c", "c", "c"}) {
      alias(topic);
    }
    assertThat(alias("a")).isEqualTo(1 | Wire.LEAVE_OUT_TOPIC);
    assertThat(alias("b")).isEqualTo(2 | Wire.LEAVE_OUT_TOPIC);
    assertThat(alias("c")).isZero();
  }

  @Test
  void aliasThatWasNotSentIsGivenAnew() {
    alias("a");
    assertThat(alias("a")).isEqualTo(1);
    aliases.forgetLast();
    assertThat(alias("a")).as("the client does not know it").isEqualTo(1);
    assertThat(alias("a")).isEqualTo(1 | Wire.LEAVE_OUT_TOPIC);
  }

  private int alias(String topic) {
    MessageView message = new MessageView();
    ByteBuffer bytes = Slice.utf8(topic).asByteBuffer();
    message.set(
        0, false, MessageView.NEVER, bytes, 0, bytes.limit(), bytes, 0, 0, bytes, 0, bytes.limit());
    return aliases.aliasFor(message);
  }
}
