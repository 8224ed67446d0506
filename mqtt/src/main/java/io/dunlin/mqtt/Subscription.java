package io.dunlin.mqtt;

/// One entry of a SUBSCRIBE (MQTT 5.0 §3.8.3). Immutable.
public record Subscription(TopicFilter filter, SubscriptionOptions options) {
  public Subscription {
    if (options.noLocal() && filter.isShared()) { // [MQTT-3.8.3-4]
      throw new IllegalArgumentException("No Local on the shared subscription " + filter);
    }
  }
}
