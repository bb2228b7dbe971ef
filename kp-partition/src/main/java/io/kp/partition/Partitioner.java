package io.kp.partition;

import io.kp.metadata.TopicInfo;
import java.util.Map;

/**
 * Chooses the partition of a record that names none.
 *
 * <p>
 * Called by the threads that send, many at a time, once per record: an implementation must be thread-safe, must not block and should not allocate.
 * The result must be from 0 to {@code topicInfo.partitionCount() - 1}; a producer refuses any other and says which partitioner gave it.
 *
 * <p>
 * An implementation that is named in a configuration needs a public constructor without parameters.
 */
@FunctionalInterface
public interface Partitioner extends AutoCloseable {

    /**
     * Chooses a partition.
     *
     * @param topic      the topic's name
     * @param key        the record's key, or null
     * @param keyBytes   the serialized key, or null; not to be changed
     * @param value      the record's value, or null
     * @param valueBytes the serialized value, or null; not to be changed
     * @param topicInfo  the topic as it is known now, with at least one partition
     * @return the partition, from 0 to {@code topicInfo.partitionCount() - 1}
     */
    int partition(String topic, Object key, byte[] keyBytes, Object value, byte[] valueBytes, TopicInfo topicInfo);

    /**
     * Gives the producer's configuration to an instance that was made from its name, before anything else is called. Does nothing by default.
     *
     * @param config the configuration as the user gave it
     */
    default void configure(final Map<String, ?> config) {
    }

    /**
     * Ends the use of the partitioner. Does nothing by default.
     */
    @Override
    default void close() {
    }
}
