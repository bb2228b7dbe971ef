package io.kp.partition;

import static io.kp.partition.Topics.topic;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kp.metadata.TopicInfo;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.utils.LogContext;
import org.junit.jupiter.api.Test;

class StickyPartitionerTest {

    private static final int BATCH = 16_384;

    private static long[] histogram(final StickyPartitioner sticky, final TopicInfo topic, final int draws) {
        final long[] counts = new long[topic.partitionCount()];
        for (int i = 0; i < draws; i++) {
            final int partition = sticky.current(topic);
            counts[partition]++;
            sticky.onBatchClosed(partition, BATCH);
        }
        return counts;
    }

    private static PartitionLoad queues(final int... sizes) {
        return partition -> sizes[partition];
    }

    @Test
    void shouldStayUntilABatchsWorthOfBytesWasClosed() {
        final StickyPartitioner sticky = new StickyPartitioner(BATCH, PartitionLoad.NONE, 1);
        final TopicInfo topic = topic(1_000_000);
        final int first = sticky.current(topic);
        sticky.onBatchClosed(first, BATCH - 1);
        assertEquals(first, sticky.current(topic));
        sticky.onBatchClosed(first + 1, BATCH);
        assertEquals(first, sticky.current(topic), "bytes of another partition do not count");
        sticky.onBatchClosed(first, 1);
        final int second = sticky.current(topic);
        assertNotEquals(first, second);
        sticky.onBatchClosed(first, BATCH);
        assertEquals(second, sticky.current(topic), "nor do those of the one before");
        sticky.onBatchClosed(second, BATCH - 1);
        assertEquals(second, sticky.current(topic), "a switch begins the count anew");
        sticky.onBatchClosed(second, Integer.MAX_VALUE);
        assertNotEquals(second, sticky.current(topic));
    }

    @Test
    void shouldSwitchAfterEveryBatchWhenBatchesHaveNoSize() {
        final StickyPartitioner sticky = new StickyPartitioner(0, PartitionLoad.NONE, 1);
        final TopicInfo topic = topic(1_000_000);
        final Set<Integer> seen = new HashSet<>();
        for (int i = 0; i < 10; i++) {
            seen.add(sticky.current(topic));
            sticky.onBatchClosed(sticky.current(topic), 70);
        }
        assertEquals(10, seen.size());
        assertEquals("batch size must not be negative: batchSizeBytes=-1, min=0",
                assertThrows(IllegalArgumentException.class, () -> new StickyPartitioner(-1, PartitionLoad.NONE, 1))
                        .getMessage());
    }

    @Test
    void shouldCountUpToTheLargestBatchSize() {
        final StickyPartitioner sticky = new StickyPartitioner(Integer.MAX_VALUE, PartitionLoad.NONE, 3);
        final TopicInfo topic = topic(1_000_000);
        final int first = sticky.current(topic);
        sticky.onBatchClosed(first, Integer.MAX_VALUE - 1);
        assertEquals(first, sticky.current(topic));
        sticky.onBatchClosed(first, Integer.MAX_VALUE);
        assertNotEquals(first, sticky.current(topic));
    }

    @Test
    void shouldChooseAgainWhenTheTopicHasFewerPartitions() {
        final StickyPartitioner sticky = new StickyPartitioner(BATCH, PartitionLoad.NONE, 5);
        while (sticky.current(topic(8)) < 4) {
            sticky.onBatchClosed(sticky.current(topic(8)), BATCH);
        }
        assertTrue(sticky.current(topic(4)) < 4);
        assertEquals("topic must have a partition: partitionCount=0, min=1, topic=t",
                assertThrows(IllegalArgumentException.class, () -> sticky.current(topic(0))).getMessage());
    }

    @Test
    void shouldRepeatItsChoicesFromTheSameSeedOnly() {
        final TopicInfo topic = topic(50);
        assertEquals(Arrays.toString(histogram(new StickyPartitioner(BATCH, PartitionLoad.NONE, 9), topic, 500)),
                Arrays.toString(histogram(new StickyPartitioner(BATCH, PartitionLoad.NONE, 9), topic, 500)));
        assertNotEquals(Arrays.toString(histogram(new StickyPartitioner(BATCH, PartitionLoad.NONE, 9), topic, 500)),
                Arrays.toString(histogram(new StickyPartitioner(BATCH, PartitionLoad.NONE, 10), topic, 500)));
    }

    @Test
    void shouldChooseUniformlyAmongAvailablePartitions() {
        final double[] weights = new double[12];
        Arrays.fill(weights, 1);
        ChiSquare.assertFits("all available",
                histogram(new StickyPartitioner(BATCH, PartitionLoad.NONE, 1), topic(12), 60_000), weights);
        ChiSquare.assertFits("none available", histogram(new StickyPartitioner(BATCH, PartitionLoad.NONE, 2),
                topic(12, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), 60_000), weights);
        ChiSquare.assertFits("equal queues",
                histogram(new StickyPartitioner(BATCH, partition -> 7, 3), topic(12), 60_000), weights);
        weights[0] = 0;
        weights[11] = 0;
        ChiSquare.assertFits("two without a leader",
                histogram(new StickyPartitioner(BATCH, PartitionLoad.NONE, 4), topic(12, 0, 11), 60_000), weights);
    }

    @Test
    void shouldNotFollowAPatternFromOneChoiceToTheNext() {
        final StickyPartitioner sticky = new StickyPartitioner(BATCH, queues(0, 0, 0, 0), 77);
        final long[] pairs = new long[16];
        int last = 0;
        for (int i = 0; i < 100_000; i++) {
            final int partition = sticky.current(topic(4));
            pairs[4 * last + partition]++;
            last = partition;
            sticky.onBatchClosed(partition, BATCH);
        }
        final double[] weights = new double[16];
        Arrays.fill(weights, 1);
        ChiSquare.assertFits("pairs", pairs, weights);
    }

    @Test
    void shouldGiveLongQueuesLess() {
        ChiSquare.assertFits("weights 4, 1, 3, 2",
                histogram(new StickyPartitioner(BATCH, queues(0, 3, 1, 2), 5), topic(4), 100_000),
                new double[]{4, 1, 3, 2});
        ChiSquare.assertFits("one without a leader does not count for the longest",
                histogram(new StickyPartitioner(BATCH, queues(0, 3, 1, 2), 6), topic(4, 1), 100_000),
                new double[]{3, 0, 2, 1});
    }

    @Test
    void shouldPassStalledPartitionsByUnlessAllAre() {
        final Set<Integer> stalled = ConcurrentHashMap.newKeySet();
        final PartitionLoad load = new PartitionLoad() {
            @Override
            public int queuedBatches(final int partition) {
                return partition == 1 ? 9 : 0;
            }

            @Override
            public boolean isStalled(final int partition) {
                return stalled.contains(partition);
            }
        };
        stalled.add(1);
        final StickyPartitioner sticky = new StickyPartitioner(BATCH, load, 7);
        histogram(sticky, topic(4), 1);
        ChiSquare.assertFits("one stalled", histogram(sticky, topic(4), 60_000), new double[]{1, 0, 1, 1});
        stalled.addAll(List.of(0, 2, 3));
        sticky.onBatchClosed(sticky.current(topic(4)), BATCH);
        ChiSquare.assertFits("all stalled", histogram(sticky, topic(4), 60_000), new double[]{1, 1, 1, 1});
    }

    /** Draws from Kafka's own partitioner beside ours, both against the weights that KIP-794 asks for. */
    @Test
    void shouldDistributeAsKafkaDoes() throws Exception {
        final int[] queues = {5, 0, 2, 2, 9, 0};
        final double[] weights = {5, 10, 8, 8, 1, 10};
        final var theirs = new org.apache.kafka.clients.producer.internals.BuiltInPartitioner(new LogContext(), "t",
                BATCH);
        theirs.updatePartitionLoadStats(queues.clone(), new int[]{0, 1, 2, 3, 4, 5}, 6);
        final Method nextPartition = theirs.getClass().getDeclaredMethod("nextPartition", Cluster.class);
        nextPartition.setAccessible(true);
        final Node node = new Node(1, "h", 1);
        final List<PartitionInfo> partitions = new ArrayList<>();
        for (int i = 0; i < queues.length; i++) {
            partitions.add(new PartitionInfo("t", i, node, new Node[0], new Node[0]));
        }
        final Cluster cluster = new Cluster("c", List.of(node), partitions, Set.of(), Set.of());
        final long[] counts = new long[queues.length];
        for (int i = 0; i < 100_000; i++) {
            counts[(int) nextPartition.invoke(theirs, cluster)]++;
        }
        ChiSquare.assertFits("Kafka", counts, weights);
        ChiSquare.assertFits("kp", histogram(new StickyPartitioner(BATCH, queues(queues), 8), topic(6), 100_000),
                weights);
    }

    @Test
    void shouldReachEveryPartitionOfATopicWithMoreThanItWeighs() {
        final int partitions = 4 * StickyPartitioner.MAX_WEIGHED;
        final int[] asked = new int[1];
        final PartitionLoad load = partition -> {
            asked[0]++;
            return partition % 2;
        };
        final double[] weights = new double[partitions];
        Arrays.setAll(weights, partition -> partition % 2 == 0 ? 2 : 1);
        final int draws = 50_000;
        final long[] counts = histogram(new StickyPartitioner(BATCH, load, 12), topic(partitions), draws);
        ChiSquare.assertFits("sampled", counts, weights);
        assertEquals(2L * draws * StickyPartitioner.MAX_WEIGHED, asked[0], "a bounded number of questions");
    }

    @Property
    void shouldAlwaysChooseAPartitionThatExistsAndPreferAvailableOnes(@ForAll final long seed,
            @ForAll @IntRange(min = 1, max = 40) final int partitions,
            @ForAll @Size(max = 60) final List<@IntRange(max = 20_000) Integer> batches,
            @ForAll @Size(min = 40, max = 40) final List<@IntRange(max = 1_000) Integer> queued,
            @ForAll final Set<@IntRange(max = 39) Integer> leaderless) {
        final Integer[] without = leaderless.stream().filter(i -> i < partitions).toArray(Integer[]::new);
        final TopicInfo topic = topic(partitions, without);
        final StickyPartitioner sticky = new StickyPartitioner(BATCH, queued::get, seed);
        for (final int bytes : batches) {
            final int partition = sticky.current(topic);
            assertTrue(partition >= 0 && partition < partitions);
            assertTrue(topic.partition(partition).hasLeader() || without.length == partitions);
            assertEquals(partition, sticky.current(topic));
            sticky.onBatchClosed(partition, bytes);
        }
    }

    @Test
    void shouldGiveAllThreadsTheSamePartitionBetweenSwitches() throws Exception {
        final StickyPartitioner sticky = new StickyPartitioner(BATCH, PartitionLoad.NONE, 13);
        final TopicInfo topic = topic(1_000);
        final int threads = 3;
        final int rounds = 2_000;
        final int[][] seen = new int[threads][rounds];
        final CyclicBarrier barrier = new CyclicBarrier(threads);
        final List<Thread> running = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            final int me = t;
            final Thread thread = new Thread(() -> {
                try {
                    for (int round = 0; round < rounds; round++) {
                        barrier.await();
                        // All choose at once: one choice must win.
                        seen[me][round] = sticky.current(topic);
                        barrier.await();
                        // All report a part of the same batch at once: no part may be lost, none counted twice.
                        sticky.onBatchClosed(seen[me][round], BATCH / threads + 1);
                    }
                } catch (final Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            running.add(thread);
            thread.start();
        }
        for (final Thread thread : running) {
            thread.join(30_000);
            assertTrue(!thread.isAlive());
        }
        int switches = 0;
        for (int round = 0; round < rounds; round++) {
            for (int t = 1; t < threads; t++) {
                assertEquals(seen[0][round], seen[t][round], "round=" + round);
            }
            switches += round > 0 && seen[0][round] != seen[0][round - 1] ? 1 : 0;
        }
        assertTrue(switches > rounds * 98 / 100, "a switch in every round: switches=" + switches);
    }

    @Test
    void shouldPlaceByKeyElseStick() {
        final BuiltInPartitioner partitioner = new BuiltInPartitioner(BATCH, false, topic -> PartitionLoad.NONE, 1);
        final TopicInfo topic = topic(100);
        final byte[] key = {1, 2, 3};
        assertEquals(KeyPartitioner.partition(key, 100), partitioner.partition("t", "k", key, null, null, topic));
        assertEquals(KeyPartitioner.partition(new byte[0], 100),
                partitioner.partition("t", "", new byte[0], null, null, topic), "an empty key is a key");
        partitioner.onBatchClosed("t", 1, BATCH);
        final int current = partitioner.partition("t", null, null, null, null, topic);
        assertEquals(current, partitioner.partition("t", "k", null, null, null, topic));
        assertEquals(current, partitioner.sticky("t").current(topic));
        final Set<Integer> seen = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            final int partition = partitioner.partition("t", null, null, null, null, topic);
            seen.add(partition);
            partitioner.onBatchClosed("t", partition, BATCH);
        }
        assertTrue(seen.size() > 10);
        assertSame(partitioner.sticky("t"), partitioner.sticky("t"));
        final StickyPartitioner before = partitioner.sticky("t");
        partitioner.forget("t");
        assertNotSame(before, partitioner.sticky("t"));
        partitioner.close();
    }

    @Test
    void shouldIgnoreKeysWhenToldTo() {
        final List<String> asked = new ArrayList<>();
        final BuiltInPartitioner partitioner = new BuiltInPartitioner(BATCH, true, topic -> {
            asked.add(topic);
            return PartitionLoad.NONE;
        }, 1);
        final TopicInfo topic = topic(1_000);
        final Set<Integer> seen = new HashSet<>();
        for (byte i = 0; i < 50; i++) {
            seen.add(partitioner.partition("t", i, new byte[]{i}, null, null, topic));
        }
        assertEquals(1, seen.size());
        assertEquals(List.of("t"), asked, "once per topic");
        assertThrows(IllegalArgumentException.class,
                () -> new BuiltInPartitioner(-1, true, name -> PartitionLoad.NONE, 1));
    }

    @Test
    void shouldLetTopicsOfOneProducerDiffer() {
        final BuiltInPartitioner partitioner = new BuiltInPartitioner(BATCH, true, topic -> PartitionLoad.NONE, 1);
        final Set<Integer> seen = new HashSet<>();
        for (int i = 0; i < 50; i++) {
            seen.add(partitioner.sticky("topic-" + i).current(topic(1_000)));
        }
        assertTrue(seen.size() > 40, "seen=" + seen);
    }

    @Test
    void shouldTakeALambdaAsAUsersPartitioner() {
        final Partitioner last = (name, key, keyBytes, value, valueBytes, topic) -> topic.partitionCount() - 1;
        last.configure(java.util.Map.of());
        assertEquals(6, last.partition("t", null, null, null, null, topic(7)));
        last.close();
    }
}
