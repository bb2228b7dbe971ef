package io.kp.bench;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

import io.kp.client.Callback;
import io.kp.client.Delivery;
import io.kp.client.DeliveryCallback;
import io.kp.client.Producer;
import io.kp.client.ProducerConfig;
import io.kp.client.ProducerRecord;
import io.kp.client.RecordMetadata;
import io.kp.client.Serializers;

/** kp under comparison. */
final class KpLoad implements LoadClient {
    private final Producer<byte[], byte[]> producer;
    private final LoadOutcomes outcomes;
    private final Callback untimed;

    KpLoad(final Map<String, String> config, final LoadOutcomes outcomes) {
        this.outcomes = outcomes;
        producer = Producer.open(ProducerConfig.of(config), Serializers.byteArray(), Serializers.byteArray());
        untimed = new Untimed(outcomes);
    }

    @Override
    public Object record(final String topic, final Integer partition, final byte[] key, final byte[] value) {
        return new ProducerRecord<>(topic, partition, key, value);
    }

    @SuppressWarnings("unchecked")
    private static ProducerRecord<byte[], byte[]> cast(final Object record) {
        return (ProducerRecord<byte[], byte[]>) record;
    }

    @Override
    public void send(final Object record) {
        producer.send(cast(record), untimed);
    }

    @Override
    public void sendTimed(final Object record, final long intendedNs) {
        producer.send(cast(record), new Timed(outcomes, intendedNs));
    }

    @Override
    public Object sendForFuture(final Object record) {
        return producer.send(cast(record));
    }

    @Override
    public Object sendTimedForFuture(final Object record, final long intendedNs) {
        final CompletableFuture<RecordMetadata> future = producer.send(cast(record));
        future.thenRun(() -> outcomes.latency(intendedNs));
        return future;
    }

    @Override
    public boolean isDone(final Object future) {
        return ((Future<?>) future).isDone();
    }

    @Override
    public void await(final Object future) throws Exception {
        ((Future<?>) future).get();
    }

    @Override
    public void flush() {
        producer.flush();
    }

    @Override
    public void close() {
        producer.close();
    }

    record Untimed(LoadOutcomes outcomes) implements DeliveryCallback {
        @Override
        public void onDelivery(final Delivery delivery) {
            if (delivery.isDelivered()) {
                outcomes.acknowledged();
            } else {
                outcomes.failed(delivery.failure());
            }
        }
    }

    record Timed(LoadOutcomes outcomes, long intendedNs) implements DeliveryCallback {
        @Override
        public void onDelivery(final Delivery delivery) {
            if (delivery.isDelivered()) {
                outcomes.acknowledged(intendedNs);
            } else {
                outcomes.failed(delivery.failure());
            }
        }
    }
}
