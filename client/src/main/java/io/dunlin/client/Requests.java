package io.dunlin.client;

import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.SubAck;
import io.dunlin.mqtt.Subscribe;
import io.dunlin.mqtt.Subscription;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.UnsubAck;
import io.dunlin.mqtt.Unsubscribe;
import io.dunlin.mqtt.UserProperty;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// SUBSCRIBE and UNSUBSCRIBE that wait for their answer, and the subscriptions that stand. Owned by
/// the client's lock.
///
/// A request waits until there is a connection, and goes out again on the next one if its answer
/// was lost.
final class Requests {
  /// What is asked, but for its packet identifier.
  sealed interface Request {
    /// The packet.
    Packet packet(int packetId);

    /// It will have no answer.
    void fail(ClientException why);
  }

  record Subscribing(
      List<Subscription> subscriptions,
      int identifier,
      List<UserProperty> properties,
      CompletableFuture<SubAck> future)
      implements Request {
    @Override
    public Packet packet(int packetId) {
      return new Subscribe(packetId, subscriptions, identifier, properties);
    }

    @Override
    public void fail(ClientException why) {
      future.completeExceptionally(why);
    }
  }

  record Unsubscribing(
      List<TopicFilter> filters, List<UserProperty> properties, CompletableFuture<UnsubAck> future)
      implements Request {
    @Override
    public Packet packet(int packetId) {
      return new Unsubscribe(packetId, filters, properties);
    }

    @Override
    public void fail(ClientException why) {
      future.completeExceptionally(why);
    }
  }

  /// A subscription as it was granted.
  private record Standing(Subscription subscription, int identifier) {}

  private static final int IDS = 65_535;

  private final Consumer<Runnable> completions;
  private final Map<Integer, Request> waiting = new LinkedHashMap<>();
  private final List<Request> unsent = new ArrayList<>();
  private final Map<TopicFilter, Standing> standing = new LinkedHashMap<>();
  private int lastId;

  /// Gives what completes futures to `completions`, to run it later.
  Requests(Consumer<Runnable> completions) {
    this.completions = completions;
  }

  /// Whether a request in flight has the packet identifier.
  boolean uses(int packetId) {
    return waiting.containsKey(packetId);
  }

  /// Sends a request, now or when there is a connection.
  void add(Request request, @Nullable Connection connection, IntPredicate inUse) {
    if (connection == null) {
      unsent.add(request);
    } else {
      send(request, connection, inUse);
    }
  }

  /// The connection is over, and with it the identifiers of what had no answer.
  void onConnectionEnded() {
    unsent.addAll(0, waiting.values());
    waiting.clear();
  }

  /// On a new connection: sends what has no answer yet, in the order in which it was asked.
  void sendAll(Connection connection, IntPredicate inUse) {
    List<Request> all = new ArrayList<>(unsent);
    unsent.clear();
    all.forEach(each -> send(each, connection, inUse));
  }

  private void send(Request request, Connection connection, IntPredicate inUse) {
    int packetId = freeId(inUse);
    if (packetId == 0) {
      refuse(request, ReasonCode.QUOTA_EXCEEDED, "all packet identifiers are in use");
      return;
    }
    if (connection.send(request.packet(packetId)) == Connection.Fate.TOO_LARGE) {
      refuse(request, ReasonCode.PACKET_TOO_LARGE, "the request is larger than the server takes");
      return;
    }
    waiting.put(packetId, request);
  }

  private void refuse(Request request, ReasonCode reason, String detail) {
    completions.accept(() -> request.fail(new ClientException.PublishRefused(reason, detail)));
  }

  /// An identifier that is not in use [MQTT-2.2.1-3], [MQTT-2.3.1-2 v3.1.1]. Counts down from
  /// 65,535, since those of messages count up. 0 when there is none.
  private int freeId(IntPredicate inUse) {
    for (int tries = 0; tries < IDS; tries++) {
      lastId = lastId <= 1 ? IDS : lastId - 1;
      if (!uses(lastId) && !inUse.test(lastId)) {
        return lastId;
      }
    }
    return 0;
  }

  /// The session is new: what stood is asked for again, before all that waits.
  void subscribeAnew() {
    List<Request> again = new ArrayList<>();
    for (Standing each : standing.values()) {
      again.add(
          new Subscribing(
              List.of(each.subscription()),
              each.identifier(),
              List.of(),
              new CompletableFuture<>()));
    }
    unsent.addAll(0, again);
  }

  /// An answer came. One that nobody waits for is no error.
  ///
  /// @throws MalformedPacket if it does not fit what was asked
  void on(SubAck answer) throws MalformedPacket {
    Request request = waiting.remove(answer.packetId());
    if (request == null) {
      return;
    }
    if (!(request instanceof Subscribing asked)
        || asked.subscriptions().size() != answer.reasonCodes().size()) {
      throw unfit(answer.packetId(), request);
    }
    IntStream.range(0, asked.subscriptions().size())
        .filter(i -> !answer.reasonCodes().get(i).isFailure())
        .mapToObj(i -> asked.subscriptions().get(i))
        .forEach(each -> standing.put(each.filter(), new Standing(each, asked.identifier())));
    completions.accept(() -> asked.future().complete(answer));
  }

  /// An answer came. One that nobody waits for is no error.
  ///
  /// @throws MalformedPacket if it does not fit what was asked
  void on(UnsubAck answer) throws MalformedPacket {
    Request request = waiting.remove(answer.packetId());
    if (request == null) {
      return;
    }
    if (!(request instanceof Unsubscribing asked)
        || (!answer.reasonCodes().isEmpty()
            && asked.filters().size() != answer.reasonCodes().size())) {
      throw unfit(answer.packetId(), request);
    }
    asked.filters().forEach(standing::remove);
    completions.accept(() -> asked.future().complete(answer));
  }

  private static MalformedPacket unfit(int packetId, Request request) {
    return new MalformedPacket(
        ReasonCode.PROTOCOL_ERROR,
        "MQTT-3.8.4-6",
        "the answer for " + packetId + " does not fit " + request.getClass().getSimpleName());
  }

  /// Nothing will be answered any more.
  void failAll(@Nullable ClientException cause) {
    List<Request> all = new ArrayList<>(waiting.values());
    all.addAll(unsent);
    waiting.clear();
    unsent.clear();
    all.forEach(
        each -> completions.accept(() -> each.fail(new ClientException.Closed(cause, true))));
  }
}
