package io.dunlin.admin;

import io.dunlin.broker.BrokerMetrics;
import io.dunlin.broker.observe.Metric;
import io.dunlin.broker.observe.Metric.Kind;
import io.dunlin.broker.observe.Metric.Series;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;

/// Binds everything that a broker counts to a Micrometer registry: ours for Prometheus, or any
/// other that an embedding program has. Immutable.
///
/// ```java
/// new BrokerMeters(broker.metrics()).bindTo(registry);
/// ```
///
/// What is not counted all the time (queues, the disk) is as of the last [BrokerMetrics#refresh],
/// which is the caller's to call before it reads.
public final class BrokerMeters implements MeterBinder {
  private final BrokerMetrics metrics;

  /// The meters of one broker.
  public BrokerMeters(BrokerMetrics metrics) {
    this.metrics = metrics;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    for (Metric metric : metrics.all()) {
      if (metric.label().equals("listener")) {
        bindChanging(registry, metric);
        continue;
      }
      for (Series series : metric.series()) {
        Tags tags =
            metric.label().isEmpty() ? Tags.empty() : Tags.of(metric.label(), series.labelValue());
        bind(registry, metric, series, tags);
      }
    }
  }

  /// Listeners come and go by reloads.
  private void bindChanging(MeterRegistry registry, Metric metric) {
    MultiGauge gauges =
        MultiGauge.builder(metric.name()).description(metric.help()).register(registry);
    Runnable bindNow =
        () ->
            gauges.register(
                metric.series().stream()
                    .<MultiGauge.Row<?>>map(series ->
                        MultiGauge.Row.of(
                            Tags.of(metric.label(), series.labelValue()),
                            () -> series.value().getAsDouble()))
                    .toList(),
                true);
    bindNow.run();
    metrics.onChange(bindNow);
  }

  private static void bind(MeterRegistry registry, Metric metric, Series series, Tags tags) {
    if (metric.kind() == Kind.COUNTER) {
      FunctionCounter.builder(metric.name(), series, s -> s.value().getAsDouble())
          .description(metric.help())
          .tags(tags)
          .register(registry);
    } else {
      Gauge.builder(metric.name(), () -> series.value().getAsDouble())
          .description(metric.help())
          .tags(tags)
          .register(registry);
    }
  }
}
