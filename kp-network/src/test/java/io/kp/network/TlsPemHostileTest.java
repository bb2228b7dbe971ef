package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.kp.support.TestAuthority;

/** PEM whose content was damaged, by accident or on purpose: read, or refused under the name of its key; nothing else. */
class TlsPemHostileTest {
    private static final int ROUNDS = 1_500;
    private static final String SECRET = "hunter2-pem";
    private static final TestAuthority AUTHORITY = new TestAuthority("CN=authority");

    @ParameterizedTest
    @ValueSource(strings = {"certificate", "key"})
    void shouldRefuseDamagedDerByTheNameOfItsKey(String what) {
        TestAuthority.Issued own = AUTHORITY.client("me");
        String pem = what.equals("key") ? own.keyPem() : own.chainPem();
        SplittableRandom random = new SplittableRandom(17);
        int refused = 0;
        for (int i = 0; i < ROUNDS; i++) {
            String damaged = damaged(pem, random);
            try {
                if (what.equals("key")) {
                    TlsPem.privateKey("k", damaged, null);
                } else {
                    TlsPem.certificates("k", damaged);
                }
            } catch (TlsConfigException e) {
                refused++;
            } catch (RuntimeException | Error e) {
                fail("round=" + i + ", pem=" + damaged, e);
            }
        }
        assertTrue(refused > ROUNDS / 10, "refused=" + refused);
    }

    /** Fewer: each costs what it is meant to cost whoever guesses passwords. The part that says how much is left as it is. */
    @Test
    void shouldRefuseADamagedEncryptedKeyWithoutShowingItsPassword() throws Exception {
        String pem = AUTHORITY.client("me").encryptedKeyPem(SECRET);
        byte[] der = Base64.getMimeDecoder().decode(body(pem));
        SplittableRandom random = new SplittableRandom(18);
        int refused = 0;
        for (int i = 0; i < 150; i++) {
            byte[] damaged = der.clone();
            damaged[damaged.length - 1 - random.nextInt(damaged.length / 2)] ^= (byte) (1 + random.nextInt(255));
            try {
                TlsPem.privateKey("k", entry("ENCRYPTED PRIVATE KEY", damaged), SECRET);
            } catch (TlsConfigException e) {
                refused++;
                assertTrue(!e.toString().contains(SECRET), e::toString);
            }
        }
        assertTrue(refused > 50, "refused=" + refused);
    }

    @Test
    void shouldNotLoseItselfInTextThatIsNearlyPem() {
        for (String text : List.of("-----BEGIN ".repeat(20_000), "-----BEGIN CERTIFICATE-----".repeat(10_000),
                "-----BEGIN CERTIFICATE-----" + "A".repeat(2_000_000), "-".repeat(1_000_000),
                "-----BEGIN " + "A ".repeat(500_000) + "-----")) {
            assertTimeoutPreemptively(Duration.ofSeconds(20), () -> assertThrows(TlsConfigException.class,
                    () -> TlsPem.certificates("k", text)));
        }
    }

    private static String damaged(String pem, SplittableRandom random) {
        byte[] der = Base64.getMimeDecoder().decode(body(pem));
        String kind = pem.substring(11, pem.indexOf("-----", 11));
        switch (random.nextInt(4)) {
            case 0 :
                byte[] cut = new byte[random.nextInt(der.length)];
                System.arraycopy(der, 0, cut, 0, cut.length);
                return entry(kind, cut);
            case 1 :
                // Lengths are what parsers stumble over.
                der[random.nextInt(Math.min(40, der.length))] = (byte) random.nextInt(256);
                return entry(kind, der);
            case 2 :
                der[random.nextInt(der.length)] ^= (byte) (1 << random.nextInt(8));
                return entry(kind, der);
            default :
                StringBuilder text = new StringBuilder(entry(kind, der));
                text.setCharAt(random.nextInt(text.length()), (char) random.nextInt(128));
                return text.toString();
        }
    }

    private static String body(String pem) {
        int start = pem.indexOf("-----\n") + 6;
        return pem.substring(start, pem.indexOf("-----END", start));
    }

    private static String entry(String kind, byte[] der) {
        return "-----BEGIN " + kind + "-----\n"
                + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(der)
                + "\n-----END " + kind + "-----\n";
    }
}
