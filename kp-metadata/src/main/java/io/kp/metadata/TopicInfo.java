package io.kp.metadata;

import java.util.Collection;
import java.util.Objects;

/**
 * What is known of one topic: its id and its partitions, counted from 0 without gaps.
 *
 * <p>
 * Immutable. Every accessor is wait-free and allocates nothing, so a partitioner may call them once per record.
 */
public final class TopicInfo {

    /** How many partitions a response may skip before it counts as nonsense. */
    static final int MAX_GAP = 1024;

    private final String name;
    private final TopicId id;
    private final boolean internal;
    private final PartitionInfo[] partitions;
    /** Numbers of the partitions with a leader; null if all have one, which is the usual case. */
    private final int[] available;

    private TopicInfo(final String name, final TopicId id, final boolean internal, final PartitionInfo[] partitions) {
        this.name = name;
        this.id = id;
        this.internal = internal;
        this.partitions = partitions;
        this.available = availableOf(partitions);
    }

    /**
     * Describes a topic.
     *
     * <p>
     * Partitions may come in any order. A number that is skipped (brokers before 3.0 can answer while they still learn a new topic) is
     * filled in as a partition without a leader.
     *
     * @param name       the topic's name
     * @param id         the topic's id, or {@link TopicId#ZERO}
     * @param internal   whether the topic is one of Kafka's own
     * @param partitions its partitions
     * @return the description
     * @throws IllegalArgumentException if a partition belongs to another topic, is listed twice, or more than 1024 are skipped
     */
    public static TopicInfo of(final String name, final TopicId id, final boolean internal,
            final Collection<PartitionInfo> partitions) {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(id, "id");
        int count = 0;
        for (final PartitionInfo partition : partitions) {
            // Checked before anything is allocated: a length that a peer made up must not cost memory.
            if (partition.partition() > partitions.size() - 1 + MAX_GAP) {
                throw new IllegalArgumentException("too many partitions skipped: partition=" + partition.partition()
                        + ", listed=" + partitions.size() + ", maxSkipped=" + MAX_GAP + ", topic=" + name);
            }
            count = Math.max(count, partition.partition() + 1);
        }
        final PartitionInfo[] byNumber = new PartitionInfo[count];
        for (final PartitionInfo partition : partitions) {
            if (!partition.topic().equals(name)) {
                throw new IllegalArgumentException(
                        "partition of another topic: partition=" + partition + ", topic=" + name);
            }
            if (byNumber[partition.partition()] != null) {
                throw new IllegalArgumentException(
                        "partition listed twice: partition=" + partition.partition() + ", topic=" + name);
            }
            byNumber[partition.partition()] = partition;
        }
        for (int i = 0; i < count; i++) {
            if (byNumber[i] == null) {
                byNumber[i] = new PartitionInfo(name, i, Node.NO_ID, PartitionInfo.NO_EPOCH);
            }
        }
        return new TopicInfo(name, id, internal, byNumber);
    }

    private static int[] availableOf(final PartitionInfo[] partitions) {
        int count = 0;
        for (final PartitionInfo partition : partitions) {
            count += partition.hasLeader() ? 1 : 0;
        }
        if (count == partitions.length) {
            return null;
        }
        final int[] available = new int[count];
        int next = 0;
        for (int i = 0; i < partitions.length; i++) {
            if (partitions[i].hasLeader()) {
                available[next++] = i;
            }
        }
        return available;
    }

    TopicInfo withPartition(final PartitionInfo changed) {
        final PartitionInfo[] copy = partitions.clone();
        copy[changed.partition()] = changed;
        return new TopicInfo(name, id, internal, copy);
    }

    /**
     * Applies the leader epoch rules to a newer description: a partition with a lower epoch than this one's keeps what is known here, and a
     * partition that did not change keeps its instance. Returns this if nothing changed at all.
     */
    TopicInfo advanceTo(final TopicInfo newer) {
        final boolean sameTopic = newer.id.isZero() || newer.id.equals(id);
        if (!sameTopic) {
            return newer;
        }
        final int known = partitions.length;
        final PartitionInfo[] merged = new PartitionInfo[newer.partitions.length];
        boolean same = known == merged.length && internal == newer.internal && id.equals(newer.id);
        for (int i = 0; i < merged.length; i++) {
            final PartitionInfo to = newer.partitions[i];
            if (i >= known) {
                merged[i] = to;
                continue;
            }
            final PartitionInfo from = partitions[i];
            // An unknown epoch on the new side cannot be compared and is taken; on the old side -1 is lower than all.
            final boolean stale = to.leaderEpoch() != PartitionInfo.NO_EPOCH && to.leaderEpoch() < from.leaderEpoch();
            merged[i] = stale || to.equals(from) ? from : to;
            same &= merged[i] == from;
        }
        return same ? this : new TopicInfo(name, newer.id, newer.internal, merged);
    }

    /** Whether all partitions have the same leaders and epochs as in another description. */
    boolean sameLeaders(final TopicInfo other) {
        if (this == other) {
            return true;
        }
        if (partitions.length != other.partitions.length || !id.equals(other.id)) {
            return false;
        }
        for (int i = 0; i < partitions.length; i++) {
            if (partitions[i].leaderId() != other.partitions[i].leaderId()
                    || partitions[i].leaderEpoch() != other.partitions[i].leaderEpoch()) {
                return false;
            }
        }
        return true;
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
     * The topic's id.
     *
     * @return the id, {@link TopicId#ZERO} if the broker gave none
     */
    public TopicId id() {
        return id;
    }

    /**
     * Tells whether the topic is one of Kafka's own.
     *
     * @return true for an internal topic
     */
    public boolean isInternal() {
        return internal;
    }

    /**
     * The number of partitions, with and without a leader.
     *
     * @return the count
     */
    public int partitionCount() {
        return partitions.length;
    }

    /**
     * What is known of a partition.
     *
     * @param partition from 0 to {@link #partitionCount()} - 1
     * @return the partition
     * @throws IndexOutOfBoundsException if there is no such partition
     */
    public PartitionInfo partition(final int partition) {
        return partitions[partition];
    }

    /**
     * The number of partitions that have a leader.
     *
     * @return the count, computed once
     */
    public int availablePartitions() {
        return available == null ? partitions.length : available.length;
    }

    /**
     * The number of the partition at a position among those that have a leader.
     *
     * @param index from 0 to {@link #availablePartitions()} - 1, in rising order of partitions
     * @return the partition's number
     * @throws IndexOutOfBoundsException if the index is out of range
     */
    public int availablePartition(final int index) {
        if (available == null) {
            return Objects.checkIndex(index, partitions.length);
        }
        return available[index];
    }

    /**
     * Shows the topic for people.
     *
     * @return for example {@code lines (id=…, partitions=4, available=3)}
     */
    @Override
    public String toString() {
        return name + " (id=" + id + ", partitions=" + partitions.length + ", available=" + availablePartitions() + ')';
    }
}
