package io.kp.accumulator;

/**
 * Decides whether a partition's first batch may be sent now, for reasons that lie outside of the accumulator (sequence numbers, a
 * transaction).
 */
@FunctionalInterface
public interface DrainFilter {
    /** Lets every partition pass. */
    DrainFilter ALL = (queue, batch) -> true;

    /**
     * Whether the batch may be drained. Called before the batch is sealed.
     *
     * @param queue
     *            the partition.
     * @param batch
     *            its first batch; it may be open still, so only its attempts, creation time and producer state are final.
     * @return false to leave the partition out of this drain; it stays ready.
     */
    boolean mayDrain(PartitionQueue queue, Batch batch);
}
