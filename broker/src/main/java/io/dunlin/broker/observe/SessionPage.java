package io.dunlin.broker.observe;

import java.util.List;

/// Some of the sessions that were asked for. Immutable.
///
/// @param matched how many there are
/// @param sessions at most as many as were asked for, by client identifier
public record SessionPage(long matched, List<SessionView> sessions) {
  public SessionPage {
    sessions = List.copyOf(sessions);
  }
}
