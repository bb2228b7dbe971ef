package io.kp.client;

/**
 * Another producer took over this one's identity: the broker refuses its producer id and epoch.
 */
public final class ProducerFencedException extends DeliveryException {
    private static final long serialVersionUID = 1L;

    /**
     * Takes over what the builder was told.
     *
     * @param builder the fields of the failure
     */
    public ProducerFencedException(Builder builder) {
        super(builder, Category.FATAL, "producer fenced by a newer one");
    }
}
