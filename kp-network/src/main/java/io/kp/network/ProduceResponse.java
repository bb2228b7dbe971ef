package io.kp.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import io.kp.metadata.TopicId;

/**
 * What became of each batch of a produce request.
 * <p>
 * A reusable object: {@link #decode} reads the whole response first and only then is anything to be seen of it, so a malformed
 * response never leaves some batches answered and others not. What the object hands out is valid until the next {@link #decode}.
 * In steady state, with batches that succeed, nothing is allocated: topic names and ids that were seen before are taken from a cache. Used
 * by one thread.
 */
public final class ProduceResponse {
    /** The offset, time or epoch that the broker or the version does not tell. */
    public static final int UNKNOWN = -1;

    private static final int TAG_CURRENT_LEADER = 0;
    private static final int TAG_NODE_ENDPOINTS = 0;

    /**
     * What became of the batch of one partition. A view that belongs to the response.
     */
    public static final class Partition {
        private String topic;
        private TopicId topicId;
        private int partition;
        private short errorCode;
        private long baseOffset;
        private long logAppendTimeMs;
        private long logStartOffset;
        private List<RecordError> recordErrors;
        private String errorMessage;
        private int currentLeaderId;
        private int currentLeaderEpoch;

        private Partition() {
        }

        /**
         * The topic's name.
         *
         * @return the name, or {@code null} from version 13 on.
         */
        public String topic() {
            return topic;
        }

        /**
         * The topic's id.
         *
         * @return the id, {@link TopicId#ZERO} before version 13.
         */
        public TopicId topicId() {
            return topicId;
        }

        /**
         * The partition's number.
         *
         * @return the number.
         */
        public int partition() {
            return partition;
        }

        /**
         * How the broker took the batch.
         *
         * @return a code for {@link ErrorCode#forCode}.
         */
        public short errorCode() {
            return errorCode;
        }

        /**
         * The offset of the batch's first record.
         *
         * @return the offset, or {@link #UNKNOWN}.
         */
        public long baseOffset() {
            return baseOffset;
        }

        /**
         * When the broker appended the batch, for a topic whose records carry that time.
         *
         * @return the time in milliseconds since 1970, or {@link #UNKNOWN} for a topic whose records carry their own time.
         */
        public long logAppendTimeMs() {
            return logAppendTimeMs;
        }

        /**
         * The first offset that the partition still has.
         *
         * @return the offset, or {@link #UNKNOWN}.
         */
        public long logStartOffset() {
            return logStartOffset;
        }

        /**
         * The records for which the broker refused the batch.
         *
         * @return an immutable list, or {@code null} if the broker names none.
         */
        public List<RecordError> recordErrors() {
            return recordErrors;
        }

        /**
         * The broker's own words on the error.
         *
         * @return the message, or {@code null}.
         */
        public String errorMessage() {
            return errorMessage;
        }

        /**
         * The partition's leader as the broker knows it, told when the request went to the wrong one (KIP-951).
         *
         * @return the leader's node id, or {@link #UNKNOWN}.
         */
        public int currentLeaderId() {
            return currentLeaderId;
        }

        /**
         * The epoch of {@link #currentLeaderId()}.
         *
         * @return the epoch, or {@link #UNKNOWN}.
         */
        public int currentLeaderEpoch() {
            return currentLeaderEpoch;
        }
    }

    /**
     * A record for which the broker refused a batch.
     *
     * @param batchIndex the record's index in the batch.
     * @param message    the broker's words, or {@code null}.
     */
    public record RecordError(int batchIndex, String message) {
    }

    /**
     * Where a broker listens that some {@link Partition#currentLeaderId()} names.
     *
     * @param nodeId the broker's id.
     * @param host   its host name or address.
     * @param port   its port.
     * @param rack   its rack, or {@code null}.
     */
    public record NodeEndpoint(int nodeId, String host, int port, String rack) {
    }

    private final NameCache topicNames = new NameCache();
    private final TopicIdCache topicIds = new TopicIdCache();
    private final List<Partition> partitions = new ArrayList<>();
    private int partitionCount;
    private int throttleTimeMs;
    private List<NodeEndpoint> nodeEndpoints = List.of();

    /**
     * Creates an empty response; {@link #decode} fills it.
     */
    public ProduceResponse() {
    }

    /**
     * Reads a response in place of the one before.
     *
     * @param in a reader at the body, told the version of the request.
     * @return this response.
     * @throws ProtocolException if the bytes are not a response of that version; this object is empty then.
     */
    public ProduceResponse decode(FrameReader in) {
        clear();
        boolean complete = false;
        try {
            decodeBody(in, in.version());
            complete = true;
        } finally {
            if (!complete) {
                clear();
            }
        }
        return this;
    }

    /**
     * Forgets the response.
     */
    public void clear() {
        for (int i = 0; i < partitionCount; i++) {
            Partition partition = partitions.get(i);
            partition.recordErrors = null;
            partition.errorMessage = null;
        }
        partitionCount = 0;
        throttleTimeMs = 0;
        nodeEndpoints = List.of();
    }

    private void decodeBody(FrameReader in, short version) {
        boolean flexible = ApiKey.PRODUCE.isFlexible(version);
        boolean byId = version >= 13;
        int minTopicBytes = (byId ? 2 * Long.BYTES : flexible ? 1 : Short.BYTES) + (flexible ? 2 : Integer.BYTES);
        int minPartitionBytes = minPartitionBytes(version, flexible);
        int topicCount = in.arrayLength("responses", minTopicBytes);
        for (int t = 0; t < topicCount; t++) {
            String topic = byId ? null : in.string("responses.name", topicNames);
            TopicId topicId = byId
                    ? topicIds.intern(in.i64("responses.topicId"), in.i64("responses.topicId"))
                    : TopicId.ZERO;
            int count = in.arrayLength("responses.partitionResponses", minPartitionBytes);
            for (int p = 0; p < count; p++) {
                decodePartition(in, version, topic, topicId);
            }
            in.skipTags("responses.tags");
        }
        throttleTimeMs = in.i32("throttleTimeMs");
        for (int tags = in.tagCount("tags"); tags > 0; tags--) {
            if (in.tag("tags") == TAG_NODE_ENDPOINTS && version >= 10) {
                int outer = in.enterTag("nodeEndpoints");
                nodeEndpoints = nodeEndpoints(in);
                in.leaveTag("nodeEndpoints", outer);
            } else {
                in.skipTag("tags");
            }
        }
        in.end();
    }

    private static int minPartitionBytes(short version, boolean flexible) {
        int bytes = Integer.BYTES + Short.BYTES + 2 * Long.BYTES;
        if (version >= 5) {
            bytes += Long.BYTES;
        }
        if (version >= 8) {
            bytes += flexible ? 3 : Integer.BYTES + Short.BYTES;
        }
        return bytes;
    }

    private void decodePartition(FrameReader in, short version, String topic, TopicId topicId) {
        Partition partition = nextPartition();
        partition.topic = topic;
        partition.topicId = topicId;
        partition.partition = in.i32("responses.partitionResponses.index");
        partition.errorCode = in.i16("responses.partitionResponses.errorCode");
        partition.baseOffset = in.i64("responses.partitionResponses.baseOffset");
        partition.logAppendTimeMs = in.i64("responses.partitionResponses.logAppendTimeMs");
        partition.logStartOffset = version >= 5 ? in.i64("responses.partitionResponses.logStartOffset") : UNKNOWN;
        partition.recordErrors = version >= 8 ? recordErrors(in) : null;
        partition.errorMessage = version >= 8 ? in.nullableString("responses.partitionResponses.errorMessage") : null;
        partition.currentLeaderId = UNKNOWN;
        partition.currentLeaderEpoch = UNKNOWN;
        for (int tags = in.tagCount("responses.partitionResponses.tags"); tags > 0; tags--) {
            if (in.tag("responses.partitionResponses.tags") == TAG_CURRENT_LEADER && version >= 10) {
                int outer = in.enterTag("responses.partitionResponses.currentLeader");
                partition.currentLeaderId = in.i32("responses.partitionResponses.currentLeader.leaderId", UNKNOWN,
                        Integer.MAX_VALUE);
                partition.currentLeaderEpoch = in.i32("responses.partitionResponses.currentLeader.leaderEpoch", UNKNOWN,
                        Integer.MAX_VALUE);
                in.skipTags("responses.partitionResponses.currentLeader.tags");
                in.leaveTag("responses.partitionResponses.currentLeader", outer);
            } else {
                in.skipTag("responses.partitionResponses.tags");
            }
        }
    }

    private Partition nextPartition() {
        if (partitionCount == partitions.size()) {
            partitions.add(new Partition());
        }
        return partitions.get(partitionCount++);
    }

    private static List<RecordError> recordErrors(FrameReader in) {
        int count = in.arrayLength("responses.partitionResponses.recordErrors", Integer.BYTES + 2);
        if (count == 0) {
            return null;
        }
        List<RecordError> errors = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            errors.add(new RecordError(in.i32("responses.partitionResponses.recordErrors.batchIndex"),
                    in.nullableString("responses.partitionResponses.recordErrors.batchIndexErrorMessage")));
            in.skipTags("responses.partitionResponses.recordErrors.tags");
        }
        return List.copyOf(errors);
    }

    private static List<NodeEndpoint> nodeEndpoints(FrameReader in) {
        int count = in.arrayLength("nodeEndpoints", 2 * Integer.BYTES + 3);
        List<NodeEndpoint> endpoints = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            endpoints.add(new NodeEndpoint(in.i32("nodeEndpoints.nodeId", 0, Integer.MAX_VALUE),
                    in.string("nodeEndpoints.host"), in.i32("nodeEndpoints.port", 0, MetadataResponse.MAX_PORT),
                    in.nullableString("nodeEndpoints.rack")));
            in.skipTags("nodeEndpoints.tags");
        }
        return List.copyOf(endpoints);
    }

    /**
     * How many partitions the response is about.
     *
     * @return the number of partitions.
     */
    public int size() {
        return partitionCount;
    }

    /**
     * What became of the batch of one partition; the order need not be that of the request.
     *
     * @param index from 0 to {@link #size()} - 1.
     * @return a view that is valid until the next {@link #decode}.
     * @throws IndexOutOfBoundsException if the index is out of range.
     */
    public Partition partition(int index) {
        Objects.checkIndex(index, partitionCount);
        return partitions.get(index);
    }

    /**
     * Where the brokers listen that {@link Partition#currentLeaderId()} names.
     *
     * @return an immutable list, mostly empty.
     */
    public List<NodeEndpoint> nodeEndpoints() {
        return nodeEndpoints;
    }

    /**
     * How long the client has to keep quiet on this connection, if {@link ApiKey#clientThrottles} says that it is up to the client.
     *
     * @return the time in milliseconds.
     */
    public int throttleTimeMs() {
        return throttleTimeMs;
    }
}
