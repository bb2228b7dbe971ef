package io.kp.memory;

/**
 * Thrown to callers of a {@link BufferPool} that is closed, and to those who waited for memory when it was closed. Another
 * attempt cannot succeed.
 */
public final class PoolClosedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param message what was asked of the closed pool.
     */
    public PoolClosedException(final String message) {
        super(message);
    }
}
