package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SaslMechanismsTest {
    private static final byte[] NOTHING = {};

    @Test
    void shouldSendUserAndPasswordInPlain() throws IOException {
        SaslExchange exchange = Sasl.plain(() -> SaslCredentials.of("bøb", "p=,w")).begin("b1");
        assertFalse(exchange.isComplete());
        assertEquals("\0bøb\0p=,w", text(exchange.respond(NOTHING)));
        assertTrue(exchange.isComplete());
        assertThrows(SaslRefusedException.class, () -> Sasl.plain(() -> SaslCredentials.of("a\0b", "c")).begin("b1"));
    }

    /** The exchange of RFC 7677, section 3. */
    @Test
    void shouldComputeScramAsTheStandardDoes() throws IOException {
        SaslExchange exchange = rfc();
        assertEquals("n,,n=user,r=rOprNGfwEbeRWgbNEkqO", text(exchange.respond(NOTHING)));
        assertEquals(
                "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
                text(exchange.respond(bytes(
                        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"))));
        assertFalse(exchange.isComplete());
        assertNull(exchange.respond(bytes("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")));
        assertTrue(exchange.isComplete());
    }

    @Test
    void shouldQuoteTheUserAndNameADelegationToken() throws IOException {
        SaslExchange exchange = scram().begin(SaslCredentials.ofDelegationToken("a=b,c", "x"), "nonce");
        assertEquals("n,,n=a=3Db=2Cc,r=nonce,tokenauth=true", text(exchange.respond(NOTHING)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"r=other,s=W22Z,i=4096 | its nonce does not go on from this client's",
            "r=rOprNGfwEbeRWgbNEkqO,s=W22Z,i=4096 | its nonce does not go on from this client's",
            "r=rOprNGfwEbeRWgbNEkqOx,s=W22Z,i=4095 | iterations=4095",
            "r=rOprNGfwEbeRWgbNEkqOx,s=W22Z,i=2000000000 | iterations=2000000000",
            "r=rOprNGfwEbeRWgbNEkqOx,s=%,i=4096 | cannot be read", "r=rOprNGfwEbeRWgbNEkqOx,i=4096 | lacks r, s or i",
            "m=x,r=rOprNGfwEbeRWgbNEkqOx,s=W22Z,i=4096 | wants an extension that this client does not know",
            "e=unknown-user | the broker says: unknown-user"})
    void shouldNotBelieveAFalseBroker(String serverFirst, String reason) throws IOException {
        SaslExchange exchange = rfc();
        exchange.respond(NOTHING);
        SaslRefusedException refusal = assertThrows(SaslRefusedException.class,
                () -> exchange.respond(bytes(serverFirst)));
        assertTrue(refusal.getMessage().contains(reason), refusal.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95H4=,wrong signature", "'',wrong signature",
            "v=%,wrong signature",
            "e=other-error,the broker says: other-error"})
    void shouldWantProofOfTheBroker(String serverFinal, String reason) throws IOException {
        SaslExchange exchange = rfc();
        exchange.respond(NOTHING);
        exchange.respond(
                bytes("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"));
        SaslRefusedException refusal = assertThrows(SaslRefusedException.class,
                () -> exchange.respond(bytes(serverFinal)));
        assertTrue(refusal.getMessage().contains(reason), refusal.getMessage());
        assertFalse(exchange.isComplete());
    }

    @Test
    void shouldSendABearerTokenAndAcknowledgeARefusal() throws IOException {
        SaslMechanism mechanism = Sasl.oauthBearer(() -> new SaslToken("abc.def", "me", Map.of("b", "2", "a", "1")));
        SaslExchange exchange = mechanism.begin("b1");
        assertEquals("me", mechanism.user());
        assertEquals("n,,\u0001auth=Bearer abc.def\u0001a=1\u0001b=2\u0001\u0001", text(exchange.respond(NOTHING)));
        assertArrayEquals(new byte[]{1}, exchange.respond(bytes("{\"status\":\"invalid_token\"}")));
        assertFalse(exchange.isComplete());
        assertNull(exchange.respond(NOTHING));
        assertTrue(exchange.isComplete());
    }

    @Test
    void shouldShowNoSecret() {
        SaslCredentials credentials = SaslCredentials.of("alice", "s3cret");
        assertEquals("SaslCredentials[user=alice]", credentials.toString());
        assertEquals("SaslToken[principal=me]", new SaslToken("s3cret", "me", Map.of()).toString());
        assertEquals("Sasl[mechanism=SCRAM-SHA-512, user=alice]",
                Sasl.of(Sasl.scramSha512(() -> credentials), Runnable::run).toString());
    }

    private static SaslExchange rfc() {
        return scram().begin(SaslCredentials.of("user", "pencil"), "rOprNGfwEbeRWgbNEkqO");
    }

    private static SaslScram scram() {
        return new SaslScram("SCRAM-SHA-256", "SHA-256", "HmacSHA256", () -> SaslCredentials.of("user", "pencil"),
                new SecureRandom());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
