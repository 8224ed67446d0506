package io.dunlin.broker;

import io.dunlin.broker.observe.Metric;
import io.dunlin.broker.observe.Metric.Kind;
import io.dunlin.broker.observe.Metric.Series;
import io.dunlin.broker.observe.Release;
import io.dunlin.broker.shard.Counters;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.storage.LogCounters;
import io.dunlin.transport.LoopCounters;
import io.dunlin.transport.TlsContext;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The list of all metrics: one table, top to bottom.
final class MetricList {
  private static final double NANOS = 1e9;

  private final BrokerMetrics.Sources sources;
  private final BrokerMetrics.Looked looked;
  private final List<Metric> all = new ArrayList<>();

  MetricList(BrokerMetrics.Sources sources, BrokerMetrics.Looked looked) {
    this.sources = sources;
    this.looked = looked;
    broker();
    connections();
    listeners();
    sessions();
    publishes();
    packets();
    loops();
    log();
    store();
  }

  List<Metric> all() {
    return all;
  }

  private void broker() {
    long started = sources.clock().nanos();
    all.add(
        new Metric(
            "dunlin_broker_build",
            Kind.GAUGE,
            "Always 1; the label names the version that runs.",
            "version",
            List.of(new Series(Release.version(), () -> 1))));
    gauge(
        "dunlin_broker_uptime_seconds",
        "Time since the broker started.",
        () -> (sources.clock().nanos() - started) / NANOS);
    gauge(
        "dunlin_broker_ready",
        "1 if clients should come, as /ready tells; 0 if not.",
        () -> sources.readiness().objections().isEmpty() ? 1 : 0);
    gauge(
        "dunlin_broker_shards",
        "Event loops, each with its part of the sessions.",
        () -> sources.core().counters().size());
    all.add(
        new Metric(
            "dunlin_memory_used_bytes",
            Kind.GAUGE,
            "Memory in use: the Java heap, direct buffers, and of these the output that waits for"
                + " clients' sockets and the messages between shards.",
            "area",
            List.of(
                new Series("heap", MetricList::heapBytes),
                new Series("direct", MetricList::directBytes),
                new Series("output", () -> sources.core().bufferBytes()),
                new Series("mailboxes", () -> sources.core().mailboxBytes()))));
    gauge(
        "dunlin_memory_heap_max_bytes",
        "How far the Java heap may grow.",
        () -> Runtime.getRuntime().maxMemory());
    gauge(
        "dunlin_disk_usable_bytes",
        "Space left where the data directory lies.",
        () -> looked.usableBytes);
  }

  private static double heapBytes() {
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  private static double directBytes() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }

  private void connections() {
    gauge(
        "dunlin_connection_open",
        "Network connections, with a session or not.",
        loops(LoopCounters::open));
    gauge(
        "dunlin_connection_greeting",
        "Connections whose CONNECT was not accepted yet.",
        () -> sources.core().reception().waiting());
    counter(
        "dunlin_connection_accepted_total",
        "Network connections accepted.",
        loops(LoopCounters::accepted));
    counter(
        "dunlin_connection_overflow_total",
        "Connections closed at once, without a CONNACK, because listeners.*.max-connections were"
            + " open, or far more came than connection.max-connections.",
        loops(LoopCounters::refused));
    counter(
        "dunlin_connection_untrusted_total",
        "Connections closed at once because their address is none of the listener's proxies.",
        loops(LoopCounters::untrusted));
    counter(
        "dunlin_connection_opening_failed_total",
        "Connections whose PROXY header, TLS handshake or WebSocket request was refused.",
        loops(LoopCounters::openingsFailed));
    reasons(
        "dunlin_connection_refused_total",
        "Connections refused before they had a session, by the reason code of MQTT 5.0.",
        code -> {
          ReasonCode reason = ReasonCode.of(code);
          return reason == null ? 0 : sources.core().reception().refused().getOrDefault(reason, 0);
        });
    reasons(
        "dunlin_connection_ended_total",
        "Connections with a session that the broker ended, by the reason code of MQTT 5.0.",
        code -> sum(c -> c.ended[code]));
    counter(
        "dunlin_connection_left_total",
        "Connections that clients ended with a DISCONNECT.",
        shards(c -> c.ended[0]));
    counter(
        "dunlin_connection_lost_total",
        "Connections with a session that ended without a DISCONNECT.",
        shards(c -> c.lostConnections));
    counter(
        "dunlin_connection_parked_total",
        "Times that a connection was not read for a while, because the log, another shard or its"
            + " own answers were behind.",
        shards(c -> c.parked));
    gauge(
        "dunlin_connection_waiting",
        "Connections that are not read now, or whose publishes are held back, until there is room"
            + " or space.",
        shards(c -> c.waitingConnections));
    counter(
        "dunlin_connection_received_bytes_total",
        "Bytes from clients.",
        loops(LoopCounters::bytesIn));
    counter(
        "dunlin_connection_sent_bytes_total", "Bytes to clients.", loops(LoopCounters::bytesOut));
  }

  private void listeners() {
    expiry(
        "dunlin_listener_certificate_not_after_timestamp_seconds",
        "When the certificate of a listener with TLS expires, in seconds since 1970.",
        TlsContext::expires);
    expiry(
        "dunlin_listener_ca_not_after_timestamp_seconds",
        "When the authority expires that vouches for a listener's clients (tls.ca; of several, the"
            + " first to expire), in seconds since 1970.",
        TlsContext::authoritiesExpire);
    expiry(
        "dunlin_listener_crl_next_update_timestamp_seconds",
        "When the revocation list of a listener (tls.crl; of several, the first) is outdated, in"
            + " seconds since 1970.",
        TlsContext::listsExpire);
  }

  /// A time for each of the listeners that are there and have one.
  private void expiry(String name, String help, Function<TlsContext, @Nullable Instant> of) {
    all.add(
        new Metric(
            name,
            Kind.GAUGE,
            help,
            "listener",
            () ->
                sources.tls().get().entrySet().stream()
                    .filter(listener -> of.apply(listener.getValue()) != null)
                    .map(Map.Entry::getKey)
                    .sorted()
                    .map(key -> new Series(key, () -> seconds(key, of)))
                    .toList()));
  }

  /// Seconds since 1970; not a number for a listener that is closed.
  private double seconds(String listener, Function<TlsContext, @Nullable Instant> of) {
    TlsContext tls = sources.tls().get().get(listener);
    Instant instant = tls == null ? null : of.apply(tls);
    return instant == null ? Double.NaN : instant.getEpochSecond();
  }

  private void sessions() {
    gauge("dunlin_session_connected", "Sessions with a connection.", shards(c -> c.connections));
    gauge(
        "dunlin_session_connected_max",
        "The most sessions with a connection since the start; looked at twice a second.",
        () -> looked.mostConnected);
    gauge("dunlin_session_count", "Sessions, connected or not.", shards(c -> c.sessions));
    gauge(
        "dunlin_session_persistent",
        "Sessions that outlive their connections, connected or not.",
        shards(c -> c.persistentSessions));
    counter(
        "dunlin_session_refused_total",
        "Connections refused because there were session.persistent-max persistent sessions.",
        shards(c -> c.refusedSessions));
    counter(
        "dunlin_session_expired_total",
        "Sessions that ended because their expiry interval had passed.",
        shards(c -> c.expiredSessions));
    gauge(
        "dunlin_session_queued_messages",
        "Messages of QoS 1 and 2 that wait for their clients or for their acknowledgements.",
        shards(c -> c.queuedMessages));
    gauge(
        "dunlin_session_inflight_messages",
        "Messages of QoS 1 and 2 that were sent and not acknowledged yet.",
        shards(c -> c.inflightMessages));
    gauge(
        "dunlin_session_queue_memory_bytes",
        "About how many bytes of the heap the messages take that wait for sessions which end with"
            + " their connections.",
        shards(c -> c.queueMemoryBytes));
    gauge("dunlin_subscription_count", "Subscriptions.", shards(c -> c.subscriptions));
    counter(
        "dunlin_subscription_denied_total",
        "Subscriptions refused because the client may not have them.",
        shards(c -> c.deniedSubscriptions));
    gauge(
        "dunlin_subscription_route_bytes",
        "About how many bytes of the heap go to what is remembered of where each topic's messages"
            + " go.",
        shards(c -> c.routeBytes));
    counter(
        "dunlin_subscription_routes_dropped_total",
        "Times that where a topic's messages go was not remembered, because that takes an eighth of"
            + " the heap already; it is looked up again at the next message.",
        shards(c -> c.routesDropped));
    gauge("dunlin_retained_count", "Retained messages.", () -> sources.core().retained().size());
    gauge(
        "dunlin_retained_bytes",
        "Bytes of retained messages and their topics.",
        () -> sources.core().retained().bytes());
  }

  private void publishes() {
    byQos(
        "dunlin_publish_received_total",
        "PUBLISH packets accepted from clients.",
        (c, q) -> c.received[q]);
    byQos("dunlin_publish_sent_total", "PUBLISH packets sent to clients.", (c, q) -> c.sent[q]);
    byQos(
        "dunlin_publish_received_bytes_total",
        "Bytes of PUBLISH packets accepted from clients.",
        (c, q) -> c.receivedBytes[q]);
    byQos(
        "dunlin_publish_sent_bytes_total",
        "Bytes of PUBLISH packets sent to clients.",
        (c, q) -> c.sentBytes[q]);
    all.add(
        new Metric(
            "dunlin_publish_dropped_total",
            Kind.COUNTER,
            "Messages that one recipient did not get, by why: its connection took no more (QoS 0),"
                + " its queue was full, all queues in memory together were, it takes no packets so"
                + " large, the message expired in the queue, it could not be read back from the"
                + " disk, the rules keep it from the client.",
            "reason",
            List.of(
                new Series("slow-reader", shards(c -> c.droppedSlow)),
                new Series("queue-full", shards(c -> c.droppedQueueFull)),
                new Series("memory-full", shards(c -> c.droppedMemoryFull)),
                new Series("too-large", shards(c -> c.droppedTooLarge)),
                new Series("expired", shards(c -> c.droppedExpired)),
                new Series("not-authorized", shards(c -> c.notAuthorized)),
                new Series("lost", shards(c -> c.lost)))));
    all.add(
        new Metric(
            "dunlin_publish_refused_total",
            Kind.COUNTER,
            "Messages that were not taken from their publisher, by why: it may not publish to the"
                + " topic, the disk is nearly full, there are too many retained messages.",
            "reason",
            List.of(
                new Series("not-authorized", shards(c -> c.deniedPublishes)),
                new Series("disk-low", shards(c -> c.refusedFull)),
                new Series("retained-quota", shards(c -> c.retainedRefused)))));
  }

  private void packets() {
    counter(
        "dunlin_packet_received_total", "Packets from clients.", shards(c -> c.packetsReceived));
    counter("dunlin_packet_sent_total", "Packets to clients.", shards(c -> c.packetsSent));
    counter(
        "dunlin_packet_refused_total",
        "Packets that ended their connection, because they broke the protocol or a limit.",
        shards(c -> c.refusedPackets));
    counter(
        "dunlin_packet_stray_acks_total",
        "Acknowledgements for nothing that was in flight.",
        shards(c -> c.strayAcks));
  }

  private void loops() {
    byLoop(
        "dunlin_loop_busy_seconds_total",
        "Time that a loop has worked; its rate is the loop's utilisation, 1 when it never waits.",
        l -> l.busyNanos() / NANOS);
    counter(
        "dunlin_loop_missed_beats_total",
        "Times that a loop or the log's thread stood still for longer than"
            + " server.watchdog-seconds.",
        () -> sources.missedBeats().getAsLong());
    byLoop(
        "dunlin_loop_turns_total",
        "Rounds in which a loop had something to do.",
        LoopCounters::turns);
    byLoop("dunlin_loop_reads_total", "Calls of the system to read.", LoopCounters::reads);
    byLoop("dunlin_loop_writes_total", "Calls of the system to write.", LoopCounters::writes);
    byLoop(
        "dunlin_loop_exceptions_total",
        "Exceptions that reached the top of a loop: faults of the broker, each named in the log.",
        LoopCounters::exceptions);
  }

  private void log() {
    LogCounters log = sources.log();
    counter("dunlin_log_forces_total", "Times that the log was forced to the disk.", log::forces);
    counter(
        "dunlin_log_force_seconds_total",
        "Time that forcing took; divided by the number of forces, the mean.",
        () -> log.forceNanos() / NANOS);
    long[] bounds = LogCounters.forceBoundsNanos();
    all.add(
        new Metric(
            "dunlin_log_forces_within_total",
            Kind.COUNTER,
            "Forces that took at most so many seconds: a cumulative histogram for"
                + " histogram_quantile.",
            "le",
            IntStream.rangeClosed(0, bounds.length)
                .mapToObj(i ->
                    i == bounds.length
                        ? new Series("+Inf", log::forces)
                        : new Series(seconds(bounds[i]), () -> log.forcesWithin(i)))
                .toList()));
    gauge(
        "dunlin_log_force_max_seconds",
        "How long the slowest force since the start took.",
        () -> log.maxForceNanos() / NANOS);
    counter("dunlin_log_forced_bytes_total", "Bytes written to the log.", log::bytesForced);
    counter(
        "dunlin_log_records_total",
        "Records committed; divided by the number of forces, how many one force pays for.",
        log::recordsCommitted);
    counter(
        "dunlin_log_batches_total",
        "Batches committed, each the records of one turn of a shard.",
        log::batchesCommitted);
    counter(
        "dunlin_log_failed_records_total",
        "Committed records that could not be applied: faults of the broker, each named in the log.",
        shards(c -> c.failedRecords));
    counter(
        "dunlin_log_damaged_total",
        "Damaged parts of the log that the start has found, each named in the broker's log; what"
            + " sessions lost by them, ctl session tells.",
        () -> sources.core().damagedLogParts());
    gauge("dunlin_log_segments", "Files of the log that hold records.", log::segments);
    gauge("dunlin_log_spare_segments", "Files of the log ready to be written.", log::spareSegments);
    gauge(
        "dunlin_log_recovery_bytes",
        "Bytes of the log that a start would have to read now.",
        () -> sources.core().bytesSinceCheckpoint());
    counter(
        "dunlin_log_checkpoints_total", "Checkpoints made.", () -> sources.core().checkpoints());
  }

  private void store() {
    gauge(
        "dunlin_store_tasks",
        "Tasks that wait for the store's thread.",
        () -> sources.core().storeBacklog());
    gauge(
        "dunlin_store_owed_sessions",
        "Sessions whose long queues, after a start, are still being moved from the log to the"
            + " store.",
        () -> sources.core().owedSessions());
    gauge("dunlin_store_bytes", "Bytes of the store on the disk.", () -> looked.storeBytes);
    counter(
        "dunlin_store_damaged_total",
        "Damaged files of the store that were found when it was opened or scrubbed.",
        () -> sources.core().damagedFiles());
    gauge("dunlin_store_rows", "Rows in the store, roughly.", () -> looked.storeRows);
  }

  // -- the columns of the table ---------------------------------------------------------------

  private void counter(String name, String help, DoubleSupplier value) {
    all.add(new Metric(name, Kind.COUNTER, help, "", List.of(new Series("", value))));
  }

  private void gauge(String name, String help, DoubleSupplier value) {
    all.add(new Metric(name, Kind.GAUGE, help, "", List.of(new Series("", value))));
  }

  /// A value of a shard, by QoS.
  private interface OfQos {
    long value(Counters counters, int qos);
  }

  private void byQos(String name, String help, OfQos value) {
    IntFunction<Series> series =
        qos -> new Series(Integer.toString(qos), shards(c -> value.value(c, qos)));
    all.add(
        new Metric(
            name,
            Kind.COUNTER,
            help,
            "qos",
            IntStream.rangeClosed(0, 2).mapToObj(series).toList()));
  }

  private void byLoop(String name, String help, ToDoubleFunction<LoopCounters> value) {
    List<LoopCounters> loops = sources.loops();
    IntFunction<Series> series =
        i -> new Series(Integer.toString(i), () -> value.applyAsDouble(loops.get(i)));
    all.add(
        new Metric(
            name,
            Kind.COUNTER,
            help,
            "loop",
            IntStream.range(0, loops.size()).mapToObj(series).toList()));
  }

  private void reasons(String name, String help, IntFunction<Number> ofCode) {
    List<Series> series =
        Arrays.stream(ReasonCode.values())
            .filter(ReasonCode::isFailure)
            .map(r -> new Series(name(r), () -> ofCode.apply(r.code()).doubleValue()))
            .toList();
    all.add(new Metric(name, Kind.COUNTER, help, "reason", series));
  }

  private static String name(ReasonCode reason) {
    return reason.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String seconds(long nanos) {
    return BigDecimal.valueOf(nanos, 9).stripTrailingZeros().toPlainString();
  }

  private DoubleSupplier shards(ToLongFunction<Counters> value) {
    return () -> sum(value);
  }

  private long sum(ToLongFunction<Counters> value) {
    return sources.core().counters().stream().mapToLong(value).sum();
  }

  private DoubleSupplier loops(ToLongFunction<LoopCounters> value) {
    return () -> sources.loops().stream().mapToLong(value).sum();
  }
}
