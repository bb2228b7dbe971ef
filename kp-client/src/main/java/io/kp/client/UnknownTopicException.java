package io.kp.client;

/**
 * {@code max.block.ms} passed while the call waited for metadata of the topic, or for a partition number to exist in it. Either no broker could be reached
 * ({@link #getCause()} says why), or brokers answer and do not know the topic or the partition. Also: the leader did not know the partition of a batch and
 * {@code retries} allows no other attempt.
 */
public final class UnknownTopicException extends DeliveryException {
    private static final long serialVersionUID = 1L;

    /**
     * Takes over what the builder was told.
     *
     * @param builder the fields of the failure
     */
    public UnknownTopicException(Builder builder) {
        super(builder, Category.RETRY_LATER,
                builder.isAnswered()
                        ? "topic or partition unknown to the broker"
                        : "topic or partition not present in metadata");
    }
}
