/// The broker: joins transport, storage and the protocol, owns the sessions, applies policy and
/// limits.
@org.jspecify.annotations.NullMarked
module io.dunlin.broker {
  requires transitive static org.jspecify;
  requires transitive io.dunlin.base;
  requires transitive io.dunlin.mqtt;
  requires transitive io.dunlin.storage;
  requires transitive io.dunlin.transport;
  requires io.dunlin.codec;
  requires io.dunlin.rocksdb;
  requires io.dunlin.routing;
  requires io.dunlin.session;
  requires com.fasterxml.jackson.databind;
  requires java.naming;
  requires org.bouncycastle.provider;
  requires com.fasterxml.jackson.core;
  requires com.fasterxml.jackson.dataformat.yaml;
  requires java.management;
  requires org.slf4j;

  exports io.dunlin.broker;
  exports io.dunlin.broker.auth;
  exports io.dunlin.broker.config;
  exports io.dunlin.broker.observe;
  exports io.dunlin.broker.spi;
}
