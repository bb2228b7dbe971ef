package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.kp.support.TestAuthority;

/** What {@code kp doctor} says of a real broker with TLS, SASL and access rules. */
class DoctorIT {
    private static final String PASSWORD = "alice-s3cret";
    private static final int PARTITIONS = 3;
    private static final String LOGIN = "org.apache.kafka.common.security.plain.PlainLoginModule required ";
    private static final TestAuthority AUTHORITY = new TestAuthority("CN=authority");

    @TempDir
    private static Path stores;
    private static KafkaCluster cluster;

    @BeforeAll
    static void startCluster() throws Exception {
        final Path keystore = AUTHORITY.server("127.0.0.1").writeKeystore(stores.resolve("broker.p12"), "PKCS12");
        final KafkaCluster.Builder builder = KafkaCluster.builder().listener("SASL_SSL", "SASL_SSL")
                .listener("SASL_PLAINTEXT", "SASL_PLAINTEXT")
                .property("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer")
                .property("super.users", "User:ANONYMOUS").property("sasl.enabled.mechanisms", "PLAIN")
                .property("ssl.keystore.type", "PKCS12").property("ssl.keystore.location", keystore.toString())
                .property("ssl.keystore.password", TestAuthority.PASSWORD)
                .property("ssl.key.password", TestAuthority.PASSWORD);
        for (final String listener : List.of("sasl_ssl", "sasl_plaintext")) {
            builder.property("listener.name." + listener + ".plain.sasl.jaas.config",
                    LOGIN + "user_alice=\"" + PASSWORD + "\";");
        }
        cluster = builder.start();
        AUTHORITY.writePem(stores.resolve("ca.pem"));
        for (final String topic : List.of("orders", "read-only", "hidden")) {
            cluster.createTopic(topic, PARTITIONS, Map.of());
        }
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", cluster.bootstrapServers()))) {
            final List<AclBinding> rules = new ArrayList<>();
            for (final AclOperation operation : List.of(AclOperation.WRITE, AclOperation.DESCRIBE_CONFIGS)) {
                rules.add(rule("orders", operation));
            }
            rules.add(rule("read-only", AclOperation.READ));
            admin.createAcls(rules).all().get(30, TimeUnit.SECONDS);
        }
    }

    private static AclBinding rule(final String topic, final AclOperation operation) {
        return new AclBinding(new ResourcePattern(ResourceType.TOPIC, topic, PatternType.LITERAL),
                new AccessControlEntry("User:alice", "*", operation, AclPermissionType.ALLOW));
    }

    @AfterAll
    static void closeCluster() {
        cluster.close();
    }

    @Test
    void shouldSayThatAllIsWell() {
        final DoctorReport report = DoctorCaptures.examine("orders", true, secured("SASL_SSL", PASSWORD));
        DoctorCaptures.assertDocumented("All is well", report);
        assertEquals(ExitCode.OK, report.exitCode());
        // It was acknowledged, so it is in one of the partitions already.
        assertEquals(1, IntStream.range(0, PARTITIONS).map(partition -> ReadBack
                .read(cluster.bootstrapServers(), new TopicPartition("orders", partition), 0).size()).sum());
    }

    @Test
    void shouldSayThatThePasswordIsWrongAndNotShowIt() {
        final DoctorReport report = DoctorCaptures.examine("orders", false, secured("SASL_SSL", "wr0ng-one"));
        DoctorCaptures.assertDocumented("Wrong password", report);
        assertFalse(report.text().contains("wr0ng") || Json.text(report.asMap()).contains("wr0ng"), report::text);
    }

    @Test
    void shouldSayWhichMechanismsAreOffered() {
        final String[] settings = secured("SASL_PLAINTEXT", PASSWORD);
        settings[settings.length - 3] = "SCRAM-SHA-256";
        settings[settings.length - 1] = settings[settings.length - 1].replace("plain.Plain", "scram.Scram");
        DoctorTest.assertFound(DoctorCaptures.examine(null, false, settings),
                "the listener offers PLAIN, and not sasl.mechanism=SCRAM-SHA-256");
        DoctorTest.assertFound(
                DoctorCaptures.examine(null, false, "bootstrap.servers", cluster.bootstrapServers("SASL_PLAINTEXT")),
                "the listener uses SASL: it offers PLAIN", "-> set security.protocol=SASL_PLAINTEXT");
        final String[] none = secured("SASL_PLAINTEXT", PASSWORD);
        none[1] = cluster.bootstrapServers();
        DoctorTest.assertFound(DoctorCaptures.examine(null, false, none), "the listener does not use SASL",
                "-> set security.protocol=PLAINTEXT");
    }

    @Test
    void shouldSayWhatThisClientMayNotDo() {
        DoctorTest.assertFound(DoctorCaptures.examine("read-only", false, secured("SASL_PLAINTEXT", PASSWORD)),
                "FAIL authorization this client may not write to topic read-only; it may DESCRIBE, READ",
                "-> give its user the right: kafka-acls --add", "min.insync.replicas cannot be seen");
        DoctorTest.assertFound(DoctorCaptures.examine("hidden", false, secured("SASL_PLAINTEXT", PASSWORD)),
                "FAIL topic topic hidden may not be seen by this client");
    }

    /** As a process, with a file and the options of kcat. */
    @Test
    void shouldBeRunAsACommand() throws Exception {
        final Path file = Files.writeString(stores.resolve("client.properties"),
                "security.protocol=SASL_SSL\nssl.truststore.type=PEM\nssl.truststore.location="
                        + stores.resolve("ca.pem") + "\n");
        final Tool.Result result = Tool.runCommand("doctor", "-b", cluster.bootstrapServers("SASL_SSL"), "-F",
                file.toString(), "-X", "sasl.mechanisms=PLAIN", "-X", "sasl.username=alice", "-X",
                "sasl.password=" + PASSWORD, "-t", "orders", "--json");
        assertEquals(ExitCode.OK, result.code(), result::toString);
        assertEquals(true, ((Map<?, ?>) Json.parse(result.out())).get("canProduce"), result::toString);
        assertTrue(result.err().contains("OK: can produce, as far as"), result::toString);
        final Tool.Result usage = Tool.runCommand("doctor", "--send", "-b", "localhost:1");
        assertEquals(ExitCode.USAGE, usage.code(), usage::toString);
        assertTrue(usage.err().contains("--send needs a topic"), usage::toString);
    }

    private static String[] secured(final String listener, final String password) {
        return new String[]{"bootstrap.servers", cluster.bootstrapServers(listener), "security.protocol", listener,
                "ssl.truststore.type", "PEM", "ssl.truststore.location", stores.resolve("ca.pem").toString(),
                "sasl.mechanism", "PLAIN", "sasl.jaas.config",
                LOGIN + "username=\"alice\" password=\"" + password + "\";"};
    }
}
