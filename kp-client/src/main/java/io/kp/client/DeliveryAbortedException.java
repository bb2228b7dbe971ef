package io.kp.client;

/**
 * The producer was closed, or its I/O thread ended, before the record was acknowledged.
 */
public final class DeliveryAbortedException extends DeliveryException {
    private static final long serialVersionUID = 1L;

    /**
     * Takes over what the builder was told.
     *
     * @param builder the fields of the failure
     */
    public DeliveryAbortedException(Builder builder) {
        super(builder, Category.CLOSED, "producer closed before the record was acknowledged");
    }
}
