package io.kp.client;

import io.kp.accumulator.PartitionQueue;
import io.kp.accumulator.TopicQueues;
import io.kp.metadata.TopicInfo;

/** What calling threads need of one topic: its queues and its choice of partitions. */
final class TopicSends {
    private final String name;
    private final TopicQueues queues;
    private final Partitioning.OfTopic partitioning;

    TopicSends(final String name, final TopicQueues queues, final Partitioning partitioning) {
        this.name = name;
        this.queues = queues;
        this.partitioning = partitioning.of(queues);
    }

    String name() {
        return name;
    }

    int choose(final Object key, final byte[] keyBytes, final Object value, final byte[] valueBytes,
            final TopicInfo info) {
        return partitioning.choose(key, keyBytes, value, valueBytes, info);
    }

    /** The balanced choice, whatever the configured partitioner. */
    int chooseBalanced(final TopicInfo info) {
        return partitioning.chooseBalanced(info);
    }

    /** Whether the balanced choice is what {@link #choose} makes for such a key. */
    boolean isBalanced(final byte[] keyBytes) {
        return partitioning.isBalanced(keyBytes);
    }

    /**
     * The queue for a record: that of its partition, unless the partition is a balanced choice and its open batch has no room; then that of another choice.
     */
    PartitionQueue queue(final int partition, final boolean balanced, final long maxBatchBytes, final TopicInfo info) {
        final PartitionQueue queue = queues.partition(partition);
        return balanced && queue.closeIfFull(maxBatchBytes)
                ? queues.partition(partitioning.chooseBalanced(info))
                : queue;
    }

    void onBatchClosed(final int partition, final int bytes) {
        partitioning.onBatchClosed(partition, bytes);
    }
}
