package io.kp.partition;

/**
 * What a sticky partitioner asks about the partitions of one topic when it chooses the next: how much waits there already. Asked by sending
 * threads once per {@code batch.size} bytes and partition, not per record; answers may be a little old. Thread-safe, wait-free.
 */
@FunctionalInterface
public interface PartitionLoad {

    /** Nothing is known: the choice is uniform, as with {@code partitioner.adaptive.partitioning.enable=false}. */
    PartitionLoad NONE = partition -> 0;

    /**
     * The number of batches that wait for their turn in a partition's queue; one that is larger than {@code batch.size} counts as many.
     *
     * @param partition the partition's number
     * @return the count, from 0
     */
    int queuedBatches(int partition);

    /**
     * Tells whether a partition should get nothing for now, because its leader has taken no data for longer than
     * {@code partitioner.availability.timeout.ms} although some was ready. Never by default, as with a timeout of 0.
     *
     * @param partition the partition's number
     * @return true to pass the partition by, unless all are like it
     */
    default boolean isStalled(final int partition) {
        return false;
    }
}
