package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.BatchIndexAndErrorMessage;
import org.apache.kafka.common.message.ProduceResponseData.LeaderIdAndEpoch;
import org.apache.kafka.common.message.ProduceResponseData.NodeEndpoint;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponse;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.Test;

import io.kp.metadata.TopicId;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.ShortRange;
import net.jqwik.api.statistics.StatisticsReport;

class ProduceCodecTest {
    private static final TopicId ID = new TopicId(1, 2);
    private static final RecordsSource EMPTY = new TestBatch();

    // One for all tries, since that is how the sender uses them: what one request leaves behind must not show in the next.
    private final ProduceRequest request = new ProduceRequest();
    private final ProduceResponse response = new ProduceResponse();
    private final FrameWriter frame = new FrameWriter(64);

    @Property(tries = 500)
    @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
    void shouldWriteWhatKafkaWrites(@ForAll @ShortRange(min = 3, max = 13) short version, @ForAll int correlationId,
            @ForAll Random random) {
        KafkaOracle.coverVersions(ApiKey.PRODUCE, version);
        short acks = (short) (random.nextInt(3) - 1);
        int timeoutMs = KafkaOracle.number(random);
        String transactionalId = KafkaOracle.nullableText(random);
        request.begin(acks, timeoutMs, transactionalId);
        ProduceRequestData expected = new ProduceRequestData().setAcks(acks).setTimeoutMs(timeoutMs)
                .setTransactionalId(transactionalId);

        int topicCount = KafkaOracle.count(random);
        Map<String, TopicProduceData> topics = new LinkedHashMap<>();
        for (int i = random.nextInt(3) * topicCount; i > 0; i--) {
            // Topics in any order, so that grouping has something to do.
            int number = random.nextInt(topicCount);
            String name = new Random(number).nextInt(5) + KafkaOracle.text(new Random(number)) + number;
            TopicProduceData topic = topics.computeIfAbsent(name,
                    key -> new TopicProduceData().setName(key).setTopicId(new Uuid(number + 1, number)));
            byte[] bytes = new byte[random.nextInt(5) == 0 ? 0 : 1 + random.nextInt(300)];
            random.nextBytes(bytes);
            int partition = topic.partitionData().size();
            topic.partitionData().add(new PartitionProduceData().setIndex(partition)
                    .setRecords(MemoryRecords.readableRecords(ByteBuffer.wrap(bytes))));
            request.add(name, new TopicId(number + 1, number), partition, TestBatch.of(bytes, 1 + random.nextInt(128)));
        }
        topics.values().forEach(expected.topicData()::add);

        String expectedFrame = KafkaOracle.requestFrame(expected, version, correlationId, "kp");
        assertEquals(expectedFrame, KafkaOracle.send(frame.encode(request, version, correlationId, "kp"), 100));
        // The same batches once more, as after a lost connection.
        assertEquals(expectedFrame, KafkaOracle.send(frame.encode(request, version, correlationId, "kp"), 1 << 20));
    }

    @Property(tries = 500)
    @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
    void shouldReadWhatKafkaWrites(@ForAll @ShortRange(min = 3, max = 13) short version, @ForAll Random random) {
        KafkaOracle.coverVersions(ApiKey.PRODUCE, version);
        ProduceResponseData expected = random(random, version);
        response.decode(KafkaOracle.reader(expected, version));

        assertEquals(expected.throttleTimeMs(), response.throttleTimeMs());
        List<ProduceResponse.NodeEndpoint> endpoints = new ArrayList<>();
        expected.nodeEndpoints().forEach(endpoint -> endpoints.add(new ProduceResponse.NodeEndpoint(endpoint.nodeId(),
                endpoint.host(), endpoint.port(), endpoint.rack())));
        assertEquals(endpoints, response.nodeEndpoints());
        int index = 0;
        for (TopicProduceResponse topic : expected.responses()) {
            for (PartitionProduceResponse partition : topic.partitionResponses()) {
                assertPartition(topic, partition, response.partition(index++), version);
            }
        }
        assertEquals(index, response.size());
    }

    private static void assertPartition(TopicProduceResponse topic, PartitionProduceResponse expected,
            ProduceResponse.Partition actual, short version) {
        assertEquals(version >= 13 ? null : topic.name(), actual.topic());
        assertEquals(version >= 13
                ? new TopicId(topic.topicId().getMostSignificantBits(),
                        topic.topicId().getLeastSignificantBits())
                : TopicId.ZERO, actual.topicId());
        assertEquals(expected.index(), actual.partition());
        assertEquals(expected.errorCode(), actual.errorCode());
        assertEquals(expected.baseOffset(), actual.baseOffset());
        assertEquals(expected.logAppendTimeMs(), actual.logAppendTimeMs());
        assertEquals(version >= 5 ? expected.logStartOffset() : -1, actual.logStartOffset());
        assertEquals(version >= 8 ? expected.errorMessage() : null, actual.errorMessage());
        List<ProduceResponse.RecordError> errors = new ArrayList<>();
        expected.recordErrors().forEach(error -> errors
                .add(new ProduceResponse.RecordError(error.batchIndex(), error.batchIndexErrorMessage())));
        assertEquals(version >= 8 && !errors.isEmpty() ? errors : null, actual.recordErrors());
        assertEquals(expected.currentLeader().leaderId(), actual.currentLeaderId());
        assertEquals(expected.currentLeader().leaderEpoch(), actual.currentLeaderEpoch());
    }

    static ProduceResponseData random(Random random, short version) {
        ProduceResponseData data = new ProduceResponseData().setThrottleTimeMs(KafkaOracle.number(random));
        for (int t = KafkaOracle.count(random) % 20; t > 0; t--) {
            TopicProduceResponse topic = new TopicProduceResponse().setName(t + KafkaOracle.cleanText(random))
                    .setTopicId(new Uuid(random.nextInt(50), t));
            for (int p = KafkaOracle.count(random); p > 0; p--) {
                topic.partitionResponses().add(partition(random, version));
            }
            data.responses().add(topic);
            tags(topic.unknownTaggedFields(), random, version);
        }
        if (version >= 10) {
            for (int i = Math.max(0, KafkaOracle.count(random) - 3); i > 0; i--) {
                NodeEndpoint endpoint = new NodeEndpoint().setNodeId(i).setHost(KafkaOracle.cleanText(random))
                        .setPort(random.nextInt(65536)).setRack(KafkaOracle.nullableText(random));
                tags(endpoint.unknownTaggedFields(), random, version);
                data.nodeEndpoints().add(endpoint);
            }
        }
        tags(data.unknownTaggedFields(), random, version);
        return data;
    }

    private static PartitionProduceResponse partition(Random random, short version) {
        PartitionProduceResponse partition = new PartitionProduceResponse().setIndex(KafkaOracle.number(random))
                .setErrorCode((short) random.nextInt(140)).setBaseOffset(KafkaOracle.longNumber(random))
                .setLogAppendTimeMs(KafkaOracle.longNumber(random)).setLogStartOffset(KafkaOracle.longNumber(random))
                .setErrorMessage(KafkaOracle.nullableText(random));
        for (int i = Math.max(0, random.nextInt(8) - 4); i > 0; i--) {
            BatchIndexAndErrorMessage error = new BatchIndexAndErrorMessage().setBatchIndex(KafkaOracle.number(random))
                    .setBatchIndexErrorMessage(KafkaOracle.nullableText(random));
            tags(error.unknownTaggedFields(), random, version);
            partition.recordErrors().add(error);
        }
        if (version >= 10 && random.nextBoolean()) {
            LeaderIdAndEpoch leader = new LeaderIdAndEpoch().setLeaderId(KafkaOracle.numberOrNone(random))
                    .setLeaderEpoch(KafkaOracle.numberOrNone(random));
            tags(leader.unknownTaggedFields(), random, version);
            partition.setCurrentLeader(leader);
        }
        tags(partition.unknownTaggedFields(), random, version);
        return partition;
    }

    private static void tags(List<org.apache.kafka.common.protocol.types.RawTaggedField> fields, Random random,
            short version) {
        if (version >= 9) {
            UnknownTags.addTo(fields, random);
        }
    }

    @Property(tries = 100)
    void shouldFindEachBatchAgain(@ForAll Random random) {
        request.begin(ProduceRequest.ACKS_ALL, 1, null);
        int topics = 1 + random.nextInt(200);
        int partitions = 1 + random.nextInt(50);
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < topics * partitions; i++) {
            order.add(i);
        }
        java.util.Collections.shuffle(order, random);
        for (int number : order) {
            int topic = number / partitions;
            request.add("topic-" + topic, new TopicId(topic, 77), number % partitions, EMPTY);
        }
        for (int index = 0; index < order.size(); index++) {
            int topic = order.get(index) / partitions;
            int partition = order.get(index) % partitions;
            assertEquals(index, request.indexOf("topic-" + topic, partition));
            assertEquals(index, request.indexOf(new TopicId(topic, 77), partition));
            assertEquals("topic-" + topic, request.topic(index));
            assertEquals(new TopicId(topic, 77), request.topicId(index));
            assertEquals(partition, request.partition(index));
        }
        assertEquals(-1, request.indexOf("topic-0", partitions));
        assertEquals(-1, request.indexOf("topic-" + topics, 0));
        assertEquals(-1, request.indexOf(new TopicId(topics, 77), 0));
        assertEquals(order.size(), request.size());
    }

    @Test
    void shouldForgetTheRequestBefore() {
        request.begin(ProduceRequest.ACKS_ALL, 1, "tx").atLeast((short) 7).atMost((short) 11);
        request.add("a", ID, 0, TestBatch.of(new byte[10], 4));
        assertEquals(10, request.recordsBytes());
        request.begin(ProduceRequest.ACKS_NONE, 1, null);
        assertEquals(0, request.size());
        assertEquals(0, request.recordsBytes());
        assertEquals(-1, request.indexOf("a", 0));
        assertEquals(-1, request.indexOf(ID, 0));
        assertEquals(3, request.minVersion());
        assertEquals(13, request.maxVersion());
        assertFalse(request.expectsResponse());
    }

    @Test
    void shouldStayBelowVersion13WithoutTopicId() {
        request.begin(ProduceRequest.ACKS_LEADER, 1, null);
        request.add("a", ID, 0, EMPTY);
        assertEquals(13, request.maxVersion());
        request.add("b", TopicId.ZERO, 0, EMPTY);
        assertEquals(12, request.maxVersion());
        assertTrue(request.expectsResponse());
        assertEquals(1, request.indexOf("b", 0));
    }

    @Test
    void shouldHonourVersionBounds() {
        request.begin(ProduceRequest.ACKS_ALL, 1, null).atLeast((short) 7).atLeast((short) 3).atMost((short) 11)
                .atMost((short) 12);
        assertEquals(7, request.minVersion());
        assertEquals(11, request.maxVersion());
    }

    @Test
    void shouldRefuseTwoBatchesForOnePartition() {
        request.begin(ProduceRequest.ACKS_ALL, 1, null).add("a", ID, 3, EMPTY);
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                () -> request.add("a", ID, 3, EMPTY));
        assertEquals("request may have one batch for each partition: topic=a, partition=3", e.getMessage());
        assertEquals(1, request.size());
    }

    @Test
    void shouldKeepARecreatedTopicApart() {
        request.begin(ProduceRequest.ACKS_ALL, 1, null);
        TopicId recreated = new TopicId(5, 5);
        request.add("a", ID, 0, EMPTY);
        request.add("a", recreated, 0, EMPTY);
        assertEquals(0, request.indexOf(ID, 0));
        assertEquals(1, request.indexOf(recreated, 0));
    }

    @Test
    void shouldRefuseAcksThatDoNotExist() {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                () -> request.begin((short) 2, 1, null));
        assertEquals("acks must be 0, 1 or -1: acks=2", e.getMessage());
    }

    @Test
    void shouldRefuseABatchThatIsNotAsLargeAsItSays() {
        request.begin(ProduceRequest.ACKS_ALL, 1, null).add("a", ID, 3, new RecordsSource() {
            @Override
            public int sizeInBytes() {
                return 5;
            }

            @Override
            public void spliceInto(FrameWriter out) {
                out.splice(ByteBuffer.allocateDirect(4));
            }
        });
        IllegalStateException e = assertThrows(IllegalStateException.class,
                () -> frame.encode(request, (short) 9, 1, "kp"));
        assertEquals("batch is not as large as it says: topic=a, partition=3, sizeInBytes=5, spliced=4",
                e.getMessage());
    }

    @Test
    void shouldShowNothingOfAMalformedResponse() {
        ProduceResponseData data = new ProduceResponseData().setThrottleTimeMs(9);
        TopicProduceResponse topic = new TopicProduceResponse().setName("t");
        topic.partitionResponses().add(new PartitionProduceResponse().setErrorMessage("no"));
        data.responses().add(topic);
        ByteBuffer body = KafkaOracle.body(data, (short) 9);
        body.limit(body.limit() - 1);
        assertThrows(ProtocolException.class,
                () -> response.decode(new FrameReader().wrap(body, ApiKey.PRODUCE, (short) 9)));
        assertEquals(0, response.size());
        assertThrows(IndexOutOfBoundsException.class, () -> response.partition(0));
    }

    @Test
    void shouldTakeKnownTopicsFromTheCache() {
        ProduceResponseData data = new ProduceResponseData();
        TopicProduceResponse topic = new TopicProduceResponse().setName("größe").setTopicId(new Uuid(3, 4));
        topic.partitionResponses().add(new PartitionProduceResponse());
        data.responses().add(topic);
        String name = response.decode(KafkaOracle.reader(data, (short) 12)).partition(0).topic();
        assertEquals("größe", name);
        assertSame(name, response.decode(KafkaOracle.reader(data, (short) 9)).partition(0).topic());
        TopicId topicId = response.decode(KafkaOracle.reader(data, (short) 13)).partition(0).topicId();
        assertSame(topicId, response.decode(KafkaOracle.reader(data, (short) 13)).partition(0).topicId());
        assertNull(response.partition(0).topic());
    }
}
