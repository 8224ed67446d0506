package io.dunlin.broker.spi;

/// Says what clients may do. Immutable and thread-safe; must not block: it is asked on shards. When
/// rules change, another one takes its place, and everything that was decided by the old one is
/// forgotten.
public interface Access {
  /// Allows everything but publishing to the broker's own topics.
  Access OPEN = (_, _) -> Rights.OPEN;

  /// The rights of a client. The same object for all clients with the same rights, where that is
  /// easy: decisions are remembered by it.
  ///
  /// @param owner whose session it is, empty for anonymous clients; see [LoginCheck]
  Rights rights(String clientId, String owner);

  /// Whether a client may have a client identifier that it has chosen itself.
  default boolean mayHave(String clientId, String owner) {
    return true;
  }
}
