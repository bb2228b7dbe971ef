package io.kp.client;

/**
 * The broker does not allow this client to write to the topic.
 */
public final class TopicAuthorizationException extends DeliveryException {
    private static final long serialVersionUID = 1L;

    /**
     * Takes over what the builder was told.
     *
     * @param builder the fields of the failure
     */
    public TopicAuthorizationException(Builder builder) {
        super(builder, Category.FIX_CONFIGURATION, "not authorized to write to the topic");
    }
}
