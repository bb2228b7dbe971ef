package io.kp.testkit;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;

import io.kp.metadata.TopicId;
import io.kp.network.ApiKey;
import io.kp.network.ErrorCode;
import io.kp.network.FrameWriter;

/**
 * Writes response frames. Source: the message definitions of Kafka 4.3.
 */
final class Answers {
    private static final int SCRATCH_BYTES = 1024;
    private static final long UNKNOWN = -1;
    /** Set of operations of a client that has not asked for it. */
    private static final int NOT_ASKED = Integer.MIN_VALUE;
    private static final int TAG_CURRENT_LEADER = 0;
    private static final int TAG_NODE_ENDPOINTS = 0;

    /** A topic in a metadata response. */
    record TopicAnswer(short error, String name, TopicId id, List<PartitionAnswer> partitions) {
    }

    /** A partition in a metadata response. */
    record PartitionAnswer(short error, int index, int leader, int leaderEpoch, int[] replicas, int[] isr,
            int[] offline) {
    }

    /** A topic in a produce response. */
    record ProduceTopic(String name, TopicId id, List<ProducePartition> partitions) {
    }

    /** A partition in a produce response. */
    static final class ProducePartition {
        final int index;
        short error;
        String message;
        int[] refusedRecords = {};
        String refusal;
        long baseOffset = UNKNOWN;
        long logAppendTimeMs = UNKNOWN;
        long logStartOffset = UNKNOWN;
        int leader = -1;
        int leaderEpoch = -1;

        ProducePartition(final int index) {
            this.index = index;
        }
    }

    private final FrameWriter out = new FrameWriter(SCRATCH_BYTES);

    private void begin(final Inbound request) {
        begin(request.api, request.version, request.correlationId + request.fault.correlationShift);
    }

    private void begin(final ApiKey api, final short version, final int correlationId) {
        out.begin(api, version);
        out.i32(correlationId);
        if (api.responseHeaderVersion(version) > 0) {
            out.emptyTags();
        }
    }

    private ByteBuffer end() {
        final ByteBuffer frame = out.finish().toBuffer();
        out.clear();
        return frame;
    }

    ByteBuffer apiVersions(final Inbound request, final short error, final Map<ApiKey, ClusterNode.Range> ranges) {
        begin(request);
        apiVersions(error, ranges);
        if (request.version >= 1) {
            out.i32(request.fault.throttleMs);
        }
        out.emptyTags();
        return end();
    }

    /** To a client that is newer than the node: in version 0, so that it can be read, and with the range of this API only (KIP-511). */
    ByteBuffer apiVersionsFallback(final Inbound request, final ClusterNode.Range range) {
        begin(ApiKey.API_VERSIONS, (short) 0, request.correlationId);
        apiVersions(ErrorCode.UNSUPPORTED_VERSION.code(), Map.of(ApiKey.API_VERSIONS, range));
        return end();
    }

    private void apiVersions(final short error, final Map<ApiKey, ClusterNode.Range> ranges) {
        out.i16(error);
        out.arrayLength(ranges.size());
        ranges.forEach((api, range) -> {
            out.i16(api.id());
            out.i16(range.min());
            out.i16(range.max());
            out.emptyTags();
        });
    }

    ByteBuffer initProducerId(final Inbound request, final short error, final long producerId, final short epoch) {
        begin(request);
        out.i32(request.fault.throttleMs);
        out.i16(error);
        out.i64(producerId);
        out.i16(epoch);
        out.emptyTags();
        return end();
    }

    ByteBuffer metadata(final Inbound request, final Collection<ClusterNode> nodes, final String clusterId,
            final int controllerId, final short error,
            final List<TopicAnswer> topics) {
        begin(request);
        final short version = request.version;
        if (version >= 3) {
            out.i32(request.fault.throttleMs);
        }
        out.arrayLength(nodes.size());
        for (final ClusterNode node : nodes) {
            out.i32(node.id);
            out.string(node.host);
            out.i32(node.port);
            if (version >= 1) {
                out.nullableString(node.rack);
            }
            out.emptyTags();
        }
        if (version >= 2) {
            out.nullableString(clusterId);
        }
        if (version >= 1) {
            out.i32(controllerId);
        }
        out.arrayLength(topics.size());
        for (final TopicAnswer topic : topics) {
            metadataTopic(version, topic);
        }
        if (version >= 8 && version <= 10) {
            out.i32(NOT_ASKED);
        }
        if (version >= 13) {
            out.i16(error);
        }
        out.emptyTags();
        return end();
    }

    private void metadataTopic(final short version, final TopicAnswer topic) {
        out.i16(topic.error);
        if (version >= 12) {
            out.nullableString(topic.name);
        } else {
            out.string(topic.name == null ? "" : topic.name);
        }
        if (version >= 10) {
            out.uuid(topic.id.mostSignificantBits(), topic.id.leastSignificantBits());
        }
        if (version >= 1) {
            out.bool(false);
        }
        out.arrayLength(topic.partitions.size());
        for (final PartitionAnswer partition : topic.partitions) {
            out.i16(partition.error);
            out.i32(partition.index);
            out.i32(partition.leader);
            if (version >= 7) {
                out.i32(partition.leaderEpoch);
            }
            ints(partition.replicas);
            ints(partition.isr);
            if (version >= 5) {
                ints(partition.offline);
            }
            out.emptyTags();
        }
        if (version >= 8) {
            out.i32(NOT_ASKED);
        }
        out.emptyTags();
    }

    private void ints(final int[] values) {
        out.arrayLength(values.length);
        for (final int value : values) {
            out.i32(value);
        }
    }

    /**
     * @param endpoints nodes that the answer claims to lead partitions
     */
    ByteBuffer produce(final Inbound request, final List<ProduceTopic> topics,
            final Collection<ClusterNode> endpoints) {
        begin(request);
        final short version = request.version;
        out.arrayLength(topics.size());
        for (final ProduceTopic topic : topics) {
            if (version < 13) {
                out.string(topic.name);
            } else {
                out.uuid(topic.id.mostSignificantBits(), topic.id.leastSignificantBits());
            }
            out.arrayLength(topic.partitions.size());
            for (final ProducePartition partition : topic.partitions) {
                producePartition(version, partition);
            }
            out.emptyTags();
        }
        out.i32(request.fault.throttleMs);
        if (version < 10 || endpoints.isEmpty()) {
            out.emptyTags();
            return end();
        }
        int bytes = 1;
        for (final ClusterNode node : endpoints) {
            bytes += Integer.BYTES + 1 + utf8Bytes(node.host) + Integer.BYTES + 1
                    + (node.rack == null ? 0 : utf8Bytes(node.rack)) + 1;
        }
        out.tags(1);
        out.tag(TAG_NODE_ENDPOINTS, bytes);
        out.arrayLength(endpoints.size());
        for (final ClusterNode node : endpoints) {
            out.i32(node.id);
            out.string(node.host);
            out.i32(node.port);
            out.nullableString(node.rack);
            out.emptyTags();
        }
        return end();
    }

    private void producePartition(final short version, final ProducePartition partition) {
        out.i32(partition.index);
        out.i16(partition.error);
        out.i64(partition.baseOffset);
        out.i64(partition.logAppendTimeMs);
        if (version >= 5) {
            out.i64(partition.logStartOffset);
        }
        if (version >= 8) {
            out.arrayLength(partition.refusedRecords.length);
            for (final int index : partition.refusedRecords) {
                out.i32(index);
                out.nullableString(partition.refusal);
                out.emptyTags();
            }
            out.nullableString(partition.message);
        }
        if (version >= 10 && partition.leader >= 0) {
            out.tags(1);
            out.tag(TAG_CURRENT_LEADER, 2 * Integer.BYTES + 1);
            out.i32(partition.leader);
            out.i32(partition.leaderEpoch);
            out.emptyTags();
        } else {
            out.emptyTags();
        }
    }

    private static int utf8Bytes(final String text) {
        final int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        if (bytes >= 127) {
            throw new IllegalArgumentException("name of a node is too long: bytes=" + bytes + ", name=" + text);
        }
        return bytes;
    }
}
