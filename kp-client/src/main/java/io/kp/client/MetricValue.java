package io.kp.client;

import java.util.Map;

/**
 * The value of one metric at the time of its {@link MetricsSnapshot}. Immutable.
 *
 * @param metric the metric
 * @param tags of what: {@code topic}, {@code partition}, {@code node-id} or {@code stage}, as {@link Metric#tags()} says; empty for the whole producer; immutable
 * @param value in the metric's unit; NaN for a mean or maximum of nothing
 */
public record MetricValue(Metric metric, Map<String, String> tags, double value) {
}
