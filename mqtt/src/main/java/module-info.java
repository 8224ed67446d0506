/// The words of the MQTT specification as immutable values.
@org.jspecify.annotations.NullMarked
module io.dunlin.mqtt {
  requires transitive static org.jspecify;
  requires transitive io.dunlin.base;

  exports io.dunlin.mqtt;
}
