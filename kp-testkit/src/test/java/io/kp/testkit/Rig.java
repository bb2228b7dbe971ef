package io.kp.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

import io.kp.client.Callback;
import io.kp.client.DeliveryException;
import io.kp.client.DeliveryException.Persistence;
import io.kp.client.KpException;
import io.kp.client.Producer;
import io.kp.client.ProducerConfig;
import io.kp.client.ProducerContext;
import io.kp.client.ProducerRecord;
import io.kp.client.RecordMetadata;
import io.kp.client.Serializers;

/** A scripted cluster with one topic, a kp producer on it, and what became of each record; {@link #close} holds that against the logs. */
final class Rig implements AutoCloseable {
    static final String TOPIC = "orders";
    static final int PARTITIONS = 4;
    static final Duration LONG = Duration.ofSeconds(20);

    /** One record and what was told of it. */
    final class Sent {
        final int partition;
        final String value;
        final AtomicInteger told = new AtomicInteger();
        volatile RecordMetadata metadata;
        volatile KpException failure;
        volatile long order;

        Sent(final int partition, final String value) {
            this.partition = partition;
            this.value = value;
        }

        void tell(final RecordMetadata where, final KpException why) {
            metadata = where;
            failure = why;
            order = outcomes.incrementAndGet();
            told.incrementAndGet();
        }

        Sent await() {
            broker.await("the outcome of " + value, LONG, () -> told.get() > 0);
            return this;
        }

        @Override
        public String toString() {
            return value + " (order=" + order + ", " + metadata + ", " + failure + ")";
        }

        /** The failure of the record. */
        DeliveryException failure() {
            await();
            assertTrue(failure instanceof DeliveryException, () -> value + ": " + metadata + ", " + failure);
            return (DeliveryException) failure;
        }

        /** The offset of the record. */
        long offset() {
            await();
            assertTrue(failure == null, () -> value + ": " + failure);
            return metadata.offset();
        }
    }

    final ScriptedBroker broker = ScriptedBroker.start(3);
    final ScriptedCluster cluster = broker.cluster();
    final Script script = broker.script();
    final Producer<String, String> producer;
    final List<Sent> sent = new ArrayList<>();
    private final AtomicLong outcomes = new AtomicLong();
    private final boolean idempotent;
    private boolean closed;

    Rig(final Object... settings) {
        this(cluster -> {
        }, settings);
    }

    /** @param preparation what is done to the cluster before the producer begins */
    Rig(final Consumer<ScriptedCluster> preparation, final Object... settings) {
        this(preparation, new ProducerContext(), settings);
    }

    Rig(final Consumer<ScriptedCluster> preparation, final ProducerContext context, final Object... settings) {
        cluster.createTopic(TOPIC, PARTITIONS);
        preparation.accept(cluster);
        final ProducerConfig.Builder config = ProducerConfig.builder()
                .set(ProducerConfig.BOOTSTRAP_SERVERS, broker.bootstrapServers())
                .set(ProducerConfig.LINGER_MS, 0).set(ProducerConfig.RETRY_BACKOFF_MS, 5)
                .set(ProducerConfig.RETRY_BACKOFF_MAX_MS, 20)
                .set(ProducerConfig.RECONNECT_BACKOFF_MS, 5).set(ProducerConfig.RECONNECT_BACKOFF_MAX_MS, 20)
                .set(ProducerConfig.REQUEST_TIMEOUT_MS, 5000).set(ProducerConfig.DELIVERY_TIMEOUT_MS, 20_000)
                .set(ProducerConfig.MAX_BLOCK_MS, 10_000);
        boolean acksAll = true;
        for (int i = 0; i < settings.length; i += 2) {
            config.set((String) settings[i], settings[i + 1]);
            acksAll &= !settings[i].equals(ProducerConfig.ENABLE_IDEMPOTENCE) || (Boolean) settings[i + 1];
        }
        idempotent = acksAll;
        producer = Producer.open(config.build(), Serializers.string(), Serializers.string(), context);
    }

    Sent send(final int partition, final String value) {
        return send(partition, value, null);
    }

    Sent send(final int partition, final String value, final Callback also) {
        final Sent record = new Sent(partition, value);
        sent.add(record);
        producer.send(new ProducerRecord<>(TOPIC, partition, "k", value), (metadata, failure) -> {
            record.tell(metadata, failure);
            if (also != null) {
                also.onCompletion(metadata, failure);
            }
        });
        return record;
    }

    /** Makes the connections and the partitions' producer states. */
    Rig warmUp() {
        for (int i = 0; i < PARTITIONS; i++) {
            send(i, "warm-up-" + i);
        }
        sent.forEach(Sent::offset);
        return this;
    }

    List<String> log(final int partition) {
        return cluster.log(TOPIC, partition).values();
    }

    void await(final String what, final java.util.function.BooleanSupplier condition) {
        broker.await(what, LONG, condition);
    }

    /** Closes the producer, so that each record has an outcome, and holds the outcomes against the logs. */
    void finish() {
        if (closed) {
            return;
        }
        closed = true;
        producer.close();
        final Map<Integer, Sent> lastTold = new HashMap<>();
        final Map<Integer, Integer> lastPosition = new HashMap<>();
        for (final Sent record : sent) {
            assertEquals(1, record.told.get(), () -> "outcomes of " + record.value);
            final Sent before = lastTold.put(record.partition, record);
            assertTrue(before == null || record.order > before.order, () -> record + " was told before " + before);
            final List<String> log = log(record.partition);
            final int position = log.indexOf(record.value);
            if (record.failure == null) {
                assertTrue(position >= 0, () -> record.value + " was acknowledged and is not in the log");
                if (idempotent) {
                    assertTrue(position > lastPosition.getOrDefault(record.partition, -1),
                            () -> record.value + " is out of order: " + log);
                    lastPosition.put(record.partition, position);
                }
            } else if (record.failure instanceof DeliveryException failure
                    && failure.persistence() == Persistence.NOT_PERSISTED) {
                assertEquals(-1, position, () -> record.value + " is said not to be persisted and is: " + failure);
            }
            if (idempotent) {
                assertEquals(position, log.lastIndexOf(record.value), () -> record.value + " is in the log twice");
            }
        }
        assertEquals(0, producer.metrics().bufferUsedBytes(), "memory");
        assertEquals(0, producer.metrics().requestsInFlight(), "requests in flight");
        assertEquals(List.of(), cluster.problems());
    }

    @Override
    public void close() {
        try {
            finish();
        } finally {
            if (!closed) {
                producer.close(Duration.ZERO);
            }
            broker.close();
        }
    }
}
