package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The main job, with the tool as a process. What the tool says of its success is checked by a consumer of the test. */
class ProduceIT {
    private static final int PARTITIONS = 3;
    private static KafkaCluster cluster;

    @TempDir
    private Path folder;

    @BeforeAll
    static void startCluster() {
        cluster = KafkaCluster.start(1);
    }

    @AfterAll
    static void closeCluster() {
        cluster.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"4.3", "3.9"})
    void shouldDeliverAFileToABrokerOfItsOwn(final String release) throws IOException {
        final Path file = file(
                IntStream.range(0, 20_000).mapToObj(i -> "line " + i + "\n").collect(Collectors.joining()));
        final Tool.Result result = Tool.run("--topic", "lines", "--kafka-release", release, file.toString());
        assertEquals(0, result.code(), result::toString);
        assertContains(result.out(), "delivered    20,000 of 20,000 lines", result);
        assertContains(result.out(),
                "20,000 of 20,000 acknowledged lines found, each once and in order, nothing else, in 4 partitions",
                result);
        assertContains(result.out(), "ack latency  p50 ", result);
        assertEquals("", result.err(), "no progress and no warning in a pipe");
    }

    @Test
    void shouldDeliverStandardInput(final TestInfo test) throws IOException {
        final String topic = topic(test);
        final Tool tool = Tool.produce("--topic", topic, "-b", cluster.bootstrapServers(), "--verify");
        try (OutputStream input = tool.input()) {
            input.write("one\ntwo\nthree".getBytes(StandardCharsets.UTF_8));
        }
        final Tool.Result result = tool.await(Duration.ofSeconds(60));
        assertEquals(0, result.code(), result::toString);
        assertContains(result.out(), "3 of 3 acknowledged lines found", result);
        assertEquals(List.of("one", "three", "two"), values(topic).stream().sorted().toList());
    }

    @Test
    void shouldPutKeysWhereKafkaDoesAndKeepTheirOrder(final TestInfo test) throws IOException {
        final String topic = topic(test);
        final Path file = file(IntStream.range(0, 5_000).mapToObj(i -> "key" + i % 37 + "::value::" + i + "\n")
                .collect(Collectors.joining()));
        final Tool.Result result = Tool.run("--topic", topic, "-b", cluster.bootstrapServers(), "--verify",
                "--key-separator", "::",
                file.toString());
        assertEquals(0, result.code(), result::toString);
        final Map<String, Integer> lastByKey = new HashMap<>();
        for (final ConsumerRecord<byte[], byte[]> record : records(topic)) {
            final String key = new String(record.key(), StandardCharsets.UTF_8);
            assertEquals(Utils.toPositive(Utils.murmur2(record.key())) % PARTITIONS, record.partition(), key);
            final int number = Integer
                    .parseInt(new String(record.value(), StandardCharsets.UTF_8).substring("value::".length()));
            final Integer before = lastByKey.put(key, number);
            assertTrue(before == null || before == number - 37, key + ": " + number + " after " + before);
        }
        assertEquals(37, lastByKey.size());
    }

    @Test
    void shouldSendHeadersToTheGivenPartitionWithTheGivenConfiguration(final TestInfo test) throws IOException {
        final String topic = topic(test);
        final Path config = Files.writeString(folder.resolve("producer.properties"),
                "linger.ms=1\nacks=1\nenable.idempotence=false\n");
        final Tool.Result result = Tool.run("--topic", topic, "-b", cluster.bootstrapServers(), "--verify",
                "--partition", "2", "--header",
                "source=test", "--header", "empty=", "--config", config.toString(), "-X", "acks=all",
                file("a\nb\n").toString());
        assertEquals(0, result.code(), result::toString);
        final List<ConsumerRecord<byte[], byte[]>> records = records(topic);
        assertEquals(2, records.size());
        for (final ConsumerRecord<byte[], byte[]> record : records) {
            assertEquals(2, record.partition());
            assertEquals("[source=test, empty=]", Arrays.stream(record.headers().toArray())
                    .map(header -> header.key() + "=" + new String(header.value(), StandardCharsets.UTF_8)).toList()
                    .toString());
        }
    }

    @Test
    void shouldSendBytesAsTheyAre(final TestInfo test) throws IOException {
        final String topic = topic(test);
        final byte[] bytes = {(byte) 0xff, 0, (byte) 0xfe, '\r', '\n', '\n', (byte) 0xc3, (byte) 0x28};
        final Path file = Files.write(folder.resolve("bytes"), bytes);
        final Tool.Result result = Tool.run("--topic", topic, "-b", cluster.bootstrapServers(), "--verify",
                "--partition", "0",
                file.toString());
        assertEquals(0, result.code(), result::toString);
        final List<ConsumerRecord<byte[], byte[]>> records = records(topic);
        assertEquals(List.of("[-1, 0, -2, 13]", "[]", "[-61, 40]"),
                records.stream().map(record -> Arrays.toString(record.value())).toList());
    }

    @Test
    void shouldNoteThatTheInputIsEmpty(final TestInfo test) throws IOException {
        final Tool.Result result = Tool.run("--topic", topic(test), "-b", cluster.bootstrapServers(), "--verify",
                file("").toString());
        assertEquals(0, result.code(), result::toString);
        assertContains(result.err(), "the input is empty", result);
        assertContains(result.out(), "delivered    0 of 0 lines", result);
    }

    @Test
    void shouldDeliverSeveralFilesOneAfterTheOther(final TestInfo test) throws IOException {
        final String topic = topic(test);
        final Path first = Files.writeString(folder.resolve("first"), "1\n2");
        final Path second = Files.writeString(folder.resolve("second"), "3\n4\n");
        final Tool.Result result = Tool.run("--topic", topic, "-b", cluster.bootstrapServers(), "--verify",
                "--partition", "1",
                first.toString(), second.toString());
        assertEquals(0, result.code(), result::toString);
        assertEquals(List.of("1", "2", "3", "4"), values(topic));
    }

    @Test
    void shouldSayWhatWasDeliveredWhenInterrupted(final TestInfo test) throws Exception {
        final String topic = topic(test);
        final Tool tool = Tool.produce("--topic", topic, "-b", cluster.bootstrapServers(), "--verify", "-X",
                "linger.ms=0");
        tool.input().write("one\ntwo\n".getBytes(StandardCharsets.UTF_8));
        tool.input().flush();
        Tool.await("two records are there", () -> records(topic).size() == 2);
        signal("INT", tool.process().pid());
        final Tool.Result result = tool.await(Duration.ofSeconds(60));
        assertEquals(ExitCode.INTERRUPTED, result.code(), result::toString);
        assertContains(result.err(), "interrupted after line standard input:2: 2 lines delivered, 0 not", result);
    }

    @Test
    void shouldLeaveNoBrokerAndNoFolderWhenInterrupted() throws Exception {
        final Tool tool = Tool.produce(folder, "--topic", "lines");
        final ProcessHandle broker = broker(tool);
        tool.input().write("one\n".getBytes(StandardCharsets.UTF_8));
        tool.input().flush();
        signal("INT", tool.process().pid());
        final Tool.Result result = tool.await(Duration.ofSeconds(60));
        assertEquals(ExitCode.INTERRUPTED, result.code(), result::toString);
        assertFalse(broker.isAlive(), result::toString);
        assertEquals(List.of(), content(folder), result::toString);
    }

    @Test
    void shouldLeaveNoBrokerAndNoFolderWhenKilled() throws Exception {
        final Tool tool = Tool.produce(folder, "--topic", "lines");
        final ProcessHandle broker = broker(tool);
        assertEquals(1, content(folder).size(), "the broker's folder");
        tool.process().destroyForcibly().waitFor();
        Tool.await("the broker ends by itself", () -> !broker.isAlive());
        assertEquals(List.of(), content(folder));
    }

    /** The broker of a tool, as soon as it runs Java. */
    private static ProcessHandle broker(final Tool tool) {
        Tool.await("the tool has started a broker",
                () -> tool.process().children().anyMatch(child -> child.info().command().orElse("").endsWith("java")));
        return tool.process().children().findFirst().orElseThrow();
    }

    private static List<Path> content(final Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            // The JVM's own, which it removes with the next start of a JVM of the same user.
            return files.filter(file -> !file.getFileName().toString().startsWith("hsperfdata_")).toList();
        }
    }

    private static void signal(final String name, final long pid) throws IOException, InterruptedException {
        assertTrue(
                new ProcessBuilder("/bin/kill", "-" + name, Long.toString(pid)).start().waitFor(10, TimeUnit.SECONDS));
    }

    private Path file(final String text) throws IOException {
        return Files.writeString(folder.resolve("lines.txt"), text);
    }

    private static String topic(final TestInfo test) {
        final String topic = test.getTestMethod().orElseThrow().getName();
        cluster.createTopic(topic, PARTITIONS, Map.of());
        return topic;
    }

    private static List<String> values(final String topic) {
        return records(topic).stream().map(record -> new String(record.value(), StandardCharsets.UTF_8)).toList();
    }

    /** All records of a topic, by partition and offset. */
    private static List<ConsumerRecord<byte[], byte[]>> records(final String topic) {
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", cluster.bootstrapServers(), "auto.offset.reset", "earliest"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            final List<TopicPartition> partitions = IntStream.range(0, PARTITIONS)
                    .mapToObj(i -> new TopicPartition(topic, i)).toList();
            consumer.assign(partitions);
            final Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            final Map<Integer, List<ConsumerRecord<byte[], byte[]>>> records = new TreeMap<>();
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(Duration.ofMillis(100)).forEach(
                        record -> records.computeIfAbsent(record.partition(), partition -> new ArrayList<>())
                                .add(record));
            }
            return records.values().stream().flatMap(List::stream).toList();
        }
    }

    private static void assertContains(final String text, final String part, final Tool.Result result) {
        assertTrue(text.contains(part), () -> "no \"" + part + "\" in\n" + result);
    }
}
