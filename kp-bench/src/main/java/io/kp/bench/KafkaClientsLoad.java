package io.kp.bench;

import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Future;

import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The official client under comparison. */
final class KafkaClientsLoad implements LoadClient {
    private final KafkaProducer<byte[], byte[]> producer;
    private final LoadOutcomes outcomes;
    private final Callback untimed;

    KafkaClientsLoad(final Map<String, String> config, final LoadOutcomes outcomes) {
        this.outcomes = outcomes;
        final Properties properties = new Properties();
        properties.putAll(config);
        producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
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
        return producer.send(cast(record), (metadata, failure) -> outcomes.latency(intendedNs));
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

    private record Untimed(LoadOutcomes outcomes) implements Callback {
        @Override
        public void onCompletion(final RecordMetadata metadata, final Exception failure) {
            if (failure == null) {
                outcomes.acknowledged();
            } else {
                outcomes.failed(failure);
            }
        }
    }

    private record Timed(LoadOutcomes outcomes, long intendedNs) implements Callback {
        @Override
        public void onCompletion(final RecordMetadata metadata, final Exception failure) {
            if (failure == null) {
                outcomes.acknowledged(intendedNs);
            } else {
                outcomes.failed(failure);
            }
        }
    }
}
