package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.kp.support.TestAuthority;

/** Stores from disk, and what becomes of them there. */
class TlsContextTest {
    private static final String SECRET = TestAuthority.PASSWORD;
    private static final TestAuthority AUTHORITY = new TestAuthority("CN=authority");

    @TempDir
    private Path folder;
    private final List<String> events = new ArrayList<>();
    private long nowMs = System.currentTimeMillis();
    private final TlsListener listener = new TlsListener() {
        @Override
        public void onReload(String description) {
            events.add("reload " + description);
        }

        @Override
        public void onReloadFailure(RuntimeException failure) {
            events.add("failure " + failure.getMessage());
        }

        @Override
        public void onExpiring(String subject, Instant notAfter, long daysLeft) {
            events.add("expiring " + subject + " " + daysLeft);
        }
    };

    @ParameterizedTest
    @ValueSource(strings = {"PKCS12", "JKS"})
    void shouldReadStores(String type) throws Exception {
        TlsContext context = load(TlsConfig.builder().keystoreType(type)
                .keystoreLocation(AUTHORITY.client("me").writeKeystore(folder.resolve("own"), type).toString())
                .keystorePassword(SECRET).truststoreType(type)
                .truststoreLocation(AUTHORITY.writeTruststore(folder.resolve("trust"), type).toString())
                .truststorePassword(SECRET));
        assertTrue(context.describe().startsWith("certificate=subject=CN=me, serial="), context.describe());
        assertTrue(context.describe().endsWith("trustedCertificates=1"), context.describe());
    }

    @Test
    void shouldReadPemFiles() throws Exception {
        TlsContext context = load(pem(AUTHORITY.client("me"), AUTHORITY));
        assertTrue(context.describe().startsWith("certificate=subject=CN=me, serial="), context.describe());
        assertTrue(context.describe().endsWith("trustedCertificates=1"), context.describe());
    }

    @Test
    void shouldTrustTheJdksAuthoritiesUnlessToldOtherwise() {
        TlsContext context = load(TlsConfig.builder());
        assertTrue(context.describe().startsWith("certificate=none"), context.describe());
        assertFalse(context.describe().endsWith("trustedCertificates=0"), context.describe());
    }

    @Test
    void shouldRefuseAKeyThatDoesNotBelongToItsCertificate() throws Exception {
        TestAuthority.Issued one = AUTHORITY.client("one");
        TestAuthority.Issued other = AUTHORITY.client("other");
        TlsConfigException failure = refusal(TlsConfig.builder().keystoreType("PEM").keystoreKey(one.keyPem())
                .keystoreCertificateChain(other.chainPem()));
        assertEquals("ssl.keystore.key", failure.key());
        assertTrue(failure.rule().startsWith("the private key does not belong to the certificate: subject=CN=other"),
                failure.rule());
    }

    @Test
    void shouldNameWhatIsWrongWithAStore() throws Exception {
        Path own = AUTHORITY.client("me").writeKeystore(folder.resolve("own.p12"), "PKCS12");
        assertEquals("ssl.keystore.password: is not the password of " + own, refusal(
                TlsConfig.builder().keystoreType("PKCS12").keystoreLocation(own.toString()).keystorePassword("wrong"))
                .getMessage());
        assertEquals("ssl.keystore.location: no such file: /nowhere", refusal(
                TlsConfig.builder().keystoreLocation("/nowhere").keystorePassword("x")).getMessage());
        assertEquals("ssl.truststore.type: the JDK knows no key stores of type PFX9",
                refusal(TlsConfig.builder().truststoreType("PFX9").truststoreLocation(own.toString())).getMessage());
        assertTrue(refusal(TlsConfig.builder().truststoreType("JKS").truststoreLocation(
                AUTHORITY.writePem(folder.resolve("ca.pem")).toString())).getMessage()
                .startsWith("ssl.truststore.location: not a store of type JKS"));
        Path withoutPassword = AUTHORITY.writeTruststore(folder.resolve("trust.p12"), "PKCS12");
        assertTrue(refusal(TlsConfig.builder().truststoreType("PKCS12").truststoreLocation(withoutPassword.toString()))
                .getMessage().endsWith("it may need ssl.truststore.password"));
        TestAuthority.Issued issued = AUTHORITY.client("me");
        TlsConfig.Builder inline = TlsConfig.builder().keystoreType("PEM").keystoreCertificateChain(issued.chainPem());
        assertEquals("ssl.key.password: is required: the private key is encrypted",
                refusal(inline.keystoreKey(issued.encryptedKeyPem("p"))).getMessage());
        assertTrue(refusal(inline.keyPassword("wrong-secret")).getMessage()
                .startsWith("ssl.key.password: the private key of ssl.keystore.key cannot be decrypted with it"));
        String pkcs1 = issued.keyPem().replace("PRIVATE", "EC PRIVATE");
        assertTrue(refusal(inline.keystoreKey(pkcs1)).getMessage().contains("must be PKCS#8"));
        assertTrue(refusal(TlsConfig.builder().cipherSuites(List.of("TLS_NONE"))).getMessage()
                .startsWith("ssl.cipher.suites: the JDK does not know TLS_NONE; it has "));
        assertTrue(refusal(TlsConfig.builder().enabledProtocols(List.of("TLSv9"))).getMessage()
                .startsWith("ssl.enabled.protocols: the JDK does not know TLSv9; it has "));
    }

    @Test
    void shouldRefuseSettingsThatContradictEachOther() {
        assertRefused("ssl.keystore.certificate.chain",
                TlsConfig.builder().keystoreType("PEM").keystoreCertificateChain("c"));
        assertRefused("ssl.keystore.key", TlsConfig.builder().keystoreType("PEM").keystoreKey("k"));
        assertRefused("ssl.keystore.type", TlsConfig.builder().keystoreCertificateChain("c").keystoreKey("k"));
        assertRefused("ssl.keystore.password",
                TlsConfig.builder().keystoreType("PEM").keystoreLocation("f").keystorePassword("p"));
        assertRefused("ssl.keystore.location", TlsConfig.builder().keystoreLocation("f"));
        assertRefused("ssl.keystore.password", TlsConfig.builder().keystorePassword("p"));
        assertRefused("ssl.truststore.password", TlsConfig.builder().truststorePassword("p"));
        assertRefused("ssl.truststore.type", TlsConfig.builder().truststoreCertificates("c"));
        assertRefused("ssl.endpoint.identification.algorithm",
                TlsConfig.builder().endpointIdentificationAlgorithm("htps"));
        assertRefused("ssl.truststore.location",
                TlsConfig.builder().truststoreType("PEM").truststoreCertificates("c").truststoreLocation("f"));
    }

    @Test
    void shouldShowNoSecret() throws Exception {
        TestAuthority.Issued issued = AUTHORITY.client("me");
        TlsConfig config = TlsConfig.builder().keystoreType("PEM").keystoreKey(issued.keyPem())
                .keystoreCertificateChain(issued.chainPem()).keyPassword(SECRET).build();
        String body = issued.keyPem().split("\n")[1];
        TlsContext context = TlsContext.load(config, () -> nowMs, listener);
        for (String text : List.of(config.toString(), context.describe(), context.toString())) {
            assertFalse(text.contains(SECRET) || text.contains(body), text);
        }
    }

    // Changes on disk.

    @Test
    void shouldTakeNewStoresOnceTheyAreValidTogether() throws Exception {
        TlsContext context = load(pem(AUTHORITY.client("first"), AUTHORITY));
        assertFalse(context.check());
        assertEquals(0, context.generation());

        // A new time stamp is nothing new.
        Path own = folder.resolve("own.pem");
        Files.write(own, Files.readAllBytes(own));
        assertFalse(context.check());

        // Half of a pair: the certificate of one with the key of another.
        TestAuthority.Issued second = AUTHORITY.client("second");
        Files.writeString(own, AUTHORITY.client("other").keyPem() + second.chainPem());
        assertFalse(context.check());
        assertFalse(context.check());
        assertEquals(1, events.size(), events::toString);
        assertTrue(events.get(0).startsWith("failure ssl.keystore.location: the private key does not belong"),
                events::toString);
        assertTrue(context.describe().contains("CN=first"), context.describe());

        Files.delete(own);
        assertFalse(context.check());
        assertFalse(context.check());
        assertEquals("failure ssl.keystore.location: no such file: " + own, events.get(1));
        assertEquals(2, events.size(), events::toString);

        second.writePem(own);
        assertTrue(context.check());
        assertFalse(context.check());
        assertEquals(1, context.generation());
        assertTrue(events.get(2).startsWith("reload certificate=subject=CN=second"), events::toString);
        assertEquals(3, events.size(), events::toString);
    }

    @Test
    void shouldSeeTheSwapOfASymbolicLink() throws Exception {
        // As Kubernetes does: file -> ..data/file, ..data -> the newest folder, swapped by one rename.
        Path first = Files.createDirectory(folder.resolve("..2026_01"));
        Path second = Files.createDirectory(folder.resolve("..2026_02"));
        AUTHORITY.client("first").writePem(first.resolve("own.pem"));
        AUTHORITY.client("second").writePem(second.resolve("own.pem"));
        Path data = Files.createSymbolicLink(folder.resolve("..data"), first);
        Path own = Files.createSymbolicLink(folder.resolve("own.pem"), data.resolve("own.pem"));
        TlsContext context = load(TlsConfig.builder().keystoreType("PEM").keystoreLocation(own.toString()));

        Path next = Files.createSymbolicLink(folder.resolve("..data_tmp"), second);
        Files.move(next, data, StandardCopyOption.ATOMIC_MOVE);

        assertTrue(context.check());
        assertTrue(context.describe().contains("CN=second"), context.describe());
    }

    @Test
    void shouldNotTakeACertificateThatHasExpiredAlready() throws Exception {
        TlsContext context = load(pem(AUTHORITY.client("first"), AUTHORITY));
        AUTHORITY.issue("CN=old", Instant.now().minusSeconds(60)).writePem(folder.resolve("own.pem"));
        assertFalse(context.check());
        assertTrue(events.get(0).contains("the new certificate has expired already"), events::toString);
    }

    @Test
    void shouldWarnAheadOfTheEndOfTheOwnCertificate() throws Exception {
        load(pem(AUTHORITY.client("me"), AUTHORITY));
        assertEquals(List.of(), events);
        TlsContext context = load(pem(AUTHORITY.issue("CN=me", Instant.now().plus(Duration.ofDays(31))), AUTHORITY));
        for (int hours = 0; hours < 40 * 24; hours += 6) {
            context.check();
            nowMs += Duration.ofHours(6).toMillis();
        }
        assertEquals(List.of("expiring CN=me 29", "expiring CN=me 6", "expiring CN=me 0", "expiring CN=me -1"), events);
    }

    private TlsConfig.Builder pem(TestAuthority.Issued own, TestAuthority trusted) throws Exception {
        return TlsConfig.builder().keystoreType("PEM")
                .keystoreLocation(own.writePem(folder.resolve("own.pem")).toString()).truststoreType("PEM")
                .truststoreLocation(trusted.writePem(folder.resolve("ca.pem")).toString());
    }

    private TlsContext load(TlsConfig.Builder config) {
        return TlsContext.load(config.build(), () -> nowMs, listener);
    }

    private TlsConfigException refusal(TlsConfig.Builder config) {
        TlsConfigException refusal = assertThrows(TlsConfigException.class, () -> load(config));
        for (Throwable cause = refusal; cause != null; cause = cause.getCause()) {
            assertFalse(cause.toString().contains("secret"), cause.toString());
        }
        return refusal;
    }

    private static void assertRefused(String key, TlsConfig.Builder config) {
        assertEquals(key, assertThrows(TlsConfigException.class, config::build).key());
    }
}
