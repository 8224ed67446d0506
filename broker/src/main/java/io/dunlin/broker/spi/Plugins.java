package io.dunlin.broker.spi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is plugged into a broker. Immutable.
///
/// @param loginCheck null: everyone is accepted where the listener allows anonymous clients
/// @param methods enhanced authentications, by name
public record Plugins(
    @Nullable LoginCheck loginCheck, List<AuthenticationMethod> methods, Access access) {
  /// Nothing plugged in.
  public static final Plugins NONE = new Plugins(null, List.of(), Access.OPEN);

  public Plugins {
    methods = List.copyOf(methods);
  }

  /// The method of that name, or null.
  public @Nullable AuthenticationMethod method(String name) {
    return methods.stream().filter(m -> m.name().equals(name)).findFirst().orElse(null);
  }
}
