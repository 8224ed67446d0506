/// One end of an MQTT session as a state machine.
@org.jspecify.annotations.NullMarked
module io.dunlin.session {
  requires transitive static org.jspecify;
  requires transitive io.dunlin.mqtt;

  exports io.dunlin.session;
}
