package io.kp.bench.jmh;

import java.nio.ByteBuffer;
import java.util.List;

import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponse;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.RequestHeader;

/**
 * Answers a producer's requests without a network: frames in, frames out, on the producer's own I/O thread. Whatever the topic, it has the same partitions. Bytes are
 * copied once on their way here, as a socket would; what the answers cost, some microseconds for each request, both clients pay.
 */
final class NullBroker {
    static final String TOPIC = "topic";

    private static final int RECORD_COUNT_OFFSET = 57;
    private static final Uuid TOPIC_ID = new Uuid(7, 8);

    private final int partitions;
    private ByteBuffer in = ByteBuffer.allocateDirect(1 << 20);
    private volatile long records;

    NullBroker(final int partitions) {
        this.partitions = partitions;
    }

    /** Records that were acknowledged. */
    long records() {
        return records;
    }

    /** Takes bytes of a connection, in order; moves the buffer's position to its limit. */
    long receive(final ByteBuffer bytes) {
        final int count = bytes.remaining();
        if (in.remaining() < count) {
            in = ByteBuffer.allocateDirect(2 * in.capacity() + count).put(in.flip());
        }
        in.put(bytes);
        return count;
    }

    /** The answer to the first request that has arrived in full, size included; {@code null} if there is none. */
    ByteBuffer answer() {
        if (in.position() < Integer.BYTES || in.position() < Integer.BYTES + in.getInt(0)) {
            return null;
        }
        final int end = Integer.BYTES + in.getInt(0);
        final ByteBuffer answer = answer(in.duplicate().limit(end).position(Integer.BYTES));
        in.flip().position(end);
        in.compact();
        return answer;
    }

    private ByteBuffer answer(final ByteBuffer request) {
        final RequestHeader header = RequestHeader.parse(request);
        final ApiKeys api = header.apiKey();
        final short version = header.apiVersion();
        final ApiMessage body = switch (api) {
            case PRODUCE -> produce(((ProduceRequest) AbstractRequest
                    .parseRequest(api, version, new ByteBufferAccessor(request)).request));
            case API_VERSIONS -> apiVersions();
            case METADATA -> metadata();
            case INIT_PRODUCER_ID -> new InitProducerIdResponseData().setProducerId(1).setProducerEpoch((short) 0);
            default -> throw new IllegalArgumentException("a request that was not offered: api=" + api.name);
        };
        final ByteBuffer headerBytes = MessageUtil
                .toByteBufferAccessor(new ResponseHeaderData().setCorrelationId(header.correlationId()),
                        api.responseHeaderVersion(version))
                .buffer();
        final ByteBuffer bodyBytes = MessageUtil.toByteBufferAccessor(body, version).buffer();
        final int size = headerBytes.remaining() + bodyBytes.remaining();
        return ByteBuffer.allocate(Integer.BYTES + size).putInt(size).put(headerBytes).put(bodyBytes).flip();
    }

    private ProduceResponseData produce(final ProduceRequest request) {
        final ProduceResponseData data = new ProduceResponseData();
        long count = 0;
        for (final TopicProduceData topic : request.data().topicData()) {
            final TopicProduceResponse response = new TopicProduceResponse().setName(topic.name())
                    .setTopicId(topic.topicId());
            data.responses().add(response);
            for (final PartitionProduceData partition : topic.partitionData()) {
                count += ((MemoryRecords) partition.records()).buffer().getInt(RECORD_COUNT_OFFSET);
                response.partitionResponses().add(new PartitionProduceResponse().setIndex(partition.index()));
            }
        }
        // One thread writes.
        records = records + count;
        return data;
    }

    private static ApiVersionsResponseData apiVersions() {
        final ApiVersionsResponseData data = new ApiVersionsResponseData();
        for (final ApiKeys api : List.of(ApiKeys.PRODUCE, ApiKeys.API_VERSIONS, ApiKeys.METADATA,
                ApiKeys.INIT_PRODUCER_ID)) {
            data.apiKeys().add(new ApiVersionsResponseData.ApiVersion().setApiKey(api.id)
                    .setMinVersion(api.oldestVersion()).setMaxVersion(api.latestVersion(false)));
        }
        return data;
    }

    private MetadataResponseData metadata() {
        final MetadataResponseData data = new MetadataResponseData().setClusterId("c").setControllerId(1);
        data.brokers().add(new MetadataResponseBroker().setNodeId(1).setHost("127.0.0.1").setPort(9092));
        final MetadataResponseTopic topic = new MetadataResponseTopic().setName(TOPIC).setTopicId(TOPIC_ID);
        for (int i = 0; i < partitions; i++) {
            topic.partitions().add(new MetadataResponsePartition().setPartitionIndex(i).setLeaderId(1)
                    .setLeaderEpoch(0).setReplicaNodes(List.of(1)).setIsrNodes(List.of(1)));
        }
        data.topics().add(topic);
        return data;
    }
}
