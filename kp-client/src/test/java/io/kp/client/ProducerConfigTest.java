package io.kp.client;

import static io.kp.client.ProducerConfig.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.kp.client.ConfigKey.Support;
import io.kp.metadata.TopicInfo;
import io.kp.partition.Partitioner;
import io.kp.partition.RoundRobinPartitioner;

class ProducerConfigTest {
    private static ProducerConfig config(Object... keysAndValues) {
        final ProducerConfig.Builder builder = ProducerConfig.builder().bootstrapServers("localhost:9092");
        for (int i = 0; i < keysAndValues.length; i += 2) {
            builder.set((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return builder.build();
    }

    private static ConfigException refusal(Object... keysAndValues) {
        return assertThrows(ConfigException.class, () -> config(keysAndValues));
    }

    @Test
    void shouldHaveKafkasDefaults() {
        final ProducerConfig config = config();
        assertEquals(List.of(InetSocketAddress.createUnresolved("localhost", 9092)), config.bootstrapServers());
        assertEquals(-1, config.acks());
        assertEquals(16_384, config.batchSize());
        assertEquals(32L << 20, config.bufferMemory());
        assertEquals(540_000, config.connectionsMaxIdleMs());
        assertEquals(120_000, config.deliveryTimeoutMs());
        assertTrue(config.enableIdempotence());
        assertEquals(5, config.lingerMs());
        assertEquals(60_000, config.maxBlockMs());
        assertEquals(5, config.maxInFlightRequestsPerConnection());
        assertEquals(1 << 20, config.maxRequestSize());
        assertEquals(300_000, config.metadataMaxAgeMs());
        assertEquals(300_000, config.metadataMaxIdleMs());
        assertEquals(300_000, config.metadataRecoveryRebootstrapTriggerMs());
        assertTrue(config.metadataRecoveryRebootstrap());
        assertTrue(config.partitionerAdaptivePartitioningEnable());
        assertEquals(0, config.partitionerAvailabilityTimeoutMs());
        assertNull(config.partitionerClass());
        assertFalse(config.partitionerIgnoreKeys());
        assertEquals(32_768, config.receiveBufferBytes());
        assertEquals(131_072, config.sendBufferBytes());
        assertEquals(50, config.reconnectBackoffMs());
        assertEquals(1000, config.reconnectBackoffMaxMs());
        assertEquals(30_000, config.requestTimeoutMs());
        assertEquals(Integer.MAX_VALUE, config.retries());
        assertEquals(100, config.retryBackoffMs());
        assertEquals(1000, config.retryBackoffMaxMs());
        assertEquals(10_000, config.socketConnectionSetupTimeoutMs());
        assertEquals(30_000, config.socketConnectionSetupTimeoutMaxMs());
        assertEquals(1024, config.segmentBytes());
        assertEquals(List.of(), config.warnings());
    }

    @Test
    void shouldReadTextAsTypedValues() {
        final Properties defaults = new Properties();
        defaults.setProperty("linger.ms", "7");
        final Properties properties = new Properties(defaults);
        properties.setProperty("bootstrap.servers", " a:1 , [::1]:2 ");
        properties.setProperty("acks", "1");
        properties.setProperty("enable.idempotence", "False");
        properties.put("batch.size", 1000);
        final ProducerConfig config = ProducerConfig.of(properties);
        assertEquals(List.of(InetSocketAddress.createUnresolved("a", 1), InetSocketAddress.createUnresolved("::1", 2)),
                config.bootstrapServers());
        assertEquals(7, config.lingerMs());
        assertEquals(1, config.acks());
        assertFalse(config.enableIdempotence());
        assertEquals(1000, config.batchSize());
        final ProducerConfig same = ProducerConfig
                .of(Map.of("bootstrap.servers", List.of("a:1", "[::1]:2"), "acks", "1",
                        "enable.idempotence", false, "batch.size", "1000", "linger.ms", 7));
        assertEquals(config.bootstrapServers(), same.bootstrapServers());
        assertEquals(config.value(LINGER_MS), same.value(LINGER_MS));
    }

    @Test
    void shouldRefuseAKeyThatIsNoText() {
        final Properties properties = new Properties();
        properties.put(5, "secret");
        final ConfigException refusal = assertThrows(ConfigException.class, () -> ProducerConfig.of(properties));
        assertFalse(refusal.getMessage().contains("secret"));
        assertThrows(NullPointerException.class, () -> ProducerConfig.builder().set(null, 1));
    }

    @Test
    void shouldRequireBootstrapServers() {
        final ConfigException refusal = assertThrows(ConfigException.class, () -> ProducerConfig.builder().build());
        assertEquals(
                "invalid configuration: bootstrap.servers=null: is required: host:port of some brokers, with commas between them",
                refusal.getMessage());
        assertThrows(ConfigException.class, () -> ProducerConfig.builder().bootstrapServers());
    }

    @Test
    void shouldTakeBootstrapServersOneByOneOrWithCommas() {
        final List<InetSocketAddress> three = List.of(InetSocketAddress.createUnresolved("a", 1),
                InetSocketAddress.createUnresolved("b", 2), InetSocketAddress.createUnresolved("c", 3));
        assertEquals(three, ProducerConfig.builder().bootstrapServers("a:1", "b:2", "c:3").build().bootstrapServers());
        assertEquals(three, ProducerConfig.builder().bootstrapServers("a:1, b:2,c:3").build().bootstrapServers());
        assertEquals(three, ProducerConfig.builder().bootstrapServers("a:1", "b:2,c:3").build().bootstrapServers());
    }

    @Test
    void shouldRefuseAValueWhereItIsSet() {
        final ProducerConfig.Builder builder = ProducerConfig.builder();
        assertEquals("invalid configuration: linger.ms=-1: must be at least 0",
                assertThrows(ConfigException.class, () -> builder.lingerMs(-1)).getMessage());
        assertEquals("invalid configuration: acks=ALL: must be one of all, -1, 0, 1",
                assertThrows(ConfigException.class, () -> builder.acks("ALL")).getMessage());
        assertEquals("invalid configuration: batch.size=16k: must be a number of type INT, not a java.lang.String",
                assertThrows(ConfigException.class, () -> builder.set(BATCH_SIZE, "16k")).getMessage());
        assertEquals("invalid configuration: enable.idempotence=yes: must be true or false, not a java.lang.String",
                assertThrows(ConfigException.class, () -> builder.set(ENABLE_IDEMPOTENCE, "yes")).getMessage());
        assertEquals("invalid configuration: kp.segment.bytes=3000: must be a power of two between 256 and 16777216",
                assertThrows(ConfigException.class, () -> builder.segmentBytes(3000)).getMessage());
        assertEquals("invalid configuration: linger.ms=null: must not be null",
                assertThrows(ConfigException.class, () -> builder.set(LINGER_MS, null)).getMessage());
    }

    @Test
    void shouldHaveATypedMethodForEverySupportedKey() throws Exception {
        final Map<String, String> expected = new HashMap<>();
        for (final ConfigKey key : ProducerConfig.keys()) {
            if (key.support() == Support.FULL) {
                final StringBuilder method = new StringBuilder();
                for (final String word : key.name().replaceFirst("^kp\\.", "").split("\\.")) {
                    method.append(method.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
                }
                expected.put(method.toString(), key.name());
            }
        }
        for (final var method : ProducerConfig.Builder.class.getMethods()) {
            expected.remove(method.getName());
        }
        assertEquals(Map.of(), expected);
    }

    @Test
    void shouldHaveCallersCompressWhereThereIsMemoryForIt() {
        assertEquals(2, CompressionSettings.callers(ProducerConfig.builder().bootstrapServers("a:1")
                .compressionThreads(3).bufferMemory(16 << 20).build()));
        assertEquals(1, CompressionSettings.callers(ProducerConfig.builder().bootstrapServers("a:1")
                .compressionThreads(1).bufferMemory(32 << 20).build()));
        assertEquals(0, CompressionSettings.callers(ProducerConfig.builder().bootstrapServers("a:1")
                .compressionThreads(3).bufferMemory((16 << 20) - 1).build()));
        assertEquals(0, CompressionSettings.callers(ProducerConfig.builder().bootstrapServers("a:1")
                .compressionThreads(3).compressionCallers(0).build()));
    }

    @Test
    void shouldSetWhatTheTypedMethodNames() {
        final ProducerConfig config = ProducerConfig.builder().bootstrapServers("a:1", "b:2").acks("all").batchSize(1)
                .bufferMemory(1 << 20)
                .clientId("id").compressionCallers(6).compressionGzipLevel(1).compressionLz4Level(2)
                .compressionThreads(3)
                .compressionTopics(List.of("t=none", "u=zstd:7")).compressionType("snappy").compressionZstdLevel(4)
                .connectionsMaxIdleMs(2).deliveryTimeoutMs(50).enableIdempotence(false)
                .interceptorClasses(List.of(Recording.class)).keySerializer(LongSerializer.class).lingerMs(4)
                .maxBlockMs(5)
                .maxInFlightRequestsPerConnection(6).maxRequestSize(7).metadataMaxAgeMs(8).metadataMaxIdleMs(5009)
                .metadataRecoveryRebootstrapTriggerMs(10).metadataRecoveryStrategy("None")
                .partitionerAdaptivePartitioningEnable(false)
                .partitionerAvailabilityTimeoutMs(11).partitionerClass(RoundRobinPartitioner.class)
                .partitionerIgnoreKeys(true)
                .receiveBufferBytes(12)
                .reconnectBackoffMaxMs(14).reconnectBackoffMs(13).requestTimeoutMs(15).retries(16).retryBackoffMaxMs(18)
                .retryBackoffMs(17)
                .segmentBytes(512).sendBufferBytes(19).socketConnectionSetupTimeoutMaxMs(21)
                .socketConnectionSetupTimeoutMs(20)
                .valueSerializer(StringSerializer.class).build();
        assertEquals(2, config.bootstrapServers().size());
        assertEquals(-1, config.acks());
        assertEquals(1, config.batchSize());
        assertEquals(1 << 20, config.bufferMemory());
        assertEquals("id", config.clientId());
        assertEquals(1, config.compressionGzipLevel());
        assertEquals(2, config.compressionLz4Level());
        assertEquals(3, config.compressionThreads());
        assertEquals(6, config.compressionCallers());
        assertEquals(6, CompressionSettings.callers(config));
        assertEquals(List.of("t=none", "u=zstd:7"), config.compressionTopics());
        assertEquals("snappy", config.compressionType());
        assertEquals(4, config.compressionZstdLevel());
        assertEquals(2, config.connectionsMaxIdleMs());
        assertEquals(50, config.deliveryTimeoutMs());
        assertFalse(config.enableIdempotence());
        assertEquals(4, config.lingerMs());
        assertEquals(5, config.maxBlockMs());
        assertEquals(6, config.maxInFlightRequestsPerConnection());
        assertEquals(7, config.maxRequestSize());
        assertEquals(8, config.metadataMaxAgeMs());
        assertEquals(5009, config.metadataMaxIdleMs());
        assertEquals(10, config.metadataRecoveryRebootstrapTriggerMs());
        assertFalse(config.metadataRecoveryRebootstrap());
        assertFalse(config.partitionerAdaptivePartitioningEnable());
        assertEquals(11, config.partitionerAvailabilityTimeoutMs());
        assertTrue(config.partitionerIgnoreKeys());
        assertEquals(12, config.receiveBufferBytes());
        assertEquals(14, config.reconnectBackoffMaxMs());
        assertEquals(13, config.reconnectBackoffMs());
        assertEquals(15, config.requestTimeoutMs());
        assertEquals(16, config.retries());
        assertEquals(18, config.retryBackoffMaxMs());
        assertEquals(17, config.retryBackoffMs());
        assertEquals(512, config.segmentBytes());
        assertEquals(19, config.sendBufferBytes());
        assertEquals(21, config.socketConnectionSetupTimeoutMaxMs());
        assertEquals(20, config.socketConnectionSetupTimeoutMs());
        assertInstanceOf(LongSerializer.class, config.newKeySerializer());
        assertInstanceOf(StringSerializer.class, config.newValueSerializer());
        assertEquals(1, config.newInterceptors().size());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "a|kp.compression.topics=a: must be topic=codec or topic=codec:level, with one of none, gzip, snappy, lz4, zstd",
            "=lz4|kp.compression.topics==lz4: must be topic=codec or topic=codec:level, with one of none, gzip, snappy, lz4, zstd",
            "a=brotli|kp.compression.topics=a=brotli: must be topic=codec or topic=codec:level, with one of none, gzip, snappy, lz4, zstd",
            "a=none:1|kp.compression.topics=a=none:1: must be topic=codec or topic=codec:level, with one of none, gzip, snappy, lz4, zstd",
            "a=lz4:x|kp.compression.topics=a=lz4:x: must have a number behind the colon",
            "a=lz4, a=gzip|kp.compression.topics=a=gzip: must not name a topic twice"})
    void shouldRefuseWrongCodecsOfTopics(String value, String message) {
        assertEquals("invalid configuration: " + message, refusal(KP_COMPRESSION_TOPICS, value).getMessage());
    }

    @Test
    void shouldGiveTopicsTheirCodecs() {
        final ProducerConfig config = config(KP_COMPRESSION_TOPICS, "a=lz4, b = zstd : 19 ,c=none,d=snappy,e=gzip:9",
                COMPRESSION_LZ4_LEVEL, 3);
        assertEquals(Map.of("a", new CompressionSettings.Choice("lz4", 3), "b",
                new CompressionSettings.Choice("zstd", 19), "c",
                new CompressionSettings.Choice("none", Integer.MIN_VALUE), "d",
                new CompressionSettings.Choice("snappy", Integer.MIN_VALUE), "e",
                new CompressionSettings.Choice("gzip", 9)), config.topicCompression());
        assertEquals("none", config.compressionType());
        assertTrue(CompressionSettings.isWanted(config));
        assertFalse(CompressionSettings.isWanted(config(KP_COMPRESSION_TOPICS, "c=none")));
        assertTrue(CompressionSettings.isWanted(config(COMPRESSION_TYPE, "gzip")));
        assertEquals(
                "invalid configuration: kp.compression.topics=t=lz4: level of lz4 must be from 1 to 17: level=18",
                assertThrows(ConfigException.class, () -> CompressionSettings.compression(
                        config(KP_COMPRESSION_TOPICS, "t=lz4:18"), Runnable::run, e -> {
                        })).getMessage());
        assertEquals("invalid configuration: compression.gzip.level=0: must be -1, or between 1 and 9",
                refusal(COMPRESSION_GZIP_LEVEL, 0).getMessage());
    }

    // Idempotence and what it needs (configs.md, rules 2 to 4).

    @ParameterizedTest
    @CsvSource({"acks, 1, acks=1: must be all with enable.idempotence=true; leave one of them out",
            "acks, 0, acks=0: must be all with enable.idempotence=true; leave one of them out",
            "retries, 0, retries=0: must not be 0 with enable.idempotence=true; leave one of them out"})
    void shouldRefuseWhatContradictsExplicitIdempotence(String key, String value, String message) {
        assertEquals("invalid configuration: " + message, refusal(key, value, ENABLE_IDEMPOTENCE, true).getMessage());
        assertFalse(config(key, value).enableIdempotence());
        assertFalse(config(key, value, ENABLE_IDEMPOTENCE, false).enableIdempotence());
    }

    @Test
    void shouldRefuseMoreThanFiveInFlightWithIdempotence() {
        assertEquals(
                "invalid configuration: max.in.flight.requests.per.connection=6: must be at most 5 with enable.idempotence=true (the "
                        + "default); lower it or set enable.idempotence=false",
                refusal(MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 6).getMessage());
        assertEquals(
                "invalid configuration: max.in.flight.requests.per.connection=6: must be at most 5 with enable.idempotence=true; "
                        + "lower it or set enable.idempotence=false",
                refusal(MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 6, ENABLE_IDEMPOTENCE, true).getMessage());
        refusal(MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 6, ACKS, "1");
        assertEquals(6, config(MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 6, ENABLE_IDEMPOTENCE, "false")
                .maxInFlightRequestsPerConnection());
        assertTrue(config(MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 5).enableIdempotence());
    }

    /** Every combination, against the constructor of Kafka's configuration. */
    @Test
    void shouldAcceptTheCombinationsThatKafkaDoes() {
        for (final String acks : new String[]{null, "all", "-1", "1", "0"}) {
            for (final String retries : new String[]{null, "0", "1"}) {
                for (final String inFlight : new String[]{null, "1", "5", "6"}) {
                    for (final String idempotence : new String[]{null, "true", "false"}) {
                        final Map<String, Object> configs = new HashMap<>();
                        put(configs, ACKS, acks);
                        put(configs, RETRIES, retries);
                        put(configs, MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, inFlight);
                        put(configs, ENABLE_IDEMPOTENCE, idempotence);
                        configs.put(BOOTSTRAP_SERVERS, "localhost:9092");
                        String expected;
                        try {
                            final Map<String, Object> withSerializers = new HashMap<>(configs);
                            final Object serializer = org.apache.kafka.common.serialization.StringSerializer.class;
                            withSerializers.put(KEY_SERIALIZER, serializer);
                            withSerializers.put(VALUE_SERIALIZER, serializer);
                            final var oracle = new org.apache.kafka.clients.producer.ProducerConfig(withSerializers);
                            expected = oracle.getBoolean(ENABLE_IDEMPOTENCE) + " " + oracle.getString(ACKS);
                        } catch (final org.apache.kafka.common.config.ConfigException e) {
                            expected = "refused";
                        }
                        String actual;
                        try {
                            final ProducerConfig ours = ProducerConfig.of(configs);
                            actual = ours.enableIdempotence() + " " + ours.acks();
                        } catch (final ConfigException e) {
                            actual = "refused";
                        }
                        assertEquals(expected, actual, configs.toString());
                    }
                }
            }
        }
    }

    private static void put(Map<String, Object> configs, String key, String value) {
        if (value != null) {
            configs.put(key, value);
        }
    }

    // Times.

    @Test
    void shouldRefuseADeliveryTimeoutThatLeavesNoTimeForARequest() {
        assertEquals(
                "invalid configuration: delivery.timeout.ms=30004: must be at least linger.ms + request.timeout.ms: linger.ms=5, "
                        + "request.timeout.ms=30000",
                refusal(DELIVERY_TIMEOUT_MS, 30_004).getMessage());
        assertEquals(30_005, config(DELIVERY_TIMEOUT_MS, 30_005).deliveryTimeoutMs());
    }

    @Test
    void shouldRaiseTheDefaultDeliveryTimeout() {
        final ProducerConfig config = config(REQUEST_TIMEOUT_MS, 120_000);
        assertEquals(120_005, config.deliveryTimeoutMs());
        assertEquals(List.of(
                "delivery.timeout.ms=120000 (the default) is raised to 120005, since it must be at least linger.ms=5 + "
                        + "request.timeout.ms=120000"),
                config.warnings());
        assertEquals(Integer.MAX_VALUE, config(LINGER_MS, Long.MAX_VALUE).deliveryTimeoutMs());
        assertEquals(Integer.MAX_VALUE, config(LINGER_MS, Long.MAX_VALUE).lingerMs());
    }

    @Test
    void shouldKeepTheBackoffConstantWhereKafkaDoes() {
        final ProducerConfig reconnect = config(RECONNECT_BACKOFF_MS, 20);
        assertEquals(20, reconnect.reconnectBackoffMs());
        assertEquals(20, reconnect.reconnectBackoffMaxMs());
        assertEquals(1, reconnect.warnings().size());
        final ProducerConfig reconnectBoth = config(RECONNECT_BACKOFF_MS, 20, RECONNECT_BACKOFF_MAX_MS, 10);
        assertEquals(10, reconnectBoth.reconnectBackoffMs());
        assertEquals(10, reconnectBoth.reconnectBackoffMaxMs());
        final ProducerConfig retry = config(RETRY_BACKOFF_MS, 5000);
        assertEquals(1000, retry.retryBackoffMs());
        assertEquals(1000, retry.retryBackoffMaxMs());
        assertEquals(List.of("retry.backoff.ms=5000 is above retry.backoff.max.ms=1000: always 1000 is used"),
                retry.warnings());
        final ProducerConfig setup = config(SOCKET_CONNECTION_SETUP_TIMEOUT_MS, 40_000);
        assertEquals(30_000, setup.socketConnectionSetupTimeoutMs());
        assertEquals(1, setup.warnings().size());
    }

    @ParameterizedTest
    @ValueSource(strings = {SOCKET_CONNECTION_SETUP_TIMEOUT_MS, SOCKET_CONNECTION_SETUP_TIMEOUT_MAX_MS})
    void shouldRefuseASetupTimeoutOfNothing(String key) {
        assertEquals("invalid configuration: " + key + "=0: must be at least 1", refusal(key, 0).getMessage());
        refusal(key, -1);
    }

    // Memory.

    @Test
    void shouldRefuseWhatDoesNotFitTheBufferMemory() {
        assertEquals("invalid configuration: batch.size=40000: must be at most buffer.memory=30000",
                refusal(BATCH_SIZE, 40_000, BUFFER_MEMORY, 30_000).getMessage());
        assertEquals("invalid configuration: buffer.memory=10000: must be at least batch.size=16384",
                refusal(BUFFER_MEMORY, 10_000).getMessage());
        assertEquals("invalid configuration: buffer.memory=1023: must be at least kp.segment.bytes=1024",
                refusal(BUFFER_MEMORY, 1023, BATCH_SIZE, 1).getMessage());
        assertEquals(
                "invalid configuration: buffer.memory=9223372036854775807: must be at most 1073741824 times kp.segment.bytes=1024",
                refusal(BUFFER_MEMORY, Long.MAX_VALUE).getMessage());
        assertEquals(16_384, config(BUFFER_MEMORY, 16_384).bufferMemory());
    }

    @Test
    void shouldTakeABatchSizeOfZeroAsOne() {
        assertEquals(1, config(BATCH_SIZE, 0).batchSize());
    }

    @ParameterizedTest
    @ValueSource(strings = {SEND_BUFFER_BYTES, RECEIVE_BUFFER_BYTES})
    void shouldRefuseASocketBufferOfNothing(String key) {
        assertEquals("invalid configuration: " + key + "=0: must be at least 1, or -1 for the system's default",
                refusal(key, 0).getMessage());
        config(key, -1);
    }

    // Features that are not there.

    @ParameterizedTest
    @CsvSource({"transactional.id, tx, transactional.id=tx: is not supported by this version of kp; leave it out",
            "ssl.engine.factory.class, com.example.Absent, ssl.engine.factory.class=com.example.Absent: is not supported by this version of kp; leave it out",
            "sasl.login.class, com.example.Absent, sasl.login.class=com.example.Absent: is not supported by this version of kp; leave it out",
            "client.dns.lookup, resolve_canonical_bootstrap_servers_only, 'client.dns.lookup=resolve_canonical_bootstrap_servers_only: is not "
                    + "supported by this version of kp, which has only client.dns.lookup=use_all_dns_ips'"})
    void shouldRefuseAnAbsentFeatureByNameAndValue(String key, String value, String message) {
        assertEquals("invalid configuration: " + message, refusal(key, value).getMessage());
    }

    /** So that a feature cannot be half there: a key is refused, warned about, or has a typed method. */
    @Test
    void shouldRefuseOrWarnAboutEveryValueOfKeysWithoutSupport() {
        final Map<ConfigKey.Type, Object> others = Map.of(ConfigKey.Type.BOOLEAN, "true", ConfigKey.Type.SHORT, "10",
                ConfigKey.Type.INT, "8",
                ConfigKey.Type.LONG, "8", ConfigKey.Type.DOUBLE, "0.6", ConfigKey.Type.STRING, "other",
                ConfigKey.Type.LIST, "other",
                ConfigKey.Type.CLASS, "com.example.Other", ConfigKey.Type.PASSWORD, "hunter2");
        final Map<String, Object> special = Map.of(CLIENT_DNS_LOOKUP, "resolve_canonical_bootstrap_servers_only",
                METRICS_RECORDING_LEVEL, "DEBUG", SECURITY_PROTOCOL, "SASL_SSL", SASL_OAUTHBEARER_ASSERTION_ALGORITHM,
                "es256",
                SASL_LOGIN_REFRESH_WINDOW_JITTER, "0.2");
        int refused = 0;
        int warned = 0;
        for (final ConfigKey key : ProducerConfig.keys()) {
            final Object value = special.getOrDefault(key.name(), others.get(key.type()));
            if (key.support() == Support.DEFAULT_ONLY) {
                refused++;
                if (key.type() == ConfigKey.Type.BOOLEAN && Boolean.TRUE.equals(key.defaultValue())) {
                    continue;
                }
                final ConfigException refusal = refusal(key.name(), value);
                assertTrue(refusal.getMessage().contains("not supported by this version of kp"), refusal.getMessage());
                assertFalse(refusal.getMessage().contains("hunter2"), refusal.getMessage());
                if (key.defaultValue() != null) {
                    assertEquals(List.of(), config(key.name(), key.defaultValue()).warnings(), key.name());
                }
            } else if (key.support() == Support.NO_EFFECT) {
                warned++;
                final List<String> warnings = config(key.name(), value).warnings();
                assertEquals(1, warnings.size(), key.name());
                assertTrue(warnings.get(0).startsWith(key.name() + "="), warnings.get(0));
            }
        }
        assertTrue(refused > 20, "refused=" + refused);
        assertTrue(warned > 1, "warned=" + warned);
    }

    @Test
    void shouldTakeTheDefaultOfAnAbsentFeatureInAnyCase() {
        config(SECURITY_PROTOCOL, "plaintext", TRANSACTIONAL_ID, null);
        assertEquals(List.of(), config(ENABLE_METRICS_PUSH, false).warnings());
    }

    @Test
    void shouldTakeKafkasMetricReporterOrNone() {
        final String kafkas = "org.apache.kafka.common.metrics.JmxReporter";
        assertFalse(config().jmx());
        assertTrue(config(METRIC_REPORTERS, kafkas).jmx());
        assertTrue(config(METRIC_REPORTERS, List.of(kafkas)).jmx());
        // How users of Kafka's client turn JMX off.
        for (final Object none : List.of("", List.of())) {
            assertFalse(config(METRIC_REPORTERS, none).jmx());
            assertEquals(List.of(), config(METRIC_REPORTERS, none).warnings());
            assertTrue(config(METRIC_REPORTERS, none, KP_JMX, true).jmx());
        }
        assertThrows(ConfigException.class, () -> config(METRIC_REPORTERS, kafkas + ",com.example.Other"));
        assertThrows(ConfigException.class, () -> config(METRIC_REPORTERS, kafkas + ","));
    }

    // TLS.

    @Test
    void shouldRefuseContradictionsOfTls() {
        assertEquals(
                "invalid configuration: ssl.keystore.location=/f: must come with ssl.keystore.password for ssl.keystore.type=JKS",
                refusal(SECURITY_PROTOCOL, "ssl", SSL_KEYSTORE_LOCATION, "/f").getMessage());
        final ConfigException inline = refusal(SECURITY_PROTOCOL, "SSL", SSL_KEYSTORE_TYPE, "PEM", SSL_KEYSTORE_KEY,
                "hunter2");
        assertEquals("invalid configuration: ssl.keystore.key=[hidden]: must come with ssl.keystore.certificate.chain",
                inline.getMessage());
    }

    @Test
    void shouldSayAtConstructionWhatIsWrongWithAStore() {
        final ProducerConfig config = config(SECURITY_PROTOCOL, "SSL", SSL_TRUSTSTORE_LOCATION, "/nowhere.jks");
        assertEquals("SSL", config.securityProtocol());
        assertEquals("invalid configuration: ssl.truststore.location=/nowhere.jks: no such file: /nowhere.jks",
                assertThrows(ConfigException.class,
                        () -> Producer.open(config, Serializers.string(), Serializers.string())).getMessage());
    }

    @Test
    void shouldWarnThatTlsIsConfiguredAndNotUsed() {
        assertEquals(List.of("ssl.keystore.type, ssl.truststore.location: no effect with security.protocol=PLAINTEXT: "
                + "connections are not encrypted"),
                config(SSL_TRUSTSTORE_LOCATION, "/f", SSL_KEYSTORE_TYPE, "PEM").warnings());
    }

    // SASL.

    @Test
    void shouldRefuseContradictionsOfSasl() {
        assertEquals(
                "invalid configuration: sasl.mechanism=CRAM-MD5: must be one of GSSAPI, OAUTHBEARER, PLAIN, SCRAM-SHA-256, SCRAM-SHA-512",
                refusal(SECURITY_PROTOCOL, "SASL_PLAINTEXT", SASL_MECHANISM, "CRAM-MD5").getMessage());
        assertEquals(
                "invalid configuration: sasl.jaas.config=[hidden]: must name a ScramLoginModule for sasl.mechanism=SCRAM-SHA-256, "
                        + "not org.apache.kafka.common.security.plain.PlainLoginModule",
                refusal(SECURITY_PROTOCOL, "SASL_PLAINTEXT", SASL_MECHANISM, "SCRAM-SHA-256", SASL_JAAS_CONFIG,
                        "org.apache.kafka.common.security.plain.PlainLoginModule required username=a password=hunter2;")
                        .getMessage());
        assertOpenRefused(
                "sasl.jaas.config=null: is required for sasl.mechanism=PLAIN, unless ProducerContext.saslCredentials is set",
                SASL_MECHANISM, "PLAIN");
        assertOpenRefused(
                "sasl.jaas.config=[hidden]: must give PlainLoginModule the option username; it has [password]",
                SASL_MECHANISM, "PLAIN", SASL_JAAS_CONFIG, "PlainLoginModule required password=hunter2;");
        assertOpenRefused(
                "sasl.oauthbearer.token.endpoint.url=null: is required for sasl.mechanism=OAUTHBEARER, unless "
                        + "ProducerContext.saslTokens is set",
                SASL_MECHANISM, "OAUTHBEARER");
        assertOpenRefused(
                "sasl.oauthbearer.client.credentials.client.secret=null: is required with sasl.oauthbearer.token.endpoint.url",
                SASL_MECHANISM, "OAUTHBEARER", SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL, "https://idp/token",
                SASL_OAUTHBEARER_CLIENT_CREDENTIALS_CLIENT_ID, "me", SASL_LOGIN_CALLBACK_HANDLER_CLASS,
                "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler");
    }

    @Test
    void shouldWarnOfSecretsThatTravelAsTheyAre() {
        assertEquals(List.of(
                "security.protocol=SASL_PLAINTEXT sends the password of sasl.mechanism=PLAIN unencrypted; SASL_SSL does not"),
                config(SECURITY_PROTOCOL, "SASL_PLAINTEXT", SASL_MECHANISM, "PLAIN").warnings());
        assertEquals(List.of(
                "security.protocol=SASL_PLAINTEXT sends the token of sasl.mechanism=OAUTHBEARER unencrypted; SASL_SSL does not",
                "sasl.oauthbearer.token.endpoint.url=http://idp/token sends the client's secret unencrypted; https: does not"),
                config(SECURITY_PROTOCOL, "SASL_PLAINTEXT", SASL_MECHANISM, "OAUTHBEARER",
                        SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL, "http://idp/token").warnings());
        assertEquals(List.of(), config(SECURITY_PROTOCOL, "SASL_SSL", SASL_MECHANISM, "OAUTHBEARER",
                SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL, "http://localhost:8080/token").warnings());
        assertEquals(List.of(),
                config(SECURITY_PROTOCOL, "SASL_PLAINTEXT", SASL_MECHANISM, "SCRAM-SHA-256").warnings());
    }

    @Test
    void shouldNotShowASecretInTheTokenEndpoint() {
        assertFalse(refusal(SECURITY_PROTOCOL, "SASL_SSL", SASL_MECHANISM, "OAUTHBEARER",
                SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL, "http://me:hunter2@idp/token").getMessage().contains("hunter2"));
    }

    /** As they stand in the vendors' documentation. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
            // Confluent Cloud
            "PLAIN | org.apache.kafka.common.security.plain.PlainLoginModule required username='{{ CLUSTER_API_KEY }}' password='{{ hunter2 }}'; | -",
            // Azure Event Hubs: the password is a connection string
            "PLAIN | org.apache.kafka.common.security.plain.PlainLoginModule required username=\"$ConnectionString\" password=\"Endpoint=sb://my.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=hunter2+/=\"; | -",
            // Databricks: classes in a package of their own
            "PLAIN | kafkashaded.org.apache.kafka.common.security.plain.PlainLoginModule required username=\"u\" password=\"hunter2\"; | -",
            // Aiven, Amazon MSK, Redpanda
            "SCRAM-SHA-256 | org.apache.kafka.common.security.scram.ScramLoginModule required username=\"avnadmin\" password=\"hunter2\"; | -",
            "SCRAM-SHA-512 | org.apache.kafka.common.security.scram.ScramLoginModule required username=alice password=hunter2; | -",
            // Delegation tokens
            "SCRAM-SHA-256 | org.apache.kafka.common.security.scram.ScramLoginModule required username=\"tokenID123\" password=\"hunter2==\" tokenauth=\"true\"; | -",
            // Confluent Cloud and Platform: OAuth with extensions
            "OAUTHBEARER | org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId='me' scope='kafka' clientSecret='hunter2' extension_logicalCluster='lkc-1' extension_identityPoolId='pool-2'; | -",
            // Kafka's development tokens, Strimzi's own options, options of brokers, options for another library
            "OAUTHBEARER | org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub=\"hunter2\"; | unsecuredLoginStringClaim_sub",
            "OAUTHBEARER | org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required oauth.client.id=\"me\" oauth.client.secret=\"hunter2\" oauth.token.endpoint.uri=\"https://k/\"; | oauth.client.id, oauth.client.secret, oauth.token.endpoint.uri",
            "PLAIN | org.apache.kafka.common.security.plain.PlainLoginModule required username=\"u\" password=\"hunter2\" user_u=\"hunter2\" serviceName=\"kafka\"; | serviceName, user_u"})
    void shouldTakeJaasEntriesAsPeopleHaveThem(final String mechanism, final String entry, final String unknown) {
        final ProducerConfig config = config(SECURITY_PROTOCOL, "SASL_SSL", SASL_MECHANISM, mechanism, SASL_JAAS_CONFIG,
                entry, SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL, "https://idp/token");
        assertEquals(unknown.equals("-")
                ? List.of()
                : List.of("sasl.jaas.config: options without effect with sasl.mechanism=" + mechanism + ": " + unknown),
                config.warnings());
        assertFalse(config.toString().contains("hunter2"), config.toString());
        if (!mechanism.equals("OAUTHBEARER") || unknown.equals("-")) {
            assertNotNull(SaslMechanisms.of(config, new ProducerContext()));
        }
    }

    private static void assertOpenRefused(final String message, final Object... keysAndValues) {
        final Object[] all = Arrays.copyOf(keysAndValues, keysAndValues.length + 2);
        all[keysAndValues.length] = SECURITY_PROTOCOL;
        all[keysAndValues.length + 1] = "sasl_plaintext";
        final ProducerConfig config = config(all);
        assertEquals("invalid configuration: " + message, assertThrows(ConfigException.class,
                () -> Producer.open(config, Serializers.string(), Serializers.string())).getMessage());
    }

    // Unknown keys.

    @Test
    void shouldWarnAboutUnknownKeysWithTheNearestKnownOne() {
        final ProducerConfig config = config("linger.msec", "secret-1", "completely.different.thing", "secret-2",
                "value.serializer.encoding", "UTF-16");
        assertEquals(List.of("unknown configuration key: linger.msec; did you mean linger.ms?",
                "unknown configuration key: completely.different.thing; no known key is like it"), config.warnings());
        assertFalse(config.toString().contains("secret"), config.toString());
        assertEquals("secret-1", config.originals().get("linger.msec"));
    }

    @Test
    void shouldWarnAboutABrokerNamedTwice() {
        final ProducerConfig config = ProducerConfig.of(Map.of(BOOTSTRAP_SERVERS, "a:1,b:1,a:1"));
        assertEquals(2, config.bootstrapServers().size());
        assertEquals(List.of("bootstrap.servers=a:1,b:1,a:1 names a broker twice: only the first counts"),
                config.warnings());
    }

    // Names.

    @Test
    void shouldMakeUpAClientIdOnlyIfNoneIsSet() {
        final String first = config().clientId();
        final String second = config().clientId();
        assertTrue(first.matches("producer-\\d+"), first);
        assertNotEquals(first, second);
        assertEquals("", config(CLIENT_ID, "").clientId());
        assertEquals("mine", config(CLIENT_ID, " mine ").clientId());
    }

    @Test
    void shouldShowNoPassword() {
        final ConfigException refusal = refusal(SECURITY_PROTOCOL, "SASL_SSL", SASL_MECHANISM, "PLAIN",
                SASL_JAAS_CONFIG,
                "PlainLoginModule required password=\"hunter2\"");
        assertEquals("invalid configuration: sasl.jaas.config=[hidden]: must end with a semicolon",
                refusal.getMessage());
        assertEquals("[hidden]", refusal.value());
        final ConfigException wrongType = refusal(SSL_KEY_PASSWORD, List.of("hunter2"));
        assertFalse(wrongType.getMessage().contains("hunter2"), wrongType.getMessage());
        for (final ConfigKey key : ProducerConfig.keys()) {
            if (key.type() == ConfigKey.Type.PASSWORD) {
                assertEquals("[hidden]", key.parse("hunter2").toString());
                assertEquals(key.parse("hunter2"), key.parse(" hunter2 "));
            }
        }
    }

    @Test
    void shouldPrintWhatWasSet() {
        assertEquals(
                "ProducerConfig(bootstrap.servers=[localhost:9092], client.id=c, key.serializer=io.kp.client.StringSerializer, "
                        + "linger.ms=7, kp.segment.bytes=4096)",
                config(LINGER_MS, "7", CLIENT_ID, "c", KEY_SERIALIZER, StringSerializer.class, KP_SEGMENT_BYTES, 4096)
                        .toString());
    }

    @Test
    void shouldKnowWhatWasSet() {
        final ProducerConfig config = config(LINGER_MS, 5);
        assertTrue(config.isSet(LINGER_MS));
        assertFalse(config.isSet(BATCH_SIZE));
        assertEquals(16_384, config.value(BATCH_SIZE));
        assertNull(config.value(KEY_SERIALIZER));
        assertEquals("unknown configuration key: key=batch.sise",
                assertThrows(IllegalArgumentException.class, () -> config.value("batch.sise")).getMessage());
        assertThrows(UnsupportedOperationException.class, () -> config.originals().put("a", "b"));
        assertThrows(UnsupportedOperationException.class, () -> ProducerConfig.keys().clear());
        assertThrows(UnsupportedOperationException.class, () -> ((List<?>) config.value(BOOTSTRAP_SERVERS)).clear());
    }

    @Test
    void shouldNotChangeWithItsBuilder() {
        final ProducerConfig.Builder builder = ProducerConfig.builder().bootstrapServers("a:1").lingerMs(1);
        final ProducerConfig first = builder.build();
        final ProducerConfig second = builder.lingerMs(2).set("x.y", 1).build();
        assertEquals(1L, first.value(LINGER_MS));
        assertEquals(1, first.lingerMs());
        assertEquals(2, second.lingerMs());
        assertFalse(first.originals().containsKey("x.y"));
    }

    // Plug-ins.

    @Test
    void shouldTakeKafkasSerializersByName() throws Exception {
        for (final String type : new String[]{"String", "ByteArray", "ByteBuffer", "Short", "Integer", "Long", "Float",
                "Double", "Boolean",
                "UUID", "Void"}) {
            final String name = "org.apache.kafka.common.serialization." + type + "Serializer";
            assertEquals(name, Class.forName(name).getName(), "Kafka has it");
            final ProducerConfig config = config(KEY_SERIALIZER, name, VALUE_SERIALIZER,
                    "io.kp.client." + type + "Serializer");
            assertEquals("io.kp.client." + type + "Serializer", config.newKeySerializer().getClass().getName());
            assertSame(config.newKeySerializer().getClass(), config.newValueSerializer().getClass());
        }
    }

    @Test
    void shouldConfigureTheSerializersThatItMakes() {
        final ProducerConfig config = config(KEY_SERIALIZER, "org.apache.kafka.common.serialization.StringSerializer",
                VALUE_SERIALIZER,
                StringSerializer.class, "key.serializer.encoding", "UTF-16BE", "serializer.encoding", "UTF-32BE");
        assertEquals(2, config.<String>newKeySerializer().serialize("t", new Headers(), "a").length);
        assertEquals(4, config.<String>newValueSerializer().serialize("t", new Headers(), "a").length);
    }

    @Test
    void shouldNameTheClassThatCannotBeUsed() {
        assertTrue(refusal(KEY_SERIALIZER, "com.example.Absent").getMessage().startsWith(
                "invalid configuration: key.serializer=com.example.Absent: must be a class that can be loaded: java.lang.ClassNotFoundException"));
        assertEquals(
                "invalid configuration: value.serializer=java.lang.String: must be a class that implements io.kp.client.Serializer",
                refusal(VALUE_SERIALIZER, String.class).getMessage());
        refusal(KEY_SERIALIZER, org.apache.kafka.common.serialization.StringSerializer.class);
        final ConfigException hidden = assertThrows(ConfigException.class,
                () -> config(KEY_SERIALIZER, NotPublic.class).newKeySerializer());
        assertTrue(hidden.getMessage().contains("public constructor"), hidden.getMessage());
        final ConfigException failing = assertThrows(ConfigException.class,
                () -> config(KEY_SERIALIZER, Failing.class).newKeySerializer());
        assertTrue(failing.getMessage().endsWith("its constructor threw java.lang.IllegalStateException: no"),
                failing.getMessage());
        final ConfigException none = assertThrows(ConfigException.class, () -> config().newValueSerializer());
        assertEquals("value.serializer", none.key());
    }

    @Test
    void shouldMakeAndConfigureThePartitioner() {
        assertNull(config().newPartitioner());
        final ProducerConfig config = config(PARTITIONER_CLASS, First.class.getName(), "my.key", 5);
        assertFalse(config.partitionerAdaptivePartitioningEnable());
        assertEquals(5, ((First) config.newPartitioner()).configs.get("my.key"));
        assertInstanceOf(RoundRobinPartitioner.class,
                config(PARTITIONER_CLASS, "org.apache.kafka.clients.producer.RoundRobinPartitioner").newPartitioner());
        assertEquals(
                "invalid configuration: partitioner.class=java.lang.String: must be a class that implements io.kp.partition.Partitioner",
                refusal(PARTITIONER_CLASS, String.class).getMessage());
    }

    @Test
    void shouldWaitAsTheSelectStrategySays() {
        assertEquals(SelectStrategy.BLOCKING, config().selectStrategy());
        assertEquals(SelectStrategy.BACKOFF, config("kp.select.strategy", "backoff").selectStrategy());
        assertEquals(SelectStrategy.BUSY, config("kp.select.strategy", "busy").selectStrategy());
        assertThrows(ConfigException.class, () -> config("kp.select.strategy", "spin"));
    }

    @Test
    void shouldKeepOrderWithoutGapsOnlyWithIdempotence() {
        assertEquals(GapPolicy.FAIL_FOLLOWING, config().gapPolicy());
        assertEquals(GapPolicy.ALLOW_AND_REPORT, config("kp.on.gap", "allow-and-report").gapPolicy());
        assertEquals(GapPolicy.ALLOW_AND_REPORT, config("enable.idempotence", "false").gapPolicy());
        assertTrue(assertThrows(ConfigException.class,
                () -> config("enable.idempotence", "false", "kp.on.gap", "fail-following")).getMessage()
                .contains("must be allow-and-report without enable.idempotence=true"));
        assertThrows(ConfigException.class, () -> config("kp.on.gap", "ignore"));
    }

    @Test
    void shouldMakeInterceptorsInTheirOrder() {
        final ProducerConfig config = config(INTERCEPTOR_CLASSES,
                Recording.class.getName() + "," + Other.class.getName(), CLIENT_ID, "c",
                "my.key", 5);
        final List<ProducerInterceptor<String, String>> interceptors = config.newInterceptors();
        final Recording first = (Recording) (Object) interceptors.get(0);
        assertEquals(5, first.configs.get("my.key"));
        assertEquals("c", first.configs.get(CLIENT_ID));
        assertEquals(Other.class, interceptors.get(1).getClass());
    }

    @Test
    void shouldCloseTheInterceptorsThatWereMadeBeforeOneFailed() {
        Recording.CLOSED.clear();
        final ProducerConfig config = config(INTERCEPTOR_CLASSES, List.of(Recording.class, String.class));
        final ConfigException refusal = assertThrows(ConfigException.class, config::newInterceptors);
        assertEquals("interceptor.classes", refusal.key());
        assertEquals(1, Recording.CLOSED.size());
    }

    static final class NotPublic implements Serializer<String> {
        NotPublic() {
        }

        @Override
        public byte[] serialize(String topic, Headers headers, String data) {
            return null;
        }
    }

    /** A serializer whose constructor fails. */
    public static final class Failing implements Serializer<String> {
        /** Fails. */
        public Failing() {
            throw new IllegalStateException("no");
        }

        @Override
        public byte[] serialize(String topic, Headers headers, String data) {
            return null;
        }
    }

    /** A partitioner that remembers. */
    public static final class First implements Partitioner {
        Map<String, ?> configs;

        /** Made by reflection. */
        public First() {
        }

        @Override
        public void configure(Map<String, ?> configs) {
            this.configs = configs;
        }

        @Override
        public int partition(String topic, Object key, byte[] keyBytes, Object value, byte[] valueBytes,
                TopicInfo topicInfo) {
            return 0;
        }
    }

    /** An interceptor that remembers. */
    public static class Recording implements ProducerInterceptor<Object, Object> {
        static final List<Recording> CLOSED = new ArrayList<>();
        Map<String, ?> configs;

        /** Made by reflection. */
        public Recording() {
        }

        @Override
        public void configure(Map<String, ?> configs) {
            this.configs = configs;
        }

        @Override
        public ProducerRecord<Object, Object> onSend(ProducerRecord<Object, Object> record) {
            return record;
        }

        @Override
        public void close() {
            CLOSED.add(this);
        }
    }

    /** Another one. */
    public static final class Other extends Recording {
        /** Made by reflection. */
        public Other() {
        }
    }
}
