/// The few tools that several modules share.
@org.jspecify.annotations.NullMarked
module io.dunlin.base {
  requires transitive static org.jspecify;

  exports io.dunlin.base;
}
