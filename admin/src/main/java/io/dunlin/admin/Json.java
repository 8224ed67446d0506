package io.dunlin.admin;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dunlin.broker.observe.ClientReport;
import io.dunlin.broker.observe.ConnectionView;
import io.dunlin.broker.observe.Ending;
import io.dunlin.broker.observe.Metric;
import io.dunlin.broker.observe.RetainedView;
import io.dunlin.broker.observe.SessionView;
import io.dunlin.broker.observe.SubscriptionView;
import io.dunlin.broker.observe.TraceEvent;
import java.time.Instant;
import java.util.Locale;

/// How things look in JSON: the names that `dunlin ctl --json` promises, apart from those in the
/// code.
final class Json {
  static final ObjectMapper MAPPER = new ObjectMapper();

  private Json() {}

  static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  static ObjectNode of(SessionView s) {
    ObjectNode node =
        object()
            .put("clientId", s.clientId())
            .put("connected", s.connection() != null)
            .put("durable", s.durable())
            .put("shard", s.shard())
            .put("owner", s.owner())
            .put("expirySeconds", s.expirySeconds())
            .put("queuedMessages", s.queuedMessages())
            .put("queuedOnDisk", s.queuedOnDisk())
            .put("queueMaxMessages", s.queueMaxMessages())
            .put("inflight", s.inflight())
            .put("window", s.window())
            .put("openQos2", s.openQos2())
            .put("lost", s.lost())
            .put("will", s.will())
            .put("subscriptions", s.subscriptionCount());
    ConnectionView connection = s.connection();
    if (connection != null) {
      node.set("connection", of(connection));
    } else if (s.closedAtMillis() > 0) {
      node.put("awaySince", time(s.closedAtMillis()));
    }
    return node;
  }

  private static ObjectNode of(ConnectionView c) {
    return object()
        .put("version", c.version())
        .put("address", c.address())
        .put("listener", c.listener())
        .put("userName", c.userName())
        .put("since", time(c.connectedAtMillis()))
        .put("keepAliveSeconds", c.keepAliveSeconds())
        .put("silentMillis", c.silentMillis())
        .put("receiveMaximum", c.receiveMaximum())
        .put("maximumPacketBytes", c.maximumPacketBytes())
        .put("outboxBytes", c.outboxBytes())
        .put("waitingAnswers", c.waitingAnswers())
        .put("parked", c.parked());
  }

  /// All of it, subscriptions included.
  static ObjectNode of(ClientReport report) {
    SessionView session = report.session();
    ObjectNode node = session == null ? object().put("connected", false) : of(session);
    Ending ending = report.lastEnding();
    if (ending != null) {
      node.putObject("lastDisconnect")
          .put("at", time(ending.atMillis()))
          .put("reason", ending.reason());
    }
    if (session != null) {
      ArrayNode filters = node.putArray("filters");
      session.subscriptions().forEach(s -> filters.add(of(s)));
    }
    return node;
  }

  static ObjectNode of(SubscriptionView s) {
    return object()
        .put("clientId", s.clientId())
        .put("filter", s.filter())
        .put("qos", s.qos())
        .put("noLocal", s.noLocal())
        .put("retainAsPublished", s.retainAsPublished())
        .put("retainHandling", s.retainHandling())
        .put("subscriptionIdentifier", s.identifier())
        .put("connected", s.connected())
        .put("durable", s.durable())
        .put("mayReceive", s.mayReceive());
  }

  static ObjectNode of(RetainedView r) {
    ObjectNode node =
        object().put("topic", r.topic()).put("qos", r.qos()).put("payloadBytes", r.payloadBytes());
    return r.expiresAtMillis() < 0 ? node : node.put("expires", time(r.expiresAtMillis()));
  }

  static ObjectNode of(TraceEvent e) {
    ObjectNode node =
        object()
            .put("at", time(e.atMillis()))
            .put("clientId", e.clientId())
            .put("direction", e.direction().name().toLowerCase(Locale.ROOT))
            .put("what", e.what());
    if (!e.topic().isEmpty()) {
      node.put("topic", e.topic());
    }
    if (e.qos() >= 0) {
      node.put("qos", e.qos());
    }
    if (e.packetId() > 0) {
      node.put("packetId", e.packetId());
    }
    return node.put("bytes", e.bytes()).put("decision", e.decision());
  }

  static ObjectNode of(Metric metric) {
    ObjectNode node = object();
    for (Metric.Series series : metric.series()) {
      String name =
          metric.label().isEmpty()
              ? metric.name()
              : metric.name() + "{" + metric.label() + "=\"" + series.labelValue() + "\"}";
      node.put(name, series.value().getAsDouble());
    }
    return node;
  }

  private static String time(long millis) {
    return Instant.ofEpochMilli(millis).toString();
  }
}
