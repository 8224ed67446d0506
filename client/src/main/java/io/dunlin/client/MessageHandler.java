package io.dunlin.client;

/// Takes the messages that come.
@FunctionalInterface
public interface MessageHandler {
  /// A message came. Called on one thread of the client's own, one message after the other, in the
  /// order of their coming. It may block: then messages gather up to the bound of the inbox, and
  /// from there on nothing is read from the connection. So it must not wait for a future of the
  /// same client, whose answer would not be read. It may publish: [Client#publish] does not block
  /// here, and fails when far too much is unfinished.
  ///
  /// A message of QoS 1 or 2 is acknowledged when this returns. If it throws, the server of MQTT
  /// 5.0 is told (0x83); 3.1.1 knows no such answer, so the message counts as taken there.
  void onMessage(ReceivedMessage message);
}
