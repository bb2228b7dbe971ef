package io.kp.client;

import java.util.Map;

/**
 * Turns keys or values into bytes. Called on the threads that send, by several at once, so an implementation is thread-safe or stateless. A lambda will do:
 * {@code (topic, headers, data) -> data.toBytes()}.
 *
 * <p>One that is named in {@code key.serializer} or {@code value.serializer} needs a public constructor without arguments, in a package that its module exports
 * or opens to {@code io.kp.client}.
 *
 * @param <T> the type of the data
 */
@FunctionalInterface
public interface Serializer<T> extends AutoCloseable {
    /**
     * Is called once, before anything else, for serializers that the producer makes from its configuration; not for instances that it is given.
     *
     * @param configs the producer's configuration as it was given, unknown keys included
     * @param isKey whether this serializer is for keys
     */
    default void configure(Map<String, ?> configs, boolean isKey) {
    }

    /**
     * Turns data into bytes. The producer does not change the returned array and has copied it when {@code send} returns.
     *
     * @param topic the topic of the record
     * @param headers the record's headers, writable: a serializer may add to them
     * @param data the data, or {@code null}
     * @return the bytes, or {@code null}; {@code null} data should give {@code null}
     * @throws SerializationException if the data cannot be serialized
     */
    byte[] serialize(String topic, Headers headers, T data);

    /** Releases what the serializer holds. Called when the producer closes, possibly more than once. */
    @Override
    default void close() {
    }
}
