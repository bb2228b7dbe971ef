package io.kp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.kp.network.SaslRefusedException;
import io.kp.network.SaslToken;

class OAuthTokensTest {
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private ServerSocket server;
    private volatile String answer;
    private volatile boolean silent;
    private long nowMs = 1_000_000;

    /** An identity provider that gives one answer to all. */
    @BeforeEach
    void startProvider() throws IOException {
        server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        final Thread thread = new Thread(() -> {
            while (true) {
                try (Socket socket = server.accept()) {
                    requests.add(request(socket));
                    if (silent) {
                        socket.getInputStream().read();
                    } else {
                        socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
                    }
                } catch (final IOException e) {
                    return;
                }
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private static String request(final Socket socket) throws IOException {
        final BufferedReader in = new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        final StringBuilder text = new StringBuilder();
        int length = 0;
        for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
            text.append(line).append('\n');
            if (line.toLowerCase().startsWith("content-length: ")) {
                length = Integer.parseInt(line.substring(16));
            }
        }
        for (int i = 0; i < length; i++) {
            text.append((char) in.read());
        }
        return text.toString();
    }

    @AfterEach
    void stopProvider() throws IOException {
        server.close();
    }

    private void answer(final int status, final String body) {
        answer = "HTTP/1.1 " + status + " x\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body;
    }

    @Test
    void shouldAskByClientCredentialsAndUseTheTokenForAPartOfItsLife() throws IOException {
        answer(200, "{\"token_type\":\"Bearer\", \"access_token\":\"" + jwt("alice")
                + "\", \"expires_in\":1000, \"more\": {\"a\":[1,{}]}}");
        final OAuthTokens tokens = tokens(0);
        final SaslToken first = tokens.token();
        assertEquals("alice", first.principal());
        assertEquals(Map.of("logicalCluster", "lkc-1"), first.extensions());
        assertTrue(requests.get(0).startsWith("POST /token HTTP/1.1"), requests.get(0));
        assertTrue(requests.get(0).contains("Authorization: Basic "
                + Base64.getEncoder().encodeToString("me:hunter2".getBytes(StandardCharsets.UTF_8))), requests.get(0));
        assertTrue(requests.get(0).endsWith("grant_type=client_credentials&scope=a+b"), requests.get(0));
        nowMs += 690_000;
        assertSame(first, tokens.token());
        nowMs += 11_000; // the buffer of 300 s begins
        assertNotSame(first, tokens.token());
        assertEquals(2, requests.size());
    }

    @Test
    void shouldSayWhatTheProviderSaysAndNoSecret() {
        answer(401, "{\"error\":\"invalid_client\",\"error_description\":\"no such client\",\"echo\":\"hunter2\"}");
        final SaslRefusedException refusal = assertThrows(SaslRefusedException.class, () -> tokens(0).token());
        assertTrue(refusal.getMessage().endsWith(
                "clientId=me, status=401, error=invalid_client, description=no such client"), refusal.getMessage());
        assertFalse(refusal.getMessage().contains("hunter2"), refusal.getMessage());
    }

    @Test
    void shouldTakeItsOwnTroubleForTransient() {
        answer(503, "busy");
        final IOException failure = assertThrows(IOException.class, () -> tokens(0).token());
        assertFalse(failure instanceof SaslRefusedException, failure::toString);
        assertTrue(failure.getMessage().contains("status=503"), failure.getMessage());
    }

    @Test
    void shouldNotLetAProviderWriteLinesIntoTheLog() {
        answer(400, "{\"error\":\"a\\nb\",\"error_description\":\"" + "x".repeat(5_000) + "\"}");
        final SaslRefusedException refusal = assertThrows(SaslRefusedException.class, () -> tokens(0).token());
        assertTrue(refusal.getMessage().contains("error=a?b, description=xxx"), refusal.getMessage());
        assertTrue(refusal.getMessage().length() < 600, refusal.getMessage());
    }

    /** New connections would be refused although the token at hand is good. */
    @Test
    void shouldUseATokenThatIsStillGoodWhileTheProviderFails() throws IOException {
        answer(200, "{\"access_token\":\"" + jwt("alice") + "\",\"expires_in\":1000}");
        final OAuthTokens tokens = tokens(0);
        final SaslToken first = tokens.token();
        answer(503, "busy");
        nowMs += 900_000;
        assertSame(first, tokens.token());
        assertSame(first, tokens.token());
        assertEquals(2, requests.size(), "left in peace for a while");
        nowMs += 5_001;
        assertSame(first, tokens.token());
        assertEquals(3, requests.size());
        nowMs += 95_000;
        assertThrows(IOException.class, tokens::token);
    }

    /** The lock would be held, and nobody would get a token any more. */
    @Test
    void shouldHaveATimeoutOfItsOwnForASilentProvider() {
        final ProducerConfig config = ProducerConfig.of(Map.of("bootstrap.servers", "localhost:1", "security.protocol",
                "SASL_SSL", "sasl.mechanism", "OAUTHBEARER", "sasl.oauthbearer.token.endpoint.url", "https://idp/t"));
        assertEquals(10_000, SaslMechanisms.timeoutMs(config, ProducerConfig.SASL_LOGIN_READ_TIMEOUT_MS));
        assertEquals(10_000, SaslMechanisms.timeoutMs(config, ProducerConfig.SASL_LOGIN_CONNECT_TIMEOUT_MS));
    }

    @Test
    void shouldNotWaitForASilentProviderForEver() {
        silent = true;
        final IOException failure = assertThrows(IOException.class, () -> tokens(50).token());
        assertInstanceOf(SocketTimeoutException.class, failure.getCause());
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "no json", "{\"access_token\":\"hunter2\\u0001\"}", "[]", "{\"access_token\":"})
    void shouldRefuseAnAnswerWithoutAToken(final String body) {
        answer(200, body);
        final SaslRefusedException refusal = assertThrows(SaslRefusedException.class, () -> tokens(0).token());
        for (Throwable cause = refusal; cause != null; cause = cause.getCause()) {
            assertFalse(cause.toString().contains("hunter2"), cause::toString);
        }
    }

    @Test
    void shouldReadAFileEachTime(@TempDir final Path folder) throws IOException {
        final Path file = Files.writeString(folder.resolve("token"), jwt("bob") + "\n");
        final OAuthTokens tokens = new OAuthTokens(new OAuthTokens.Settings(file.toUri(), null, null, null, false,
                Map.of(), 0, 0, 0.8, 0.05, 60_000, 300_000), () -> nowMs);
        assertEquals("bob", tokens.token().principal());
        Files.writeString(file, "opaque");
        assertEquals("of the token", tokens.token().principal());
        Files.delete(file);
        assertThrows(IOException.class, tokens::token);
    }

    private OAuthTokens tokens(final int readTimeoutMs) {
        return new OAuthTokens(new OAuthTokens.Settings(
                URI.create("http://127.0.0.1:" + server.getLocalPort() + "/token"), "me", "hunter2", "a b", false,
                Map.of("logicalCluster", "lkc-1"), 1_000, readTimeoutMs, 0.8, 0.05, 60_000, 300_000), () -> nowMs);
    }

    private static String jwt(final String subject) {
        final Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
        return encoder.encodeToString("{\"alg\":\"none\"}".getBytes(StandardCharsets.UTF_8)) + '.' + encoder
                .encodeToString(("{\"sub\":\"" + subject + "\",\"exp\":5000}").getBytes(StandardCharsets.UTF_8)) + '.';
    }
}
