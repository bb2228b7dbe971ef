package io.kp.client;

import java.util.Map;

/**
 * What a producer has done and holds at one moment. Immutable. The counters only grow and were read one after the other, so that a record that is on its way may show
 * in one and not yet in the next.
 *
 * @param recordsSent records that were accepted
 * @param recordsAcknowledged of these, records that were acknowledged
 * @param recordsFailed of these, records that failed
 * @param batchesSent batches handed to a connection, each attempt counted
 * @param batchRecordsSent records in these batches, each attempt counted
 * @param batchBytesSent bytes of these batches, headers included
 * @param retries batches that were put back in their queue for another attempt
 * @param requestsSent produce requests handed to a connection
 * @param requestsInFlight produce requests that are not answered yet
 * @param bufferUsedBytes bytes of {@code buffer.memory} in use
 * @param bufferCapacityBytes {@code buffer.memory}, less what compressors work in
 * @param bufferWaiters threads that wait for memory
 * @param attemptErrors how many attempts to send a batch have ended with an error, by Kafka's name of the error; those without an answer count as
 *            {@code NETWORK_EXCEPTION} or {@code REQUEST_TIMED_OUT}; immutable
 * @param gaps batches that have failed without those behind them in their partition, see {@link GapPolicy#ALLOW_AND_REPORT}
 */
public record ProducerMetrics(long recordsSent, long recordsAcknowledged, long recordsFailed, long batchesSent,
        long batchRecordsSent,
        long batchBytesSent, long retries, long requestsSent, int requestsInFlight, long bufferUsedBytes,
        long bufferCapacityBytes,
        int bufferWaiters, Map<String, Long> attemptErrors, long gaps) {
    /**
     * Records that were accepted and have not ended yet.
     *
     * @return the count, 0 rather than less if a record ended between the readings
     */
    public long recordsPending() {
        return Math.max(0, recordsSent - recordsAcknowledged - recordsFailed);
    }

    /**
     * Mean size of the batches sent.
     *
     * @return bytes, 0 before the first batch
     */
    public double meanBatchBytes() {
        return batchesSent == 0 ? 0 : (double) batchBytesSent / batchesSent;
    }

    /**
     * Mean number of records in the batches sent.
     *
     * @return records, 0 before the first batch
     */
    public double meanBatchRecords() {
        return batchesSent == 0 ? 0 : (double) batchRecordsSent / batchesSent;
    }
}
