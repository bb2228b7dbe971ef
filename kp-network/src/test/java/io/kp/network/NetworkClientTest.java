package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kp.metadata.Node;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The client over a fake network and clock: everything that depends on time, chance and the size of reads and writes. */
class NetworkClientTest {
    private static final Node NODE = new Node(0, "broker", 9092);
    private static final Node OTHER = new Node(1, "other", 9092);
    private static final Node THIRD = new Node(2, "third", 9092);
    private static final long FOREVER_NS = TimeUnit.HOURS.toNanos(10);

    private final FakeTransport transport = new FakeTransport();
    private final RecordingListener listener = new RecordingListener();
    private final List<String> log = new ArrayList<>();
    private InetAddress[] addresses = {InetAddress.getLoopbackAddress()};
    private final Map<String, CompletableFuture<InetAddress[]>> lookUps = new HashMap<>();
    private int resolutions;
    private NetworkClient client = client(NetworkConfig.builder().build());

    // ---- Setting a connection up ---------------------------------------------------------------------------------

    @Test
    void shouldTimeOutConnectThatNobodyAnswers() {
        long startNs = transport.nowNs;
        client.ready(NODE, transport.nowNs);
        assertEquals(ConnectionState.CONNECTING, client.state(0));

        client.poll(FOREVER_NS, transport.nowNs);

        long passedMs = (transport.nowNs - startNs) / 1_000_000;
        assertTrue(passedMs >= 8_000 && passedMs <= 12_000, () -> "timed out after " + passedMs);
        RequestFailure failure = client.lastFailure(0);
        assertEquals(RequestFailure.Kind.TIMED_OUT, failure.kind());
        assertEquals("connection setup timed out after " + passedMs + " ms: no answer to the TCP connect",
                failure.reason());
        assertEquals("broker:9092/127.0.0.1", failure.address());
        assertFalse(transport.last().open);
        assertEquals(List.of("unreached 0"), listener.events);
    }

    @Test
    void shouldTimeOutPortThatSaysNothing() {
        client.ready(NODE, transport.nowNs);
        transport.last().accept();
        client.poll(FOREVER_NS, transport.nowNs);
        assertEquals(ConnectionState.CHECKING_API_VERSIONS, client.state(0));
        assertEquals(1, transport.last().takeRequests().size());

        client.poll(FOREVER_NS, transport.nowNs);

        assertEquals(ConnectionState.DISCONNECTED, client.state(0));
        assertTrue(client.lastFailure(0).reason().endsWith(
                " ms: the port accepted the connection but did not answer ApiVersions"),
                client.lastFailure(0)::toString);
    }

    @Test
    void shouldGiveEachAttemptMoreTimeUpToTheMaximum() {
        List<Long> timeoutsMs = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            waitForBackoff(NODE);
            client.ready(NODE, transport.nowNs);
            long startNs = transport.nowNs;
            client.poll(FOREVER_NS, transport.nowNs);
            timeoutsMs.add((transport.nowNs - startNs) / 1_000_000);
        }

        assertWithin(timeoutsMs.get(0), 8_000, 12_000);
        assertWithin(timeoutsMs.get(1), 16_000, 24_000);
        for (long timeoutMs : timeoutsMs.subList(2, 12)) {
            assertWithin(timeoutMs, 24_000, 30_000);
        }
        assertTrue(timeoutsMs.subList(2, 12).stream().distinct().count() > 1, "no jitter");
    }

    @Test
    void shouldBackOffExponentiallyUntilReady() {
        List<Long> backoffsMs = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            backoffsMs.add(refuseOnce());
        }
        assertWithin(backoffsMs.get(0), 40, 60);
        assertWithin(backoffsMs.get(1), 80, 120);
        assertWithin(backoffsMs.get(2), 160, 240);
        assertWithin(backoffsMs.get(3), 320, 480);
        assertWithin(backoffsMs.get(4), 640, 960);
        for (long backoffMs : backoffsMs.subList(5, 10)) {
            assertWithin(backoffMs, 800, 1_000);
        }

        connect(NODE);
        transport.last().endOfStream();
        client.poll(0, transport.nowNs);
        assertWithin(client.readyDelayNs(NODE, transport.nowNs) / 1_000_000, 40, 60);
    }

    @Test
    void shouldNotConnectBeforeBackoffIsOver() {
        refuseOnce();
        int attempts = transport.channels.size();

        transport.nowNs += client.readyDelayNs(NODE, transport.nowNs) - 1;
        assertFalse(client.ready(NODE, transport.nowNs));
        assertEquals(attempts, transport.channels.size());
        transport.nowNs++;
        assertEquals(0, client.readyDelayNs(NODE, transport.nowNs));
        assertFalse(client.ready(NODE, transport.nowNs));

        assertEquals(attempts + 1, transport.channels.size());
        assertEquals(Long.MAX_VALUE, client.readyDelayNs(NODE, transport.nowNs));
    }

    @Test
    void shouldKeepConstantBackoffWhenMaximumIsNotLarger() {
        client = client(NetworkConfig.builder().reconnectBackoffMs(300).reconnectBackoffMaxMs(200).build());
        for (int i = 0; i < 4; i++) {
            assertEquals(200, refuseOnce());
        }
    }

    @Test
    void shouldExplainConnectThatFailsAtOnce() {
        transport.connectErrors.add(new IOException("Network is unreachable"));

        assertFalse(client.ready(NODE, transport.nowNs));

        assertEquals("network is unreachable: node=0, address=broker:9092/127.0.0.1",
                client.lastFailure(0).message());
        assertWithin(client.readyDelayNs(NODE, transport.nowNs) / 1_000_000, 40, 60);
    }

    @Test
    void shouldGoOnWhenConnectSucceedsAtOnce() {
        transport.connectAtOnce = true;
        client.ready(NODE, transport.nowNs);
        assertEquals(ConnectionState.CHECKING_API_VERSIONS, client.state(0));
        client.poll(0, transport.nowNs);
        transport.last().negotiate();
        client.poll(0, transport.nowNs);
        assertTrue(client.ready(NODE, transport.nowNs));
    }

    @Test
    void shouldRecogniseSocketThatMetItself() {
        client.ready(NODE, transport.nowNs);
        transport.last().localAddress = transport.last().remoteAddress();
        transport.last().accept();
        client.poll(0, transport.nowNs);

        assertEquals("connection refused (the socket met itself)", client.lastFailure(0).reason());
        assertFalse(transport.last().open);
    }

    @Test
    void shouldExplainResetDuringSetUp() {
        client.ready(NODE, transport.nowNs);
        transport.last().accept();
        client.poll(0, transport.nowNs);
        transport.last().readError(new IOException("Connection reset"));
        client.poll(0, transport.nowNs);

        assertEquals("connection reset before it answered ApiVersions (it may expect TLS, or not be a Kafka broker)",
                client.lastFailure(0).reason());
    }

    @Test
    void shouldResolveAgainOnceAllAddressesAreTried() throws Exception {
        addresses = new InetAddress[]{InetAddress.getByName("10.0.0.1"), InetAddress.getByName("10.0.0.2")};
        refuseOnce();
        refuseOnce();
        assertEquals(1, resolutions);
        // The one that was tried last is not tried again at once.
        addresses = new InetAddress[]{InetAddress.getByName("10.0.0.2"), InetAddress.getByName("10.0.0.3")};
        refuseOnce();

        assertEquals(2, resolutions);
        assertEquals(List.of("10.0.0.1", "10.0.0.2", "10.0.0.3"), triedAddresses());
    }

    @Test
    void shouldResolveAgainAfterConnectionWasLost() throws Exception {
        addresses = new InetAddress[]{InetAddress.getByName("10.0.0.1"), InetAddress.getByName("10.0.0.2")};
        connect(NODE);
        transport.last().endOfStream();
        client.poll(0, transport.nowNs);
        waitForBackoff(NODE);
        client.ready(NODE, transport.nowNs);

        assertEquals(2, resolutions);
        assertEquals(List.of("10.0.0.1", "10.0.0.2"), triedAddresses());
    }

    @Test
    void shouldServeOthersWhileNameIsBeingResolved() {
        client = clientWithLookUps(NetworkConfig.builder().build());
        client.ready(NODE, transport.nowNs);
        client.ready(OTHER, transport.nowNs);
        assertEquals(ConnectionState.CONNECTING, client.state(0));
        assertEquals(0, transport.channels.size());

        lookUps.get("other").complete(addresses);
        connect(OTHER);
        assertEquals(Long.MAX_VALUE, client.readyDelayNs(NODE, transport.nowNs));
        lookUps.get("broker").complete(addresses);
        assertTrue(transport.woken);
        connect(NODE);

        assertEquals(ConnectionState.READY, client.state(0));
        assertEquals(ConnectionState.READY, client.state(1));
    }

    @Test
    void shouldTimeOutNameThatIsNotResolved() {
        client = clientWithLookUps(NetworkConfig.builder().build());
        client.ready(NODE, transport.nowNs);
        client.poll(FOREVER_NS, transport.nowNs);

        assertEquals(RequestFailure.Kind.TIMED_OUT, client.lastFailure(0).kind());
        assertTrue(
                client.lastFailure(0).message()
                        .endsWith(" ms: the host name is still being resolved: host=broker: node=0, "
                                + "address=broker:9092"),
                client.lastFailure(0)::message);
        // An answer that comes too late is nobody's.
        lookUps.get("broker").complete(addresses);
        client.poll(0, transport.nowNs);
        assertEquals(ConnectionState.DISCONNECTED, client.state(0));
        assertEquals(0, transport.channels.size());
        waitForBackoff(NODE);
        connectByName(NODE);
    }

    @Test
    void shouldForgetLookUpWhenAddressOfNodeChanges() {
        client = clientWithLookUps(NetworkConfig.builder().build());
        client.ready(NODE, transport.nowNs);
        Node moved = new Node(0, "elsewhere", 9092);
        client.ready(moved, transport.nowNs);
        lookUps.get("broker").complete(addresses);
        client.poll(0, transport.nowNs);
        assertEquals(0, transport.channels.size());
        connectByName(moved);
    }

    @Test
    void shouldExplainNameThatCannotBeResolved() {
        client = clientWithLookUps(NetworkConfig.builder().build());
        client.ready(NODE, transport.nowNs);
        lookUps.get("broker").completeExceptionally(new UnknownHostException("broker: no such name"));
        client.poll(0, transport.nowNs);
        assertEquals("unknown host broker", client.lastFailure(0).reason());
        assertEquals("broker: no such name", client.lastFailure(0).cause().getMessage());
        waitForBackoff(NODE);
        client.ready(NODE, transport.nowNs);
        lookUps.get("broker").completeExceptionally(new IllegalStateException("no resolver"));
        client.poll(0, transport.nowNs);
        assertEquals("cannot resolve host broker: java.lang.IllegalStateException: no resolver",
                client.lastFailure(0).reason());
        waitForBackoff(NODE);
        client.ready(NODE, transport.nowNs);
        lookUps.get("broker").complete(new InetAddress[0]);
        client.poll(0, transport.nowNs);
        assertEquals("unknown host broker", client.lastFailure(0).reason());
    }

    @Test
    void shouldCloseWhileNameIsBeingResolved() {
        client = clientWithLookUps(NetworkConfig.builder().build());
        client.ready(NODE, transport.nowNs);
        client.close();
        lookUps.get("broker").complete(addresses);
        assertEquals(0, client.poll(0, transport.nowNs));
        assertEquals(0, transport.channels.size());
    }

    @ParameterizedTest
    @EnumSource(value = Errors.class, names = {"SASL_AUTHENTICATION_FAILED", "ILLEGAL_SASL_STATE",
            "CLUSTER_AUTHORIZATION_FAILED"})
    void shouldCallRefusedIdentityAuthenticationFailure(Errors error) {
        client.ready(NODE, transport.nowNs);
        transport.last().accept();
        client.poll(0, transport.nowNs);
        transport.last().respond(transport.last().takeRequests().get(0),
                new ApiVersionsResponseData().setErrorCode(error.code()));
        client.poll(0, transport.nowNs);

        assertEquals(RequestFailure.Kind.AUTHENTICATION, client.lastFailure(0).kind());
        assertFalse(RequestFailure.Kind.AUTHENTICATION.retriable());
    }

    // ---- Timeouts ------------------------------------------------------------------------------------------------

    @Test
    void shouldCloseConnectionWhenOneRequestTimesOut() {
        connect(NODE);
        RecordingHandler first = send(NODE, "first");
        transport.nowNs += TimeUnit.SECONDS.toNanos(10);
        RecordingHandler second = send(NODE, "second");
        long startNs = transport.nowNs;

        while (!second.ended()) {
            client.poll(FOREVER_NS, transport.nowNs);
        }

        assertEquals(TimeUnit.SECONDS.toNanos(20), transport.nowNs - startNs);
        assertEquals(List.of("first written", "second written", "first failure", "second failure"), log);
        assertEquals(RequestFailure.Kind.TIMED_OUT, first.failure.kind());
        assertEquals(RequestFailure.Kind.TIMED_OUT, second.failure.kind());
        assertEquals("no response within requestTimeoutMs=30000 (api=Metadata, version=13, correlationId=0);"
                + " connection closed", second.failure.reason());
        assertFalse(transport.last().open);
        assertEquals(List.of("ready 0", "lost 0"), listener.events);
    }

    @Test
    void shouldNotTimeOutAnsweredRequest() {
        connect(NODE);
        send(NODE, "first");
        client.poll(0, transport.nowNs);
        transport.nowNs += TimeUnit.SECONDS.toNanos(29);
        answerAll();
        client.poll(0, transport.nowNs);
        RecordingHandler second = send(NODE, "second");
        client.poll(0, transport.nowNs);
        transport.nowNs += TimeUnit.SECONDS.toNanos(29);
        client.poll(0, transport.nowNs);
        assertEquals(ConnectionState.READY, client.state(0));
        assertFalse(second.ended());
        client.poll(FOREVER_NS, transport.nowNs);
        assertEquals(RequestFailure.Kind.TIMED_OUT, second.failure.kind());
    }

    @Test
    void shouldCloseIdleConnection() {
        connect(NODE);
        long startNs = transport.nowNs;
        send(NODE, "r");
        client.poll(0, transport.nowNs);
        transport.nowNs += TimeUnit.SECONDS.toNanos(20);
        answerAll();
        client.poll(0, transport.nowNs);
        while (client.state(0) == ConnectionState.READY) {
            client.poll(FOREVER_NS, transport.nowNs);
        }

        assertEquals(TimeUnit.SECONDS.toNanos(20 + 540), transport.nowNs - startNs);
        assertEquals("connection closed after being idle for 540000 ms", client.lastFailure(0).reason());
        assertEquals(RequestFailure.Kind.CLOSED, client.lastFailure(0).kind());
        assertFalse(transport.last().open);
    }

    @Test
    void shouldKeepIdleConnectionWithRequestInFlight() {
        client = client(NetworkConfig.builder().connectionMaxIdleMs(1_000).requestTimeoutMs(60_000).build());
        connect(NODE);
        RecordingHandler handler = send(NODE, "r");
        client.poll(0, transport.nowNs);
        transport.nowNs += TimeUnit.SECONDS.toNanos(30);
        client.poll(0, transport.nowNs);
        answerAll();
        client.poll(0, transport.nowNs);

        assertTrue(handler.responded);
    }

    @Test
    void shouldNeverCloseIdleConnectionWhenTold() {
        client = client(NetworkConfig.builder().connectionMaxIdleMs(-1).build());
        connect(NODE);
        client.poll(FOREVER_NS, transport.nowNs);
        client.poll(FOREVER_NS, transport.nowNs);
        assertEquals(ConnectionState.READY, client.state(0));
        assertEquals(FOREVER_NS, transport.lastTimeoutNs);
    }

    @Test
    void shouldNotWaitWhenHandlersWereCalled() {
        connect(NODE);
        send(NODE, "r");
        client.disconnect(0);
        assertEquals(List.of(), log, "told before poll");

        assertEquals(1, client.poll(FOREVER_NS, transport.nowNs));

        assertEquals(0, transport.lastTimeoutNs);
        assertEquals(List.of("r failure"), log);
        assertEquals(0, client.poll(5, transport.nowNs));
        assertEquals(5, transport.lastTimeoutNs);
    }

    // ---- Throttling ----------------------------------------------------------------------------------------------

    @Test
    void shouldMuteThrottledNode() {
        connect(NODE);
        client.throttle(0, ApiKey.PRODUCE, (short) 6, 2_000, transport.nowNs);

        assertFalse(client.ready(NODE, transport.nowNs));
        assertFalse(client.canSend(0, transport.nowNs));
        assertEquals(TimeUnit.SECONDS.toNanos(2), client.readyDelayNs(NODE, transport.nowNs));
        client.throttle(0, ApiKey.PRODUCE, (short) 6, 1_000, transport.nowNs);
        assertEquals(TimeUnit.SECONDS.toNanos(2), client.readyDelayNs(NODE, transport.nowNs));
        assertNull(client.leastLoaded(List.of(NODE), transport.nowNs));
        transport.nowNs += TimeUnit.SECONDS.toNanos(2);

        assertTrue(client.ready(NODE, transport.nowNs));
        assertEquals(3_000, listener.throttledMs);
    }

    @Test
    void shouldLeaveThrottlingToBrokerInOldVersions() {
        connect(NODE);
        client.throttle(0, ApiKey.PRODUCE, (short) 5, 2_000, transport.nowNs);
        client.throttle(0, ApiKey.METADATA, (short) 5, 2_000, transport.nowNs);
        client.throttle(0, ApiKey.PRODUCE, (short) 6, 0, transport.nowNs);
        client.throttle(0, ApiKey.PRODUCE, (short) 6, -7, transport.nowNs);
        client.throttle(77, ApiKey.PRODUCE, (short) 6, 9, transport.nowNs);

        assertTrue(client.ready(NODE, transport.nowNs));
        assertEquals(4_009, listener.throttledMs);
    }

    @Test
    void shouldThrottleAsToldInApiVersions() {
        client.ready(NODE, transport.nowNs);
        transport.last().accept();
        client.poll(0, transport.nowNs);
        transport.last().respond(transport.last().takeRequests().get(0),
                new ApiVersionsResponseData().setApiKeys(ScriptedBroker.ranges()).setThrottleTimeMs(700));
        client.poll(0, transport.nowNs);

        assertEquals(ConnectionState.READY, client.state(0));
        assertEquals(TimeUnit.MILLISECONDS.toNanos(700), client.readyDelayNs(NODE, transport.nowNs));
    }

    @Test
    void shouldNotCountThrottleTimeAgainstTimeout() {
        connect(NODE);
        RecordingHandler handler = send(NODE, "r");
        client.throttle(0, ApiKey.PRODUCE, (short) 6, 10_000, transport.nowNs);
        long startNs = transport.nowNs;
        while (!handler.ended()) {
            client.poll(FOREVER_NS, transport.nowNs);
        }

        assertEquals(TimeUnit.SECONDS.toNanos(40), transport.nowNs - startNs);
    }

    // ---- The least loaded node -------------------------------------------------------------------------------------

    @Test
    void shouldPreferNodeWithFewestRequestsInFlight() {
        connect(NODE);
        connect(OTHER);
        send(NODE, "a");
        for (int i = 0; i < 50; i++) {
            assertSame(OTHER, client.leastLoaded(List.of(NODE, OTHER, THIRD), transport.nowNs));
        }
        send(OTHER, "b");
        send(OTHER, "c");
        for (int i = 0; i < 50; i++) {
            assertSame(NODE, client.leastLoaded(List.of(NODE, OTHER, THIRD), transport.nowNs));
        }
    }

    @Test
    void shouldPreferConnectingToUnconnectedNode() {
        client.ready(OTHER, transport.nowNs);
        for (int i = 0; i < 50; i++) {
            assertSame(OTHER, client.leastLoaded(List.of(NODE, OTHER, THIRD), transport.nowNs));
        }
    }

    @Test
    void shouldPreferNodeNotTriedForLongest() {
        List<Node> nodes = List.of(NODE, OTHER, THIRD);
        List<Integer> tried = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Node node = client.leastLoaded(nodes, transport.nowNs);
            tried.add(node.id());
            client.ready(node, transport.nowNs);
            transport.last().refuse(new ConnectException("Connection refused"));
            client.poll(0, transport.nowNs);
            transport.nowNs += TimeUnit.SECONDS.toNanos(2);
        }

        assertEquals(3, tried.subList(0, 3).stream().distinct().count(), tried::toString);
        assertEquals(tried.subList(0, 3), tried.subList(3, 6));
    }

    @Test
    void shouldFindNoNodeWhileAllBackOff() {
        refuseOnce();
        assertNull(client.leastLoaded(List.of(NODE), transport.nowNs));
        assertNull(client.leastLoaded(List.of(), transport.nowNs));
        transport.nowNs += client.readyDelayNs(NODE, transport.nowNs);
        assertSame(NODE, client.leastLoaded(List.of(NODE), transport.nowNs));
    }

    @Test
    void shouldSpreadLoadOverIdleNodes() {
        connect(NODE);
        connect(OTHER);
        List<Node> nodes = List.of(NODE, OTHER);
        int[] hits = new int[2];
        for (int i = 0; i < 1000; i++) {
            hits[client.leastLoaded(nodes, transport.nowNs).id()]++;
        }
        assertTrue(hits[0] > 300 && hits[1] > 300, hits[0] + " and " + hits[1]);
    }

    // ---- Writes and reads of any size --------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 64, 1000})
    void shouldWriteEveryByteWhateverTheSocketTakes(int step) {
        connect(NODE);
        FakeTransport.FakeChannel channel = transport.last();
        Random random = new Random(step);
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        RecordingHandler[] handlers = new RecordingHandler[5];
        channel.writeCapacity = 0;
        long[] ends = new long[5];
        for (int i = 0; i < 5; i++) {
            ByteBuffer[] parts = new ByteBuffer[random.nextInt(6)];
            FrameWriter twin = new FrameWriter(64);
            for (int j = 0; j < parts.length; j++) {
                byte[] bytes = new byte[random.nextInt(300)];
                random.nextBytes(bytes);
                parts[j] = ByteBuffer.wrap(bytes);
            }
            TestRequest request = new TestRequest(ApiKey.PRODUCE, true, parts);
            twin.encode(request, (short) 13, i, "");
            for (int j = twin.firstUnsent(); j < twin.partCount(); j++) {
                ByteBuffer part = twin.parts()[j];
                while (part.hasRemaining()) {
                    expected.write(part.get());
                }
            }
            for (ByteBuffer part : parts) {
                part.rewind();
            }
            ends[i] = expected.size();
            handlers[i] = new RecordingHandler("r" + i, log);
            client.send(NODE, request, handlers[i], transport.nowNs);
        }
        client.poll(0, transport.nowNs);

        while (written.size() < expected.size()) {
            channel.writeCapacity = step;
            client.poll(0, transport.nowNs);
            written.writeBytes(channel.takeWritten());
            for (int i = 0; i < 5; i++) {
                assertEquals(written.size() >= ends[i], handlers[i].written, "frame " + i);
            }
        }
        assertArrayEquals(expected.toByteArray(), written.toByteArray());
        channel.writeCapacity = Long.MAX_VALUE;
        client.poll(0, transport.nowNs);
        assertArrayEquals(new byte[0], channel.takeWritten());
    }

    @Test
    void shouldReadResponsesWhateverTheSizeOfReads() {
        connect(NODE);
        FakeTransport.FakeChannel channel = transport.last();
        Random random = new Random(7);
        for (int round = 0; round < 200; round++) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            int count = 1 + random.nextInt(5);
            List<RecordingHandler> handlers = new ArrayList<>();
            int[] sizes = new int[count];
            for (int i = 0; i < count; i++) {
                sizes[i] = random.nextInt(10) == 0 ? random.nextInt(200_000) : random.nextInt(40);
                int size = sizes[i];
                RecordingHandler handler = new RecordingHandler("r", log, (body, version) -> {
                    for (int j = 0; j < size; j++) {
                        assertEquals((byte) (j * 31), body.i8("payload"));
                    }
                    body.end();
                });
                handlers.add(handler);
                client.send(NODE, TestRequest.metadata(), handler, transport.nowNs);
            }
            client.poll(0, transport.nowNs);
            int i = 0;
            for (ScriptedBroker.Received request : channel.takeRequests()) {
                ByteBuffer frame = ByteBuffer.allocate(9 + sizes[i]).putInt(5 + sizes[i])
                        .putInt(request.header().correlationId()).put((byte) 0);
                for (int j = 0; j < sizes[i]; j++) {
                    frame.put((byte) (j * 31));
                }
                out.writeBytes(frame.array());
                i++;
            }
            ByteBuffer bytes = ByteBuffer.wrap(out.toByteArray());
            while (bytes.hasRemaining()) {
                byte[] piece = new byte[Math.min(bytes.remaining(),
                        1 + random.nextInt(random.nextBoolean() ? 10 : 100_000))];
                bytes.get(piece);
                channel.send(piece);
                client.poll(0, transport.nowNs);
            }
            while (!handlers.get(count - 1).ended() && client.poll(0, transport.nowNs) > 0) {
                continue;
            }
            for (RecordingHandler handler : handlers) {
                assertTrue(handler.responded, () -> "round failed: " + handler.failure + listener.errors);
            }
            log.clear();
        }
        assertTrue(client.partialCapacity(0) <= NetworkClient.MAX_RETAINED_PARTIAL_BYTES);
    }

    @Test
    void shouldAllocateWhatCameAndNotWhatWasClaimed() {
        connect(NODE);
        RecordingHandler handler = send(NODE, "r");
        client.poll(0, transport.nowNs);
        int id = transport.last().takeRequests().get(0).header().correlationId();
        transport.last().send(ByteBuffer.allocate(8).putInt(100 * 1024 * 1024).putInt(id).array());
        client.poll(0, transport.nowNs);
        assertEquals(1024, client.partialCapacity(0));
        int received = 8;
        for (int i = 0; i < 300; i++) {
            transport.last().send(new byte[1000]);
            client.poll(0, transport.nowNs);
            received += 1000;
            assertTrue(client.partialCapacity(0) <= 2 * received, client.partialCapacity(0) + " for " + received);
        }
        assertFalse(handler.ended());
        assertEquals(ConnectionState.READY, client.state(0));
    }

    // ---- Endings ---------------------------------------------------------------------------------------------------

    @Test
    void shouldReadWhatBrokerSaidBeforeReportingFailedWrite() {
        connect(NODE);
        send(NODE, "first");
        client.poll(0, transport.nowNs);
        answerAll();
        RecordingHandler second = send(NODE, "second");
        transport.last().writeError = new IOException("Broken pipe");
        client.poll(0, transport.nowNs);

        assertEquals(List.of("first written", "first response", "second failure"), log);
        assertEquals("broken pipe", second.failure.reason());
        assertEquals(RequestFailure.Written.NONE, second.failure.written());
    }

    @Test
    void shouldReportResetConnection() {
        connect(NODE);
        RecordingHandler handler = send(NODE, "r");
        client.poll(0, transport.nowNs);
        transport.last().readError(new IOException("Connection reset by peer"));
        client.poll(0, transport.nowNs);

        assertEquals(RequestFailure.Kind.DISCONNECTED, handler.failure.kind());
        assertEquals("connection reset by peer", handler.failure.reason());
        assertEquals(RequestFailure.Written.FULLY, handler.failure.written());
    }

    @Test
    void shouldNotSendOnResponseToPartOfRequest() {
        connect(NODE);
        transport.last().writeCapacity = 10;
        RecordingHandler handler = send(NODE, "r");
        client.poll(0, transport.nowNs);
        transport.last().send(new byte[]{0, 0, 0, 5, 0, 0, 0, 0, 0});
        client.poll(0, transport.nowNs);

        assertEquals(RequestFailure.Kind.PROTOCOL_ERROR, handler.failure.kind());
        assertEquals(RequestFailure.Written.PARTLY, handler.failure.written());
    }

    @Test
    void shouldLeaveOtherConnectionsAloneWhenHandlerDisconnects() {
        connect(NODE);
        FakeTransport.FakeChannel channel = transport.last();
        connect(OTHER);
        FakeTransport.FakeChannel otherChannel = transport.last();
        client.send(NODE, TestRequest.metadata(),
                new RecordingHandler("a", log, (body, version) -> client.disconnect(1)), transport.nowNs);
        send(NODE, "b");
        send(OTHER, "c");
        client.poll(0, transport.nowNs);
        for (ScriptedBroker.Received request : channel.takeRequests()) {
            channel.respond(request, new MetadataResponseData());
        }
        for (ScriptedBroker.Received request : otherChannel.takeRequests()) {
            otherChannel.respond(request, new MetadataResponseData());
        }
        log.clear();
        client.poll(0, transport.nowNs);
        client.poll(0, transport.nowNs);

        assertEquals(List.of("a response", "b response", "c failure"), sorted(log));
        assertFalse(otherChannel.open);
        assertTrue(channel.open);
        assertEquals(List.of(), listener.errors);
    }

    @Test
    void shouldSurviveHandlerThatDisconnectsItsOwnNodeAndConnectsAgain() {
        connect(NODE);
        FakeTransport.FakeChannel channel = transport.last();
        client.send(NODE, TestRequest.metadata(), new RecordingHandler("a", log, (body, version) -> {
            client.disconnect(0);
            transport.nowNs += TimeUnit.SECONDS.toNanos(1);
            client.ready(NODE, transport.nowNs);
            assertEquals(MetadataResponse.NO_NODE, MetadataResponse.decode(body).controllerId());
        }), transport.nowNs);
        send(NODE, "b");
        client.poll(0, transport.nowNs);
        List<ScriptedBroker.Received> requests = channel.takeRequests();
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(ScriptedBroker.frame(requests.get(0).header(), new MetadataResponseData()));
        both.writeBytes(ScriptedBroker.frame(requests.get(1).header(), new MetadataResponseData()));
        channel.send(both.toByteArray());
        client.poll(0, transport.nowNs);

        assertEquals(List.of("a written", "b written", "a response", "b failure"), log);
        assertEquals(List.of(), listener.errors);
        transport.last().accept();
        client.poll(0, transport.nowNs);
        transport.last().negotiate();
        client.poll(0, transport.nowNs);
        assertTrue(client.ready(NODE, transport.nowNs));
    }

    @Test
    void shouldSendFromWithinHandlers() {
        connect(NODE);
        RecordingHandler follow = new RecordingHandler("follow", log);
        client.send(NODE, TestRequest.metadata(), new RecordingHandler("a", log,
                (body, version) -> client.send(NODE, TestRequest.metadata(), follow, transport.nowNs)),
                transport.nowNs);
        client.poll(0, transport.nowNs);
        answerAll();
        client.poll(0, transport.nowNs);
        assertTrue(follow.written, "written in the same turn");
        answerAll();
        client.poll(0, transport.nowNs);
        assertTrue(follow.responded);
    }

    @Test
    void shouldContainErrorsOfTransport() {
        connect(NODE);
        transport.selectErrors.add(new IllegalStateException("selector is broken"));
        assertEquals(0, client.poll(1, transport.nowNs));
        assertEquals("selector is broken", listener.errors.get(0).getMessage());
        assertTrue(client.ready(NODE, transport.nowNs));
    }

    @Test
    void shouldIgnoreExceptionsOfListener() {
        client = new NetworkClient(NetworkConfig.builder().build(), transport, host -> addresses, transport::nowNs,
                new Random(1), new ConnectionListener() {
                    @Override
                    public void onReady(int nodeId, String address, long nowNs) {
                        throw new IllegalStateException("listener");
                    }

                    @Override
                    public void onDisconnect(RequestFailure failure, boolean wasReady, long nowNs) {
                        throw new AssertionError("listener");
                    }

                    @Override
                    public void onThrottle(int nodeId, long throttleMs) {
                        throw new IllegalStateException("listener");
                    }
                });
        connect(NODE);
        client.throttle(0, ApiKey.PRODUCE, (short) 9, 5, transport.nowNs);
        assertFalse(client.canSend(0, transport.nowNs));
        transport.last().endOfStream();
        client.poll(0, transport.nowNs);
        assertEquals(ConnectionState.DISCONNECTED, client.state(0));
    }

    @Test
    void shouldSkipReservedCorrelationIds() {
        connect(NODE);
        client.nextCorrelationId(Integer.MAX_VALUE - 9);
        for (int i = 0; i < 4; i++) {
            send(NODE, "r");
        }
        client.poll(0, transport.nowNs);

        assertEquals(List.of(Integer.MAX_VALUE - 9, Integer.MAX_VALUE - 8, Integer.MIN_VALUE, Integer.MIN_VALUE + 1),
                transport.last().takeRequests().stream().map(r -> r.header().correlationId())
                        .collect(Collectors.toList()));
    }

    @Test
    void shouldRefuseMisuse() {
        assertThrows(IllegalStateException.class, () -> send(NODE, "too early"));
        connect(NODE);
        for (int i = 0; i < 5; i++) {
            send(NODE, "r" + i);
        }
        assertEquals("too many requests in flight: node=broker:9092 (id=0), inFlight=5, maxInFlight=5",
                assertThrows(IllegalStateException.class, () -> send(NODE, "too many")).getMessage());
        client.disconnect(0);
        client.disconnect(0);
        client.disconnect(99);
        client.poll(0, transport.nowNs);
        assertEquals(List.of("r0 failure", "r1 failure", "r2 failure", "r3 failure", "r4 failure"), log);

        connect(NODE);
        client.send(NODE, TestRequest.metadata(),
                new RecordingHandler("polling", log, (body, version) -> client.poll(0, transport.nowNs)),
                transport.nowNs);
        client.poll(0, transport.nowNs);
        answerAll();
        client.poll(0, transport.nowNs);
        assertTrue(listener.errors.get(0) instanceof IllegalStateException, listener.errors::toString);
    }

    @Test
    void shouldCloseTransport() {
        connect(NODE);
        RecordingHandler handler = send(NODE, "r");
        client.close();
        assertTrue(transport.closed);
        assertEquals("client closed", handler.failure.reason());
        assertThrows(IllegalStateException.class, () -> send(NODE, "late"));
    }

    @Test
    void shouldReuseEntriesOfEndedRequests() {
        connect(NODE);
        // The pool of entries is as large as the most requests that were in flight at once.
        for (int round = 0; round < 100; round++) {
            for (int i = 0; i < 5; i++) {
                send(NODE, "r");
            }
            client.poll(0, transport.nowNs);
            answerAll();
            while (client.inFlight(0) > 0) {
                client.poll(0, transport.nowNs);
            }
        }
        assertEquals(5, client.pooledRequests());
    }

    // ---- Help ------------------------------------------------------------------------------------------------------

    private NetworkClient client(NetworkConfig config) {
        return new NetworkClient(config, transport, host -> {
            resolutions++;
            return addresses;
        }, transport::nowNs, new Random(42), listener);
    }

    private NetworkClient clientWithLookUps(NetworkConfig config) {
        HostResolver resolver = new HostResolver() {
            @Override
            public InetAddress[] resolve(String host) {
                throw new AssertionError("asked for an answer at once: host=" + host);
            }

            @Override
            public CompletableFuture<InetAddress[]> lookUp(String host) {
                CompletableFuture<InetAddress[]> lookUp = new CompletableFuture<>();
                lookUps.put(host, lookUp);
                return lookUp;
            }
        };
        return new NetworkClient(config, transport, resolver, transport::nowNs, new Random(42), listener);
    }

    private void connectByName(Node node) {
        waitForBackoff(node);
        client.ready(node, transport.nowNs);
        lookUps.get(node.host()).complete(addresses);
        client.poll(0, transport.nowNs);
        connect(node);
    }

    private void connect(Node node) {
        waitForBackoff(node);
        client.ready(node, transport.nowNs);
        client.poll(0, transport.nowNs);
        transport.last().accept();
        client.poll(0, transport.nowNs);
        // The first frame of the connection is ApiVersions; its correlation id is taken back for readable tests.
        transport.last().negotiate();
        client.poll(0, transport.nowNs);
        client.nextCorrelationId(0);
        assertTrue(client.ready(node, transport.nowNs));
        client.poll(0, transport.nowNs);
        log.clear();
    }

    private void waitForBackoff(Node node) {
        long delayNs = client.readyDelayNs(node, transport.nowNs);
        transport.nowNs += delayNs == Long.MAX_VALUE ? 0 : delayNs;
    }

    /** Lets one attempt fail; returns the backoff after it in milliseconds. */
    private long refuseOnce() {
        waitForBackoff(NODE);
        client.ready(NODE, transport.nowNs);
        transport.last().refuse(new ConnectException("Connection refused"));
        client.poll(0, transport.nowNs);
        assertEquals("connection refused", client.lastFailure(0).reason());
        return client.readyDelayNs(NODE, transport.nowNs) / 1_000_000;
    }

    private RecordingHandler send(Node node, String name) {
        RecordingHandler handler = new RecordingHandler(name, log);
        client.send(node, TestRequest.metadata(), handler, transport.nowNs);
        return handler;
    }

    private void answerAll() {
        FakeTransport.FakeChannel channel = transport.last();
        for (ScriptedBroker.Received request : channel.takeRequests()) {
            channel.respond(request, new MetadataResponseData());
        }
    }

    private List<String> triedAddresses() {
        return transport.channels.stream().map(FakeTransport.FakeChannel::remoteAddress)
                .map(InetSocketAddress::getAddress).map(InetAddress::getHostAddress).collect(Collectors.toList());
    }

    private static List<String> sorted(List<String> list) {
        return list.stream().sorted().collect(Collectors.toList());
    }

    private static void assertWithin(long value, long min, long max) {
        assertTrue(value >= min && value <= max, () -> value + " is not within " + min + " to " + max);
    }
}
