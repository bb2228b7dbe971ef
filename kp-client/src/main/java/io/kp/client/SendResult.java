package io.kp.client;

/** What became of a {@link Producer#trySend}. */
public enum SendResult {
    /** The record is accepted and will end in exactly one callback, by its deadline. */
    ACCEPTED,
    /** The topic's partitions are not known yet. They have been asked for: try again in some milliseconds. */
    METADATA_UNAVAILABLE,
    /** {@code buffer.memory} is held by records that are not acknowledged yet: try again when some are, or shed load. */
    MEMORY_EXHAUSTED,
    /** The producer is closed, or closing: it will take no record any more. */
    CLOSED;

    /**
     * Whether the record is accepted.
     *
     * @return {@code true} for {@link #ACCEPTED} only
     */
    public boolean isAccepted() {
        return this == ACCEPTED;
    }

    /**
     * Whether the same call may succeed later.
     *
     * @return {@code true} for {@link #METADATA_UNAVAILABLE} and {@link #MEMORY_EXHAUSTED}
     */
    public boolean isRetriable() {
        return this == METADATA_UNAVAILABLE || this == MEMORY_EXHAUSTED;
    }
}
