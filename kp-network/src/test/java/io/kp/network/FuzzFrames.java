package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.protocol.ApiMessage;

import io.kp.metadata.Node;

/**
 * What a broker sends on a connection, cut into pieces: the first byte tells how far the connection is and how many requests wait for an
 * answer, the second how many sizes of pieces follow, then come those, then the stream.
 * <p>
 * The stream comes once in the pieces told and once in one piece; the requests that were answered and the answers must be the same. After
 * the stream the connection ends, and with it every request that was not answered.
 */
final class FuzzFrames implements FuzzTarget.FuzzInput {
    private static final int MAX_PIECES = 32;
    private static final int MAX_REQUESTS = 5;
    private static final int NEGOTIATING = 0x80;
    private static final byte[] VERSIONS = frame(0, ApiKey.API_VERSIONS,
            new ApiVersionsResponseData().setApiKeys(ScriptedBroker.ranges()));
    private static final ApiKey[] APIS = {ApiKey.METADATA, ApiKey.PRODUCE, ApiKey.INIT_PRODUCER_ID};

    private final NetworkConfig config = NetworkConfig.builder().build();
    private final ProduceResponse produceResponse = new ProduceResponse();

    @Override
    public boolean accept(byte[] data) {
        if (data.length < 2) {
            return false;
        }
        int pieces = Math.min(data[1] & 0xFF, Math.min(MAX_PIECES, data.length - 2));
        int[] sizes = new int[pieces];
        for (int i = 0; i < pieces; i++) {
            sizes[i] = 1 + (data[2 + i] & 0xFF);
        }
        byte[] stream = Arrays.copyOfRange(data, 2 + pieces, data.length);
        String inPieces = runAgain(data[0] & 0xFF, stream, sizes);
        String whole = runAgain(data[0] & 0xFF, stream, new int[0]);
        if ((data[0] & NEGOTIATING) == 0) {
            FuzzTarget.requireSame("how the stream was cut makes a difference", whole, inPieces);
        }
        return inPieces.contains("response");
    }

    /** Once more if the JVM had to set up something in the first run. */
    private String runAgain(int how, byte[] stream, int[] sizes) {
        try {
            return run(how, stream, sizes);
        } catch (FuzzTarget.TooMuchAllocated e) {
            return run(how, stream, sizes);
        }
    }

    private String run(int how, byte[] stream, int[] sizes) {
        FakeTransport transport = new FakeTransport();
        transport.connectAtOnce = true;
        RecordingListener listener = new RecordingListener();
        List<String> log = new ArrayList<>();
        Node node = new Node(1, "broker", 9092, null);
        try (NetworkClient client = new NetworkClient(config, transport,
                host -> new InetAddress[]{InetAddress.getLoopbackAddress()}, transport::nowNs, new Random(1),
                listener)) {
            client.ready(node, transport.nowNs);
            client.poll(0, transport.nowNs);
            FakeTransport.FakeChannel channel = transport.last();
            List<RecordingHandler> handlers = new ArrayList<>();
            if ((how & NEGOTIATING) == 0) {
                channel.send(VERSIONS);
                client.poll(0, transport.nowNs);
                for (int i = 0; i < 1 + how % MAX_REQUESTS; i++) {
                    send(client, transport, node, APIS[i % APIS.length], handlers, log);
                }
                client.poll(0, transport.nowNs);
            }
            // A response that has come in full is copied once to be collected, and its buffer may double on the way.
            FuzzTarget.boundedOnce(4 * stream.length, () -> {
                feed(client, transport, channel, stream, sizes);
                return null;
            });
            if ((how & NEGOTIATING) != 0 && client.ready(node, transport.nowNs)) {
                send(client, transport, node, ApiKey.METADATA, handlers, log);
                client.poll(0, transport.nowNs);
            }
            if (channel.open) {
                channel.endOfStream();
                client.poll(0, transport.nowNs);
            }
            assertTrue(!channel.open, "the connection has not ended");
            for (RecordingHandler handler : handlers) {
                assertTrue(handler.ended(), "a request has not ended");
            }
            assertEquals(0, client.inFlight());
            for (Throwable error : listener.errors) {
                assertTrue(error instanceof ProtocolException, () -> "unexpected: " + error);
            }
        }
        log.removeIf(line -> !line.contains("response"));
        return String.join("\n", log);
    }

    private static void feed(NetworkClient client, FakeTransport transport, FakeTransport.FakeChannel channel,
            byte[] stream, int[] sizes) {
        int at = 0;
        for (int i = 0; at < stream.length && channel.open; i++) {
            int size = i < sizes.length ? Math.min(sizes[i], stream.length - at) : stream.length - at;
            channel.send(Arrays.copyOfRange(stream, at, at + size));
            at += size;
            client.poll(0, transport.nowNs);
        }
    }

    private void send(NetworkClient client, FakeTransport transport, Node node, ApiKey apiKey,
            List<RecordingHandler> handlers, List<String> log) {
        int number = handlers.size();
        RecordingHandler handler = new RecordingHandler("request " + number, log,
                (body, version) -> log.add(number + " response " + decode(apiKey, body)));
        handlers.add(handler);
        client.send(node, new TestRequest(apiKey, true), handler, transport.nowNs);
    }

    private Object decode(ApiKey apiKey, FrameReader body) {
        return switch (apiKey) {
            case METADATA -> FuzzText.of(MetadataResponse.decode(body), body.version());
            case PRODUCE -> FuzzText.of(produceResponse.decode(body), body.version());
            default -> FuzzText.of(InitProducerIdResponse.decode(body));
        };
    }

    private static byte[] frame(int correlationId, ApiKey apiKey, ApiMessage message) {
        ByteBuffer frame = KafkaOracle.response(message, apiKey.maxVersion(), correlationId);
        ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES + frame.remaining());
        return bytes.putInt(frame.remaining()).put(frame).array();
    }

    static List<byte[]> seeds() {
        Random random = new Random(6);
        List<byte[]> seeds = new ArrayList<>();
        for (int requests = 1; requests <= MAX_REQUESTS; requests++) {
            for (int variant = 0; variant < 4; variant++) {
                ByteArrayOutputStream seed = new ByteArrayOutputStream();
                seed.write(requests - 1);
                int pieces = variant * 4;
                seed.write(pieces);
                for (int i = 0; i < pieces; i++) {
                    seed.write(random.nextInt(40));
                }
                for (int i = 0; i < requests; i++) {
                    seed.writeBytes(response(1 + i, APIS[i % APIS.length], random));
                }
                seeds.add(seed.toByteArray());
            }
        }
        ByteArrayOutputStream negotiation = new ByteArrayOutputStream();
        negotiation.writeBytes(new byte[]{(byte) NEGOTIATING, 2, 5, 30});
        negotiation.writeBytes(VERSIONS);
        seeds.add(negotiation.toByteArray());
        for (String foreign : new String[]{"HTTP/1.1 400 Bad Request\r\n", "SSH-2.0-OpenSSH\r\n",
                "\u0015\u0003\u0003\0\2\2F"}) {
            ByteArrayOutputStream seed = new ByteArrayOutputStream();
            seed.writeBytes(new byte[]{(byte) NEGOTIATING, 1, 2});
            seed.writeBytes(foreign.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
            seeds.add(seed.toByteArray());
        }
        return seeds;
    }

    private static byte[] response(int correlationId, ApiKey apiKey, Random random) {
        short version = apiKey.maxVersion();
        byte[] bytes;
        do {
            bytes = frame(correlationId, apiKey, switch (apiKey) {
                case METADATA -> MetadataCodecTest.random(random, version);
                case PRODUCE -> ProduceCodecTest.random(random, version);
                default -> InitProducerIdCodecTest.random(random, version);
            });
        } while (bytes.length > 250);
        return bytes;
    }
}
