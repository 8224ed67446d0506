package io.dunlin.examples;

import io.dunlin.client.Message;
import io.dunlin.mqtt.Qos;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/// A household as a small physical model, one step of it a minute of a winter's day.
///
/// The air outside follows the sun with a coldest hour before dawn; a room loses warmth to the
/// outside in proportion to the difference and gains it from a radiator, whose valve a thermostat
/// opens. People come and go at random; what they switch on the meter adds up. Each device
/// describes itself as Home Assistant's MQTT discovery wants it (`homeassistant/…/config`,
/// retained), so a Home Assistant that is pointed at the broker shows all of them.
final class Household {
  private static final double MINUTES_PER_DAY = 1_440;

  /// Part of the difference between inside and outside that is lost in a minute.
  private static final double LOSS = 0.002;

  /// Degrees that an open radiator adds in a minute.
  private static final double RADIATOR = 0.09;

  private final Random random;

  private Household(long seed) {
    random = new Random(seed);
  }

  static Scene scene(long seed) {
    Household home = new Household(seed);
    return new Scene(
        "Household",
        List.of("homeassistant/#", "home/#"),
        List.of(
            home.climate("living-room", "Living room", 21),
            home.climate("bedroom", "Bedroom", 18),
            home.meter(),
            home.contact("front-door", "Front door", "door", 0.06),
            home.contact("hall-motion", "Hall", "motion", 0.2)));
  }

  private static double outside(long minute) {
    return 2 - 5 * Math.cos(2 * Math.PI * (minute - 300) / MINUTES_PER_DAY);
  }

  /// A sensor of temperature and humidity in a heated room.
  private Device climate(String id, String name, double wanted) {
    return new Sensor(id, name) {
      private double inside = wanted - 1.5;

      @Override
      public List<Message> announcements() {
        List<Message> all = new ArrayList<>(super.announcements());
        all.add(discovery("sensor", "temperature", "temperature", "°C"));
        all.add(discovery("sensor", "humidity", "humidity", "%"));
        return all;
      }

      @Override
      String state(long minute) {
        boolean heating = inside < wanted;
        inside += (heating ? RADIATOR : 0) - LOSS * (inside - outside(minute));
        double humidity = 45 + 4 * Math.sin(minute / 90.0) - (inside - wanted) * 2;
        return "\"temperature\":%.1f,\"humidity\":%.0f,\"heating\":%s"
            .formatted(inside + random.nextGaussian() * 0.05, humidity, heating);
      }
    };
  }

  /// The meter of the house: what is switched on now, and what it was in all. Each reading counts
  /// for the bill, so it comes exactly once.
  private Device meter() {
    return new Sensor("meter", "Electricity meter") {
      private double energy = 4_211.6;
      private int kettleMinutes;

      @Override
      public List<Message> announcements() {
        List<Message> all = new ArrayList<>(super.announcements());
        all.add(discovery("sensor", "power", "power", "W"));
        all.add(discovery("sensor", "energy", "energy", "kWh"));
        return all;
      }

      @Override
      Qos qos() {
        return Qos.EXACTLY_ONCE;
      }

      @Override
      String state(long minute) {
        kettleMinutes = kettleMinutes > 0 ? kettleMinutes - 1 : random.nextInt(40) == 0 ? 4 : 0;
        double fridge = minute % 45 < 15 ? 110 : 2;
        double power = 140 + fridge + (kettleMinutes > 0 ? 2_000 : 0) + random.nextInt(12);
        energy += power / 60_000;
        return String.format(Locale.ROOT, "\"power\":%.0f,\"energy\":%.3f", power, energy);
      }
    };
  }

  /// Something that is on or off: a door, a movement.
  private Device contact(String id, String name, String deviceClass, double changes) {
    return new Sensor(id, name) {
      private boolean on;

      @Override
      public List<Message> announcements() {
        List<Message> all = new ArrayList<>(super.announcements());
        all.add(discovery("binary_sensor", "on", deviceClass, ""));
        return all;
      }

      @Override
      String state(long minute) {
        on = on ? random.nextInt(3) != 0 : random.nextDouble() < changes;
        return "\"on\":\"" + (on ? "ON" : "OFF") + "\"";
      }
    };
  }

  /// What all devices of the house have in common.
  private abstract static class Sensor implements Device {
    private final String id;
    private final String name;

    Sensor(String id, String name) {
      this.id = id;
      this.name = name;
    }

    /// The fields of the state at that minute, as JSON without its braces.
    abstract String state(long minute);

    Qos qos() {
      return Qos.AT_LEAST_ONCE;
    }

    @Override
    public String clientId() {
      return id;
    }

    @Override
    public List<Message> announcements() {
      return List.of(availability("online"));
    }

    @Override
    public Message will() {
      return availability("offline");
    }

    @Override
    public Message measure(long number) {
      return Message.builder("home/" + id + "/state")
          .payload("{" + state(number) + ",\"n\":" + number + "}")
          .qos(qos())
          .build();
    }

    private Message availability(String what) {
      return retained("home/" + id + "/availability", what);
    }

    /// What Home Assistant needs to show one value of the device.
    Message discovery(String component, String value, String deviceClass, String unit) {
      String key = id + "_" + value;
      return retained(
          "homeassistant/" + component + "/" + key + "/config",
          """
          {"name":"%s %s","unique_id":"dunlin_%s","device_class":"%s",%s\
          "state_topic":"home/%s/state","value_template":"{{ value_json.%s }}",\
          "availability_topic":"home/%s/availability",\
          "device":{"identifiers":["dunlin_%s"],"name":"%s","model":"Dunlin example"}}\
          """
              .formatted(
                  name,
                  value,
                  key,
                  deviceClass,
                  unit.isEmpty() ? "" : "\"unit_of_measurement\":\"" + unit + "\",",
                  id,
                  value,
                  id,
                  id,
                  name));
    }

    private static Message retained(String topic, String payload) {
      return Message.builder(topic)
          .payload(payload)
          .qos(Qos.AT_LEAST_ONCE)
          .retain(true)
          .payloadFormatUtf8(true)
          .build();
    }
  }
}
