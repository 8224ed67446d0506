package io.dunlin.broker.observe;

import org.jspecify.annotations.Nullable;

/// What is known about a client identifier. Immutable.
///
/// @param session null when there is none
/// @param lastEnding null when no connection of it has ended lately
public record ClientReport(@Nullable SessionView session, @Nullable Ending lastEnding) {}
