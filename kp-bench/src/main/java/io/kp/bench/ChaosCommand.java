package io.kp.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

import io.kp.client.ProducerConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code kp chaos}. */
@Command(name = "chaos", mixinStandardHelpOptions = true, sortOptions = false, usageHelpAutoWidth = true, showDefaultValues = true, description = "Sends records to a real Kafka cluster of three nodes while it is disturbed, and proves with Kafka's own consumer that the producer kept its promises.", exitCodeListHeading = "%nExit codes:%n", exitCodeList = {
        "  0:each promise was kept in each scenario", "  1:one was broken, or a scenario could not be ended",
        "  2:the command line or the configuration is wrong; nothing was sent",
        "  3:the cluster did not start; nothing was sent", " 70:a defect of the tool itself",
        "130:ended by Ctrl-C"}, footerHeading = "%nExamples:%n", footer = {
                "  kp chaos",
                "  kp chaos --scenario leader-kill,all-down --json chaos.json",
                "  kp chaos --records 200000 --rate 10000 -X linger.ms=0", "",
                "Each scenario has a cluster of its own, with replication factor 3 and min.insync.replicas=2, which is gone when it ends."})
final class ChaosCommand implements Callable<Integer> {
    private static final long MIN_RECORDS = 1_000;
    private static final double MS_PER_SECOND = 1e3;
    private static final String KP_LOG = "org.slf4j.simpleLogger.log.io.kp";
    private static final String KAFKA_LOG = "org.slf4j.simpleLogger.log.org.apache.kafka";

    @Spec
    private CommandSpec spec;

    @ParentCommand
    private Kp kp;

    @Option(names = "--scenario", split = ",", paramLabel = "NAME", showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER, description = "What to do to the cluster: leader-kill, leader-stop, rolling-restart, all-down, topic-recreated, partitions-added (default: each of these), or short.")
    private List<String> names = new ArrayList<>();

    @Option(names = "--records", paramLabel = "N", defaultValue = "2000000", description = "Records of each scenario, at least.")
    private long records;

    @Option(names = "--threads", paramLabel = "N", defaultValue = "8", description = "Threads that send.")
    private int threads;

    @Option(names = "--partitions", paramLabel = "N", defaultValue = "12", description = "Partitions of the topic.")
    private int partitions;

    @Option(names = "--record-size", paramLabel = "BYTES", defaultValue = "100", description = "Size of a value.")
    private int recordSize;

    @Option(names = "--rate", paramLabel = "N", defaultValue = "40000", description = "Records/s of all threads together.")
    private double rate;

    @Option(names = "--down-seconds", paramLabel = "N", defaultValue = "30", description = "How long all nodes are down in all-down.")
    private double downSeconds;

    @Option(names = "-X", paramLabel = "KEY=VALUE", description = "A configuration key of the producer; may be repeated. Without it request.timeout.ms=5000, metadata.max.age.ms=5000, max.block.ms=120000.")
    private List<String> config = new ArrayList<>();

    @Option(names = "--json", paramLabel = "FILE", arity = "0..1", fallbackValue = JsonOption.STANDARD_OUTPUT, description = "Write everything as JSON to the file; to standard output for - or no file, and what is meant for people to standard error.")
    private String json;

    @Option(names = "--kafka-release", hidden = true, defaultValue = KafkaCluster.DEFAULT_RELEASE)
    private String release;

    @Override
    public Integer call() throws IOException {
        final JsonOption target = JsonOption.of(spec, json);
        final List<ChaosScenario> scenarios = scenarios();
        if (records < MIN_RECORDS || records / Math.max(1, threads) > Integer.MAX_VALUE / 4) {
            throw usage(
                    "--records: at least " + MIN_RECORDS + " and at most 500,000,000 for each thread, not " + records);
        }
        if (threads < 1 || partitions < 1 || !(rate > 0) || !(downSeconds >= 0)) {
            throw usage("--threads, --partitions and --rate must be positive, --down-seconds not negative: threads="
                    + threads + ", partitions=" + partitions + ", rate=" + rate + ", downSeconds=" + downSeconds);
        }
        if (recordSize < ChaosPayload.MIN_BYTES) {
            throw usage("--record-size: at least " + ChaosPayload.MIN_BYTES + ", not " + recordSize);
        }
        final ChaosSettings settings = new ChaosSettings(records, threads, partitions, recordSize, rate,
                (long) (downSeconds * MS_PER_SECOND), release, producerConfig());
        // Nodes that fail are what it is about, and the timeline tells what the producer makes of them.
        if (System.getProperty(KP_LOG) == null) {
            System.setProperty(KP_LOG, "error");
        }
        if (System.getProperty(KAFKA_LOG) == null) {
            System.setProperty(KAFKA_LOG, "off");
        }
        return run(scenarios, settings, target);
    }

    private List<ChaosScenario> scenarios() {
        if (names.isEmpty()) {
            return Arrays.stream(ChaosScenario.values()).filter(scenario -> scenario != ChaosScenario.SHORT).toList();
        }
        final List<ChaosScenario> chosen = new ArrayList<>();
        for (final String name : names) {
            final ChaosScenario scenario = ChaosScenario.of(name);
            if (scenario == null) {
                throw usage("--scenario: no such scenario: " + name + "; there are "
                        + Arrays.stream(ChaosScenario.values()).map(ChaosScenario::id)
                                .collect(Collectors.joining(", ")));
            }
            chosen.add(scenario);
        }
        return chosen;
    }

    private Map<String, String> producerConfig() {
        final Map<String, String> merged = new LinkedHashMap<>();
        merged.put("client.id", "kp-chaos");
        merged.put("acks", "all");
        merged.put("enable.idempotence", "true");
        merged.put("request.timeout.ms", "5000");
        merged.put("metadata.max.age.ms", "5000");
        merged.put("max.block.ms", "120000");
        for (final String entry : config) {
            final int equals = entry.indexOf('=');
            if (equals < 1) {
                throw usage("-X: KEY=VALUE, not " + entry);
            }
            merged.put(entry.substring(0, equals), entry.substring(equals + 1));
        }
        try {
            final Map<String, String> checked = new LinkedHashMap<>(merged);
            checked.put("bootstrap.servers", "127.0.0.1:9092");
            ProducerConfig.of(checked);
        } catch (final io.kp.client.ConfigException e) {
            throw usage("configuration: " + e.getMessage());
        }
        return merged;
    }

    private int run(final List<ChaosScenario> scenarios, final ChaosSettings settings, final JsonOption target)
            throws IOException {
        final PrintStream out = target.people();
        final PrintStream err = System.err;
        final List<ChaosResult> results = new ArrayList<>();
        out.printf(Locale.ROOT, "%,d records of %d bytes from %d threads over %d partitions in each scenario, %,.0f/s; "
                + "producer: %s%n", settings.records(), recordSize, threads, partitions, rate, settings.config());
        int code = ExitCode.OK;
        try {
            for (final ChaosScenario scenario : scenarios) {
                final ChaosResult result = new ChaosRun(scenario, settings, out).run();
                results.add(result);
                if (!result.violations().isEmpty()) {
                    code = ExitCode.INCOMPLETE;
                }
            }
        } catch (final BrokerException e) {
            if (kp.interruption().requested()) {
                code = ExitCode.INTERRUPTED;
            } else {
                err.println("kp: " + e.getMessage());
                code = results.isEmpty() ? ExitCode.NO_BROKER : ExitCode.INCOMPLETE;
            }
        } catch (final InterruptedException | org.apache.kafka.common.errors.InterruptException
                | io.kp.client.InterruptException e) {
            code = ExitCode.INTERRUPTED;
        }
        if (code == ExitCode.INTERRUPTED) {
            err.println("kp: interrupted after " + results.size() + " of " + scenarios.size() + " scenarios");
        }
        summary(results, out);
        target.write(Map.of("config", settings.config(), "records", records, "threads", threads, "partitions",
                partitions, "recordSize", recordSize, "rate", rate, "scenarios",
                results.stream().map(ChaosResult::json).toList()));
        return code;
    }

    private static void summary(final List<ChaosResult> results, final PrintStream out) {
        if (results.size() > 1) {
            out.printf(Locale.ROOT, "%n%-17s | %12s | %12s | %8s | %7s | %8s | %8s | %8s | %s%n", "scenario", "sent",
                    "acknowledged", "seconds", "retries", "gap ms", "ack ms", "send ms", "violations");
            for (final ChaosResult result : results) {
                out.printf(Locale.ROOT, "%-17s | %,12d | %,12d | %8.1f | %7d | %8.0f | %8.0f | %8.0f | %,d%n",
                        result.scenario().id(), result.totals().sent(), result.totals().acknowledged(),
                        result.seconds(), result.metrics().retries(), result.watch().longestGapNs() / 1e6,
                        result.watch().longestLatencyNs() / 1e6, result.watch().longestSendNs() / 1e6,
                        result.violationCount());
            }
        }
        out.flush();
    }

    private ParameterException usage(final String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
