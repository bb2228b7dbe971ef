package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.kp.metadata.ClusterUpdate;
import io.kp.metadata.Node;
import io.kp.metadata.PartitionInfo;
import io.kp.metadata.TopicError;
import io.kp.metadata.TopicId;
import io.kp.metadata.TopicInfo;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.ShortRange;
import net.jqwik.api.statistics.StatisticsReport;

class MetadataCodecTest {
    @Property(tries = 500)
    @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
    void shouldWriteWhatKafkaWrites(@ForAll @ShortRange(min = 0, max = 13) short version, @ForAll int correlationId,
            @ForAll Random random) {
        KafkaOracle.coverVersions(ApiKey.METADATA, version);
        boolean autoCreate = version < 4 || random.nextBoolean();
        List<String> topics = new ArrayList<>();
        MetadataRequestData expected = new MetadataRequestData().setAllowAutoTopicCreation(autoCreate)
                .setTopics(new ArrayList<>());
        for (int i = KafkaOracle.count(random) + (version == 0 ? 1 : 0); i > 0; i--) {
            String topic = KafkaOracle.text(random);
            topics.add(topic);
            expected.topics().add(new MetadataRequestTopic().setName(topic));
        }
        assertEquals(KafkaOracle.requestFrame(expected, version, correlationId, "kp"),
                KafkaOracle.ourFrame(MetadataRequest.topics(topics, autoCreate), version, correlationId, "kp"));
    }

    @Property(tries = 50)
    void shouldAskForAllTopicsAsKafkaDoes(@ForAll @ShortRange(min = 0, max = 13) short version) {
        // Version 0 says "all" with an empty list, later ones with null.
        MetadataRequestData expected = new MetadataRequestData().setTopics(version == 0 ? List.of() : null);
        assertEquals(KafkaOracle.requestFrame(expected, version, 1, "kp"),
                KafkaOracle.ourFrame(MetadataRequest.allTopics(), version, 1, "kp"));
    }

    @Test
    void shouldNeedAVersionThatCanSayIt() {
        assertEquals(0, MetadataRequest.allTopics().minVersion());
        assertEquals(0, MetadataRequest.topics(List.of("a"), true).minVersion());
        assertEquals(1, MetadataRequest.topics(List.of(), true).minVersion());
        assertEquals(4, MetadataRequest.topics(List.of("a"), false).minVersion());
        assertEquals(13, MetadataRequest.allTopics().maxVersion());
    }

    @Property(tries = 500)
    @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
    void shouldReadWhatKafkaWrites(@ForAll @ShortRange(min = 0, max = 13) short version, @ForAll Random random) {
        KafkaOracle.coverVersions(ApiKey.METADATA, version);
        MetadataResponseData expected = random(random, version);
        MetadataResponse actual = MetadataResponse.decode(KafkaOracle.reader(expected, version));

        assertEquals(version >= 3 ? expected.throttleTimeMs() : 0, actual.throttleTimeMs());
        assertEquals(version >= 13 ? expected.errorCode() : 0, actual.errorCode());
        assertEquals(version >= 2 ? expected.clusterId() : null, actual.clusterId());
        assertEquals(version >= 1 ? expected.controllerId() : -1, actual.controllerId());
        assertEquals(version >= 9, actual.reliableLeaderEpochs());
        List<MetadataResponse.Broker> brokers = new ArrayList<>();
        expected.brokers().forEach(broker -> brokers.add(new MetadataResponse.Broker(broker.nodeId(), broker.host(),
                broker.port(), version >= 1 ? broker.rack() : null)));
        assertEquals(brokers, actual.brokers());
        assertEquals(expected.topics().size(), actual.topics().size());
        int t = 0;
        for (MetadataResponseTopic expectedTopic : expected.topics()) {
            assertTopic(expectedTopic, actual.topics().get(t++), version);
        }
    }

    private static void assertTopic(MetadataResponseTopic expected, MetadataResponse.Topic actual, short version) {
        assertEquals(expected.errorCode(), actual.errorCode());
        assertEquals(expected.name(), actual.name());
        assertEquals(version >= 10
                ? new TopicId(expected.topicId().getMostSignificantBits(),
                        expected.topicId().getLeastSignificantBits())
                : TopicId.ZERO, actual.topicId());
        assertEquals(version >= 1 && expected.isInternal(), actual.internal());
        assertEquals(expected.partitions().size(), actual.partitions().size());
        for (int p = 0; p < expected.partitions().size(); p++) {
            MetadataResponsePartition expectedPartition = expected.partitions().get(p);
            MetadataResponse.Partition partition = actual.partitions().get(p);
            assertEquals(expectedPartition.errorCode(), partition.errorCode());
            assertEquals(expectedPartition.partitionIndex(), partition.partition());
            assertEquals(expectedPartition.leaderId(), partition.leaderId());
            assertEquals(version >= 7 ? expectedPartition.leaderEpoch() : -1, partition.leaderEpoch());
            assertArrayEquals(ints(expectedPartition.replicaNodes()), partition.replicas());
            assertArrayEquals(ints(expectedPartition.isrNodes()), partition.inSyncReplicas());
            assertArrayEquals(version >= 5 ? ints(expectedPartition.offlineReplicas()) : new int[0],
                    partition.offlineReplicas());
        }
    }

    private static MetadataResponse decode(MetadataResponseData data, int version) {
        return MetadataResponse.decode(KafkaOracle.reader(data, (short) version));
    }

    private static MetadataResponseData cluster() {
        MetadataResponseData data = new MetadataResponseData().setClusterId("c").setControllerId(2);
        data.brokers().add(new MetadataResponseBroker().setNodeId(2).setHost("h").setPort(9092).setRack("r"));
        return data;
    }

    private static MetadataResponseTopic topicWith(String name, int errorCode, int... partitions) {
        MetadataResponseTopic topic = new MetadataResponseTopic().setName(name).setErrorCode((short) errorCode)
                .setTopicId(new Uuid(1, 2));
        for (int partition : partitions) {
            topic.partitions()
                    .add(new MetadataResponsePartition().setPartitionIndex(partition).setLeaderId(2).setLeaderEpoch(5)
                            .setReplicaNodes(List.of(2, 3)).setIsrNodes(List.of(2)).setOfflineReplicas(List.of(3)));
        }
        return topic;
    }

    @Test
    void shouldSayTheSameInTermsOfMetadata() {
        MetadataResponseData data = cluster();
        data.topics().add(topicWith("good", 0, 1, 0));
        MetadataResponseTopic pending = topicWith("pending", 0, 0);
        pending.partitions().get(0).setErrorCode(ErrorCode.LEADER_NOT_AVAILABLE.code()).setLeaderId(-1);
        data.topics().add(pending);
        data.topics().add(topicWith(null, ErrorCode.UNKNOWN_TOPIC_ID.code()));

        ClusterUpdate update = decode(data, 13).toClusterUpdate();
        assertEquals("c", update.clusterId());
        assertEquals(2, update.controllerId());
        assertEquals(List.of(new Node(2, "h", 9092, "r")), update.brokers());
        assertEquals(2, update.topics().size());
        TopicInfo good = update.topics().get(0).info();
        assertEquals("good", good.name());
        assertEquals(new TopicId(1, 2), good.id());
        assertFalse(update.topics().get(0).incomplete());
        assertEquals(2, good.partitionCount());
        assertEquals(new PartitionInfo("good", 1, 2, 5, new int[]{2, 3}, new int[]{2}, new int[]{3}),
                good.partition(1));
        assertTrue(update.topics().get(1).incomplete());
        assertFalse(update.topics().get(1).info().partition(0).hasLeader());
    }

    @Test
    void shouldNotTellUnreliableLeaderEpochs() {
        MetadataResponseData data = cluster();
        data.topics().add(topicWith("t", 0, 0));
        assertEquals(5, decode(data, 9).toClusterUpdate().topics().get(0).info().partition(0).leaderEpoch());
        assertEquals(PartitionInfo.NO_EPOCH,
                decode(data, 8).toClusterUpdate().topics().get(0).info().partition(0).leaderEpoch());
    }

    @ParameterizedTest
    @CsvSource({"3, RETRIABLE", "5, RETRIABLE", "17, INVALID_TOPIC", "29, UNAUTHORIZED", "-1, OTHER", "999, OTHER"})
    void shouldSayWhatFollowsFromATopicsError(short code, TopicError.Kind kind) {
        MetadataResponseData data = cluster();
        data.topics().add(topicWith("t", code));
        TopicError error = decode(data, 12).toClusterUpdate().topics().get(0).error();
        assertEquals(kind, error.kind());
        assertEquals(code, error.code());
        assertEquals(ErrorCode.forCode(code).name(), error.name());
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "0, 2000"})
    void shouldRefusePartitionsThatMakeNoSense(int first, int second) {
        MetadataResponseData data = cluster();
        data.topics().add(topicWith("t", 0, first, second));
        MetadataResponse response = decode(data, 12);
        ProtocolException e = assertThrows(ProtocolException.class, response::toClusterUpdate);
        assertEquals("topics.partitions", e.field());
    }

    @Test
    void shouldRefuseManyTopicsThatSkipPartitions() {
        MetadataResponseData data = cluster();
        for (int i = 0; i < 10; i++) {
            data.topics().add(topicWith("t" + i, 0, 100));
        }
        assertEquals(101, decode(data, 12).toClusterUpdate().topics().get(9).info().partitionCount());
        data.topics().add(topicWith("u", 0, 100));
        ProtocolException e = assertThrows(ProtocolException.class, () -> decode(data, 12).toClusterUpdate());
        assertEquals("malformed Metadata response: version=12, field=topics.partitions, offset=0, claimed=1100, "
                + "available=1035: too many partitions are skipped", e.getMessage());
    }

    @Test
    void shouldRefuseValuesOutOfRange() {
        MetadataResponseData port = cluster();
        port.brokers().find(2).setPort(65536);
        ProtocolException e = assertThrows(ProtocolException.class, () -> decode(port, 12));
        assertEquals("malformed Metadata response: version=12, field=brokers.port, offset=11, claimed=65536, "
                + "available=65535: value is too high", e.getMessage());
        MetadataResponseData leader = cluster();
        leader.topics().add(topicWith("t", 0, 0));
        leader.topics().find("t").partitions().get(0).setLeaderId(-2);
        e = assertThrows(ProtocolException.class, () -> decode(leader, 12));
        assertEquals("topics.partitions.leaderId", e.field());
        assertEquals(-2, e.claimed());
        assertEquals(-1, e.available());
        MetadataResponseData partition = cluster();
        partition.topics().add(topicWith("t", 0, -1));
        assertThrows(ProtocolException.class, () -> decode(partition, 12));
    }

    private static int[] ints(List<Integer> values) {
        return values.stream().mapToInt(Integer::intValue).toArray();
    }

    static MetadataResponseData random(Random random, short version) {
        MetadataResponseData data = new MetadataResponseData().setThrottleTimeMs(KafkaOracle.number(random))
                .setClusterId(KafkaOracle.nullableText(random)).setControllerId(KafkaOracle.number(random));
        if (version >= 13) {
            data.setErrorCode((short) random.nextInt());
        }
        if (version >= 8 && version <= 10) {
            data.setClusterAuthorizedOperations(random.nextInt());
        }
        for (int i = KafkaOracle.count(random); i > 0; i--) {
            MetadataResponseBroker broker = new MetadataResponseBroker().setNodeId(i)
                    .setHost(KafkaOracle.cleanText(random)).setPort(random.nextInt(65536))
                    .setRack(KafkaOracle.nullableText(random));
            data.brokers().add(broker);
            tags(broker.unknownTaggedFields(), random, version);
        }
        for (int i = KafkaOracle.count(random) % 20; i > 0; i--) {
            data.topics().add(topic(random, version, i));
        }
        tags(data.unknownTaggedFields(), random, version);
        return data;
    }

    private static MetadataResponseTopic topic(Random random, short version, int number) {
        MetadataResponseTopic topic = new MetadataResponseTopic().setErrorCode((short) random.nextInt(130))
                .setName(version >= 12 && random.nextInt(5) == 0 ? null : number + KafkaOracle.cleanText(random))
                .setIsInternal(random.nextBoolean())
                .setTopicId(random.nextInt(4) == 0 ? Uuid.ZERO_UUID : new Uuid(random.nextLong(), random.nextLong()));
        if (version >= 8) {
            topic.setTopicAuthorizedOperations(random.nextInt());
        }
        for (int p = KafkaOracle.count(random); p > 0; p--) {
            MetadataResponsePartition partition = new MetadataResponsePartition().setPartitionIndex(p)
                    .setErrorCode((short) random.nextInt(100)).setLeaderId(KafkaOracle.numberOrNone(random))
                    .setLeaderEpoch(KafkaOracle.numberOrNone(random)).setReplicaNodes(numbers(random))
                    .setIsrNodes(numbers(random)).setOfflineReplicas(numbers(random));
            topic.partitions().add(partition);
            tags(partition.unknownTaggedFields(), random, version);
        }
        tags(topic.unknownTaggedFields(), random, version);
        return topic;
    }

    private static void tags(List<org.apache.kafka.common.protocol.types.RawTaggedField> fields, Random random,
            short version) {
        if (version >= 9) {
            UnknownTags.addTo(fields, random);
        }
    }

    private static List<Integer> numbers(Random random) {
        List<Integer> numbers = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            numbers.add(KafkaOracle.number(random));
        }
        return numbers;
    }
}
