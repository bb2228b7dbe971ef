package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kerby.kerberos.kerb.server.SimpleKdcServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.kp.client.AuthenticationException;
import io.kp.client.Producer;
import io.kp.client.ProducerConfig;
import io.kp.client.ProducerContext;
import io.kp.client.ProducerRecord;
import io.kp.client.Serializers;
import io.kp.network.ApiKey;
import io.kp.support.TestAuthority;

/**
 * Each mechanism over each transport, and each codec, with real brokers of three generations. One broker of each release has all the listeners; Kerberos has a KDC in this
 * process. What was delivered and read back by Kafka's consumer is written as a table to {@code target/security-matrix.md}.
 */
class SecurityMatrixIT {
    private static final List<String> SASL = List.of("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER",
            "GSSAPI");
    private static final List<String> CODECS = List.of("gzip", "snappy", "lz4", "zstd");
    private static final String TOPIC = "matrix";
    private static final int RECORDS = 200;
    private static final String PASSWORD = "alice-s3cret";
    private static final String REALM = "EXAMPLE.COM";
    private static final String MODULES = "org.apache.kafka.common.security.";
    private static final TestAuthority AUTHORITY = new TestAuthority("CN=authority");
    /** Text of each cell by row, by release. */
    private static final Map<String, Map<String, String>> TABLE = new LinkedHashMap<>();

    @TempDir
    private static Path folder;
    private static SimpleKdcServer kdc;

    /** One way to deliver. */
    private record Cell(String row, String listener, ProducerConfig.Builder config) {
    }

    @BeforeAll
    static void startKdc() throws Exception {
        kdc = new SimpleKdcServer();
        kdc.setWorkDir(Files.createDirectory(folder.resolve("kdc")).toFile());
        kdc.setKdcHost("127.0.0.1");
        kdc.setKdcRealm(REALM);
        kdc.setAllowUdp(false);
        try (ServerSocket free = new ServerSocket(0)) {
            kdc.setKdcTcpPort(free.getLocalPort());
        }
        kdc.init();
        kdc.start();
        for (final String principal : List.of("kafka/127.0.0.1", "alice")) {
            kdc.createPrincipal(principal + '@' + REALM);
            kdc.exportPrincipal(principal + '@' + REALM, keytab(principal).toFile());
        }
    }

    @AfterAll
    static void stopKdcAndWriteTable() throws Exception {
        kdc.stop();
        final List<String> releases = TABLE.values().stream().flatMap(row -> row.keySet().stream()).distinct().sorted()
                .toList();
        final StringBuilder text = new StringBuilder("| mechanism, transport, codec | ")
                .append(String.join(" | ", releases.stream().map(release -> "Kafka " + release).toList()))
                .append(" |\n|---|").append("---|".repeat(releases.size())).append('\n');
        TABLE.forEach((row, cells) -> {
            text.append("| ").append(row);
            releases.forEach(release -> text.append(" | ").append(cells.getOrDefault(release, "-")));
            text.append(" |\n");
        });
        System.out.print(text);
        Files.writeString(Path.of("target", "security-matrix.md"), text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"2.8", "3.9", "4.3"})
    void shouldDeliverByEachMechanismOverEachTransportInEachCodec(final String release) throws Exception {
        final long startNs = System.nanoTime();
        try (KafkaCluster cluster = cluster(release)) {
            final long startedNs = System.nanoTime();
            final List<Cell> cells = cells(cluster);
            cluster.createTopic(TOPIC, cells.size(), Map.of());
            createScramUsers(cluster);
            Map<ApiKey, Set<Integer>> versions = Map.of();
            for (int i = 0; i < cells.size(); i++) {
                final Cell cell = cells.get(i);
                final long fromNs = System.nanoTime();
                final SniffingTransport network = cell.listener().equals("PLAINTEXT") ? new SniffingTransport() : null;
                deliver(cell.config().build(), network, i);
                put(cell.row(), release,
                        String.format(Locale.ROOT, "%d ms", (System.nanoTime() - fromNs) / 1_000_000));
                if (i == 0) {
                    versions = network.versions();
                }
            }
            assertEquals(expected(cells), delivered(cluster, cells));
            if (release.equals("4.3")) {
                assertSaysWhyThereIsNoTicket(cluster);
            }
            put("versions of Produce, Metadata, InitProducerId", release, versions.get(ApiKey.PRODUCE) + ", "
                    + versions.get(ApiKey.METADATA) + ", " + versions.get(ApiKey.INIT_PRODUCER_ID));
            put("start of the broker, and all else", release, String.format(Locale.ROOT, "%.1f s, %.1f s",
                    (startedNs - startNs) / 1e9, (System.nanoTime() - startedNs) / 1e9));
        }
    }

    private static void put(final String row, final String release, final String text) {
        TABLE.computeIfAbsent(row, name -> new TreeMap<>()).put(release, text);
    }

    private static KafkaCluster cluster(final String release) throws Exception {
        final Path keystore = AUTHORITY.server("127.0.0.1").writeKeystore(folder.resolve(release + ".p12"), "PKCS12");
        final Path truststore = AUTHORITY.writeTruststore(folder.resolve(release + "-trust.p12"), "PKCS12");
        final KafkaCluster.Builder builder = KafkaCluster.builder().release(release).listener("SSL", "SSL")
                .listener("MUTUAL", "SSL").listener("SASL_PLAINTEXT", "SASL_PLAINTEXT").listener("SASL_SSL", "SASL_SSL")
                .jvmOption("-Djava.security.krb5.conf=" + System.getProperty("java.security.krb5.conf"))
                .property("listener.name.mutual.ssl.client.auth", "required")
                .property("ssl.keystore.type", "PKCS12").property("ssl.keystore.location", keystore.toString())
                .property("ssl.keystore.password", TestAuthority.PASSWORD)
                .property("ssl.key.password", TestAuthority.PASSWORD).property("ssl.truststore.type", "PKCS12")
                .property("ssl.truststore.location", truststore.toString())
                .property("ssl.truststore.password", TestAuthority.PASSWORD)
                .property("sasl.enabled.mechanisms", String.join(",", SASL))
                .property("sasl.kerberos.service.name", "kafka");
        for (final String listener : List.of("sasl_plaintext", "sasl_ssl")) {
            final String prefix = "listener.name." + listener + '.';
            builder.property(prefix + "plain.sasl.jaas.config",
                    MODULES + "plain.PlainLoginModule required user_alice=\"" + PASSWORD + "\";")
                    .property(prefix + "scram-sha-256.sasl.jaas.config", MODULES + "scram.ScramLoginModule required;")
                    .property(prefix + "scram-sha-512.sasl.jaas.config", MODULES + "scram.ScramLoginModule required;")
                    .property(prefix + "oauthbearer.sasl.jaas.config", MODULES
                            + "oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub=\"broker\";")
                    .property(prefix + "gssapi.sasl.jaas.config", krb5("kafka/127.0.0.1", "kafka/127.0.0.1"));
        }
        return builder.start();
    }

    private static void createScramUsers(final KafkaCluster cluster) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", cluster.bootstrapServers()))) {
            // One by one: a request may name a user once.
            for (final ScramMechanism mechanism : List.of(ScramMechanism.SCRAM_SHA_256,
                    ScramMechanism.SCRAM_SHA_512)) {
                admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion("alice",
                        new ScramCredentialInfo(mechanism, 4096), PASSWORD))).all().get(30, TimeUnit.SECONDS);
            }
        }
    }

    private static List<Cell> cells(final KafkaCluster cluster) throws Exception {
        final List<Cell> cells = new ArrayList<>();
        cells.add(new Cell("none, PLAINTEXT", "PLAINTEXT", base(cluster, "PLAINTEXT", "PLAINTEXT")));
        cells.add(new Cell("none, TLS", "SSL", base(cluster, "SSL", "SSL")));
        final TestAuthority.Issued own = AUTHORITY.client("me");
        cells.add(new Cell("client certificate, TLS", "MUTUAL",
                base(cluster, "MUTUAL", "SSL").sslKeystoreType("PEM").sslKeystoreKey(own.keyPem())
                        .sslKeystoreCertificateChain(own.chainPem())));
        for (final String mechanism : SASL) {
            for (final String protocol : List.of("SASL_PLAINTEXT", "SASL_SSL")) {
                final ProducerConfig.Builder config = base(cluster, protocol, protocol).saslMechanism(mechanism);
                switch (mechanism) {
                    case "OAUTHBEARER" -> config.saslOauthbearerTokenEndpointUrl(
                            Files.writeString(folder.resolve("token"),
                                    TestTokens.unsigned("alice", Duration.ofHours(1)))
                                    .toUri().toString());
                    case "GSSAPI" -> config.saslKerberosServiceName("kafka").saslJaasConfig(krb5("alice", "alice"));
                    default ->
                        config.saslJaasConfig(MODULES + (mechanism.equals("PLAIN") ? "plain.Plain" : "scram.Scram")
                                + "LoginModule required username=\"alice\" password=\"" + PASSWORD + "\";");
                }
                cells.add(new Cell(mechanism + ", " + (protocol.endsWith("SSL") ? "TLS" : "PLAINTEXT"), protocol,
                        config));
            }
        }
        for (final String codec : CODECS) {
            cells.add(new Cell("none, PLAINTEXT, " + codec, "PLAINTEXT",
                    base(cluster, "PLAINTEXT", "PLAINTEXT").compressionType(codec)));
        }
        // All at once: what a cluster in the cloud asks for.
        cells.add(new Cell("SCRAM-SHA-512, TLS, zstd", "SASL_SSL",
                base(cluster, "SASL_SSL", "SASL_SSL").saslMechanism("SCRAM-SHA-512").compressionType("zstd")
                        .saslJaasConfig(MODULES + "scram.ScramLoginModule required username=\"alice\" password=\""
                                + PASSWORD + "\";")));
        return cells;
    }

    private static ProducerConfig.Builder base(final KafkaCluster cluster, final String listener,
            final String protocol) {
        final ProducerConfig.Builder builder = ProducerConfig.builder()
                .bootstrapServers(
                        listener.equals("PLAINTEXT") ? cluster.bootstrapServers() : cluster.bootstrapServers(listener))
                .securityProtocol(protocol);
        return protocol.endsWith("SSL")
                ? builder.sslTruststoreType("PEM").sslTruststoreCertificates(AUTHORITY.pem())
                : builder;
    }

    private static Path keytab(final String principal) {
        return folder.resolve(principal.replace('/', '-') + ".keytab");
    }

    private static String krb5(final String keytabOf, final String principal) {
        return "com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true storeKey=true keyTab=\""
                + keytab(keytabOf) + "\" principal=\"" + principal + '@' + REALM + "\";";
    }

    /** With text in it, so that there is something to compress. */
    private static String value(final int cell, final int record) {
        return "cell " + cell + ", record " + record + ", and what is the same in each of them";
    }

    private static void deliver(final ProducerConfig config, final SniffingTransport network, final int partition) {
        final ProducerContext context = network == null
                ? new ProducerContext()
                : new ProducerContext().transport(network);
        try (Producer<String, String> producer = Producer.open(config, Serializers.string(), Serializers.string(),
                context)) {
            IntStream.range(0, RECORDS)
                    .mapToObj(i -> producer.send(new ProducerRecord<>(TOPIC, partition, null, value(partition, i))))
                    .toList().forEach(sent -> sent.join());
        }
    }

    private static Map<Integer, List<String>> expected(final List<Cell> cells) {
        final Map<Integer, List<String>> all = new TreeMap<>();
        for (int i = 0; i < cells.size(); i++) {
            final int cell = i;
            all.put(i, IntStream.range(0, RECORDS).mapToObj(record -> value(cell, record)).toList());
        }
        return all;
    }

    private static Map<Integer, List<String>> delivered(final KafkaCluster cluster, final List<Cell> cells) {
        final Map<Integer, List<String>> all = new TreeMap<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", cluster.bootstrapServers(), "auto.offset.reset", "earliest"),
                new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            final List<TopicPartition> partitions = IntStream.range(0, cells.size())
                    .mapToObj(i -> new TopicPartition(TOPIC, i)).toList();
            consumer.assign(partitions);
            final Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            final long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                assertTrue(System.nanoTime() - deadlineNs < 0, "not all was read");
                consumer.poll(Duration.ofMillis(200))
                        .forEach(record -> all.computeIfAbsent(record.partition(), i -> new ArrayList<>())
                                .add(new String(record.value(), StandardCharsets.UTF_8)));
            }
        }
        return all;
    }

    private static void assertSaysWhyThereIsNoTicket(final KafkaCluster cluster) {
        final ProducerConfig config = base(cluster, "SASL_PLAINTEXT", "SASL_PLAINTEXT").saslMechanism("GSSAPI")
                .saslKerberosServiceName("kafka").saslJaasConfig(krb5("alice", "nobody")).build();
        try (Producer<String, String> producer = Producer.open(config, Serializers.string(), Serializers.string())) {
            final Throwable failure = assertThrows(CompletionException.class,
                    () -> producer.send(new ProducerRecord<>(TOPIC, "v")).join()).getCause();
            assertInstanceOf(AuthenticationException.class, failure.getCause(), failure::toString);
            assertTrue(failure.getMessage().contains("mechanism=GSSAPI, user=nobody@EXAMPLE.COM, login failed: "),
                    failure.getMessage());
        }
    }
}
