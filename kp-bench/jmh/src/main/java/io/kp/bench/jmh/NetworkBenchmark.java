package io.kp.bench.jmh;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.net.StandardSocketOptions;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponse;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.network.ByteBufferSend;
import org.apache.kafka.common.network.NetworkSend;
import org.apache.kafka.common.network.PlaintextChannelBuilder;
import org.apache.kafka.common.network.Selector;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.common.utils.Time;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

import io.kp.metadata.TopicId;
import io.kp.network.ApiKey;
import io.kp.network.FrameReader;
import io.kp.network.FrameWriter;
import io.kp.network.NioTransport;
import io.kp.network.ProduceRequest;
import io.kp.network.ProduceResponse;
import io.kp.network.RecordsSource;
import io.kp.network.Transport;
import io.kp.network.TransportChannel;

/**
 * kp-network: writing a produce request and reading its answer, and a message to an echo server and back, beside Kafka's.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = {"-Xms1g", "-Xmx1g", "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED"})
@Threads(1)
public class NetworkBenchmark {
    private static final short VERSION = 13;
    private static final int TIMEOUT_MS = 30_000;
    private static final int BATCH_RECORDS = 150;
    private static final String CLIENT_ID = "kp";

    /** A request with a batch for each of some partitions. */
    @State(Scope.Thread)
    public static class Request {
        /** Who does the work. */
        @Param({"kp", "kafka"})
        public String codec;

        /** Batches in the request. */
        @Param({"1", "4", "100"})
        public int batches;

        private final Uuid topicId = new Uuid(7, 8);
        private final TopicId kpTopicId = new TopicId(7, 8);
        private final FrameWriter frame = new FrameWriter(256);
        private final ProduceRequest request = new ProduceRequest();
        private MemoryRecords records;
        private RecordsSource source;
        private boolean kp;
        private int correlationId;

        /** Makes the batch. */
        @Setup(Level.Trial)
        public void setUp() {
            kp = codec.equals("kp");
            final SimpleRecord[] all = new SimpleRecord[BATCH_RECORDS];
            for (int i = 0; i < all.length; i++) {
                all[i] = new SimpleRecord(1_000, new byte[100]);
            }
            records = MemoryRecords.withRecords(Compression.NONE, all);
            final ByteBuffer direct = ByteBuffer.allocateDirect(records.sizeInBytes()).put(records.buffer()).flip();
            source = new RecordsSource() {
                @Override
                public int sizeInBytes() {
                    return direct.limit();
                }

                @Override
                public void spliceInto(final FrameWriter out) {
                    out.splice(direct.rewind());
                }
            };
            final long kpBytes = kpFrame();
            final long kafkaBytes = kafkaFrame();
            if (kpBytes != kafkaBytes) {
                throw new IllegalStateException("frames differ: kp=" + kpBytes + ", kafka=" + kafkaBytes);
            }
        }

        private long kpFrame() {
            request.begin(ProduceRequest.ACKS_ALL, TIMEOUT_MS, null);
            for (int i = 0; i < batches; i++) {
                request.add("topic", kpTopicId, i, source);
            }
            // The header, which a connection writes itself.
            frame.begin(ApiKey.PRODUCE, VERSION);
            frame.i16(ApiKeys.PRODUCE.id);
            frame.i16(VERSION);
            frame.i32(correlationId++);
            frame.i16((short) CLIENT_ID.length());
            frame.i8((byte) 'k');
            frame.i8((byte) 'p');
            frame.emptyTags();
            request.encodeBody(frame, VERSION);
            return frame.finish().sizeInBytes();
        }

        private long kafkaFrame() {
            final ProduceRequestData.TopicProduceDataCollection topics = new ProduceRequestData.TopicProduceDataCollection();
            final TopicProduceData topic = new TopicProduceData().setName("topic").setTopicId(topicId);
            topics.add(topic);
            for (int i = 0; i < batches; i++) {
                topic.partitionData().add(new PartitionProduceData().setIndex(i).setRecords(records));
            }
            final org.apache.kafka.common.requests.ProduceRequest built = org.apache.kafka.common.requests.ProduceRequest
                    .builder(new ProduceRequestData().setAcks((short) -1).setTimeoutMs(TIMEOUT_MS).setTopicData(topics))
                    .build(VERSION);
            return built.toSend(new org.apache.kafka.common.requests.RequestHeader(ApiKeys.PRODUCE, VERSION, CLIENT_ID,
                    correlationId++)).size();
        }
    }

    /** An answer for some partitions. */
    @State(Scope.Thread)
    public static class Response {
        /** Who does the work. */
        @Param({"kp", "kafka"})
        public String codec;

        /** Batches that it acknowledges. */
        @Param({"1", "4", "100"})
        public int batches;

        private final FrameReader reader = new FrameReader();
        private final ProduceResponse response = new ProduceResponse();
        private ByteBuffer bytes;
        private boolean kp;

        /** Makes the answer. */
        @Setup(Level.Trial)
        public void setUp() {
            kp = codec.equals("kp");
            final ProduceResponseData data = new ProduceResponseData();
            final TopicProduceResponse topic = new TopicProduceResponse().setTopicId(new Uuid(7, 8));
            data.responses().add(topic);
            for (int i = 0; i < batches; i++) {
                topic.partitionResponses().add(new PartitionProduceResponse().setIndex(i).setBaseOffset(1L << 40));
            }
            bytes = MessageUtil.toByteBufferAccessor(data, VERSION).buffer();
        }
    }

    /** Writes a request up to the buffers that the socket takes. */
    @Benchmark
    public long encode(final Request state) {
        return state.kp ? state.kpFrame() : state.kafkaFrame();
    }

    /** Reads an answer. */
    @Benchmark
    public long decode(final Response state) {
        long sum = 0;
        if (state.kp) {
            final ProduceResponse response = state.response
                    .decode(state.reader.wrap(state.bytes.rewind(), ApiKey.PRODUCE, VERSION));
            for (int i = 0; i < response.size(); i++) {
                sum += response.partition(i).baseOffset() + response.partition(i).errorCode();
            }
            return sum;
        }
        final ProduceResponseData data = org.apache.kafka.common.requests.ProduceResponse
                .parse(new ByteBufferAccessor(state.bytes.rewind()), VERSION).data();
        for (final TopicProduceResponse topic : data.responses()) {
            for (final PartitionProduceResponse partition : topic.partitionResponses()) {
                sum += partition.baseOffset() + partition.errorCode();
            }
        }
        return sum;
    }

    /** One message there and back. */
    private interface Echo {
        int roundTrip() throws IOException;

        void close() throws IOException;
    }

    /** A connection to a server that returns what it gets. */
    @State(Scope.Thread)
    public static class Echoing {
        /** Who does the work; blocking is one plain socket, the floor. */
        @Param({"kp", "kafka", "blocking"})
        public String selector;

        /** Size of the message. */
        @Param({"1000"})
        public int messageBytes;

        private ServerSocketChannel server;
        private Thread serverThread;
        private Echo echo;

        /** Starts the server and connects. */
        @Setup(Level.Trial)
        public void setUp() throws IOException {
            server = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            serverThread = new Thread(this::serve, "echo-server");
            serverThread.start();
            final InetSocketAddress address = (InetSocketAddress) server.getLocalAddress();
            final ByteBuffer message = ByteBuffer.allocateDirect(Integer.BYTES + messageBytes)
                    .putInt(0, messageBytes);
            echo = switch (selector) {
                case "kp" -> new KpEcho(address, message);
                case "kafka" -> new KafkaEcho(address, message);
                case "blocking" -> new BlockingEcho(address, message);
                default -> throw new IllegalArgumentException("no such selector: selector=" + selector);
            };
        }

        private void serve() {
            final ByteBuffer buffer = ByteBuffer.allocateDirect(64 * 1024);
            try (SocketChannel channel = server.accept()) {
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                while (channel.read(buffer.clear()) >= 0) {
                    buffer.flip();
                    while (buffer.hasRemaining()) {
                        channel.write(buffer);
                    }
                }
            } catch (final AsynchronousCloseException e) {
                // The benchmark has not even connected.
            } catch (final IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }

        /** Ends both. */
        @TearDown(Level.Trial)
        public void tearDown() throws IOException, InterruptedException {
            echo.close();
            server.close();
            serverThread.join();
        }
    }

    private static final class KpEcho implements Echo {
        private final NioTransport transport = NioTransport.open();
        private final TransportChannel channel;
        private final ByteBuffer[] message;
        private final ByteBuffer in;

        KpEcho(final InetSocketAddress address, final ByteBuffer message) throws IOException {
            this.message = new ByteBuffer[]{message};
            in = ByteBuffer.allocateDirect(message.capacity());
            channel = transport.connect(address, -1, -1, null);
            while (!channel.isConnected()) {
                transport.select(TimeUnit.SECONDS.toNanos(1), (ready, operations) -> {
                    if ((operations & Transport.OP_CONNECT) != 0) {
                        finish(ready);
                    }
                });
            }
        }

        private static void finish(final TransportChannel ready) {
            try {
                ready.finishConnect();
            } catch (final IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }

        @Override
        public int roundTrip() throws IOException {
            message[0].clear();
            in.clear();
            while (message[0].hasRemaining()) {
                channel.write(message, 0, 1);
            }
            while (in.hasRemaining()) {
                transport.select(TimeUnit.SECONDS.toNanos(1), this::read);
            }
            return in.position();
        }

        private void read(final TransportChannel ready, final int operations) {
            try {
                if (ready.read(in) < 0) {
                    throw new EOFException();
                }
            } catch (final IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }

        @Override
        public void close() throws IOException {
            transport.close();
        }
    }

    private static final class KafkaEcho implements Echo {
        private static final String ID = "1";
        private static final long IDLE_MS = 600_000;

        private final Selector selector;
        private final ByteBuffer message;

        KafkaEcho(final InetSocketAddress address, final ByteBuffer message) throws IOException {
            this.message = message;
            final PlaintextChannelBuilder channels = new PlaintextChannelBuilder(null);
            channels.configure(Map.of());
            selector = new Selector(IDLE_MS, new Metrics(), Time.SYSTEM, "benchmark", channels, new LogContext());
            selector.connect(ID, address, -1, -1);
            while (!selector.isChannelReady(ID)) {
                selector.poll(1_000);
            }
        }

        @Override
        public int roundTrip() throws IOException {
            selector.send(new NetworkSend(ID, new ByteBufferSend(message.clear())));
            while (true) {
                selector.poll(1_000);
                if (!selector.completedReceives().isEmpty()) {
                    return selector.completedReceives().iterator().next().payload().limit();
                }
                if (!selector.disconnected().isEmpty()) {
                    throw new EOFException();
                }
            }
        }

        @Override
        public void close() {
            selector.close();
        }
    }

    private static final class BlockingEcho implements Echo {
        private final SocketChannel channel;
        private final ByteBuffer message;
        private final ByteBuffer in;

        BlockingEcho(final InetSocketAddress address, final ByteBuffer message) throws IOException {
            this.message = message;
            in = ByteBuffer.allocateDirect(message.capacity());
            channel = SocketChannel.open(address);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        }

        @Override
        public int roundTrip() throws IOException {
            message.clear();
            while (message.hasRemaining()) {
                channel.write(message);
            }
            in.clear();
            while (in.hasRemaining()) {
                if (channel.read(in) < 0) {
                    throw new EOFException();
                }
            }
            return in.position();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    /** Sends a message and waits for its echo. */
    @Benchmark
    public int echo(final Echoing state) throws IOException {
        return state.echo.roundTrip();
    }
}
