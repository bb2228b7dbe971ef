package io.kp.client;

/**
 * Where an acknowledged record is. Immutable.
 *
 * @param topic the topic
 * @param partition the partition
 * @param offset the record's offset, or {@link #NO_OFFSET} where the broker names none: with {@code acks=0}, or for a batch that it recognised as already written
 * @param timestampMs the record's timestamp in milliseconds since 1970: the broker's if the topic has log append time, else the producer's;
 *            {@link #NO_TIMESTAMP} if there is none
 * @param serializedKeyBytes the size of the key in bytes, -1 for a {@code null} key
 * @param serializedValueBytes the size of the value in bytes, -1 for a {@code null} value
 */
public record RecordMetadata(String topic, int partition, long offset, long timestampMs, int serializedKeyBytes,
        int serializedValueBytes) {
    /** Value of {@link #offset()} if the broker named none. */
    public static final long NO_OFFSET = -1;
    /** Value of {@link #timestampMs()} if there is none. */
    public static final long NO_TIMESTAMP = -1;

    /**
     * Whether the offset is known.
     *
     * @return {@code false} if {@link #offset()} is {@link #NO_OFFSET}
     */
    public boolean hasOffset() {
        return offset != NO_OFFSET;
    }

    /**
     * Whether there is a timestamp.
     *
     * @return {@code false} if {@link #timestampMs()} is {@link #NO_TIMESTAMP}
     */
    public boolean hasTimestamp() {
        return timestampMs != NO_TIMESTAMP;
    }

    /**
     * Topic, partition and offset.
     *
     * @return {@code topic-partition@offset}
     */
    @Override
    public String toString() {
        return topic + "-" + partition + "@" + offset;
    }
}
