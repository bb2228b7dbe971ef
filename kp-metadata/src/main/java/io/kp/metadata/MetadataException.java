package io.kp.metadata;

/**
 * Says why {@link Metadata#awaitTopic} could not give a topic. {@link #reason()} tells what to do about it.
 */
public class MetadataException extends RuntimeException {

    /** What happened. */
    public enum Reason {
        /** The time was over: try again later, or look at the last error. */
        TIMEOUT,
        /** The cluster says that the name is no valid topic name: do not try again. */
        INVALID_TOPIC,
        /** The cluster says that this client may not use the topic: try again once it may. */
        UNAUTHORIZED_TOPIC,
        /** The client cannot talk to the cluster, for example for failed authentication; see the cause. */
        FATAL,
        /** The metadata was closed. */
        CLOSED
    }

    private static final long serialVersionUID = 1L;

    /** What happened. */
    private final Reason reason;
    /** The topic that was asked for. */
    private final String topic;

    /**
     * Describes a failure.
     *
     * @param reason  what happened
     * @param topic   the topic that was asked for
     * @param message the text
     * @param cause   the cause, or null
     */
    public MetadataException(final Reason reason, final String topic, final String message, final Throwable cause) {
        super(message, cause);
        this.reason = reason;
        this.topic = topic;
    }

    /**
     * What happened.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }

    /**
     * The topic that was asked for.
     *
     * @return its name
     */
    public String topic() {
        return topic;
    }
}
