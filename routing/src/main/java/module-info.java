/// Which subscriptions match a topic name, and which retained topics match a filter.
@org.jspecify.annotations.NullMarked
module io.dunlin.routing {
  requires transitive static org.jspecify;
  requires transitive io.dunlin.base;

  exports io.dunlin.routing;
}
