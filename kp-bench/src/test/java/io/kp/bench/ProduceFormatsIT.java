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
import java.util.stream.StreamSupport;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kp produce} with the options of kcat and of Kafka's console producer, read back by Kafka's consumer. */
class ProduceFormatsIT {
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

    @Test
    void shouldSendJsonRecordsAndNameTheLinesThatAreNone() throws Exception {
        cluster.createTopic("json", 2, Map.of());
        final Path file = Files.writeString(folder.resolve("records.ndjson"), """
                {"key":"k","value":{"a":1},"partition":1,"timestamp":1700000000000,"headers":{"h":"x"}}
                {"value":"v","partitoin":0}
                {"value":null,"key":"gone","partition":0}
                """);
        final Tool.Result result = Tool.run("-b", cluster.bootstrapServers(), "-t", "json", "-J", "-H", "all=yes",
                "--verify", "--json", "-", file.toString());
        assertEquals(ExitCode.INCOMPLETE, result.code(), result::toString);
        assertTrue(result.err().contains("records.ndjson:2: unknown field: partitoin"), result::toString);
        final Map<?, ?> figures = (Map<?, ?>) Json.parse(result.out());
        assertEquals(3.0, figures.get("lines"), result::toString);
        assertEquals(2.0, figures.get("delivered"), result::toString);
        assertEquals(true, figures.get("verified"), result::toString);
        assertEquals(List.of("0 gone=null [all=yes]", "1 k={\"a\":1} [all=yes, h=x]"), records("json", 2));
    }

    @Test
    void shouldTakeTheOptionsOfKafkasConsoleProducer() throws Exception {
        cluster.createTopic("console", 1, Map.of());
        final Path file = Files.writeString(folder.resolve("lines"), "h:1,i:2\tk,v,w\n");
        final Tool.Result result = Tool.run("--bootstrap-server", cluster.bootstrapServers(), "--topic", "console",
                "--property", "parse.key=true", "--property", "key.separator=,", "--property", "parse.headers=true",
                "--producer-property", "linger.ms=1", "--command-property", "client.id=me", "--sync",
                "--compression-codec", "--timeout", "5", "--request-required-acks", "all", "--verify", file.toString());
        assertEquals(ExitCode.OK, result.code(), result::toString);
        assertEquals(List.of("0 k=v,w [h=1, i=2]"), records("console", 1));
    }

    @Test
    void shouldTakeTheOptionsOfKcat() throws Exception {
        cluster.createTopic("kcat", 3, Map.of());
        final Path file = Files.writeString(folder.resolve("lines"), "a:1;b:;c:3;");
        final Tool.Result result = Tool.run("-P", "-l", "-b", cluster.bootstrapServers(), "-t", "kcat", "-K", ":", "-D",
                ";", "-p", "2", "-Z", "-c", "2", "-z", "gzip", "-X", "queue.buffering.max.ms=1", "-H", "x=y",
                "--verify",
                file.toString());
        assertEquals(ExitCode.OK, result.code(), result::toString);
        assertEquals(List.of("2 a=1 [x=y]", "2 b=null [x=y]"), records("kcat", 2));
        final Tool.Result consumer = Tool.run("-C", "-b", cluster.bootstrapServers(), "-t", "kcat");
        assertEquals(ExitCode.USAGE, consumer.code(), consumer::toString);
        assertTrue(consumer.err().contains("kp only produces"), consumer::toString);
    }

    @Test
    void shouldSendWholeFiles() throws Exception {
        cluster.createTopic("files", 1, Map.of());
        final Path first = Files.writeString(folder.resolve("first"), "two\nlines\n");
        final Path large = Files.write(folder.resolve("large"), new byte[2_000]);
        final Tool.Result result = Tool.run("-b", cluster.bootstrapServers(), "-t", "files", "--files", "-k", "key",
                "-X",
                "max.request.size=1000", "--verify", first.toString(), large.toString());
        assertEquals(ExitCode.INCOMPLETE, result.code(), result::toString);
        assertTrue(result.err().contains("large:1: the file is larger than max.request.size=1000"), result::toString);
        assertEquals(List.of("0 key=two\nlines\n []"), records("files", 1));
    }

    private static List<String> records(final String topic, final int count) {
        final List<String> found = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", cluster.bootstrapServers(), "auto.offset.reset", "earliest"),
                new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(consumer.partitionsFor(topic).stream()
                    .map(each -> new TopicPartition(topic, each.partition())).toList());
            Tool.await("the records are there", () -> {
                for (final ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
                    found.add(record.partition() + " " + record.key() + "=" + record.value() + " "
                            + StreamSupport.stream(record.headers().spliterator(), false)
                                    .map(each -> each.key() + "=" + new String(each.value(), StandardCharsets.UTF_8))
                                    .toList());
                }
                return found.size() >= count;
            });
        }
        found.sort(null);
        return found;
    }
}
