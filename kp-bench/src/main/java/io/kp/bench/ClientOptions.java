package io.kp.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/**
 * The options by which commands are told of a cluster and of a producer's configuration, under the names that Kafka's tools and kcat give them. Files count first, in
 * their order, then {@code -X}, then the bootstrap servers.
 */
final class ClientOptions {
    private static final String TOPIC_PREFIX = "topic.";
    /** What librdkafka calls Kafka's keys, where the values mean the same. */
    private static final Map<String, String> LIBRDKAFKA = Map.ofEntries(
            Map.entry("metadata.broker.list", "bootstrap.servers"), Map.entry("sasl.mechanisms", "sasl.mechanism"),
            Map.entry("queue.buffering.max.ms", "linger.ms"), Map.entry("compression.codec", "compression.type"),
            Map.entry("request.required.acks", "acks"), Map.entry("message.max.bytes", "max.request.size"),
            Map.entry("message.timeout.ms", "delivery.timeout.ms"), Map.entry("message.send.max.retries", "retries"));

    @Option(names = {"-b", "--bootstrap-server", "--bootstrap-servers",
            "--broker-list"}, paramLabel = "HOST:PORT,…", description = "A running cluster.")
    private String bootstrapServer;

    @Option(names = {"-F", "--config", "--producer.config",
            "--command-config"}, paramLabel = "FILE", description = "A properties file of the producer; may be repeated.")
    private List<Path> configFiles = new ArrayList<>();

    @Option(names = {"-X",
            "--producer-property"}, paramLabel = "KEY=VALUE", description = "A configuration key of the producer, above those of files; may be repeated. librdkafka's names of the same keys are taken.")
    private List<String> config = new ArrayList<>();

    /**
     * All of it.
     *
     * @param spec the command
     * @return keys and values in the order of setting
     */
    Map<String, String> merged(final CommandSpec spec) {
        final Map<String, String> merged = new LinkedHashMap<>();
        for (final Path file : configFiles) {
            final Properties properties = new Properties();
            try (InputStream in = Files.newInputStream(file)) {
                properties.load(in);
            } catch (final IOException | IllegalArgumentException e) {
                throw new ParameterException(spec.commandLine(), "--config " + file + ": cannot be read: "
                        + (Files.exists(file) ? e.getMessage() : "no such file"));
            }
            properties.stringPropertyNames().stream().sorted()
                    .forEach(key -> merged.put(translated(key), properties.getProperty(key)));
        }
        for (final String entry : config) {
            final Map.Entry<String, String> pair = pair(spec, "-X", entry);
            merged.put(translated(pair.getKey()), pair.getValue());
        }
        translateSecurity(merged);
        if (bootstrapServer != null) {
            merged.put("bootstrap.servers", bootstrapServer);
        }
        return merged;
    }

    static Map.Entry<String, String> pair(final CommandSpec spec, final String option, final String text) {
        final int equals = text.indexOf('=');
        if (equals < 1) {
            throw new ParameterException(spec.commandLine(), option + ": KEY=VALUE, not " + text);
        }
        return Map.entry(text.substring(0, equals), text.substring(equals + 1));
    }

    static String translated(final String key) {
        // What librdkafka calls a key of the topic.
        final String own = key.startsWith(TOPIC_PREFIX) ? key.substring(TOPIC_PREFIX.length()) : key;
        return LIBRDKAFKA.getOrDefault(own, own);
    }

    /** librdkafka's user, password and authorities, which Kafka's clients are told in another form. */
    private static void translateSecurity(final Map<String, String> merged) {
        final String authority = merged.remove("ssl.ca.location");
        if (authority != null) {
            merged.putIfAbsent("ssl.truststore.type", "PEM");
            merged.putIfAbsent("ssl.truststore.location", authority);
        }
        final String user = merged.remove("sasl.username");
        final String password = merged.remove("sasl.password");
        if (user != null && password != null) {
            final String module = merged.getOrDefault("sasl.mechanism", "PLAIN").startsWith("SCRAM")
                    ? "scram.ScramLoginModule"
                    : "plain.PlainLoginModule";
            merged.putIfAbsent("sasl.jaas.config", "org.apache.kafka.common.security." + module
                    + " required username=\"" + escaped(user) + "\" password=\"" + escaped(password) + "\";");
        }
        final String protocol = merged.get("security.protocol");
        if (protocol != null) {
            merged.put("security.protocol", protocol.toUpperCase(Locale.ROOT));
        }
    }

    private static String escaped(final String text) {
        return text.replace("\\", "\\\\").replace("\"", "\\\"");
    }
}
