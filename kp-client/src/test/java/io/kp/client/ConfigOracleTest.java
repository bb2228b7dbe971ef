package io.kp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.types.Password;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Holds the table of keys against the definition in kafka-clients. */
class ConfigOracleTest {
    /** What is typed in all the ways that people get wrong. */
    private static final List<Object> SAMPLES = Arrays.asList("", " ", "0", "1", "-1", "-2", "5", " 5 ", "+5", "05",
            "9", "10", "17", "18", "22",
            "23", "-131072", "-131073", "900", "901", "3600", "3601", "4999", "5000", "86400", "86401", "32768",
            "2147483647", "2147483648",
            "9223372036854775807", "9223372036854775808", "1.5", "0.5", "0.49", "0.8", "1.0", "1.01", "0.25", "0.26",
            "NaN", "1e3", "0x10",
            "1_000", "1L", "5 ms", "true", "TRUE", " False", "yes", "none", "NONE", "None", "Rebootstrap", "all", "ALL",
            "-1 ", "gzip", "GZIP",
            "snappy", "lz4", "zstd", "brotli", "use_all_dns_ips", "USE_ALL_DNS_IPS", "default", "plaintext", "SASL_SSL",
            "ssl", "tls", "INFO",
            "info", "TRACE", "es256", "RS256", "HS256", "a,b", "a,,b", " a , b ", "a,", ",", "a,a,b,a", "häuser", 0, 1,
            -1, 5, 6, 100_000, 0L, 1L,
            5000L, 1L << 40, (short) 1, (short) 901, (byte) 1, 1f, 0.5f, 0.5d, 2d, Double.NaN, true, false, 'c',
            List.of(), List.of("a"),
            List.of(""), List.of("a", "", "b"), List.of("a", "b", "a"), Arrays.asList("a", null), new String[]{"a"},
            Map.of(),
            String.class, new StringBuilder("1"));

    static Iterable<ConfigDef.ConfigKey> oracleKeys() {
        return org.apache.kafka.clients.producer.ProducerConfig.configDef().configKeys().values();
    }

    @Test
    void shouldKnowExactlyKafkasKeysAndItsOwn() {
        final Set<String> expected = new TreeSet<>(org.apache.kafka.clients.producer.ProducerConfig.configNames());
        final Set<String> actual = new TreeSet<>();
        for (final ConfigKey key : ProducerConfig.keys()) {
            if (!key.name().startsWith("kp.")) {
                actual.add(key.name());
            }
        }
        assertEquals(expected, actual);
        assertEquals(113, actual.size());
    }

    @Test
    void shouldHaveAConstantForEveryKey() throws Exception {
        for (final ConfigKey key : ProducerConfig.keys()) {
            final String name = key.name().toUpperCase(java.util.Locale.ROOT).replace('.', '_');
            assertEquals(key.name(), ProducerConfig.class.getField(name).get(null));
        }
    }

    @ParameterizedTest
    @MethodSource("oracleKeys")
    void shouldHaveKafkasTypeDefaultAndImportance(ConfigDef.ConfigKey oracle) {
        final ConfigKey key = ConfigKeys.BY_NAME.get(oracle.name);
        assertNotNull(key);
        assertEquals(oracle.type.name(), key.type().name());
        assertEquals(oracle.importance.name(), key.importance().name());
        assertEquals(oracle.hasDefault() ? plain(oracle.defaultValue) : null, key.defaultValue());
        assertTrue(key.doc().length() > 5, key.doc());
        assertEquals(key.name(), key.toString());
    }

    @ParameterizedTest
    @MethodSource("oracleKeys")
    void shouldAcceptAndParseWhatKafkaDoes(ConfigDef.ConfigKey oracle) {
        for (final Object sample : SAMPLES) {
            assertSameParse(oracle, sample);
        }
    }

    @Property(tries = 20)
    void shouldAcceptAndParseNumbersAsKafkaDoes(@ForAll long number, @ForAll int small, @ForAll short smaller) {
        for (final ConfigDef.ConfigKey oracle : oracleKeys()) {
            for (final long value : new long[]{number, small, smaller, smaller % 100}) {
                assertSameParse(oracle, String.valueOf(value));
            }
        }
    }

    private static void assertSameParse(ConfigDef.ConfigKey oracle, Object sample) {
        final boolean namesAClass = oracle.type == ConfigDef.Type.CLASS && sample instanceof String;
        if (namesAClass) {
            // The names of Kafka's own classes mean others here, and those of absent features are not loaded: ProducerConfigTest.
            return;
        }
        final String what = oracle.name + " = " + (sample instanceof Object[] array ? Arrays.toString(array) : sample)
                + " ("
                + sample.getClass().getSimpleName() + ")";
        Object expected;
        try {
            expected = plain(new ConfigDef().define(oracle).parse(Map.of(oracle.name, sample)).get(oracle.name));
        } catch (final org.apache.kafka.common.config.ConfigException | NullPointerException e) {
            // The latter for null in a list, which Kafka does not expect.
            expected = "refused";
        }
        if (expected instanceof Double number && number.isNaN()
                && ConfigKeys.BY_NAME.get(oracle.name).rule().startsWith("between")) {
            // Kafka lets it pass, although it is between nothing; a difference that is meant.
            expected = "refused";
        }
        Object actual;
        try {
            actual = ConfigKeys.BY_NAME.get(oracle.name).parse(sample);
            if (actual instanceof ConfigKey.Secret secret) {
                actual = secret.value();
            }
        } catch (final ConfigException e) {
            actual = "refused";
            assertEquals(oracle.name, e.key());
        }
        assertEquals(expected, actual, what);
    }

    /** Kafka's value without its wrappers. */
    private static Object plain(Object value) {
        if (value instanceof Password password) {
            return password.value();
        }
        if (value instanceof Class<?> type && type.getName().startsWith("org.apache.kafka.")) {
            return type.getName();
        }
        if (value instanceof List<?> list) {
            return List.copyOf(new LinkedHashSet<>(list));
        }
        return value;
    }
}
