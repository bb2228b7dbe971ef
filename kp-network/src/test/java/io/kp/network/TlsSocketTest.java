package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kp.metadata.Node;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.kp.support.TestAuthority;

/** TLS over real sockets, against the JDK's own server side. */
class TlsSocketTest {
    private static final long DEADLINE_NS = TimeUnit.SECONDS.toNanos(20);
    private static final TestAuthority AUTHORITY = new TestAuthority("CN=first authority");
    private static final TestAuthority STRANGER = new TestAuthority("CN=another authority");

    private final RecordingListener listener = new RecordingListener();
    private final ExecutorService executor = Executors.newSingleThreadExecutor();
    private ScriptedBroker broker;
    private NetworkClient client;

    @AfterEach
    void closeAll() throws IOException {
        if (client != null) {
            client.close();
        }
        if (broker != null) {
            broker.close();
        }
        executor.shutdownNow();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void shouldCarryRequestsAndResponsesOfAnySize(String protocol) throws Exception {
        byte[] sent = random(3_000_000);
        byte[] answer = random(1_200_000);
        AtomicReference<byte[]> received = new AtomicReference<>();
        start(server(AUTHORITY.server("127.0.0.1")), peer -> {
            peer.negotiate();
            ScriptedBroker.Received request = peer.receive();
            byte[] body = new byte[request.body().remaining()];
            request.body().get(body);
            received.set(body);
            peer.send(frame(request, answer));
            ScriptedBroker.Received small = peer.receive();
            peer.send(frame(small, new byte[3]));
            peer.awaitClose();
        });
        open(trusting().enabledProtocols(List.of(protocol)));
        connect();

        byte[] got = new byte[answer.length];
        RecordingHandler large = new RecordingHandler("large", new ArrayList<>(), (body, version) -> {
            for (int i = 0; i < got.length; i++) {
                got[i] = body.i8("payload");
            }
            body.end();
        });
        // Many small pieces, as of segments.
        List<ByteBuffer> pieces = new ArrayList<>();
        for (int at = 0; at < sent.length; at += 2_000) {
            pieces.add(ByteBuffer.allocateDirect(2_000).put(sent, at, 2_000).flip());
        }
        client.send(node(), new TestRequest(ApiKey.METADATA, true, pieces.toArray(ByteBuffer[]::new)), large, now());
        RecordingHandler small = new RecordingHandler();
        client.send(node(), TestRequest.metadata(), small, now());
        pollUntil(() -> large.ended() && small.ended());

        assertArrayEquals(sent, received.get());
        assertArrayEquals(answer, got);
        assertTrue(small.responded);
        assertEquals(List.of("ready 0"), listener.events);
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.2,true", "TLSv1.3,true", "TLSv1.2,false", "TLSv1.3,false"})
    void shouldAuthenticateBothSides(String protocol, boolean withCertificate) throws Exception {
        start(server(AUTHORITY.server("127.0.0.1"), socket -> socket.setNeedClientAuth(true)), peer -> {
            peer.negotiate();
            if (!((SSLSocket) peer.socket).getSession().getPeerPrincipal().getName().equals("CN=me")) {
                throw new AssertionError(((SSLSocket) peer.socket).getSession().getPeerPrincipal().getName());
            }
            peer.awaitClose();
        });
        TlsConfig.Builder config = trusting().enabledProtocols(List.of(protocol));
        if (withCertificate) {
            TestAuthority.Issued own = AUTHORITY.client("me");
            open(config.keystoreType("PEM").keystoreKey(own.encryptedKeyPem("key-secret"))
                    .keystoreCertificateChain(own.chainPem()).keyPassword("key-secret"));
            connect();
        } else {
            open(config);
            RequestFailure failure = connectFailure();
            assertEquals(RequestFailure.Kind.AUTHENTICATION, failure.kind(), failure::toString);
            assertTrue(failure.reason().contains("the broker requires a client certificate"), failure::toString);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void shouldSayThatTheBrokerDoesNotAcceptTheClientsCertificate(String protocol) throws Exception {
        start(server(AUTHORITY.server("127.0.0.1"), socket -> socket.setNeedClientAuth(true)), peer -> {
            peer.negotiate();
            peer.awaitClose();
        });
        TestAuthority.Issued own = STRANGER.client("me");
        open(trusting().enabledProtocols(List.of(protocol)).keystoreType("PEM").keystoreKey(own.keyPem())
                .keystoreCertificateChain(own.chainPem()));

        RequestFailure failure = connectFailure();

        assertEquals(RequestFailure.Kind.AUTHENTICATION, failure.kind(), failure::toString);
        // The JDK sends no certificate that the broker's list of authorities rules out.
        assertTrue(failure.reason().contains("client certificate")
                || failure.reason().contains("does not accept this client's certificate"), failure::toString);
    }

    @Test
    void shouldNameAnUnknownAuthority() throws Exception {
        start(server(STRANGER.server("127.0.0.1")), ScriptedBroker.Peer::negotiate);
        open(trusting());
        assertAuthenticationFailure(
                "certificate of the broker is signed by an unknown authority: issuer=CN=another authority, "
                        + "subject=CN=broker");
    }

    @Test
    void shouldNameTheNamesInTheCertificate() throws Exception {
        start(server(AUTHORITY.server("broker.example", "10.9.8.7")), ScriptedBroker.Peer::negotiate);
        open(trusting());
        assertAuthenticationFailure("certificate of the broker is for other names: host=127.0.0.1, "
                + "namesInCertificate=[broker.example, 10.9.8.7]");
    }

    @Test
    void shouldConnectUnderAnotherNameIfNamesAreNotVerified() throws Exception {
        start(server(AUTHORITY.server("broker.example")), peer -> {
            peer.negotiate();
            peer.awaitClose();
        });
        open(trusting().endpointIdentificationAlgorithm(""));
        connect();
    }

    /** The name is the one that was asked for, whatever the address is called. */
    @Test
    void shouldHoldTheCertificateAgainstTheNameThatWasAskedFor() throws Exception {
        start(server(AUTHORITY.server("b1.example")), peer -> {
            peer.negotiate();
            peer.awaitClose();
        });
        open(trusting());
        Node node = new Node(0, "b1.example", broker.port());
        pollUntil(() -> client.ready(node, now()));
    }

    @Test
    void shouldSayThatACertificateHasExpired() throws Exception {
        start(server(AUTHORITY.issue("CN=old", Instant.now().minus(Duration.ofDays(2)), "127.0.0.1")),
                ScriptedBroker.Peer::negotiate);
        open(trusting());
        assertAuthenticationFailure("certificate of the broker has expired: notAfter=");
    }

    @Test
    void shouldSayThatNoProtocolIsInCommon() throws Exception {
        start(server(AUTHORITY.server("127.0.0.1"), socket -> socket.setEnabledProtocols(new String[]{"TLSv1.3"})),
                ScriptedBroker.Peer::negotiate);
        open(trusting().enabledProtocols(List.of("TLSv1.2")));
        assertAuthenticationFailure("no TLS version in common with the broker");
    }

    @Test
    void shouldSayThatNoCipherSuiteIsInCommon() throws Exception {
        start(server(AUTHORITY.server("127.0.0.1"), socket -> {
            socket.setEnabledProtocols(new String[]{"TLSv1.2"});
            socket.setEnabledCipherSuites(new String[]{"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"});
        }), ScriptedBroker.Peer::negotiate);
        open(trusting().cipherSuites(List.of("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256")));
        assertAuthenticationFailure("no cipher suite or other parameter in common with the broker");
    }

    @Test
    void shouldSayThatThePortSpeaksSomethingElse() throws Exception {
        broker = new ScriptedBroker(peer -> {
            peer.send("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes());
            peer.awaitClose();
        });
        open(trusting());
        assertAuthenticationFailure("the port does not speak TLS");
    }

    @Test
    void shouldSuspectAPlaintextPortThatClosesWhenTlsIsBegun() throws Exception {
        broker = new ScriptedBroker(peer -> peer.socket.getInputStream().readNBytes(100));
        open(trusting());
        RequestFailure failure = connectFailure();
        assertEquals(RequestFailure.Kind.DISCONNECTED, failure.kind());
        assertTrue(failure.reason().contains("the port may be plaintext"), failure::toString);
    }

    @Test
    void shouldSayThatThePortSpeaksTlsToAPlaintextClient() throws Exception {
        start(server(AUTHORITY.server("127.0.0.1")), ScriptedBroker.Peer::negotiate);
        client = new NetworkClient(config(), NioTransport.open(), HostResolver.system(), System::nanoTime,
                new Random(1), listener);
        RequestFailure failure = connectFailure();
        assertEquals(RequestFailure.Kind.AUTHENTICATION, failure.kind(), failure::toString);
        assertTrue(failure.reason().contains("port speaks TLS, but this connection is plaintext"), failure::toString);
    }

    @Test
    void shouldTellAnOrderlyEndFromATruncation() throws Exception {
        Script end = new Script();
        start(server(AUTHORITY.server("127.0.0.1")), peer -> {
            peer.negotiate();
            end.run(peer);
        });
        open(trusting());

        end.script = peer -> peer.socket.close();
        connect();
        pollUntil(() -> client.state(0) == ConnectionState.DISCONNECTED);
        assertEquals("connection closed by the broker", client.lastFailure(0).reason());

        end.script = peer -> LayeredServer.below(peer.socket).close();
        connect();
        pollUntil(() -> client.state(0) == ConnectionState.DISCONNECTED);
        assertEquals("connection cut off: closed by the other side without TLS close_notify",
                client.lastFailure(0).reason());
        assertEquals(RequestFailure.Kind.DISCONNECTED, client.lastFailure(0).kind());
    }

    @Test
    void shouldRefuseRenegotiation() throws Exception {
        start(server(AUTHORITY.server("127.0.0.1")), peer -> {
            peer.negotiate();
            peer.receive();
            ((SSLSocket) peer.socket).startHandshake();
            peer.awaitClose();
        });
        open(trusting().enabledProtocols(List.of("TLSv1.2")));
        connect();
        RecordingHandler handler = new RecordingHandler();
        client.send(node(), TestRequest.metadata(), handler, now());
        pollUntil(handler::ended);
        assertTrue(handler.failure.reason().contains("renegotiation is refused"), handler.failure::toString);
    }

    @Test
    void shouldFollowAKeyUpdate() throws Exception {
        start(server(AUTHORITY.server("127.0.0.1")), peer -> {
            peer.negotiate();
            for (int i = 0; i < 3; i++) {
                ScriptedBroker.Received request = peer.receive();
                ((SSLSocket) peer.socket).startHandshake(); // after the handshake proper: new keys, asked of both sides
                peer.send(frame(request, new byte[10]));
            }
            peer.awaitClose();
        });
        open(trusting().enabledProtocols(List.of("TLSv1.3")));
        connect();
        for (int i = 0; i < 3; i++) {
            RecordingHandler handler = new RecordingHandler();
            client.send(node(), TestRequest.metadata(), handler, now());
            pollUntil(handler::ended);
            assertTrue(handler.responded, () -> String.valueOf(handler.failure));
        }
    }

    @Test
    void shouldReplaceConnectionsWhenNothingIsUnderWayOnThem(@TempDir Path folder)
            throws Exception {
        Queue<String> clients = new ConcurrentLinkedQueue<>();
        start(server(AUTHORITY.server("127.0.0.1"), socket -> socket.setNeedClientAuth(true)), peer -> {
            clients.add(((SSLSocket) peer.socket).getSession().getPeerPrincipal().getName());
            peer.negotiate();
            for (;;) {
                peer.send(frame(peer.receive(), new byte[10]));
            }
        });
        Path keystore = AUTHORITY.client("old").writePem(folder.resolve("own.pem"));
        TlsConfig config = trusting().keystoreType("PEM").keystoreLocation(keystore.toString()).build();
        TlsContext context = TlsContext.load(config, System::currentTimeMillis, TlsListener.NONE);
        client = new NetworkClient(config(),
                TlsTransport.over(NioTransport.open(), context, executor, System::nanoTime, 1, true),
                HostResolver.system(), System::nanoTime, new Random(1), listener);
        connect();
        RecordingHandler last = null;
        for (int i = 0; clients.size() < 2; i++) {
            if (i == 5) {
                AUTHORITY.client("new").writePem(keystore);
            }
            pollUntil(() -> client.ready(node(), now()));
            RecordingHandler handler = new RecordingHandler();
            client.send(node(), TestRequest.metadata(), handler, now());
            pollUntil(handler::ended);
            assertTrue(handler.responded, () -> String.valueOf(handler.failure));
            last = handler;
        }
        assertTrue(last.responded);
        assertEquals(List.of("CN=old", "CN=new"), List.copyOf(clients));
        assertEquals(List.of("ready 0", "lost 0", "ready 0"), listener.events.subList(0, 3));
    }

    // ---- Help ---------------------------------------------------------------------------------------------------

    private static final class Script {
        private volatile ScriptedBroker.Script script;

        void run(ScriptedBroker.Peer peer) throws Exception {
            script.serve(peer);
        }
    }

    private void assertAuthenticationFailure(String reason) {
        RequestFailure failure = connectFailure();
        assertEquals(RequestFailure.Kind.AUTHENTICATION, failure.kind(), failure::toString);
        assertTrue(failure.reason().contains(reason), failure::toString);
        assertEquals(ConnectionState.DISCONNECTED, client.state(0));
    }

    private static TlsConfig.Builder trusting() {
        return TlsConfig.builder().truststoreType("PEM").truststoreCertificates(AUTHORITY.pem());
    }

    private static NetworkConfig config() {
        return NetworkConfig.builder().clientId("tester").reconnectBackoffMs(1).reconnectBackoffMaxMs(2).build();
    }

    private void open(TlsConfig.Builder config) {
        TlsContext context = TlsContext.load(config.build(), System::currentTimeMillis, TlsListener.NONE);
        HostResolver loopback = host -> new InetAddress[]{InetAddress.getByName("127.0.0.1")};
        client = new NetworkClient(config(),
                TlsTransport.over(NioTransport.open(), context, executor, System::nanoTime, 0, false),
                loopback, System::nanoTime, new Random(1), listener);
    }

    private static ServerSocket server(TestAuthority.Issued own) throws Exception {
        return server(own, socket -> {
        });
    }

    private static ServerSocket server(TestAuthority.Issued own, Consumer<SSLSocket> settings) throws Exception {
        return new LayeredServer(sslContext(own), settings);
    }

    static SSLContext sslContext(TestAuthority.Issued own) throws Exception {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own.keystore("PKCS12"), TestAuthority.PASSWORD.toCharArray());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("authority", AUTHORITY.certificate());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    private void start(ServerSocket server, ScriptedBroker.Script script) throws IOException {
        broker = new ScriptedBroker(server, 0, script);
    }

    private static byte[] frame(ScriptedBroker.Received request, byte[] body) {
        int headerBytes = request.header().toResponseHeader().headerVersion() >= 1 ? 5 : 4;
        ByteBuffer frame = ByteBuffer.allocate(4 + headerBytes + body.length);
        frame.putInt(headerBytes + body.length).putInt(request.header().correlationId());
        if (headerBytes == 5) {
            frame.put((byte) 0);
        }
        return frame.put(body).array();
    }

    private Node node() {
        return new Node(0, "127.0.0.1", broker.port());
    }

    private static long now() {
        return System.nanoTime();
    }

    private void connect() {
        pollUntil(() -> client.ready(node(), now()));
    }

    private RequestFailure connectFailure() {
        assertFalse(client.ready(node(), now()));
        pollUntil(() -> client.lastFailure(0) != null);
        return client.lastFailure(0);
    }

    private void pollUntil(BooleanSupplier condition) {
        long end = now() + DEADLINE_NS;
        while (!condition.getAsBoolean()) {
            if (now() - end > 0) {
                throw new AssertionError("not within the deadline: state=" + client.state(0) + ", lastFailure="
                        + client.lastFailure(0) + ", errors=" + listener.errors);
            }
            client.poll(2_000_000, now());
        }
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }
}
