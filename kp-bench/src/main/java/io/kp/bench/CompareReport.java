package io.kp.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.DoubleStream;

import org.apache.kafka.common.utils.AppInfoParser;

/** A comparison's results as a table and as JSON. */
final class CompareReport {
    /** What the table shows: a name in the results, and how it reads. */
    private record Row(String name, String label, String format) {
    }

    // Known where the driver ran without a client too.
    private static final String NET_CPU = "netCpuNsPerRecord";
    private static final String CPU = "cpuNsPerRecord";
    private static final String DRIVER = "none";

    private static final List<Row> ROWS = List.of(new Row("recordsPerSecond", "records/s", "%,.0f"),
            new Row("cpuNsPerRecord", "CPU ns/record", "%,.1f"),
            new Row("cpuNsPerRecord.callers", "  of it: sending threads", "%,.1f"),
            new Row("cpuNsPerRecord.io", "  client's I/O thread", "%,.1f"),
            new Row("cpuNsPerRecord.compressors", "  compressor threads", "%,.1f"),
            new Row("cpuNsPerRecord.gc", "  garbage collector", "%,.1f"),
            new Row("cpuNsPerRecord.jit", "  compiler", "%,.1f"),
            new Row("cpuNsPerRecord.other", "  other threads", "%,.1f"),
            new Row(NET_CPU, "  without the driver's own", "%,.1f"),
            new Row("allocatedBytesPerRecord", "allocated B/record", "%,.1f"),
            new Row("ackUs.p50", "ack latency p50 us", "%,.0f"),
            new Row("ackUs.p99", "ack latency p99 us", "%,.0f"),
            new Row("ackUs.p99.9", "ack latency p99.9 us", "%,.0f"),
            new Row("ackUs.max", "ack latency max us", "%,.0f"), new Row("sendUs.p50", "send call p50 us", "%,.2f"),
            new Row("sendUs.p99.9", "send call p99.9 us", "%,.1f"), new Row("sendUs.max", "send call max us", "%,.0f"),
            new Row("gcCount", "GC pauses", "%,.0f"), new Row("gcMs", "GC pauses, total ms", "%,.0f"),
            new Row("peakResidentMib", "peak RSS MiB", "%,.0f"),
            new Row("recordsPerBatch", "records/batch", "%,.1f"),
            new Row("batchBytesPerRecord", "batch bytes/record", "%,.1f"),
            new Row("batchesPerRequest", "batches/request", "%,.2f"),
            new Row("brokerCpuNsPerRecord", "broker CPU ns/record", "%,.1f"),
            new Row("firstAckMs", "JVM start to first ack ms", "%,.0f"),
            new Row("classesLoaded", "classes loaded by then", "%,.0f"),
            new Row("heldBytes", "held in memory B", "%,.0f"),
            new Row("heldBytesPerPartition", "  by each partition B", "%,.0f"),
            new Row("firstHalfRecordsPerSecond", "records/s, first half", "%,.0f"),
            new Row("secondHalfRecordsPerSecond", "records/s, second half", "%,.0f"),
            new Row("disturbingCores", "cores used by others", "%.2f"));
    // Of those that a table tells under another one.
    private static final Map<String, String> LABELS = Map.of("cpuNsPerRecord.callers", "CPU ns/record: sending threads",
            "cpuNsPerRecord.io", "CPU ns/record: I/O thread", "cpuNsPerRecord.compressors",
            "CPU ns/record: compressor threads", "cpuNsPerRecord.gc", "CPU ns/record: garbage collector",
            "cpuNsPerRecord.jit", "CPU ns/record: compiler", "cpuNsPerRecord.other", "CPU ns/record: other threads",
            "heldBytesPerPartition", "held in memory by each partition B",
            NET_CPU, "CPU ns/record without the driver's own");
    private static final int LABEL_WIDTH = 27;
    private static final int FORMAT = 2;

    private final CompareSettings settings;
    private final List<CompareResult> results;
    private final boolean pinned;

    CompareReport(final CompareSettings settings, final List<CompareResult> results, final boolean pinned) {
        this.settings = settings;
        this.results = results;
        this.pinned = pinned;
    }

    /** Medians of the runs that count, the range they span, and the ratio of the first two clients. */
    String table() {
        final StringBuilder table = new StringBuilder();
        final List<String> clients = settings.clients();
        table.append(String.format(Locale.ROOT, "%-" + LABEL_WIDTH + "s", "median (least - most)"));
        clients.forEach(client -> table.append(String.format(Locale.ROOT, " | %-34s", client)));
        if (clients.size() > 1) {
            table.append(" | ").append(clients.get(0)).append('/').append(clients.get(1));
        }
        table.append('\n');
        for (final Row row : ROWS) {
            if (row.name.equals(NET_CPU) && !clients.contains(DRIVER)
                    || clients.stream().allMatch(client -> values(client, row.name).length == 0)) {
                continue;
            }
            table.append(String.format(Locale.ROOT, "%-" + LABEL_WIDTH + "s", row.label));
            for (final String client : clients) {
                final double[] values = values(client, row.name);
                table.append(String.format(Locale.ROOT, " | %-34s", cell(row.format, values)));
            }
            if (clients.size() > 1) {
                final double ratio = ratio(row.name);
                table.append(" | ").append(Double.isFinite(ratio) ? String.format(Locale.ROOT, "%.3f", ratio) : "-")
                        .append(goal(row.name, ratio));
            }
            table.append('\n');
        }
        final long failed = results.stream().filter(result -> !result.counts()).count();
        if (failed > 0) {
            table.append(failed).append(" of ").append(results.size())
                    .append(" runs FAILED and are not in the table\n");
        }
        return table.toString();
    }

    /** What the ratio is to be, and whether it is. */
    private String goal(final String name, final double ratio) {
        final ComparePreset.Goal goal = hasGoals() ? settings.preset().goals().get(name) : null;
        if (goal == null || !Double.isFinite(ratio)) {
            return "";
        }
        return String.format(Locale.ROOT, "  (must %.2f, aim %.2f: %s)", goal.must(), goal.aim(),
                goal.isAimReached(ratio) ? "aim reached" : goal.isMet(ratio) ? "met" : "MISSED");
    }

    private static String cell(final String format, final double[] ascending) {
        if (ascending.length == 0) {
            return "-";
        }
        final String median = String.format(Locale.ROOT, format, median(ascending));
        return ascending.length == 1
                ? median
                : median + String.format(Locale.ROOT, " (" + format + " - " + format + ")", ascending[0],
                        ascending[ascending.length - 1]);
    }

    /** All reports of a command, with what they have in common. */
    static Map<String, Object> asMap(final List<String> commandLine, final List<CompareReport> reports) {
        final Map<String, Object> map = new LinkedHashMap<>();
        map.put("format", FORMAT);
        map.put("at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        map.put("commandLine", CompareResult.portable(commandLine));
        map.put("machine", machine());
        map.put("versions", versions());
        map.put("workloads", reports.stream().map(CompareReport::asMap).toList());
        return map;
    }

    private static Map<String, Object> versions() {
        final Map<String, Object> versions = new LinkedHashMap<>();
        versions.put("kp", new Kp.Version().getVersion()[0]);
        // bin/kp knows it where it runs in a clone.
        versions.put("commit", System.getProperty("kp.commit"));
        versions.put("kafka-clients", AppInfoParser.getVersion());
        return versions;
    }

    private Map<String, Object> asMap() {
        final Map<String, Object> map = new LinkedHashMap<>();
        final ComparePreset preset = settings.preset();
        map.put("name", preset == null ? "unnamed" : preset.name());
        map.put("description", preset == null ? String.join(" ", settings.commandLine()) : preset.description());
        map.put("options", preset == null ? null : preset.options());
        map.put("jvmOptions", settings.jvmOptions());
        map.put("agronaBuffers", settings.agrona());
        map.put("classPath", settings.classPath());
        map.put("pinned", pinned);
        map.put("broker", settings.realBroker()
                ? "Kafka " + KafkaCluster.DEFAULT_RELEASE
                : "acknowledge-only, answers after ms: " + settings.ackDelaysMs());
        map.put("workload", settings.workload().asMap());
        map.put("clients", settings.clients());
        map.put("runs", results.stream().map(CompareResult::asMap).toList());
        final Map<String, Object> medians = new LinkedHashMap<>();
        for (final String client : settings.clients()) {
            final Map<String, Object> byName = new LinkedHashMap<>();
            for (final Row row : ROWS) {
                byName.put(row.name, median(values(client, row.name)));
            }
            medians.put(client, byName);
        }
        map.put("medians", medians);
        if (settings.clients().size() > 1) {
            final Map<String, Object> ratios = new LinkedHashMap<>();
            ROWS.forEach(row -> ratios.put(row.name, ratio(row.name)));
            map.put("ratioOf", settings.clients().get(0) + "/" + settings.clients().get(1));
            map.put("ratios", ratios);
        }
        if (hasGoals()) {
            final Map<String, Object> goals = new LinkedHashMap<>();
            preset.goals()
                    .forEach((name, goal) -> goals.put(name, Map.of("must", goal.must(), "aim", goal.aim())));
            map.put("goals", goals);
        }
        return map;
    }

    /** How a figure reads. */
    static String label(final String name) {
        return ROWS.stream().filter(row -> row.name.equals(name))
                .map(row -> LABELS.getOrDefault(name, row.label.strip()))
                .findFirst().orElse(name);
    }

    /** Whether a run did not count. */
    boolean failed() {
        return results.stream().anyMatch(result -> !result.counts());
    }

    private boolean hasGoals() {
        return settings.preset() != null && settings.clients().size() > 1 && settings.clients().get(0).equals("kp")
                && settings.clients().get(1).equals("kafka");
    }

    private static Map<String, Object> machine() {
        final Map<String, Object> machine = new LinkedHashMap<>();
        machine.put("cores", Runtime.getRuntime().availableProcessors());
        machine.put("cpu", firstValue(Path.of("/proc/cpuinfo"), "model name"));
        machine.put("memory", firstValue(Path.of("/proc/meminfo"), "MemTotal"));
        machine.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                + System.getProperty("os.arch"));
        machine.put("jdk", System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version") + ", "
                + System.getProperty("java.vendor"));
        return machine;
    }

    private static String firstValue(final Path file, final String name) {
        try {
            for (final String line : Files.readAllLines(file)) {
                if (line.startsWith(name)) {
                    return line.substring(line.indexOf(':') + 1).strip();
                }
            }
        } catch (final IOException e) {
            // Not on this system.
        }
        return null;
    }

    private double ratio(final String name) {
        return median(values(settings.clients().get(0), name)) / median(values(settings.clients().get(1), name));
    }

    /** A client's values of the runs that count, in ascending order. */
    private double[] values(final String client, final String name) {
        return results.stream().filter(result -> result.counts() && result.client().equals(client))
                .mapToDouble(result -> value(result, name)).filter(Double::isFinite).sorted().toArray();
    }

    private double value(final CompareResult result, final String name) {
        final BrokerTotals broker = result.broker();
        return switch (name) {
            // What the pacing driver costs is the same beside any client, to a run's noise.
            case NET_CPU -> result.value(CPU) - median(values(DRIVER, CPU));
            case "recordsPerBatch" -> broker.batches() > 0 ? (double) broker.records() / broker.batches() : Double.NaN;
            case "batchBytesPerRecord" ->
                broker.batches() > 0 ? (double) broker.batchBytes() / broker.records() : Double.NaN;
            case "batchesPerRequest" ->
                broker.requests() > 0 ? (double) broker.batches() / broker.requests() : Double.NaN;
            default -> result.value(name);
        };
    }

    /** The median of ascending values; not a number if there are none. */
    static double median(final double... ascending) {
        final int middle = ascending.length / 2;
        if (ascending.length == 0) {
            return Double.NaN;
        }
        return ascending.length % 2 == 1
                ? ascending[middle]
                : DoubleStream.of(Arrays.copyOfRange(ascending, middle - 1, middle + 1)).average().orElseThrow();
    }
}
