package io.kp.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.Stack;

import picocli.CommandLine;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of {@code kp compare} that say what one workload is and how it is run. */
final class CompareOptions {
    static final String JVM_OPTION = "--jvm-option";

    private static final int LEAST_LINGER_TO_HOLD_MS = 10_000;
    private static final Set<String> CLIENTS = Set.of("kp", "kafka", "none", RdkafkaRun.CLIENT, BareLoad.CLIENT);

    @Option(names = "--record-size", paramLabel = "BYTES", defaultValue = "100", description = "Size of a value.")
    private int recordSize;

    @Option(names = "--keys", paramLabel = "none|random", defaultValue = "none", description = "Records without keys, or with 8-byte keys drawn from 65,536.")
    private String keys;

    @Option(names = "--partitions", paramLabel = "N", defaultValue = "4", description = "Partitions of each topic.")
    private int partitions;

    @Option(names = "--active-partitions", paramLabel = "N", defaultValue = "0", description = "Send to the first N partitions in turn, by number; 0 leaves the choice to the client.")
    private int activePartitions;

    @Option(names = "--topics", paramLabel = "N", defaultValue = "1", description = "Topics, used in turn.")
    private int topics;

    @Option(names = "--threads", paramLabel = "N", defaultValue = "1", description = "Threads that send.")
    private int threads;

    @Option(names = "--rate", paramLabel = "N", defaultValue = "0", description = "Records/s of all threads together; 0 is as fast as possible.")
    private long rate;

    @Option(names = "--warmup-rate", paramLabel = "N", defaultValue = "0", description = "Records/s in the first three quarters of the warm-up of a run with --rate, so that code is compiled before it counts; 0 is --rate.")
    private long warmupRate;

    @Option(names = "--spin", description = "With --rate: a thread spins between its records instead of sleeping, so that the latencies hold nothing of its own waking up. It uses a whole processor, which counts as CPU.")
    private boolean spin;

    @Option(names = "--hold", description = "Send one record to each partition instead, and tell what they hold in memory (heap after a collection, direct buffers) before they are sent; linger.ms must be longer than that takes.")
    private boolean hold;

    @Option(names = "--linger-ms", paramLabel = "MS", description = "linger.ms of both clients; without it each has its own default.")
    private Integer lingerMs;

    @Option(names = "--batch-size", paramLabel = "BYTES", description = "batch.size of both clients; without it each has its own default.")
    private Integer batchSize;

    @Option(names = "--compression", paramLabel = "CODEC", description = "compression.type of both clients: gzip, snappy, lz4, zstd or none; without it each has its own default.")
    private String compression;

    @Option(names = "-X", paramLabel = "KEY=VALUE", description = "A configuration key of both producers; may be repeated.")
    private List<String> config = new ArrayList<>();

    @Option(names = "--api", paramLabel = "callback|fields|future|claim", defaultValue = "callback", description = "How records are sent and outcomes told; fields: kp's by the call that takes a record's parts, without an object for it; claim: kp's are written in place (claim); the other clients do with both what they do with callback.")
    private String api;

    @Option(names = "--records", paramLabel = "new|reuse", defaultValue = "new", description = "A new record object for each send, or some that are sent again and again.")
    private String records;

    @Option(names = "--broker", paramLabel = "ack|real", defaultValue = "ack", description = "A broker that only acknowledges, or Kafka's.")
    private String broker;

    @Option(names = "--ack-delay-ms", paramLabel = "MS,…", defaultValue = "0", description = "When the acknowledge-only broker answers; several values make as many nodes, e.g. 0,0,100.")
    private String ackDelayMs;

    @Option(names = "--warmup", paramLabel = "SECONDS", defaultValue = "10", description = "How long each run sends before it counts.")
    private double warmup;

    @Option(names = {"--measure",
            "--seconds"}, paramLabel = "SECONDS", defaultValue = "10", description = "How long each run counts.")
    private double seconds;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "2", description = "Runs of each client.")
    private int rounds;

    @Option(names = "--clients", paramLabel = "NAME,…", defaultValue = "kp,kafka", description = "What to compare; ratios are the first to the second. rdkafka is librdkafka's rdkafka_performance, if that is on the PATH. none is the driver without a client: what it costs is taken off the others. bare is one thread that copies, compresses and writes, and nothing else: what no client can do without.")
    private String clients;

    @Option(names = "--heap", paramLabel = "SIZE", defaultValue = "1g", description = "Heap of the clients' JVMs.")
    private String heap;

    @Option(names = JVM_OPTION, paramLabel = "OPTION", parameterConsumer = AsItIs.class, description = "An option of the clients' JVMs, as --jvm-option=-XX:+UseParallelGC; may be repeated. The default is -XX:+UseG1GC.")
    private List<String> jvmOptions = new ArrayList<>();

    @Option(names = "--agrona", negatable = true, defaultValue = "true", fallbackValue = "true", description = "Give the clients' JVMs the option that Agrona's buffers need.")
    private boolean agrona;

    @Option(names = "--class-path", description = "Run the clients on the class path, as most applications do, and not on the module path.")
    private boolean classPath;

    @Option(names = "--pin", negatable = true, defaultValue = "true", fallbackValue = "true", description = "Keep broker and client on different processors, where there are at least four.")
    private boolean pin;

    private CommandLine command;

    /** The JVM options that were given. */
    List<String> givenJvmOptions() {
        return List.copyOf(jvmOptions);
    }

    /** Options of which the last one counts, as those of a preset followed by the user's own. */
    static CompareSettings parse(final CommandLine command, final ComparePreset preset, final List<String> arguments,
            final List<String> commandLine) {
        final CompareOptions options = new CompareOptions();
        final CommandLine parser = new CommandLine(options).setOverwrittenOptionsAllowed(true);
        final List<String> all = new ArrayList<>(preset == null ? List.of() : preset.arguments());
        all.addAll(arguments);
        parser.parseArgs(all.toArray(new String[0]));
        return options.settings(command, preset, commandLine);
    }

    /** Checks the options and puts them together. */
    CompareSettings settings(final CommandLine command, final ComparePreset preset, final List<String> commandLine) {
        this.command = command;
        atLeast("--record-size", recordSize, 0);
        atLeast("--partitions", partitions, 1);
        atLeast("--active-partitions", activePartitions, 0);
        atLeast("--topics", topics, 1);
        atLeast("--threads", threads, 1);
        atLeast("--rate", rate, 0);
        atLeast("--warmup-rate", warmupRate, 0);
        atLeast("--rounds", rounds, 1);
        oneOf("--keys", keys, "none", "random");
        oneOf("--api", api, "callback", "fields", "future", "claim");
        oneOf("--records", records, "new", "reuse");
        oneOf("--broker", broker, "ack", "real");
        if (activePartitions > partitions) {
            throw usage("--active-partitions: at most --partitions, which is " + partitions + ", not "
                    + activePartitions);
        }
        if (!(warmup >= 0) || !(seconds > 0)) {
            throw usage("--warmup: at least 0, and --seconds: more than 0; not " + warmup + " and " + seconds);
        }
        final List<String> names = List.of(clients.split(","));
        if (!CLIENTS.containsAll(names) || names.size() != names.stream().distinct().count()) {
            throw usage("--clients: kp, kafka, rdkafka, bare and none, each at most once; not " + clients);
        }
        if (warmupRate > 0 && rate == 0) {
            throw usage("--warmup-rate: only with --rate, not " + warmupRate);
        }
        if (spin && rate == 0) {
            throw usage("--spin: only with --rate");
        }
        if (hold && (lingerMs == null || lingerMs < LEAST_LINGER_TO_HOLD_MS)) {
            throw usage("--hold: only with --linger-ms of at least " + LEAST_LINGER_TO_HOLD_MS + ", not " + lingerMs);
        }
        if (names.contains("none") && threads > 1) {
            throw usage("--clients none: only with one thread, not " + threads);
        }
        if (!ackDelayMs.matches("\\d+(\\.\\d+)?(,\\d+(\\.\\d+)?)*")) {
            throw usage("--ack-delay-ms: milliseconds, separated by commas; not " + ackDelayMs);
        }
        if (broker.equals("real") && !ackDelayMs.equals("0")) {
            throw usage("--ack-delay-ms is for the acknowledge-only broker");
        }
        final Map<String, String> merged = new LinkedHashMap<>();
        if (lingerMs != null) {
            merged.put("linger.ms", lingerMs.toString());
        }
        if (batchSize != null) {
            merged.put("batch.size", batchSize.toString());
        }
        if (compression != null) {
            merged.put("compression.type", compression);
        }
        for (final String entry : config) {
            final int equals = entry.indexOf('=');
            if (equals < 1) {
                throw usage("-X: KEY=VALUE, not " + entry);
            }
            merged.put(entry.substring(0, equals), entry.substring(equals + 1));
        }
        final List<String> options = new ArrayList<>(List.of("-Xms" + heap, "-Xmx" + heap));
        options.addAll(jvmOptions.isEmpty() ? List.of("-XX:+UseG1GC") : jvmOptions);
        final CompareWorkload workload = new CompareWorkload(recordSize, keys.equals("random"), partitions,
                activePartitions, topics, threads, rate, warmupRate, spin, hold, api.equals("future"),
                api.equals("claim"),
                api.equals("fields"), records.equals("reuse"), seconds, warmup, merged);
        if (names.contains(BareLoad.CLIENT)) {
            final String missing = BareLoad.missing(workload, ackDelayMs.split(",").length);
            if (missing != null) {
                throw usage("--clients bare: " + missing);
            }
        }
        if (names.contains(RdkafkaRun.CLIENT)) {
            final String missing = RdkafkaRun.installed()
                    ? RdkafkaRun.missing(workload)
                    : "rdkafka_performance is not on the PATH";
            if (missing != null) {
                throw usage("--clients rdkafka: " + missing);
            }
        }
        return new CompareSettings(preset, workload, names, rounds, broker.equals("real"), ackDelayMs, options, agrona,
                classPath, pin, commandLine);
    }

    private void atLeast(final String option, final long value, final long least) {
        if (value < least) {
            throw usage(option + ": at least " + least + ", not " + value);
        }
    }

    private void oneOf(final String option, final String value, final String... choices) {
        if (!Arrays.asList(choices).contains(value)) {
            throw usage(option + ": " + String.join(" or ", choices) + ", not " + value);
        }
    }

    private ParameterException usage(final String message) {
        return new ParameterException(command, message);
    }

    /** Takes a value although it looks like an option of this command: {@code -XX:…} begins as {@code -X} does. */
    static final class AsItIs implements IParameterConsumer {
        @Override
        public void consumeParameters(final Stack<String> arguments, final ArgSpec argument,
                final CommandSpec specification) {
            if (arguments.isEmpty()) {
                throw new ParameterException(specification.commandLine(), "Missing required parameter for option '"
                        + JVM_OPTION + "' (" + argument.paramLabel() + ")");
            }
            final List<String> values = argument.getValue();
            values.add(arguments.pop());
        }
    }
}
