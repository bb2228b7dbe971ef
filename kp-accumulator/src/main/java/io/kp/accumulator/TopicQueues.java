package io.kp.accumulator;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The partitions of one topic, by number. Lives as long as the accumulator, so that callers may keep it; all methods are thread-safe.
 */
public final class TopicQueues {
    private static final VarHandle QUEUES;

    static {
        try {
            QUEUES = MethodHandles.lookup().findVarHandle(TopicQueues.class, "queues", PartitionQueue[].class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final RecordAccumulator accumulator;
    private final String topic;
    /** Null if the topic's batches are not compressed. */
    final TopicCompression compression;
    private PartitionQueue[] queues = new PartitionQueue[0];
    /** The leaderless report that has named this topic last; I/O thread only. */
    long reported;

    TopicQueues(final RecordAccumulator accumulator, final String topic, final TopicCompression compression) {
        this.accumulator = accumulator;
        this.topic = topic;
        this.compression = compression;
    }

    /**
     * The topic's name.
     *
     * @return the name.
     */
    public String topic() {
        return topic;
    }

    /**
     * The queue of a partition, created at its first use. The caller has checked the number against the metadata: each number costs memory for
     * good.
     *
     * @param partition
     *            number of the partition, from 0.
     * @return the queue.
     * @throws IllegalArgumentException
     *             if the number is negative.
     * @throws AccumulatorClosedException
     *             if the queue does not exist and the accumulator is closed.
     */
    public PartitionQueue partition(final int partition) {
        final PartitionQueue queue = existing(partition);
        return queue == null ? accumulator.createQueue(this, partition) : queue;
    }

    /**
     * Number of batches that wait for a partition.
     *
     * @param partition
     *            number of the partition.
     * @return batches that have been opened and not drained, 0 for a partition without a queue; may be a little out of date.
     */
    public int queuedBatches(final int partition) {
        final PartitionQueue queue = existing(partition);
        return queue == null ? 0 : queue.queuedBatches();
    }

    /**
     * What waits for a partition, in batches of the batch size: a batch that has grown beyond it counts as often as that fits into it. To choose a partition by, as the number of batches
     * alone makes one whose broker is slow, and whose batches so have grown, look like the others.
     *
     * @param partition
     *            number of the partition.
     * @return an estimate, from {@link #queuedBatches} on; 0 for a partition without a queue.
     */
    public int queuedBatchSizes(final int partition) {
        final PartitionQueue queue = existing(partition);
        return queue == null ? 0 : queue.queuedBatchSizes();
    }

    PartitionQueue existing(final int partition) {
        final PartitionQueue[] array = array();
        return partition >= 0 && partition < array.length ? array[partition] : null;
    }

    /** Elements may be null. */
    PartitionQueue[] array() {
        return (PartitionQueue[]) QUEUES.getAcquire(this);
    }

    /** Replaces the array; under the accumulator's lock. */
    void array(final PartitionQueue[] array) {
        // Release: who reads the array sees its queues' fields.
        QUEUES.setRelease(this, array);
    }
}
