package io.dunlin.examples;

import io.dunlin.client.Message;
import io.dunlin.mqtt.Qos;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/// A line of five stations that pass parts on, one step of it a second.
///
/// A station takes a part when the buffer before it has one and the buffer after it has room, and
/// works its cycle time with a spread of a tenth. Now and then it has a fault and stands for a
/// while; the stations after it starve, those before it are blocked, as on a real line. While it
/// works it warms up and shakes; while it stands it cools.
final class FactoryLine {
  private static final int BUFFER_PARTS = 4;
  private static final double AMBIENT = 22;

  private final Random random;
  private final int[] buffers; // before each station, and the finished ones behind the last

  private FactoryLine(long seed, int stations) {
    random = new Random(seed);
    buffers = new int[stations + 1];
    buffers[0] = BUFFER_PARTS;
  }

  static Scene scene(long seed) {
    FactoryLine line = new FactoryLine(seed, 5);
    return new Scene(
        "Factory line",
        List.of("plant/#"),
        List.of(
            line.new Station(0, "feeder", 2, 28),
            line.new Station(1, "press", 3, 55),
            line.new Station(2, "oven", 4, 218),
            line.new Station(3, "robot", 3, 41),
            line.new Station(4, "inspection", 2, 30)));
  }

  private final class Station implements Device {
    private final int at;
    private final String name;
    private final int cycleSeconds;
    private final double workingTemperature;
    private double temperature = AMBIENT;
    private double left;
    private int faultSeconds;
    private int parts;

    Station(int at, String name, int cycleSeconds, double workingTemperature) {
      this.at = at;
      this.name = name;
      this.cycleSeconds = cycleSeconds;
      this.workingTemperature = workingTemperature;
    }

    @Override
    public String clientId() {
      return "line-1-" + name;
    }

    @Override
    public List<Message> announcements() {
      return List.of(connection("online"));
    }

    @Override
    public Message will() {
      return connection("offline");
    }

    @Override
    public Message measure(long number) {
      String state = step();
      String payload =
          String.format(
              Locale.ROOT,
              "{\"state\":\"%s\",\"parts\":%d,\"waiting\":%d,\"temperature\":%.1f,"
                  + "\"vibration\":%.2f,\"n\":%d}",
              state,
              parts,
              buffers[at],
              temperature,
              state.equals("running") ? 1.8 + random.nextGaussian() * 0.15 : 0.05,
              number);
      return Message.builder("plant/line-1/" + name + "/telemetry")
          .payload(payload)
          .qos(at == 4 ? Qos.EXACTLY_ONCE : Qos.AT_LEAST_ONCE) // inspected parts are counted
          .build();
    }

    private String step() {
      String state = advance();
      double goal = state.equals("running") ? workingTemperature : AMBIENT;
      temperature += (goal - temperature) * 0.05;
      return state;
    }

    private String advance() {
      if (faultSeconds > 0) {
        faultSeconds--;
        return "fault";
      }
      if (left > 0) {
        left--;
        if (left <= 0) {
          parts++;
          buffers[at + 1]++;
        }
        return "running";
      }
      if (at == 0) {
        buffers[0] = BUFFER_PARTS; // material is always there
      }
      if (buffers[at] == 0) {
        return "starved";
      }
      if (at < 4 && buffers[at + 1] >= BUFFER_PARTS) {
        return "blocked";
      }
      if (random.nextInt(40) == 0) {
        faultSeconds = 5 + random.nextInt(10);
        return "fault";
      }
      buffers[at]--;
      left = cycleSeconds * (1 + random.nextGaussian() * 0.1);
      return "running";
    }

    private Message connection(String what) {
      return Message.builder("plant/line-1/" + name + "/connection")
          .payload(what)
          .qos(Qos.AT_LEAST_ONCE)
          .retain(true)
          .build();
    }
  }
}
