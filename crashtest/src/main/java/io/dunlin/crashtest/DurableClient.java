package io.dunlin.crashtest;

import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// A client with a session that stays, over as many connections as it takes. It runs on a thread of
/// its own.
abstract class DurableClient {
  private static final int LONGEST_ABSENCE_MILLIS = 300;
  private static final int PAUSE_AFTER_FAULT_MILLIS = 200;
  private static final long SESSION_SECONDS = 86_400;

  final Stage stage;
  final Account account;
  final MqttVersion version;
  final String clientId;
  final Random random;
  private final InetSocketAddress address;
  private volatile @Nullable Wire wire;
  private volatile boolean cut;

  DurableClient(
      InetSocketAddress address,
      Stage stage,
      Account account,
      MqttVersion version,
      String clientId,
      long seed) {
    this.address = address;
    this.stage = stage;
    this.account = account;
    this.version = version;
    this.clientId = clientId;
    this.random = new Random(seed);
  }

  /// Makes the session; nothing may be published yet.
  final void establish() throws IOException {
    try (Wire first = new Wire(address, connect(version, clientId))) {
      begin(first);
    }
  }

  /// The first that is done with a new session.
  abstract void begin(Wire first) throws IOException;

  /// The state of the session is gone, on the broker's side.
  abstract void forget(Wire next) throws IOException;

  /// Uses a connection until it breaks, or until this client wants to cut it.
  abstract void converse(Wire wire) throws IOException, InterruptedException;

  /// Whether it wants to be connected.
  boolean isAwake() {
    return true;
  }

  final void run() throws InterruptedException {
    for (int start = stage.awaitUp(this::isAwake);
        start != 0;
        start = stage.awaitUp(this::isAwake)) {
      int pauseMillis = PAUSE_AFTER_FAULT_MILLIS;
      try (Wire next = new Wire(address, connect(version, clientId))) {
        wire = next;
        cut = false;
        if (!next.sessionPresent()) {
          account.fault(Fault.SESSION, clientId);
          forget(next);
        }
        converse(next);
        pauseMillis = stage.isLoaded() ? random.nextInt(LONGEST_ABSENCE_MILLIS) : 0;
      } catch (IOException e) {
        if (stage.isUp(start) && isAwake() && !cut && !stage.isOver()) { // else it is expected
          account.fault(Fault.STUCK, clientId + ": " + e);
        } else {
          pauseMillis = 0;
        }
      } catch (BrokerFault e) {
        account.fault(Fault.WRONG, clientId + ": " + e.getMessage());
      }
      if (pauseMillis > 0) {
        stage.pause(pauseMillis);
      }
    }
  }

  /// Cuts the connection.
  final void cut() {
    cut = true;
    Wire now = wire;
    if (now != null) {
      now.close();
    }
  }

  static Connect connect(MqttVersion version, String clientId) {
    return Connect.builder(version, clientId)
        .cleanStart(false)
        .sessionExpirySeconds(SESSION_SECONDS)
        .build();
  }
}
