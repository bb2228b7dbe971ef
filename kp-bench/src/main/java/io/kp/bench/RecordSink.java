package io.kp.bench;

import java.time.Duration;

/**
 * A producer as the tool sees it: all records go to one topic. kp's own, or the official client for comparison.
 */
interface RecordSink extends AutoCloseable {
    /**
     * Sends a record; may wait.
     *
     * @param record   the record; one without headers of its own gets those that all have, and likewise the partition
     * @param delivery is told the outcome, once
     */
    void send(InputRecord record, Delivery delivery);

    /** Waits until everything that was sent has ended. */
    void flush();

    /**
     * Ends what can be ended in the given time, gives up the rest.
     *
     * @param timeout how long to wait at most
     */
    void close(Duration timeout);

    @Override
    default void close() {
        close(Duration.ofSeconds(10));
    }

    /**
     * Counts what was done so far; also after the end.
     *
     * @return the totals
     */
    Totals totals();

    /**
     * What a producer has sent.
     *
     * @param batches        batches, each attempt counted
     * @param requests       produce requests
     * @param retries        batches, or records for the official client, that were sent again
     * @param meanBatchBytes mean size of the batches
     */
    record Totals(long batches, long requests, long retries, double meanBatchBytes) {
        /** Stands for what a producer does not tell. */
        static final long UNKNOWN = -1;
    }
}
