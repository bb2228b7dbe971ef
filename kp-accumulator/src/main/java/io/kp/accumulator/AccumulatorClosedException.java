package io.kp.accumulator;

/**
 * The accumulator was closed: the record was not accepted, and no record will be.
 */
public final class AccumulatorClosedException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    /**
     * An exception with a message.
     *
     * @param message
     *            what was refused.
     */
    public AccumulatorClosedException(final String message) {
        super(message);
    }
}
