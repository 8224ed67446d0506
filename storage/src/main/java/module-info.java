/// A durable log of bytes, and the contract of a sorted store; knows no MQTT.
@org.jspecify.annotations.NullMarked
module io.dunlin.storage {
  requires transitive static org.jspecify;
  requires transitive io.dunlin.base;
  requires org.slf4j;

  exports io.dunlin.storage;
}
