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
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code kp produce}. */
@Command(name = "produce", mixinStandardHelpOptions = true, sortOptions = false, usageHelpAutoWidth = true, description = "Sends each line of the files (or of standard input) as a record, and proves that all arrived. Takes the options of kcat -P and kafka-console-producer.", exitCodeListHeading = "%nExit codes:%n", exitCodeList = {
        "  0:everything was delivered and, where verified, found",
        "  1:something was not delivered, not read, or not found; each such line is named",
        "  2:the command line or the configuration is wrong; nothing was sent",
        "  3:the embedded broker did not start; nothing was sent", " 70:a defect of the tool itself",
        "130:ended by Ctrl-C"}, footerHeading = "%nExamples:%n", footer = {"  kp produce --topic lines access.log",
                "  kp produce -b localhost:9092 -t orders -K : -H source=shop -z zstd orders.txt",
                "  kp produce -b localhost:9092 -t orders -J orders.ndjson --json result.json",
                "  kp produce -b localhost:9092 -t pictures --files a.png b.png",
                "",
                "A line ends at \\n (or what -D says); its bytes are sent as they are, a \\r included; an empty line is an empty record;",
                "bytes after the last delimiter are a line too. Lines that cannot be sent are named, the others are delivered."})
final class ProduceCommand implements Callable<Integer> {
    private static final int DEFAULT_PARTITIONS = 4;
    private static final String NO_CONSUMER = "kp only produces: use kcat or kafka-console-consumer to read, and kp doctor to look at a cluster: leave out ";
    private static final Set<String> PROPERTIES = Set.of("parse.key", "key.separator", "parse.headers",
            "headers.delimiter", "headers.separator", "headers.key.separator", "ignore.error", "null.marker");

    @Spec
    private CommandSpec spec;

    @ParentCommand
    private Kp kp;

    @Option(names = {"-t", "--topic"}, paramLabel = "TOPIC", description = "Where to send the lines; needed.")
    private String topic;

    @Parameters(arity = "0..*", paramLabel = "FILE", description = "Files to send; - or none for standard input.")
    private List<String> files = new ArrayList<>();

    @Mixin
    private ClientOptions clientOptions;

    @Option(names = "--partitions", paramLabel = "N", description = "Partitions of the topic that is created on the embedded broker, which is started where no -b is given (default: "
            + DEFAULT_PARTITIONS + ").")
    private Integer partitions;

    @Option(names = {"-K",
            "--key-separator"}, paramLabel = "TEXT", description = "What precedes its first occurrence is the record's key; \\t, \\n, \\0 and \\xHH are bytes. A line without it is refused.")
    private String keySeparator;

    @Option(names = {"-k", "--key"}, paramLabel = "KEY", description = "The key of every record.")
    private String key;

    @Option(names = {"-H",
            "--header"}, paramLabel = "KEY=VALUE", description = "A header of every record; may be repeated.")
    private List<String> headers = new ArrayList<>();

    @Option(names = {"-p",
            "--partition"}, paramLabel = "N", description = "The partition of every record; -1 for none.")
    private Integer partition;

    @Option(names = {"-D",
            "--delimiter"}, paramLabel = "TEXT", description = "What ends a line (default: \\n); as -K.")
    private String delimiter;

    @Option(names = {"-Z", "--empty-as-null"}, description = "Empty values and keys are sent as null.")
    private boolean emptyIsNull;

    @Option(names = {"-J",
            "--json-records"}, description = "Each line is a JSON object with value, key, partition, timestamp and headers; also what kcat -C -J prints.")
    private boolean jsonRecords;

    @Option(names = "--files", description = "Each file is one record, whole (kcat does so without -l).")
    private boolean wholeFiles;

    @Option(names = {"-c", "--count"}, paramLabel = "N", description = "Stop after N lines.")
    private Long count;

    @Option(names = {"-z",
            "--compression"}, paramLabel = "CODEC", description = "compression.type of the producer: gzip, snappy, lz4, zstd or none.")
    private String compression;

    @Option(names = "--sync", description = "Wait for each record before the next is sent.")
    private boolean sync;

    @Option(names = "--verify", negatable = true, description = "Read the topic back with Kafka's own consumer and compare. On an embedded broker this is always done unless "
            + "--no-verify; on another (where other writers would disturb it) only with --verify.")
    private Boolean verify;

    @Option(names = {"-q", "--quiet"}, description = "Show no progress.")
    private boolean quiet;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures as JSON to the file; - for standard output, and the summary to standard error.")
    private String json;

    @ArgGroup(exclusive = false, validate = false, heading = "%nFrom kafka-console-producer:%n")
    private ConsoleOptions console = new ConsoleOptions();

    /** Options that stand for keys of the producer, and those of the reader of lines. */
    static final class ConsoleOptions {
        @Option(names = {"--property",
                "--reader-property"}, paramLabel = "KEY=VALUE", description = "parse.key, key.separator, parse.headers, headers.delimiter, headers.separator, headers.key.separator, ignore.error, null.marker; may be repeated.")
        private List<String> properties = new ArrayList<>();

        @Option(names = "--reader-config", paramLabel = "FILE", description = "A file of such properties.")
        private Path readerConfig;

        @Option(names = "--command-property", paramLabel = "KEY=VALUE", description = "As -X.")
        private List<String> commandProperties = new ArrayList<>();

        @Option(names = "--compression-codec", arity = "0..1", fallbackValue = "gzip", paramLabel = "CODEC", description = "As -z; gzip if none is named.")
        private String codec;

        @Option(names = {"--batch-size",
                "--max-partition-memory-bytes"}, paramLabel = "BYTES", description = "batch.size")
        private String batchSize;

        @Option(names = "--timeout", paramLabel = "MS", description = "linger.ms")
        private String linger;

        @Option(names = "--request-required-acks", paramLabel = "ACKS", description = "acks")
        private String acks;

        @Option(names = "--request-timeout-ms", paramLabel = "MS", description = "request.timeout.ms")
        private String requestTimeout;

        @Option(names = "--message-send-max-retries", paramLabel = "N", description = "retries")
        private String retries;

        @Option(names = "--retry-backoff-ms", paramLabel = "MS", description = "retry.backoff.ms")
        private String retryBackoff;

        @Option(names = "--max-block-ms", paramLabel = "MS", description = "max.block.ms")
        private String maxBlock;

        @Option(names = "--max-memory-bytes", paramLabel = "BYTES", description = "buffer.memory")
        private String memory;

        @Option(names = "--metadata-expiry-ms", paramLabel = "MS", description = "metadata.max.age.ms")
        private String metadataAge;

        @Option(names = "--socket-buffer-size", paramLabel = "BYTES", description = "send.buffer.bytes")
        private String sendBuffer;

        /** What was given, as keys of the producer. */
        Map<String, String> config() {
            final Map<String, String> config = new LinkedHashMap<>();
            config.put("compression.type", codec);
            config.put("batch.size", batchSize);
            config.put("linger.ms", linger);
            config.put("acks", acks);
            config.put("request.timeout.ms", requestTimeout);
            config.put("retries", retries);
            config.put("retry.backoff.ms", retryBackoff);
            config.put("max.block.ms", maxBlock);
            config.put("buffer.memory", memory);
            config.put("metadata.max.age.ms", metadataAge);
            config.put("send.buffer.bytes", sendBuffer);
            config.values().removeIf(value -> value == null);
            return config;
        }
    }

    /** What kcat takes and means nothing here: kp produces, a line a record, and writes no output that could be buffered. */
    @Option(names = {"-P", "-l", "-u", "-e", "-E", "-v"}, hidden = true)
    private boolean[] ignored;

    @Option(names = "-d", hidden = true)
    private String debugContexts;

    @Option(names = {"-C", "-L", "-Q", "-G", "-o", "-f"}, arity = "0..1", hidden = true)
    private List<String> ofConsumers;

    @Option(names = {"-T", "--line-reader"}, arity = "0..1", hidden = true)
    private String refused;

    @Option(names = "--client", hidden = true, defaultValue = "kp", description = "kp, or kafka for the official client.")
    private String client;

    @Option(names = "--kafka-release", hidden = true, defaultValue = KafkaCluster.DEFAULT_RELEASE)
    private String release;

    @Override
    public Integer call() {
        if (ofConsumers != null) {
            throw usage(NO_CONSUMER + "-C, -L, -Q, -G, -o, -f");
        }
        if (refused != null) {
            throw usage(
                    "-T (output beside sending) and --line-reader (classes of Kafka's) are not there: use tee, and -K, -H,"
                            + " -J or --property");
        }
        if (topic == null) {
            throw usage("-t, --topic: where to send the lines is needed");
        }
        if (debugContexts != null) {
            System.err
                    .println("kp: -d " + debugContexts + " means nothing here: KP_JVM_OPTIONS=-Dorg.slf4j.simpleLogger"
                            + ".log.io.kp=debug shows kp's log");
        }
        final Map<String, String> merged = mergedConfig();
        final boolean embedded = !merged.containsKey("bootstrap.servers");
        check(merged, embedded);
        final List<Map.Entry<String, byte[]>> pairs = new ArrayList<>();
        for (final String header : headers) {
            final Map.Entry<String, String> pair = ClientOptions.pair(spec, "--header", header);
            pairs.add(Map.entry(pair.getKey(), pair.getValue().getBytes(StandardCharsets.UTF_8)));
        }
        final InputFormat format = format(pairs);
        final JsonOption output = JsonOption.of(spec, json);
        if (quiet) {
            System.clearProperty("kp.terminal.columns");
        }
        final Map<String, Object> result = new LinkedHashMap<>();
        result.put("topic", topic);
        final int code = new ProduceJob(new ProduceSettings(topic, files, embedded,
                partitions == null ? DEFAULT_PARTITIONS : partitions, release, verify == null ? embedded : verify,
                format,
                wholeFiles ? null : LineFormat.separator(delimiter == null ? "\n" : delimiter),
                count == null ? Long.MAX_VALUE : count, sync, pairs,
                partition != null && partition < 0 ? null : partition,
                merged, client.equals("kafka")), kp.interruption(), output.people(), result).run();
        result.put("exitCode", code);
        output.write(result);
        return code;
    }

    private void check(final Map<String, String> merged, final boolean embedded) {
        if (!embedded && partitions != null) {
            throw usage(
                    "--partitions is for the topic of an embedded broker; a topic of " + merged.get("bootstrap.servers")
                            + " has the partitions that it was created with");
        }
        if (partitions != null && partitions < 1) {
            throw usage("--partitions: at least 1, not " + partitions);
        }
        if (partition != null && partition < -1) {
            throw usage("--partition: at least 0, or -1 for none, not " + partition);
        }
        if (count != null && count < 1) {
            throw usage("--count: at least 1, not " + count);
        }
        if (keySeparator != null && keySeparator.isEmpty()) {
            throw usage("--key-separator: at least one character");
        }
        if (delimiter != null && delimiter.isEmpty()) {
            throw usage("--delimiter: at least one character");
        }
        if (wholeFiles && (delimiter != null || keySeparator != null || jsonRecords || !console.properties.isEmpty()
                || console.readerConfig != null)) {
            throw usage("--files: a file is one record, so -D, -K, -J and --property mean nothing");
        }
        if (jsonRecords && (keySeparator != null || !console.properties.isEmpty() || console.readerConfig != null)) {
            throw usage("--json-records: key and headers are fields, so -K and --property mean nothing");
        }
        if (key != null && keySeparator != null) {
            throw usage("--key and --key-separator: either one key for all, or one in each line");
        }
        if (!client.equals("kp") && !client.equals("kafka")) {
            throw usage("--client: kp or kafka, not " + client);
        }
    }

    private InputFormat format(final List<Map.Entry<String, byte[]>> common) {
        final byte[] fixedKey = key == null ? null : key.getBytes(StandardCharsets.UTF_8);
        if (jsonRecords) {
            return new JsonRecords(fixedKey, emptyIsNull, common);
        }
        final Map<String, String> reader = readerProperties();
        final boolean parseKey = keySeparator != null || Boolean.parseBoolean(reader.get("parse.key"));
        if (parseKey && fixedKey != null) {
            throw usage("--key and parse.key=true: either one key for all, or one in each line");
        }
        final String marker = reader.get("null.marker");
        return new LineFormat(
                parseKey
                        ? LineFormat.separator(
                                keySeparator == null ? reader.getOrDefault("key.separator", "\t") : keySeparator)
                        : null,
                keySeparator == null ? "key.separator" : "--key-separator", fixedKey,
                Boolean.parseBoolean(reader.get("parse.headers"))
                        ? LineFormat.separator(reader.getOrDefault("headers.delimiter", "\t"))
                        : null,
                LineFormat.separator(reader.getOrDefault("headers.separator", ",")),
                LineFormat.separator(reader.getOrDefault("headers.key.separator", ":")),
                marker == null ? null : marker.getBytes(StandardCharsets.UTF_8), emptyIsNull,
                Boolean.parseBoolean(reader.get("ignore.error")), common);
    }

    private Map<String, String> readerProperties() {
        final Map<String, String> reader = new LinkedHashMap<>();
        if (console.readerConfig != null) {
            final Properties properties = new Properties();
            try (InputStream in = Files.newInputStream(console.readerConfig)) {
                properties.load(in);
            } catch (final IOException | IllegalArgumentException e) {
                throw usage("--reader-config " + console.readerConfig + ": cannot be read: " + e.getMessage());
            }
            properties.stringPropertyNames().forEach(name -> reader.put(name, properties.getProperty(name)));
        }
        for (final String property : console.properties) {
            final Map.Entry<String, String> pair = ClientOptions.pair(spec, "--property", property);
            reader.put(pair.getKey(), pair.getValue());
        }
        reader.forEach((name, value) -> {
            if (!PROPERTIES.contains(name)) {
                throw usage("--property: unknown: " + name + "; known are "
                        + String.join(", ", new TreeSet<>(PROPERTIES)));
            }
            if (name.contains("separator") && value.isEmpty() || name.contains("delimiter") && value.isEmpty()) {
                throw usage("--property " + name + ": at least one character");
            }
        });
        return reader;
    }

    private Map<String, String> mergedConfig() {
        final Map<String, String> merged = clientOptions.merged(spec);
        for (final String property : console.commandProperties) {
            final Map.Entry<String, String> pair = ClientOptions.pair(spec, "--command-property", property);
            merged.put(pair.getKey(), pair.getValue());
        }
        merged.putAll(console.config());
        if (compression != null) {
            merged.put("compression.type", compression);
        }
        return merged;
    }

    private ParameterException usage(final String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
