package io.kp.micrometer;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import io.kp.client.Producer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Binds the metrics of a producer to a Micrometer registry.
 *
 * <p><b>Names.</b> What Kafka's client has too is named, tagged and typed as Micrometer's {@code KafkaClientMetrics} does it, so that dashboards go on working:
 * {@code kafka.producer.record.send.total}, {@code kafka.producer.topic.byte.rate}, {@code kafka.producer.node.request.latency.avg}, with the tags {@code client.id},
 * {@code topic}, {@code node.id} and {@code kafka.version}, whose value is {@code kp}; in Kafka's units (milliseconds), and without a base unit, which would be appended to
 * names in Prometheus. Both binders can share a registry. What is kp's own begins with {@code kp.producer.} and follows Micrometer's conventions: base units, times in the
 * registry's, {@code .percentile} with the tag {@code phi}: {@code kp.producer.stage.duration.percentile}, {@code kp.producer.records.acknowledged}.
 *
 * <p><b>When.</b> Reading any of the meters takes a {@linkplain Producer#snapshot() snapshot}, which all reads of the next {@value #MAX_AGE_MS} ms share. It is then, on the
 * reader's thread, that meters of topics and brokers which are new are registered and those of such as are gone removed; some registries show a new one from their next
 * reading on. There is no thread, and the producer does nothing.
 *
 * <p><b>End.</b> {@link #close} removes the meters. A producer that was closed keeps its last values until then. The registry does not keep the producer alive: once it is
 * garbage its meters go with the next reading. Two producers with one {@code client.id} need different {@link #tags}, else the second's are not shown, which is logged.
 *
 * <p>Thread-safe. Nothing blocks, but for the registry's own locks.
 */
public final class ProducerMeters implements MeterBinder, AutoCloseable {
    /** How old what a meter shows may be, in milliseconds of the registry's clock. */
    public static final long MAX_AGE_MS = 50;

    // Weak: who has forgotten the producer need not think of its meters.
    private final WeakReference<Producer<?, ?>> producer;
    private final List<BoundMeters> bound = new ArrayList<>();
    private Tags tags = Tags.empty();
    private boolean partitions;

    private ProducerMeters(final Producer<?, ?> producer) {
        this.producer = new WeakReference<>(Objects.requireNonNull(producer, "producer"));
    }

    /**
     * A binder for a producer, bound to nothing yet.
     *
     * @param producer the producer
     * @return the binder
     * @throws NullPointerException if the producer is {@code null}
     */
    public static ProducerMeters of(final Producer<?, ?> producer) {
        return new ProducerMeters(producer);
    }

    /**
     * Sets more tags, which all meters of the registries bound after this get.
     *
     * @param more the tags
     * @return this
     */
    public synchronized ProducerMeters tags(final Iterable<Tag> more) {
        tags = Tags.of(more);
        return this;
    }

    /**
     * Sets whether registries bound after this get six meters for each partition too ({@code kp.producer.partition.…}). Off by default: Kafka's client has none, and they
     * may be many.
     *
     * @param wanted whether
     * @return this
     */
    public synchronized ProducerMeters partitions(final boolean wanted) {
        partitions = wanted;
        return this;
    }

    /**
     * Registers the meters. A binder may be bound to several registries.
     *
     * @param registry the registry
     */
    @Override
    public synchronized void bindTo(final MeterRegistry registry) {
        final BoundMeters meters = new BoundMeters(producer, registry, tags, partitions);
        bound.add(meters);
        meters.bind();
    }

    /** Removes the meters from all registries. May be called again. */
    @Override
    public synchronized void close() {
        bound.forEach(BoundMeters::close);
        bound.clear();
    }
}
