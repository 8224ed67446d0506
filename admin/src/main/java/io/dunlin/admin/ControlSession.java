package io.dunlin.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dunlin.base.OwnedBy;
import io.dunlin.broker.observe.Trace;
import io.dunlin.broker.observe.TraceEvent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// One connection of `dunlin ctl`: requests and their answers, one after the other; the last may be
/// a trace.
@OwnedBy("its virtual thread")
final class ControlSession {
  private static final long TRACE_POLL_MILLIS = 200;

  private final SocketChannel channel;
  private final Commands commands;
  private final ByteBuffer input = ByteBuffer.allocate(Control.MAX_REQUEST_BYTES);

  ControlSession(SocketChannel channel, Commands commands) {
    this.channel = channel;
    this.commands = commands;
  }

  void run() throws IOException, InterruptedException {
    for (String line = readLine(); line != null; line = readLine()) {
      ObjectNode answer;
      try {
        JsonNode request = Json.MAPPER.readTree(line);
        if (request.path("do").asText().equals("trace")) {
          trace(commands.trace(request));
          return;
        }
        answer = Json.object();
        answer.set("ok", commands.answer(request));
      } catch (JsonProcessingException e) {
        answer = error(new Refusal("bad-request", "not JSON: " + e.getOriginalMessage()));
      } catch (Refusal e) {
        answer = error(e);
      }
      write(answer);
    }
  }

  private static ObjectNode error(Refusal refusal) {
    return Json.object()
        .put("error", String.valueOf(refusal.getMessage()))
        .put("code", refusal.code());
  }

  /// Sends what a trace tells until the other end closes.
  private void trace(Trace trace) throws IOException, InterruptedException {
    AtomicBoolean gone = new AtomicBoolean();
    try (trace) {
      write(Json.object().put("ok", "tracing"));
      Thread.ofVirtual().start(() -> awaitEnd(gone));
      while (!gone.get()) {
        TraceEvent event = trace.next(TRACE_POLL_MILLIS);
        if (event != null) {
          ObjectNode line = Json.object();
          line.set("event", Json.of(event));
          write(line);
        }
        long dropped = trace.takeDropped();
        if (dropped > 0) {
          write(Json.object().put("dropped", dropped));
        }
      }
    }
  }

  private void awaitEnd(AtomicBoolean gone) {
    ByteBuffer ignored = ByteBuffer.allocate(256);
    try {
      while (channel.read(ignored.clear()) >= 0) {
        continue; // nothing may come, and what comes means nothing
      }
      gone.set(true);
    } catch (IOException e) {
      gone.set(true);
    }
  }

  private @Nullable String readLine() throws IOException {
    while (true) {
      for (int i = 0; i < input.position(); i++) {
        if (input.get(i) == '\n') {
          String line = new String(input.array(), 0, i, StandardCharsets.UTF_8);
          input.flip().position(i + 1);
          input.compact();
          return line;
        }
      }
      if (!input.hasRemaining() || channel.read(input) < 0) {
        return null;
      }
    }
  }

  private void write(ObjectNode answer) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap((answer + "\n").getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
