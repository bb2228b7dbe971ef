package io.kp.client;

/**
 * A call came to a producer that is closed, or that was closed while the call waited. Nothing of the call was done. Records that had been accepted
 * before fail with {@link DeliveryAbortedException} if the close did not leave them the time.
 */
public final class ProducerClosedException extends KpException {
    private static final long serialVersionUID = 1L;

    /**
     * A call was refused.
     *
     * @param message which call was refused and why
     */
    public ProducerClosedException(String message) {
        super(Category.CLOSED, message);
    }

    /**
     * A call was refused.
     *
     * @param message which call was refused and why
     * @param cause what closed the producer, or {@code null}
     */
    public ProducerClosedException(String message, Throwable cause) {
        super(Category.CLOSED, message, cause);
    }
}
