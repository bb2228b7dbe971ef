package io.kp.client;

/**
 * The record is larger than {@code max.request.size}, than {@code buffer.memory}, or than the broker or topic accepts ({@code message.max.bytes},
 * {@code max.message.bytes}).
 */
public final class RecordTooLargeException extends DeliveryException {
    private static final long serialVersionUID = 1L;

    /**
     * Takes over what the builder was told.
     *
     * @param builder the fields of the failure
     */
    public RecordTooLargeException(Builder builder) {
        super(builder, Category.FIX_RECORD, "record too large");
    }
}
