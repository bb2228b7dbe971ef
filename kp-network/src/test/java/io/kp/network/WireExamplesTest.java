package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;

import org.junit.jupiter.api.Test;

import io.kp.metadata.TopicId;

/** Frames written down by hand, independent of any codec. */
class WireExamplesTest {
    private static final String BATCH = ("0000000000000000 0000003f ffffffff 02 bd90ce4e 0000 00000000 0000018bcfe56800"
            + " 0000018bcfe56800 0000000000000fa0 0000 00000007 00000001 1a 00 00 00 04 6b31 0a 68656c6c6f 00")
            .replace(" ", "");

    private static void assertFrame(String expected, Request request, int version, int correlationId) {
        assertEquals(expected.replace(" ", ""),
                KafkaOracle.ourFrame(request, (short) version, correlationId, "cid"));
    }

    private static FrameReader reader(String hex, ApiKey apiKey, int version) {
        return new FrameReader().wrap(ByteBuffer.wrap(KafkaOracle.bytes(hex)), apiKey, (short) version);
    }

    @Test
    void shouldWriteApiVersions() {
        ApiVersionsRequest request = new ApiVersionsRequest("apache-kafka-java", "4.3.1");
        assertFrame("00000027 0012 0003 00000001 0003 636964 00 12 6170616368652d6b61666b612d6a617661 06 342e332e31 00",
                request, 3, 1);
        assertFrame("00000027 0012 0004 00000001 0003 636964 00 12 6170616368652d6b61666b612d6a617661 06 342e332e31 00",
                request, 4, 1);
        assertFrame("0000000d 0012 0000 00000001 0003 636964", request, 0, 1);
    }

    @Test
    void shouldWriteMetadata() {
        MetadataRequest request = MetadataRequest.topics(List.of("topicA"), true);
        assertFrame(
                "0000002a 0003 000c 00000002 0003636964 00 02 00000000000000000000000000000000 07 746f70696341 00 01"
                        + " 00 00",
                request, 12, 2);
        assertFrame("00000019 0003 0001 00000002 0003636964 00000001 0006 746f70696341", request, 1, 2);
        assertFrame("0000001c 0003 0008 00000002 0003636964 00000001 0006 746f70696341 01 00 00", request, 8, 2);
        assertFrame("0000001b 0003 0009 00000002 0003636964 00 02 07 746f70696341 00 01 00 00 00", request, 9, 2);
        assertFrame("00000012 0003 000c 00000002 0003636964 00 01 01 00 00",
                MetadataRequest.topics(List.of(), true), 12, 2);
        assertFrame("00000012 0003 000c 00000002 0003636964 00 00 01 00 00", MetadataRequest.allTopics(), 12, 2);
    }

    @Test
    void shouldWriteProduce() {
        TopicId topicId = new TopicId(0x0102030405060708L, 0x090a0b0c0d0e0f10L);
        ProduceRequest request = new ProduceRequest().begin(ProduceRequest.ACKS_ALL, 30_000, null);
        request.add("topicA", topicId, 1, TestBatch.of(HexFormat.of().parseHex(BATCH), 32));
        for (int version = 3; version <= 8; version++) {
            assertFrame("00000078 0000 000" + version + " 00000005 0003636964 ffff ffff 00007530 00000001"
                    + " 0006746f70696341 00000001 00000001 0000004b" + BATCH, request, version, 5);
        }
        for (int version = 9; version <= 12; version++) {
            assertFrame("00000071 0000 000" + Integer.toHexString(version) + " 00000005 0003636964 00 00 ffff 00007530"
                    + " 02 07746f70696341 02 00000001 4c" + BATCH + "00 00 00", request, version, 5);
        }
        assertFrame("0000007a 0000 000d 00000005 0003636964 00 00 ffff 00007530 02 0102030405060708090a0b0c0d0e0f10"
                + " 02 00000001 4c" + BATCH + "00 00 00", request, 13, 5);
    }

    @Test
    void shouldWriteInitProducerId() {
        assertFrame("00000021 0016 0005 00000009 0003636964 00 04747831 0000ea60 ffffffffffffffff ffff 00",
                new InitProducerIdRequest("tx1", 60_000, InitProducerIdRequest.NO_PRODUCER_ID,
                        InitProducerIdRequest.NO_PRODUCER_EPOCH),
                5, 9);
        assertFrame("0000001e 0016 0005 00000009 0003636964 00 00 7fffffff ffffffffffffffff ffff 00",
                InitProducerIdRequest.idempotent(), 5, 9);
    }

    @Test
    void shouldReadProduceWithLeaderHint() {
        ProduceResponse response = new ProduceResponse().decode(reader(
                "02 0274 02 00000000 0006 ffffffffffffffff ffffffffffffffff ffffffffffffffff 01 00 01 00 09 00000002"
                        + " 00000007 00 | 00 | 00000000 | 01 00 0d 02 00000002 0268 00002384 00 00",
                ApiKey.PRODUCE, 10));
        assertEquals(1, response.size());
        ProduceResponse.Partition partition = response.partition(0);
        assertEquals("t", partition.topic());
        assertEquals(TopicId.ZERO, partition.topicId());
        assertEquals(0, partition.partition());
        assertEquals(ErrorCode.NOT_LEADER_OR_FOLLOWER.code(), partition.errorCode());
        assertEquals(ProduceResponse.UNKNOWN, partition.baseOffset());
        assertEquals(2, partition.currentLeaderId());
        assertEquals(7, partition.currentLeaderEpoch());
        assertEquals(List.of(new ProduceResponse.NodeEndpoint(2, "h", 9092, null)), response.nodeEndpoints());
    }

    @Test
    void shouldReadRefusedVersionInVersion0() {
        FrameReader in = reader("00000001 0023 00000001 0012 0000 0004", ApiKey.API_VERSIONS, 4);
        assertEquals(1, ResponseHeader.decode(in));
        ApiVersionsResponse response = ApiVersionsResponse.decode(in);
        assertEquals(ErrorCode.UNSUPPORTED_VERSION.code(), response.errorCode());
        assertEquals(List.of(new ApiVersionsResponse.ApiRange((short) 18, (short) 0, (short) 4)), response.apis());
    }
}
