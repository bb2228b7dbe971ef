package io.kp.metadata;

import java.util.Objects;

/**
 * Why a cluster did not describe a topic. The table of error codes belongs to who speaks the protocol; this module only asks for the
 * {@link Kind}.
 *
 * @param code the protocol's error code
 * @param name the protocol's name of it, for messages
 * @param kind what follows from it
 */
public record TopicError(short code, String name, Kind kind) {

    /** What follows from an error. */
    public enum Kind {
        /** The topic is asked for again after a pause; who waits goes on waiting. */
        RETRIABLE,
        /** The topic's name is not valid; who waits fails, and so does who asks while the snapshot says so. */
        INVALID_TOPIC,
        /** The client may not see the topic; who waits fails, who asks later makes a new attempt. */
        UNAUTHORIZED,
        /** Anything else: asked for again only while somebody waits, who then times out with this as the reason. */
        OTHER
    }

    /**
     * Checks the parts.
     *
     * @param code the protocol's error code
     * @param name the protocol's name of it
     * @param kind what follows from it
     */
    public TopicError {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(kind, "kind");
    }

    /**
     * Shows the error for people.
     *
     * @return for example {@code UNKNOWN_TOPIC_OR_PARTITION (3)}
     */
    @Override
    public String toString() {
        return name + " (" + code + ')';
    }
}
