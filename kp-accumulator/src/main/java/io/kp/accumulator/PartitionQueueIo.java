package io.kp.accumulator;

/**
 * What the I/O thread keeps of a partition. A class of its own, above the padding, so that its writes do not slow the appenders down.
 */
abstract class PartitionQueueIo {
    /** The partition's batches, oldest first; only the last one can be open. */
    Batch head;
    Batch tail;
    boolean muted;

    /** The ring that the partition is in while it is ready. */
    NodeRing ring;
    PartitionQueue ringNext;
    PartitionQueue ringPrevious;

    /** Partitions with batches are linked, for flush, memory shortage and abort. */
    boolean active;
    PartitionQueue activeNext;
    PartitionQueue activePrevious;

    /** Leader as of the cluster snapshot with this version. */
    long leaderVersion = Long.MIN_VALUE;
    int leaderEpoch = RecordBatchDescriptor.NONE;

    Object attachment;
}

/** Two cache lines between the I/O thread's and the appenders' fields: neighbours are fetched in pairs. */
abstract class PartitionQueuePad extends PartitionQueueIo {
    long p00;
    long p01;
    long p02;
    long p03;
    long p04;
    long p05;
    long p06;
    long p07;
    long p08;
    long p09;
    long p10;
    long p11;
    long p12;
    long p13;
    long p14;
    long p15;
}
