/// Bytes to MQTT packets and back.
@org.jspecify.annotations.NullMarked
module io.dunlin.codec {
  requires transitive static org.jspecify;
  requires transitive io.dunlin.mqtt;

  exports io.dunlin.codec;
}
