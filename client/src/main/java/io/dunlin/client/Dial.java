package io.dunlin.client;

import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.MqttVersion;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.NoSuchFileException;
import java.security.cert.CertificateException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// Makes connections: the socket, TLS and WebSocket over it, then CONNECT and CONNACK.
final class Dial {
  private Dial() {}

  /// Returns an accepted connection. Blocks, for about the connect timeout at most.
  ///
  /// @throws ClientException.Unreachable without a CONNACK in time
  /// @throws ClientException.ConnectRefused if it says no
  static Connection connect(ClientConfig config, Connect connect) throws ClientException {
    BrokerAddress address = config.address();
    CountDownLatch done = new CountDownLatch(1);
    AtomicBoolean late = new AtomicBoolean();
    long deadline = System.nanoTime() + config.connectTimeout().toNanos();
    try {
      SocketLink socket =
          address.unixSocket() == null
              ? SocketLink.tcp(
                  address.host(), address.port(), address.localAddress(), config.connectTimeout())
              : SocketLink.unix(address.unixSocket());
      Thread.ofVirtual().start(() -> abortUnless(done, deadline, late, socket));
      try {
        return Connection.greet(config, dress(socket, address), connect);
      } catch (IOException | MalformedPacket | ClientException | RuntimeException e) {
        socket.abort();
        throw e;
      }
    } catch (IOException e) {
      String why = late.get() ? "no answer within " + config.connectTimeout() : describe(e);
      throw new ClientException.Unreachable("no connection to " + address + ": " + why, e);
    } catch (MalformedPacket e) {
      throw new ClientException.Unreachable(
          "no connection to " + address + ": not an MQTT server? " + e.detail(), e);
    } finally {
      done.countDown();
    }
  }

  /// The CONNECT of all connections but the first. MQTT 5.0 lets the session go on; before, Clean
  /// Session also says whether it outlives the connection, so it stays.
  ///
  /// @param clientId the one that the server may have chosen
  static Connect again(Connect first, String clientId) {
    return new Connect(
        first.version(),
        clientId,
        first.version() != MqttVersion.V5 && first.cleanStart(),
        first.keepAliveSeconds(),
        first.sessionExpirySeconds(),
        first.receiveMaximum(),
        first.maximumPacketSize(),
        first.topicAliasMaximum(),
        first.requestResponseInformation(),
        first.requestProblemInformation(),
        first.userProperties(),
        first.authenticationMethod(),
        first.authenticationData(),
        first.will(),
        first.userName(),
        first.password());
  }

  private static Link dress(SocketLink socket, BrokerAddress address) throws IOException {
    Link link =
        address.tls() == null
            ? socket
            : socket.secured(address.tls(), address.host(), address.port());
    if (address.webSocketPath() == null) {
      return link;
    }
    String host =
        address.unixSocket() == null ? address.host() + ":" + address.port() : "localhost";
    return WebSocketLink.upgrade(link, host, address.webSocketPath());
  }

  private static void abortUnless(
      CountDownLatch done, long deadlineNanos, AtomicBoolean late, Link link) {
    try {
      if (!done.await(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        late.set(true);
        link.abort();
      }
    } catch (InterruptedException e) {
      link.abort(); // Nobody interrupts it.
    }
  }

  /// What went wrong, in the words of the person who has to mend it.
  private static String describe(IOException e) {
    @Nullable String message = e.getMessage();
    return switch (e) {
      case UnknownHostException _ -> "no such host";
      case ConnectException _ -> "nobody listens there (connection refused)";
      case SocketTimeoutException _ -> "no answer in time";
      case EOFException _ -> "the server closed the connection without an answer";
      case NoSuchFileException _ -> "no such file: " + message;
      case SSLException _ -> "TLS failed: " + rootOf(e);
      default -> message == null ? e.toString() : message;
    };
  }

  private static String rootOf(Throwable e) {
    Throwable at = e;
    while (at.getCause() != null && !(at instanceof CertificateException)) {
      at = at.getCause();
    }
    return String.valueOf(at.getMessage());
  }
}
