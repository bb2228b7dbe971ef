package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.kp.client.Producer;
import io.kp.client.ProducerConfig;
import io.kp.client.ProducerRecord;
import io.kp.client.Serializers;

/** Compressed batches in the log of a real broker, read by Kafka's consumer and by its tool that shows the log. */
class CompressionIT {
    private static final int RECORDS = 3_000;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Pattern BATCH = Pattern.compile("^(?:baseOffset|offset): .*$", Pattern.MULTILINE);
    @TempDir
    private static Path logs;
    private static KafkaCluster cluster;

    @BeforeAll
    static void startCluster() {
        cluster = KafkaCluster.builder().property("log.dirs", logs.toString()).start();
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
        if (level == 9 || level == 0 || level == 3) { // once for each codec, as it takes a second
            assertShownByKafkasTool(topic, codec);
        }
    }

    /** The tool checks each batch and looks into it; that of another release, as it is in the broker's own jars only up to 3.9. */
    private static void assertShownByKafkasTool(final String topic, final String codec) throws Exception {
        final Path shown = Files.createTempFile(logs.getParent(), "shown", ".txt");
        final Process tool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", "-cp", BrokerInstallation.of("3.9").classPath(),
                "kafka.tools.DumpLogSegments", "--deep-iteration", "--files",
                logs.resolve(topic + "-0").resolve("00000000000000000000.log").toString()).redirectErrorStream(true)
                .redirectOutput(shown.toFile()).start();
        assertTrue(tool.waitFor(60, TimeUnit.SECONDS), "the tool did not end");
        final String text = Files.readString(shown);
        Files.delete(shown);
        assertEquals(0, tool.exitValue(), text);
        final List<String> batches = BATCH.matcher(text).results().map(MatchResult::group).toList();
        assertTrue(!batches.isEmpty() && batches.stream().allMatch(batch -> batch.contains("isvalid: true")), text);
        assertTrue(batches.stream().anyMatch(batch -> batch.contains("compresscodec: " + codec)), text);
        assertEquals(RECORDS, text.lines().filter(line -> line.startsWith("| offset: ")).count());
    }
}
