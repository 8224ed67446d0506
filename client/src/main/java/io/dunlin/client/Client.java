package io.dunlin.client;

import io.dunlin.client.ClientException.AuthenticationFailed;
import io.dunlin.client.Inbox.Delivery;
import io.dunlin.mqtt.Auth;
import io.dunlin.mqtt.ConnAck;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.Disconnect;
import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.PingResp;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.PubComp;
import io.dunlin.mqtt.PubRec;
import io.dunlin.mqtt.PubRel;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.SubAck;
import io.dunlin.mqtt.Subscription;
import io.dunlin.mqtt.SubscriptionOptions;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.UnsubAck;
import io.dunlin.mqtt.UserProperty;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// An MQTT client: one session with one broker, over as many connections as it takes. Thread-safe,
/// by one lock, which is never held while it reads, writes, or calls the application.
///
/// ```java
/// var config = ClientConfig.builder(BrokerAddress.parse("mqtt://localhost"), "pump-7")
///     .handler(message -> System.out.println(message.message().topic()))
///     .build();
/// try (Client client = Client.connect(config)) {
///   client.subscribe("plant/#", Qos.AT_LEAST_ONCE).join();
///   client.publish(Message.of("plant/oven", Slice.utf8("218.5"), Qos.AT_LEAST_ONCE)).join();
/// }
/// ```
///
/// Its session is in memory: it ends with the process, whatever the broker keeps of it. A client
/// that asks for a session to go on (Clean Start 0) says by that that it has finished what was in
/// flight, or does without.
public final class Client implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /// A connection that stood so long was no failed attempt.
  private static final Duration STOOD = Duration.ofSeconds(10);

  /// How many messages its own threads may publish beyond the bound, where they must not wait: as
  /// many as there are packet identifiers.
  private static final int BEYOND = 65_535;

  private final ClientConfig config;
  private final ClientListener listener;
  private final Inbox inbox;
  private final Semaphore unfinished;
  private final Semaphore beyond = new Semaphore(BEYOND);
  private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread lifecycle;
  private final Thread handling;
  private volatile @Nullable Thread writing; // of the latest connection

  // under the lock
  private final ReentrantLock lock = new ReentrantLock();
  private final Session session;
  private boolean over;
  private @Nullable ClientException cause;
  private Disconnect farewell = new Disconnect(ReasonCode.SUCCESS);
  private ConnAck connAck = ConnAck.accepted(false);
  private String clientId;

  // the lifecycle thread's own
  private TopicAliases aliases = new TopicAliases(0);
  private Connection latest;

  private Client(ClientConfig config, Connection first) {
    this.config = config;
    this.listener = new GuardedListener(config.listener());
    this.inbox = new Inbox(config.inboxMessages(), config.inboxBytes());
    this.unfinished = new Semaphore(config.maxUnfinished());
    this.session = new Session(config.maxUnfinished(), config.maxTopicAliases());
    this.latest = first;
    this.clientId = config.connect().clientId();
    this.lifecycle = Thread.ofVirtual().name("dunlin-client").unstarted(this::run);
    this.handling = Thread.ofVirtual().name("dunlin-client-handler").unstarted(this::handle);
  }

  /// Connects. Blocks until the CONNACK, for about the connect timeout at most. Only connections
  /// after this one are made anew by themselves.
  ///
  /// @throws ClientException.Unreachable without a connection or a CONNACK in time
  /// @throws ClientException.ConnectRefused if the CONNACK says no
  /// @throws ClientException.AuthenticationFailed if the [Authenticator] does not go on
  public static Client connect(ClientConfig config) throws ClientException {
    Connection first = Dial.connect(config, config.connect());
    boolean impossible = config.connect().cleanStart() && first.connAck().sessionPresent();
    if (impossible) { // [MQTT-3.2.2-4]
      first.fail(new ClientException.Closed(null, true));
      throw new ClientException.Unreachable(
          "the server says that it has a session, though a new one was asked for", null);
    }
    Client client = new Client(config, first);
    client.attach(first, !config.connect().cleanStart());
    client.lifecycle.start();
    client.handling.start();
    return client;
  }

  /// What the server said when it accepted the present connection, or the last one.
  public ConnAck connAck() {
    lock.lock();
    try {
      return connAck;
    } finally {
      lock.unlock();
    }
  }

  /// The client identifier: the server's own choice if it was asked to choose.
  public String clientId() {
    lock.lock();
    try {
      return clientId;
    } finally {
      lock.unlock();
    }
  }

  /// Completes when the client is over: normally after [#close] or [#disconnect], exceptionally
  /// with the [ClientException] for which it has given up to reconnect.
  public CompletableFuture<@Nullable Void> ended() {
    return ended.copy();
  }

  /// Publishes a message. Blocks while [ClientConfig#maxUnfinished] are not finished.
  ///
  /// It does not block on the client's own threads, which call the [MessageHandler], the
  /// [ClientListener] and what depends on the client's futures: those that read the answers would
  /// wait for themselves. From there up to 65,535 messages more may be unfinished; they go out when
  /// those before them are finished. Beyond that publishing fails at once.
  ///
  /// The future completes with what the server said: for QoS 0, which has no answer, when the bytes
  /// have been written. Or it fails with
  /// - [ClientException.PublishRefused]: by the server, or because it takes none of this kind or
  ///   size; or, with QUOTA_EXCEEDED, because the client's own threads have published too much;
  /// - [ClientException.ConnectionLost]: QoS 0 only, there is no connection or it ended; QoS 1 and
  ///   2 wait for the next one;
  /// - [ClientException.SessionLost]: QoS 2 only, the server forgot the session meanwhile;
  /// - [ClientException.Closed]: the client was closed or has given up.
  public CompletableFuture<Published> publish(Message message) {
    CompletableFuture<Published> future = new CompletableFuture<>();
    Semaphore bound = unfinished;
    if (!isOwn(Thread.currentThread())) {
      unfinished.acquireUninterruptibly();
    } else if (!unfinished.tryAcquire()) {
      if (!beyond.tryAcquire()) {
        future.completeExceptionally(tooMany());
        return future;
      }
      bound = beyond;
    }
    Semaphore taken = bound;
    var _ = future.whenComplete((_, _) -> taken.release());
    locked(() -> {
      if (over) {
        return () -> future.completeExceptionally(new ClientException.Closed(cause, true));
      }
      if (message.qos() == Qos.AT_MOST_ONCE) {
        session.publishAtMostOnce(message, future);
      } else {
        session.publish(message, future);
      }
      return () -> {};
    });
    return future;
  }

  private static ClientException tooMany() {
    return new ClientException.PublishRefused(
        ReasonCode.QUOTA_EXCEEDED,
        "too much is unfinished of what the message handler, or another thread of the client, has"
            + " published");
  }

  /// Whether the client cannot go on while `thread` waits.
  private boolean isOwn(Thread thread) {
    return thread.equals(handling) || thread.equals(lifecycle) || thread.equals(writing);
  }

  /// Subscribes to one filter. Completes as [#subscribe(List, int, List)].
  ///
  /// @throws IllegalArgumentException if `filter` is no topic filter
  public CompletableFuture<SubAck> subscribe(String filter, Qos qos) {
    Subscription one = new Subscription(TopicFilter.of(filter), SubscriptionOptions.of(qos));
    return subscribe(List.of(one), 0, List.of());
  }

  /// Subscribes. Without a connection the request waits for one. What was granted is asked for
  /// again when the server has lost the session.
  ///
  /// The future completes with the SUBACK, in which any filter may be refused; or it fails with
  /// [ClientException.Closed], or with [ClientException.PublishRefused] if the request is larger
  /// than the server takes, or all packet identifiers are in use.
  ///
  /// @param identifier comes with each message that matches, 1..268435455; 0 for none
  public CompletableFuture<SubAck> subscribe(
      List<Subscription> subscriptions, int identifier, List<UserProperty> properties) {
    CompletableFuture<SubAck> future = new CompletableFuture<>();
    request(new Requests.Subscribing(List.copyOf(subscriptions), identifier, properties, future));
    return future;
  }

  /// Ends subscriptions. Without a connection the request waits for one.
  ///
  /// The future completes with the UNSUBACK, which has no reason codes before MQTT 5.0; or it fails
  /// as that of [#subscribe(List, int, List)].
  public CompletableFuture<UnsubAck> unsubscribe(
      List<TopicFilter> filters, List<UserProperty> properties) {
    CompletableFuture<UnsubAck> future = new CompletableFuture<>();
    request(new Requests.Unsubscribing(List.copyOf(filters), properties, future));
    return future;
  }

  /// Proves anew who the client is (MQTT 5.0 §4.12.1), by the [Authenticator] of its configuration:
  /// before a token runs out, say. All else goes on meanwhile. A later connection does the same by
  /// itself, when it begins.
  ///
  /// The future completes when the server has accepted. It fails with
  /// - [ClientException.AuthenticationFailed]: the authenticator does not go on. If the server had
  ///   been asked already the connection is closed [MQTT-4.12.1-2], and the client reconnects;
  ///   else, or if another authentication is under way, the connection goes on as it was;
  /// - [ClientException.ConnectionLost]: there is no connection, or it ended; where the server said
  ///   no, with its reason;
  /// - [ClientException.Closed]: the client was closed or has given up.
  ///
  /// The first step of the exchange runs on the calling thread.
  ///
  /// @throws IllegalStateException if the configuration has no authenticator
  public CompletableFuture<@Nullable Void> reAuthenticate() {
    @Nullable Authenticator authenticator = config.authenticator();
    if (authenticator == null) {
      throw new IllegalStateException("the client was configured without an authenticator");
    }
    Authentication exchange;
    try {
      exchange = Authentication.begin(authenticator);
    } catch (AuthenticationFailed e) {
      return CompletableFuture.failedFuture(e);
    }
    locked(() -> {
      @Nullable Connection connection = session.connection();
      if (connection != null) {
        return () -> connection.reauthentication().begin(exchange);
      }
      ClientException why =
          over
              ? new ClientException.Closed(cause, true)
              : new ClientException.ConnectionLost(
                  "not connected; the next connection authenticates", null, true, null);
      return () -> exchange.done().completeExceptionally(why);
    });
    return exchange.done().copy();
  }

  private void request(Requests.Request request) {
    locked(() -> {
      if (over) {
        return () -> request.fail(new ClientException.Closed(cause, true));
      }
      session.request(request);
      return () -> {};
    });
  }

  /// Disconnects: as [#disconnect] with nothing special to say.
  @Override
  public void close() {
    disconnect(new Disconnect(ReasonCode.SUCCESS));
  }

  /// Disconnects. The message that the handler has is acknowledged when the handler returns; those
  /// that wait are not, the server keeps them for the session's next connection. Then `last` is
  /// sent, the connection closed, and what is unfinished fails with [ClientException.Closed].
  ///
  /// Blocks until that is done, some seconds at most; not where the handler, or what else the
  /// client calls, calls it: then it happens when the handler returns. A second call does nothing
  /// but wait.
  public void disconnect(Disconnect last) {
    lock.lock();
    try {
      if (closing.getCount() > 0) {
        farewell = last;
        closing.countDown();
      }
    } finally {
      lock.unlock();
    }
    inbox.close(false);
    Thread caller = Thread.currentThread();
    if (isOwn(caller)) {
      return;
    }
    try {
      if (!handling.join(PATIENCE) || !lifecycle.join(PATIENCE)) {
        finish();
      }
    } catch (InterruptedException e) {
      caller.interrupt();
      finish();
    }
  }

  /// Sends the DISCONNECT.
  private void finish() {
    lock.lock();
    try {
      if (session.connection() != null) {
        session.connection().finish(farewell);
      }
    } finally {
      lock.unlock();
    }
  }

  /// A change under the lock; what it returns, and the futures that it finished, run after it.
  private void locked(Supplier<Runnable> change) {
    Runnable then;
    List<Runnable> completions;
    lock.lock();
    try {
      then = change.get();
      completions = session.takeCompletions();
    } finally {
      lock.unlock();
    }
    then.run();
    completions.forEach(Runnable::run);
  }

  // The handler's thread.

  private void handle() {
    for (Delivery next = inbox.take(); next != null; next = inbox.take()) {
      Delivery delivery = next;
      boolean failed = !delivery.duplicate() && !deliver(delivery.publish());
      locked(() -> {
        session.acknowledge(delivery.connection(), delivery.publish(), failed);
        return () -> {};
      });
    }
    if (closing.getCount() == 0) {
      finish();
    }
  }

  /// Whether the application took it.
  private boolean deliver(Publish publish) {
    try {
      config.handler().onMessage(ReceivedMessage.of(publish));
      return true;
    } catch (RuntimeException | Error e) {
      GuardedListener.report(e);
      return false;
    }
  }

  // The lifecycle's thread.

  private void run() {
    @Nullable ClientException why;
    try {
      why = stayConnected();
    } catch (RuntimeException | Error e) { // the top of the thread
      GuardedListener.report(e);
      why = new ClientException.ConnectionLost("the client failed: " + e, e, false, null);
      latest.fail(why);
      latest.end(why);
    }
    end(closing.getCount() == 0 ? null : why);
  }

  /// Receives from one connection after the other; returns why there is none any more.
  private ClientException stayConnected() {
    int attempt = 0;
    while (true) {
      long began = System.nanoTime();
      ClientException why = receive(latest);
      attempt = System.nanoTime() - began > STOOD.toNanos() ? 0 : attempt;
      @Nullable Connection next = null;
      while (next == null && mayRetry(why, attempt)) {
        Duration delay = config.reconnect().delay(attempt++, ThreadLocalRandom.current());
        listener.onDisconnected(why, delay);
        try {
          if (closing.await(delay.toNanos(), TimeUnit.NANOSECONDS)) {
            break;
          }
          next = Dial.connect(config, Dial.again(config.connect(), clientId()));
        } catch (ClientException e) {
          why = e;
        } catch (InterruptedException e) {
          break; // Nobody interrupts it.
        }
      }
      if (next == null) {
        return why;
      }
      latest = next;
      attach(next, true);
    }
  }

  private boolean mayRetry(ClientException why, int attempt) {
    return closing.getCount() > 0 && config.reconnect().isWorthIt(why, attempt);
  }

  /// Begins to use a connection.
  ///
  /// @param mayHaveSession whether the server may know the session
  private void attach(Connection connection, boolean mayHaveSession) {
    ConnAck accepted = connection.connAck();
    Connect asked = config.connect();
    boolean endsWithConnection = asked.version() != MqttVersion.V5 && asked.cleanStart();
    // MQTT 3.1 does not tell whether there is a session.
    boolean present =
        mayHaveSession
            && !endsWithConnection
            && (accepted.sessionPresent() || connection.version() == MqttVersion.V3_1);
    aliases = new TopicAliases(asked.topicAliasMaximum()); // [MQTT-3.3.2-7]
    if (present) {
      // The server sends these again.
      inbox.removeIf(each -> each.publish().qos() == Qos.AT_LEAST_ONCE);
    }
    writing = connection.start();
    listener.onConnected(accepted);
    locked(() -> {
      connAck = accepted;
      if (accepted.assignedClientId() != null) {
        clientId = accepted.assignedClientId();
      }
      session.onConnected(connection, present);
      return () -> {};
    });
    if (closing.getCount() == 0) {
      finish();
    }
  }

  /// Reads until the end of the connection; returns why it ended.
  private ClientException receive(Connection connection) {
    ClientException why;
    @Nullable Disconnect last = null;
    try {
      while (true) {
        Packet packet = connection.read();
        if (!connection.finishing()) {
          on(connection, packet);
        }
      }
    } catch (MalformedPacket e) {
      last = new Disconnect(e.reason(), e.detail());
      why =
          new ClientException.ConnectionLost(
              "the server broke the protocol: " + e.getMessage(), e, false, null);
    } catch (IOException e) {
      why =
          new ClientException.ConnectionLost(
              "the connection was lost: " + e.getMessage(), e, false, null);
    } catch (AuthenticationFailed e) {
      last = Connection.AUTHENTICATION_FAILED;
      why = e;
    } catch (ClientException e) {
      why = e;
    }
    if (last != null && connection.version() == MqttVersion.V5) {
      connection.finish(last);
      connection.drain();
    }
    @Nullable ClientException own = connection.failure();
    ClientException first = own == null ? why : own;
    locked(() -> {
      session.onConnectionEnded();
      return () -> {};
    });
    connection.end(first);
    return first;
  }

  private void on(Connection connection, Packet packet) throws MalformedPacket, ClientException {
    if (packet instanceof Publish publish) {
      onPublish(connection, publish);
      return;
    }
    if (packet instanceof Auth auth) {
      connection.readingStalled(true); // by the application, which is not asked under the lock
      connection.reauthentication().on(auth);
      connection.readingStalled(false);
      return;
    }
    List<Runnable> completions;
    lock.lock();
    try {
      switch (packet) {
        case PubAck p -> session.on(p);
        case PubRec p -> session.on(p);
        case PubRel p -> session.on(p);
        case PubComp p -> session.on(p);
        case SubAck p -> session.on(p);
        case UnsubAck p -> session.on(p);
        case Disconnect p -> throw disconnected(p);
        case PingResp _ -> {}
        default ->
            throw new MalformedPacket(
                ReasonCode.PROTOCOL_ERROR,
                "§4.13",
                "unexpected " + packet.getClass().getSimpleName());
      }
      completions = session.takeCompletions();
    } finally {
      lock.unlock();
    }
    completions.forEach(Runnable::run);
  }

  private static ClientException disconnected(Disconnect disconnect) {
    String words = disconnect.reasonString() == null ? "" : ", " + disconnect.reasonString();
    String elsewhere =
        disconnect.serverReference() == null ? "" : "; use " + disconnect.serverReference();
    return new ClientException.ConnectionLost(
        "the server disconnected: " + disconnect.reasonCode() + words + elsewhere,
        null,
        false,
        disconnect.reasonCode());
  }

  private void onPublish(Connection connection, Publish publish) throws MalformedPacket {
    Publish whole = aliases.resolve(publish);
    boolean duplicate;
    lock.lock();
    try {
      duplicate = session.onPublish(whole, config.connect().receiveMaximum());
    } finally {
      lock.unlock();
    }
    connection.readingStalled(true);
    inbox.put(new Delivery(connection, whole, duplicate));
    connection.readingStalled(false);
  }

  /// The client is over. What has come and waits is still handled, unless the application closed.
  private void end(@Nullable ClientException why) {
    try {
      locked(() -> {
        over = true;
        cause = why;
        session.failAll(why);
        return () -> {};
      });
    } finally {
      inbox.close(why != null);
      if (why == null) {
        ended.complete(null);
      } else {
        ended.completeExceptionally(why);
      }
    }
  }
}
