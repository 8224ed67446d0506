package io.dunlin.client;

import io.dunlin.client.Connection.Fate;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.TopicName;
import java.util.LinkedHashMap;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Topic aliases towards the server on one connection (MQTT 5.0 §3.3.2.3.4): the topics that were
/// published to last have one, as many as both sides allow [MQTT-3.2.2-17]. Owned by the client's
/// lock.
final class OutgoingAliases {
  /// What an alias takes: shorter topics go better by name.
  private static final int ALIAS_BYTES = 3;

  private final int maximum;
  private final LinkedHashMap<TopicName, Integer> aliases = new LinkedHashMap<>(16, 0.75f, true);

  /// None yet.
  ///
  /// @param maximum how many there may be, 0 for none [MQTT-3.2.2-18]
  OutgoingAliases(int maximum) {
    this.maximum = maximum;
  }

  /// Sends `message` by `way`, with an alias where that is shorter, or will be next time.
  Fate send(Publish message, Function<Publish, Fate> way) {
    TopicName topic = Objects.requireNonNull(message.topic());
    if (maximum == 0 || topic.bytes().length() <= ALIAS_BYTES) {
      return way.apply(message);
    }
    @Nullable Integer known = aliases.get(topic);
    if (known != null) {
      return way.apply(message.withTopic(null, known));
    }
    boolean full = aliases.size() == maximum;
    int alias = full ? aliases.firstEntry().getValue() : aliases.size() + 1;
    Fate fate = way.apply(message.withTopic(topic, alias));
    if (fate == Fate.TOO_LARGE) { // It may fit without.
      return way.apply(message);
    }
    if (full) {
      aliases.pollFirstEntry();
    }
    aliases.put(topic, alias);
    return fate;
  }
}
