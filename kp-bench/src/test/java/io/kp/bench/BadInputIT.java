package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the tool says, and what it returns, where something is wrong from outside. */
class BadInputIT {
    private static final String SHORT = "max.block.ms=3000";
    private static KafkaCluster cluster;

    @TempDir
    private Path folder;

    @BeforeAll
    static void startCluster() {
        cluster = KafkaCluster.start(1);
        cluster.createTopic("lines", 2, Map.of());
        cluster.createTopic("small", 1, Map.of("max.message.bytes", "1000"));
    }

    @AfterAll
    static void closeCluster() {
        cluster.close();
    }

    @Test
    void shouldSayThatNobodyListens() throws IOException {
        final int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        assertFails(ExitCode.INCOMPLETE, Tool.run("-t", "lines", "-b", "127.0.0.1:" + port, "-X", SHORT, lines()),
                "127.0.0.1:" + port);
    }

    @Test
    void shouldSayThatTheNameIsUnknown() throws IOException {
        final Tool.Result result = Tool.run("-t", "lines", "-b", "no-such-host.invalid:9092", "-X", SHORT, lines());
        assertTrue(result.code() == ExitCode.USAGE || result.code() == ExitCode.INCOMPLETE, result::toString);
        assertContains(result, "no-such-host.invalid");
    }

    @Test
    void shouldSayThatThePortDoesNotSpeakKafka() throws Exception {
        try (Answering server = new Answering(
                "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")) {
            assertFails(ExitCode.INCOMPLETE, Tool.run("-t", "lines", "-b", server.address(), "-X", SHORT, lines()),
                    server.address());
        }
    }

    @Test
    void shouldSayThatThePortIsSilent() throws Exception {
        try (Answering server = new Answering(null)) {
            assertFails(ExitCode.INCOMPLETE, Tool.run("-t", "lines", "-b", server.address(), "-X", SHORT, lines()),
                    server.address());
        }
    }

    @Test
    void shouldSayThatTheTopicIsUnknown() throws IOException {
        assertFails(ExitCode.INCOMPLETE,
                Tool.run("-t", "no-such-topic", "-b", cluster.bootstrapServers(), "-X", SHORT, lines()),
                "no-such-topic");
    }

    @Test
    void shouldSayThatTheTopicsNameIsInvalid() throws IOException {
        assertFails(ExitCode.INCOMPLETE,
                Tool.run("-t", "no such topic", "-b", cluster.bootstrapServers(), "-X", SHORT, lines()),
                "no such topic");
    }

    @Test
    void shouldSayThatThePartitionIsOutOfRange() throws IOException {
        assertFails(ExitCode.INCOMPLETE,
                Tool.run("-t", "lines", "-b", cluster.bootstrapServers(), "--partition", "2", "-X", SHORT, lines()),
                "2");
    }

    @Test
    void shouldDeliverAroundALineAboveMaxRequestSize() throws IOException {
        final Path file = folder.resolve("big");
        Files.writeString(file, "first\n" + "x".repeat(5_000_000) + "\nlast\n");
        final Tool.Result result = Tool.run("-t", "lines", "-b", cluster.bootstrapServers(), "--verify",
                file.toString());
        assertEquals(ExitCode.INCOMPLETE, result.code(), result::toString);
        assertContains(result, "big:2: ");
        assertContains(result, "5000000");
        assertContains(result, "max.request.size");
        assertContains(result, "2 of 2 acknowledged lines found");
    }

    @Test
    void shouldDeliverAroundALineThatIsTooLargeOnlyWithItsFraming() throws IOException {
        final Path file = folder.resolve("edge");
        Files.writeString(file, "first\n" + "x".repeat(10_000) + "\nlast\n");
        final Tool.Result result = Tool.run("-t", "lines", "-b", cluster.bootstrapServers(), "--verify", "-X",
                "max.request.size=10000",
                file.toString());
        assertEquals(ExitCode.INCOMPLETE, result.code(), result::toString);
        assertContains(result, "edge:2: ");
        assertContains(result, "max.request.size");
        assertContains(result, "2 of 2 acknowledged lines found");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "16384"})
    void shouldDeliverAroundALineThatTheBrokerRefuses(final String batchSize) throws IOException {
        // In one batch with its neighbours, or alone: these are delivered either way.
        final Path file = folder.resolve("refused");
        Files.writeString(file, "first\n" + "x".repeat(2_000) + "\nlast\n");
        final Tool.Result result = Tool.run("-t", "small", "-b", cluster.bootstrapServers(), "--verify", "-X",
                "batch.size=" + batchSize,
                file.toString());
        assertEquals(ExitCode.INCOMPLETE, result.code(), result::toString);
        assertContains(result, "refused:2: ");
        assertContains(result, "max.message.bytes");
        assertContains(result, "2 of 2 acknowledged lines found");
    }

    @Test
    void shouldRefuseAContradictoryConfiguration() throws IOException {
        final Tool.Result result = Tool.run("-t", "lines", "-b", cluster.bootstrapServers(), "-X",
                "enable.idempotence=true", "-X", "acks=1",
                lines());
        assertFails(ExitCode.USAGE, result, "acks");
        assertContains(result, "idempotence");
    }

    @Test
    void shouldRefuseAConfigurationThatIsNoNumber() throws IOException {
        assertFails(ExitCode.USAGE,
                Tool.run("-t", "lines", "-b", cluster.bootstrapServers(), "-X", "linger.ms=soon", lines()),
                "linger.ms");
    }

    @Test
    void shouldNameAFileThatDoesNotExistAndSendTheOthers() throws IOException {
        final String missing = folder.resolve("missing").toString();
        final Tool.Result result = Tool.run("-t", "lines", "-b", cluster.bootstrapServers(), "--verify", missing,
                lines());
        assertEquals(ExitCode.INCOMPLETE, result.code(), result::toString);
        assertContains(result, missing + ": cannot be read: no such file");
        assertContains(result, "2 of 2 acknowledged lines found");
    }

    @Test
    void shouldNameAFolderThatIsNoFile() {
        assertFails(ExitCode.INCOMPLETE, Tool.run("-t", "lines", "-b", cluster.bootstrapServers(), folder.toString()),
                "is a folder");
    }

    @Test
    void shouldRefuseALineWithoutKeySeparatorAndSendTheOthers() throws IOException {
        final Path file = folder.resolve("keyed");
        Files.writeString(file, "a\tb\nc\n\td\n");
        final Tool.Result result = Tool.run("-t", "lines", "-b", cluster.bootstrapServers(), "--verify",
                "--key-separator", "\\t",
                file.toString());
        assertEquals(ExitCode.INCOMPLETE, result.code(), result::toString);
        assertContains(result, "keyed:2: the line has no key separator");
        assertContains(result, "2 of 2 acknowledged lines found");
    }

    @Test
    void shouldExplainAWrongCommandLine() throws IOException {
        assertFails(ExitCode.USAGE, Tool.run(lines()), "--topic");
        assertFails(ExitCode.USAGE, Tool.run("-t", "lines", "--header", "novalue", lines()),
                "--header: KEY=VALUE, not novalue");
        assertFails(ExitCode.USAGE, Tool.run("-t", "lines", "--config", folder.resolve("missing").toString(), lines()),
                "no such file");
        assertFails(ExitCode.USAGE,
                Tool.run("-t", "lines", "-b", cluster.bootstrapServers(), "--partitions", "3", lines()),
                "--partitions");
    }

    private String lines() throws IOException {
        return Files.writeString(folder.resolve("two-lines"), "one\ntwo\n").toString();
    }

    private static void assertFails(final int code, final Tool.Result result, final String part) {
        assertEquals(code, result.code(), result::toString);
        assertContains(result, part);
    }

    private static void assertContains(final Tool.Result result, final String part) {
        assertTrue(result.err().contains(part) || result.out().contains(part),
                () -> "no \"" + part + "\" in\n" + result);
    }

    /** Accepts connections, and gives each the same answer or none. */
    private static final class Answering implements AutoCloseable {
        private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final AtomicBoolean closed = new AtomicBoolean();
        private final Thread thread;

        Answering(final String answer) throws IOException {
            thread = new Thread(() -> serve(answer), "answering");
            thread.start();
        }

        String address() {
            return "127.0.0.1:" + server.getLocalPort();
        }

        private void serve(final String answer) {
            final java.util.List<Socket> silent = new java.util.ArrayList<>();
            try {
                while (!closed.get()) {
                    final Socket socket = server.accept();
                    if (answer == null) {
                        silent.add(socket);
                    } else {
                        try (socket) {
                            socket.getInputStream().read();
                            socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                        } catch (final IOException e) {
                            // The client may go first.
                        }
                    }
                }
            } catch (final IOException e) {
                // Closed.
            } finally {
                silent.forEach(socket -> {
                    try {
                        socket.close();
                    } catch (final IOException e) {
                        // It is gone either way.
                    }
                });
            }
        }

        @Override
        public void close() throws IOException {
            closed.set(true);
            server.close();
            Tool.await("the server's thread ends", () -> !thread.isAlive());
        }
    }
}
