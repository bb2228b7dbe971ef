package io.kp.client;

import java.util.List;
import java.util.Map;

/**
 * All metrics of a producer at about one moment: Kafka's under Kafka's names, and kp's own. Immutable. What {@link Metric#all()} lists is in it once, or once for each
 * topic, partition, node or stage that there is. Taking one costs the taker some microseconds for each topic and node, and the producer nothing.
 *
 * @param clientId {@code client.id}
 * @param values the values, in the order of the table; immutable
 * @param stages where the time goes, by topic and stage, topics in the order of their names; immutable
 */
public record MetricsSnapshot(String clientId, List<MetricValue> values, List<StageLatency> stages) {
    /**
     * A metric of the whole producer.
     *
     * @param name its name
     * @return the value
     * @throws IllegalArgumentException if there is no such metric
     */
    public double value(final String name) {
        return value(name, Map.of());
    }

    /**
     * A metric of one topic, partition, node or stage.
     *
     * @param name its name
     * @param tags which one, all tags of it
     * @return the value
     * @throws IllegalArgumentException if there is no such metric
     */
    public double value(final String name, final Map<String, String> tags) {
        for (final MetricValue value : values) {
            if (value.metric().name().equals(name) && value.tags().equals(tags)) {
                return value.value();
            }
        }
        throw new IllegalArgumentException("no such metric: name=" + name + ", tags=" + tags
                + "; Metric.all() lists the names, and tags must be of something that the producer has met");
    }
}
