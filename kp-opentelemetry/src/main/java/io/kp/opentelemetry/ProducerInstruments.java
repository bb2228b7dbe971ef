package io.kp.opentelemetry;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import io.kp.client.Producer;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.Attributes;

/**
 * Shows the metrics of a producer to OpenTelemetry.
 *
 * <p><b>Names.</b> What Kafka's client has too is named, typed and attributed as OpenTelemetry's instrumentation of Kafka's client does it, so that dashboards go on working:
 * {@code kafka.producer.record_send_total}, {@code kafka.producer.byte_rate}, {@code kafka.producer.request_latency_avg}, with the attributes {@code client-id},
 * {@code topic} and {@code node-id}; in Kafka's units (milliseconds), which stand in the description and not in the instrument, as exporters append them to names. As there,
 * what is counted by topic or broker is not shown again as a sum. What is kp's own begins with {@code kp.producer.} and has UCUM units, times in seconds; percentiles have the
 * attribute {@code quantile}: {@code kp.producer.stage.duration.percentile}, {@code kp.producer.records_acknowledged}.
 *
 * <p><b>When.</b> All instruments are asynchronous: each collection takes one {@linkplain Producer#snapshot() snapshot}, on the collecting thread. Topics and brokers are in
 * it from their first batch or connection on, and not any more when they are gone. There is no thread, and the producer does nothing.
 *
 * <p><b>End.</b> {@link #close} takes the producer out of what is collected. A producer that was closed keeps its last values until then. OpenTelemetry does not keep the
 * producer alive: once it is garbage nothing of it is collected any more.
 *
 * <p>Thread-safe. Nothing blocks.
 */
public final class ProducerInstruments implements AutoCloseable {
    /** The instrumentation scope of all instruments. */
    public static final String SCOPE = "io.kp.opentelemetry";

    // Weak: who has forgotten the producer need not think of its instruments.
    private final WeakReference<Producer<?, ?>> producer;
    private final List<Collection> bound = new ArrayList<>();
    private Attributes attributes = Attributes.empty();
    private boolean partitions;

    private ProducerInstruments(final Producer<?, ?> producer) {
        this.producer = new WeakReference<>(Objects.requireNonNull(producer, "producer"));
    }

    /**
     * A binder for a producer, bound to nothing yet.
     *
     * @param producer the producer
     * @return the binder
     * @throws NullPointerException if the producer is {@code null}
     */
    public static ProducerInstruments of(final Producer<?, ?> producer) {
        return new ProducerInstruments(producer);
    }

    /**
     * Sets more attributes, which all that is bound after this gets.
     *
     * @param more the attributes
     * @return this
     */
    public synchronized ProducerInstruments attributes(final Attributes more) {
        attributes = Objects.requireNonNull(more, "more");
        return this;
    }

    /**
     * Sets whether what is bound after this has six points for each partition too ({@code kp.producer.partition.…}). Off by default: Kafka's client has none, and they may
     * be many.
     *
     * @param wanted whether
     * @return this
     */
    public synchronized ProducerInstruments partitions(final boolean wanted) {
        partitions = wanted;
        return this;
    }

    /**
     * Makes the instruments. May be called for several.
     *
     * @param openTelemetry whose meter provider collects
     * @return this
     */
    public synchronized ProducerInstruments bindTo(final OpenTelemetry openTelemetry) {
        bound.add(new Collection(producer, openTelemetry.getMeter(SCOPE), attributes, partitions));
        return this;
    }

    /** Ends the collection everywhere. May be called again. */
    @Override
    public synchronized void close() {
        bound.forEach(Collection::close);
        bound.clear();
    }
}
