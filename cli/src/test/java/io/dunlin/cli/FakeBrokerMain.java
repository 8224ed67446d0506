package io.dunlin.cli;

import io.dunlin.broker.Broker;
import io.dunlin.broker.DataDirectory;
import io.dunlin.broker.OpenListener;
import io.dunlin.broker.config.BrokerConfig;
import io.dunlin.broker.config.ListenerConfig;
import io.dunlin.broker.config.ListenerType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.slf4j.LoggerFactory;

/// The command with a broker that only listens, for tests that need a process. The Response
/// Information says how it ends: `fails`, `hangs`, or else well.
final class FakeBrokerMain {
  private FakeBrokerMain() {}

  public static void main(String[] arguments) {
    System.exit(Dunlin.run(Surroundings.ofProcess(FakeBrokerMain::start), arguments));
  }

  private static RunningBroker start(BrokerConfig config) throws IOException {
    DataDirectory data = DataDirectory.open(config.data().directory());
    List<ServerSocket> sockets = new ArrayList<>();
    for (ListenerConfig listener : config.listeners()) {
      for (InetSocketAddress address : listener.addresses()) {
        ServerSocket socket = new ServerSocket();
        socket.bind(address);
        sockets.add(socket);
      }
    }
    LoggerFactory.getLogger("io.dunlin.fake").atInfo().addKeyValue("n", 1).log("broker.started");
    return new Fake(data, sockets, config.server().responseInformation());
  }

  private record Fake(
      DataDirectory data, List<ServerSocket> sockets, String way, CompletableFuture<Void> ended)
      implements RunningBroker {
    Fake(DataDirectory data, List<ServerSocket> sockets, String way) {
      this(data, sockets, way, new CompletableFuture<>());
      if (way.equals("fails")) {
        ended.completeExceptionally(new IOException("the disk is gone"));
      }
    }

    @Override
    public List<OpenListener> listeners() {
      return sockets.stream()
          .map(socket ->
              new OpenListener("fake", ListenerType.TCP, socket.getLocalSocketAddress(), null))
          .toList();
    }

    @Override
    public Broker.Reloaded reload(BrokerConfig config) {
      System.err.println("reloaded with " + config.server().serverReference());
      return new Broker.Reloaded(List.of(), List.of("shards"));
    }

    @Override
    public void close() {
      try {
        if (way.equals("hangs")) {
          new CountDownLatch(1).await();
        }
        data.close();
        System.err.println("closed");
        ended.complete(null);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
