package io.kp.bench;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/** A {@link KafkaCluster} of one node. */
// Runs write gigabytes: the topics keep little of it, and the ends of the logs still count everything.
final class RealBroker implements CompareBroker {
    private static final long KEPT_BYTES = 1L << 30;
    private static final long LARGEST_SEGMENT_BYTES = 64L << 20;
    private static final long SMALLEST_SEGMENT_BYTES = 1L << 20;
    private static final int HEAP_MIB = 1024;

    private final KafkaCluster cluster;
    private final int partitions;

    private RealBroker(final KafkaCluster cluster, final int partitions) {
        this.cluster = cluster;
        this.partitions = partitions;
    }

    static RealBroker start(final int partitions) {
        return new RealBroker(
                KafkaCluster.builder().heapMegabytes(HEAP_MIB).property("log.retention.check.interval.ms", "1000")
                        .property("log.initial.task.delay.ms", "1000").start(),
                partitions);
    }

    @Override
    public String bootstrapServers() {
        return cluster.bootstrapServers();
    }

    @Override
    public List<Long> pids() {
        return IntStream.rangeClosed(1, cluster.nodeCount()).mapToObj(cluster::pid).toList();
    }

    @Override
    public void prepare(final String topicPrefix, final int topics) {
        final long segmentBytes = Math.max(SMALLEST_SEGMENT_BYTES,
                Math.min(LARGEST_SEGMENT_BYTES, KEPT_BYTES / partitions / topics / 2));
        for (int i = 0; i < topics; i++) {
            cluster.createTopic(topicPrefix + i, partitions, Map.of("segment.bytes", Long.toString(segmentBytes),
                    "retention.bytes", Long.toString(segmentBytes), "file.delete.delay.ms", "0"));
        }
    }

    @Override
    public BrokerTotals totals(final String topicPrefix, final int topics) {
        final Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
        for (int i = 0; i < topics; i++) {
            for (int partition = 0; partition < partitions; partition++) {
                ends.put(new TopicPartition(topicPrefix + i, partition), OffsetSpec.latest());
            }
        }
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers()))) {
            final long records = admin.listOffsets(ends).all().get().values().stream()
                    .mapToLong(ListOffsetsResultInfo::offset).sum();
            return new BrokerTotals(records, BrokerTotals.UNKNOWN, BrokerTotals.UNKNOWN, BrokerTotals.UNKNOWN);
        } catch (final ExecutionException e) {
            throw new BrokerException("the ends of the partitions cannot be read: " + e.getCause(), e.getCause());
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BrokerException("interrupted while reading the ends of the partitions", e);
        }
    }

    @Override
    public void close() {
        cluster.close();
    }
}
