package io.dunlin.cli;

import io.dunlin.base.Slice;
import io.dunlin.client.Client;
import io.dunlin.client.Message;
import io.dunlin.client.MessageHandler;
import io.dunlin.client.ReceivedMessage;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.routing.TopicMatcher;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ParseResult;

/// Prints messages as they come, and ends the client when there have been enough. On the client's
/// handler thread.
final class Printer implements MessageHandler {
  private final Surroundings around;
  private final OutputStream out;
  private final @Nullable MessageFormat format;
  private final boolean line;
  private final boolean retained;
  private final boolean retainedOnly;
  private final boolean removeRetained;
  private final List<Slice> leftOut;
  private final CompletableFuture<Client> client = new CompletableFuture<>();
  private final double share;
  private int left;

  private Printer(ClientOptions options, ParseResult parsed, Surroundings around) {
    this.around = around;
    this.out = new BufferedOutputStream(around.bytes(), 32 << 10);
    this.line = !options.has("-N");
    this.format = format(options, line);
    this.retained = !options.has("-R");
    this.retainedOnly = options.has("--retained-only");
    this.removeRetained = options.has("--remove-retained");
    this.left = options.number("-C", Integer.MAX_VALUE, 1, Integer.MAX_VALUE);
    this.share = options.number("--random-filter", 100, 1, 100) / 100.0;
    List<String> filters = parsed.matchedOptionValue("-T", List.of());
    this.leftOut = filters.stream().map(TopicFilter::of).map(TopicFilter::filter).toList();
    if (retainedOnly && !retained) {
      throw options.wrong("-R and --retained-only exclude each other");
    }
  }

  /// What the options say.
  ///
  /// @throws IllegalArgumentException if the format or a filter is none
  static Printer of(ClientOptions options, ParseResult parsed, Surroundings around) {
    return new Printer(options, parsed, around);
  }

  /// Null for the topic and the payload.
  private static @Nullable MessageFormat format(ClientOptions options, boolean line) {
    long given = List.of("-v", "-F", "--json", "--hex").stream().filter(options::has).count();
    if (given > 1) {
      throw options.wrong("-v, -F, --json and --hex exclude each other");
    }
    if (options.has("-v")) {
      return null;
    }
    String text =
        options.has("--json")
            ? "%j"
            : options.has("--hex") ? "%x" : options.text("-F", "%p"); // the payload as it is
    MessageFormat format = MessageFormat.of(text, options.has("--pretty"));
    return line ? format.line() : format;
  }

  /// Says whose messages these are; the first waits for it.
  void attach(Client owner) {
    client.complete(owner);
  }

  @Override
  public void onMessage(ReceivedMessage received) {
    Message message = received.message();
    if (leftOut.stream().anyMatch(each -> TopicMatcher.matches(each, message.topic().bytes()))) {
      return;
    }
    if (retainedOnly && !message.retain()) {
      client.join().close();
      return;
    }
    if (message.retain() && !retained) {
      return;
    }
    if (removeRetained) {
      if (!message.retain() && message.payload().isEmpty()) {
        return; // The removal comes back.
      }
      if (message.retain()) {
        remove(message);
      }
    }
    if (share < 1 && ThreadLocalRandom.current().nextDouble() >= share) {
      return;
    }
    try {
      out.write(print(received));
      out.flush();
    } catch (MessageFormat.Unprintable e) {
      around.error(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      client.join().close(); // Nobody reads any more, as behind `| head`.
      return;
    }
    if (--left == 0) {
      client.join().close();
    }
  }

  private byte[] print(ReceivedMessage received) throws MessageFormat.Unprintable {
    if (format != null) {
      return format.print(received, ZonedDateTime.now(ZoneId.systemDefault()));
    }
    String topic = received.message().topic().toString();
    return MessageFormat.verbose(
        received, around.colours() ? "\u001b[36m" + topic + "\u001b[39m" : topic, line);
  }

  private void remove(Message message) {
    // QoS 0: the handler must not wait for what the reader has to read.
    Message nothing = Message.builder(message.topic().toString()).retain(true).build();
    var _ = client.join().publish(nothing);
  }

  void flush() {
    try {
      out.flush();
    } catch (IOException e) {
      return; // Nobody reads any more.
    }
  }
}
