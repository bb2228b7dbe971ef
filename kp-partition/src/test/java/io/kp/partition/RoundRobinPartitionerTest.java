package io.kp.partition;

import static io.kp.partition.Topics.topic;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kp.metadata.TopicInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.junit.jupiter.api.Test;

class RoundRobinPartitionerTest {

    private static int next(final RoundRobinPartitioner partitioner, final TopicInfo topic) {
        return partitioner.partition(topic.name(), null, null, null, null, topic);
    }

    private static int[] next(final RoundRobinPartitioner partitioner, final TopicInfo topic, final int count) {
        final int[] result = new int[count];
        Arrays.setAll(result, i -> next(partitioner, topic));
        return result;
    }

    @Test
    void shouldCountPerTopicOverAvailablePartitions() {
        final RoundRobinPartitioner partitioner = new RoundRobinPartitioner();
        assertArrayEquals(new int[]{0, 1, 2, 0, 1}, next(partitioner, topic("a", 3), 5));
        assertArrayEquals(new int[]{1, 3, 1}, next(partitioner, topic("b", 4, 0, 2), 3));
        assertArrayEquals(new int[]{2, 0}, next(partitioner, topic("a", 3), 2));
        assertArrayEquals(new int[]{0, 1, 0}, next(partitioner, topic("c", 2, 0, 1), 3));
        assertEquals(0, partitioner.partition("d", "key", new byte[]{1}, "value", new byte[]{1}, topic("d", 9)));
        partitioner.close();
    }

    @Test
    void shouldGoOnFromZeroWhenTheCounterWraps() {
        final RoundRobinPartitioner partitioner = new RoundRobinPartitioner(Integer.MAX_VALUE - 1);
        // MAX - 1 = 2147483646 = 6 mod 10, MAX = 7 mod 10, then 0, 1, 2.
        assertArrayEquals(new int[]{6, 7, 0, 1, 2}, next(partitioner, topic(10), 5));
        assertArrayEquals(new int[]{6, 7, 0, 1},
                next(new RoundRobinPartitioner(Integer.MAX_VALUE - 1), topic(10, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9), 4));
        final RoundRobinPartitioner second = new RoundRobinPartitioner(-2);
        assertArrayEquals(new int[]{6, 7, 0, 1}, next(second, topic(10), 4), "and when it comes back to 0");
    }

    @Test
    void shouldDealAsKafkaDoes() {
        final Node node = new Node(1, "h", 1);
        for (final Integer[] leaderless : new Integer[][]{{}, {0}, {1, 3}, {0, 1, 2, 3, 4}}) {
            final List<PartitionInfo> partitions = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                final Node leader = Set.of(leaderless).contains(i) ? null : node;
                partitions.add(new PartitionInfo("t", i, leader, new Node[0], new Node[0]));
            }
            final Cluster cluster = new Cluster("c", List.of(node), partitions, Set.of(), Set.of());
            try (var theirs = new org.apache.kafka.clients.producer.RoundRobinPartitioner()) {
                final RoundRobinPartitioner ours = new RoundRobinPartitioner();
                for (int i = 0; i < 20; i++) {
                    assertEquals(theirs.partition("t", null, null, null, null, cluster),
                            next(ours, topic(5, leaderless)));
                }
            }
        }
    }

    @Test
    void shouldGiveEachPartitionItsShareUnderConcurrency() throws Exception {
        final RoundRobinPartitioner partitioner = new RoundRobinPartitioner(Integer.MAX_VALUE - 7_000);
        final AtomicIntegerArray counts = new AtomicIntegerArray(4);
        final TopicInfo topic = topic(4);
        final List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            final Thread thread = new Thread(() -> {
                for (int j = 0; j < 4_000; j++) {
                    counts.incrementAndGet(next(partitioner, topic));
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (final Thread thread : threads) {
            thread.join();
        }
        for (int i = 0; i < 4; i++) {
            assertTrue(Math.abs(counts.get(i) - 4_000) <= 1, "counts=" + counts);
        }
    }

    @Test
    void shouldRefuseATopicWithoutPartitions() {
        assertEquals("topic must have a partition: partitionCount=0, min=1, topic=t",
                assertThrows(IllegalArgumentException.class, () -> next(new RoundRobinPartitioner(), topic(0)))
                        .getMessage());
    }
}
