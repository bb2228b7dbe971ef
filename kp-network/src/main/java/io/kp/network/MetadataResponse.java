package io.kp.network;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import io.kp.metadata.ClusterUpdate;
import io.kp.metadata.Node;
import io.kp.metadata.PartitionInfo;
import io.kp.metadata.TopicError;
import io.kp.metadata.TopicId;
import io.kp.metadata.TopicUpdate;

/**
 * A broker's view of the cluster, as far as it was asked for.
 * <p>
 * The authorized operations that some versions carry are read and left out.
 */
public final class MetadataResponse {
    /** The id of a node that is not there: of a leader, or of the controller. */
    public static final int NO_NODE = -1;

    /** The epoch of a leader that is not there, or that the version does not tell. */
    public static final int NO_EPOCH = -1;

    private static final int MAX_SKIPPED_PARTITIONS = 1024;

    /** The highest TCP port. */
    static final int MAX_PORT = 65535;

    private static final short FIRST_VERSION_WITH_RELIABLE_EPOCHS = 9;

    /**
     * A broker and where it listens.
     *
     * @param nodeId the broker's id.
     * @param host   its host name or address.
     * @param port   its port.
     * @param rack   its rack, or {@code null}.
     */
    public record Broker(int nodeId, String host, int port, String rack) {
    }

    /**
     * A topic.
     *
     * @param errorCode  a code for {@link ErrorCode#forCode}.
     * @param name       the name; {@code null} only for a topic that was asked for by id and does not exist.
     * @param topicId    the id, {@link TopicId#ZERO} if there is none or the version does not tell.
     * @param internal   whether the topic belongs to Kafka itself.
     * @param partitions the partitions in the broker's order; an immutable list.
     */
    public record Topic(short errorCode, String name, TopicId topicId, boolean internal, List<Partition> partitions) {
    }

    /**
     * A partition of a topic.
     *
     * @param errorCode       a code for {@link ErrorCode#forCode}.
     * @param partition       the partition's number.
     * @param leaderId        the leader's node id, or {@link #NO_NODE}.
     * @param leaderEpoch     the leader's epoch, or {@link #NO_EPOCH}; see {@link #reliableLeaderEpochs()}.
     * @param replicas        the node ids of all replicas, not to be changed.
     * @param inSyncReplicas  the node ids of the replicas in sync, not to be changed.
     * @param offlineReplicas the node ids of the replicas that are offline, not to be changed.
     */
    public record Partition(short errorCode, int partition, int leaderId, int leaderEpoch, int[] replicas,
            int[] inSyncReplicas, int[] offlineReplicas) {
    }

    private final short version;
    private final int throttleTimeMs;
    private final short errorCode;
    private final String clusterId;
    private final int controllerId;
    private final List<Broker> brokers;
    private final List<Topic> topics;

    private MetadataResponse(short version, int throttleTimeMs, short errorCode, String clusterId, int controllerId,
            List<Broker> brokers, List<Topic> topics) {
        this.version = version;
        this.throttleTimeMs = throttleTimeMs;
        this.errorCode = errorCode;
        this.clusterId = clusterId;
        this.controllerId = controllerId;
        this.brokers = brokers;
        this.topics = topics;
    }

    /**
     * Reads a response.
     *
     * @param in a reader at the body, told the version of the request.
     * @return the response.
     * @throws ProtocolException if the bytes are not a response of that version.
     */
    public static MetadataResponse decode(FrameReader in) {
        short version = in.version();
        int throttleTimeMs = version >= 3 ? in.i32("throttleTimeMs") : 0;
        List<Broker> brokers = brokers(in, version);
        String clusterId = version >= 2 ? in.nullableString("clusterId") : null;
        int controllerId = version >= 1 ? in.i32("controllerId") : NO_NODE;
        List<Topic> topics = topics(in, version);
        if (version >= 8 && version <= 10) {
            in.i32("clusterAuthorizedOperations");
        }
        short errorCode = version >= 13 ? in.i16("errorCode") : 0;
        in.skipTags("tags");
        in.end();
        return new MetadataResponse(version, throttleTimeMs, errorCode, clusterId, controllerId, brokers, topics);
    }

    private static List<Broker> brokers(FrameReader in, short version) {
        int count = in.arrayLength("brokers", Sizes.minBroker(version));
        List<Broker> brokers = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            brokers.add(new Broker(in.i32("brokers.nodeId", 0, Integer.MAX_VALUE), in.string("brokers.host"),
                    in.i32("brokers.port", 0, MAX_PORT),
                    version >= 1 ? in.nullableString("brokers.rack") : null));
            in.skipTags("brokers.tags");
        }
        return Collections.unmodifiableList(brokers);
    }

    private static List<Topic> topics(FrameReader in, short version) {
        int count = in.arrayLength("topics", Sizes.minTopic(version));
        int minPartitionBytes = Sizes.minPartition(version);
        List<Topic> topics = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            short errorCode = in.i16("topics.errorCode");
            String name = version >= 12 ? in.nullableString("topics.name") : in.string("topics.name");
            TopicId topicId = version >= 10 ? topicId(in) : TopicId.ZERO;
            boolean internal = version >= 1 && in.bool("topics.isInternal");
            List<Partition> partitions = partitions(in, version, minPartitionBytes);
            if (version >= 8) {
                in.i32("topics.topicAuthorizedOperations");
            }
            in.skipTags("topics.tags");
            topics.add(new Topic(errorCode, name, topicId, internal, partitions));
        }
        return Collections.unmodifiableList(topics);
    }

    private static TopicId topicId(FrameReader in) {
        long mostSignificantBits = in.i64("topics.topicId");
        long leastSignificantBits = in.i64("topics.topicId");
        return (mostSignificantBits | leastSignificantBits) == 0
                ? TopicId.ZERO
                : new TopicId(mostSignificantBits, leastSignificantBits);
    }

    private static List<Partition> partitions(FrameReader in, short version, int minPartitionBytes) {
        int count = in.arrayLength("topics.partitions", minPartitionBytes);
        List<Partition> partitions = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            partitions.add(new Partition(in.i16("topics.partitions.errorCode"),
                    in.i32("topics.partitions.partitionIndex", 0, Integer.MAX_VALUE),
                    in.i32("topics.partitions.leaderId", NO_NODE, Integer.MAX_VALUE),
                    version >= 7 ? in.i32("topics.partitions.leaderEpoch", NO_EPOCH, Integer.MAX_VALUE) : NO_EPOCH,
                    in.i32Array("topics.partitions.replicaNodes"), in.i32Array("topics.partitions.isrNodes"),
                    version >= 5 ? in.i32Array("topics.partitions.offlineReplicas") : FrameReader.NO_INTS));
            in.skipTags("topics.partitions.tags");
        }
        return Collections.unmodifiableList(partitions);
    }

    /** The fewest bytes that an element can have; what an array's count is held against. */
    private static final class Sizes {
        private Sizes() {
        }

        static int minLength(short version, int fixedBytes) {
            return ApiKey.METADATA.isFlexible(version) ? 1 : fixedBytes;
        }

        static int tags(short version) {
            return ApiKey.METADATA.isFlexible(version) ? 1 : 0;
        }

        static int minBroker(short version) {
            int strings = version >= 1 ? 2 : 1;
            return 2 * Integer.BYTES + strings * minLength(version, Short.BYTES) + tags(version);
        }

        static int minTopic(short version) {
            return Short.BYTES + minLength(version, Short.BYTES) + (version >= 10 ? 2 * Long.BYTES : 0)
                    + (version >= 1 ? Byte.BYTES : 0) + minLength(version, Integer.BYTES)
                    + (version >= 8 ? Integer.BYTES : 0) + tags(version);
        }

        static int minPartition(short version) {
            int arrays = version >= 5 ? 3 : 2;
            return Short.BYTES + 2 * Integer.BYTES + (version >= 7 ? Integer.BYTES : 0)
                    + arrays * minLength(version, Integer.BYTES) + tags(version);
        }
    }

    /**
     * Says the same in the terms of kp-metadata.
     * <p>
     * A topic's error takes the place of its description; a partition's error leaves the partition in, maybe without a leader, and
     * marks the topic as incomplete if the error says that the broker's view is out of date. Leader epochs that cannot be relied on are
     * left out. {@link #errorCode()} is not part of it: look at that first.
     *
     * @return the update.
     * @throws ProtocolException if partitions of a topic are listed twice or leave large gaps.
     */
    public ClusterUpdate toClusterUpdate() {
        List<Node> nodes = new ArrayList<>(brokers.size());
        for (Broker broker : brokers) {
            nodes.add(new Node(broker.nodeId, broker.host, broker.port, broker.rack));
        }
        requireFewGaps();
        List<TopicUpdate> updates = new ArrayList<>(topics.size());
        for (Topic topic : topics) {
            // A topic without a name can only be the answer to a request by id.
            if (topic.name != null) {
                updates.add(topic.errorCode == ErrorCode.NONE.code()
                        ? described(topic)
                        : TopicUpdate.failed(topic.name, topicError(topic.errorCode)));
            }
        }
        return new ClusterUpdate(clusterId, controllerId, nodes, updates);
    }

    /*
     * A partition that is not listed is filled in, so one with a high number costs as much as all those below it. Brokers before 3.0 may
     * leave out some while they learn of a topic; a response in which most are left out is made up.
     */
    private void requireFewGaps() {
        long listed = 0;
        long skipped = 0;
        for (Topic topic : topics) {
            long count = 0;
            for (Partition partition : topic.partitions) {
                count = Math.max(count, 1L + partition.partition);
            }
            listed += topic.partitions.size();
            skipped += Math.max(0, count - topic.partitions.size());
        }
        if (skipped > listed + MAX_SKIPPED_PARTITIONS) {
            throw new ProtocolException(ApiKey.METADATA, version, "topics.partitions", 0, skipped,
                    listed + MAX_SKIPPED_PARTITIONS, "too many partitions are skipped");
        }
    }

    private TopicUpdate described(Topic topic) {
        List<PartitionInfo> infos = new ArrayList<>(topic.partitions.size());
        boolean incomplete = false;
        for (Partition partition : topic.partitions) {
            int epoch = reliableLeaderEpochs() ? partition.leaderEpoch : PartitionInfo.NO_EPOCH;
            infos.add(new PartitionInfo(topic.name, partition.partition, partition.leaderId, epoch, partition.replicas,
                    partition.inSyncReplicas, partition.offlineReplicas));
            incomplete |= ErrorCode.forCode(partition.errorCode).isMetadataStale();
        }
        try {
            return TopicUpdate.described(topic.name, topic.topicId, topic.internal, infos, incomplete);
        } catch (IllegalArgumentException e) {
            throw new ProtocolException(ApiKey.METADATA, version, "topics.partitions", 0, infos.size(), infos.size(),
                    e.getMessage());
        }
    }

    private static TopicError topicError(short code) {
        ErrorCode error = ErrorCode.forCode(code);
        TopicError.Kind kind = switch (error) {
            case INVALID_TOPIC_EXCEPTION -> TopicError.Kind.INVALID_TOPIC;
            case TOPIC_AUTHORIZATION_FAILED -> TopicError.Kind.UNAUTHORIZED;
            default -> error.isRetriable() ? TopicError.Kind.RETRIABLE : TopicError.Kind.OTHER;
        };
        return new TopicError(code, error.name(), kind);
    }

    /**
     * Whether the leader epochs can be relied on. Brokers before 2.4 may tell an outdated epoch after they restart, so only
     * versions from 9 on count (KAFKA-9261).
     *
     * @return {@code true} if so.
     */
    public boolean reliableLeaderEpochs() {
        return version >= FIRST_VERSION_WITH_RELIABLE_EPOCHS;
    }

    /**
     * How long the client has to keep quiet on this connection, if {@link ApiKey#clientThrottles} says that it is up to the client.
     *
     * @return the time in milliseconds.
     */
    public int throttleTimeMs() {
        return throttleTimeMs;
    }

    /**
     * How the broker took the request as a whole; {@link ErrorCode#REBOOTSTRAP_REQUIRED} is told here.
     *
     * @return a code for {@link ErrorCode#forCode}.
     */
    public short errorCode() {
        return errorCode;
    }

    /**
     * The cluster's id.
     *
     * @return the id, or {@code null} if the broker or the version does not tell.
     */
    public String clusterId() {
        return clusterId;
    }

    /**
     * The controller's node id.
     *
     * @return the id, or {@link #NO_NODE}.
     */
    public int controllerId() {
        return controllerId;
    }

    /**
     * The cluster's brokers.
     *
     * @return an immutable list.
     */
    public List<Broker> brokers() {
        return brokers;
    }

    /**
     * The topics that were asked for.
     *
     * @return an immutable list.
     */
    public List<Topic> topics() {
        return topics;
    }
}
