/// Ends brokers at random and accounts for what they owe.
@org.jspecify.annotations.NullMarked
module io.dunlin.crashtest {
  requires transitive static org.jspecify;
  requires transitive io.dunlin.base;
  requires transitive io.dunlin.mqtt;
  requires io.dunlin.codec;

  exports io.dunlin.crashtest;
}
