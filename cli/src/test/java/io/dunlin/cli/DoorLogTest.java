package io.dunlin.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.dunlin.broker.Broker;
import io.dunlin.broker.config.BrokerConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// What the log and the metrics say of connections that are closed before they say anything.
class DoorLogTest {
  private final LinkedBlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private final Logger logger =
      (Logger) LoggerFactory.getLogger("io.dunlin.transport.SocketListener");
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          lines.add(event.getFormattedMessage());
        }
      };

  @TempDir Path data;

  @BeforeEach
  void listen() {
    appender.start();
    logger.addAppender(appender);
  }

  @AfterEach
  void stop() {
    logger.detachAppender(appender);
  }

  @Test
  void fullListenerIsToldAndCounted() throws Exception {
    try (Broker broker = broker("listeners.0.max-connections", "1");
        Socket _ = connect(broker);
        Socket second = connect(broker)) {
      assertThat(isClosed(second)).isTrue();

      assertThat(lines.poll(10, TimeUnit.SECONDS))
          .isEqualTo("listener.full listener=default open=1 max=1 times=1");
      assertThat(broker.metrics().metric("dunlin_connection_overflow_total").value()).isOne();
    }
  }

  @Test
  void whoIsNoProxyIsToldAndCounted() throws Exception {
    try (Broker broker = broker("listeners.0.proxies", "192.0.2.7");
        Socket client = connect(broker)) {
      assertThat(isClosed(client)).isTrue();

      assertThat(lines.poll(10, TimeUnit.SECONDS))
          .startsWith("connection.untrusted listener=default remote=127.0.0.1:")
          .contains("times=1");
      assertThat(broker.metrics().metric("dunlin_connection_untrusted_total").value()).isOne();
    }
  }

  @Test
  void listenerThatARefusedReloadHasOpenedIsToldToBeClosed() throws Exception {
    Logger listeners = (Logger) LoggerFactory.getLogger("io.dunlin.broker.Listeners");
    Level before = listeners.getLevel();
    try (Broker broker = broker("shards", "1");
        ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Map<String, String> more = settings("shards", "1");
      for (int i = 1; i < 3; i++) {
        more.put("listeners." + i + ".name", "n" + i);
        more.put("listeners." + i + ".bind", "127.0.0.1");
      }
      more.put("listeners.1.port", "0");
      more.put("listeners.2.port", Integer.toString(taken.getLocalPort()));
      listeners.setLevel(Level.INFO);
      listeners.addAppender(appender);

      assertThatIOException().isThrownBy(() -> broker.reload(BrokerConfig.of(more)));

      assertThat(lines)
          .containsExactly(
              "listener.open name=n1 type=TCP engine=none expires=never",
              "listener.closed name=n1");
    } finally {
      listeners.detachAppender(appender);
      listeners.setLevel(before);
    }
  }

  private Broker broker(String key, String value) throws IOException {
    return Broker.start(BrokerConfig.of(settings(key, value)));
  }

  private Map<String, String> settings(String key, String value) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("data.directory", data.resolve("data").toString());
    settings.put("listeners.0.bind", "127.0.0.1");
    settings.put("listeners.0.port", "0");
    settings.put("listeners.0.anonymous", "true");
    settings.put("storage.segment-bytes", "4194304");
    settings.put("message.max-packet-bytes", "65536");
    settings.put(key, value);
    return settings;
  }

  private static Socket connect(Broker broker) throws IOException {
    InetSocketAddress address = broker.addresses().getFirst();
    Socket socket = new Socket(address.getAddress(), address.getPort());
    socket.setSoTimeout(10_000);
    return socket;
  }

  private static boolean isClosed(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read() < 0;
    } catch (SocketException _) { // a reset
      return true;
    }
  }
}
