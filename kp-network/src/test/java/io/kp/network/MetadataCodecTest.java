package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

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

import io.kp.metadata.TopicId;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.ShortRange;

class MetadataCodecTest {
    @Property(tries = 500)
    void shouldWriteWhatKafkaWrites(@ForAll @ShortRange(min = 0, max = 13) short version, @ForAll int correlationId,
            @ForAll Random random) {
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
    void shouldReadWhatKafkaWrites(@ForAll @ShortRange(min = 0, max = 13) short version, @ForAll Random random) {
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
                    .setHost(KafkaOracle.cleanText(random)).setPort(KafkaOracle.number(random))
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
                    .setErrorCode((short) random.nextInt(100)).setLeaderId(KafkaOracle.number(random))
                    .setLeaderEpoch(KafkaOracle.number(random)).setReplicaNodes(numbers(random))
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
