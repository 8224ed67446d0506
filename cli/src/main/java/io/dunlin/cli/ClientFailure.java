package io.dunlin.cli;

import io.dunlin.client.BrokerAddress;
import io.dunlin.client.ClientException;
import java.io.EOFException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// Says why a client failed, and what to do about it.
final class ClientFailure {
  private ClientFailure() {}

  /// Tells it, and returns the exit code.
  static ExitCode tell(
      ClientException e, BrokerAddress address, Surroundings around, boolean quiet) {
    if (!quiet) {
      String remedy = remedy(e, address);
      around.error(e.getMessage() + (remedy.isEmpty() ? "" : "; " + remedy));
    }
    return exitCode(e);
  }

  private static ExitCode exitCode(Throwable e) {
    return switch (e) {
      case ClientException.Unreachable _ -> ExitCode.UNAVAILABLE;
      case ClientException.ConnectRefused _ -> ExitCode.REFUSED;
      case ClientException.PublishRefused _ -> ExitCode.REFUSED;
      case ClientException.Closed closed when closed.getCause() != null ->
          exitCode(closed.getCause());
      default -> ExitCode.FAILURE;
    };
  }

  private static String remedy(ClientException e, BrokerAddress address) {
    return switch (e) {
      case ClientException.Unreachable unreachable -> remedy(unreachable.getCause(), address);
      case ClientException.ConnectRefused refused -> remedy(refused);
      case ClientException.PublishRefused refused ->
          switch (refused.reason()) {
            case NOT_AUTHORIZED -> "log in as a user who may, with -u and -P";
            case QOS_NOT_SUPPORTED -> "choose a lower QoS with -q";
            case RETAIN_NOT_SUPPORTED -> "leave -r out";
            default -> "";
          };
      default -> "";
    };
  }

  private static String remedy(ClientException.ConnectRefused refused) {
    return switch (refused.reason()) {
      case BAD_USER_NAME_OR_PASSWORD, NOT_AUTHORIZED -> "log in with -u and -P";
      case UNSUPPORTED_PROTOCOL_VERSION -> "choose another version of MQTT, as -V 311";
      case CLIENT_IDENTIFIER_NOT_VALID -> "choose another client identifier with -i";
      default -> "";
    };
  }

  private static String remedy(@Nullable Throwable cause, BrokerAddress address) {
    return switch (cause) {
      case null -> "";
      case UnknownHostException _ -> "name the broker's host with -h";
      case ConnectException _ when address.unixSocket() == null ->
          "is the broker running? start one with 'dunlin broker', or name another place with -h"
              + " and -p";
      case EOFException _ when address.tls() == null -> "does it expect TLS (--tls) there?";
      case SSLException _ ->
          "does it speak TLS there? trust its authority with --cafile FILE; if only the host's"
              + " name differs, --insecure";
      default -> "";
    };
  }
}
