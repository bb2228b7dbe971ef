package io.kp.accumulator;

/**
 * Hears of closed batches on the thread that closed them, for partitioners that change the partition with the batch.
 */
@FunctionalInterface
public interface BatchListener {
    /** Does nothing. */
    BatchListener NONE = (queue, bytes) -> {
    };

    /**
     * A batch of the partition takes no more records. Must not block nor throw.
     *
     * @param queue
     *            the partition.
     * @param bytes
     *            size of the closed batch in bytes, header included.
     */
    void onBatchClosed(PartitionQueue queue, int bytes);

    /**
     * An append has waited for memory, on the thread that did. Must not block nor throw.
     *
     * @param bytes
     *            the least that would do.
     * @param waitedNs
     *            for how long it has waited, in nanoseconds.
     * @param obtained
     *            whether it may go on; if not, it fails.
     */
    default void onMemoryWait(int bytes, long waitedNs, boolean obtained) {
    }
}
