package io.kp.opentelemetry;

import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Map;

import io.kp.client.Metric;
import io.kp.client.MetricValue;
import io.kp.client.MetricsSnapshot;
import io.kp.client.Producer;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.metrics.BatchCallback;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.ObservableDoubleMeasurement;

/** A producer's instruments of one meter. The meter holds this object by the callback, this object holds the producer weakly. */
final class Collection {
    private static final double MS_PER_S = 1_000;

    private final WeakReference<Producer<?, ?>> producer;
    private final Attributes more;
    private final boolean partitions;
    private final Map<Metric, ObservableDoubleMeasurement> instruments = new HashMap<>();
    private final BatchCallback callback;

    Collection(final WeakReference<Producer<?, ?>> producer, final Meter meter, final Attributes more,
            final boolean partitions) {
        this.producer = producer;
        this.more = more;
        this.partitions = partitions;
        // Percentiles of one quantity are one instrument.
        final Map<String, ObservableDoubleMeasurement> byName = new HashMap<>();
        for (final Metric metric : Metric.all()) {
            if (Instruments.isShown(metric) && (partitions || !metric.tags().contains("partition"))) {
                instruments.put(metric, byName.computeIfAbsent(Instruments.name(metric),
                        name -> Instruments.build(meter, name, metric)));
            }
        }
        final ObservableDoubleMeasurement[] all = byName.values().toArray(new ObservableDoubleMeasurement[0]);
        callback = meter.batchCallback(this::collect, all[0], all);
    }

    private void collect() {
        final Producer<?, ?> of = producer.get();
        if (of == null) {
            close();
            return;
        }
        final MetricsSnapshot snapshot = of.snapshot();
        for (final MetricValue value : snapshot.values()) {
            final ObservableDoubleMeasurement instrument = instruments.get(value.metric());
            // The mean or maximum of nothing is no point.
            if (instrument != null && !Double.isNaN(value.value())) {
                instrument.record(Instruments.isInSeconds(value.metric()) ? value.value() / MS_PER_S : value.value(),
                        attributes(snapshot.clientId(), value));
            }
        }
    }

    private Attributes attributes(final String clientId, final MetricValue value) {
        final AttributesBuilder attributes = Attributes.builder().put("client-id", clientId);
        value.tags().forEach(attributes::put);
        final Double quantile = Instruments.quantile(value.metric());
        if (quantile != null) {
            attributes.put("quantile", quantile);
        }
        return attributes.putAll(more).build();
    }

    void close() {
        callback.close();
    }
}
