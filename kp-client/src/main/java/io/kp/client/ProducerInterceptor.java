package io.kp.client;

import java.util.Map;

/**
 * Sees every record before it is serialized and every outcome before the record's own callback does. Interceptors form a chain in the order of
 * {@code interceptor.classes}. What one throws is logged and goes no further: the next one gets the record as the last well-behaved one returned it.
 *
 * <p>Needs a public constructor without arguments, in a package that its module exports or opens to {@code io.kp.client}. Called by several threads at once.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
public interface ProducerInterceptor<K, V> extends AutoCloseable {
    /**
     * Is called once, before anything else.
     *
     * @param configs the producer's configuration as it was given, unknown keys included, with {@code client.id}
     */
    default void configure(Map<String, ?> configs) {
    }

    /**
     * A record is about to be sent. Runs on the calling thread.
     *
     * @param record the record, as the caller gave it or as the interceptor before returned it
     * @return the record to send: the same or another, not {@code null}
     */
    ProducerRecord<K, V> onSend(ProducerRecord<K, V> record);

    /**
     * A record was acknowledged, or failed, or its {@code send} is about to throw. Runs on the thread that the record's callback runs on, before it, and must be
     * quick. Exactly one of the first two arguments is not {@code null}.
     *
     * @param metadata where the record is, or {@code null} if it failed
     * @param failure why it failed, or {@code null} if it was acknowledged; a {@link DeliveryException} names topic and partition
     * @param headers the record's headers, read-only
     */
    default void onAcknowledgement(RecordMetadata metadata, Exception failure, Headers headers) {
    }

    /** Releases what the interceptor holds. Called once, when the producer closes. */
    @Override
    default void close() {
    }
}
