package io.kp.client;

/**
 * {@code max.block.ms} passed while the call waited for memory: {@code buffer.memory} is held by records that are not acknowledged yet.
 */
public final class BufferExhaustedException extends DeliveryException {
    private static final long serialVersionUID = 1L;

    /**
     * Takes over what the builder was told.
     *
     * @param builder the fields of the failure
     */
    public BufferExhaustedException(Builder builder) {
        super(builder, Category.RETRY_LATER, "no memory for the record within max.block.ms");
    }
}
