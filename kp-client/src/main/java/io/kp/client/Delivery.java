package io.kp.client;

import io.kp.accumulator.CompletedRecord;

/**
 * How one record ended, as a {@link DeliveryCallback} is told. The same object tells the next record's outcome: it is valid during the call
 * only, on the thread of the call. What is to be kept is copied, with {@link #metadata()} or value by value.
 */
public final class Delivery {
    private String topic;
    private int partition;
    private long offset;
    private long logAppendTimeMs;
    /** Tells the rest where it is asked for; {@code null} if the metadata does. */
    private CompletedRecord record;
    private RecordMetadata metadata;
    private KpException failure;

    Delivery() {
    }

    Delivery delivered(final String toTopic, final int toPartition, final long atOffset, final long appendTimeMs,
            final CompletedRecord completed) {
        // References only where they change: stored into an older object one may cost G1 a full fence.
        if (topic != toTopic) {
            topic = toTopic;
        }
        partition = toPartition;
        offset = atOffset;
        logAppendTimeMs = appendTimeMs;
        if (record != completed) {
            record = completed;
        }
        failure = null;
        return this;
    }

    Delivery delivered(final RecordMetadata known) {
        topic = known.topic();
        partition = known.partition();
        offset = known.offset();
        metadata = known;
        failure = null;
        return this;
    }

    Delivery failed(final KpException reason) {
        failure = reason;
        return this;
    }

    /**
     * Whether the record is in the log, as far as {@code acks} asks for.
     *
     * @return {@code false} if it failed
     */
    public boolean isDelivered() {
        return failure == null;
    }

    /**
     * Why the record failed.
     *
     * @return the reason; {@code null} if it was delivered
     */
    public KpException failure() {
        return failure;
    }

    /**
     * The record's topic.
     *
     * @return its name
     * @throws IllegalStateException if the record failed
     */
    public String topic() {
        requireDelivered();
        return topic;
    }

    /**
     * The record's partition.
     *
     * @return its number
     * @throws IllegalStateException if the record failed
     */
    public int partition() {
        requireDelivered();
        return partition;
    }

    /**
     * Where in the partition's log the record is.
     *
     * @return the offset, or {@link RecordMetadata#NO_OFFSET} if the broker named none, as with {@code acks=0}
     * @throws IllegalStateException if the record failed
     */
    public long offset() {
        requireDelivered();
        return offset;
    }

    /**
     * The timestamp that the record has in the log.
     *
     * @return milliseconds since the epoch: the broker's time where the topic says so, else the record's own
     * @throws IllegalStateException if the record failed
     */
    public long timestampMs() {
        requireDelivered();
        if (record == null) {
            return metadata.timestampMs();
        }
        return logAppendTimeMs == RecordMetadata.NO_TIMESTAMP ? record.timestampMs() : logAppendTimeMs;
    }

    /**
     * The size of the key.
     *
     * @return its serialized bytes; -1 if there is none
     * @throws IllegalStateException if the record failed
     */
    public int serializedKeyBytes() {
        requireDelivered();
        return record == null ? metadata.serializedKeyBytes() : record.keyBytes();
    }

    /**
     * The size of the value.
     *
     * @return its serialized bytes; -1 if there is none
     * @throws IllegalStateException if the record failed
     */
    public int serializedValueBytes() {
        requireDelivered();
        return record == null ? metadata.serializedValueBytes() : record.valueBytes();
    }

    /**
     * A copy of what is said here, to be kept.
     *
     * @return an object that stays as it is
     * @throws IllegalStateException if the record failed
     */
    public RecordMetadata metadata() {
        requireDelivered();
        return record == null
                ? metadata
                : new RecordMetadata(topic, partition, offset, timestampMs(), record.keyBytes(), record.valueBytes());
    }

    private void requireDelivered() {
        if (failure != null) {
            throw new IllegalStateException("the record was not delivered: failure=" + failure.getMessage());
        }
    }

    /**
     * Describes the outcome for messages and logs.
     *
     * @return the record's place, or the failure
     */
    @Override
    public String toString() {
        return failure == null ? topic + "-" + partition + "@" + offset : failure.toString();
    }
}
