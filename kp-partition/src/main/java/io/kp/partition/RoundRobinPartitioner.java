package io.kp.partition;

import io.kp.metadata.TopicInfo;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Deals records out to the partitions in turn, whatever their keys, as Kafka's partitioner of the same name does.
 *
 * <p>
 * Each topic has a counter, from 0. It runs over the partitions that have a leader, or over all while none has one. Thread-safe and lock-free; allocates
 * only for the first record of a topic. All senders of a topic share its counter: that is the price of a strict order.
 */
public final class RoundRobinPartitioner implements Partitioner {

    private final ConcurrentHashMap<String, AtomicInteger> counters = new ConcurrentHashMap<>();
    private final int start;

    /**
     * Starts each topic's counter at 0.
     */
    public RoundRobinPartitioner() {
        this(0);
    }

    RoundRobinPartitioner(final int start) {
        this.start = start;
    }

    @Override
    public int partition(final String topic, final Object key, final byte[] keyBytes, final Object value,
            final byte[] valueBytes, final TopicInfo topicInfo) {
        AtomicInteger counter = counters.get(topic);
        if (counter == null) {
            counter = counters.computeIfAbsent(topic, name -> new AtomicInteger(start));
        }
        // The counter wraps to the lowest int; without its sign it goes on from 0.
        final int turn = counter.getAndIncrement() & Integer.MAX_VALUE;
        final int available = topicInfo.availablePartitions();
        if (available > 0) {
            return topicInfo.availablePartition(turn % available);
        }
        if (topicInfo.partitionCount() == 0) {
            throw new IllegalArgumentException("topic must have a partition: partitionCount=0, min=1, topic=" + topic);
        }
        return turn % topicInfo.partitionCount();
    }
}
