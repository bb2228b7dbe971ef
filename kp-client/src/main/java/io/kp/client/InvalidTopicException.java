package io.kp.client;

/**
 * The topic name is not one that Kafka accepts: 1 to 249 of ASCII letters, digits, {@code .}, {@code _} and {@code -}, neither {@code .} nor {@code ..}.
 */
public final class InvalidTopicException extends DeliveryException {
    private static final long serialVersionUID = 1L;

    /**
     * Takes over what the builder was told.
     *
     * @param builder the fields of the failure
     */
    public InvalidTopicException(Builder builder) {
        super(builder, Category.FIX_RECORD, "invalid topic name");
    }
}
