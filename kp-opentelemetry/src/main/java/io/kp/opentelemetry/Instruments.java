package io.kp.opentelemetry;

import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import io.kp.client.Metric;
import io.kp.client.Metric.Kind;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.ObservableDoubleMeasurement;

/** Name, unit and type of the instrument for a metric. */
final class Instruments {
    /** Percentiles by the end of the metric's name. */
    private static final Map<String, Double> QUANTILES = Map.of("p50", 0.5, "p99", 0.99, "p999", 0.999);
    private static final Map<String, String> UNITS = Map.of("bytes", "By", "ms", "s", "ratio", "1");
    /** Names that Kafka has by topic or broker, and as a sum. */
    private static final Set<String> FINER = Metric.all().stream()
            .filter(metric -> metric.isKafkas() && !metric.tags().isEmpty()).map(Metric::name)
            .collect(Collectors.toUnmodifiableSet());

    private Instruments() {
    }

    /** Else it is the sum of what is shown by topic or broker, and who adds up would count twice. */
    static boolean isShown(final Metric metric) {
        return !metric.isKafkas() || !metric.tags().isEmpty() || !FINER.contains(metric.name());
    }

    static ObservableDoubleMeasurement build(final Meter meter, final String name, final Metric metric) {
        if (metric.kind() == Kind.COUNTER) {
            return meter.counterBuilder(name).ofDoubles().setUnit(unit(metric)).setDescription(description(metric))
                    .buildObserver();
        }
        return meter.gaugeBuilder(name).setUnit(unit(metric)).setDescription(description(metric)).buildObserver();
    }

    static String name(final Metric metric) {
        if (metric.isKafkas()) {
            return "kafka.producer." + underscored(metric.name());
        }
        final String group = metric.group().replace("kp-", "").replace("-metrics", "");
        final String prefix = "kp.producer." + (group.equals("producer") ? "" : group + ".");
        final String name = underscored(metric.name().replaceFirst("-?(p\\d+|total)$", ""));
        if (quantile(metric) != null) {
            return prefix + (name.isEmpty() ? "duration" : name) + ".percentile";
        }
        return prefix + (name.equals("max") ? "duration.max" : name);
    }

    /** {@code null} if it is no percentile. */
    static Double quantile(final Metric metric) {
        return metric.isKafkas() ? null : QUANTILES.get(metric.name().substring(metric.name().lastIndexOf('-') + 1));
    }

    static boolean isInSeconds(final Metric metric) {
        return !metric.isKafkas() && metric.unit().equals("ms");
    }

    private static String unit(final Metric metric) {
        if (metric.isKafkas()) {
            return "";
        }
        final String[] parts = metric.unit().split("/");
        final String unit = UNITS.getOrDefault(parts[0], "{" + parts[0].replaceFirst("(?<=tch)es$|s$", "") + "}");
        return parts.length == 1 ? unit : unit + "/" + parts[1];
    }

    private static String description(final Metric metric) {
        if (quantile(metric) != null) {
            return "Percentiles since the start, by the attribute quantile.";
        }
        return metric.isKafkas() && !metric.unit().equals("ratio")
                ? metric.description() + " Unit: " + metric.unit() + "."
                : metric.description();
    }

    private static String underscored(final String name) {
        return name.replace('-', '_');
    }
}
