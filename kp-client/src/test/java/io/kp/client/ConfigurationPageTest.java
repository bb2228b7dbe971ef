package io.kp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;

import io.kp.client.ConfigKey.Support;

/** {@code docs/configuration.md} is what this class makes of the table of keys; with {@code -Dkp.docs.write=true} it is written anew. */
class ConfigurationPageTest {
    private static final Path PAGE = Path.of("..", "docs", "configuration.md");
    private static final String WRITE = "mvn test -pl kp-client -am -Dtest=ConfigurationPageTest "
            + "-Dsurefire.failIfNoSpecifiedTests=false -Dkp.docs.write=true";
    private static final List<String> JVM_DEFAULTS = List.of(ProducerConfig.SSL_KEYMANAGER_ALGORITHM,
            ProducerConfig.SSL_TRUSTMANAGER_ALGORITHM);

    private static final String HEAD = """
            # Configuration

            All keys, made from `ConfigKeys` of kp-client by `ConfigurationPageTest`, which fails when they differ. After a change there:

            <!-- not run: it writes this page; the test that it runs holds the page against the code in every build -->
            ```sh
            %s
            ```

            Names, types, defaults, ranges and importance are those of kafka-clients 4.3.1, which a test holds against it; keys of kp's own begin with `kp.`. Values may be given as text or in
            their type, in a file, a map or by the builder:

            ```java
            Properties properties = new Properties();
            properties.load(new StringReader("bootstrap.servers=localhost:9092\\nlinger.ms=20"));
            ProducerConfig fromText = ProducerConfig.of(properties);
            ProducerConfig built = ProducerConfig.builder().bootstrapServers("localhost:9092").lingerMs(20).build();
            ```

            A value that breaks a rule is refused at construction, with the key, the value and the rule. An unknown key is warned about, with the known key that is nearest; it is kept for
            serializers, interceptors and partitioners to read. What was warned about is in the log and in `ProducerConfig.warnings()`. Where several keys say something about the same subject:

            - `acks` other than `all`, and `retries=0`, turn idempotence off, unless `enable.idempotence=true` is set: then they are refused.
            - `max.in.flight.requests.per.connection` above 5 is refused with idempotence, also with the default.
            - `delivery.timeout.ms` below `linger.ms` + `request.timeout.ms` is refused if it is set, and raised if it is the default.
            - A backoff or a connection's set-up time that is larger than its maximum stays at the maximum.
            - What belongs to a `security.protocol` that is not chosen is warned about.

            """;

    private static String page() {
        final StringBuilder page = new StringBuilder(String.format(HEAD, WRITE));
        final List<ConfigKey> left = new ArrayList<>(ProducerConfig.keys());
        final Map<String, List<ConfigKey>> sections = new LinkedHashMap<>();
        take(sections, left, "Accepted, without effect", key -> key.support() == Support.NO_EFFECT);
        take(sections, left, "Refused, unless it is the default", key -> key.support() == Support.DEFAULT_ONLY);
        take(sections, left, "Keys of kp's own", named("kp\\..*"));
        take(sections, left, "TLS", named("ssl\\..*"));
        take(sections, left, "SASL", named("sasl\\..*"));
        take(sections, left, "Brokers, connections and metadata", named("bootstrap.*|client\\..*|security\\..*|"
                + "connections.*|metadata.*|re(ceive|connect)\\..*|send\\..*|socket.*"));
        take(sections, left, "Partitions", named("partitioner.*"));
        take(sections, left, "Delivery and order",
                named("acks|enable\\.idempotence|retries|retry.*|.*timeout\\.ms|max\\.in.*"));
        take(sections, left, "Batches and memory", named("batch.*|buffer.*|linger.*|max.*"));
        take(sections, left, "Compression", named("compression.*"));
        take(sections, left, "Metrics", named("metrics.*"));
        take(sections, left, "Serializers and interceptors", key -> true);
        final List<String> order = List.of("Brokers, connections and metadata", "Delivery and order",
                "Batches and memory", "Partitions", "Compression", "Serializers and interceptors", "Metrics",
                "Keys of kp's own", "TLS", "SASL", "Accepted, without effect", "Refused, unless it is the default");
        for (final String title : order) {
            page.append("## ").append(title).append("\n\n").append(note(title))
                    .append("| key | type | default | must be | importance | meaning |\n|---|---|---|---|---|---|\n");
            sections.get(title).forEach(key -> page.append(row(key)));
            page.append('\n');
        }
        return page.toString().stripTrailing() + "\n";
    }

    private static Predicate<ConfigKey> named(final String regex) {
        return key -> key.name().matches(regex);
    }

    private static void take(final Map<String, List<ConfigKey>> sections, final List<ConfigKey> left,
            final String title, final Predicate<ConfigKey> which) {
        final List<ConfigKey> taken = left.stream().filter(which).toList();
        assertFalse(taken.isEmpty(), title);
        sections.put(title, taken);
        left.removeAll(taken);
    }

    private static String note(final String title) {
        return switch (title) {
            case "Accepted, without effect" -> "A value other than the default is warned about.\n\n";
            case "Refused, unless it is the default" ->
                "They belong to features that kp does not have. Another value than the default fails the construction, so that nobody relies on what is not there.\n\n";
            default -> "";
        };
    }

    private static String row(final ConfigKey key) {
        final String difference = key.difference().isEmpty() ? "" : " **kp:** " + key.difference();
        return "| `" + key.name() + "` | " + key.type().name().toLowerCase(Locale.ROOT) + " | " + byDefault(key) + " | "
                + (key.rule().equals("anything") ? "" : cell(key.rule())) + " | "
                + key.importance().name().toLowerCase(Locale.ROOT) + " | " + cell(key.doc() + difference) + " |\n";
    }

    private static String byDefault(final ConfigKey key) {
        if (JVM_DEFAULTS.contains(key.name())) {
            return "the JVM's";
        }
        final Object value = key.defaultValue();
        if (value == null) {
            return List.of(ProducerConfig.BOOTSTRAP_SERVERS, ProducerConfig.KEY_SERIALIZER,
                    ProducerConfig.VALUE_SERIALIZER).contains(key.name()) ? "required" : "none";
        }
        final String text = value instanceof List<?> list
                ? list.stream().map(String::valueOf).collect(Collectors.joining(","))
                : value.toString();
        return text.isEmpty() ? "empty" : "`" + text + "`";
    }

    private static String cell(final String text) {
        return text.replace("|", "\\|");
    }

    @Test
    void shouldBeThePageThatIsCheckedIn() throws IOException {
        final String page = page();
        if (Boolean.getBoolean("kp.docs.write")) {
            Files.writeString(PAGE, page);
        }
        final String checkedIn = Files.exists(PAGE) ? Files.readString(PAGE) : "";
        assertEquals(page, checkedIn, "docs/configuration.md is not what the keys say now; write it anew: " + WRITE);
    }

    @Test
    void shouldExplainEveryKeyInSentencesOfItsOwn() {
        for (final ConfigKey key : ProducerConfig.keys()) {
            assertTrue(key.doc().endsWith("."), key.name());
            assertTrue(key.difference().isEmpty() || key.difference().endsWith("."), key.name());
            final boolean duration = key.name().endsWith(".ms") && key.support() == Support.FULL;
            assertTrue(!duration || (key.doc() + key.name()).matches("(?i)(?s).*(milliseconds|how long|how often|wait|"
                    + "this long).*"), key.name() + ": what is it the time of?");
            assertEquals(1,
                    Arrays.stream(page().split("\n")).filter(line -> line.startsWith("| `" + key.name() + "` |"))
                            .count(),
                    key.name());
        }
    }
}
