/// The client library.
@org.jspecify.annotations.NullMarked
module io.dunlin.client {
  requires transitive static org.jspecify;
  requires transitive io.dunlin.base;
  requires transitive io.dunlin.mqtt;
  requires io.dunlin.codec;
  requires io.dunlin.session;

  exports io.dunlin.client;
}
