package io.dunlin.cli;

import io.dunlin.client.Client;
import io.dunlin.client.ClientConfig;
import io.dunlin.client.ClientException;
import io.dunlin.mqtt.Disconnect;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.RetainHandling;
import io.dunlin.mqtt.SubAck;
import io.dunlin.mqtt.Subscription;
import io.dunlin.mqtt.SubscriptionOptions;
import io.dunlin.mqtt.TopicFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// `dunlin sub`: prints the messages of topics.
final class SubCommand implements Action {
  private final Surroundings around;

  private SubCommand(Surroundings around) {
    this.around = around;
  }

  static CommandSpec spec(Surroundings around) {
    CommandSpec spec =
        Dunlin.client(
                "sub",
                new SubCommand(around),
                "Subscribe to topics, and print their messages.",
                "Options have the letters of mosquitto_sub. It ends in order on SIGINT and SIGTERM,"
                    + " and comes back by itself when the connection is lost.")
            .addOption(
                ClientOptions.texts("FILTER", "A topic filter; several are fine.", "-t", "--topic"))
            .addOption(
                ClientOptions.texts(
                    "FILTER", "Leave out what this one matches.", "-T", "--filter-out"))
            .addOption(
                ClientOptions.texts(
                    "FILTER", "Unsubscribe from this one first.", "-U", "--unsubscribe"))
            .addOption(
                ClientOptions.number("QOS", "The highest QoS wanted; default: 0.", "-q", "--qos"))
            .addOption(ClientOptions.number("N", "End after N messages.", "-C", "--count"))
            .addOption(
                ClientOptions.option(
                    "SECONDS", Double.class, "End after this time.", "-W", "--timeout"))
            .addOption(ClientOptions.flag("Print the topic, too.", "-v", "--verbose"))
            .addOption(ClientOptions.text("FORMAT", MessageFormat.DESCRIPTION, "-F", "--format"))
            .addOption(ClientOptions.flag("A line of JSON for each message: -F %%j.", "--json"))
            .addOption(ClientOptions.flag("JSON on several lines.", "--pretty"))
            .addOption(ClientOptions.flag("The payload in hexadecimal: -F %%x.", "--hex"))
            .addOption(ClientOptions.flag("No line feed behind a message.", "-N", "--no-newline"))
            .addOption(
                ClientOptions.flag("No retained messages, which are old.", "-R", "--no-retained"))
            .addOption(
                ClientOptions.flag(
                    "Retained messages only; ends with the first other one.", "--retained-only"))
            .addOption(
                ClientOptions.number(
                    "PERCENT", "Print a random part of the messages only.", "--random-filter"))
            .addOption(
                ClientOptions.flag("Delete the retained messages that come.", "--remove-retained"))
            .addOption(
                ClientOptions.flag("End when the broker has granted the subscriptions.", "-E"))
            .addOption(
                ClientOptions.flag("Not what this client publishes itself (MQTT 5).", "--no-local"))
            .addOption(
                ClientOptions.flag(
                    "Retain as the publisher set it (MQTT 5).", "--retain-as-published"));
    ClientOptions.addTo(spec);
    Dunlin.examples(
        spec,
        "dunlin sub -t 'plant/#' -v",
        "dunlin sub -h broker.example -t 'plant/+/temperature' -F '%%I %%t %%p'",
        "dunlin sub -t 'plant/#' --json | jq .payload",
        "dunlin sub -t 'plant/#' -q 1 -i collector -c       nothing is lost while it is away",
        "dunlin sub -t plant/oven/state -C 1 -W 5           one message, or exit code 27",
        "dunlin sub -t '#' --retained-only -v -W 2          what is retained");
    return spec;
  }

  @Override
  public int run(ParseResult parsed) {
    ClientOptions options = ClientOptions.of(parsed, around);
    Printer printer;
    ClientConfig config;
    Request request;
    try {
      request = Request.of(options, parsed);
      printer = Printer.of(options, parsed, around);
      config = options.config("sub").handler(printer).build();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          parsed.commandSpec().commandLine(), String.valueOf(e.getMessage()), e);
    }
    boolean quiet = options.has("--quiet");
    try (Client client = Client.connect(config)) {
      printer.attach(client);
      Interruption interruption = Interruption.closes(client, around, ExitCode.OK.number());
      try {
        ExitCode result = request.send(client, around, quiet);
        if (result != ExitCode.OK || options.has("-E")) {
          return result.number();
        }
        ExitCode end = await(client, options);
        client.disconnect(farewell(options));
        return end.number();
      } catch (CompletionException | ExecutionException e) {
        if (e.getCause() instanceof ClientException.Closed closed && closed.getCause() == null) {
          return ExitCode.OK.number(); // The messages asked for came before the SUBACK.
        }
        return e.getCause() instanceof ClientException why
            ? ClientFailure.tell(why, config.address(), around, quiet).number()
            : ExitCode.FAILURE.number();
      } finally {
        interruption.over();
        printer.flush();
      }
    } catch (ClientException e) {
      return ClientFailure.tell(e, config.address(), around, quiet).number();
    }
  }

  private static Disconnect farewell(ClientOptions options) {
    return new Disconnect(
        ReasonCode.SUCCESS,
        options.properties().number("disconnect", "session-expiry-interval", -1),
        null,
        null,
        options.properties().userProperties("disconnect"));
  }

  private static ExitCode await(Client client, ClientOptions options) throws ExecutionException {
    double limit = options.seconds("-W");
    try {
      if (limit == 0) {
        client.ended().get();
      } else {
        client.ended().get((long) (limit * 1e9), TimeUnit.NANOSECONDS);
      }
      return ExitCode.OK;
    } catch (TimeoutException e) {
      return ExitCode.TIMEOUT;
    } catch (InterruptedException e) {
      return ExitCode.FAILURE; // Nobody interrupts it.
    }
  }

  /// What is asked of the broker.
  private record Request(
      List<Subscription> subscriptions, List<TopicFilter> unsubscribe, PropertyOption properties) {
    static Request of(ClientOptions options, ParseResult parsed) {
      List<String> topics = options.topics();
      if (topics.isEmpty()) {
        throw options.wrong("which topics? -t FILTER, for example -t '#'");
      }
      SubscriptionOptions wanted =
          new SubscriptionOptions(
              options.qos("-q"),
              options.has("--no-local"),
              options.has("--retain-as-published"),
              options.has("-R") ? RetainHandling.DO_NOT_SEND : RetainHandling.SEND);
      options.number("-C", 1, 1, Integer.MAX_VALUE);
      options.seconds("-W");
      List<Subscription> subscriptions = new ArrayList<>();
      topics.forEach(each -> subscriptions.add(new Subscription(TopicFilter.of(each), wanted)));
      List<String> unsubscribe = parsed.matchedOptionValue("-U", List.of());
      long identifier = options.properties().number("subscribe", "subscription-identifier", 0);
      if (identifier < 0 || identifier > Packet.MAX_SUBSCRIPTION_IDENTIFIER) {
        throw options.wrong("-D: a subscription identifier is in 1..268435455");
      }
      return new Request(
          subscriptions, unsubscribe.stream().map(TopicFilter::of).toList(), options.properties());
    }

    /// Sends it, and tells what was refused.
    ExitCode send(Client client, Surroundings around, boolean quiet) {
      if (!unsubscribe.isEmpty()) {
        client.unsubscribe(unsubscribe, properties.userProperties("unsubscribe")).join();
      }
      CompletableFuture<SubAck> answer =
          client.subscribe(
              subscriptions,
              (int) properties.number("subscribe", "subscription-identifier", 0),
              properties.userProperties("subscribe"));
      List<ReasonCode> reasons = answer.join().reasonCodes();
      int refused = 0;
      for (int i = 0; i < reasons.size(); i++) {
        ReasonCode reason = reasons.get(i);
        if (reason.isFailure()) {
          refused++;
          if (!quiet) {
            around.error(
                "the broker refused '%s': %s (0x%02X)"
                    .formatted(subscriptions.get(i).filter(), reason, reason.code()));
          }
        }
      }
      return refused == reasons.size() ? ExitCode.REFUSED : ExitCode.OK;
    }
  }
}
