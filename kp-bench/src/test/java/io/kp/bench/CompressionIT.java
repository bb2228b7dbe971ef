package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.kp.client.Producer;
import io.kp.client.ProducerConfig;
import io.kp.client.ProducerRecord;
import io.kp.client.Serializers;

/** Compressed batches in the log of a real broker, read by Kafka's consumer. */
class CompressionIT {
    private static final int RECORDS = 3_000;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static KafkaCluster cluster;

    @BeforeAll
    static void startCluster() {
        cluster = KafkaCluster.start(1);
    }

    @AfterAll
    static void closeCluster() {
        cluster.close();
    }

    private static byte[] value(final SplittableRandom random, final int i) {
        final String text = "{\"number\":" + i + ",\"id\":\"" + Long.toHexString(random.nextLong())
                + "\",\"text\":\"" + "always the same ".repeat(random.nextInt(6)) + "\"}";
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource({"gzip, -1", "gzip, 1", "gzip, 9", "snappy, 0", "lz4, 9", "lz4, 1", "lz4, 17", "zstd, 3",
            "zstd, -131072",
            "zstd, 22"})
    void shouldBeReadFromTheLogByKafkasConsumer(final String codec, final int level) throws Exception {
        final String topic = codec + (level < 0 ? ".minus." : ".") + Math.abs(level);
        cluster.createTopic(topic, 1, Map.of());
        final ProducerConfig.Builder config = ProducerConfig.builder().bootstrapServers(cluster.bootstrapServers())
                .compressionType(codec);
        if (!codec.equals("snappy")) {
            config.set("compression." + codec + ".level", level);
        }
        final SplittableRandom random = new SplittableRandom(1);
        final List<byte[]> sent = new ArrayList<>();
        long bytes = 0;
        try (Producer<byte[], byte[]> producer = Producer.open(config.build(), Serializers.byteArray(),
                Serializers.byteArray())) {
            for (int i = 0; i < RECORDS; i++) {
                final byte[] value = value(random, i);
                sent.add(value);
                bytes += value.length;
                producer.send(new ProducerRecord<>(topic, value));
            }
            producer.flush();
        }
        final TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", cluster.bootstrapServers()), new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            final long endNs = System.nanoTime() + PATIENCE.toNanos();
            int next = 0;
            while (next < RECORDS) {
                assertTrue(System.nanoTime() - endNs < 0, "not all came: " + next);
                for (final ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    assertEquals(next, record.offset());
                    assertEquals(new String(sent.get(next++), StandardCharsets.UTF_8),
                            new String(record.value(), StandardCharsets.UTF_8));
                }
            }
        }
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", cluster.bootstrapServers()))) {
            final long logBytes = admin.describeLogDirs(List.of(1)).allDescriptions().get().get(1).values().stream()
                    .mapToLong(dir -> dir.replicaInfos().get(partition).size()).sum();
            // The fastest level of zstd hardly compresses.
            final long most = level == -131072 ? bytes + 100 * RECORDS : bytes * 7 / 10;
            assertTrue(logBytes < most, () -> "logBytes=" + logBytes);
        }
    }
}
