package io.dunlin.client;

import io.dunlin.mqtt.ReasonCode;
import org.jspecify.annotations.Nullable;

/// Why something that was asked of a [Client] did not come about. Each tells whether to try again
/// is safe.
public abstract sealed class ClientException extends Exception {
  private static final long serialVersionUID = 1;

  private final boolean retrySafe;

  ClientException(String message, @Nullable Throwable cause, boolean retrySafe) {
    super(message, cause);
    this.retrySafe = retrySafe;
  }

  /// Whether the same can be asked again without a chance that it takes effect twice. It does not
  /// say that it will go better.
  public boolean retrySafe() {
    return retrySafe;
  }

  /// There is no network connection: unknown host, nobody listens, TLS or WebSocket failed, or no
  /// CONNACK came in time.
  public static final class Unreachable extends ClientException {
    private static final long serialVersionUID = 1;

    /// For `message`.
    public Unreachable(String message, @Nullable Throwable cause) {
      super(message, cause, true);
    }
  }

  /// The server answered the CONNECT, and said no.
  public static final class ConnectRefused extends ClientException {
    private static final long serialVersionUID = 1;

    private final ReasonCode reason;

    /// For `reason`.
    public ConnectRefused(ReasonCode reason, @Nullable String words) {
      super("the server refused the connection: " + show(reason, words), null, true);
      this.reason = reason;
    }

    /// The code of the CONNACK; what 3.1.1 says is translated.
    public ReasonCode reason() {
      return reason;
    }
  }

  /// The [Authenticator] does not go on: it has no answer, does not believe the server, or failed
  /// itself. What the server refuses is a [ConnectRefused], or a [ConnectionLost] where it was
  /// asked anew.
  public static final class AuthenticationFailed extends ClientException {
    private static final long serialVersionUID = 1;

    /// For `message`, which stays with the application.
    public AuthenticationFailed(String message, @Nullable Throwable cause) {
      super(message, cause, true);
    }
  }

  /// A message was refused, by the server or because the server told that it takes none of this
  /// kind, or because too many are unfinished. It was not published.
  public static final class PublishRefused extends ClientException {
    private static final long serialVersionUID = 1;

    private final ReasonCode reason;

    /// For `reason`.
    public PublishRefused(ReasonCode reason, @Nullable String words) {
      super("the message was refused: " + show(reason, words), null, true);
      this.reason = reason;
    }

    /// The code of the PUBACK or PUBREC, or the one that such a message would have met.
    public ReasonCode reason() {
      return reason;
    }
  }

  /// The connection ended before the answer came.
  public static final class ConnectionLost extends ClientException {
    private static final long serialVersionUID = 1;

    private final @Nullable ReasonCode reason;

    /// For `message`.
    ///
    /// @param retrySafe whether nothing had been sent yet
    /// @param reason what a DISCONNECT of either side said; null without one
    public ConnectionLost(
        String message, @Nullable Throwable cause, boolean retrySafe, @Nullable ReasonCode reason) {
      super(message, cause, retrySafe);
      this.reason = reason;
    }

    /// What the DISCONNECT of either side said; null when there was none.
    public @Nullable ReasonCode reason() {
      return reason;
    }
  }

  /// The server has forgotten the session, and with it whether it has the QoS 2 message.
  public static final class SessionLost extends ClientException {
    private static final long serialVersionUID = 1;

    /// For `message`.
    public SessionLost(String message) {
      super(message, null, false);
    }
  }

  /// The client was closed, or has given up to reconnect.
  public static final class Closed extends ClientException {
    private static final long serialVersionUID = 1;

    /// For `cause`, null when the application closed it.
    ///
    /// @param retrySafe whether nothing had been sent yet
    public Closed(@Nullable Throwable cause, boolean retrySafe) {
      super(
          cause == null ? "the client is closed" : "the client has given up: " + cause.getMessage(),
          cause,
          retrySafe);
    }
  }

  private static String show(ReasonCode reason, @Nullable String words) {
    String code = "%s (0x%02X)".formatted(reason, reason.code());
    return words == null ? code : code + ", " + words;
  }
}
