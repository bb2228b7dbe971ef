package io.kp.client;

/**
 * {@code delivery.timeout.ms} passed before the record was acknowledged. {@link #stage()} says where the time went, {@link #getCause()} what the last
 * connection or broker error was.
 */
public final class DeliveryTimeoutException extends DeliveryException {
    private static final long serialVersionUID = 1L;

    /**
     * Takes over what the builder was told.
     *
     * @param builder the fields of the failure
     */
    public DeliveryTimeoutException(Builder builder) {
        super(builder, Category.RETRY_LATER, "delivery timed out");
    }
}
