package io.kp.memory;

/**
 * Thrown when a {@link BufferPool} had no memory for a request within the time that the caller allowed. The same request may
 * succeed later, when other owners have released memory.
 */
public final class PoolExhaustedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The budget of the pool. */
    private final long capacityBytes;
    /** How much of it was held. */
    private final long usedBytes;
    /** How many callers went on waiting. */
    private final int waiters;
    /** What was asked for. */
    private final int requestedBytes;
    /** How long the caller waited. */
    private final long waitedNs;

    /**
     * Creates the exception.
     *
     * @param requestedBytes the size of the request.
     * @param waitedNs       the time for which the caller waited, in nanoseconds.
     * @param capacityBytes  the budget of the pool.
     * @param usedBytes      the bytes held by owners of segments when the request failed.
     * @param waiters        the number of other callers that were waiting when the request failed.
     */
    public PoolExhaustedException(final int requestedBytes, final long waitedNs, final long capacityBytes,
            final long usedBytes, final int waiters) {
        this(null, requestedBytes, waitedNs, capacityBytes, usedBytes, waiters);
    }

    /**
     * Takes over what is known of the failed request, for one that somebody else than the pool refused.
     *
     * @param reason         why, in words; null if there was just none.
     * @param requestedBytes the size of the request.
     * @param waitedNs       how long the caller waited.
     * @param capacityBytes  the budget of the pool.
     * @param usedBytes      the bytes held by owners of segments when the request failed.
     * @param waiters        the number of other callers that were waiting when the request failed.
     */
    public PoolExhaustedException(final String reason, final int requestedBytes, final long waitedNs,
            final long capacityBytes, final long usedBytes, final int waiters) {
        super("no memory within the time allowed" + (reason == null ? "" : " (" + reason + ')') + ": requestedBytes="
                + requestedBytes + ", waitedNs=" + waitedNs
                + ", capacityBytes=" + capacityBytes + ", usedBytes=" + usedBytes + ", waiters=" + waiters);
        this.requestedBytes = requestedBytes;
        this.waitedNs = waitedNs;
        this.capacityBytes = capacityBytes;
        this.usedBytes = usedBytes;
        this.waiters = waiters;
    }

    /**
     * The budget of the pool.
     *
     * @return the budget in bytes.
     */
    public long capacityBytes() {
        return capacityBytes;
    }

    /**
     * The memory that was held by owners of segments when the request failed. It may have been less than the budget: see
     * {@link BufferPool} on larger requests.
     *
     * @return the memory in bytes.
     */
    public long usedBytes() {
        return usedBytes;
    }

    /**
     * The number of other callers that were waiting when the request failed.
     *
     * @return the number of callers.
     */
    public int waiters() {
        return waiters;
    }

    /**
     * The size of the request that failed.
     *
     * @return the size in bytes.
     */
    public int requestedBytes() {
        return requestedBytes;
    }

    /**
     * The time for which the caller waited before it gave up.
     *
     * @return the time in nanoseconds; 0 if it did not wait.
     */
    public long waitedNs() {
        return waitedNs;
    }
}
