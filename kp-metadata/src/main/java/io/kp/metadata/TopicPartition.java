package io.kp.metadata;

import java.util.Objects;

/**
 * A partition's full name, fit to be a map key: immutable, with its hash computed once.
 */
public final class TopicPartition {

    private final String topic;
    private final int partition;
    private final int hash;

    /**
     * Names a partition.
     *
     * @param topic     the topic's name
     * @param partition the partition's number in the topic, from 0
     * @throws IllegalArgumentException if the partition is negative
     * @throws NullPointerException     if the topic is null
     */
    public TopicPartition(final String topic, final int partition) {
        if (partition < 0) {
            throw new IllegalArgumentException(
                    "partition must not be negative: partition=" + partition + ", min=0, topic=" + topic);
        }
        this.topic = Objects.requireNonNull(topic, "topic");
        this.partition = partition;
        this.hash = 31 * topic.hashCode() + partition;
    }

    /**
     * The topic's name.
     *
     * @return the name
     */
    public String topic() {
        return topic;
    }

    /**
     * The partition's number in the topic.
     *
     * @return the number, from 0
     */
    public int partition() {
        return partition;
    }

    @Override
    public boolean equals(final Object other) {
        return this == other || other instanceof TopicPartition that && partition == that.partition && hash == that.hash
                && topic.equals(that.topic);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /**
     * Shows the partition as Kafka does, for example {@code lines-3}.
     *
     * @return topic, a hyphen and the partition's number
     */
    @Override
    public String toString() {
        return topic + '-' + partition;
    }
}
