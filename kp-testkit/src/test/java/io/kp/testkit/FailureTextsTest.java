package io.kp.testkit;

import static io.kp.testkit.Rig.TOPIC;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import io.kp.client.DeliveryException;
import io.kp.client.KpException;
import io.kp.client.Producer;
import io.kp.client.ProducerConfig;
import io.kp.client.ProducerContext;
import io.kp.client.ProducerRecord;
import io.kp.client.SendResult;
import io.kp.client.Serializers;
import io.kp.network.ErrorCode;

/**
 * What a failure says, in full, for the troubles that people meet most; with {@code N} for each number that differs from run to run. The texts are quoted in
 * the documentation.
 */
class FailureTextsTest {

    /** The message with its cause, and numbers that no test can know made the same. */
    private static String text(final Throwable failure) {
        return failure.getMessage().replaceAll("127\\.0\\.0\\.1:\\d+", "127.0.0.1:PORT")
                .replaceAll("localhost:\\d+", "localhost:PORT").replaceAll("brokers\\.test:\\d+", "brokers.test:PORT")
                .replaceAll("(?i)((?:elapsed|waited|silent|timeOut)\\w*[ =])\\d+", "$1N")
                .replaceAll("\\b\\d+ ms", "N ms").replaceAll("attempts=([1-9]\\d*)", "attempts=N")
                .replaceAll("(correlationId|usedBytes)=\\d+", "$1=N")
                .replaceAll(" \\(the rest is kept [^)]*\\)", "");
    }

    /** Holds a failure's text against the one in docs/failures.md, under a heading and in a block that is wrapped there for reading. */
    private static void expect(final String heading, final Throwable failure) {
        final String[] sections;
        try {
            sections = Files.readString(Path.of("..", "docs", "failures.md")).split("\n## ");
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        String expected = null;
        for (final String section : sections) {
            if (section.startsWith(heading + "\n")) {
                expected = section.split("```text\n")[1].split("```")[0].strip().replace('\n', ' ');
            }
        }
        assertEquals(expected, text(failure), heading);
    }

    private static Rig rig(final Object... more) {
        final Object[] settings = new Object[more.length + 4];
        settings[0] = ProducerConfig.REQUEST_TIMEOUT_MS;
        settings[1] = 400;
        settings[2] = ProducerConfig.DELIVERY_TIMEOUT_MS;
        settings[3] = 900;
        System.arraycopy(more, 0, settings, 4, more.length);
        return new Rig(settings);
    }

    /** Sends to a topic that is not known, over these bootstrap servers. */
    private static DeliveryException firstSend(final String servers, final ProducerContext context) {
        return firstSend(servers, context, "PLAINTEXT");
    }

    private static DeliveryException firstSend(final String servers, final ProducerContext context,
            final String protocol) {
        try (Producer<String, String> producer = Producer.open(ProducerConfig.builder()
                .set(ProducerConfig.BOOTSTRAP_SERVERS, servers).set(ProducerConfig.MAX_BLOCK_MS, 700)
                .set(ProducerConfig.SOCKET_CONNECTION_SETUP_TIMEOUT_MS, 200)
                .set(ProducerConfig.SOCKET_CONNECTION_SETUP_TIMEOUT_MAX_MS, 200)
                .set(ProducerConfig.RETRY_BACKOFF_MS, 5).set(ProducerConfig.RETRY_BACKOFF_MAX_MS, 20)
                .set(ProducerConfig.RECONNECT_BACKOFF_MS, 5).set(ProducerConfig.RECONNECT_BACKOFF_MAX_MS, 20)
                .set(ProducerConfig.SECURITY_PROTOCOL, protocol).build(), Serializers.string(), Serializers.string(),
                context)) {
            final KpException[] failure = new KpException[1];
            producer.send(new ProducerRecord<>(TOPIC, 1, "k", "v"), (metadata, why) -> failure[0] = why);
            return (DeliveryException) failure[0];
        }
    }

    private static String at(final ServerSocket server) {
        return "127.0.0.1:" + server.getLocalPort();
    }

    private static ServerSocket listen() throws IOException {
        return new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
    }

    @Test
    void shouldSayThatThePortIsRefused() throws IOException {
        final String address;
        try (ServerSocket server = listen()) {
            address = at(server);
        }
        expect("Port refused", firstSend(address, new ProducerContext()));
    }

    @Test
    void shouldSayThatTheNameIsUnknown() {
        expect("Name unknown", firstSend("brokers.test:9092", new ProducerContext().hostResolver(host -> {
            throw new UnknownHostException(host + ": Name or service not known");
        })));
    }

    @Test
    void shouldSayThatNothingAnswersTheConnect() throws IOException {
        // A listener that accepts nothing takes as many connections as its backlog holds; then the system drops what comes.
        final List<Socket> open = new ArrayList<>();
        try (ServerSocket server = listen()) {
            try {
                while (true) {
                    final Socket socket = new Socket();
                    open.add(socket);
                    socket.connect(server.getLocalSocketAddress(), 300);
                }
            } catch (final SocketTimeoutException e) {
                expect("Nothing answers the connect", firstSend(at(server), new ProducerContext()));
            }
        } finally {
            for (final Socket socket : open) {
                socket.close();
            }
        }
    }

    @Test
    void shouldSayThatThePortAcceptsAndIsSilent() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 100, InetAddress.getByName("127.0.0.1"))) {
            expect("The port accepts and is silent", firstSend(at(server), new ProducerContext()));
        }
    }

    @Test
    void shouldSayThatThePortMayBePlaintext() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 100, InetAddress.getByName("127.0.0.1"))) {
            final Thread broker = new Thread(() -> {
                try {
                    while (true) {
                        try (Socket socket = server.accept()) {
                            // A broker takes the first bytes of a TLS handshake for the size of a request that is much too large.
                            socket.getInputStream().readNBytes(100);
                        }
                    }
                } catch (final IOException e) {
                    return; // the test has ended
                }
            });
            broker.setDaemon(true);
            broker.start();
            expect("The port does not speak TLS", firstSend(at(server), new ProducerContext(), "SSL"));
        }
    }

    @Test
    void shouldSayThatThePortSpeaksTls() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 100, InetAddress.getByName("127.0.0.1"))) {
            final Thread tls = new Thread(() -> {
                try {
                    while (true) {
                        try (Socket socket = server.accept()) {
                            socket.getInputStream().read();
                            // A TLS alert: fatal, protocol version. What TLS servers say to a client that does not speak TLS.
                            socket.getOutputStream().write(new byte[]{21, 3, 3, 0, 2, 2, 70});
                            socket.getOutputStream().flush();
                            socket.shutdownOutput();
                            while (socket.getInputStream().read() >= 0) {
                                continue;
                            }
                        }
                    }
                } catch (final IOException e) {
                    return; // the test has ended
                }
            });
            tls.setDaemon(true);
            tls.start();
            expect("The port speaks TLS", firstSend(at(server), new ProducerContext()));
        }
    }

    @Test
    void shouldSayThatTheBrokerIsPaused() {
        try (Rig rig = rig()) {
            rig.warmUp();
            rig.cluster.pauseNode(rig.cluster.leader(TOPIC, 1));
            expect("Broker paused", rig.send(1, "v").failure());
            rig.cluster.resumeNode(rig.cluster.leader(TOPIC, 1));
        }
    }

    @Test
    void shouldSayThatThereIsNoLeader() {
        try (Rig rig = rig()) {
            rig.warmUp();
            rig.cluster.moveLeader(TOPIC, 1, -1);
            expect("No leader", rig.send(1, "v").failure());
        }
    }

    @Test
    void shouldSayThatAQuotaIsUsedUp() {
        try (Rig rig = rig()) {
            rig.warmUp();
            rig.script.produce().partition(TOPIC, 1).once().then(Fault.throttle(5000));
            rig.send(1, "v").offset();
            expect("Quota used up", rig.send(1, "w").failure());
        }
    }

    @Test
    void shouldSayThatTheMemoryIsUsedUp() {
        try (Rig rig = rig(ProducerConfig.BUFFER_MEMORY, 65536, ProducerConfig.BATCH_SIZE, 16384,
                ProducerConfig.MAX_BLOCK_MS, 100)) {
            rig.warmUp();
            rig.cluster.pauseNode(rig.cluster.leader(TOPIC, 1));
            SendResult result = SendResult.ACCEPTED;
            while (result == SendResult.ACCEPTED) {
                result = rig.producer.trySend(new ProducerRecord<>(TOPIC, 1, "k", "x".repeat(1000)), null);
            }
            expect("Memory used up", rig.send(1, "y".repeat(1000)).failure());
            rig.cluster.resumeNode(rig.cluster.leader(TOPIC, 1));
        }
    }
}
