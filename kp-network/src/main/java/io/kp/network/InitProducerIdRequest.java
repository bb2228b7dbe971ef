package io.kp.network;

/**
 * Asks for a producer id and epoch, for an idempotent or a transactional producer.
 * <p>
 * Immutable.
 */
public final class InitProducerIdRequest implements Request {
    /** The producer id of a producer that has none yet. */
    public static final long NO_PRODUCER_ID = -1;

    /** The epoch that goes with {@link #NO_PRODUCER_ID}. */
    public static final short NO_PRODUCER_EPOCH = -1;

    private static final short FIRST_VERSION_WITH_CURRENT_ID = 3;

    private final String transactionalId;
    private final int transactionTimeoutMs;
    private final long producerId;
    private final short producerEpoch;

    /**
     * Creates the request.
     *
     * @param transactionalId      the transactional id, or {@code null} for a producer that is idempotent only.
     * @param transactionTimeoutMs how long the broker lets a transaction be idle before it aborts it, in milliseconds; the maximum for a
     *                             producer that is idempotent only.
     * @param producerId           the current producer id, of which the next epoch is wanted (KIP-360), or {@link #NO_PRODUCER_ID}.
     * @param producerEpoch        the current epoch, or {@link #NO_PRODUCER_EPOCH}.
     */
    public InitProducerIdRequest(String transactionalId, int transactionTimeoutMs, long producerId,
            short producerEpoch) {
        this.transactionalId = transactionalId;
        this.transactionTimeoutMs = transactionTimeoutMs;
        this.producerId = producerId;
        this.producerEpoch = producerEpoch;
    }

    /**
     * The request of a producer that is idempotent only and has no id yet.
     *
     * @return the request.
     */
    public static InitProducerIdRequest idempotent() {
        return new InitProducerIdRequest(null, Integer.MAX_VALUE, NO_PRODUCER_ID, NO_PRODUCER_EPOCH);
    }

    @Override
    public ApiKey apiKey() {
        return ApiKey.INIT_PRODUCER_ID;
    }

    @Override
    public short minVersion() {
        return producerId == NO_PRODUCER_ID && producerEpoch == NO_PRODUCER_EPOCH
                ? apiKey().minVersion()
                : FIRST_VERSION_WITH_CURRENT_ID;
    }

    @Override
    public void encodeBody(FrameWriter out, short version) {
        out.nullableString(transactionalId);
        out.i32(transactionTimeoutMs);
        if (version >= FIRST_VERSION_WITH_CURRENT_ID) {
            out.i64(producerId);
            out.i16(producerEpoch);
        }
        out.emptyTags();
    }
}
