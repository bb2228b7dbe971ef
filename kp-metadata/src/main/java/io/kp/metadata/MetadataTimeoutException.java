package io.kp.metadata;

/**
 * Says that a topic or partition did not become known in time, and what the cluster or the connection said last.
 */
public final class MetadataTimeoutException extends MetadataException {

    private static final long serialVersionUID = 1L;

    /** The partition that was asked for, or -1. */
    private final int partition;
    /** The partitions that the topic has, or -1. */
    private final int partitionCount;
    /** How long the caller waited. */
    private final long waitedMs;
    /** What the cluster said of the topic, or null. */
    private final transient TopicError lastError;

    MetadataTimeoutException(final String topic, final int partition, final int partitionCount, final long waitedMs,
            final TopicError lastError, final Throwable cause) {
        super(Reason.TIMEOUT, topic, text(topic, partition, partitionCount, waitedMs, lastError, cause), cause);
        this.partition = partition;
        this.partitionCount = partitionCount;
        this.waitedMs = waitedMs;
        this.lastError = lastError;
    }

    private static String text(final String topic, final int partition, final int partitionCount, final long waitedMs,
            final TopicError lastError, final Throwable cause) {
        final StringBuilder text = new StringBuilder();
        if (partitionCount >= 0) {
            text.append("Partition ").append(partition).append(" of topic ").append(topic)
                    .append(" with partition count ").append(partitionCount);
        } else {
            text.append("Topic ").append(topic);
        }
        text.append(" not present in metadata after ").append(waitedMs).append(" ms");
        if (lastError != null) {
            text.append("; last error: ").append(lastError);
        }
        if (cause != null) {
            text.append("; last update failed: ").append(cause.getMessage() == null ? cause : cause.getMessage());
        }
        return text.toString();
    }

    /**
     * The partition that was asked for.
     *
     * @return its number, or -1 if any would do
     */
    public int partition() {
        return partition;
    }

    /**
     * The number of partitions that the topic has.
     *
     * @return the count, or -1 if the topic is not known at all
     */
    public int partitionCount() {
        return partitionCount;
    }

    /**
     * How long the caller waited.
     *
     * @return the time in milliseconds
     */
    public long waitedMs() {
        return waitedMs;
    }

    /**
     * What the cluster said last of this topic.
     *
     * @return the error, or null if it said nothing, or after deserialization
     */
    public TopicError lastError() {
        return lastError;
    }
}
