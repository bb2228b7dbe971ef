package io.kp.micrometer;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

import io.kp.client.Metric;
import io.kp.client.Metric.Kind;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;

/** Name, tags and type of the meter for a metric. */
final class Meters {
    /** Percentiles by the end of the metric's name. */
    private static final Map<String, String> PHI = Map.of("p50", "0.5", "p99", "0.99", "p999", "0.999");

    private Meters() {
    }

    static Meter register(final MeterRegistry registry, final Metric metric, final Tags tags,
            final BoundMeters.Cell cell, final BoundMeters bound) {
        // The registry holds the cell weakly, as any state object, and the function, which keeps the cell's owner, strongly.
        final ToDoubleFunction<BoundMeters.Cell> value = bound::read;
        final String unit = baseUnit(metric);
        if (metric.kind() == Kind.COUNTER) {
            return FunctionCounter.builder(name(metric), cell, value).tags(tags).description(metric.description())
                    .baseUnit(unit).register(registry);
        }
        if (!metric.isKafkas() && metric.unit().equals("ms")) {
            return TimeGauge.builder(name(metric), cell, TimeUnit.MILLISECONDS, value).tags(tags)
                    .description(metric.description()).register(registry);
        }
        return Gauge.builder(name(metric), cell, value).tags(tags).description(description(metric)).baseUnit(unit)
                .register(registry);
    }

    static String name(final Metric metric) {
        if (metric.isKafkas()) {
            return dotted("kafka." + metric.group().replace("-metrics", "") + "." + metric.name());
        }
        final String group = metric.group().replace("kp-", "").replace("-metrics", "");
        final String prefix = "kp.producer." + (group.equals("producer") ? "" : group + ".");
        final String last = last(metric);
        String name = metric.name();
        if (group.equals("stage") && metric.kind() != Kind.COUNTER) {
            name = "duration-" + name;
        }
        if (PHI.containsKey(last)) {
            name = name.substring(0, name.length() - last.length()) + "percentile";
        } else if (metric.kind() == Kind.COUNTER && last.equals("total")) {
            name = name.substring(0, name.length() - "-total".length());
        }
        return dotted(prefix + name);
    }

    static Tags tags(final String clientId, final Metric metric, final Map<String, String> of, final Tags more) {
        Tags tags = Tags.of("client.id", clientId);
        for (final Map.Entry<String, String> tag : of.entrySet()) {
            tags = tags.and(dotted(tag.getKey()), tag.getValue());
        }
        if (metric.isKafkas()) {
            // Prometheus wants the same keys for all meters of a name, also for those of Micrometer's binder for Kafka's client.
            tags = tags.and("kafka.version", "kp");
        } else if (PHI.containsKey(last(metric))) {
            tags = tags.and("phi", PHI.get(last(metric)));
        }
        return tags.and(more);
    }

    /** {@code null} for none: Kafka's names would get it appended, and ratios and rates have none. */
    private static String baseUnit(final Metric metric) {
        final boolean none = metric.isKafkas() || metric.unit().equals("ratio") || metric.unit().contains("/");
        return none ? null : metric.unit();
    }

    private static String description(final Metric metric) {
        return metric.isKafkas() && !metric.unit().equals("ratio")
                ? metric.description() + " Unit: " + metric.unit() + "."
                : metric.description();
    }

    private static String last(final Metric metric) {
        return metric.name().substring(metric.name().lastIndexOf('-') + 1);
    }

    private static String dotted(final String name) {
        return name.replace('-', '.');
    }
}
