package io.kp.metadata;

import java.util.Arrays;
import java.util.Objects;

/**
 * What is known of one partition: its leader, the leader's epoch and where its replicas are.
 *
 * <p>
 * Immutable; the arrays never leak. Broker ids may name brokers that the snapshot does not list.
 */
public final class PartitionInfo {

    /** The epoch of a leader whose epoch is not known. */
    public static final int NO_EPOCH = -1;

    private static final int[] NONE = new int[0];

    private final String topic;
    private final int partition;
    private final int leaderId;
    private final int leaderEpoch;
    private final int[] replicas;
    private final int[] inSyncReplicas;
    private final int[] offlineReplicas;

    /**
     * Describes a partition.
     *
     * @param topic           the topic's name
     * @param partition       the partition's number, from 0
     * @param leaderId        the leader's broker id, or {@link Node#NO_ID}
     * @param leaderEpoch     the leader's epoch, or {@link #NO_EPOCH}; from responses before Metadata v9 it is not reliable and
     *                        must be passed as {@code NO_EPOCH}
     * @param replicas        broker ids of all replicas, preferred leader first; copied
     * @param inSyncReplicas  broker ids of the in-sync replicas; copied
     * @param offlineReplicas broker ids of the replicas that are offline; copied
     * @throws IllegalArgumentException if partition, leader id or epoch is below its lowest value
     */
    public PartitionInfo(final String topic, final int partition, final int leaderId, final int leaderEpoch,
            final int[] replicas, final int[] inSyncReplicas, final int[] offlineReplicas) {
        this(leaderEpoch, topic, partition, leaderId, copy(replicas), copy(inSyncReplicas), copy(offlineReplicas));
        if (partition < 0) {
            throw new IllegalArgumentException(
                    "partition must not be negative: partition=" + partition + ", min=0, topic=" + topic);
        }
        if (leaderId < Node.NO_ID) {
            throw new IllegalArgumentException("leader id out of range: leaderId=" + leaderId + ", min=" + Node.NO_ID
                    + ", partition=" + topic + '-' + partition);
        }
        if (leaderEpoch < NO_EPOCH) {
            throw new IllegalArgumentException("leader epoch out of range: leaderEpoch=" + leaderEpoch + ", min="
                    + NO_EPOCH + ", partition=" + topic + '-' + partition);
        }
    }

    /**
     * Describes a partition whose replicas are not of interest.
     *
     * @param topic       the topic's name
     * @param partition   the partition's number, from 0
     * @param leaderId    the leader's broker id, or {@link Node#NO_ID}
     * @param leaderEpoch the leader's epoch, or {@link #NO_EPOCH}
     * @throws IllegalArgumentException if partition, leader id or epoch is below its lowest value
     */
    public PartitionInfo(final String topic, final int partition, final int leaderId, final int leaderEpoch) {
        this(topic, partition, leaderId, leaderEpoch, NONE, NONE, NONE);
    }

    // Shares the arrays; the changed order of parameters tells it from the public one.
    private PartitionInfo(final int leaderEpoch, final String topic, final int partition, final int leaderId,
            final int[] replicas, final int[] inSyncReplicas, final int[] offlineReplicas) {
        this.topic = Objects.requireNonNull(topic, "topic");
        this.partition = partition;
        this.leaderId = leaderId;
        this.leaderEpoch = leaderEpoch;
        this.replicas = replicas;
        this.inSyncReplicas = inSyncReplicas;
        this.offlineReplicas = offlineReplicas;
    }

    private static int[] copy(final int[] ids) {
        return ids.length == 0 ? NONE : ids.clone();
    }

    PartitionInfo withLeader(final int newLeaderId, final int newLeaderEpoch) {
        return new PartitionInfo(newLeaderEpoch, topic, partition, newLeaderId, replicas, inSyncReplicas,
                offlineReplicas);
    }

    /**
     * The topic's name.
     *
     * @return the name
     */
    public String topic() {
        return topic;
    }

    /**
     * The partition's number in the topic.
     *
     * @return the number, from 0
     */
    public int partition() {
        return partition;
    }

    /**
     * The leader's broker id.
     *
     * @return the id, or {@link Node#NO_ID} while there is no leader
     */
    public int leaderId() {
        return leaderId;
    }

    /**
     * The leader's epoch, which rises with every election.
     *
     * @return the epoch, or {@link #NO_EPOCH} if the broker did not say
     */
    public int leaderEpoch() {
        return leaderEpoch;
    }

    /**
     * Tells whether a leader is known.
     *
     * @return true if {@link #leaderId()} names a broker
     */
    public boolean hasLeader() {
        return leaderId != Node.NO_ID;
    }

    /**
     * The number of replicas.
     *
     * @return the count
     */
    public int replicaCount() {
        return replicas.length;
    }

    /**
     * A replica's broker id; index 0 is the preferred leader.
     *
     * @param index from 0 to {@link #replicaCount()} - 1
     * @return the broker id
     * @throws IndexOutOfBoundsException if there is no such replica
     */
    public int replica(final int index) {
        return replicas[index];
    }

    /**
     * The number of in-sync replicas.
     *
     * @return the count
     */
    public int inSyncReplicaCount() {
        return inSyncReplicas.length;
    }

    /**
     * An in-sync replica's broker id.
     *
     * @param index from 0 to {@link #inSyncReplicaCount()} - 1
     * @return the broker id
     * @throws IndexOutOfBoundsException if there is no such replica
     */
    public int inSyncReplica(final int index) {
        return inSyncReplicas[index];
    }

    /**
     * The number of offline replicas.
     *
     * @return the count
     */
    public int offlineReplicaCount() {
        return offlineReplicas.length;
    }

    /**
     * An offline replica's broker id.
     *
     * @param index from 0 to {@link #offlineReplicaCount()} - 1
     * @return the broker id
     * @throws IndexOutOfBoundsException if there is no such replica
     */
    public int offlineReplica(final int index) {
        return offlineReplicas[index];
    }

    @Override
    public boolean equals(final Object other) {
        return this == other || other instanceof PartitionInfo that && partition == that.partition
                && leaderId == that.leaderId && leaderEpoch == that.leaderEpoch && topic.equals(that.topic)
                && Arrays.equals(replicas, that.replicas) && Arrays.equals(inSyncReplicas, that.inSyncReplicas)
                && Arrays.equals(offlineReplicas, that.offlineReplicas);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * topic.hashCode() + partition) + 31 * leaderId + leaderEpoch;
    }

    /**
     * Shows the partition for people.
     *
     * @return for example {@code lines-3 (leader=1, epoch=7, replicas=[1, 2], isr=[1], offline=[2])}
     */
    @Override
    public String toString() {
        return topic + '-' + partition + " (leader=" + (hasLeader() ? leaderId : "none") + ", epoch=" + leaderEpoch
                + ", replicas=" + Arrays.toString(replicas) + ", isr=" + Arrays.toString(inSyncReplicas) + ", offline="
                + Arrays.toString(offlineReplicas) + ')';
    }
}
