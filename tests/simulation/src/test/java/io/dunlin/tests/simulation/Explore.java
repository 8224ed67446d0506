package io.dunlin.tests.simulation;

import java.util.Map;
import java.util.TreeMap;

/// Runs seeds and sums up what fails: `Explore FROM TO`.
final class Explore {
  private Explore() {}

  public static void main(String[] args) {
    long from = Long.parseLong(args[0]);
    long to = args.length > 1 ? Long.parseLong(args[1]) : from + 1;
    Map<String, String> kinds = new TreeMap<>();
    int failed = 0;
    long events = 0;
    long crashes = 0;
    long begun = System.nanoTime();
    for (long seed = from; seed < to; seed++) {
      try {
        Simulation.Result r = Simulation.run(seed, PlantedBug.NONE);
        events += r.events();
        crashes += r.crashes();
      } catch (SimulationFailure e) {
        failed++;
        String first = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
        String kind = first.replaceFirst("seed \\d+: ", "").replaceAll("\\d+", "#");
        kinds.merge(kind.substring(0, Math.min(90, kind.length())), seed + " ", String::concat);
        if (to == from + 1) {
          System.out.println(e.getMessage());
          Throwable cause = e.getCause();
          if (cause != null) {
            cause.printStackTrace(System.out);
          }
        }
      }
    }
    kinds.forEach((kind, seeds) -> System.out.println(kind + " : " + seeds));
    System.out.printf(
        "%d failed of %d; %d events, %d crashes, %d ms%n",
        failed, to - from, events, crashes, (System.nanoTime() - begun) / 1_000_000);
  }
}
