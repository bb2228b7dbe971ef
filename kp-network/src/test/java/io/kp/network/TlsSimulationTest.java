package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kp.metadata.Node;
import io.kp.network.FakeTransport.FakeChannel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.requests.RequestHeader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.kp.support.TestAuthority;

/** TLS without sockets, threads and time: every byte and every event where the test wants it. */
class TlsSimulationTest {
    private static final TestAuthority AUTHORITY = new TestAuthority("CN=authority");
    private static final TestAuthority.Issued OWN = AUTHORITY.server("b1");

    private final FakeTransport below = new FakeTransport();
    private final RecordingListener listener = new RecordingListener();
    private final List<Runnable> tasks = new ArrayList<>();
    private final Node node = new Node(0, "b1", 9093);
    private NetworkClient client;
    private Server server;

    @ParameterizedTest
    @CsvSource({"TLSv1.2,100000", "TLSv1.3,100000", "TLSv1.2,1", "TLSv1.3,1", "TLSv1.3,7"})
    void shouldConnectWhateverThePieces(String protocol, int pieceBytes) throws Exception {
        open(protocol, true);
        int delivered = 0;
        for (int i = 0; i < 100_000 && !client.ready(node, below.nowNs); i++) {
            byte[] next = server.next(pieceBytes);
            delivered += next.length;
            if (next.length > 0) {
                below.last().send(next);
            }
            poll();
            server.take(below.last().takeWritten());
        }
        assertTrue(client.canSend(0, below.nowNs), () -> "state=" + client.state(0) + " " + listener.failures);
        assertTrue(delivered > 500, "delivered=" + delivered);

        RecordingHandler handler = new RecordingHandler();
        client.send(node, new TestRequest(ApiKey.METADATA, true, ByteBuffer.allocateDirect(100_000)), handler,
                below.nowNs);
        poll();
        assertTrue(handler.written);
        server.take(below.last().takeWritten());
        assertEquals(100_000, server.request().body().remaining());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void shouldBoundAHandshakeThatStallsAtAnyByte(String protocol) throws Exception {
        int total = 0;
        // First how many bytes there are, then a stall after some of each length.
        for (int stallAfter = -1; stallAfter < total; stallAfter += stallAfter < 8 ? 1 : 53) {
            open(protocol, true);
            int sent = 0;
            for (int i = 0; i < 400 && client.state(0) == ConnectionState.CONNECTING; i++) {
                byte[] next = server.next(stallAfter < 0 ? Integer.MAX_VALUE : stallAfter - sent);
                sent += next.length;
                if (next.length > 0) {
                    below.last().send(next);
                }
                client.poll(0, below.nowNs);
                server.take(below.last().takeWritten());
            }
            if (stallAfter < 0) {
                total = sent;
                assertTrue(total > 500, "total=" + total);
                assertTrue(client.state(0) == ConnectionState.CHECKING_API_VERSIONS, () -> client.state(0).toString());
                stallAfter = 0;
            }
            long startNs = below.nowNs;
            for (int i = 0; i < 10 && client.state(0) != ConnectionState.DISCONNECTED; i++) {
                client.poll(Long.MAX_VALUE, below.nowNs);
            }
            assertEquals(RequestFailure.Kind.TIMED_OUT, client.lastFailure(0).kind());
            assertTrue(client.lastFailure(0).reason().startsWith("connection setup timed out after "),
                    client.lastFailure(0).reason());
            assertTrue(below.nowNs - startNs <= 12_000_000_000L, "waited " + (below.nowNs - startNs));
            assertFalse(below.last().open);
        }
    }

    @Test
    void shouldBoundAHandshakeWhoseTasksAreNotRun() throws Exception {
        open("TLSv1.3", false);
        for (int i = 0; i < 20 && tasks.isEmpty(); i++) {
            byte[] next = server.next(Integer.MAX_VALUE);
            if (next.length > 0) {
                below.last().send(next);
            }
            client.poll(0, below.nowNs);
            server.take(below.last().takeWritten());
        }
        assertEquals(1, tasks.size());
        client.poll(Long.MAX_VALUE, below.nowNs);
        assertTrue(client.lastFailure(0).reason().endsWith("its executor is busy"), client.lastFailure(0).reason());
        // Late, when the connection is gone.
        tasks.get(0).run();
        client.poll(0, below.nowNs);
        assertEquals(ConnectionState.DISCONNECTED, client.state(0));
        assertEquals(List.of(), listener.errors);
    }

    @Test
    void shouldEncryptNoMoreThanItsBufferHoldsWhileTheSocketTakesNothing() throws Exception {
        open("TLSv1.3", true);
        connect();
        below.last().writeCapacity = 0;
        RecordingHandler handler = new RecordingHandler();
        ByteBuffer body = ByteBuffer.allocateDirect(1_000_000);
        client.send(node, new TestRequest(ApiKey.METADATA, true, body), handler, below.nowNs);
        client.poll(0, below.nowNs);
        assertFalse(handler.written);
        assertFalse(client.canSend(0, below.nowNs));

        below.last().writeCapacity = 300_000;
        for (int i = 0; i < 50; i++) {
            client.poll(0, below.nowNs);
        }
        assertFalse(handler.written);
        server.take(below.last().takeWritten());

        below.last().writeCapacity = Long.MAX_VALUE;
        for (int i = 0; i < 50; i++) {
            client.poll(0, below.nowNs);
        }
        assertTrue(handler.written);
        server.take(below.last().takeWritten());
        assertEquals(1_000_000, server.request().body().remaining());
        assertTrue(client.canSend(0, below.nowNs));
    }

    @Test
    void shouldTellHowMuchOfARequestMayHaveLeft() throws Exception {
        open("TLSv1.3", true);
        connect();
        below.last().writeCapacity = 0;
        RecordingHandler inPart = new RecordingHandler();
        RecordingHandler notAtAll = new RecordingHandler();
        client.send(node, new TestRequest(ApiKey.METADATA, true, ByteBuffer.allocateDirect(1_000_000)), inPart,
                below.nowNs);
        client.send(node, TestRequest.metadata(), notAtAll, below.nowNs);
        client.poll(0, below.nowNs);
        client.disconnect(0);
        client.poll(0, below.nowNs);
        assertEquals(RequestFailure.Written.PARTLY, inPart.failure.written());
        assertEquals(RequestFailure.Written.NONE, notAtAll.failure.written());
    }

    @Test
    void shouldReportBytesThatAreDecryptedAlready() throws Exception {
        open("TLSv1.2", true);
        connect();
        // More answers in one go than the client's read buffer holds: the network has nothing more to report after the first read.
        List<RecordingHandler> handlers = new ArrayList<>();
        ByteArrayOutputStream answers = new ByteArrayOutputStream();
        for (int i = 0; i < 5; i++) {
            RecordingHandler handler = new RecordingHandler();
            handlers.add(handler);
            client.send(node, TestRequest.metadata(), handler, below.nowNs);
        }
        client.poll(0, below.nowNs);
        server.take(below.last().takeWritten());
        for (int i = 0; i < 5; i++) {
            RequestHeader header = server.request().header();
            answers.writeBytes(ByteBuffer.allocate(9 + 40_000).putInt(5 + 40_000).putInt(header.correlationId())
                    .array());
        }
        server.write(answers.toByteArray());
        below.last().send(server.next(Integer.MAX_VALUE));
        for (int i = 0; i < 20; i++) {
            client.poll(0, below.nowNs);
        }
        for (RecordingHandler handler : handlers) {
            assertTrue(handler.responded);
        }
    }

    @Test
    void shouldPassOnAnErrorOnlyAfterWhatCameBefore() throws Exception {
        open("TLSv1.3", true);
        connect();
        RecordingHandler handler = new RecordingHandler();
        client.send(node, TestRequest.metadata(), handler, below.nowNs);
        client.poll(0, below.nowNs);
        server.take(below.last().takeWritten());
        server.write(ByteBuffer.allocate(9).putInt(5).putInt(server.request().header().correlationId()).array());
        byte[] good = server.next(Integer.MAX_VALUE);
        byte[] both = Arrays.copyOf(good, good.length + 30);
        System.arraycopy(new byte[]{23, 3, 3, 0, 25}, 0, both, good.length, 5); // a record that is not authentic
        below.last().send(both);
        for (int i = 0; i < 5; i++) {
            client.poll(0, below.nowNs);
        }
        assertTrue(handler.responded);
        assertEquals(ConnectionState.DISCONNECTED, client.state(0));
        assertTrue(client.lastFailure(0).reason().startsWith("TLS failure: "), client.lastFailure(0).reason());
        assertEquals(RequestFailure.Kind.DISCONNECTED, client.lastFailure(0).kind());
    }

    @Test
    void shouldSayGoodbye() throws Exception {
        open("TLSv1.3", true);
        connect();
        client.disconnect(0);
        server.take(below.last().takeWritten());
        assertTrue(server.engine.isInboundDone());
        assertFalse(below.last().open);
    }

    // ---- Help ---------------------------------------------------------------------------------------------------

    private void open(String protocol, boolean runTasks) throws Exception {
        if (client != null) {
            client.close();
        }
        below.channels.clear();
        TlsConfig config = TlsConfig.builder().truststoreType("PEM").truststoreCertificates(AUTHORITY.pem())
                .enabledProtocols(List.of(protocol)).build();
        TlsContext context = TlsContext.load(config, System::currentTimeMillis, TlsListener.NONE);
        TlsTransport transport = TlsTransport.over(below, context, runTasks ? Runnable::run : tasks::add,
                below::nowNs, 0, false);
        client = new NetworkClient(NetworkConfig.builder().build(), transport,
                host -> new InetAddress[]{InetAddress.getLoopbackAddress()}, below::nowNs, new Random(1), listener);
        server = new Server(TlsSocketTest.sslContext(OWN).createSSLEngine());
        below.connectAtOnce = true;
        client.ready(node, below.nowNs);
    }

    private void connect() throws IOException {
        for (int i = 0; i < 1_000 && !client.ready(node, below.nowNs); i++) {
            byte[] next = server.next(Integer.MAX_VALUE);
            if (next.length > 0) {
                below.last().send(next);
            }
            poll();
            server.take(below.last().takeWritten());
        }
        assertTrue(client.canSend(0, below.nowNs));
    }

    private void poll() {
        client.poll(0, below.nowNs);
        client.poll(0, below.nowNs);
    }

    /** A broker's end without a thread; it answers ApiVersions by itself. */
    private static final class Server {
        private final SSLEngine engine;
        private final ByteBuffer in = ByteBuffer.allocate(1 << 21);
        private final ByteBuffer out = ByteBuffer.allocate(1 << 21);
        private final ByteBuffer plain = ByteBuffer.allocate(1 << 21);
        private boolean negotiated;

        Server(SSLEngine engine) {
            this.engine = engine;
            engine.setUseClientMode(false);
        }

        void take(byte[] bytes) throws IOException {
            in.put(bytes);
            progress();
            if (!negotiated && plain.position() > 4 && plain.position() >= 4 + plain.getInt(0)) {
                negotiated = true;
                ScriptedBroker.Received request = request();
                write(ScriptedBroker.frame(request.header(),
                        new ApiVersionsResponseData().setApiKeys(ScriptedBroker.ranges())));
            }
        }

        private void progress() throws IOException {
            for (int idle = 0; idle < 2;) {
                switch (engine.getHandshakeStatus()) {
                    case NEED_TASK :
                        engine.getDelegatedTask().run();
                        break;
                    case NEED_WRAP :
                        engine.wrap(ByteBuffer.allocate(0), out);
                        break;
                    default :
                        in.flip();
                        SSLEngineResult result = engine.unwrap(in, plain);
                        in.compact();
                        idle = result.bytesConsumed() == 0 && result.bytesProduced() == 0 ? idle + 1 : 0;
                        break;
                }
            }
        }

        void write(byte[] bytes) throws IOException {
            ByteBuffer rest = ByteBuffer.wrap(bytes);
            while (rest.hasRemaining()) {
                engine.wrap(rest, out);
            }
        }

        ScriptedBroker.Received request() {
            plain.flip();
            byte[] frame = new byte[plain.getInt()];
            plain.get(frame);
            plain.compact();
            ByteBuffer buffer = ByteBuffer.wrap(frame);
            return new ScriptedBroker.Received(RequestHeader.parse(buffer), buffer);
        }

        /** The next bytes on the wire. */
        byte[] next(int most) {
            out.flip();
            byte[] bytes = new byte[Math.min(out.remaining(), Math.max(0, most))];
            out.get(bytes);
            out.compact();
            return bytes;
        }
    }
}
