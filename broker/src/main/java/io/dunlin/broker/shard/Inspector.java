package io.dunlin.broker.shard;

import io.dunlin.base.OwnedBy;
import io.dunlin.broker.observe.ClientReport;
import io.dunlin.broker.observe.ConnectionView;
import io.dunlin.broker.observe.Ending;
import io.dunlin.broker.observe.SessionPage;
import io.dunlin.broker.observe.SessionView;
import io.dunlin.broker.observe.SubscriptionView;
import io.dunlin.broker.observe.Trace;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.ReasonCode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Answers questions about a shard, on its loop, without holding it up: what goes over all sessions
/// goes in steps, with the loop's own work in between. A session that comes or goes meanwhile may
/// be missed, or seen twice.
@OwnedBy("shard")
public final class Inspector {
  /// Sessions that one step looks at.
  private static final int STEP = 1_024;

  private static final long STEP_NANOS = 1_000_000;

  /// Endings that are remembered.
  private static final int ENDINGS = 1_024;

  /// Subscriptions of one session that are shown, at most.
  private static final int MAX_SUBSCRIPTIONS = 10_000;

  private final Shard shard;
  private final Map<String, Ending> endings =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Ending> eldest) {
          return size() > ENDINGS;
        }
      };

  Inspector(Shard shard) {
    this.shard = shard;
  }

  /// Notes why a client's connection has ended.
  void ended(String clientId, String reason) {
    endings.remove(clientId); // the newest last
    endings.put(clientId, new Ending(clientId, reason, shard.nowMillis()));
  }

  /// Counts what is queued into [Counters]; `done` runs when it is there.
  public void census(Runnable done) {
    long[] sums = new long[2];
    walk(
        0,
        session -> {
          sums[0] += session.outgoing.backlog();
          sums[1] += session.outgoing.inFlight();
        },
        () -> {
          shard.counters.queuedMessages = sums[0];
          shard.counters.inflightMessages = sums[1];
          done.run();
        });
  }

  /// Finds sessions by their client identifiers.
  ///
  /// @param connectedOnly whether those without a connection are left out
  /// @param limit how many are shown; all are counted
  public void sessions(
      Predicate<String> clientIds, boolean connectedOnly, int limit, Consumer<SessionPage> done) {
    long[] matched = new long[1];
    List<SessionView> found = new ArrayList<>();
    walk(
        0,
        session -> {
          if ((session.connection != null || !connectedOnly)
              && clientIds.test(session.clientId)
              && ++matched[0] <= limit) {
            found.add(view(session, 0));
          }
        },
        () -> done.accept(new SessionPage(matched[0], found)));
  }

  /// The users of sessions that are connected; the empty name stands for those without a login.
  public void connectedUsers(Consumer<Set<String>> done) {
    Set<String> users = new HashSet<>();
    walk(
        0,
        session -> {
          if (session.connection != null) {
            users.add(session.owner);
          }
        },
        () -> done.accept(users));
  }

  private void walk(int from, Consumer<Session> visitor, Runnable done) {
    int end = Math.min(from + STEP, shard.sessions.listed().size());
    for (int i = from; i < end; i++) {
      visitor.accept(shard.sessions.listed().get(i));
    }
    if (end < shard.sessions.listed().size()) {
      shard.loop.schedule(STEP_NANOS, () -> walk(end, visitor, done));
    } else {
      done.run();
    }
  }

  /// What is known about one client identifier.
  public ClientReport client(String clientId) {
    Session session = shard.sessions.byClientId(clientId);
    return new ClientReport(
        session == null ? null : view(session, MAX_SUBSCRIPTIONS), endings.get(clientId));
  }

  /// Ends the connection of a client, telling it why if it speaks MQTT 5.0; false if it has none.
  public boolean disconnect(String clientId) {
    Session session = shard.sessions.byClientId(clientId);
    ClientConnection connection = session == null ? null : session.connection;
    if (connection == null) {
      return false;
    }
    connection.disconnect(ReasonCode.ADMINISTRATIVE_ACTION, "disconnected by the operator");
    return true;
  }

  /// Begins to tell a trace what happens here.
  public void start(Trace trace) {
    shard.tracer.start(trace);
  }

  /// Ends that.
  public void stop(Trace trace) {
    shard.tracer.stop(trace);
  }

  /// Tells traces of a CONNECT, before anything is decided about it.
  public void connecting(String clientId, Connect connect, String listener) {
    if (shard.tracing) {
      shard.tracer.connecting(clientId, connect, listener);
    }
  }

  /// Tells traces of a connection that is refused before it has a session.
  public void refused(String clientId, String remote, ReasonCode reason, @Nullable String detail) {
    if (shard.tracing) {
      String why = detail == null ? "" : ": " + detail;
      shard.tracer.connection(clientId, "refused " + remote + " " + reason.name() + why);
    }
  }

  // -- values ---------------------------------------------------------------------------------

  private SessionView view(Session s, int maxSubscriptions) {
    ClientConnection connection = s.connection;
    return new SessionView(
        s.clientId,
        s.owner,
        shard.index,
        s.durable,
        connection == null ? null : view(connection),
        connection == null ? s.closedAtMillis : 0,
        s.expirySeconds,
        s.outgoing.backlog(),
        s.outgoing.end() - s.outgoing.memoryEnd(),
        s.queueMessages,
        s.outgoing.inFlight(),
        s.outgoing.window(),
        s.incoming.size(),
        s.lost,
        s.will != null,
        s.subscriptions.size(),
        s.subscriptions.values().stream().limit(maxSubscriptions).map(t -> view(t, true)).toList());
  }

  private ConnectionView view(ClientConnection c) {
    String named = c.hello.connect().userName();
    String user = c.hello.owner().isEmpty() && named != null ? named : c.hello.owner();
    return new ConnectionView(
        Tracer.number(c.version),
        c.connection.remoteAddress(),
        c.connection.listener(),
        user,
        c.connectedAtMillis,
        c.keepAliveSeconds(),
        (shard.loop.nowNanos() - c.lastReceivedNanos()) / 1_000_000,
        c.receiveMaximum,
        c.maximumPacketSize,
        c.outbox.bytes(),
        c.pending.size(),
        c.parked);
  }

  static SubscriptionView view(StandingSubscription s, boolean mayReceive) {
    return new SubscriptionView(
        s.session.clientId,
        s.filter.bytes().utf8(),
        s.qos(),
        s.noLocal(),
        s.retainAsPublished(),
        s.options >> 4 & 3,
        s.identifier,
        s.session.online,
        s.session.durable,
        mayReceive);
  }
}
