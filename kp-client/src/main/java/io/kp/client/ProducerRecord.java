package io.kp.client;

import java.util.Objects;

/**
 * A record to send: topic and value, and where wanted key, partition, timestamp and headers. Immutable except for its headers, which become read-only when it
 * is sent. A record may be sent several times.
 *
 * <p>Unlike Kafka's class of the same name it keeps partition and timestamp as primitives: {@link #NO_PARTITION} and {@link #NO_TIMESTAMP} stand for "none
 * given". The constructors take the same arguments in the same order.
 *
 * @param <K> the type of the key
 * @param <V> the type of the value
 */
public final class ProducerRecord<K, V> {
    /** Value of {@link #partition()} if the partitioner is to choose. */
    public static final int NO_PARTITION = -1;
    /** Value of {@link #timestampMs()} if the time of {@code send} is to be taken. */
    public static final long NO_TIMESTAMP = -1;

    private final String topic;
    private final int partition;
    private final long timestampMs;
    private final K key;
    private final V value;
    private Headers headers;
    private boolean sent;

    /**
     * A record with everything.
     *
     * @param topic the topic
     * @param partition the partition, or {@code null} to let the partitioner choose
     * @param timestampMs milliseconds since 1970, or {@code null} for the time of {@code send}
     * @param key the key, or {@code null}
     * @param value the value, or {@code null}
     * @param headers headers to copy, or {@code null}
     * @throws IllegalArgumentException if the topic is {@code null}, or partition or timestamp are negative
     */
    public ProducerRecord(String topic, Integer partition, Long timestampMs, K key, V value, Iterable<Header> headers) {
        if (topic == null) {
            throw new IllegalArgumentException("topic is null");
        }
        if (partition != null && partition < 0) {
            throw negative("partition", "partition", partition, topic);
        }
        if (timestampMs != null && timestampMs < 0) {
            throw negative("timestamp", "timestampMs", timestampMs, topic);
        }
        this.topic = topic;
        this.partition = partition == null ? NO_PARTITION : partition;
        this.timestampMs = timestampMs == null ? NO_TIMESTAMP : timestampMs;
        this.key = key;
        this.value = value;
        if (headers != null) {
            final Headers copy = new Headers();
            headers.forEach(copy::add);
            this.headers = copy;
        }
    }

    /**
     * A record for a partition, with a timestamp.
     *
     * @param topic the topic
     * @param partition the partition, or {@code null} to let the partitioner choose
     * @param timestampMs milliseconds since 1970, or {@code null} for the time of {@code send}
     * @param key the key, or {@code null}
     * @param value the value, or {@code null}
     * @throws IllegalArgumentException if the topic is {@code null}, or partition or timestamp are negative
     */
    public ProducerRecord(String topic, Integer partition, Long timestampMs, K key, V value) {
        this(topic, partition, timestampMs, key, value, null);
    }

    /**
     * A record for a partition, with headers.
     *
     * @param topic the topic
     * @param partition the partition, or {@code null} to let the partitioner choose
     * @param key the key, or {@code null}
     * @param value the value, or {@code null}
     * @param headers headers to copy, or {@code null}
     * @throws IllegalArgumentException if the topic is {@code null} or the partition is negative
     */
    public ProducerRecord(String topic, Integer partition, K key, V value, Iterable<Header> headers) {
        this(topic, partition, null, key, value, headers);
    }

    /**
     * A record for a partition.
     *
     * @param topic the topic
     * @param partition the partition, or {@code null} to let the partitioner choose
     * @param key the key, or {@code null}
     * @param value the value, or {@code null}
     * @throws IllegalArgumentException if the topic is {@code null} or the partition is negative
     */
    public ProducerRecord(String topic, Integer partition, K key, V value) {
        this(topic, partition, null, key, value, null);
    }

    /**
     * A record with a key.
     *
     * @param topic the topic
     * @param key the key, or {@code null}
     * @param value the value, or {@code null}
     * @throws IllegalArgumentException if the topic is {@code null}
     */
    public ProducerRecord(String topic, K key, V value) {
        this(topic, null, null, key, value, null);
    }

    /**
     * A record without a key.
     *
     * @param topic the topic
     * @param value the value, or {@code null}
     * @throws IllegalArgumentException if the topic is {@code null}
     */
    public ProducerRecord(String topic, V value) {
        this(topic, null, null, null, value, null);
    }

    /**
     * A record without a key.
     *
     * @param <K> the type of the key
     * @param <V> the type of the value
     * @param topic the topic
     * @param value the value, or {@code null}
     * @return the record
     * @throws IllegalArgumentException if the topic is {@code null}
     */
    public static <K, V> ProducerRecord<K, V> of(String topic, V value) {
        return new ProducerRecord<>(topic, value);
    }

    /**
     * A record with a key.
     *
     * @param <K> the type of the key
     * @param <V> the type of the value
     * @param topic the topic
     * @param key the key, or {@code null}
     * @param value the value, or {@code null}
     * @return the record
     * @throws IllegalArgumentException if the topic is {@code null}
     */
    public static <K, V> ProducerRecord<K, V> of(String topic, K key, V value) {
        return new ProducerRecord<>(topic, key, value);
    }

    /**
     * The topic.
     *
     * @return its name, never {@code null}
     */
    public String topic() {
        return topic;
    }

    /**
     * Whether the caller chose the partition.
     *
     * @return {@code false} if the partitioner is to choose
     */
    public boolean hasPartition() {
        return partition != NO_PARTITION;
    }

    /**
     * The partition that the caller chose.
     *
     * @return the partition, or {@link #NO_PARTITION}
     */
    public int partition() {
        return partition;
    }

    /**
     * Whether the caller gave a timestamp.
     *
     * @return {@code false} if the time of {@code send} is to be taken
     */
    public boolean hasTimestamp() {
        return timestampMs != NO_TIMESTAMP;
    }

    /**
     * The timestamp that the caller gave.
     *
     * @return milliseconds since 1970, or {@link #NO_TIMESTAMP}
     */
    public long timestampMs() {
        return timestampMs;
    }

    /**
     * The key.
     *
     * @return the key, or {@code null}
     */
    public K key() {
        return key;
    }

    /**
     * The value.
     *
     * @return the value, or {@code null}
     */
    public V value() {
        return value;
    }

    /**
     * The headers: made at the first call, so that a record without headers has no object for them.
     *
     * @return the headers, writable until the record is sent
     */
    public Headers headers() {
        Headers headers = this.headers;
        if (headers == null) {
            if (sent) {
                return Headers.EMPTY_READ_ONLY;
            }
            headers = new Headers();
            this.headers = headers;
        }
        return headers;
    }

    /** Checks the parts of a record that there is no object for. */
    static void check(String topic, int partition, long timestampMs) {
        if (topic == null) {
            throw new IllegalArgumentException("topic is null");
        }
        if (partition < NO_PARTITION) {
            throw negative("partition", "partition", partition, topic);
        }
        if (timestampMs < NO_TIMESTAMP) {
            throw negative("timestamp", "timestampMs", timestampMs, topic);
        }
    }

    private static IllegalArgumentException negative(String what, String name, long value, String topic) {
        return new IllegalArgumentException(what + " is negative: " + name + "=" + value + ", topic=" + topic);
    }

    /** The headers if there is an object for them, else null. */
    Headers headersOrNull() {
        return headers;
    }

    /** Makes the headers read-only. Racing calls for a record that several threads send write the same values: benign. */
    void markSent() {
        sent = true;
        final Headers headers = this.headers;
        if (headers != null) {
            headers.readOnly();
        }
    }

    /**
     * Compares all fields; keys and values by their own {@code equals}, so arrays by identity.
     *
     * @param other the object to compare with
     * @return whether the other is an equal record
     */
    @Override
    public boolean equals(Object other) {
        if (this == other) {
            return true;
        }
        return other instanceof ProducerRecord<?, ?> that && partition == that.partition
                && timestampMs == that.timestampMs
                && topic.equals(that.topic) && Objects.equals(key, that.key) && Objects.equals(value, that.value)
                && shownHeaders().equals(that.shownHeaders());
    }

    /**
     * Hashes all fields.
     *
     * @return the hash
     */
    @Override
    public int hashCode() {
        int hash = topic.hashCode();
        hash = 31 * hash + partition;
        hash = 31 * hash + Long.hashCode(timestampMs);
        hash = 31 * hash + Objects.hashCode(key);
        hash = 31 * hash + Objects.hashCode(value);
        return 31 * hash + shownHeaders().hashCode();
    }

    /**
     * All fields.
     *
     * @return a line for people
     */
    @Override
    public String toString() {
        return "ProducerRecord(topic=" + topic + ", partition=" + (hasPartition() ? partition : "none")
                + ", timestampMs="
                + (hasTimestamp() ? timestampMs : "none") + ", key=" + key + ", value=" + value + ", headers="
                + shownHeaders() + ")";
    }

    private Headers shownHeaders() {
        final Headers headers = this.headers;
        return headers == null ? Headers.EMPTY_READ_ONLY : headers;
    }
}
