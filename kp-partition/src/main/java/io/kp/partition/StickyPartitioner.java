package io.kp.partition;

import io.kp.metadata.TopicInfo;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;

/**
 * Chooses the partition of records without a key: one partition until a batch's worth of bytes went there, then another (KIP-794). One object per topic.
 *
 * <p>
 * The next partition is chosen among those that have a leader, at random: uniformly, or, if the {@link PartitionLoad} tells queues of different
 * length apart, with a weight of {@code longest queue + 1 - own queue}, so that a slow broker gets less.
 *
 * <p>
 * How it differs from Kafka's: there, every record adds its size to a shared counter. Here a batch adds its size once, when it is closed
 * ({@link #onBatchClosed}), and no record writes anything shared. As Kafka's counter leads to a switch only where a batch ends too (or
 * at twice {@code batch.size}), the switches fall on the same places but for the last batch of a partition, and the distribution
 * over the partitions, counted in batches, is the same. Records that race with a switch may still go to the partition before it; nothing depends on it.
 *
 * <p>
 * Thread-safe and lock-free; {@link #current} is one plain read in the usual case, and nothing here allocates.
 *
 * @see <a href="https://cwiki.apache.org/confluence/x/n4CcCw">KIP-794: strictly uniform sticky partitioner</a>
 */
public final class StickyPartitioner {

    /*
     * The state is one long, so that a partition and its count always change together:
     *
     *    63              32 31               0
     *   +------------------+------------------+
     *   | partition, or -1 | bytes closed     |
     *   +------------------+------------------+
     *
     * onBatchClosed adds to the count, or replaces the whole by "none chosen"; the next current() chooses, with the newest TopicInfo that its caller has.
     * Of several that choose at once one wins the compare-and-set and the others take its choice.
     */

    private static final long NONE_CHOSEN = -1L << 32;

    /** Topics with more available partitions than this get a random sample of as many weighed, to bound the time of a switch. */
    static final int MAX_WEIGHED = 256;

    private static final VarHandle STATE;
    private static final VarHandle RANDOM_STATE;

    static {
        try {
            final MethodHandles.Lookup lookup = MethodHandles.lookup();
            STATE = lookup.findVarHandle(StickyPartitioner.class, "state", long.class);
            RANDOM_STATE = lookup.findVarHandle(StickyPartitioner.class, "randomState", long.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final int batchSizeBytes;
    private final PartitionLoad load;
    private long state = NONE_CHOSEN;
    private long randomState;

    /**
     * Prepares the choice for one topic.
     *
     * @param batchSizeBytes {@code batch.size}: after so many bytes the partition changes; from 0, which counts as 1
     * @param load           what waits in the topic's partitions, or {@link PartitionLoad#NONE} for a uniform choice
     * @param seed           where the sequence of random numbers starts: the same seed and the same calls make the same choices, and producers
     *                       should differ
     * @throws IllegalArgumentException if the size is negative
     */
    public StickyPartitioner(final int batchSizeBytes, final PartitionLoad load, final long seed) {
        if (batchSizeBytes < 0) {
            throw new IllegalArgumentException(
                    "batch size must not be negative: batchSizeBytes=" + batchSizeBytes + ", min=0");
        }
        this.batchSizeBytes = Math.max(1, batchSizeBytes);
        this.load = Objects.requireNonNull(load, "load");
        this.randomState = SplitMix64.mix(seed);
    }

    /**
     * The partition for the next record. Any thread.
     *
     * @param topic the topic as it is known now
     * @return the partition, from 0 to {@code topic.partitionCount() - 1}
     * @throws IllegalArgumentException if the topic has no partition
     */
    public int current(final TopicInfo topic) {
        // Opaque is enough: a partition that is a moment old is as good as the new one.
        final long seen = (long) STATE.getOpaque(this);
        final int partition = (int) (seen >> 32);
        if (partition >= 0 && partition < topic.partitionCount()) {
            return partition;
        }
        return choose(topic, seen);
    }

    private int choose(final TopicInfo topic, final long first) {
        long seen = first;
        while (true) {
            final int chosen = next(topic);
            final long witness = (long) STATE.compareAndExchange(this, seen, (long) chosen << 32);
            if (witness == seen) {
                return chosen;
            }
            final int partition = (int) (witness >> 32);
            if (partition >= 0 && partition < topic.partitionCount()) {
                return partition;
            }
            seen = witness;
        }
    }

    /**
     * Takes note of bytes that went to a partition, and lets the next {@link #current} choose another if they are enough. Bytes of any partition but the
     * current one do not count. Any thread; call it when a batch is closed. A batch that is left open to grow beyond {@code batch.size} may be reported in
     * parts instead, so that its partition does not stay the current one for as long as it grows.
     *
     * @param partition  the batch's partition
     * @param batchBytes the bytes of the batch, or of the part that was not reported yet
     */
    public void onBatchClosed(final int partition, final int batchBytes) {
        long seen = (long) STATE.getVolatile(this);
        while ((int) (seen >> 32) == partition) {
            final long bytes = (seen & 0xffff_ffffL) + batchBytes;
            final long next = bytes >= batchSizeBytes ? NONE_CHOSEN : (long) partition << 32 | bytes;
            final long witness = (long) STATE.compareAndExchange(this, seen, next);
            if (witness == seen) {
                return;
            }
            seen = witness;
        }
    }

    private int next(final TopicInfo topic) {
        if (topic.partitionCount() < 1) {
            throw new IllegalArgumentException("topic must have a partition: partitionCount=0, min=1, topic="
                    + topic.name());
        }
        final long random = SplitMix64.mix((long) RANDOM_STATE.getAndAdd(this, SplitMix64.GAMMA));
        final int available = topic.availablePartitions();
        if (available == 0) {
            return SplitMix64.bounded(random, topic.partitionCount());
        }
        final int weighed = load == PartitionLoad.NONE || available == 1 ? -1 : nextByLoad(topic, available, random);
        return weighed >= 0 ? weighed : topic.availablePartition(SplitMix64.bounded(random, available));
    }

    /** The next partition by the length of queues, or -1 if all are stalled. Weighted reservoir sampling, so it needs no table. */
    private int nextByLoad(final TopicInfo topic, final int available, final long random) {
        final boolean sampled = available > MAX_WEIGHED;
        final int candidates = Math.min(available, MAX_WEIGHED);
        int longest = -1;
        for (int i = 0; i < candidates; i++) {
            final int partition = candidate(topic, available, sampled, random, i);
            if (!load.isStalled(partition)) {
                longest = Math.max(longest, load.queuedBatches(partition));
            }
        }
        if (longest < 0) {
            return -1;
        }
        int chosen = -1;
        long total = 0;
        long stream = random;
        for (int i = 0; i < candidates; i++) {
            final int partition = candidate(topic, available, sampled, random, i);
            if (load.isStalled(partition)) {
                continue;
            }
            // A queue may have grown since the first pass.
            final long weight = Math.max(1, longest + 1L - load.queuedBatches(partition));
            total += weight;
            stream += SplitMix64.INNER_GAMMA;
            if (SplitMix64.unit(SplitMix64.mix(stream)) * total < weight) {
                chosen = partition;
            }
        }
        return chosen;
    }

    private static int candidate(final TopicInfo topic, final int available, final boolean sampled, final long random,
            final int i) {
        return topic.availablePartition(sampled
                ? SplitMix64.bounded(SplitMix64.mix(~random + i * SplitMix64.GAMMA), available)
                : i);
    }
}
