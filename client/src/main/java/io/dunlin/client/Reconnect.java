package io.dunlin.client;

import io.dunlin.mqtt.ReasonCode;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// When a client that has lost its connection tries again: after a delay that doubles with each
/// attempt and is shortened by up to a half at random, so that many clients do not come at once.
/// Immutable.
///
/// @param first the first delay
/// @param longest the longest delay
/// @param attempts how many in a row before the client gives up; 0 for none
public record Reconnect(Duration first, Duration longest, int attempts) {
  /// Half a second, then up to half a minute, for ever.
  public static final Reconnect FOR_EVER =
      new Reconnect(Duration.ofMillis(500), Duration.ofSeconds(30), Integer.MAX_VALUE);

  /// A lost connection is the end.
  public static final Reconnect NEVER =
      new Reconnect(Duration.ofMillis(1), Duration.ofMillis(1), 0);

  public Reconnect {
    if (first.isNegative() || first.isZero() || longest.compareTo(first) < 0 || attempts < 0) {
      throw new IllegalArgumentException(
          "first " + first + ", longest " + longest + ", attempts " + attempts);
    }
  }

  /// Whether to try again after `attempt` attempts, 0 for none: not where the server has said what
  /// it will say again.
  boolean isWorthIt(ClientException why, int attempt) {
    @Nullable ReasonCode reason =
        switch (why) {
          case ClientException.ConnectionLost lost -> lost.reason();
          case ClientException.ConnectRefused refused -> refused.reason();
          default -> null;
        };
    return attempt < attempts && (reason == null || isPassing(reason));
  }

  private static boolean isPassing(ReasonCode reason) {
    return switch (reason) {
      case SESSION_TAKEN_OVER,
          NOT_AUTHORIZED,
          BAD_USER_NAME_OR_PASSWORD,
          BAD_AUTHENTICATION_METHOD,
          BANNED,
          CLIENT_IDENTIFIER_NOT_VALID,
          UNSUPPORTED_PROTOCOL_VERSION,
          USE_ANOTHER_SERVER,
          SERVER_MOVED ->
          false;
      default -> true;
    };
  }

  /// How long to wait before `attempt`, 0 for the first.
  Duration delay(int attempt, RandomGenerator random) {
    long nanos = first.toNanos();
    for (int i = 0; i < attempt && nanos < longest.toNanos(); i++) {
      nanos *= 2;
    }
    nanos = Math.min(nanos, longest.toNanos());
    return Duration.ofNanos(nanos - random.nextLong(nanos / 2 + 1));
  }
}
