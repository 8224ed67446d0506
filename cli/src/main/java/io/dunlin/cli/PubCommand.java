package io.dunlin.cli;

import io.dunlin.base.Slice;
import io.dunlin.client.Client;
import io.dunlin.client.ClientConfig;
import io.dunlin.client.ClientException;
import io.dunlin.client.Message;
import io.dunlin.client.Published;
import io.dunlin.client.Reconnect;
import io.dunlin.mqtt.Disconnect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.ReasonCode;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// `dunlin pub`: publishes messages, and ends when the broker has them.
final class PubCommand implements Action {
  private static final List<String> SOURCES = List.of("-m", "-f", "-l", "-n", "-s");
  private static final Reconnect A_FEW_TIMES =
      new Reconnect(Duration.ofMillis(500), Duration.ofSeconds(4), 5);

  /// As shells have it for SIGINT: not all was published.
  private static final int INTERRUPTED = 130;

  private static final int UNFINISHED = 1_024;

  /// Before MQTT 5.0 a server cannot say how many it takes; this is what most of them do. Mosquitto
  /// up to 2.0.11 at least loses QoS 2 messages above.
  private static final int UNFINISHED_BEFORE_5 = 20;

  private final Surroundings around;

  private PubCommand(Surroundings around) {
    this.around = around;
  }

  static CommandSpec spec(Surroundings around) {
    CommandSpec spec =
        Dunlin.client(
                "pub",
                new PubCommand(around),
                "Publish messages.",
                "Options have the letters of mosquitto_pub. With -q 1 or 2 it ends when the broker"
                    + " has acknowledged all.")
            .addOption(ClientOptions.texts("TOPIC", "The topic to publish to.", "-t", "--topic"))
            .addOption(ClientOptions.text("TEXT", "The payload.", "-m", "--message"))
            .addOption(ClientOptions.file("The payload is what the file holds.", "-f", "--file"))
            .addOption(
                ClientOptions.flag(
                    "Every line of standard input is a message.", "-l", "--stdin-line"))
            .addOption(
                ClientOptions.flag("All of standard input is one message.", "-s", "--stdin-file"))
            .addOption(
                ClientOptions.flag(
                    "An empty payload; with -r it deletes the retained message.",
                    "-n",
                    "--null-message"))
            .addOption(ClientOptions.number("QOS", "0, 1 or 2; default: 0.", "-q", "--qos"))
            .addOption(
                ClientOptions.flag(
                    "The broker keeps it for who subscribes later.", "-r", "--retain"))
            .addOption(ClientOptions.number("N", "Publish it N times.", "--repeat"))
            .addOption(
                ClientOptions.option(
                    "SECONDS", Double.class, "Wait between these, as 0.5.", "--repeat-delay"))
            .addOption(
                ClientOptions.number(
                    "N",
                    "How many messages may wait for their acknowledgement; default: 1024, before"
                        + " MQTT 5: 20.",
                    "-M",
                    "--max-inflight"))
            .addOption(
                ClientOptions.option(
                    "SECONDS", Double.class, "Give up after this time.", "-W", "--timeout"));
    ClientOptions.addTo(spec);
    Dunlin.examples(
        spec,
        "dunlin pub -t plant/oven/temperature -m 218.5",
        "dunlin pub -h broker.example -t plant/oven/state -q 1 -r -m on",
        "dunlin pub -t plant/oven/state -r -n          deletes the retained message",
        "sensor | dunlin pub -t plant/log -q 1 -l      a message for every line",
        "dunlin pub -L mqtts://ann@broker.example/plant/photo -f photo.jpeg",
        "dunlin pub -t a -m 1 -D publish content-type text/plain -D publish user-property k v");
    return spec;
  }

  @Override
  public int run(ParseResult parsed) {
    ClientOptions options = ClientOptions.of(parsed, around);
    ClientConfig config;
    Message.Builder message;
    try {
      message = message(options);
      config =
          options
              .config("pub")
              .reconnect(A_FEW_TIMES)
              .maxUnfinished(
                  options.number(
                      "-M",
                      options.version() == MqttVersion.V5 ? UNFINISHED : UNFINISHED_BEFORE_5,
                      1,
                      65_535))
              .build();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          parsed.commandSpec().commandLine(), String.valueOf(e.getMessage()), e);
    }
    boolean quiet = options.has("--quiet");
    try (Client client = Client.connect(config)) {
      Run run = new Run(client, config.maxUnfinished());
      Interruption interruption = Interruption.closes(client, around, INTERRUPTED);
      try {
        return finish(run, publishInTime(run, message, parsed, options), options, config);
      } finally {
        interruption.over();
      }
    } catch (ClientException e) {
      return ClientFailure.tell(e, config.address(), around, quiet).number();
    } catch (IOException e) {
      around.error(String.valueOf(e.getMessage()));
      return ExitCode.FAILURE.number();
    }
  }

  private static Message.Builder message(ClientOptions options) {
    List<String> topics = options.topics();
    if (topics.size() != 1) {
      throw options.wrong(topics.isEmpty() ? "which topic? -t TOPIC" : "more than one topic");
    }
    long sources = SOURCES.stream().filter(options::has).count();
    if (sources != 1) {
      throw options.wrong(
          sources == 0
              ? "which message? -m TEXT, -f FILE, -l, -s or -n"
              : "-m, -f, -l, -s and -n exclude each other");
    }
    if (options.has("-l") && options.has("--repeat")) {
      throw options.wrong("-l and --repeat exclude each other");
    }
    options.number("--repeat", 1, 1, Integer.MAX_VALUE);
    options.seconds("--repeat-delay");
    options.seconds("-W");
    Message.Builder message =
        Message.builder(topics.getFirst()).qos(options.qos("-q")).retain(options.has("-r"));
    return options.properties().addTo(message, "publish");
  }

  /// Publishes on a thread of its own if there is a limit of time; false when it is over.
  private boolean publishInTime(
      Run run, Message.Builder message, ParseResult parsed, ClientOptions options)
      throws IOException {
    double limit = options.seconds("-W");
    if (limit == 0) {
      publish(run, message, parsed, options);
      return true;
    }
    AtomicReference<@Nullable IOException> failure = new AtomicReference<>();
    Thread publishing =
        Thread.ofVirtual()
            .start(() -> {
              try {
                publish(run, message, parsed, options);
              } catch (IOException e) {
                failure.set(e);
              }
            });
    try {
      boolean inTime = publishing.join(Duration.ofMillis((long) (limit * 1000)));
      @Nullable IOException failed = failure.get();
      if (failed != null) {
        throw failed;
      }
      return inTime;
    } catch (InterruptedException e) {
      return false; // Nobody interrupts it.
    }
  }

  private void publish(Run run, Message.Builder message, ParseResult parsed, ClientOptions options)
      throws IOException {
    if (options.has("-l")) {
      publishLines(run, message);
    } else {
      Message whole = message.payload(payload(parsed, options)).build();
      int count = options.number("--repeat", 1, 1, Integer.MAX_VALUE);
      long delayNanos = (long) (options.seconds("--repeat-delay") * 1e9);
      for (int i = 0; i < count && run.goesOn(); i++) {
        if (i > 0 && delayNanos > 0) {
          run.pause(delayNanos);
        }
        run.publish(whole);
      }
    }
    run.awaitAll();
  }

  private Slice payload(ParseResult parsed, ClientOptions options) throws IOException {
    if (options.has("-m")) {
      return Slice.utf8(options.text("-m", ""));
    }
    if (options.has("-s")) {
      return Slice.wrap(around.in().readAllBytes());
    }
    @Nullable Path file = parsed.matchedOptionValue("-f", null);
    try {
      return file == null ? Slice.EMPTY : Slice.wrap(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      throw new IOException("no such file: " + file, e);
    } catch (AccessDeniedException e) {
      throw new IOException("cannot read " + file + ": permission denied", e);
    } catch (IOException e) {
      throw new IOException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private void publishLines(Run run, Message.Builder message) throws IOException {
    InputStream in = new BufferedInputStream(around.in());
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    boolean any = false;
    for (int next = in.read(); next >= 0 && run.goesOn(); next = in.read()) {
      any = next != '\n';
      if (any) {
        line.write(next);
      } else {
        run.publish(message.payload(Slice.wrap(line.toByteArray())).build());
        line.reset();
      }
    }
    if (any && run.goesOn()) {
      run.publish(message.payload(Slice.wrap(line.toByteArray())).build());
    }
  }

  private int finish(Run run, boolean inTime, ClientOptions options, ClientConfig config) {
    boolean quiet = options.has("--quiet");
    long expiry = options.properties().number("disconnect", "session-expiry-interval", -1);
    run.client.disconnect(
        new Disconnect(
            ReasonCode.SUCCESS,
            expiry,
            null,
            null,
            options.properties().userProperties("disconnect")));
    @Nullable ClientException failure = run.failure.get();
    if (failure != null) {
      return ClientFailure.tell(failure, config.address(), around, quiet).number();
    }
    if (!inTime) {
      if (!quiet) {
        around.error("timed out: not everything was published; give it longer with -W");
      }
      return ExitCode.TIMEOUT.number();
    }
    return ExitCode.OK.number();
  }

  /// Messages on their way.
  private static final class Run {
    private final Client client;
    private final int limit;
    private final Semaphore free;
    private final AtomicReference<@Nullable ClientException> failure = new AtomicReference<>();

    Run(Client client, int limit) {
      this.client = client;
      this.limit = limit;
      this.free = new Semaphore(limit);
    }

    /// Waits until the message may go, and sends it.
    void publish(Message message) {
      free.acquireUninterruptibly();
      var _ = client.publish(message).whenComplete(this::done);
    }

    private void done(@Nullable Published published, @Nullable Throwable failed) {
      if (failed instanceof ClientException e) {
        failure.compareAndSet(null, e);
      }
      free.release();
    }

    boolean goesOn() {
      return failure.get() == null && !client.ended().isDone();
    }

    void awaitAll() {
      free.acquireUninterruptibly(limit);
      free.release(limit);
    }

    /// Waits, unless the client ends before.
    void pause(long nanos) {
      try {
        client.ended().get(nanos, TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        return; // The usual end.
      } catch (ExecutionException | InterruptedException e) {
        return; // goesOn() tells.
      }
    }
  }
}
