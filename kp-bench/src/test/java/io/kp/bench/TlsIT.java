package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.kp.client.AuthenticationException;
import io.kp.client.DeliveryException;
import io.kp.client.Producer;
import io.kp.client.ProducerConfig;
import io.kp.client.ProducerContext;
import io.kp.client.ProducerRecord;
import io.kp.client.RecordMetadata;
import io.kp.client.Serializers;
import io.kp.support.TestAuthority;

/** TLS and mutual TLS with a real broker; certificates are made here and now. */
class TlsIT {
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
        final Path truststore = AUTHORITY.writeTruststore(stores.resolve("trust.p12"), "PKCS12");
        cluster = KafkaCluster.builder().listener("SSL", "SSL").listener("MUTUAL", "SSL")
                .property("listener.name.mutual.ssl.client.auth", "required")
                .property("ssl.keystore.type", "PKCS12").property("ssl.keystore.location", keystore.toString())
                .property("ssl.keystore.password", TestAuthority.PASSWORD)
                .property("ssl.key.password", TestAuthority.PASSWORD).property("ssl.truststore.type", "PKCS12")
                .property("ssl.truststore.location", truststore.toString())
                .property("ssl.truststore.password", TestAuthority.PASSWORD).start();
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

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void shouldDeliverOverTlsWithPem(final String protocol) {
        deliver(tls("SSL").sslEnabledProtocols(List.of(protocol)).build(), 2_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PKCS12", "JKS"})
    void shouldDeliverOverMutualTlsWithStores(final String type) throws Exception {
        deliver(ProducerConfig.builder().bootstrapServers(cluster.bootstrapServers("MUTUAL")).securityProtocol("SSL")
                .sslTruststoreType(type)
                .sslTruststoreLocation(AUTHORITY.writeTruststore(folder.resolve("trust"), type).toString())
                .sslTruststorePassword(TestAuthority.PASSWORD).sslKeystoreType(type)
                .sslKeystoreLocation(AUTHORITY.client("me").writeKeystore(folder.resolve("own"), type).toString())
                .sslKeystorePassword(TestAuthority.PASSWORD).build(), 100);
    }

    @Test
    void shouldDeliverOverMutualTlsWithInlinePem() throws Exception {
        final TestAuthority.Issued own = AUTHORITY.client("me");
        deliver(tls("MUTUAL").sslKeystoreType("PEM").sslKeystoreKey(own.encryptedKeyPem("key-secret"))
                .sslKeystoreCertificateChain(own.chainPem()).sslKeyPassword("key-secret").build(), 100);
    }

    @Test
    void shouldSayAtOnceThatAClientCertificateIsRequired() {
        assertRefused(tls("MUTUAL").build(), "the broker requires a client certificate");
    }

    @Test
    void shouldSayAtOnceThatTheAuthorityIsUnknown() {
        assertRefused(ProducerConfig.builder().bootstrapServers(cluster.bootstrapServers("SSL")).securityProtocol("SSL")
                .build(), "signed by an unknown authority: issuer=CN=authority");
    }

    @Test
    void shouldSayWhichPortSpeaksWhat() {
        final ProducerConfig toPlaintext = ProducerConfig.builder().bootstrapServers(cluster.bootstrapServers())
                .securityProtocol("SSL").maxBlockMs(3_000).build();
        try (Producer<String, String> producer = Producer.open(toPlaintext, Serializers.string(),
                Serializers.string())) {
            final Throwable failure = assertThrows(CompletionException.class,
                    () -> producer.send(new ProducerRecord<>(topic, "v")).join()).getCause();
            assertTrue(failure.getMessage().contains("the port may be plaintext"), failure.getMessage());
        }
        final ProducerConfig toTls = ProducerConfig.builder().bootstrapServers(cluster.bootstrapServers("SSL"))
                .maxBlockMs(3_000).build();
        try (Producer<String, String> producer = Producer.open(toTls, Serializers.string(), Serializers.string())) {
            final Throwable failure = assertThrows(CompletionException.class,
                    () -> producer.send(new ProducerRecord<>(topic, "v")).join()).getCause();
            assertTrue(
                    failure.getMessage().contains("it may expect TLS") || failure.getMessage().contains("speaks TLS"),
                    failure.getMessage());
        }
    }

    /**
     * The first certificate ends soon: who still used it for new connections would be refused. Changed as Kubernetes changes mounted secrets: {@code own.pem} is a link into
     * {@code ..data}, and that a link to a folder, which is replaced.
     */
    @Test
    void shouldRenewTheCertificateUnderLoadWithoutLosingOrRepeatingARecord() throws Exception {
        final Instant firstEnds = Instant.now().plusSeconds(8);
        AUTHORITY.issue("CN=first", firstEnds)
                .writePem(Files.createDirectory(folder.resolve("..1")).resolve("own.pem"));
        Files.createSymbolicLink(folder.resolve("..data"), Path.of("..1"));
        final Path own = Files.createSymbolicLink(folder.resolve("own.pem"), Path.of("..data", "own.pem"));
        final SniffingTransport network = new SniffingTransport(true);
        final ProducerConfig config = tls("MUTUAL").sslKeystoreType("PEM").sslKeystoreLocation(own.toString())
                .sslReloadIntervalMs(100).sslReloadReconnect(true).lingerMs(1).build();
        try (Producer<String, String> producer = Producer.open(config, Serializers.string(), Serializers.string(),
                new ProducerContext().transport(network))) {
            final List<CompletableFuture<RecordMetadata>> sent = new ArrayList<>();
            int number = 0;
            boolean renewed = false;
            while (Instant.now().isBefore(firstEnds.plusMillis(500))) {
                for (int i = 0; i < 20; i++) {
                    sent.add(producer.send(new ProducerRecord<>(topic, Integer.toString(number++))));
                }
                if (!renewed && number > 1_000) {
                    renewed = true;
                    AUTHORITY.client("second")
                            .writePem(Files.createDirectory(folder.resolve("..2")).resolve("own.pem"));
                    final Path next = Files.createSymbolicLink(folder.resolve("..data_tmp"), Path.of("..2"));
                    network.mark("the certificate is changed on disk, " + number + " records sent");
                    Files.move(next, folder.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
                }
                sent.get(sent.size() - 1).join();
            }
            network.mark("the first certificate has ended, " + number
                    + " records sent; the broker is killed and started again");
            cluster.kill(1);
            cluster.restart(1);
            network.mark("the broker is there again");
            for (int i = 0; i < 100; i++) {
                sent.add(producer.send(new ProducerRecord<>(topic, Integer.toString(number++))));
            }
            CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new)).join();
            assertNumbers(number);
            network.mark(number + " records read back, each once and in order");
        }
        Files.write(Path.of("target", "renewal.txt"), network.timeline());
    }

    private ProducerConfig.Builder tls(final String listener) {
        return ProducerConfig.builder().bootstrapServers(cluster.bootstrapServers(listener)).securityProtocol("SSL")
                .sslTruststoreType("PEM").sslTruststoreCertificates(AUTHORITY.pem());
    }

    private void assertRefused(final ProducerConfig config, final String reason) {
        final long startNs = System.nanoTime();
        try (Producer<String, String> producer = Producer.open(config, Serializers.string(), Serializers.string())) {
            final Throwable failure = assertThrows(CompletionException.class,
                    () -> producer.send(new ProducerRecord<>(topic, "v")).join()).getCause();
            assertInstanceOf(DeliveryException.class, failure);
            assertEquals(io.kp.client.KpException.Category.FIX_CONFIGURATION, ((DeliveryException) failure).category());
            assertInstanceOf(AuthenticationException.class, failure.getCause());
            assertTrue(failure.getMessage().contains(reason), failure.getMessage());
        }
        assertTrue(System.nanoTime() - startNs < config.maxBlockMs() * 1_000_000 / 2, "told at once");
    }

    private void deliver(final ProducerConfig config, final int count) {
        try (Producer<String, String> producer = Producer.open(config, Serializers.string(), Serializers.string())) {
            for (int i = 0; i < count; i++) {
                producer.send(new ProducerRecord<>(topic, Integer.toString(i)));
            }
        }
        assertNumbers(count);
    }

    private void assertNumbers(final int count) {
        assertEquals(ReadBack.numbers(count), ReadBack.read(cluster.bootstrapServers(), topic, count));
    }
}
