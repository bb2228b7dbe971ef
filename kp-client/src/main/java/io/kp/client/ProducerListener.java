package io.kp.client;

/**
 * Hears what becomes of batches and connections as it happens; {@link ProducerContext#listener} sets one. For statistics of one's own, tracing and tests; who wants
 * figures now and then better asks {@link Producer#snapshot()} on a thread of their own.
 *
 * <p>Called by the producer's I/O thread, once for each batch and attempt and never for each record. So a listener must return soon and must not block: meanwhile nothing is
 * sent. What it throws is logged, at most once in ten seconds, and reaches nobody else. It must not call the producer back, other than {@link Producer#snapshot} and
 * {@link Producer#metrics}.
 */
public interface ProducerListener {
    /**
     * A batch is handed to a connection.
     *
     * @param topic the topic
     * @param partition the partition
     * @param nodeId the broker
     * @param records number of records
     * @param bytes size on the wire
     * @param attempt 1 for the first
     */
    default void onBatchSent(final String topic, final int partition, final int nodeId, final int records,
            final int bytes, final int attempt) {
    }

    /**
     * A batch is in the log, as far as {@code acks} asks for. Its callbacks are called after this.
     *
     * @param topic the topic
     * @param partition the partition
     * @param records number of records
     * @param bytes size on the wire
     * @param ageNs since its first record was accepted, in nanoseconds
     */
    default void onBatchAcknowledged(final String topic, final int partition, final int records, final int bytes,
            final long ageNs) {
    }

    /**
     * A batch has failed for good. Its callbacks are called after this.
     *
     * @param topic the topic
     * @param partition the partition
     * @param records number of records
     * @param failure why
     */
    default void onBatchFailed(final String topic, final int partition, final int records,
            final KpException failure) {
    }

    /**
     * A connection can be used from now on.
     *
     * @param nodeId the broker; negative for an address of {@code bootstrap.servers}
     * @param address host, port and the address that the host has been resolved to
     */
    default void onConnected(final int nodeId, final String address) {
    }

    /**
     * A connection has ended, or could not be made.
     *
     * @param nodeId the broker; negative for an address of {@code bootstrap.servers}
     * @param reason why, in words
     */
    default void onDisconnected(final int nodeId, final String reason) {
    }
}
