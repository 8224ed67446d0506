package io.dunlin.cli;

import io.dunlin.base.Slice;
import io.dunlin.client.BrokerAddress;
import io.dunlin.client.ClientConfig;
import io.dunlin.client.ClientListener;
import io.dunlin.client.Message;
import io.dunlin.client.TlsConfig;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.Qos;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// The options of `pub` and `sub` that say where to connect and how, under the letters of
/// Mosquitto's tools, and what they come to.
final class ClientOptions {
  private static final int PORT = 1883;
  private static final int TLS_PORT = 8883;

  /// Options of Mosquitto's tools that are not there, each with what to do.
  private static final Map<String, String> ABSENT =
      Map.of(
          "--psk", "no pre-shared keys here; use a certificate, or a name and a password",
          "--psk-identity", "no pre-shared keys here; use a certificate, or a name and a password",
          "--proxy", "no SOCKS here; a tunnel does it: ssh -L 1883:BROKER:1883 PROXY",
          "--keyform", "keys come from files here; leave it out",
          "--tls-engine", "keys come from files here; leave it out",
          "--tls-engine-kpass-sha1", "keys come from files here; leave it out");

  private final ParseResult options;
  private final CommandLine command;
  private final Surroundings around;
  private final PropertyOption properties;
  private final @Nullable URI url;

  private ClientOptions(ParseResult options, Surroundings around) {
    this.options = options;
    this.command = options.commandSpec().commandLine();
    this.around = around;
    this.properties = PropertyOption.of(options);
    this.url = url();
    ABSENT.forEach((name, remedy) -> {
      if (has(name)) {
        throw wrong(name + ": " + remedy);
      }
    });
  }

  /// What was given.
  ///
  /// @throws ParameterException if it does not fit together
  static ClientOptions of(ParseResult options, Surroundings around) {
    return new ClientOptions(options, around);
  }

  /// Adds what `pub` and `sub` have in common: options, and what their exit codes mean.
  static CommandSpec addTo(CommandSpec spec) {
    spec.usageMessage()
        .exitCodeListHeading(Dunlin.EXIT_CODES)
        .exitCodeList(
            ExitCode.meanings(
                ExitCode.OK,
                ExitCode.FAILURE,
                ExitCode.USAGE,
                ExitCode.TIMEOUT,
                ExitCode.UNAVAILABLE,
                ExitCode.REFUSED));
    spec.addOption(text("HOST", "The broker's host; default: localhost.", "-h", "--host"))
        .addOption(number("N", "Its port; default: 1883, with TLS 8883.", "-p", "--port"))
        .addOption(
            text(
                "URL",
                "Host, port, login and topic in one: mqtt[s]://[USER[:PASSWORD]@]HOST[:PORT]/TOPIC;"
                    + " or ws[s]://HOST[:PORT]/PATH.",
                "-L",
                "--url"))
        .addOption(text("ADDRESS", "Connect from this local address.", "-A", "--bind-address"))
        .addOption(file("A Unix socket in place of host and port.", "--unix"))
        .addOption(flag("Speak MQTT over a WebSocket.", "--ws"))
        .addOption(text("PATH", "The path of the WebSocket; default: /mqtt.", "--ws-path"))
        .addOption(
            text(
                "VERSION",
                "The version of MQTT: 5, 311 or 31 (or mqttv5, …); default: 5.",
                "-V",
                "--protocol-version"))
        .addOption(text("ID", "The client identifier; default: one of its own.", "-i", "--id"))
        .addOption(
            text("PREFIX", "A client identifier that begins like this.", "-I", "--id-prefix"))
        .addOption(text("NAME", "The user name.", "-u", "--username"))
        .addOption(
            text(
                "PASSWORD",
                "The password; default: $DUNLIN_PASSWORD, which other users do not see.",
                "-P",
                "--pw"))
        .addOption(
            number("SECONDS", "The Keep Alive, 0 for none; default: 60.", "-k", "--keepalive"))
        .addOption(
            flag(
                "Keep the session when the connection ends, and go on with a former one; needs -i.",
                "-c",
                "--disable-clean-session"))
        .addOption(
            text(
                "SECONDS",
                "How long the session outlives the connection; -1 for ever; default: 0, with -c"
                    + " for ever.",
                "-x",
                "--session-expiry-interval"))
        .addOption(PropertyOption.spec())
        .addOption(text("TOPIC", "The topic of the will.", "--will-topic"))
        .addOption(text("TEXT", "Its payload; default: empty.", "--will-payload"))
        .addOption(number("QOS", "Its QoS; default: 0.", "--will-qos"))
        .addOption(flag("The will is retained.", "--will-retain"));
    TlsOptions.addTo(spec);
    spec.addOption(flag("Tell every packet on standard error.", "-d", "--debug"))
        .addOption(flag("No errors on standard error.", "--quiet"))
        .addOption(
            OptionSpec.builder("--nodelay").hidden(true).description("Always so here.").build());
    ABSENT.keySet().forEach(name -> spec.addOption(absent(name)));
    return spec;
  }

  private static OptionSpec absent(String name) {
    return OptionSpec.builder(name).hidden(true).arity("0..1").type(String.class).build();
  }

  static OptionSpec text(String label, String description, String... names) {
    return option(label, String.class, description, names);
  }

  static OptionSpec number(String label, String description, String... names) {
    return option(label, Integer.class, description, names);
  }

  static OptionSpec file(String description, String... names) {
    return option("FILE", Path.class, description, names);
  }

  static OptionSpec option(String label, Class<?> type, String description, String... names) {
    return OptionSpec.builder(names).paramLabel(label).type(type).description(description).build();
  }

  static OptionSpec texts(String label, String description, String... names) {
    return OptionSpec.builder(names)
        .paramLabel(label)
        .type(List.class)
        .auxiliaryTypes(String.class)
        .description(description)
        .build();
  }

  static OptionSpec flag(String description, String... names) {
    return OptionSpec.builder(names).description(description).build();
  }

  PropertyOption properties() {
    return properties;
  }

  boolean has(String name) {
    return options.hasMatchedOption(name);
  }

  String text(String name, String absent) {
    return options.matchedOptionValue(name, absent);
  }

  int number(String name, int absent, int min, int max) {
    int value = options.matchedOptionValue(name, absent);
    if (value < min || value > max) {
      throw wrong(name + ": " + value + " is not in " + min + ".." + max);
    }
    return value;
  }

  double seconds(String name) {
    double value = options.matchedOptionValue(name, 0.0);
    if (!(value >= 0 && value <= 1e9)) {
      throw wrong(name + ": " + value + " s");
    }
    return value;
  }

  /// A mistake in the command line.
  ParameterException wrong(String message) {
    return new ParameterException(command, message);
  }

  Qos qos(String name) {
    return Qos.of(number(name, 0, 0, 2));
  }

  /// The topics of `-t`, and of the URL.
  List<String> topics() {
    List<String> topics = new java.util.ArrayList<>(options.matchedOptionValue("-t", List.of()));
    if (url != null && !isWebSocket(url) && url.getPath().length() > 1) {
      topics.add(url.getPath().substring(1));
    }
    return topics;
  }

  MqttVersion version() {
    String text = text("-V", "5").toLowerCase(Locale.ROOT);
    return switch (text.startsWith("mqttv") ? text.substring(5) : text) {
      case "5", "5.0" -> MqttVersion.V5;
      case "311", "3.1.1" -> MqttVersion.V3_1_1;
      case "31", "3.1" -> MqttVersion.V3_1;
      default -> throw wrong("-V: '" + text + "' is none of 5, 311, 31");
    };
  }

  /// All that says where and how to connect.
  ///
  /// @param kind `pub` or `sub`: a part of the client identifier
  ClientConfig.Builder config(String kind) {
    try {
      MqttVersion version = version();
      if (version != MqttVersion.V5 && !properties.isEmpty()) {
        throw wrong("-D: properties need MQTT 5; leave -V out");
      }
      return ClientConfig.builder(address(), connect(version, kind))
          .connectTimeout(Duration.ofSeconds(10))
          .listener(listener());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command, String.valueOf(e.getMessage()), e);
    }
  }

  private Connect connect(MqttVersion version, String kind) {
    boolean keep = has("-c");
    if (keep && !has("-i")) {
      throw wrong("-c: a session that goes on needs a client identifier; give one with -i");
    }
    Connect.Builder connect =
        Connect.builder(version, clientId(kind))
            .cleanStart(!keep)
            .keepAliveSeconds(number("-k", 60, 0, 65_535))
            .userName(userName())
            .password(password())
            .will(will());
    if (version == MqttVersion.V5) {
      connect
          .sessionExpirySeconds(sessionExpirySeconds(keep))
          .receiveMaximum((int) properties.number("connect", "receive-maximum", 1_024))
          .maximumPacketSize(
              properties.number("connect", "maximum-packet-size", Packet.UNLIMITED_PACKET_SIZE))
          .topicAliasMaximum((int) properties.number("connect", "topic-alias-maximum", 16))
          .requestResponseInformation(
              properties.number("connect", "request-response-information", 0) != 0)
          .requestProblemInformation(
              properties.number("connect", "request-problem-information", 1) != 0)
          .userProperties(properties.userProperties("connect"));
    }
    return connect.build();
  }

  private String clientId(String kind) {
    if (has("-i")) {
      return text("-i", "");
    }
    String own =
        ProcessHandle.current().pid()
            + "-"
            + Integer.toString(ThreadLocalRandom.current().nextInt(36 * 36 * 36), 36);
    return text("-I", "dunlin-" + kind + "-") + own;
  }

  private long sessionExpirySeconds(boolean keep) {
    String text = text("-x", keep ? "-1" : "0");
    long given =
        text.equals("∞")
            ? -1
            : properties.number("connect", "session-expiry-interval", parse("-x", text));
    if (given < -1 || given > Packet.NEVER_EXPIRES) {
      throw wrong("-x: " + given + " is not in 0..4294967295, or -1");
    }
    return given == -1 ? Packet.NEVER_EXPIRES : given;
  }

  private long parse(String option, String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new ParameterException(command, option + ": '" + text + "' is not a number", e);
    }
  }

  private @Nullable String userName() {
    @Nullable String given = options.matchedOptionValue("-u", null);
    if (given == null && url != null && url.getUserInfo() != null) {
      return url.getUserInfo().split(":", 2)[0];
    }
    return given;
  }

  private @Nullable Slice password() {
    @Nullable String given = options.matchedOptionValue("-P", null);
    if (given == null && url != null && url.getUserInfo() != null) {
      String[] parts = url.getUserInfo().split(":", 2);
      given = parts.length == 2 ? parts[1] : null;
    }
    if (given == null && userName() != null) {
      given = around.environment().get("DUNLIN_PASSWORD");
    }
    return given == null ? null : Slice.utf8(given);
  }

  private io.dunlin.mqtt.@Nullable Will will() {
    @Nullable String topic = options.matchedOptionValue("--will-topic", null);
    if (topic == null) {
      for (String option : List.of("--will-payload", "--will-qos", "--will-retain")) {
        if (has(option)) {
          throw wrong(option + ": a will needs --will-topic");
        }
      }
      return null;
    }
    Message.Builder message =
        Message.builder(topic)
            .payload(text("--will-payload", ""))
            .qos(qos("--will-qos"))
            .retain(has("--will-retain"));
    return properties
        .addTo(message, "will")
        .build()
        .asWill(properties.number("will", "will-delay-interval", 0));
  }

  private @Nullable URI url() {
    @Nullable String text = options.matchedOptionValue("-L", null);
    if (text == null) {
      return null;
    }
    for (String other : List.of("-h", "-p", "--unix", "--ws")) {
      if (has(other)) {
        throw wrong("-L and " + other + " exclude each other");
      }
    }
    try {
      return URI.create(text);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command, "-L: " + e.getMessage(), e);
    }
  }

  private static boolean isWebSocket(URI url) {
    return url.getScheme() != null && url.getScheme().startsWith("ws");
  }

  BrokerAddress address() {
    if (url != null) {
      BrokerAddress address = BrokerAddress.parse(url.toString());
      return address
          .withLocalAddress(options.matchedOptionValue("-A", null))
          .withTls(address.tls() == null ? null : TlsOptions.config(this, options));
    }
    @Nullable Path unix = options.matchedOptionValue("--unix", null);
    @Nullable TlsConfig tls = TlsOptions.of(this, options);
    BrokerAddress address =
        unix != null
            ? BrokerAddress.unix(unix)
            : BrokerAddress.tcp(
                text("-h", "localhost"), number("-p", tls == null ? PORT : TLS_PORT, 1, 65_535));
    return address
        .withTls(tls)
        .withLocalAddress(options.matchedOptionValue("-A", null))
        .withWebSocket(has("--ws") || has("--ws-path") ? text("--ws-path", "/mqtt") : null);
  }

  private ClientListener listener() {
    return has("-d") || !has("--quiet")
        ? new ConnectionReport(around, has("-d"), has("--quiet"))
        : ClientListener.NONE;
  }
}
