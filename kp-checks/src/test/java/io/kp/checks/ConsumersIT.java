package io.kp.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import io.kp.testkit.ScriptedBroker;
import io.kp.testkit.StoredRecord;

/**
 * Projects that know nothing but what is published, one for each module (src/it/consumers): built by Maven against a repository with the modules, run here on the
 * module path and on the class path. A broker, where one is needed, is this test's and on none of their paths.
 */
class ConsumersIT {
    private static final List<String> KAFKA_DUMP = List.of("--class-path",
            Checkout.read("kp-bench/kafka-3.9/target/broker.classpath").strip(), "kafka.tools.DumpLogSegments");

    static List<Launch> launches() {
        return Launch.all();
    }

    /** What a module drags along, in full. */
    @Test
    void shouldGetNothingButWhatTheModulesNeed() {
        final List<String> ofClient = List.of("agrona", "jctools-core", "jctools-core-jdk11", "kp-accumulator",
                "kp-client", "kp-memory", "kp-metadata", "kp-network", "kp-partition", "slf4j-api");
        final Map<String, List<String>> expected = Map.of("kp-memory", List.of("agrona", "kp-memory"), "kp-metadata",
                List.of("kp-metadata"), "kp-partition", List.of("kp-metadata", "kp-partition"), "kp-accumulator",
                List.of("agrona", "jctools-core", "jctools-core-jdk11", "kp-accumulator", "kp-memory", "kp-metadata"),
                "kp-network",
                List.of("agrona", "kp-metadata", "kp-network"), "kp-client", ofClient, "kp-testkit",
                with(ofClient, "kp-testkit"), "kp-micrometer",
                with(ofClient, "kp-micrometer", "HdrHistogram", "jspecify", "micrometer-commons",
                        "micrometer-core", "micrometer-observation"),
                "kp-opentelemetry",
                with(ofClient, "kp-opentelemetry", "opentelemetry-api", "opentelemetry-common",
                        "opentelemetry-context"));
        for (final String module : Checkout.MODULES) {
            assertEquals(expected.get(module), Launch.libraries(module), module);
        }
    }

    private static List<String> with(final List<String> libraries, final String... more) {
        return Stream.concat(libraries.stream(), Stream.of(more)).sorted().toList();
    }

    @ParameterizedTest
    @MethodSource("launches")
    void shouldServeFromABufferPool(final Launch launch) throws Exception {
        final List<String> out = launch.run("kp-memory", "example.memory.EchoServer");
        assertEquals("100 of 100 clients were answered", out.get(0));
        assertTrue(out.get(1).matches("0 of 16384 bytes in use, (4096|8192|12288|16384) were enough"), out.get(1));
        assertEquals(2, out.size(), out::toString);
    }

    @ParameterizedTest
    @MethodSource("launches")
    void shouldRouteKeysAsKafkaDoes(final Launch launch) throws Exception {
        final List<String> arguments = new ArrayList<>(List.of("12"));
        final List<String> expected = new ArrayList<>();
        for (final String key : List.of("customer-7", "customer-8", "", "häuser",
                "a much longer key, of another length")) {
            arguments.add(key);
            expected.add(key + " -> " + BuiltInPartitioner.partitionForKey(key.getBytes(StandardCharsets.UTF_8), 12));
        }
        assertEquals(expected,
                launch.run("kp-partition", "example.partition.Router", arguments.toArray(String[]::new)));
    }

    @ParameterizedTest
    @MethodSource("launches")
    void shouldFindLeaders(final Launch launch) throws Exception {
        assertEquals(List.of("asked for [orders]", "orders-0 is led by one.example:9092 (id=1)",
                "orders-1 is led by two.example:9092 (id=2)"), launch.run("kp-metadata", "example.metadata.Directory"));
    }

    @ParameterizedTest
    @MethodSource("launches")
    void shouldWriteALogThatKafkasToolReads(final Launch launch, @TempDir final Path folder) throws Exception {
        final Path log = folder.resolve("00000000000000000000.log");
        final List<String> out = launch.run("kp-accumulator", "example.accumulator.LogWriter", log.toString(), "500");
        assertTrue(out.get(0).matches("500 records in \\d+ batches, " + Files.size(log) + " bytes, 0 bytes in use"),
                out.get(0));

        final List<String> dump = dump(log);
        final List<String> records = dump.stream().filter(line -> line.startsWith("| offset: ")).toList();
        assertEquals(500, records.size());
        for (int i = 0; i < 500; i++) {
            final String record = records.get(i);
            assertTrue(record.startsWith("| offset: " + i + " ")
                    && record.endsWith(" key: customer-" + i % 7 + " payload: order " + i), record);
        }
        final List<String> batches = dump.stream().filter(line -> line.startsWith("baseOffset: ")).toList();
        assertTrue(
                batches.size() > 1 && batches.stream()
                        .allMatch(line -> line.contains(" magic: 2 ") && line.contains(" isvalid: true")),
                batches::toString);
        assertTrue(dump.stream().noneMatch(line -> line.startsWith("Found") || line.startsWith("Non-")),
                dump::toString);
    }

    /** Kafka's tool tells when the file is wrong. */
    @Test
    void shouldFindADamagedLog(@TempDir final Path folder) throws Exception {
        final Path log = folder.resolve("00000000000000000000.log");
        launches().get(0).run("kp-accumulator", "example.accumulator.LogWriter", log.toString(), "500");
        final byte[] bytes = Files.readAllBytes(log);
        bytes[bytes.length - 1]++;
        Files.write(log, bytes);
        assertThrows(AssertionError.class, () -> assertTrue(dump(log).stream()
                .filter(line -> line.startsWith("baseOffset: ")).allMatch(line -> line.contains(" isvalid: true"))));
    }

    private static List<String> dump(final Path log) throws Exception {
        final List<String> command = new ArrayList<>(KAFKA_DUMP);
        command.addAll(List.of("--files", log.toString(), "--print-data-log"));
        return Launch.java(Path.of(System.getProperty("java.home")), command);
    }

    @ParameterizedTest
    @MethodSource("launches")
    void shouldAskABroker(final Launch launch) throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.start(3)) {
            broker.cluster().createTopic("orders", 3);
            final String[] first = broker.bootstrapServers().split(",")[0].split(":");
            final List<String> expected = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                expected.add("orders-" + i + " is led by " + broker.cluster().leader("orders", i));
            }
            assertEquals(expected, launch.run("kp-network", "example.network.Leaders", first[0], first[1], "orders"));
        }
    }

    @ParameterizedTest
    @MethodSource("launches")
    void shouldSend(final Launch launch) throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.start(3)) {
            broker.cluster().createTopic("orders", 3);
            final List<String> out = launch.run("kp-client", "example.client.Orders", broker.bootstrapServers(),
                    "orders");
            final List<String> values = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                for (final StoredRecord record : broker.cluster().log("orders", i).records()) {
                    values.add(new String(record.value(), StandardCharsets.UTF_8));
                }
            }
            assertEquals(101, values.size());
            for (int i = 0; i < 100; i++) {
                assertTrue(values.contains("order " + i), values::toString);
            }
            final int partition = BuiltInPartitioner.partitionForKey("customer-7".getBytes(StandardCharsets.UTF_8), 3);
            final int offset = broker.cluster().log("orders", partition).records().size() - 1;
            assertEquals(List.of("100 orders delivered", "the last one is in orders-" + partition + " at " + offset),
                    out);
        }
    }

    /** Without Flight Recorder and management in the JDK, as on the smallest images; RuntimeImageIT has one. */
    @ParameterizedTest
    @MethodSource("launches")
    void shouldSendWithoutTheJdksOptionalModules(final Launch launch) throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.start(1)) {
            broker.cluster().createTopic("orders", 1);
            assertEquals(List.of("100 orders delivered", "the last one is in orders-0 at 100"),
                    launch.with("--limit-modules",
                            launch.modulePath() ? "example.client,jdk.unsupported" : "jdk.unsupported")
                            .run("kp-client", "example.client.Orders", broker.bootstrapServers(), "orders"));
        }
    }

    @ParameterizedTest
    @MethodSource("launches")
    void shouldTestWithAScriptedBroker(final Launch launch) throws Exception {
        assertEquals(List.of("delivered at 0", "records in the log: 1"),
                launch.run("kp-testkit", "example.testkit.LostAnswer"));
    }

    @ParameterizedTest
    @MethodSource("launches")
    void shouldShowAProducerToMicrometer(final Launch launch) throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.start(1)) {
            broker.cluster().createTopic("orders", 1);
            final List<String> out = launch.run("kp-micrometer", "example.micrometer.Dashboard",
                    broker.bootstrapServers(), "orders");
            assertEquals(
                    List.of("kafka.producer.topic.record.send.total: 100", "kp.producer.records.acknowledged: 100"),
                    out.subList(0, 2));
            assertTrue(out.get(2).matches("99 % of the batches are acknowledged within \\d+ ms"), out::toString);
        }
    }

    @ParameterizedTest
    @MethodSource("launches")
    void shouldShowAProducerToOpenTelemetry(final Launch launch) throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.start(1)) {
            broker.cluster().createTopic("orders", 1);
            assertEquals(List.of("100 orders delivered"), launch.run("kp-opentelemetry",
                    "example.opentelemetry.Observed", broker.bootstrapServers(), "orders"));
        }
    }

    /** A program that ends badly is seen. */
    @Test
    void shouldFindAConsumerThatFails() {
        final AssertionError error = assertThrows(AssertionError.class,
                () -> launches().get(0).run("kp-partition", "example.partition.Router", "no number"));
        assertTrue(error.getMessage().contains("NumberFormatException"), error::getMessage);
    }
}
