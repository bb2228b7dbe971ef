package io.kp.client;

/**
 * The broker refused the record with an error that has no class of its own, or the last attempt ended without an answer and no other is allowed: see
 * {@link #stage()}, {@link #errorCode()} and {@link #errorName()}. The category follows the error.
 */
public final class BrokerException extends DeliveryException {
    private static final long serialVersionUID = 1L;

    /**
     * Takes over what the builder was told.
     *
     * @param builder the fields of the failure
     */
    public BrokerException(Builder builder) {
        super(builder, Category.RETRY_LATER,
                builder.isAnswered() ? "refused by the broker" : "no usable answer from the broker");
    }
}
