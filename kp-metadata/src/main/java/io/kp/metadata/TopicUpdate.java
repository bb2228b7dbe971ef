package io.kp.metadata;

import java.util.Collection;
import java.util.Objects;

/**
 * What one response says of one topic.
 *
 * <p>
 * Immutable.
 */
public final class TopicUpdate {

    private final String name;
    private final TopicInfo info;
    private final TopicError error;
    private final boolean incomplete;

    private TopicUpdate(final String name, final TopicInfo info, final TopicError error, final boolean incomplete) {
        this.name = Objects.requireNonNull(name, "name");
        this.info = info;
        this.error = error;
        this.incomplete = incomplete;
    }

    /**
     * The response describes the topic.
     *
     * @param info       the topic
     * @param incomplete whether a partition came with an error that a newer response may clear, such as a leader that is not available
     * @return the statement
     */
    public static TopicUpdate described(final TopicInfo info, final boolean incomplete) {
        return new TopicUpdate(info.name(), info, null, incomplete);
    }

    /**
     * The response describes the topic.
     *
     * @param name       the topic's name
     * @param id         the topic's id, or {@link TopicId#ZERO}
     * @param internal   whether the topic is one of Kafka's own
     * @param partitions its partitions, with epoch {@link PartitionInfo#NO_EPOCH} if the response's version gives no reliable one
     * @param incomplete whether a partition came with an error that a newer response may clear
     * @return the statement
     * @throws IllegalArgumentException as {@link TopicInfo#of} does
     */
    public static TopicUpdate described(final String name, final TopicId id, final boolean internal,
            final Collection<PartitionInfo> partitions, final boolean incomplete) {
        return described(TopicInfo.of(name, id, internal, partitions), incomplete);
    }

    /**
     * The response gives an error instead of a description.
     *
     * @param name  the topic's name
     * @param error the error
     * @return the statement
     */
    public static TopicUpdate failed(final String name, final TopicError error) {
        return new TopicUpdate(name, null, Objects.requireNonNull(error, "error"), false);
    }

    /**
     * The topic's name.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * The description.
     *
     * @return the topic, or null if there is an {@link #error()}
     */
    public TopicInfo info() {
        return info;
    }

    /**
     * The error.
     *
     * @return the error, or null if there is an {@link #info()}
     */
    public TopicError error() {
        return error;
    }

    /**
     * Tells whether a newer response may say more of some partition.
     *
     * @return true if the topic should be asked for again after a pause
     */
    public boolean incomplete() {
        return incomplete;
    }

    @Override
    public String toString() {
        return error == null ? info.toString() : name + ": " + error;
    }
}
