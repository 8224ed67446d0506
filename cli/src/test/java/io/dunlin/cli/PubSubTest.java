package io.dunlin.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.broker.Broker;
import io.dunlin.broker.config.ConfigReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `dunlin pub` and `dunlin sub` with a broker of this build.
///
/// What a subscriber shall get is published to its session while it is away: so it is there when it
/// comes, and nobody waits for a subscription to stand.
class PubSubTest {
  private static final AtomicInteger NAMES = new AtomicInteger();

  @TempDir static Path directory;

  private static Broker broker;

  private final String id = "client" + NAMES.incrementAndGet();
  private final String topic = "topic/" + id;

  @BeforeAll
  static void startTheBroker() throws Exception {
    ConfigReader reader = new ConfigReader();
    reader.set("listeners.0.port=0");
    reader.set("data.directory=" + directory.resolve("data"));
    broker = Broker.start(reader.read().config());
  }

  @AfterAll
  static void closeTheBroker() {
    broker.close();
  }

  private static CommandLineRun run(String command, String... arguments) {
    return piped("", command, arguments);
  }

  private static CommandLineRun piped(String input, String command, String... arguments) {
    List<String> all = new ArrayList<>(List.of(command, "-p", port()));
    all.addAll(List.of(arguments));
    return CommandLineRun.piped(input, all.toArray(String[]::new));
  }

  private static String port() {
    return Integer.toString(broker.addresses().getFirst().getPort());
  }

  private static void publish(String... arguments) {
    CommandLineRun run = run("pub", arguments);
    assertThat(run).isEqualTo(new CommandLineRun(0, "", ""));
  }

  /// Makes the session.
  private void subscribe() {
    assertThat(run("sub", "-i", id, "-c", "-q", "2", "-t", topic + "/#", "-E"))
        .isEqualTo(new CommandLineRun(0, "", ""));
  }

  /// What the session has got.
  private String receive(int count, String... arguments) {
    List<String> all =
        new ArrayList<>(
            List.of("-i", id, "-c", "-q", "2", "-t", topic + "/#", "-W", "20", "-C", "" + count));
    all.addAll(List.of(arguments));
    CommandLineRun run = run("sub", all.toArray(String[]::new));
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    return run.out();
  }

  @ParameterizedTest
  @CsvSource({"1,5", "2,5", "1,311", "2,311", "2,31"})
  void messagesGoFromOneToTheOther(String qos, String version) {
    assertThat(run("sub", "-V", version, "-i", id, "-c", "-q", "2", "-t", topic, "-E").exitCode())
        .isZero();

    publish("-V", version, "-q", qos, "-t", topic, "-m", "hello", "--quiet", "-i", "x" + id);

    CommandLineRun run =
        run("sub", "-V", version, "-i", id, "-c", "-t", topic, "-q", "2", "-C", "1", "-W", "20");
    assertThat(run).isEqualTo(new CommandLineRun(0, "hello\n", ""));
  }

  @Test
  void everyLineOfTheInputIsAMessage() {
    subscribe();
    String lines = IntStream.range(0, 3_000).mapToObj(i -> i + "\n").collect(Collectors.joining());

    assertThat(piped(lines, "pub", "-t", topic, "-q", "1", "-l").exitCode()).isZero();

    assertThat(receive(3_000)).isEqualTo(lines);
  }

  @Test
  void theLastLineNeedsNoLineFeedAndAnEmptyLineIsAMessage() {
    subscribe();

    piped("a\n\nb", "pub", "-t", topic, "-q", "1", "-l");

    assertThat(receive(3, "-v")).isEqualTo("%1$s a\n%1$s (null)\n%1$s b\n".formatted(topic));
  }

  @Test
  void payloadsComeFromFilesInputAndNothing() throws Exception {
    subscribe();
    Path file = Files.write(directory.resolve("payload"), new byte[] {'x', '\n', 0, 'y'});

    publish("-t", topic, "-q", "1", "-f", file.toString());
    piped("all of\nit\n", "pub", "-t", topic, "-q", "1", "-s");
    publish("-t", topic, "-q", "1", "-n");

    assertThat(receive(3, "-N")).isEqualTo("x\n\0yall of\nit\n");
  }

  @Test
  void aFileThatIsNotThereIsTold() {
    CommandLineRun run = run("pub", "-t", topic, "-f", directory.resolve("none").toString());

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .isEqualToIgnoringNewLines("dunlin: no such file: " + directory.resolve("none"));
  }

  @Test
  void aMessageIsRepeated() {
    subscribe();

    publish("-t", topic, "-q", "1", "-m", "again", "--repeat", "3", "--repeat-delay", "0.01");

    assertThat(receive(3)).isEqualTo("again\nagain\nagain\n");
  }

  @Test
  void propertiesArePrintedAsAsked() {
    subscribe();

    publish(
        "-t",
        topic,
        "-q",
        "1",
        "-m",
        "{\"a\": 1}",
        "-D",
        "publish",
        "content-type",
        "application/json",
        "-D",
        "publish",
        "response-topic",
        "-r",
        "-D",
        "publish",
        "correlation-data",
        "c",
        "-D",
        "publish",
        "payload-format-indicator",
        "1",
        "-D",
        "publish",
        "user-property",
        "k",
        "v w",
        "-D",
        "publish",
        "user-property",
        "k",
        "x");

    String json = "{\"a\": 1}";
    assertThat(receive(1, "-F", "%t|%p|%q|%r|%l|%C|%R|%D|%F|%P|%x|%%|\\t|@@|%012l|%-12C|%.3t|"))
        .isEqualTo(
            topic
                + "|"
                + json
                + "|1|0|8|application/json|-r|c|1|k:v w k:x|7b2261223a20317d|%|\t|@"
                + "|000000000008|application/json|top|\n");
  }

  @Test
  void jsonIsALineForEachMessage() {
    subscribe();
    publish(
        "-t", topic, "-q", "1", "-m", "say \"hi\"\n", "-D", "publish", "user-property", "k", "v");
    publish("-t", topic, "-q", "1", "-m", "{\"a\":1}");

    assertThat(receive(1, "--json"))
        .matches(
            "\\{\"tst\":\"[^\"]+\",\"topic\":\""
                + topic
                + "\",\"qos\":1,\"retain\":0,"
                + "\"payloadlen\":9,\"mid\":\\d+,\"properties\":\\{\"user-properties\":\\{\"k\":\"v\"}},\"payload\":\"say"
                + " \\\\\"hi\\\\\"\\\\n\"}\n");
    assertThat(receive(1, "-F", "%J")).endsWith(",\"payload\":{\"a\":1}}\n");
  }

  @Test
  void prettyJsonHasALineForEachValue() {
    subscribe();
    publish("-t", topic, "-q", "1", "-m", "{\"a\":[1.50,true],\"b\":{}}");
    publish("-t", topic, "-q", "1", "-m", "no JSON");

    String json = receive(1, "-F", "%J", "--pretty");

    assertThat(json).contains("{\n  \"tst\" : \"").contains("      1.50,\n").endsWith("\n  }\n}\n");
    assertThat(receive(1, "--json", "--pretty")).contains("  \"payload\" : \"no JSON\"\n}");
  }

  @Test
  void aRandomPartOfTheMessagesIsPrinted() {
    subscribe();
    for (int i = 0; i < 40; i++) {
      publish("-t", topic, "-q", "1", "-m", "x");
    }

    assertThat(receive(10, "--random-filter", "50")).isEqualTo("x\n".repeat(10));
  }

  @Test
  void aConnectionComesFromTheAddressThatWasAskedFor() {
    assertThat(run("pub", "-h", "127.0.0.1", "-A", "127.0.0.9", "-t", topic, "-m", "x").exitCode())
        .isZero();
    assertThat(run("pub", "-A", "192.0.2.1", "-t", topic, "-m", "x").err())
        .contains("no connection to localhost")
        .contains("assign");
  }

  @Test
  void retainedMessagesAreToldApartAndRemoved() {
    publish("-t", topic + "/1", "-r", "-q", "1", "-m", "old");
    publish("-t", topic + "/2", "-r", "-q", "1", "-m", "older");

    String filter = topic + "/+";
    assertThat(run("sub", "-t", filter, "-R", "-W", "0.3"))
        .isEqualTo(new CommandLineRun(ExitCode.TIMEOUT.number(), "", ""));
    assertThat(run("sub", "-t", filter, "-v", "--retained-only", "-W", "0.3").out().lines())
        .containsExactlyInAnyOrder(topic + "/1 old", topic + "/2 older");
    assertThat(run("sub", "-t", filter, "-T", topic + "/2", "--remove-retained", "-W", "0.5").out())
        .isEqualTo("old\n");
    assertThat(run("sub", "-t", filter, "-W", "0.3").out()).isEqualTo("older\n");
  }

  @Test
  void withoutAMessageInTimeTheExitCodeIs27() {
    assertThat(run("sub", "-t", topic, "-C", "1", "-W", "0.2"))
        .isEqualTo(new CommandLineRun(27, "", ""));
  }

  @Test
  void theWillOfAClientThatIsGoneIsPublished() throws Exception {
    subscribe();
    String sign = "sign/" + id;
    publish("-t", sign, "-r", "-m", "here");
    CompletableFuture<CommandLineRun> mortal =
        CompletableFuture.supplyAsync(() ->
            run(
                "sub",
                "-i",
                id + "mortal",
                "-t",
                sign,
                "--remove-retained",
                "--will-topic",
                topic,
                "--will-payload",
                "gone",
                "--will-qos",
                "1",
                "-D",
                "will",
                "content-type",
                "t",
                "-W",
                "30"));
    while (!run("sub", "-t", sign, "--retained-only", "-W", "0.2").out().isEmpty()) {
      assertThat(mortal).isNotDone(); // It is not there yet to take the sign away.
    }

    // Somebody else takes its client identifier.
    run("sub", "-i", id + "mortal", "-t", sign, "-E");

    assertThat(receive(1, "-F", "%p %C")).isEqualTo("gone t\n");
    CommandLineRun end = mortal.get(30, TimeUnit.SECONDS);
    assertThat(end.exitCode()).isEqualTo(ExitCode.FAILURE.number());
    assertThat(end.err()).contains("SESSION_TAKEN_OVER");
  }

  @Test
  void whereNobodyListensTheRemedyIsTold() {
    CommandLineRun run = CommandLineRun.of("pub", "-p", "1", "-t", "a", "-m", "b");

    assertThat(run.exitCode()).isEqualTo(ExitCode.UNAVAILABLE.number());
    assertThat(run.err())
        .startsWith("dunlin: no connection to localhost:1: nobody listens there")
        .contains("is the broker running? start one with 'dunlin broker'")
        .hasLineCount(1);
    assertThat(CommandLineRun.of("sub", "-p", "1", "-t", "a", "--quiet").err()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pub -m x",
        "pub -t a",
        "pub -t a -m x -n",
        "pub -t a/# -m x",
        "pub -t a -m x -q 3",
        "pub -t a -m x -D publish nonsense x",
        "pub -t a -m x -D publish content-type",
        "pub -t a -m x -D nonsense content-type x",
        "pub -t a -m x -V 4",
        "pub -t a -m x -V 311 -D publish content-type x",
        "pub -t a -m x -c",
        "pub -t a -m x --cert c.pem",
        "pub -t a -m x --will-qos 1",
        "pub -t a -m x -L mqtt://h/t -h g",
        "pub -t a -m x -x soon",
        "pub -t a -l --repeat 2",
        "pub -t a -m x --psk 00",
        "pub -t a -m x --proxy socks5h://p",
        "sub",
        "sub -t a --random-filter 0",
        "sub -t a#",
        "sub -t a -F %Y",
        "sub -t a -F %",
        "sub -t a -v --json",
        "sub -t a -C 0",
        "sub -t a -R --retained-only",
        "sub -t a -D subscribe subscription-identifier 0x1",
      })
  void aWrongCommandLineIsToldInTwoLines(String line) {
    CommandLineRun run = CommandLineRun.of(line.split(" "));

    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.USAGE.number());
    assertThat(run.err().lines().toList()).hasSize(2);
    assertThat(run.err()).startsWith("dunlin: ").contains("Try 'dunlin " + line.substring(0, 3));
  }

  @Test
  void debugTellsEveryPacketButNoPassword() {
    CommandLineRun run =
        run("pub", "-t", topic, "-m", "x", "-q", "2", "-d", "-u", "ann", "-P", "secret");

    assertThat(run.err()).contains("sent     Connect[").doesNotContain("secret");
  }
}
