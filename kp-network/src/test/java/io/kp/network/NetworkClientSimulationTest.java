package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kp.metadata.Node;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.RequestHeader;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs of random events, each replayed exactly by its seed: brokers that answer, stay silent, cut, garble and go, a socket that takes
 * and gives bytes in pieces, handlers that throw and disconnect. Held against what must be true of every run: each request ends once, in
 * the order of its connection, with the truth about how much of it has left.
 */
class NetworkClientSimulationTest {
    private static final int NODES = 3;
    private static final int STEPS = 400;
    private static final int RUNS = 40;

    @ParameterizedTest
    @ValueSource(longs = {1, 1_000, 2_000, 3_000, 4_000})
    void shouldEndEachRequestOnceAndTellTheTruth(long firstSeed) {
        int responses = 0;
        int failures = 0;
        for (long seed = firstSeed; seed < firstSeed + RUNS; seed++) {
            try (Run run = new Run(seed)) {
                run.go();
                responses += run.responses;
                failures += run.failures;
            } catch (Throwable e) {
                throw new AssertionError("seed=" + seed, e);
            }
        }
        // A run in which nothing happens proves nothing.
        assertTrue(responses > 1_000, "responses: " + responses);
        assertTrue(failures > 1_000, "failures: " + failures);
    }

    /** One request, seen from both ends. */
    private final class Sent implements ResponseHandler {
        private final Run run;
        private final long id;
        private final int node;
        private final boolean expectsResponse;
        private final FakeTransport.FakeChannel channel;
        private boolean threw;
        private boolean written;
        private boolean ended;

        Sent(Run run, long id, int node, boolean expectsResponse) {
            this.run = run;
            this.id = id;
            this.node = node;
            this.expectsResponse = expectsResponse;
            this.channel = run.channelOf(node);
        }

        @Override
        public void onWritten(long nowNs) {
            assertTrue(!written && !ended, "written out of turn: " + id);
            written = true;
            run.maybeMisbehave(this, false);
        }

        @Override
        public void onResponse(FrameReader body, short version, long nowNs) {
            assertTrue(!ended && written, "answered out of turn: " + id);
            if (expectsResponse) {
                run.inOrder(this);
                assertEquals(id, body.i64("id"), "response to another request");
                body.end();
            } else {
                run.order.get(node).remove(this);
                assertEquals(null, body);
            }
            threw = true;
            run.maybeMisbehave(this, true);
            threw = false;
            ended = true;
            run.responses++;
        }

        @Override
        public void onFailure(RequestFailure failure, long nowNs) {
            assertTrue(!ended, "ended twice: " + id);
            assertEquals(node, failure.nodeId());
            if (!threw) {
                run.inOrder(this);
            }
            ended = true;
            run.failures++;
            RequestFailure.Written truth = run.writtenOf(this);
            assertEquals(truth, failure.written(), () -> "id=" + id + ", " + failure);
            // The other way round it need not be: the connection may end between the write and the word of it.
            assertTrue(!written || truth == RequestFailure.Written.FULLY);
            run.maybeMisbehave(this, false);
        }
    }

    private final class Run implements AutoCloseable {
        private final Random random;
        private final FakeTransport transport = new FakeTransport();
        private final RecordingListener listener = new RecordingListener();
        private final NetworkClient client;
        private final Map<FakeTransport.FakeChannel, BrokerSide> brokers = new HashMap<>();
        private final Map<FakeTransport.FakeChannel, Boolean> accepted = new HashMap<>();
        private final Map<Long, Sent> all = new HashMap<>();
        private final List<ArrayDeque<Sent>> order = new ArrayList<>();
        private long nextId = 1L << 40;
        private boolean calm;
        private int responses;
        private int failures;

        Run(long seed) {
            random = new Random(seed);
            for (int i = 0; i < NODES; i++) {
                order.add(new ArrayDeque<>());
            }
            NetworkConfig config = NetworkConfig.builder().maxInFlight(1 + random.nextInt(6)).requestTimeoutMs(2_000)
                    .connectionMaxIdleMs(3_000).connectionSetupTimeoutMs(500).connectionSetupTimeoutMaxMs(1_000)
                    .build();
            client = new NetworkClient(config, transport, host -> {
                if (!calm && random.nextInt(20) == 0) {
                    throw new UnknownHostException(host);
                }
                return new InetAddress[]{InetAddress.getLoopbackAddress()};
            }, transport::nowNs, random, listener);
        }

        void go() {
            for (int step = 0; step < STEPS; step++) {
                broker();
                sender();
                client.poll(random.nextInt(4) == 0 ? TimeUnit.MILLISECONDS.toNanos(random.nextInt(1_000)) : 0,
                        transport.nowNs);
                assertTrue(listener.errors.stream().allMatch(e -> e instanceof HandlerException
                        || e instanceof ProtocolException), listener.errors::toString);
            }
            // Then nothing more is sent, and time alone must end everything.
            calm = true;
            for (int i = 0; i < 100 && all.values().stream().anyMatch(sent -> !sent.ended); i++) {
                client.poll(TimeUnit.SECONDS.toNanos(1), transport.nowNs);
            }
            for (Sent sent : all.values()) {
                assertTrue(sent.ended, () -> "never ended: " + sent.id);
            }
            assertEquals(0, client.inFlight());
            for (ArrayDeque<Sent> queue : order) {
                assertTrue(queue.isEmpty());
            }
        }

        @Override
        public void close() {
            client.close();
        }

        FakeTransport.FakeChannel channelOf(int node) {
            FakeTransport.FakeChannel found = null;
            for (FakeTransport.FakeChannel channel : transport.channels) {
                if (channel.open && ((Connection) channel.attachment()).nodeId == node) {
                    found = channel;
                }
            }
            return found;
        }

        void inOrder(Sent sent) {
            assertEquals(sent, order.get(sent.node).poll(), "out of order");
        }

        /** What the broker has of a request, as its bytes say. */
        RequestFailure.Written writtenOf(Sent sent) {
            BrokerSide broker = collect(sent.channel);
            if (broker.complete.contains(sent.id)) {
                return RequestFailure.Written.FULLY;
            }
            // What is left belongs to the first request that is not complete.
            long first = broker.sent.stream().filter(id -> !broker.complete.contains(id)).findFirst().orElseThrow();
            return first == sent.id && broker.rest.length > 0
                    ? RequestFailure.Written.PARTLY
                    : RequestFailure.Written.NONE;
        }

        private BrokerSide collect(FakeTransport.FakeChannel channel) {
            BrokerSide broker = brokers.computeIfAbsent(channel, c -> new BrokerSide());
            broker.receive(channel.takeWritten());
            return broker;
        }

        private void sender() {
            int node = random.nextInt(NODES);
            Node target = new Node(node, "host" + node, 9000 + (random.nextInt(100) == 0 ? 1 : 0));
            for (int i = 0; i < 3 && client.ready(target, transport.nowNs); i++) {
                boolean expectsResponse = random.nextInt(4) > 0;
                long id = nextId++;
                byte[] filler = new byte[random.nextInt(10) == 0 ? random.nextInt(20_000) : random.nextInt(50)];
                ByteBuffer idBytes = ByteBuffer.allocateDirect(8).putLong(0, id);
                Sent sent = new Sent(this, id, node, expectsResponse);
                all.put(id, sent);
                collect(sent.channel).sent.add(id);
                order.get(node).add(sent);
                client.send(target, new TestRequest(ApiKey.PRODUCE, expectsResponse, ByteBuffer.wrap(filler), idBytes),
                        sent, transport.nowNs);
            }
            if (random.nextInt(100) == 0) {
                client.disconnect(random.nextInt(NODES));
            }
            if (random.nextInt(50) == 0) {
                client.throttle(node, ApiKey.PRODUCE, (short) 9, random.nextInt(300), transport.nowNs);
            }
        }

        void maybeMisbehave(Sent sent, boolean mayBeMalformed) {
            if (calm) {
                return;
            }
            switch (random.nextInt(60)) {
                case 0 :
                    throw new HandlerException();
                case 1 :
                    client.disconnect(sent.node);
                    break;
                case 2 :
                    client.disconnect((sent.node + 1) % NODES);
                    break;
                case 3 :
                    if (mayBeMalformed) {
                        throw new FrameReader().wrap(ByteBuffer.allocate(0), ApiKey.PRODUCE, (short) 9).malformed("f",
                                0, 0,
                                0, "made up");
                    }
                    break;
                default :
                    break;
            }
        }

        private void broker() {
            for (FakeTransport.FakeChannel channel : List.copyOf(transport.channels)) {
                if (!channel.open) {
                    collect(channel);
                    transport.channels.remove(channel);
                    continue;
                }
                channel.writeCapacity = random.nextInt(3) == 0 ? random.nextInt(200) : random.nextInt(50_000);
                if (!accepted.containsKey(channel)) {
                    switch (random.nextInt(4)) {
                        case 0 :
                            if (random.nextInt(3) == 0) {
                                channel.refuse(new IOException("Connection refused"));
                                accepted.put(channel, false);
                            }
                            break;
                        case 1 :
                            break;
                        default :
                            channel.accept();
                            accepted.put(channel, true);
                            break;
                    }
                    continue;
                }
                collect(channel);
                if (random.nextInt(5) > 0) {
                    answer(channel);
                }
                switch (random.nextInt(300)) {
                    case 0 :
                        channel.endOfStream();
                        break;
                    case 1 :
                        channel.readError(new IOException("Connection reset"));
                        break;
                    case 2 :
                        channel.writeError = new IOException("Broken pipe");
                        break;
                    case 3 :
                        byte[] garbage = new byte[1 + random.nextInt(20)];
                        random.nextBytes(garbage);
                        channel.send(garbage);
                        break;
                    default :
                        break;
                }
            }
        }

        private void answer(FakeTransport.FakeChannel channel) {
            BrokerSide broker = collect(channel);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            for (ByteBuffer frame = broker.toAnswer.poll(); frame != null; frame = broker.toAnswer.poll()) {
                int size = frame.remaining();
                RequestHeader header = RequestHeader.parse(frame);
                if (header.apiKey() == ApiKeys.API_VERSIONS) {
                    out.writeBytes(ScriptedBroker.frame(header,
                            new ApiVersionsResponseData().setApiKeys(ScriptedBroker.ranges())));
                    continue;
                }
                long id = frame.getLong(size - 8);
                if (all.get(id).expectsResponse) {
                    out.writeBytes(ByteBuffer.allocate(17).putInt(13).putInt(header.correlationId()).put((byte) 0)
                            .putLong(id).array());
                }
                if (random.nextInt(3) == 0) {
                    break;
                }
            }
            ByteBuffer answers = ByteBuffer.wrap(out.toByteArray());
            while (answers.hasRemaining()) {
                byte[] piece = new byte[Math.min(answers.remaining(), 1 + random.nextInt(40))];
                answers.get(piece);
                channel.send(piece);
            }
        }
    }

    /** What came out of one connection. */
    private static final class BrokerSide {
        private final List<Long> sent = new ArrayList<>();
        private final Set<Long> complete = new HashSet<>();
        private final ArrayDeque<ByteBuffer> toAnswer = new ArrayDeque<>();
        private byte[] rest = new byte[0];

        void receive(byte[] bytes) {
            ByteBuffer all = ByteBuffer.allocate(rest.length + bytes.length).put(rest).put(bytes).flip();
            while (all.remaining() >= 4 && all.remaining() - 4 >= all.getInt(all.position())) {
                int size = all.getInt();
                toAnswer.add(all.slice(all.position(), size));
                all.position(all.position() + size);
                complete.add(all.getLong(all.position() - 8));
            }
            rest = new byte[all.remaining()];
            all.get(rest);
        }
    }

    private static final class HandlerException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        HandlerException() {
            super("thrown by a handler", null, false, false);
        }
    }
}
