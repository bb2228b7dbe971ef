package io.kp.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

import io.kp.client.ConfigException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code kp perf}. */
@Command(name = "perf", mixinStandardHelpOptions = true, sortOptions = false, usageHelpAutoWidth = true, description = "Sends many records and measures: the options and lines of kafka-producer-perf-test, then CPU and allocation per record. Without -b against a real broker of its own.", exitCodeListHeading = "%nExit codes:%n", exitCodeList = {
        "  0:all records were acknowledged", "  1:some were not",
        "  2:the command line or the configuration is wrong; nothing was sent",
        "  3:the embedded broker did not start; nothing was sent", " 70:a defect of the tool itself",
        "130:ended by Ctrl-C"}, footerHeading = "%nExamples:%n", footer = {
                "  kp perf --topic t --num-records 5000000 --record-size 100 --throughput -1",
                "  kp perf -b localhost:9092 --topic t --num-records 600000 \\",
                "      --record-size 1000 --throughput 10000 --warmup-records 100000",
                "  kp perf --topic t --num-records 1000000 --payload-file lines.txt \\",
                "      --throughput -1 --command-property linger.ms=10 batch.size=65536 --json"})
final class PerfCommand implements Callable<Integer> {
    private static final int DEFAULT_PARTITIONS = 4;
    private static final String TRANSACTIONS = "kp has no transactions yet: leave out ";

    @Spec
    private CommandSpec spec;

    @ParentCommand
    private Kp kp;

    @Option(names = {"-t", "--topic"}, required = true, paramLabel = "TOPIC", description = "Where to send.")
    private String topic;

    @Option(names = "--num-records", required = true, paramLabel = "N", description = "How many records.")
    private long records;

    @Option(names = "--record-size", paramLabel = "BYTES", description = "Random letters of this size. Exactly one of this and the next two.")
    private Integer size;

    @Option(names = "--payload-file", paramLabel = "FILE", description = "Random ones of the payloads in a UTF-8 file.")
    private Path payloadFile;

    @Option(names = "--payload-monotonic", description = "Rising numbers.")
    private boolean monotonic;

    @Option(names = "--payload-delimiter", paramLabel = "REGEX", defaultValue = "\\n", description = "What stands between payloads in the file (default: a new line).")
    private String delimiter;

    @Option(names = "--throughput", required = true, paramLabel = "N", description = "At most about so many records a second; -1 for no limit.")
    private double throughput;

    @Mixin
    private ClientOptions clientOptions;

    @Option(names = {"--command-property",
            "--producer-props"}, arity = "1..*", paramLabel = "KEY=VALUE", description = "As -X, several at once.")
    private List<String> properties = new ArrayList<>();

    @Option(names = "--print-metrics", description = "Print the producer's metrics at the end.")
    private boolean printMetrics;

    @Option(names = "--jmx", description = "As -X kp.jmx=true: kp top, and whoever reads MBeans, can watch the run.")
    private boolean jmx;

    @Option(names = "--warmup-records", paramLabel = "N", defaultValue = "0", description = "The first N do not count for the steady state, which gets a line of its own; CPU and allocation are those of the steady state then.")
    private long warmup;

    @Option(names = "--reporting-interval", paramLabel = "MS", defaultValue = "5000", description = "Distance of the lines on the way (default: ${DEFAULT-VALUE}).")
    private long intervalMs;

    @Option(names = "--partitions", paramLabel = "N", description = "Partitions of the topic on the embedded broker (default: "
            + DEFAULT_PARTITIONS + ").")
    private Integer partitions;

    @Option(names = "--json", arity = "0..1", paramLabel = "FILE", fallbackValue = JsonOption.STANDARD_OUTPUT, description = "Write the results as JSON to the file; to standard output for - or no file, and the lines to standard error.")
    private String json;

    @Option(names = "--transactional-id", hidden = true)
    private String transactionalId;

    @Option(names = "--transaction-duration-ms", hidden = true)
    private Long transactionDurationMs;

    @Override
    public Integer call() {
        final Map<String, String> config = clientOptions.merged(spec);
        for (final String property : properties) {
            final Map.Entry<String, String> pair = ClientOptions.pair(spec, "--command-property", property);
            config.put(pair.getKey(), pair.getValue());
        }
        if (transactionalId != null) {
            throw usage(TRANSACTIONS + "--transactional-id");
        }
        if (transactionDurationMs != null) {
            throw usage(TRANSACTIONS + "--transaction-duration-ms");
        }
        final PerfPayloads payloads = check();
        final JsonOption output = JsonOption.of(spec, json);
        config.putIfAbsent("client.id", "perf-producer-client");
        if (jmx) {
            config.put("kp.jmx", "true");
        }
        final PerfJob job = new PerfJob(
                new PerfJob.Settings(topic, records, warmup, throughput, intervalMs, printMetrics, payloads),
                kp.interruption(), output.people());
        final Map<String, Object> result = new LinkedHashMap<>();
        result.put("topic", topic);
        final int code = config.containsKey("bootstrap.servers")
                ? run(job, config, result)
                : runEmbedded(job, config, result);
        result.put("exitCode", code);
        output.write(result);
        return code;
    }

    private PerfPayloads check() {
        if (records < 1) {
            throw usage("--num-records: at least 1, not " + records);
        }
        if (warmup < 0 || warmup >= records) {
            throw usage("--warmup-records: at least 0 and fewer than --num-records=" + records + ", not " + warmup);
        }
        if (throughput == 0) {
            throw usage("--throughput: more than 0, or -1 for no limit, not 0");
        }
        if (intervalMs < 1) {
            throw usage("--reporting-interval: at least 1, not " + intervalMs);
        }
        if (partitions != null && partitions < 1) {
            throw usage("--partitions: at least 1, not " + partitions);
        }
        if ((size == null ? 0 : 1) + (payloadFile == null ? 0 : 1) + (monotonic ? 1 : 0) != 1) {
            throw usage("exactly one of --record-size, --payload-file and --payload-monotonic is needed");
        }
        if (size != null && size < 0) {
            throw usage("--record-size: at least 0, not " + size);
        }
        if (payloadFile == null) {
            return monotonic ? PerfPayloads.monotonic() : PerfPayloads.ofSize(size);
        }
        try {
            return PerfPayloads.of(payloadFile, delimiter);
        } catch (final IOException | IllegalArgumentException e) {
            throw usage("--payload-file: " + e.getMessage());
        }
    }

    private int run(final PerfJob job, final Map<String, String> config, final Map<String, Object> result) {
        try {
            return job.run(config, result);
        } catch (final ConfigException e) {
            System.err.println("kp: configuration: " + e.getMessage());
            return ExitCode.USAGE;
        }
    }

    private int runEmbedded(final PerfJob job, final Map<String, String> config, final Map<String, Object> result) {
        try (KafkaCluster cluster = KafkaCluster.builder().start()) {
            cluster.createTopic(topic, partitions == null ? DEFAULT_PARTITIONS : partitions, Map.of());
            config.put("bootstrap.servers", cluster.bootstrapServers());
            return run(job, config, result);
        } catch (final BrokerException e) {
            System.err.println("kp: " + e.getMessage());
            return kp.interruption().requested() ? ExitCode.INTERRUPTED : ExitCode.NO_BROKER;
        }
    }

    private ParameterException usage(final String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
