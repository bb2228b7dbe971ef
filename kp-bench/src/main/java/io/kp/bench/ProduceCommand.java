package io.kp.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code kp produce}. */
@Command(name = "produce", mixinStandardHelpOptions = true, sortOptions = false, usageHelpAutoWidth = true, description = "Sends each line of the files (or of standard input) as a record, and proves that all arrived.", footer = {
        "",
        "A line ends at \\n; its bytes are sent as they are, a \\r included; an empty line is an empty record;",
        "bytes after the last \\n are a line too. Lines that cannot be sent are named, the others are delivered."})
final class ProduceCommand implements Callable<Integer> {
    private static final int DEFAULT_PARTITIONS = 4;

    @Spec
    private CommandSpec spec;

    @ParentCommand
    private Kp kp;

    @Option(names = {"-t", "--topic"}, required = true, paramLabel = "TOPIC", description = "Where to send the lines.")
    private String topic;

    @Parameters(arity = "0..*", paramLabel = "FILE", description = "Files to send; - or none for standard input.")
    private List<String> files = new ArrayList<>();

    @Option(names = {"-b",
            "--bootstrap-server"}, paramLabel = "HOST:PORT,…", description = "A running cluster. Without it a real Kafka broker is started for this run, in its own process.")
    private String bootstrapServer;

    @Option(names = "--partitions", paramLabel = "N", description = "Partitions of the topic that is created on the embedded broker (default: "
            + DEFAULT_PARTITIONS + ").")
    private Integer partitions;

    @Option(names = "--key-separator", paramLabel = "TEXT", description = "What precedes its first occurrence is the record's key; \\t is a tab. A line without it is refused.")
    private String keySeparator;

    @Option(names = {"-H",
            "--header"}, paramLabel = "KEY=VALUE", description = "A header of every record; may be repeated.")
    private List<String> headers = new ArrayList<>();

    @Option(names = "--partition", paramLabel = "N", description = "The partition of every record.")
    private Integer partition;

    @Option(names = {"-z",
            "--compression"}, paramLabel = "CODEC", description = "compression.type of the producer: gzip, snappy, lz4, zstd or none.")
    private String compression;

    @Option(names = "-X", paramLabel = "KEY=VALUE", description = "A configuration key of the producer; may be repeated.")
    private List<String> config = new ArrayList<>();

    @Option(names = "--config", paramLabel = "FILE", description = "A properties file of the producer; -X goes above it.")
    private Path configFile;

    @Option(names = "--verify", negatable = true, description = "Read the topic back with Kafka's own consumer and compare. On an embedded broker this is always done unless "
            + "--no-verify; on another (where other writers would disturb it) only with --verify.")
    private Boolean verify;

    @Option(names = "--client", hidden = true, defaultValue = "kp", description = "kp, or kafka for the official client.")
    private String client;

    @Option(names = "--kafka-release", hidden = true, defaultValue = KafkaCluster.DEFAULT_RELEASE)
    private String release;

    @Override
    public Integer call() {
        final Map<String, String> merged = mergedConfig();
        final boolean embedded = !merged.containsKey("bootstrap.servers");
        if (!embedded && partitions != null) {
            throw usage(
                    "--partitions is for the topic of an embedded broker; a topic of " + merged.get("bootstrap.servers")
                            + " has the partitions that it was created with");
        }
        if (partitions != null && partitions < 1) {
            throw usage("--partitions: at least 1, not " + partitions);
        }
        if (partition != null && partition < 0) {
            throw usage("--partition: at least 0, not " + partition);
        }
        if (keySeparator != null && keySeparator.isEmpty()) {
            throw usage("--key-separator: at least one character");
        }
        if (!client.equals("kp") && !client.equals("kafka")) {
            throw usage("--client: kp or kafka, not " + client);
        }
        final List<Map.Entry<String, byte[]>> pairs = new ArrayList<>();
        for (final String header : headers) {
            final Map.Entry<String, String> pair = pair("--header", header);
            pairs.add(Map.entry(pair.getKey(), pair.getValue().getBytes(StandardCharsets.UTF_8)));
        }
        return new ProduceJob(new ProduceSettings(topic, files, embedded,
                partitions == null ? DEFAULT_PARTITIONS : partitions, release,
                verify == null ? embedded : verify, keySeparator, pairs, partition, merged, client.equals("kafka")),
                kp.interruption()).run();
    }

    private Map<String, String> mergedConfig() {
        final Map<String, String> merged = new LinkedHashMap<>();
        if (configFile != null) {
            final Properties properties = new Properties();
            try (InputStream in = Files.newInputStream(configFile)) {
                properties.load(in);
            } catch (final IOException | IllegalArgumentException e) {
                throw usage("--config " + configFile + ": cannot be read: "
                        + (Files.exists(configFile) ? e.getMessage() : "no such file"));
            }
            properties.stringPropertyNames().stream().sorted()
                    .forEach(key -> merged.put(key, properties.getProperty(key)));
        }
        for (final String entry : config) {
            final Map.Entry<String, String> pair = pair("-X", entry);
            merged.put(pair.getKey(), pair.getValue());
        }
        if (compression != null) {
            merged.put("compression.type", compression);
        }
        if (bootstrapServer != null) {
            merged.put("bootstrap.servers", bootstrapServer);
        }
        return merged;
    }

    private Map.Entry<String, String> pair(final String option, final String text) {
        final int equals = text.indexOf('=');
        if (equals < 1) {
            throw usage(option + ": KEY=VALUE, not " + text);
        }
        return Map.entry(text.substring(0, equals), text.substring(equals + 1));
    }

    private ParameterException usage(final String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
