package io.kp.client;

import java.util.List;

/**
 * One metric of a producer, from the table of all of them. Immutable.
 *
 * @param group Kafka's group ({@code producer-metrics}, {@code producer-topic-metrics}, {@code producer-node-metrics}) or one of kp's own, which begin with
 *            {@code kp-}
 * @param name the name, unique in its group; Kafka's for its groups
 * @param description what it counts, one sentence
 * @param unit {@code records}, {@code bytes}, {@code ms}, {@code ns}, {@code s}, {@code ratio}, with {@code /s} for rates
 * @param kind how it changes
 * @param tags what it is told apart by, besides the client: names of {@link MetricValue#tags()}; immutable
 */
public record Metric(String group, String name, String description, String unit, Kind kind, List<String> tags) {
    /** How a metric changes. */
    public enum Kind {
        /** Only grows, from 0 at the producer's start. */
        COUNTER,
        /** The state of a moment. */
        GAUGE,
        /** Over the last {@code metrics.num.samples} windows of {@code metrics.sample.window.ms}: rate, mean or maximum; NaN for a mean or maximum of nothing. */
        WINDOW
    }

    /**
     * The table of all metrics, in the order of groups.
     *
     * @return immutable
     */
    public static List<Metric> all() {
        return MetricTable.ALL;
    }

    /**
     * Whether Kafka's producer has the metric too, under the same group and name.
     *
     * @return false for kp's own
     */
    public boolean isKafkas() {
        return !group.startsWith("kp-");
    }
}
