package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.kp.support.TestAuthority;
import io.kp.testkit.ScriptedBroker;

/** What {@code kp doctor} says of set-ups that need no real broker. */
class DoctorTest {
    private static final TestAuthority AUTHORITY = new TestAuthority("CN=authority");
    private static final String SERVERS = "bootstrap.servers";
    private static ScriptedBroker broker;

    @TempDir
    private Path folder;

    @BeforeAll
    static void startBroker() {
        broker = ScriptedBroker.start(1);
        broker.cluster().createTopic("orders", 3);
    }

    @AfterAll
    static void closeBroker() {
        broker.close();
    }

    @Test
    void shouldSayThatNobodyListens() throws IOException {
        final DoctorReport report = DoctorCaptures.examine("orders", false, SERVERS, "127.0.0.1:" + closedPort());
        assertEquals(ExitCode.INCOMPLETE, report.exitCode(), report::text);
        DoctorCaptures.assertDocumented("Nobody listens", report);
    }

    @Test
    void shouldSayThatTheNameIsUnknown() {
        final DoctorReport report = DoctorCaptures.examine(null, false, SERVERS, "no-such-host.invalid:9092");
        assertFound(report, "FAIL DNS unknown host: no-such-host.invalid",
                "- not looked at, as DNS failed: TCP, protocol");
    }

    @Test
    void shouldGoOnWithTheServersThatCanBeReached() throws IOException {
        final DoctorReport report = DoctorCaptures.examine("orders", false, SERVERS,
                "no-such-host.invalid:9092,127.0.0.1:"
                        + closedPort() + "," + broker.bootstrapServers());
        assertFound(report, "WARN                 unknown host: no-such-host.invalid",
                "connection refused: nobody listens",
                ": connected", "OK    metadata", "OK    topic          3 partitions");
        assertTrue(report.canProduce(), report::text);
    }

    @Test
    void shouldSayThatTheConfigurationIsWrongAndNameTheNearestKey() {
        final DoctorReport wrong = DoctorCaptures.examine(null, false, SERVERS, "127.0.0.1:1", "acks", "some");
        assertEquals(ExitCode.USAGE, wrong.exitCode(), wrong::text);
        assertFound(wrong, "FAIL  configuration  invalid configuration: acks=some", "-> change acks");
        final DoctorReport unknown = DoctorCaptures.examine("orders", false, SERVERS, broker.bootstrapServers(),
                "liger.ms", "5");
        assertFound(unknown, "WARN                 unknown configuration key: liger.ms; did you mean linger.ms?");
        assertEquals(ExitCode.OK, unknown.exitCode(), unknown::text);
    }

    @Test
    void shouldSayThatThePortSpeaksTls() throws Exception {
        try (TlsPort port = new TlsPort(AUTHORITY.server("127.0.0.1"))) {
            DoctorCaptures.assertDocumented("TLS port, plaintext client",
                    DoctorCaptures.examine("orders", false, SERVERS, port.address()));
        }
    }

    @Test
    void shouldSayThatThePortIsPlaintext() throws Exception {
        final DoctorReport report = DoctorCaptures.examine("orders", false, tls(broker.bootstrapServers(), AUTHORITY));
        assertFound(report, "speaks Kafka in plaintext, and security.protocol=SSL wants TLS",
                "-> use the port of the TLS listener, or set security.protocol=PLAINTEXT");
    }

    @Test
    void shouldSayThatTheAuthorityIsUnknown() throws Exception {
        try (TlsPort port = new TlsPort(AUTHORITY.server("127.0.0.1"))) {
            DoctorCaptures.assertDocumented("Certificate of an unknown authority",
                    DoctorCaptures.examine("orders", false,
                            tls(port.address(), new TestAuthority("CN=another"))));
        }
    }

    @Test
    void shouldSayThatTheCertificateHasExpiredOrIsForOtherNames() throws Exception {
        try (TlsPort port = new TlsPort(
                AUTHORITY.issue("CN=broker", Instant.now().minus(Duration.ofDays(3)), "127.0.0.1"))) {
            assertFound(DoctorCaptures.examine(null, false, tls(port.address(), AUTHORITY)),
                    "FAIL  TLS            TLS handshake failed: certificate of the broker has expired: notAfter=",
                    "-> have the broker's certificate renewed",
                    "certificate 1: subject CN=broker, issuer CN=authority");
        }
        try (TlsPort port = new TlsPort(AUTHORITY.server("broker-1.example"))) {
            assertFound(DoctorCaptures.examine(null, false, tls(port.address(), AUTHORITY)),
                    "for other names: host=127.0.0.1, namesInCertificate=[broker-1.example]",
                    "-> connect by a name that is in the certificate");
        }
    }

    @Test
    void shouldSayThatThePortSpeaksHttp() throws Exception {
        try (Port port = new Port("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "GET")) {
            assertFound(DoctorCaptures.examine(null, false, SERVERS, port.address()),
                    "speaks HTTP, not Kafka: HTTP/1.1 400 Bad Request", "-> give the port of a Kafka listener");
        }
    }

    @Test
    void shouldSayThatThePortIsSilent() throws Exception {
        try (Port port = new Port(null, null)) {
            assertFound(DoctorCaptures.examine(null, false, SERVERS, port.address()),
                    "accepts connections and says nothing: no answer within",
                    "-> the broker hangs (see its log, and jstack), or a tunnel");
        }
    }

    @Test
    void shouldSayThatAnAdvertisedListenerCannotBeReached() throws IOException {
        try (ScriptedBroker other = ScriptedBroker.start(1)) {
            other.cluster().createTopic("orders", 1);
            final String reached = other.bootstrapServers();
            final int node = other.cluster().nodeIds().get(0);
            other.cluster().advertise(node, "localhost", closedPort());
            DoctorCaptures.assertDocumented("Advertised listener out of reach",
                    DoctorCaptures.examine("orders", false, SERVERS, reached));
            other.cluster().advertise(node, "3f2a9c1b7e55", 9092);
            assertFound(DoctorCaptures.examine("orders", false, SERVERS, reached), "unknown host from here;"
                    + " it looks like the name of a container", "in Docker: KAFKA_ADVERTISED_LISTENERS");
        }
    }

    @Test
    void shouldSayThatTheTopicIsMissing() {
        assertFound(DoctorCaptures.examine("oders", false, SERVERS, broker.bootstrapServers()),
                "FAIL  topic          topic oders does not exist", "kafka-topics --bootstrap-server 127.0.0.1:");
    }

    @Test
    void shouldWriteWhatItFoundAsJson() throws IOException {
        final DoctorReport report = DoctorCaptures.examine(null, false, SERVERS, "127.0.0.1:" + closedPort());
        final Map<?, ?> json = (Map<?, ?>) Json.parse(Json.text(report.asMap()));
        assertEquals(false, json.get("canProduce"));
        final Map<?, ?> tcp = (Map<?, ?>) ((List<?>) json.get("steps")).get(2);
        assertEquals("TCP", tcp.get("step"));
        assertEquals("FAIL", tcp.get("status"));
        assertTrue(
                ((Map<?, ?>) ((List<?>) tcp.get("findings")).get(0)).get("remedy").toString().contains("listeners="));
    }

    private String[] tls(final String servers, final TestAuthority trusted) throws IOException {
        return new String[]{SERVERS, servers, "security.protocol", "SSL", "ssl.truststore.type", "PEM",
                "ssl.truststore.location", trusted.writePem(folder.resolve("ca.pem")).toString()};
    }

    static void assertFound(final DoctorReport report, final String... texts) {
        final String words = report.text().replaceAll("\\s+", " ");
        for (final String text : texts) {
            assertTrue(words.contains(text.replaceAll("\\s+", " ")), () -> text + "\n--- in\n" + report.text());
        }
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }

    /** A port that says one thing to those who say the right one, or nothing at all. */
    private static class Port implements AutoCloseable {
        private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        private final List<Socket> open = new ArrayList<>();
        private final Thread thread;

        Port(final String answer, final String to) throws IOException {
            thread = new Thread(() -> {
                while (!server.isClosed()) {
                    try {
                        final Socket socket = server.accept();
                        synchronized (open) {
                            open.add(socket);
                        }
                        serve(socket, answer, to);
                    } catch (final IOException e) {
                        // One that has gone, or the end.
                    }
                }
            }, "port of a test");
        }

        void serve(final Socket socket, final String answer, final String to) throws IOException {
            if (answer != null) {
                final byte[] said = socket.getInputStream().readNBytes(to.length());
                if (new String(said, StandardCharsets.ISO_8859_1).equals(to)) {
                    socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                }
                socket.close();
            }
        }

        String address() {
            thread.start();
            return "127.0.0.1:" + server.getLocalPort();
        }

        @Override
        public void close() throws IOException {
            server.close();
            synchronized (open) {
                for (final Socket socket : open) {
                    socket.close();
                }
            }
            Tool.await("the port's thread ends", () -> !thread.isAlive());
        }
    }

    /** A port that does a TLS handshake with each who wants one, and then hangs up. */
    private static final class TlsPort extends Port {
        private final SSLContext context = SSLContext.getInstance("TLS");

        TlsPort(final TestAuthority.Issued certificate) throws Exception {
            super(null, null);
            final KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
            keys.init(certificate.keystore("PKCS12"), TestAuthority.PASSWORD.toCharArray());
            context.init(keys.getKeyManagers(), null, new SecureRandom());
        }

        @Override
        void serve(final Socket socket, final String answer, final String to) throws IOException {
            try (SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(socket, null,
                    socket.getPort(), true)) {
                tls.setUseClientMode(false);
                tls.startHandshake();
            }
        }
    }
}
