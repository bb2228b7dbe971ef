package io.kp.bench;

/**
 * What a broker has at the end of a run.
 *
 * @param records    records
 * @param batches    batches, {@link #UNKNOWN} where the broker does not tell
 * @param batchBytes bytes of these batches, {@link #UNKNOWN} where the broker does not tell
 * @param requests   produce requests, {@link #UNKNOWN} where the broker does not tell
 */
record BrokerTotals(long records, long batches, long batchBytes, long requests) {
    /** Stands for what a broker does not tell. */
    static final long UNKNOWN = -1;
    static final BrokerTotals NONE = new BrokerTotals(0, 0, 0, 0);

    BrokerTotals plus(final BrokerTotals other) {
        return new BrokerTotals(records + other.records, batches + other.batches, batchBytes + other.batchBytes,
                requests + other.requests);
    }
}
