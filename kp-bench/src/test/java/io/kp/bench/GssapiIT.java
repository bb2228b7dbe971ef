package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletionException;

import org.apache.kerby.kerberos.kerb.server.SimpleKdcServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.kp.client.AuthenticationException;
import io.kp.client.Producer;
import io.kp.client.ProducerConfig;
import io.kp.client.ProducerRecord;
import io.kp.client.Serializers;

/** Kerberos: a KDC in this process, a real broker that trusts it. */
class GssapiIT {
    private static final String REALM = "EXAMPLE.COM";
    private static final String MODULE = "com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true storeKey=true keyTab=\"";
    private static final TestAuthority AUTHORITY = new TestAuthority("CN=authority");

    @TempDir
    private static Path folder;
    private static SimpleKdcServer kdc;
    private static KafkaCluster cluster;

    @BeforeAll
    static void start() throws Exception {
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
        for (final String principal : new String[]{"kafka/127.0.0.1", "alice"}) {
            kdc.createPrincipal(principal + '@' + REALM);
            kdc.exportPrincipal(principal + '@' + REALM, keytab(principal).toFile());
        }
        final Path keystore = AUTHORITY.server("127.0.0.1").writeKeystore(folder.resolve("broker.p12"), "PKCS12");
        final KafkaCluster.Builder builder = KafkaCluster.builder().listener("SASL_PLAINTEXT", "SASL_PLAINTEXT")
                .listener("SASL_SSL", "SASL_SSL")
                .jvmOption("-Djava.security.krb5.conf=" + System.getProperty("java.security.krb5.conf"))
                .property("ssl.keystore.type", "PKCS12").property("ssl.keystore.location", keystore.toString())
                .property("ssl.keystore.password", TestAuthority.PASSWORD)
                .property("ssl.key.password", TestAuthority.PASSWORD).property("sasl.enabled.mechanisms", "GSSAPI")
                .property("sasl.kerberos.service.name", "kafka");
        for (final String listener : new String[]{"sasl_plaintext", "sasl_ssl"}) {
            builder.property("listener.name." + listener + ".gssapi.sasl.jaas.config",
                    jaas("kafka/127.0.0.1", "kafka/127.0.0.1"));
        }
        cluster = builder.start();
        cluster.createTopic("lines", 1, Map.of());
        cluster.createTopic("more", 1, Map.of());
    }

    @AfterAll
    static void stop() throws Exception {
        if (cluster != null) {
            cluster.close();
        }
        kdc.stop();
    }

    private static Path keytab(final String principal) {
        return folder.resolve(principal.replace('/', '-') + ".keytab");
    }

    private static String jaas(final String keytabOf, final String principal) {
        return MODULE + keytab(keytabOf) + "\" principal=\"" + principal + '@' + REALM + "\";";
    }

    @ParameterizedTest
    @ValueSource(strings = {"SASL_PLAINTEXT", "SASL_SSL"})
    void shouldDeliverWithATicket(final String listener) {
        final ProducerConfig.Builder builder = ProducerConfig.builder()
                .bootstrapServers(cluster.bootstrapServers(listener)).securityProtocol(listener)
                .saslKerberosServiceName("kafka").saslJaasConfig(jaas("alice", "alice"));
        if (listener.endsWith("SSL")) {
            builder.sslTruststoreType("PEM").sslTruststoreCertificates(AUTHORITY.pem());
        }
        final String topic = listener.endsWith("SSL") ? "more" : "lines";
        try (Producer<String, String> producer = Producer.open(builder.build(), Serializers.string(),
                Serializers.string())) {
            for (int i = 0; i < 100; i++) {
                producer.send(new ProducerRecord<>(topic, Integer.toString(i)));
            }
        }
        assertEquals(ReadBack.numbers(100), ReadBack.read(cluster.bootstrapServers(), topic, 100));
    }

    @Test
    void shouldSayWhyThereIsNoTicket() {
        final ProducerConfig config = ProducerConfig.builder()
                .bootstrapServers(cluster.bootstrapServers("SASL_PLAINTEXT")).securityProtocol("SASL_PLAINTEXT")
                .saslKerberosServiceName("kafka").saslJaasConfig(jaas("alice", "nobody")).build();
        try (Producer<String, String> producer = Producer.open(config, Serializers.string(), Serializers.string())) {
            final Throwable failure = assertThrows(CompletionException.class,
                    () -> producer.send(new ProducerRecord<>("lines", "v")).join()).getCause();
            assertInstanceOf(AuthenticationException.class, failure.getCause(), failure::toString);
            assertTrue(failure.getMessage().contains("mechanism=GSSAPI, user=nobody@EXAMPLE.COM, login failed: "),
                    failure.getMessage());
        }
    }
}
