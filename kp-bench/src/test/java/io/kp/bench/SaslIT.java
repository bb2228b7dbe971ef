package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.kp.client.AuthenticationException;
import io.kp.client.DeliveryException;
import io.kp.client.KpException;
import io.kp.client.Producer;
import io.kp.client.ProducerConfig;
import io.kp.client.ProducerContext;
import io.kp.client.ProducerRecord;
import io.kp.client.RecordMetadata;
import io.kp.client.Serializers;
import io.kp.network.SaslCredentials;
import io.kp.network.SaslToken;
import io.kp.support.TestAuthority;

/** SASL with a real broker: sessions and credentials that are renewed, refusals, secrets; which mechanism works over which transport is told by {@link SecurityMatrixIT}. */
class SaslIT {
    private static final long RECORDS_PER_MS = 50;
    private static final String PASSWORD = "alice-s3cret";
    private static final String MODULES = "org.apache.kafka.common.security.";
    private static final TestAuthority AUTHORITY = new TestAuthority("CN=authority");

    @TempDir
    private static Path stores;
    private static KafkaCluster cluster;

    @TempDir
    private Path folder;
    private String topic;

    @BeforeAll
    static void startCluster() throws Exception {
        final Path keystore = AUTHORITY.server("127.0.0.1").writeKeystore(stores.resolve("broker.p12"), "PKCS12");
        final KafkaCluster.Builder builder = KafkaCluster.builder().listener("SASL_PLAINTEXT", "SASL_PLAINTEXT")
                .listener("SASL_SSL", "SASL_SSL").listener("SHORT", "SASL_PLAINTEXT")
                .property("ssl.keystore.type", "PKCS12").property("ssl.keystore.location", keystore.toString())
                .property("ssl.keystore.password", TestAuthority.PASSWORD)
                .property("ssl.key.password", TestAuthority.PASSWORD)
                .property("sasl.enabled.mechanisms", "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER")
                .property("listener.name.short.connections.max.reauth.ms", "2000");
        for (final String listener : List.of("sasl_plaintext", "sasl_ssl", "short")) {
            final String prefix = "listener.name." + listener + '.';
            builder.property(prefix + "plain.sasl.jaas.config",
                    MODULES + "plain.PlainLoginModule required user_alice=\"" + PASSWORD + "\";")
                    .property(prefix + "scram-sha-256.sasl.jaas.config",
                            MODULES + "scram.ScramLoginModule required;")
                    .property(prefix + "scram-sha-512.sasl.jaas.config",
                            MODULES + "scram.ScramLoginModule required;")
                    .property(prefix + "oauthbearer.sasl.jaas.config", MODULES
                            + "oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub=\"broker\";");
        }
        cluster = builder.start();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", cluster.bootstrapServers()))) {
            // One by one: a request may name a user once.
            for (final ScramMechanism mechanism : List.of(ScramMechanism.SCRAM_SHA_256,
                    ScramMechanism.SCRAM_SHA_512)) {
                admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion("alice",
                        new ScramCredentialInfo(mechanism, 4096), PASSWORD))).all().get(30, TimeUnit.SECONDS);
            }
        }
    }

    @AfterAll
    static void closeCluster() {
        cluster.close();
    }

    @BeforeEach
    void createTopic(final TestInfo test) {
        topic = test.getTestMethod().orElseThrow().getName() + "-" + System.identityHashCode(this);
        cluster.createTopic(topic, 1, Map.of());
    }

    @Test
    void shouldDeliverWithATokenOfTheApplication() {
        deliver(config("OAUTHBEARER", "SASL_PLAINTEXT").build(), new ProducerContext().saslTokens(
                () -> new SaslToken(TestTokens.unsigned("alice", Duration.ofHours(1)), "alice", Map.of())));
    }

    /** Sessions and tokens that live for seconds: both are renewed while records are sent. */
    @Test
    void shouldDeliverWithTokensOfAnIdentityProvider() throws Exception {
        try (TestIdentityProvider provider = new TestIdentityProvider(
                () -> TestTokens.unsigned("alice", Duration.ofSeconds(4)), 4)) {
            final ProducerConfig config = config("OAUTHBEARER", "SHORT").saslOauthbearerTokenEndpointUrl(provider.url())
                    .saslOauthbearerClientCredentialsClientId("me")
                    .saslOauthbearerClientCredentialsClientSecret("client-s3cret").saslOauthbearerScope("kafka")
                    .build();
            int number = 0;
            try (Producer<String, String> producer = Producer.open(config, Serializers.string(),
                    Serializers.string())) {
                final Instant end = Instant.now().plusSeconds(6);
                while (Instant.now().isBefore(end)) {
                    producer.send(new ProducerRecord<>(topic, Integer.toString(number++))).join();
                }
            }
            assertEquals(ReadBack.numbers(number), ReadBack.read(cluster.bootstrapServers(), topic, number));
            assertTrue(provider.asked.get() >= 2, "asked=" + provider.asked.get());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"})
    void shouldFailAtOnceWithAWrongPasswordAndRecoverOnceItIsReplaced(final String mechanism) {
        final AtomicReference<SaslCredentials> credentials = new AtomicReference<>(
                SaslCredentials.of("alice", "wr0ng-one"));
        final ProducerConfig config = config(mechanism, "SASL_PLAINTEXT").maxBlockMs(30_000).build();
        try (Producer<String, String> producer = Producer.open(config, Serializers.string(), Serializers.string(),
                new ProducerContext().saslCredentials(credentials::get))) {
            final long startNs = System.nanoTime();
            final Throwable failure = assertThrows(CompletionException.class,
                    () -> producer.send(new ProducerRecord<>(topic, "0")).join()).getCause();
            assertTrue(System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(10), "told at once");
            assertInstanceOf(AuthenticationException.class, failure.getCause(), failure::toString);
            assertEquals(KpException.Category.FIX_CONFIGURATION, ((DeliveryException) failure).category());
            assertTrue(failure.getMessage().contains("mechanism=" + mechanism + ", user=alice")
                    && failure.getMessage().contains("127.0.0.1:"), failure.getMessage());

            credentials.set(SaslCredentials.of("alice", PASSWORD));
            CompletableFuture<RecordMetadata> delivered = producer.send(new ProducerRecord<>(topic, "0"));
            for (int i = 0; i < 5 && delivered.isCompletedExceptionally(); i++) {
                delivered = producer.send(new ProducerRecord<>(topic, "0")); // of an attempt that was under way
            }
            delivered.join();
        }
    }

    @Test
    void shouldSayWhatTheBrokerRefuses() {
        assertRefused(config("OAUTHBEARER", "SASL_PLAINTEXT").build(),
                new ProducerContext().saslTokens(
                        () -> new SaslToken(TestTokens.unsigned("alice", Duration.ofHours(-1)), "alice", Map.of())),
                "mechanism=OAUTHBEARER, user=alice, error=SASL_AUTHENTICATION_FAILED");
    }

    @Test
    void shouldSayThatASaslListenerWasMetWithoutSasl() {
        final ProducerConfig config = ProducerConfig.builder()
                .bootstrapServers(cluster.bootstrapServers("SASL_PLAINTEXT"))
                .maxBlockMs(3_000).build();
        try (Producer<String, String> producer = Producer.open(config, Serializers.string(), Serializers.string())) {
            final Throwable failure = assertThrows(CompletionException.class,
                    () -> producer.send(new ProducerRecord<>(topic, "v")).join()).getCause();
            assertTrue(failure.getMessage().contains("it may expect SASL"), failure.getMessage());
        }
    }

    @Test
    void shouldSayThatAPlaintextListenerDoesNotUseSasl() {
        final ProducerConfig config = ProducerConfig.builder().bootstrapServers(cluster.bootstrapServers())
                .securityProtocol("SASL_PLAINTEXT").saslMechanism("PLAIN").saslJaasConfig(jaas("PLAIN", PASSWORD))
                .build();
        assertRefused(config, new ProducerContext(), "the listener does not use SASL");
    }

    /** Sessions of two seconds; a broker closes a connection that goes on after its session. With {@code acks=0} nobody would hear of what is lost then. */
    @ParameterizedTest
    @CsvSource({"SCRAM-SHA-256,all", "PLAIN,0"})
    void shouldAuthenticateAgainUnderLoadWithoutLosingOrRepeatingARecord(final String mechanism, final String acks)
            throws Exception {
        final ProducerConfig config = config(mechanism, "SHORT").lingerMs(0).acks(acks)
                .enableIdempotence(acks.equals("all")).saslJaasConfig(jaas(mechanism, PASSWORD)).build();
        final SniffingTransport network = new SniffingTransport();
        int number = 0;
        try (Producer<String, String> producer = Producer.open(config, Serializers.string(), Serializers.string(),
                new ProducerContext().transport(network))) {
            // Known before, as nobody hears of a first record that comes too early for the topic.
            producer.partitionsFor(topic);
            final List<CompletableFuture<RecordMetadata>> sent = new ArrayList<>();
            final Instant start = Instant.now();
            final Instant end = start.plusSeconds(7);
            while (Instant.now().isBefore(end)) {
                if (number > RECORDS_PER_MS * Duration.between(start, Instant.now()).toMillis()) {
                    // With acks=0 nothing else bounds it: with millions of futures held here, a pause of this JVM at a session's end would cost what is in the sockets then.
                    LockSupport.parkNanos(100_000);
                    continue;
                }
                for (int i = 0; i < 10; i++) {
                    sent.add(producer.send(new ProducerRecord<>(topic, Integer.toString(number++))));
                }
                if (sent.size() > 50) {
                    sent.get(sent.size() - 50).join(); // several requests under way
                }
            }
            CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new)).join();
        }
        Files.write(Path.of("target", "reauthentication-" + mechanism + "-acks-" + acks + ".txt"), network.timeline());
        assertEquals(ReadBack.numbers(number), ReadBack.read(cluster.bootstrapServers(), topic, number));
        assertTrue(network.timeline().stream().filter(event -> event.contains("SaslHandshake")).count() > 3,
                () -> "not authenticated again: " + network.timeline());
    }

    @Test
    void shouldShowNoSecretAnywhere() throws Exception {
        final PrintStream err = System.err;
        final ByteArrayOutputStream shown = new ByteArrayOutputStream();
        System.setErr(new PrintStream(shown, true, StandardCharsets.UTF_8));
        final List<String> texts = new ArrayList<>();
        final TestAuthority.Issued own = AUTHORITY.client("me");
        try {
            for (final String mechanism : List.of("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER")) {
                final ProducerConfig.Builder builder = config(mechanism, "SASL_SSL").maxBlockMs(5_000)
                        .sslKeystoreType("PEM").sslKeystoreKey(own.encryptedKeyPem("hunter2-key"))
                        .sslKeystoreCertificateChain(own.chainPem()).sslKeyPassword("hunter2-key");
                if (mechanism.equals("OAUTHBEARER")) {
                    final Path file = Files.writeString(folder.resolve("token"), "hunter2.hunter2.hunter2");
                    builder.saslOauthbearerTokenEndpointUrl(file.toUri().toString());
                } else {
                    builder.saslJaasConfig(jaas(mechanism, "hunter2-password"));
                }
                final ProducerConfig config = builder.build();
                texts.add(config.toString());
                try (Producer<String, String> producer = Producer.open(config, Serializers.string(),
                        Serializers.string())) {
                    Throwable failure = assertThrows(CompletionException.class,
                            () -> producer.send(new ProducerRecord<>(topic, "v")).join());
                    assertTrue(failure.getMessage().contains("authentication failed"), failure.getMessage());
                    for (; failure != null; failure = failure.getCause()) {
                        texts.add(failure.toString());
                    }
                    texts.add(producer.toString() + producer.metrics());
                }
            }
        } finally {
            System.setErr(err);
        }
        texts.add(shown.toString(StandardCharsets.UTF_8));
        assertTrue(texts.get(texts.size() - 1).contains("authentication failed"), "the log was seen");
        final String keyBytes = own.keyPem().split("\n")[1];
        for (final String text : texts) {
            assertFalse(text.contains("hunter2") || text.contains(keyBytes), text);
            assertFalse(text.contains(Base64.getEncoder().encodeToString("hunter2".getBytes(StandardCharsets.UTF_8))
                    .substring(0, 8)), text);
        }
    }

    private static ProducerConfig.Builder config(final String mechanism, final String listener) {
        final boolean tls = listener.endsWith("SSL");
        final ProducerConfig.Builder builder = ProducerConfig.builder()
                .bootstrapServers(cluster.bootstrapServers(listener))
                .securityProtocol(tls ? "SASL_SSL" : "SASL_PLAINTEXT").saslMechanism(mechanism);
        return tls ? builder.sslTruststoreType("PEM").sslTruststoreCertificates(AUTHORITY.pem()) : builder;
    }

    private static String jaas(final String mechanism, final String password) {
        return MODULES + (mechanism.equals("PLAIN") ? "plain.Plain" : "scram.Scram")
                + "LoginModule required username=\"alice\" password=\"" + password + "\";";
    }

    private void assertRefused(final ProducerConfig config, final ProducerContext context, final String reason) {
        try (Producer<String, String> producer = Producer.open(config, Serializers.string(), Serializers.string(),
                context)) {
            final Throwable failure = assertThrows(CompletionException.class,
                    () -> producer.send(new ProducerRecord<>(topic, "v")).join()).getCause();
            assertInstanceOf(AuthenticationException.class, failure.getCause(), failure::toString);
            assertTrue(failure.getMessage().contains(reason), failure.getMessage());
        }
    }

    private void deliver(final ProducerConfig config, final ProducerContext context) {
        final int count = 200;
        try (Producer<String, String> producer = Producer.open(config, Serializers.string(), Serializers.string(),
                context)) {
            for (int i = 0; i < count; i++) {
                producer.send(new ProducerRecord<>(topic, Integer.toString(i)));
            }
        }
        assertEquals(ReadBack.numbers(count), ReadBack.read(cluster.bootstrapServers(), topic, count));
    }
}
