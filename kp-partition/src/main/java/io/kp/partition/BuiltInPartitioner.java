package io.kp.partition;

import io.kp.metadata.TopicInfo;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * What a producer does when the user names no partitioner: records with a key go where {@link KeyPartitioner} says, the others where their topic's
 * {@link StickyPartitioner} says.
 *
 * <p>
 * Thread-safe and lock-free; allocates only for the first record without a key of a topic.
 */
public final class BuiltInPartitioner implements Partitioner {

    private final ConcurrentHashMap<String, StickyPartitioner> sticky = new ConcurrentHashMap<>();
    private final int batchSizeBytes;
    private final boolean ignoreKeys;
    private final Function<String, PartitionLoad> loads;
    private final long seed;

    /**
     * Puts the two together.
     *
     * @param batchSizeBytes {@code batch.size}, from 0
     * @param ignoreKeys     {@code partitioner.ignore.keys}: whether records with a key are placed like those without
     * @param loads          gives a topic's load by its name, asked once per topic; {@code topic -> PartitionLoad.NONE} for
     *                       {@code partitioner.adaptive.partitioning.enable=false}
     * @param seed           where the random choices start; producers should differ
     * @throws IllegalArgumentException if the size is negative
     */
    public BuiltInPartitioner(final int batchSizeBytes, final boolean ignoreKeys,
            final Function<String, PartitionLoad> loads, final long seed) {
        if (batchSizeBytes < 0) {
            throw new IllegalArgumentException(
                    "batch size must not be negative: batchSizeBytes=" + batchSizeBytes + ", min=0");
        }
        this.batchSizeBytes = batchSizeBytes;
        this.ignoreKeys = ignoreKeys;
        this.loads = Objects.requireNonNull(loads, "loads");
        this.seed = seed;
    }

    /**
     * What is responsible for one topic. Made by {@link #newOfTopic}, for callers that keep it beside what else they know of the topic. Thread-safe and lock-free.
     */
    public static final class OfTopic {
        private final StickyPartitioner sticky;
        private final boolean ignoreKeys;

        private OfTopic(final StickyPartitioner sticky, final boolean ignoreKeys) {
            this.sticky = sticky;
            this.ignoreKeys = ignoreKeys;
        }

        /**
         * Chooses a partition.
         *
         * @param keyBytes  the serialized key, or {@code null}
         * @param topicInfo the topic as it is known
         * @return a partition's number
         */
        public int partition(final byte[] keyBytes, final TopicInfo topicInfo) {
            return keyBytes != null && !ignoreKeys
                    ? KeyPartitioner.partition(keyBytes, topicInfo.partitionCount())
                    : sticky.current(topicInfo);
        }

        /**
         * Takes note of a closed batch, see {@link StickyPartitioner#onBatchClosed}.
         *
         * @param partition  the batch's partition
         * @param batchBytes the batch's size in bytes
         */
        public void onBatchClosed(final int partition, final int batchBytes) {
            sticky.onBatchClosed(partition, batchBytes);
        }
    }

    /**
     * Makes the part for one topic. It is the caller's: this object does not keep it, and does not share its choices.
     *
     * @param topic the topic's name
     * @return a new one
     */
    public OfTopic newOfTopic(final String topic) {
        return new OfTopic(newSticky(topic), ignoreKeys);
    }

    @Override
    public int partition(final String topic, final Object key, final byte[] keyBytes, final Object value,
            final byte[] valueBytes, final TopicInfo topicInfo) {
        if (keyBytes != null && !ignoreKeys) {
            // Without a look at the table.
            return KeyPartitioner.partition(keyBytes, topicInfo.partitionCount());
        }
        return sticky(topic).current(topicInfo);
    }

    /**
     * The part that is responsible for a topic's records without a key, for callers that keep it beside what else they know of the topic.
     *
     * @param topic the topic's name
     * @return always the same object for a topic, until {@link #forget}
     */
    public StickyPartitioner sticky(final String topic) {
        final StickyPartitioner known = sticky.get(topic);
        return known != null ? known : sticky.computeIfAbsent(topic, this::newSticky);
    }

    private StickyPartitioner newSticky(final String topic) {
        return new StickyPartitioner(batchSizeBytes, loads.apply(topic), seed ^ (long) topic.hashCode() << 32);
    }

    /**
     * Takes note of a closed batch, see {@link StickyPartitioner#onBatchClosed}. Batches of topics that had no record without a key are no news.
     *
     * @param topic      the topic's name
     * @param partition  the batch's partition
     * @param batchBytes the batch's size in bytes
     */
    public void onBatchClosed(final String topic, final int partition, final int batchBytes) {
        final StickyPartitioner known = sticky.get(topic);
        if (known != null) {
            known.onBatchClosed(partition, batchBytes);
        }
    }

    /**
     * Drops what is kept for a topic that is no longer in use.
     *
     * @param topic the topic's name
     */
    public void forget(final String topic) {
        sticky.remove(topic);
    }
}
