package io.kp.client;

/**
 * The calling thread was interrupted while it waited in a call of the producer. Constructing this exception sets the thread's interrupt flag again, since
 * the wait that ended with {@link InterruptedException} had cleared it. The record of an interrupted {@code send} was not accepted.
 */
public final class InterruptException extends KpException {
    private static final long serialVersionUID = 1L;

    /**
     * Wraps the interrupt and restores the current thread's interrupt flag.
     *
     * @param message what the thread was waiting for
     * @param cause the interrupt, or {@code null} if the flag was found set
     */
    public InterruptException(String message, InterruptedException cause) {
        super(Category.INTERRUPTED, message, cause);
        Thread.currentThread().interrupt();
    }
}
