package io.dunlin.tests.interop;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Mosquitto's mosquitto_pub and mosquitto_sub.
///
/// mosquitto_sub does not tell when its subscription stands. It subscribes to a second topic with a
/// retained message in the same SUBSCRIBE packet: once that has come, so have the rest.
record MosquittoTools(String version, Route route) implements ForeignClient {
  private static final String SIGN = "the subscription stands";

  MosquittoTools(String version) {
    this(version, Route.PLAIN);
  }

  @Override
  public void publish(int port, String topic, List<String> payloads, int qos, boolean retain) {
    List<String> command = command("mosquitto_pub", port);
    command.addAll(List.of("-t", topic, "-q", Integer.toString(qos)));
    if (retain) {
      command.add("-r");
    }
    if (payloads.size() == 1 && payloads.getFirst().isEmpty()) {
      command.add("-n");
      run(command, List.of());
    } else {
      command.add("-l"); // a message for each line of its input
      run(command, payloads);
    }
  }

  @Override
  public Subscriber subscribe(int port, String clientId, boolean durable, String filter, int qos) {
    String signTopic = "sign/" + clientId;
    publish(port, signTopic, List.of(SIGN), 1, true);
    List<String> command = command("mosquitto_sub", port);
    command.addAll(List.of("-i", clientId, "-q", Integer.toString(qos)));
    command.addAll(List.of("-t", filter, "-t", signTopic));
    if (durable) {
      command.add("-c");
      if (version.equals("5")) {
        command.addAll(List.of("-x", "3600"));
      }
    }
    Inbox inbox = new Inbox();
    Program program = Program.start(Path.of("."), command, SIGN, inbox::add);
    return new Subscriber() {
      @Override
      public String next() throws InterruptedException {
        return inbox.next();
      }

      @Override
      public void close() {
        program.close();
      }
    };
  }

  @Override
  public AutoCloseable connectWithWill(int port, String clientId, String topic, String payload) {
    String signTopic = "sign/" + clientId;
    List<String> command = command("mosquitto_sub", port);
    command.addAll(List.of("-i", clientId, "-q", "1", "-t", signTopic));
    command.addAll(List.of("--will-topic", topic, "--will-payload", payload, "--will-qos", "1"));
    publish(port, signTopic, List.of(SIGN), 1, true);
    return Program.start(Path.of("."), command, SIGN, line -> {});
  }

  private List<String> command(String tool, int port) {
    List<String> command = new ArrayList<>(List.of(tool, "-V", version));
    if (route.kind() == Route.Kind.UNIX) {
      command.addAll(List.of("--unix", route.socket().toString()));
    } else {
      command.addAll(List.of("-h", "127.0.0.1", "-p", Integer.toString(port)));
    }
    if (route.tls()) {
      command.addAll(List.of("--cafile", route.ca().toString()));
    }
    if (route.mutual()) {
      command.addAll(List.of("--cert", route.certificate().toString()));
      command.addAll(List.of("--key", route.key().toString()));
    }
    return command;
  }

  private static void run(List<String> command, List<String> input) {
    Program.run(Path.of("."), command, input);
  }
}
