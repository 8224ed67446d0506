package io.dunlin.broker;

import io.dunlin.base.Slice;
import io.dunlin.broker.observe.ClientReport;
import io.dunlin.broker.observe.RetainedView;
import io.dunlin.broker.observe.SessionPage;
import io.dunlin.broker.observe.SessionView;
import io.dunlin.broker.observe.SubscriptionView;
import io.dunlin.broker.observe.Trace;
import io.dunlin.broker.shard.Shard;
import io.dunlin.broker.store.MessageView;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.TopicName;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Looks into a running broker: who is connected, what waits for whom, who gets what, and why not.
/// Thread-safe.
///
/// Questions about sessions run on the loops that own them, a bounded piece at a time, so a broker
/// under load answers them, too. A future does not complete when a loop stands still: callers wait
/// with a timeout, and take it for an answer.
public final class Inspection {
  private static final int SCAN_STEPS = 4_096;

  private final BrokerCore core;

  Inspection(BrokerCore core) {
    this.core = core;
  }

  /// Finds sessions.
  ///
  /// @param pattern of the client identifier; `*` stands for any characters
  /// @param limit how many are listed; all are counted
  public CompletableFuture<SessionPage> sessions(String pattern, boolean connectedOnly, int limit) {
    Wildcards wanted = new Wildcards(pattern);
    List<CompletableFuture<SessionPage>> pages = new ArrayList<>();
    for (int i = 0; i < core.shardCount(); i++) {
      pages.add(
          core.ask(
              i,
              (inspector, answer) ->
                  inspector.sessions(wanted::matches, connectedOnly, limit, answer::complete)));
    }
    return CompletableFuture.allOf(pages.toArray(CompletableFuture[]::new))
        .thenApply(_ -> merged(pages.stream().map(CompletableFuture::join).toList(), limit));
  }

  private static SessionPage merged(List<SessionPage> pages, int limit) {
    return new SessionPage(
        pages.stream().mapToLong(SessionPage::matched).sum(),
        pages.stream()
            .flatMap(page -> page.sessions().stream())
            .sorted(Comparator.comparing(SessionView::clientId))
            .limit(limit)
            .toList());
  }

  /// The users with a connected client.
  public CompletableFuture<Set<String>> connectedUsers() {
    List<CompletableFuture<Set<String>>> parts = new ArrayList<>();
    for (int i = 0; i < core.shardCount(); i++) {
      parts.add(core.ask(i, (inspector, answer) -> inspector.connectedUsers(answer::complete)));
    }
    return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new))
        .thenApply(_ -> {
          Set<String> users = new HashSet<>();
          parts.forEach(part -> users.addAll(part.join()));
          users.remove(""); // clients without a login
          return users;
        });
  }

  /// What is known about a client identifier.
  public CompletableFuture<ClientReport> client(String clientId) {
    return core.ask(shardOf(clientId), (i, answer) -> answer.complete(i.client(clientId)));
  }

  /// Ends the connection of a client with reason 0x98 (Administrative action); its session stays as
  /// long as it would after any other end. False when it has no connection.
  public CompletableFuture<Boolean> disconnect(String clientId) {
    return core.ask(shardOf(clientId), (i, answer) -> answer.complete(i.disconnect(clientId)));
  }

  private int shardOf(String clientId) {
    return Shard.shardOf(clientId, core.shardCount());
  }

  /// The subscriptions that match a topic now, every member of a shared one among them; at most
  /// `limit`. On the caller's thread.
  public List<SubscriptionView> matching(TopicName topic, int limit) {
    return core.book().matching(topic, core.access(), limit);
  }

  /// The retained messages that match a filter, at most `limit`. On the caller's thread.
  public List<RetainedView> retained(TopicFilter filter, int limit) {
    List<RetainedView> found = new ArrayList<>();
    Slice after = null;
    do {
      after =
          core.retained()
              .scan(
                  filter.bytes(),
                  after,
                  SCAN_STEPS,
                  limit - found.size(),
                  (topic, retained) -> found.add(view(topic, retained.message())));
    } while (after != null && found.size() < limit);
    return found;
  }

  private static RetainedView view(Slice topic, Slice stored) {
    MessageView message = new MessageView();
    message.read(stored);
    return new RetainedView(
        topic.utf8(), message.qos(), message.payloadBytes(), message.expiresAtMillis());
  }

  /// Begins a trace of a client, of topics, or, with both, of what fits both. It runs, from when
  /// the future completes, until it is closed.
  ///
  /// @throws IllegalArgumentException with neither
  public CompletableFuture<Trace> trace(@Nullable String clientId, @Nullable TopicFilter filter) {
    AtomicReference<@Nullable Trace> self = new AtomicReference<>();
    Trace trace =
        new Trace(
            clientId,
            filter,
            () -> {
              Trace ending = self.getAndSet(null);
              if (ending != null) {
                CompletableFuture<Void> _ = everyShard(ending, false);
              }
            });
    self.set(trace);
    return everyShard(trace, true).thenApply(_ -> trace);
  }

  private CompletableFuture<Void> everyShard(Trace trace, boolean starts) {
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (int i = 0; i < core.shardCount(); i++) {
      all.add(
          core.ask(
              i,
              (inspector, answer) -> {
                if (starts) {
                  inspector.start(trace);
                } else {
                  inspector.stop(trace);
                }
                answer.complete(null);
              }));
    }
    return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
  }
}
