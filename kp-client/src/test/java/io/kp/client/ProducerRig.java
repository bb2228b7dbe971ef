package io.kp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

import io.kp.memory.Parker;

/**
 * A whole producer on a fake cluster, all in the test's thread: who waits runs the duty cycle meanwhile. Every run fails if the producer turns without doing
 * anything, and closing the rig fails if memory is not back or a record was told its outcome not exactly once.
 */
final class ProducerRig implements AutoCloseable {
    static final String TOPIC = "orders";
    private static final int IDLE_TURNS = 20;
    private static final long FOREVER_NS = 24L * 3600 * 1000 * FakeCluster.MS;

    final FakeCluster cluster;
    final InvokedProducer<String, String> producer;
    final List<Told> all = new ArrayList<>();
    /** Outcomes in the order in which they were told. */
    final List<Told> told = new ArrayList<>();
    private final Thread owner = Thread.currentThread();
    long epochMs = 1_700_000_000_000L;
    private int idleTurns;

    /** A record and what its callback heard. */
    final class Told implements Callback {
        final String value;
        RecordMetadata metadata;
        Exception failure;
        int count;
        Consumer<Told> also = self -> {
        };

        Told(final String value) {
            this.value = value;
        }

        @Override
        public void onCompletion(final RecordMetadata delivered, final KpException error) {
            count++;
            metadata = delivered;
            failure = error;
            told.add(this);
            // Who runs until somebody is told something finds the clock where it was then.
            cluster.untilNs = cluster.nowNs;
            assertEquals(delivered == null, error != null, "one of metadata and failure");
            also.accept(this);
        }

        long offset() {
            if (metadata == null) {
                fail("not acknowledged: " + value + ", count=" + count, failure);
            }
            return metadata.offset();
        }

        <X extends KpException> X failure(final Class<X> type) {
            if (!type.isInstance(failure)) {
                fail("expected " + type.getSimpleName() + " of " + value + ", metadata=" + metadata + ", count="
                        + count, failure);
            }
            return type.cast(failure);
        }

        @Override
        public String toString() {
            return value + (count == 0 ? " open" : failure == null ? " ok" : " " + failure.getMessage());
        }
    }

    static final class Builder {
        private final Map<String, Object> settings = new HashMap<>();
        private FakeCluster cluster;
        private Executor executor;
        private ProducerListener listener;
        private Serializer<? super String> values = new StringSerializer();

        private Builder() {
            settings.put("bootstrap.servers", "localhost:1");
            settings.put("linger.ms", "0");
        }

        Builder with(final String key, final Object value) {
            settings.put(key, value);
            return this;
        }

        Builder on(final FakeCluster on) {
            cluster = on;
            return this;
        }

        Builder executor(final Executor completions) {
            executor = completions;
            return this;
        }

        Builder listener(final ProducerListener hears) {
            listener = hears;
            return this;
        }

        Builder values(final Serializer<? super String> serializer) {
            values = serializer;
            return this;
        }

        ProducerRig open() {
            if (cluster == null) {
                cluster = new FakeCluster(1);
                cluster.topic(TOPIC, 1);
            }
            return new ProducerRig(this);
        }
    }

    static Builder builder() {
        return new Builder();
    }

    static ProducerRig open(final String... settings) {
        final Builder builder = builder();
        for (int i = 0; i < settings.length; i += 2) {
            builder.with(settings[i], settings[i + 1]);
        }
        return builder.open();
    }

    private ProducerRig(final Builder builder) {
        cluster = builder.cluster;
        final ProducerContext context = new ProducerContext().transport(cluster).nanoClock(() -> cluster.nowNs)
                .epochClockMs(() -> epochMs).random(new SplittableRandom(1))
                .hostResolver(host -> new InetAddress[]{InetAddress.getLoopbackAddress()}).parker(new RunningParker())
                .compressionExecutor(Runnable::run);
        if (builder.listener != null) {
            context.listener(builder.listener);
        }
        producer = Producer.openInvoked(ProducerConfig.builder().setAll(builder.settings)
                .completionExecutor(builder.executor).build(), new StringSerializer(), builder.values,
                context);
    }

    /** Waits by running the producer for the time. */
    private final class RunningParker implements Parker {
        @Override
        public void park(final Object blocker, final long nanos) {
            if (Thread.currentThread() != owner) {
                // Only the owner runs the producer.
                Thread.yield();
                return;
            }
            if (Thread.currentThread().isInterrupted()) {
                return;
            }
            final long end = cluster.nowNs + Math.min(nanos, FOREVER_NS);
            if (producer == null || producer.isEnded()) {
                cluster.nowNs = end;
                return;
            }
            cluster.untilNs = end;
            turn();
        }

        @Override
        public void unpark(final Thread thread) {
        }
    }

    private void turn() {
        final long before = cluster.nowNs;
        final int eventsBefore = cluster.events;
        final int work = producer.invoke();
        if (work > 0 || cluster.nowNs != before || cluster.events != eventsBefore) {
            idleTurns = 0;
        } else if (++idleTurns > IDLE_TURNS && cluster.untilNs - cluster.nowNs > 0) {
            fail("busy spin: turns without work, events or time: " + idleTurns);
        }
    }

    /** Runs until nothing happens any more unless time passes. */
    void settle() {
        cluster.untilNs = cluster.nowNs;
        for (int quiet = 0; quiet < 3;) {
            final int events = cluster.events;
            quiet = producer.invoke() > 0 || cluster.events != events ? 0 : quiet + 1;
        }
    }

    void runMs(final long ms) {
        final long end = cluster.nowNs + ms * FakeCluster.MS;
        cluster.untilNs = end;
        idleTurns = 0;
        while (end - cluster.nowNs > 0) {
            cluster.untilNs = end;
            if (producer.isEnded()) {
                cluster.nowNs = end;
                return;
            }
            turn();
        }
        settle();
    }

    void runUntil(final BooleanSupplier condition) {
        final long end = cluster.nowNs + FOREVER_NS / 12;
        idleTurns = 0;
        while (!condition.getAsBoolean()) {
            cluster.untilNs = end;
            assertTrue(end - cluster.nowNs > 0 && !producer.isEnded(), () -> "does not come true: " + all);
            turn();
        }
        cluster.untilNs = cluster.nowNs;
    }

    /** Makes topic and producer id known, so that the test starts with the record it is about. */
    ProducerRig warmUp() {
        producer.partitionsFor(TOPIC);
        settle();
        return this;
    }

    Told send(final String value) {
        return send(0, value);
    }

    Told send(final int partition, final String value) {
        return send(TOPIC, partition, value);
    }

    Told send(final String topic, final Integer partition, final String value) {
        final Told one = new Told(value);
        producer.send(new ProducerRecord<>(topic, partition, null, value), one);
        all.add(one);
        return one;
    }

    void runUntilAllTold() {
        runUntil(() -> all.stream().allMatch(one -> one.count > 0));
    }

    DeliveryException delivery(final Told one) {
        return one.failure(DeliveryException.class);
    }

    @Override
    public void close() {
        Thread.interrupted();
        if (!producer.isEnded()) {
            producer.close();
        }
        assertTrue(producer.isEnded(), "ended");
        assertTrue(cluster.closed, "network closed");
        for (final Told one : all) {
            assertEquals(1, one.count, () -> "outcomes told of " + one);
        }
        final ProducerMetrics metrics = producer.metrics();
        assertEquals(0, metrics.bufferUsedBytes(), "memory is back");
        assertEquals(0, metrics.recordsPending(), () -> "records without an end: " + metrics);
        assertEquals(0, metrics.requestsInFlight(), "requests in flight");
    }
}
