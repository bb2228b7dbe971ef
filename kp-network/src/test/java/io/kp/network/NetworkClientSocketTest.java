package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kp.metadata.Node;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersionCollection;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client over real sockets, against servers that do what a test's script says. */
class NetworkClientSocketTest {
    private static final long DEADLINE_NS = TimeUnit.SECONDS.toNanos(20);

    private final RecordingListener listener = new RecordingListener();
    private final List<String> log = new ArrayList<>();
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
    }

    // ---- Negotiation ------------------------------------------------------------------------------------------

    @Test
    void shouldNegotiateVersionsOnConnect() throws Exception {
        start(peer -> {
            ScriptedBroker.Received request = peer.receive();
            if (request.header().apiVersion() != 4 || !request.header().clientId().equals("tester")) {
                throw new AssertionError(request.header().toString());
            }
            peer.respond(request, new ApiVersionsResponseData().setApiKeys(ScriptedBroker.ranges()));
            peer.awaitClose();
        });

        connect(node());

        assertEquals(13, client.maxVersion(0, ApiKey.PRODUCE));
        assertEquals(5, client.maxVersion(0, ApiKey.INIT_PRODUCER_ID));
        assertEquals(NetworkClient.NO_VERSION, client.maxVersion(0, ApiKey.SASL_HANDSHAKE));
        assertEquals(NetworkClient.NO_VERSION, client.maxVersion(1, ApiKey.PRODUCE));
        assertEquals(List.of("ready 0"), listener.events);
        assertNotNull(client.apiVersions(0));
        assertEquals(0, client.inFlight(0));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void shouldFallBackToVersionThatBrokerKnows(int known) throws Exception {
        start(peer -> {
            ScriptedBroker.Received first = peer.receive();
            ApiVersionCollection own = new ApiVersionCollection();
            own.add(ScriptedBroker.range(ApiKeys.API_VERSIONS, 0, known));
            peer.send(ScriptedBroker.frame(first.header(), new ApiVersionsResponseData()
                    .setErrorCode(Errors.UNSUPPORTED_VERSION.code()).setApiKeys(own), (short) 0));
            ScriptedBroker.Received second = peer.receive();
            if (second.header().apiVersion() != known) {
                throw new AssertionError("asked again in version " + second.header().apiVersion());
            }
            peer.respond(second, new ApiVersionsResponseData().setApiKeys(ScriptedBroker.ranges()));
            peer.awaitClose();
        });

        connect(node());

        assertEquals(13, client.maxVersion(0, ApiKey.METADATA));
        assertEquals(1, broker.connections.get());
    }

    @Test
    void shouldFallBackToVersion0WhenBrokerListsNothing() throws Exception {
        start(peer -> {
            peer.send(ScriptedBroker.frame(peer.receive().header(),
                    new ApiVersionsResponseData().setErrorCode(Errors.UNSUPPORTED_VERSION.code()), (short) 0));
            ScriptedBroker.Received second = peer.receive();
            if (second.header().apiVersion() != 0) {
                throw new AssertionError("asked again in version " + second.header().apiVersion());
            }
            ApiVersionCollection old = new ApiVersionCollection();
            old.add(ScriptedBroker.range(ApiKeys.PRODUCE, 0, 7));
            peer.respond(second, new ApiVersionsResponseData().setApiKeys(old));
            peer.awaitClose();
        });

        connect(node());

        assertEquals(7, client.maxVersion(0, ApiKey.PRODUCE));
        assertEquals(NetworkClient.NO_VERSION, client.maxVersion(0, ApiKey.METADATA));
    }

    @Test
    void shouldGiveUpWhenBrokerRefusesEveryVersion() throws Exception {
        start(peer -> {
            for (;;) {
                peer.send(ScriptedBroker.frame(peer.receive().header(),
                        new ApiVersionsResponseData().setErrorCode(Errors.UNSUPPORTED_VERSION.code()), (short) 0));
            }
        });

        RequestFailure failure = connectFailure(node());

        assertEquals(RequestFailure.Kind.PROTOCOL_ERROR, failure.kind());
        assertTrue(failure.reason().startsWith("broker refused ApiVersions: version=0, error=UNSUPPORTED_VERSION"),
                failure::toString);
    }

    @Test
    void shouldNegotiateDownToRequestsOwnRange() throws Exception {
        start(peer -> {
            peer.negotiate();
            ScriptedBroker.Received request = peer.receive();
            if (request.header().apiVersion() != 9) {
                throw new AssertionError(request.header().toString());
            }
            peer.respond(request, new MetadataResponseData());
            peer.awaitClose();
        });
        connect(node());
        RecordingHandler handler = new RecordingHandler();

        client.send(node(), new TestRequest(ApiKey.METADATA, true, 2, 9), handler, now());
        pollUntil(handler::ended);

        assertTrue(handler.responded);
        assertEquals(9, handler.version);
    }

    @Test
    void shouldRefuseRequestWithoutCommonVersionLocally() throws Exception {
        start(peer -> {
            ApiVersionCollection old = new ApiVersionCollection();
            old.add(ScriptedBroker.range(ApiKeys.PRODUCE, 0, 2));
            peer.negotiate(old);
            peer.awaitClose();
        });
        connect(node());
        RecordingHandler produce = new RecordingHandler();
        RecordingHandler metadata = new RecordingHandler();

        client.send(node(), new TestRequest(ApiKey.PRODUCE, true), produce, now());
        client.send(node(), TestRequest.metadata(), metadata, now());
        assertFalse(produce.ended(), "told before poll");
        pollUntil(metadata::ended);

        assertEquals(RequestFailure.Kind.UNSUPPORTED_VERSION, produce.failure.kind());
        assertEquals("no version of Produce in common: client=3-13, broker=0-2", produce.failure.reason());
        assertEquals("no version of Metadata in common: client=0-13, broker=none", metadata.failure.reason());
        assertEquals(RequestFailure.Written.NONE, metadata.failure.written());
        assertEquals(ConnectionState.READY, client.state(0));
    }

    @Test
    void shouldSpeakKafkasMetadata() throws Exception {
        start(peer -> {
            peer.negotiate();
            ScriptedBroker.Received request = peer.receive();
            MetadataRequestData data = new MetadataRequestData(new ByteBufferAccessor(request.body()),
                    request.header().apiVersion());
            if (!data.topics().get(0).name().equals("lines")) {
                throw new AssertionError(data.toString());
            }
            peer.respond(request, new MetadataResponseData().setClusterId("abc"));
            peer.awaitClose();
        });
        connect(node());
        CompletableFuture<String> cluster = new CompletableFuture<>();

        client.send(node(), MetadataRequest.topics(List.of("lines"), true), new RecordingHandler("m", log,
                (body, version) -> cluster.complete(MetadataResponse.decode(body).clusterId())), now());
        pollUntil(cluster::isDone);

        assertEquals("abc", cluster.join());
    }

    // ---- Ports that are not what one hoped for -------------------------------------------------------------------

    @Test
    void shouldExplainRefusedConnection() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        open(HostResolver.system());

        RequestFailure failure = connectFailure(new Node(0, "127.0.0.1", port));

        assertEquals("connection refused: node=0, address=127.0.0.1:" + port + "/127.0.0.1", failure.message());
        assertEquals(RequestFailure.Kind.DISCONNECTED, failure.kind());
        assertNotNull(failure.cause());
    }

    @Test
    void shouldExplainUnknownHost() {
        open(host -> {
            throw new UnknownHostException(host + ": Name or service not known");
        });

        long nowNs = now();
        assertFalse(client.ready(new Node(0, "nowhere.invalid", 9092), nowNs));

        assertEquals("unknown host nowhere.invalid: node=0, address=nowhere.invalid:9092",
                client.lastFailure(0).message());
        assertEquals(ConnectionState.DISCONNECTED, client.state(0));
        assertTrue(client.readyDelayNs(new Node(0, "nowhere.invalid", 9092), nowNs) > 0);
        assertEquals(0, client.readyDelayNs(new Node(0, "elsewhere.invalid", 9092), now()));
    }

    @Test
    void shouldRecogniseHttp() throws Exception {
        start(peer -> {
            peer.receive();
            peer.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        });

        RequestFailure failure = connectFailure(node());

        assertEquals(RequestFailure.Kind.PROTOCOL_ERROR, failure.kind());
        assertEquals("port speaks HTTP, not Kafka", failure.reason());
    }

    @Test
    void shouldRecogniseTls() throws Exception {
        start(peer -> {
            peer.receive();
            peer.send(new byte[]{0x15, 3, 3, 0, 2, 2, 70});
        });

        assertEquals("port speaks TLS, but this connection is plaintext", connectFailure(node()).reason());
    }

    @Test
    void shouldQuoteTextGreeting() throws Exception {
        start(peer -> peer.send("SSH-2.0-OpenSSH_9.6\r\n".getBytes(StandardCharsets.US_ASCII)));

        assertEquals("port speaks a text protocol, not Kafka: firstBytes=\"SSH-2.0-OpenSSH_9.6..\"",
                connectFailure(node()).reason());
    }

    @Test
    void shouldExplainCloseDuringSetUp() throws Exception {
        start(peer -> peer.receive());

        RequestFailure failure = connectFailure(node());

        assertEquals(RequestFailure.Kind.DISCONNECTED, failure.kind());
        assertEquals("connection closed by the other side before it answered ApiVersions"
                + " (it may expect TLS, or not be a Kafka broker)", failure.reason());
    }

    // ---- Hostile frames ------------------------------------------------------------------------------------------

    @Test
    void shouldRefuseNegativeSize() throws Exception {
        assertEquals("response shorter than its header: size=-1, minimum=4", failureAfter(new byte[]{-1, -1, -1, -1}));
    }

    @Test
    void shouldRefuseFrameWithoutCorrelationId() throws Exception {
        assertEquals("response shorter than its header: size=3, minimum=4",
                failureAfter(new byte[]{0, 0, 0, 3, 1, 2, 3}));
    }

    @Test
    void shouldRefuseOversizedFrameWithoutReadingIt() throws Exception {
        assertEquals("response larger than allowed: size=104857601, maxResponseBytes=104857600",
                failureAfter(ByteBuffer.allocate(4).putInt(100 * 1024 * 1024 + 1).array()));
    }

    @Test
    void shouldRefuseResponseToAnotherRequest() throws Exception {
        assertEquals("response to another request: correlationId=77, expected=1"
                + " (api=Metadata, version=13, correlationId=1)",
                failureAfter(ByteBuffer.allocate(13).putInt(9).putInt(77).array()));
    }

    @Test
    void shouldRefuseLargeResponseToAnotherRequestAtItsHeader() throws Exception {
        assertTrue(failureAfter(ByteBuffer.allocate(8).putInt(90_000_000).putInt(78).array())
                .startsWith("response to another request: correlationId=78, expected=1"));
    }

    @Test
    void shouldRefuseMalformedHeader() throws Exception {
        String reason = failureAfter(
                ByteBuffer.allocate(10).putInt(6).putInt(1).put((byte) -1).put((byte) 1).array());
        assertTrue(reason.startsWith("malformed Metadata response: version=13, field=header.tags"), reason);
    }

    @Test
    void shouldCloseConnectionWhenHandlerFindsBodyMalformed() throws Exception {
        start(peer -> {
            peer.negotiate();
            ScriptedBroker.Received first = peer.receive();
            peer.receive();
            peer.send(ByteBuffer.allocate(11).putInt(7).putInt(first.header().correlationId()).array());
            peer.awaitClose();
        });
        connect(node());
        RecordingHandler first = new RecordingHandler("first", log, (body, version) -> MetadataResponse.decode(body));
        RecordingHandler second = new RecordingHandler("second", log);

        client.send(node(), TestRequest.metadata(), first, now());
        client.send(node(), TestRequest.metadata(), second, now());
        pollUntil(second::ended);

        assertEquals(List.of("first written", "second written", "first response", "first failure", "second failure"),
                log);
        assertEquals(RequestFailure.Kind.PROTOCOL_ERROR, first.failure.kind());
        assertEquals(RequestFailure.Kind.PROTOCOL_ERROR, second.failure.kind());
        assertEquals(RequestFailure.Written.FULLY, first.failure.written());
        assertTrue(first.failure.cause() instanceof ProtocolException);
        assertEquals(ConnectionState.DISCONNECTED, client.state(0));
    }

    @Test
    void shouldRefuseBytesThatNobodyAskedFor() throws Exception {
        CountDownLatch ready = new CountDownLatch(1);
        start(peer -> {
            peer.negotiate();
            ready.await();
            peer.send(new byte[]{0, 0, 0, 10, 0, 0});
            peer.awaitClose();
        });
        connect(node());

        ready.countDown();
        pollUntil(() -> client.state(0) == ConnectionState.DISCONNECTED);

        assertEquals("bytes received while no request waits for a response: bytes=6", client.lastFailure(0).reason());
        assertEquals(List.of("ready 0", "lost 0"), listener.events);
    }

    // ---- Order ---------------------------------------------------------------------------------------------------

    @Test
    void shouldKeepOrderAndLimitOfRequestsInFlight() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        start(peer -> {
            peer.negotiate();
            List<ScriptedBroker.Received> requests = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                requests.add(peer.receive());
            }
            answer.await();
            // All in one write, so that they come in one read.
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (ScriptedBroker.Received request : requests) {
                all.write(ScriptedBroker.frame(request.header(), new MetadataResponseData()));
            }
            peer.send(all.toByteArray());
            peer.awaitClose();
        });
        connect(node());

        RecordingHandler last = null;
        for (int i = 0; i < 5; i++) {
            assertTrue(client.ready(node(), now()));
            last = new RecordingHandler("r" + i, log);
            client.send(node(), TestRequest.metadata(), last, now());
        }
        assertFalse(client.ready(node(), now()));
        assertEquals(Long.MAX_VALUE, client.readyDelayNs(node(), now()));
        assertEquals(5, client.inFlight(0));
        long writesBefore = client.writes();
        pollUntil(() -> log.size() == 5);
        assertEquals(1, client.writes() - writesBefore, "five requests share a write");
        answer.countDown();
        pollUntil(last::ended);

        assertEquals(List.of("r0 written", "r1 written", "r2 written", "r3 written", "r4 written", "r0 response",
                "r1 response", "r2 response", "r3 response", "r4 response"), log);
        assertEquals(0, client.inFlight(0));
        assertEquals(0, client.inFlight());
        assertTrue(client.canSend(0, now()));
        assertEquals(5, client.requestsSent());
        assertEquals(5, client.responsesReceived());
    }

    @Test
    void shouldReadResponseThatComesByteByByte() throws Exception {
        byte[] payload = random(3000);
        start(peer -> {
            peer.negotiate();
            for (int round = 0; round < 2; round++) {
                byte[] frame = frame(peer.receive(), payload);
                for (byte b : frame) {
                    peer.send(new byte[]{b});
                }
            }
            peer.awaitClose();
        });
        connect(node());

        for (int round = 0; round < 2; round++) {
            byte[] received = new byte[payload.length];
            RecordingHandler handler = new RecordingHandler("r", log, (body, version) -> copy(body, received));
            client.send(node(), TestRequest.metadata(), handler, now());
            pollUntil(handler::ended);
            assertArrayEquals(payload, received);
        }
    }

    @Test
    void shouldReadResponseLargerThanEveryBuffer() throws Exception {
        byte[] payload = random(3_000_000);
        start(peer -> {
            peer.negotiate();
            ScriptedBroker.Received first = peer.receive();
            ScriptedBroker.Received second = peer.receive();
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            all.write(frame(first, payload));
            all.write(frame(second, new byte[]{42}));
            peer.send(all.toByteArray());
            peer.awaitClose();
        });
        connect(node());
        byte[] received = new byte[payload.length];
        RecordingHandler large = new RecordingHandler("large", log, (body, version) -> copy(body, received));
        RecordingHandler small = new RecordingHandler("small", log);

        client.send(node(), TestRequest.metadata(), large, now());
        client.send(node(), TestRequest.metadata(), small, now());
        pollUntil(small::ended);

        assertArrayEquals(payload, received);
        assertEquals(1, small.bodyBytes);
    }

    @Test
    void shouldDeliverBufferedResponsesBeforeRemoteClose() throws Exception {
        start(peer -> {
            peer.negotiate();
            ScriptedBroker.Received first = peer.receive();
            ScriptedBroker.Received second = peer.receive();
            peer.receive();
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            all.write(frame(first, new byte[10]));
            all.write(frame(second, new byte[20]));
            all.write(new byte[]{0, 0, 0, 9, 0});
            peer.send(all.toByteArray());
        });
        connect(node());
        RecordingHandler last = new RecordingHandler("third", log);

        client.send(node(), TestRequest.metadata(), new RecordingHandler("first", log), now());
        client.send(node(), TestRequest.metadata(), new RecordingHandler("second", log), now());
        client.send(node(), TestRequest.metadata(), last, now());
        pollUntil(last::ended);

        assertEquals(List.of("first written", "second written", "third written", "first response", "second response",
                "third failure"), log);
        assertEquals("connection closed by the other side within a response: receivedBytes=5", last.failure.reason());
        assertEquals(RequestFailure.Written.FULLY, last.failure.written());
    }

    @Test
    void shouldContainExceptionsOfHandlers() throws Exception {
        start(peer -> {
            peer.negotiate();
            peer.respond(peer.receive(), new MetadataResponseData());
            peer.respond(peer.receive(), new MetadataResponseData());
            peer.awaitClose();
        });
        connect(node());
        Error thrown = new StackOverflowError("from the handler");
        RecordingHandler first = new RecordingHandler("first", log, (body, version) -> {
            throw thrown;
        });
        RecordingHandler second = new RecordingHandler("second", log);

        client.send(node(), TestRequest.metadata(), first, now());
        client.send(node(), TestRequest.metadata(), second, now());
        pollUntil(() -> first.ended() && second.ended());

        assertEquals(RequestFailure.Kind.HANDLER_ERROR, first.failure.kind());
        assertSame(thrown, first.failure.cause());
        assertEquals(List.of(thrown), listener.errors);
        assertTrue(second.responded);
        assertEquals(ConnectionState.READY, client.state(0));
    }

    // ---- Writing -------------------------------------------------------------------------------------------------

    @Test
    void shouldWriteLargeFramesThroughNarrowSocket() throws Exception {
        byte[] payload = random(4_000_000);
        CompletableFuture<byte[]> received = new CompletableFuture<>();
        broker = new ScriptedBroker(4096, peer -> {
            peer.negotiate();
            ByteArrayOutputStream bodies = new ByteArrayOutputStream();
            for (int i = 0; i < 3; i++) {
                ScriptedBroker.Received request = peer.receive();
                byte[] body = new byte[request.body().remaining()];
                request.body().get(body);
                bodies.write(body);
                peer.send(frame(request, new byte[]{1}));
            }
            received.complete(bodies.toByteArray());
            peer.awaitClose();
        });
        client = client(config().sendBufferBytes(8192).build(), HostResolver.system());
        connect(node());

        // Segments of odd sizes, direct and heap, from all of which three requests are made.
        ByteBuffer[][] bodies = new ByteBuffer[3][];
        Random random = new Random(1);
        int at = 0;
        for (int i = 0; i < 3; i++) {
            int end = i == 2 ? payload.length : at + 1_300_000;
            List<ByteBuffer> parts = new ArrayList<>();
            while (at < end) {
                int size = Math.min(end - at, 1 + random.nextInt(1500));
                ByteBuffer part = parts.size() % 7 == 0 ? ByteBuffer.allocate(size) : ByteBuffer.allocateDirect(size);
                parts.add(part.put(payload, at, size).flip());
                at += size;
            }
            bodies[i] = parts.toArray(new ByteBuffer[0]);
        }
        RecordingHandler[] handlers = new RecordingHandler[3];
        for (int i = 0; i < 3; i++) {
            handlers[i] = new RecordingHandler("r" + i, log);
            client.send(node(), new TestRequest(ApiKey.PRODUCE, true, bodies[i]), handlers[i], now());
        }
        client.poll(0, now());
        assertFalse(handlers[2].written, "the socket cannot have taken all of it");
        assertFalse(client.canSend(0, now()), "no further request while the socket is full");
        pollUntil(() -> handlers[2].ended());

        assertArrayEquals(payload, received.get(10, TimeUnit.SECONDS));
        assertTrue(handlers[0].responded && handlers[1].responded && handlers[2].responded);
        assertTrue(client.canSend(0, now()));
        assertTrue(log.indexOf("r0 written") < log.indexOf("r1 written"));
    }

    @Test
    void shouldSayHowMuchOfRequestWasWritten() throws Exception {
        CountDownLatch close = new CountDownLatch(1);
        broker = new ScriptedBroker(4096, peer -> {
            peer.negotiate();
            peer.receive();
            close.await();
        });
        client = client(config().sendBufferBytes(8192).build(), HostResolver.system());
        connect(node());
        RecordingHandler fully = new RecordingHandler("fully", log);
        RecordingHandler partly = new RecordingHandler("partly", log);
        RecordingHandler none = new RecordingHandler("none", log);

        client.send(node(), TestRequest.metadata(), fully, now());
        client.send(node(), new TestRequest(ApiKey.PRODUCE, true, ByteBuffer.allocateDirect(20_000_000)), partly,
                now());
        client.send(node(), TestRequest.metadata(), none, now());
        client.poll(0, now());
        close.countDown();
        pollUntil(none::ended);

        assertEquals(List.of("fully written", "fully failure", "partly failure", "none failure"), log);
        assertEquals(RequestFailure.Written.FULLY, fully.failure.written());
        assertEquals(RequestFailure.Written.PARTLY, partly.failure.written());
        assertEquals(RequestFailure.Written.NONE, none.failure.written());
        assertEquals(RequestFailure.Kind.DISCONNECTED, none.failure.kind());
    }

    @Test
    void shouldEndRequestWithoutResponseWhenWritten() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        start(peer -> {
            peer.negotiate();
            ScriptedBroker.Received first = peer.receive();
            peer.receive();
            ScriptedBroker.Received third = peer.receive();
            answer.await();
            peer.send(frame(first, new byte[1]));
            peer.send(frame(third, new byte[3]));
            peer.awaitClose();
        });
        connect(node());
        RecordingHandler before = new RecordingHandler("before", log);
        RecordingHandler silent = new RecordingHandler("silent", log);
        RecordingHandler after = new RecordingHandler("after", log);

        client.send(node(), TestRequest.metadata(), before, now());
        client.send(node(), new TestRequest(ApiKey.PRODUCE, false, ByteBuffer.allocate(100)), silent, now());
        client.send(node(), TestRequest.metadata(), after, now());
        pollUntil(silent::ended);
        assertEquals(-1, silent.bodyBytes);
        assertEquals(2, client.inFlight(0));
        answer.countDown();
        pollUntil(after::ended);

        assertEquals(List.of("before written", "silent written", "silent response", "after written", "before response",
                "after response"), log);
        assertEquals(1, before.bodyBytes);
        assertEquals(3, after.bodyBytes);
    }

    @Test
    void shouldReportRequestThatCannotBeEncoded() throws Exception {
        start(peer -> {
            peer.negotiate();
            peer.respond(peer.receive(), new MetadataResponseData());
            peer.awaitClose();
        });
        connect(node());
        RecordingHandler bad = new RecordingHandler("bad", log);
        RecordingHandler good = new RecordingHandler("good", log);

        client.send(node(), MetadataRequest.topics(List.of("x".repeat(40_000)), true), bad, now());
        client.send(node(), TestRequest.metadata(), good, now());
        pollUntil(() -> bad.ended() && good.ended());

        assertEquals(RequestFailure.Kind.NOT_ENCODABLE, bad.failure.kind());
        assertEquals(RequestFailure.Written.NONE, bad.failure.written());
        assertTrue(good.responded);
    }

    // ---- The connection's life -------------------------------------------------------------------------------------

    @Test
    void shouldReplaceConnectionWhenAddressOfNodeChanges() throws Exception {
        start(peer -> {
            peer.negotiate();
            peer.awaitClose();
        });
        connect(node());
        RecordingHandler handler = new RecordingHandler();
        client.send(node(), TestRequest.metadata(), handler, now());
        try (ScriptedBroker other = new ScriptedBroker(peer -> {
            peer.negotiate();
            peer.awaitClose();
        })) {
            Node moved = new Node(0, "127.0.0.1", other.port());

            connect(moved);

            assertEquals(RequestFailure.Kind.CLOSED, handler.failure.kind());
            assertEquals("address of the node has changed: newAddress=127.0.0.1:" + other.port(),
                    handler.failure.reason());
            assertEquals(RequestFailure.Written.NONE, handler.failure.written());
            client.close();
        }
    }

    @Test
    void shouldReconnectAfterBrokerHasClosed() throws Exception {
        start(peer -> {
            peer.negotiate();
            peer.receive();
        });
        connect(node());
        for (int i = 0; i < 3; i++) {
            RecordingHandler handler = new RecordingHandler();
            client.send(node(), TestRequest.metadata(), handler, now());
            pollUntil(handler::ended);
            assertEquals("connection closed by the broker before it answered a request (it may expect SASL)",
                    handler.failure.reason());
            connect(node());
        }
        assertEquals(4, broker.connections.get());
    }

    @Test
    void shouldTryEachAddressOfHost() throws Exception {
        start(peer -> {
            peer.negotiate();
            peer.awaitClose();
        });
        AtomicInteger resolutions = new AtomicInteger();
        // Nobody listens on the first one; the last one is of another family and is left out.
        InetAddress[] addresses = {InetAddress.getByName("127.0.0.2"), InetAddress.getByName("127.0.0.1"),
                InetAddress.getByName("::1")};
        client.close();
        client = client(config().build(), host -> {
            resolutions.incrementAndGet();
            return addresses;
        });
        Node node = new Node(0, "two-addresses", broker.port());

        connect(node);

        assertEquals(1, resolutions.get());
        assertEquals(List.of("unreached 0", "ready 0"), listener.events);
        assertTrue(listener.failures.get(0).address().endsWith("/127.0.0.2"));
    }

    @Test
    void shouldFailAllRequestsOnClose() throws Exception {
        start(peer -> {
            peer.negotiate();
            peer.awaitClose();
        });
        connect(node());
        RecordingHandler written = new RecordingHandler("written", log);
        RecordingHandler queued = new RecordingHandler("queued", log);
        client.send(node(), TestRequest.metadata(), written, now());
        pollUntil(() -> written.written);
        client.send(node(), TestRequest.metadata(), queued, now());

        client.close();
        client.close();

        assertEquals(List.of("written written", "written failure", "queued failure"), log);
        assertEquals(RequestFailure.Kind.CLOSED, written.failure.kind());
        assertEquals(RequestFailure.Written.FULLY, written.failure.written());
        assertEquals(RequestFailure.Written.NONE, queued.failure.written());
        assertEquals(0, client.poll(1_000_000_000L, now()));
        assertFalse(client.ready(node(), now()));
    }

    @Test
    void shouldSurviveCloseFromWithinHandler() throws Exception {
        start(peer -> {
            peer.negotiate();
            peer.respond(peer.receive(), new MetadataResponseData());
            peer.awaitClose();
        });
        connect(node());
        RecordingHandler closing = new RecordingHandler("closing", log, (body, version) -> client.close());
        RecordingHandler other = new RecordingHandler("other", log);
        client.send(node(), TestRequest.metadata(), closing, now());
        client.send(node(), TestRequest.metadata(), other, now());

        pollUntil(() -> closing.ended() && other.ended());

        assertTrue(closing.responded);
        assertEquals(RequestFailure.Kind.CLOSED, other.failure.kind());
        assertEquals(List.of(), listener.errors);
    }

    @Test
    void shouldEndPollOnWakeup() throws Exception {
        open(HostResolver.system());
        Thread waker = new Thread(client::wakeup);
        waker.start();

        // Without the wakeup this would take an hour.
        assertEquals(0, client.poll(TimeUnit.HOURS.toNanos(1), now()));
        waker.join();
    }

    @Test
    void shouldNotAllocatePerRequest() throws Exception {
        start(peer -> {
            peer.negotiate();
            byte[] response = null;
            for (;;) {
                ScriptedBroker.Received request = peer.receive();
                if (response == null) {
                    response = frame(request, new byte[50]);
                }
                ByteBuffer.wrap(response).putInt(4, request.header().correlationId());
                peer.send(response);
            }
        });
        connect(node());
        int rounds = 3000;
        ByteBuffer body = ByteBuffer.allocateDirect(500);
        Node node = node();
        TestRequest request = new TestRequest(ApiKey.PRODUCE, true, body);
        class Counter implements ResponseHandler {
            int responses;

            @Override
            public void onResponse(FrameReader reader, short version, long nowNs) {
                responses++;
            }

            @Override
            public void onFailure(RequestFailure failure, long nowNs) {
                throw new AssertionError(failure.toString());
            }
        }
        Counter counter = new Counter();
        long before = 0;
        for (int i = 0; i < 2 * rounds; i++) {
            if (i == rounds) {
                before = allocatedBytes();
            }
            body.clear();
            client.send(node, request, counter, now());
            while (counter.responses <= i) {
                client.poll(1_000_000_000L, now());
            }
        }
        long perRequest = (allocatedBytes() - before) / rounds;

        assertTrue(perRequest < 64, "bytes allocated per request: " + perRequest);
    }

    // ---- Help ------------------------------------------------------------------------------------------------------

    private String failureAfter(byte[] response) throws Exception {
        start(peer -> {
            peer.negotiate();
            peer.receive();
            peer.send(response);
            peer.awaitClose();
        });
        connect(node());
        RecordingHandler handler = new RecordingHandler();
        client.send(node(), TestRequest.metadata(), handler, now());
        pollUntil(handler::ended);
        assertNotNull(handler.failure);
        assertEquals(RequestFailure.Kind.PROTOCOL_ERROR, handler.failure.kind());
        assertEquals(RequestFailure.Written.FULLY, handler.failure.written());
        assertEquals(ConnectionState.DISCONNECTED, client.state(0));
        return handler.failure.reason();
    }

    private static NetworkConfig.Builder config() {
        return NetworkConfig.builder().clientId("tester").reconnectBackoffMs(1).reconnectBackoffMaxMs(2);
    }

    private void start(ScriptedBroker.Script script) throws IOException {
        broker = new ScriptedBroker(script);
        open(HostResolver.system());
    }

    private void open(HostResolver resolver) {
        client = client(config().build(), resolver);
    }

    private NetworkClient client(NetworkConfig config, HostResolver resolver) {
        return new NetworkClient(config, NioTransport.open(), resolver, System::nanoTime, new Random(1), listener);
    }

    private Node node() {
        return new Node(0, "127.0.0.1", broker.port());
    }

    /** By reflection, since the module has no use for java.management otherwise. */
    private static long allocatedBytes() throws ReflectiveOperationException {
        Object bean = Class.forName("java.lang.management.ManagementFactory").getMethod("getThreadMXBean").invoke(null);
        return (long) Class.forName("com.sun.management.ThreadMXBean").getMethod("getCurrentThreadAllocatedBytes")
                .invoke(bean);
    }

    private static long now() {
        return System.nanoTime();
    }

    private void connect(Node node) {
        pollUntil(() -> client.ready(node, now()));
    }

    private RequestFailure connectFailure(Node node) {
        assertFalse(client.ready(node, now()));
        pollUntil(() -> client.lastFailure(node.id()) != null);
        return client.lastFailure(node.id());
    }

    private void pollUntil(BooleanSupplier condition) {
        long end = now() + DEADLINE_NS;
        while (!condition.getAsBoolean()) {
            if (now() - end > 0) {
                throw new AssertionError("not within the deadline: state=" + client.state(0) + ", lastFailure="
                        + client.lastFailure(0) + ", log=" + log + ", errors=" + listener.errors);
            }
            client.poll(2_000_000, now());
        }
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private static void copy(FrameReader body, byte[] to) {
        for (int i = 0; i < to.length; i++) {
            to[i] = body.i8("payload");
        }
        body.end();
    }

    /** A response with any body; header version 1, as all flexible versions but ApiVersions have it. */
    private static byte[] frame(ScriptedBroker.Received request, byte[] body) {
        return ByteBuffer.allocate(4 + 4 + 1 + body.length).putInt(4 + 1 + body.length)
                .putInt(request.header().correlationId()).put((byte) 0).put(body).array();
    }
}
