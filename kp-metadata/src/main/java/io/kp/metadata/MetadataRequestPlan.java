package io.kp.metadata;

import java.util.List;

/**
 * What the next metadata request should ask for. Made by {@link Metadata#beginUpdate} and given back with the outcome.
 *
 * <p>
 * Immutable.
 */
public final class MetadataRequestPlan {

    private final boolean full;
    private final List<String> topics;
    private final String reason;
    /** How many full updates had been requested when this one began: later requests are not answered by it. */
    private final long requestedFull;

    MetadataRequestPlan(final boolean full, final List<String> topics, final String reason, final long requestedFull) {
        this.full = full;
        this.topics = topics;
        this.reason = reason;
        this.requestedFull = requestedFull;
    }

    /**
     * Tells whether the request covers all topics in use.
     *
     * @return false if it asks only for some, and leaves what is known of the others as it is
     */
    public boolean full() {
        return full;
    }

    /**
     * The topics to ask for. An empty list means no topics, only the brokers (and never, as in version 0 of the request, all topics).
     *
     * @return an immutable list of names
     */
    public List<String> topics() {
        return topics;
    }

    /**
     * Why the update was wanted, for logs.
     *
     * @return a short text
     */
    public String reason() {
        return reason;
    }

    long requestedFull() {
        return requestedFull;
    }

    @Override
    public String toString() {
        return (full ? "full" : "partial") + " update of " + topics.size() + " topics (" + reason + ')';
    }
}
