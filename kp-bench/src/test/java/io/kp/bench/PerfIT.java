package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kp perf} beside {@code kafka-producer-perf-test}, on the same broker. */
class PerfIT {
    private static final String NUMBER = "[0-9]+(?:\\.[0-9]+)?";
    private static final String BEGIN = "( steady state)? records sent, " + NUMBER + " records/sec \\(" + NUMBER
            + " MB/sec\\), " + NUMBER + " ms avg latency, " + NUMBER + " ms max latency";
    private static final Pattern WINDOW = Pattern.compile("([0-9]+)" + BEGIN + "\\.");
    private static final Pattern TOTAL = Pattern.compile(
            "([0-9]+)" + BEGIN + ", [0-9]+ ms 50th, [0-9]+ ms 95th, [0-9]+ ms 99th, [0-9]+ ms 99\\.9th\\.");
    private static final Pattern COST = Pattern.compile("([0-9]+) ns CPU per record \\(.*\\), (" + NUMBER
            + ") B allocated per record, [0-9]+ collections, [0-9]+ ms of them\\.");
    private static final String[] RUN = {"--topic", "perf", "--num-records", "12000", "--record-size", "100",
            "--throughput", "8000", "--warmup-records", "4000", "--reporting-interval", "300", "--command-property",
            "linger.ms=2", "batch.size=20000"};
    private static KafkaCluster cluster;

    @TempDir
    private Path folder;

    @BeforeAll
    static void startCluster() {
        cluster = KafkaCluster.start(1);
        cluster.createTopic("perf", 1, Map.of());
        cluster.createTopic("numbers", 1, Map.of());
    }

    @AfterAll
    static void closeCluster() {
        cluster.close();
    }

    @Test
    void shouldPrintTheLinesOfKafkasToolAndThenTheCost() throws Exception {
        final List<String> kafkas = kafkasTool(RUN);
        final List<String> args = new ArrayList<>(List.of("perf", "-b", cluster.bootstrapServers()));
        args.addAll(List.of(RUN));
        final Path json = folder.resolve("perf.json");
        args.addAll(List.of("--json", json.toString()));
        final Tool.Result result = Tool.runCommand(args.toArray(String[]::new));
        assertEquals(ExitCode.OK, result.code(), result::toString);
        final List<String> ours = new ArrayList<>(result.out().lines().toList());
        final Matcher cost = COST.matcher(ours.remove(ours.size() - 1));
        assertTrue(cost.matches() && Long.parseLong(cost.group(1)) > 0, result::toString);
        assertEquals("warm-up steady total(12000) total(8000 steady state)", kinds(kafkas),
                kafkas::toString);
        assertEquals(kinds(kafkas), kinds(ours), result::toString);
        for (final List<String> lines : List.of(kafkas, ours)) {
            assertTrue(lines.stream().anyMatch(line -> WINDOW.matcher(line).matches()), lines::toString);
        }
        final Map<?, ?> written = (Map<?, ?>) Json.parse(Files.readString(json));
        assertEquals(12_000.0, written.get("records"));
        assertEquals(8_000.0, ((Map<?, ?>) written.get("steadyState")).get("records"));
        assertTrue((Double) written.get("allocatedBytesPerRecord") > 0, written::toString);
        assertEquals(24_000, ReadBack.read(cluster.bootstrapServers(), "perf", 24_000).size());
    }

    @Test
    void shouldSendRisingNumbers() {
        final Tool.Result result = Tool.runCommand("perf", "-b", cluster.bootstrapServers(), "--topic", "numbers",
                "--num-records", "500", "--payload-monotonic", "--throughput", "-1", "--print-metrics", "--json");
        assertEquals(ExitCode.OK, result.code(), result::toString);
        assertEquals(500.0, ((Map<?, ?>) Json.parse(result.out())).get("records"), result::toString);
        assertTrue(result.err().contains("producer-metrics:records-acknowledged"), result::toString);
        assertEquals(ReadBack.numbers(500), ReadBack.read(cluster.bootstrapServers(), "numbers", 500));
    }

    @Test
    void shouldRefuseTransactionsAndWhatIsNotEnough() {
        final Tool.Result transactions = Tool.runCommand("perf", "--topic", "perf", "--num-records", "1",
                "--record-size", "1", "--throughput", "-1", "--transactional-id", "a");
        assertEquals(ExitCode.USAGE, transactions.code(), transactions::toString);
        assertTrue(transactions.err().contains("kp has no transactions yet: leave out --transactional-id"),
                transactions::toString);
        final Tool.Result missing = Tool.runCommand("perf", "-b", cluster.bootstrapServers(), "--topic",
                "missing-topic",
                "--num-records", "1000", "--record-size", "1", "--throughput", "-1", "--command-property",
                "max.block.ms=2000");
        assertEquals(ExitCode.INCOMPLETE, missing.code(), missing::toString);
        assertTrue(missing.err().contains("were not delivered") && missing.err().contains("missing-topic"),
                missing::toString);
    }

    /** The kinds of lines, without those of intervals: how many there are, and when the first comes, is a matter of time. */
    private static String kinds(final List<String> lines) {
        final List<String> kinds = new ArrayList<>();
        for (final String line : lines) {
            final Matcher total = TOTAL.matcher(line);
            if (total.matches()) {
                kinds.add("total(" + total.group(1) + (total.group(2) == null ? "" : total.group(2)) + ")");
            } else if (!WINDOW.matcher(line).matches()) {
                kinds.add(line.equals("In steady state.")
                        ? "steady"
                        : line.startsWith("Warmup first 4000 records. ") ? "warm-up" : "? " + line);
            }
        }
        return String.join(" ", kinds);
    }

    private static List<String> kafkasTool(final String... args) throws Exception {
        final String name = "org.apache.kafka.tools.ProducerPerformance";
        final List<String> classPath = new ArrayList<>();
        for (final String type : List.of(name, "net.sourceforge.argparse4j.ArgumentParsers")) {
            classPath.add(Path.of(Class.forName(type, false, PerfIT.class.getClassLoader()).getProtectionDomain()
                    .getCodeSource().getLocation().toURI()).toString());
        }
        classPath.add(BrokerInstallation.of(KafkaCluster.DEFAULT_RELEASE).classPath());
        final List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                        classPath.stream().collect(Collectors.joining(File.pathSeparator)), name, "--bootstrap-server",
                        cluster.bootstrapServers()));
        command.addAll(Arrays.asList(args));
        final Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try {
            process.getOutputStream().close();
            final String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), out);
            assertEquals(0, process.exitValue(), out);
            return out.lines().toList();
        } finally {
            process.destroyForcibly();
        }
    }
}
