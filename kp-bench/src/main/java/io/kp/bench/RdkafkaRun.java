package io.kp.bench;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One run of librdkafka's own tool, {@code rdkafka_performance}, where that is installed. It is asked for no figure: records are counted by the broker and processor time by the
 * kernel, between the same moments as for the other clients. Then it is interrupted, so that it may leave records behind; it counts if none failed and the broker has at least
 * what it calls delivered.
 */
final class RdkafkaRun {
    /** The name among the clients. */
    static final String CLIENT = "rdkafka";

    private static final String PROGRAM = "rdkafka_performance";
    private static final Pattern SUMMARY = Pattern
            .compile("% (\\d+) messages produced .*?(\\d+) delivered \\(offset -?\\d+, (\\d+) failed\\)");
    private static final double NS_PER_SECOND = 1e9;
    private static final double KIB_PER_MIB = 1024;
    private static final long END_SECONDS = 30;

    private final CompareWorkload workload;
    private final CompareBroker broker;
    private final String topicPrefix;
    private final List<String> command;

    RdkafkaRun(final CompareWorkload workload, final CompareBroker broker, final String topicPrefix,
            final List<String> pinning) {
        this.workload = workload;
        this.broker = broker;
        this.topicPrefix = topicPrefix;
        command = new ArrayList<>(pinning);
        command.addAll(command(workload, broker.bootstrapServers(), topicPrefix + 0));
    }

    static boolean installed() {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(folder -> !folder.isEmpty() && Files.isExecutable(Path.of(folder, PROGRAM)));
    }

    /** What of a workload the tool cannot do; {@code null} if it can. */
    static String missing(final CompareWorkload workload) {
        if (workload.hold() || workload.warmupSeconds() == 0) {
            return "it cannot be measured before its first seconds are over";
        } else if (workload.threads() > 1 || workload.topics() > 1 || workload.activePartitions() > 0) {
            return "its tool has one thread and one topic, and chooses partitions itself";
        } else if (workload.randomKeys()) {
            return "its tool has no keys at random";
        } else if (workload.futureApi() || workload.claimApi() || workload.reuseRecords()) {
            return "it has no such way to send";
        } else if (!"none".equals(workload.config().getOrDefault("compression.type", "none"))) {
            return "its tool sends the same text over and over, which any codec makes small";
        }
        return null;
    }

    /** The command of a run; the keys of Kafka's that it does not know by their names are put into its own. */
    static List<String> command(final CompareWorkload workload, final String bootstrap, final String topic) {
        final Map<String, String> config = new LinkedHashMap<>();
        config.put("enable.idempotence", "true");
        config.put("queue.buffering.max.messages", "0");
        config.put("queue.buffering.max.kbytes", "32768");
        workload.config().entrySet().stream().sorted(Map.Entry.comparingByKey()).forEach(entry -> {
            switch (entry.getKey()) {
                case "buffer.memory" ->
                    config.put("queue.buffering.max.kbytes", Long.toString(Long.parseLong(entry.getValue()) / 1024));
                case "max.request.size" -> config.put("message.max.bytes", entry.getValue());
                default -> {
                    if (!entry.getKey().startsWith("kp.")) {
                        config.put(entry.getKey(), entry.getValue());
                    }
                }
            }
        });
        final List<String> command = new ArrayList<>(List.of(PROGRAM, "-P", "-b", bootstrap, "-t", topic, "-s",
                Integer.toString(workload.recordBytes()), "-i", "3600000"));
        if (workload.rate() > 0) {
            command.addAll(List.of("-r", Long.toString(workload.rate())));
        }
        config.forEach((key, value) -> command.addAll(List.of("-X", key + "=" + value)));
        return command;
    }

    List<String> command() {
        return command;
    }

    /**
     * Runs.
     *
     * @param measured takes what was measured
     * @return why it does not count, or {@code null}
     */
    String run(final Map<String, Double> measured) throws IOException, InterruptedException {
        final Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            final CompletableFuture<String> output = CompletableFuture.supplyAsync(() -> text(process));
            if (process.waitFor((long) (workload.warmupSeconds() * NS_PER_SECOND), TimeUnit.NANOSECONDS)) {
                return "it ended by itself: " + lastLine(output.join());
            }
            final Sample from = new Sample(process.pid());
            if (process.waitFor((long) (workload.seconds() * NS_PER_SECOND), TimeUnit.NANOSECONDS)) {
                return "it ended by itself: " + lastLine(output.join());
            }
            final Sample until = new Sample(process.pid());
            measured.put("peakResidentMib", ProcessSample.peakResidentKib(process.pid()) / KIB_PER_MIB);
            until.report(from, measured);
            // As Ctrl-C: it then says what it has done. A second one would cut that short.
            new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                return "it did not end within " + END_SECONDS + " s";
            }
            return problem(output.join(), broker.totals(topicPrefix, workload.topics()).records(), measured);
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    /** What speaks against the run, or {@code null}; also notes what the tool says that it has sent. */
    static String problem(final String output, final long brokerRecords, final Map<String, Double> measured) {
        final Matcher summary = SUMMARY.matcher(output);
        long produced = -1;
        long delivered = -1;
        long failed = -1;
        while (summary.find()) {
            produced = Long.parseLong(summary.group(1));
            delivered = Long.parseLong(summary.group(2));
            failed = Long.parseLong(summary.group(3));
        }
        if (produced < 0) {
            return "it told no results: " + lastLine(output);
        }
        measured.put("sent", (double) produced);
        measured.put("acknowledged", (double) delivered);
        measured.put("failed", (double) failed);
        return failed == 0 && delivered > 0 && brokerRecords >= delivered
                ? null
                : "of " + produced + " records " + delivered + " were delivered and " + failed
                        + " failed; the broker has " + brokerRecords;
    }

    private static String lastLine(final String output) {
        final String[] lines = output.strip().split("\n");
        return lines[lines.length - 1];
    }

    private static String text(final Process process) {
        try {
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (final IOException e) {
            return "its output cannot be read: " + e;
        }
    }

    /** The kernel's and the broker's counts at one moment. */
    private final class Sample {
        private final ProcessSample client;
        private final ProcessSample brokers;
        private final long records;

        Sample(final long pid) {
            records = broker.totals(topicPrefix, workload.topics()).records();
            client = ProcessSample.take(new long[]{pid});
            brokers = ProcessSample.take(broker.pids().stream().mapToLong(Long::longValue).toArray());
        }

        private void report(final Sample from, final Map<String, Double> measured) {
            final double seconds = (client.timeNs() - from.client.timeNs()) / NS_PER_SECOND;
            final double count = Math.max(1, records - from.records);
            final double cpuNs = client.otherCpuNs(from.client);
            final double brokerNs = brokers.otherCpuNs(from.brokers);
            measured.put("steadySeconds", seconds);
            measured.put("steadyRecords", count);
            measured.put("recordsPerSecond", count / seconds);
            measured.put("cpuNsPerRecord", cpuNs / count);
            measured.put("brokerCpuNsPerRecord", brokerNs / count);
            // Both take all but their own for others.
            measured.put("disturbingCores",
                    Math.max(0, client.disturbingCores(from.client) - brokerNs / NS_PER_SECOND / seconds));
        }
    }
}
