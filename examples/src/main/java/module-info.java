/// Small programs that use the client library, and a broker beside them.
module io.dunlin.examples {
  requires io.dunlin.base;
  requires io.dunlin.client;
  requires io.dunlin.mqtt;
  requires jdk.httpserver;
  requires static org.jspecify;
}
