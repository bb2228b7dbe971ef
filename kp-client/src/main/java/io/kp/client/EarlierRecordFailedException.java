package io.kp.client;

/**
 * An earlier record of the partition has failed, and this one was accepted before that was known: it was given up so that the order of the partition has no gap
 * ({@link GapPolicy#FAIL_FOLLOWING}). The cause is the earlier record's failure. Send again what shall be delivered nevertheless, in its order.
 */
public final class EarlierRecordFailedException extends DeliveryException {
    private static final long serialVersionUID = 1L;

    /**
     * Takes over what the builder was told.
     *
     * @param builder the fields of the failure
     */
    public EarlierRecordFailedException(Builder builder) {
        super(builder, Category.RETRY_LATER, "an earlier record of the partition has failed");
    }
}
