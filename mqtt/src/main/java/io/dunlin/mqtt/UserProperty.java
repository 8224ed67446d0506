package io.dunlin.mqtt;

/// A pair of strings that the application gives its meaning (MQTT 5.0 §3.3.2.3.7). Immutable.
public record UserProperty(String name, String value) {}
