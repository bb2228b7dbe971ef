package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.IntStream;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.kp.client.Header;
import io.kp.client.KpException;
import io.kp.client.Producer;
import io.kp.client.ProducerConfig;
import io.kp.client.ProducerContext;
import io.kp.client.ProducerRecord;
import io.kp.client.Serializers;
import io.kp.metadata.PartitionInfo;
import io.kp.network.ApiKey;

/** The same smoke test against real brokers of three generations: 2.8 with ZooKeeper, the last with a choice, and KRaft alone. */
class BrokerReleasesIT {
    private static final String TOPIC = "numbers";
    private static final int RECORDS = 20_000;
    private static final int PARTITIONS = 3;

    @ParameterizedTest
    @CsvSource({"2.8, 9, 11, 3, 4", "3.9, 11, 12, 4, 5", "4.3, 13, 13, 4, 5"})
    void shouldDeliverInTheNewestVersionThatBothSpeak(final String release, final int produce, final int metadata,
            final int apiVersions, final int initProducerId) {
        try (KafkaCluster cluster = KafkaCluster.builder().release(release).start()) {
            cluster.createTopic(TOPIC, PARTITIONS, Map.of());
            final Set<Integer> greeting = apiVersions == 4 ? Set.of(4) : Set.of(4, apiVersions);
            assertEquals(
                    Map.of(ApiKey.PRODUCE, Set.of(produce), ApiKey.METADATA, Set.of(metadata), ApiKey.API_VERSIONS,
                            greeting, ApiKey.INIT_PRODUCER_ID, Set.of(initProducerId)),
                    deliver(cluster, "all", 0));
            // The partitions have taken records, so nothing is refused that nobody hears of.
            for (final String acks : List.of("1", "0")) {
                assertEquals(Map.of(ApiKey.PRODUCE, Set.of(produce), ApiKey.METADATA, Set.of(metadata),
                        ApiKey.API_VERSIONS, greeting),
                        deliver(cluster, acks, acks.equals("1") ? RECORDS : 2 * RECORDS));
            }
        }
    }

    /** Sends, reads back, and returns the versions of the requests. */
    private static Map<ApiKey, Set<Integer>> deliver(final KafkaCluster cluster, final String acks, final int first) {
        final SniffingTransport network = new SniffingTransport();
        final AtomicLongArray offsets = new AtomicLongArray(RECORDS);
        final ConcurrentLinkedQueue<KpException> failures = new ConcurrentLinkedQueue<>();
        try (Producer<byte[], byte[]> producer = Producer.open(
                ProducerConfig.of(Map.of("bootstrap.servers", cluster.bootstrapServers(), "acks", acks,
                        "enable.idempotence", Boolean.toString(acks.equals("all")),
                        "max.in.flight.requests.per.connection", acks.equals("all") ? "5" : "1")),
                Serializers.byteArray(), Serializers.byteArray(), new ProducerContext().transport(network))) {
            assertArrayEquals(new int[]{1, 1, 1},
                    producer.partitionsFor(TOPIC).stream().mapToInt(PartitionInfo::leaderId).toArray());
            for (int i = first; i < first + RECORDS; i++) {
                final int number = i;
                producer.send(new ProducerRecord<>(TOPIC, null, key(i), value(i),
                        List.of(new Header("number", value(i)), new Header("empty", new byte[0]))),
                        (where, failure) -> {
                            if (failure != null) {
                                failures.add(failure);
                            } else {
                                offsets.set(number - first, where.offset());
                            }
                        });
            }
        }
        assertEquals(List.of(), List.copyOf(failures));
        final int[] next = new int[PARTITIONS];
        Arrays.fill(next, -1);
        final List<ConsumerRecord<byte[], byte[]>> records = records(cluster, first);
        assertEquals(RECORDS, records.size());
        for (final ConsumerRecord<byte[], byte[]> record : records) {
            final int number = number(record);
            assertArrayEquals(key(number), record.key());
            assertEquals(Utils.toPositive(Utils.murmur2(record.key())) % PARTITIONS, record.partition());
            assertEquals(acks.equals("0") ? -1 : record.offset(), offsets.get(number - first));
            assertEquals(2, record.headers().toArray().length);
            assertArrayEquals(value(number), record.headers().lastHeader("number").value());
            assertArrayEquals(new byte[0], record.headers().lastHeader("empty").value());
            assertFalse(number <= next[record.partition()], () -> number + " after " + next[record.partition()]);
            next[record.partition()] = number;
        }
        return network.versions();
    }

    private static int number(final ConsumerRecord<byte[], byte[]> record) {
        return Integer.parseInt(new String(record.value(), StandardCharsets.UTF_8));
    }

    private static byte[] key(final int number) {
        return ("key " + number % 1_000).getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] value(final int number) {
        return Integer.toString(number).getBytes(StandardCharsets.UTF_8);
    }

    /** All but the first of the topic. */
    private static List<ConsumerRecord<byte[], byte[]>> records(final KafkaCluster cluster, final int first) {
        final List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", cluster.bootstrapServers(), "auto.offset.reset", "earliest"),
                new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            final List<TopicPartition> partitions = IntStream.range(0, PARTITIONS)
                    .mapToObj(i -> new TopicPartition(TOPIC, i)).toList();
            consumer.assign(partitions);
            // What nobody acknowledges may still be on its way.
            Tool.await("all records are there", () -> consumer.endOffsets(partitions).values().stream()
                    .mapToLong(Long::longValue).sum() >= first + RECORDS);
            final Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> {
                    if (number(record) >= first) {
                        records.add(record);
                    }
                });
            }
        }
        return records;
    }
}
