package io.dunlin.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dunlin.broker.Broker;
import io.dunlin.broker.Inspection;
import io.dunlin.broker.config.InvalidConfig;
import io.dunlin.broker.config.LogConfig;
import io.dunlin.broker.observe.ClientReport;
import io.dunlin.broker.observe.Release;
import io.dunlin.broker.observe.SessionPage;
import io.dunlin.broker.observe.Trace;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.TopicName;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What `dunlin ctl` can ask for. Thread-safe; blocks for at most [#ANSWER_SECONDS], but for
/// reloads and backups.
final class Commands {
  private static final Logger LOG = LoggerFactory.getLogger(Commands.class);
  private static final long ANSWER_SECONDS = 10;
  private static final int DEFAULT_LIMIT = 100;
  private static final int MAX_LIMIT = 10_000;

  private final Broker broker;
  private final Inspection inspection;
  private final ControlHooks hooks;
  private final AccessCommands access;
  private final BackupCommand backup;

  Commands(Broker broker, ControlHooks hooks) {
    this.broker = broker;
    this.inspection = broker.inspection();
    this.hooks = hooks;
    this.access = new AccessCommands(broker, hooks);
    this.backup = new BackupCommand(broker);
  }

  JsonNode answer(JsonNode request) throws Refusal, InterruptedException {
    checkVersion(request);
    String what = request.path("do").asText();
    return switch (what) {
      case "clients" -> sessions(request, true);
      case "sessions" -> sessions(request, false);
      case "client", "session" -> client(text(request, "id"));
      case "disconnect" -> disconnect(text(request, "id"));
      case "topic" -> topic(request);
      case "retained" -> retained(request);
      case "stats" -> stats();
      case "log-level" -> logLevel(text(request, "level"));
      case "reload" -> reload();
      case "users" -> access.users(await(inspection.connectedUsers()));
      case "user-set" -> access.setPassword(request);
      case "user-remove" -> access.removeUser(text(request, "user"));
      case "rights" -> access.rights(optional(request, "who"));
      case "rule-add" -> access.addRule(request);
      case "rule-revoke" -> access.revokeRule(request);
      case "roles-set" -> access.setRoles(request);
      case "backup" -> backup.run(text(request, "directory"));
      default -> throw new Refusal("unsupported", "this broker knows no '" + what + "'");
    };
  }

  /// Begins a trace.
  Trace trace(JsonNode request) throws Refusal, InterruptedException {
    checkVersion(request);
    String id = optional(request, "id");
    String filter = optional(request, "filter");
    if (id == null && filter == null) {
      throw new Refusal("bad-request", "a trace needs a client, a topic filter, or both");
    }
    TopicFilter parsed = filter == null ? null : parse(filter, TopicFilter::of);
    LOG.info(
        "control.trace clientId={} filter={}", id == null ? "" : id, filter == null ? "" : filter);
    CompletableFuture<Trace> starting = inspection.trace(id, parsed);
    try {
      return await(starting);
    } catch (Refusal e) {
      var _ = starting.thenAccept(Trace::close); // should it start after all
      throw e;
    }
  }

  private static void checkVersion(JsonNode request) throws Refusal {
    int version = request.path("v").asInt();
    if (version != Control.VERSION) {
      throw new Refusal(
          "unsupported",
          "this broker ("
              + Release.version()
              + ") speaks version "
              + Control.VERSION
              + " of the control protocol, not "
              + version
              + "; use the dunlin command of its release");
    }
  }

  private JsonNode sessions(JsonNode request, boolean connectedOnly)
      throws Refusal, InterruptedException {
    String pattern = request.path("like").asText("*");
    SessionPage page = await(inspection.sessions(pattern, connectedOnly, limit(request)));
    ObjectNode answer = Json.object().put("matched", page.matched());
    ArrayNode list = answer.putArray("sessions");
    page.sessions().forEach(session -> list.add(Json.of(session)));
    return answer;
  }

  private JsonNode client(String id) throws Refusal, InterruptedException {
    ClientReport report = await(inspection.client(id));
    if (report.session() == null && report.lastEnding() == null) {
      throw notFound("no session has the client identifier '" + id + "'");
    }
    return Json.of(report).put("clientId", id);
  }

  private JsonNode disconnect(String id) throws Refusal, InterruptedException {
    if (!await(inspection.disconnect(id))) {
      throw notFound("no client '" + id + "' is connected");
    }
    LOG.info("control.disconnected clientId={}", id);
    return Json.object().put("disconnected", id);
  }

  private JsonNode topic(JsonNode request) throws Refusal {
    TopicName topic = parse(text(request, "topic"), TopicName::of);
    ObjectNode answer = Json.object();
    ArrayNode list = answer.putArray("subscriptions");
    inspection.matching(topic, limit(request)).forEach(s -> list.add(Json.of(s)));
    return answer;
  }

  private JsonNode retained(JsonNode request) throws Refusal {
    TopicFilter filter = parse(text(request, "filter"), TopicFilter::of);
    ObjectNode answer = Json.object();
    ArrayNode list = answer.putArray("retained");
    inspection.retained(filter, limit(request)).forEach(r -> list.add(Json.of(r)));
    return answer;
  }

  private JsonNode stats() throws InterruptedException {
    try {
      await(broker.metrics().refresh());
    } catch (Refusal e) {
      LOG.warn("control.slow-census error={}", e.getMessage()); // the values of before are shown
    }
    ObjectNode answer = Json.object();
    broker.metrics().all().forEach(metric -> answer.setAll(Json.of(metric)));
    return answer;
  }

  private JsonNode logLevel(String name) throws Refusal {
    try {
      LogConfig.Level level = LogConfig.Level.valueOf(name.toUpperCase(Locale.ROOT));
      hooks.logLevel(level);
      LOG.info("control.log-level level={}", level);
      return Json.object().put("level", level.toString());
    } catch (IllegalArgumentException e) {
      throw new Refusal(
          "bad-request", "'" + name + "' is no level: error, warn, info, debug, trace");
    } catch (UnsupportedOperationException e) {
      throw new Refusal("unsupported", String.valueOf(e.getMessage()));
    }
  }

  private JsonNode reload() throws Refusal {
    try {
      Broker.Reloaded reloaded = hooks.reload();
      ObjectNode answer = Json.object();
      reloaded.applied().forEach(answer.putArray("applied")::add);
      reloaded.needsRestart().forEach(answer.putArray("needsRestart")::add);
      return answer;
    } catch (IOException | InvalidConfig e) {
      throw new Refusal("invalid", "nothing has changed: " + e.getMessage());
    } catch (UnsupportedOperationException e) {
      throw new Refusal("unsupported", String.valueOf(e.getMessage()));
    }
  }

  // -- pieces ---------------------------------------------------------------------------------

  private static <T> T await(CompletableFuture<T> answer) throws Refusal, InterruptedException {
    try {
      return answer.get(ANSWER_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new Refusal(
          "timeout",
          "a loop of the broker has not answered within "
              + ANSWER_SECONDS
              + " s: it is overloaded, or it hangs; see dunlin_loop_busy_seconds_total");
    } catch (ExecutionException e) {
      throw new Refusal("failed", String.valueOf(e.getCause()));
    }
  }

  private static Refusal notFound(String message) {
    return new Refusal("not-found", message);
  }

  static String text(JsonNode request, String field) throws Refusal {
    String value = optional(request, field);
    if (value == null) {
      throw new Refusal("bad-request", "'" + field + "' is missing");
    }
    return value;
  }

  static @Nullable String optional(JsonNode request, String field) {
    JsonNode value = request.get(field);
    return value == null || value.isNull() ? null : value.asText();
  }

  private static int limit(JsonNode request) {
    return Math.clamp(request.path("limit").asInt(DEFAULT_LIMIT), 1, MAX_LIMIT);
  }

  private static <T> T parse(String text, Function<String, T> parser) throws Refusal {
    try {
      return parser.apply(text);
    } catch (IllegalArgumentException e) {
      throw new Refusal("bad-request", "'" + text + "' is not valid: " + e.getMessage());
    }
  }
}
