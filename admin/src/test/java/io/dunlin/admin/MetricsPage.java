package io.dunlin.admin;

import io.dunlin.broker.observe.Metric;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// Writes docs/reference/metrics.md.
final class MetricsPage {
  private static final int MANY = 8;

  private MetricsPage() {}

  static String of(List<Metric> metrics) {
    StringBuilder page = new StringBuilder();
    page.append(
        """
        # Metrics

        Generated from the list that the broker exports; do not edit. To write it anew:
        `./verify -pl admin -Dtest=MetricsPageTest -Ddunlin.docs.write=true`

        All of these are at `/metrics` (see [operating](../guide/operating.md)), in `dunlin ctl stats`, and, under
        Mosquitto's names, in the `$SYS` topics. Counters begin at 0 when the process starts. None has a client
        identifier or a topic as a label. Beside them `/metrics` has what Micrometer tells about the process:
        `jvm_…`, `process_…`, `system_…`.

        | metric | kind | label | meaning |
        | --- | --- | --- | --- |
        """);
    for (Metric metric : metrics) {
      page.append(
          "| `%s` | %s | %s | %s |\n"
              .formatted(
                  metric.name(),
                  metric.kind().name().toLowerCase(Locale.ROOT),
                  label(metric),
                  metric.help()));
    }
    return page.toString();
  }

  private static String label(Metric metric) {
    if (metric.label().isEmpty()) {
      return "";
    }
    boolean listed = metric.series().size() < MANY;
    return switch (metric.label()) {
      case "version" -> "`version`";
      case "listener" -> "`listener`: its name";
      case "loop" -> "`loop`: from 0";
      case "le" -> "`le`: seconds";
      default ->
          "`"
              + metric.label()
              + "`: "
              + (listed
                  ? metric.series().stream()
                      .map(Metric.Series::labelValue)
                      .collect(Collectors.joining(", "))
                  : "such as keep-alive-timeout");
    };
  }
}
