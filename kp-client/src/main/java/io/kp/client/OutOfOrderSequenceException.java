package io.kp.client;

/**
 * The broker saw a gap in the sequence numbers of the partition: records before this one were lost or expired. The producer goes on with a new epoch; sending
 * the record again gives up the order and may write it twice.
 */
public final class OutOfOrderSequenceException extends DeliveryException {
    private static final long serialVersionUID = 1L;

    /**
     * Takes over what the builder was told.
     *
     * @param builder the fields of the failure
     */
    public OutOfOrderSequenceException(Builder builder) {
        super(builder, Category.RETRY_LATER, "sequence number out of order");
    }
}
