package io.kp.bench.jmh;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import org.apache.kafka.clients.ApiVersions;
import org.apache.kafka.clients.KafkaClient;
import org.apache.kafka.clients.MetadataRecoveryStrategy;
import org.apache.kafka.clients.NetworkClient;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.internals.ProducerInterceptors;
import org.apache.kafka.clients.producer.internals.ProducerMetadata;
import org.apache.kafka.common.internals.ClusterResourceListeners;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.common.utils.Time;
import org.openjdk.jmh.annotations.AuxCounters;
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

import io.kp.client.Callback;
import io.kp.client.KpException;
import io.kp.client.Producer;
import io.kp.client.ProducerConfig;
import io.kp.client.ProducerContext;
import io.kp.client.ProducerRecord;
import io.kp.client.RecordMetadata;
import io.kp.client.Serializers;

/**
 * kp-client: {@code send} with a callback, up to the socket and back, without a network: both clients do all they do in an application but for the system calls.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 10, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = {"-Xms1g", "-Xmx1g", "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED"})
public class ClientBenchmark {
    private static final int PARTITIONS = 4;
    private static final String ADDRESS = "127.0.0.1:9092";

    /** Of both kinds; told on the one I/O thread. */
    private static final class Acknowledgements implements Callback, org.apache.kafka.clients.producer.Callback {
        private final AtomicLong acknowledged = new AtomicLong();
        private final AtomicLong failed = new AtomicLong();

        @Override
        public void onCompletion(final RecordMetadata metadata, final KpException failure) {
            count(failure);
        }

        @Override
        public void onCompletion(final org.apache.kafka.clients.producer.RecordMetadata metadata,
                final Exception failure) {
            count(failure);
        }

        private void count(final Exception failure) {
            if (failure == null) {
                acknowledged.lazySet(acknowledged.getPlain() + 1);
            } else {
                failed.incrementAndGet();
            }
        }
    }

    private interface Client {
        void send(byte[] value, Acknowledgements acknowledgements);

        void close();
    }

    private static final class KpClient implements Client {
        private final Producer<byte[], byte[]> producer = Producer.open(
                ProducerConfig.of(Map.of("bootstrap.servers", ADDRESS)), Serializers.byteArray(),
                Serializers.byteArray(), new ProducerContext().transport(new NullTransport(PARTITIONS)));

        @Override
        public void send(final byte[] value, final Acknowledgements acknowledgements) {
            producer.send(new ProducerRecord<>(NullBroker.TOPIC, value), acknowledgements);
        }

        @Override
        public void close() {
            producer.close();
        }
    }

    private static final class OfficialClient implements Client {
        private static final int MAX_IN_FLIGHT = 5;
        private static final long BACKOFF_MS = 50;
        private static final int TIMEOUT_MS = 30_000;
        private static final long MAX_AGE_MS = 300_000;
        // Not public: made for Kafka's own tests.
        private static final MethodHandle NEW;

        static {
            try {
                NEW = MethodHandles.privateLookupIn(KafkaProducer.class, MethodHandles.lookup()).findConstructor(
                        KafkaProducer.class,
                        MethodType.methodType(void.class, org.apache.kafka.clients.producer.ProducerConfig.class,
                                org.apache.kafka.common.serialization.Serializer.class,
                                org.apache.kafka.common.serialization.Serializer.class, ProducerMetadata.class,
                                KafkaClient.class, ProducerInterceptors.class, ApiVersions.class, Time.class));
            } catch (final ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        private final KafkaProducer<byte[], byte[]> producer;

        @SuppressWarnings("unchecked")
        OfficialClient() throws Throwable {
            final ProducerMetadata metadata = new ProducerMetadata(BACKOFF_MS, BACKOFF_MS, MAX_AGE_MS, MAX_AGE_MS,
                    new LogContext(), new ClusterResourceListeners(), Time.SYSTEM);
            metadata.bootstrap(List.of(new InetSocketAddress("127.0.0.1", 9092)));
            final ApiVersions versions = new ApiVersions();
            final NetworkClient network = new NetworkClient(new NullSelectable(PARTITIONS), metadata, "kp",
                    MAX_IN_FLIGHT, BACKOFF_MS, BACKOFF_MS, -1, -1, TIMEOUT_MS, TIMEOUT_MS, TIMEOUT_MS, Time.SYSTEM,
                    true, versions, new LogContext(), MetadataRecoveryStrategy.NONE);
            final org.apache.kafka.clients.producer.ProducerConfig config = new org.apache.kafka.clients.producer.ProducerConfig(
                    Map.of("bootstrap.servers", ADDRESS, "key.serializer", ByteArraySerializer.class,
                            "value.serializer", ByteArraySerializer.class));
            producer = (KafkaProducer<byte[], byte[]>) NEW.invoke(config, new ByteArraySerializer(),
                    new ByteArraySerializer(), metadata, network,
                    new ProducerInterceptors<byte[], byte[]>(List.of(), new Metrics()), versions, Time.SYSTEM);
        }

        @Override
        public void send(final byte[] value, final Acknowledgements acknowledgements) {
            producer.send(new org.apache.kafka.clients.producer.ProducerRecord<>(NullBroker.TOPIC, value),
                    acknowledgements);
        }

        @Override
        public void close() {
            producer.close();
        }
    }

    /** A producer. */
    @State(Scope.Benchmark)
    public static class Open {
        /** Who does the work. */
        @Param({"kp", "kafka"})
        public String client;

        /** Size of a value. */
        @Param({"10", "100", "1000"})
        public int valueBytes;

        private final List<Sending> sending = new CopyOnWriteArrayList<>();
        private final Acknowledgements acknowledgements = new Acknowledgements();
        private Client opened;

        /** Opens it. */
        @Setup(Level.Trial)
        public void setUp() throws Throwable {
            opened = client.equals("kp") ? new KpClient() : new OfficialClient();
        }

        /** Closes it, and fails unless every record was acknowledged. */
        @TearDown(Level.Trial)
        public void tearDown() {
            opened.close();
            // All threads have ended their iteration, though maybe not yet what each of them tears down.
            final long sent = sending.stream().mapToLong(each -> each.sent).sum();
            if (acknowledgements.acknowledged.get() != sent || acknowledgements.failed.get() != 0) {
                throw new IllegalStateException("not all records were acknowledged: sent=" + sent + ", acknowledged="
                        + acknowledgements.acknowledged + ", failed=" + acknowledgements.failed);
            }
        }
    }

    /** A thread's value and count. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Sending {
        /** Records for which {@code send} threw. */
        public long refused;

        private byte[] value;
        private long sent;

        /** Makes the value. */
        @Setup(Level.Trial)
        public void setUp(final Open state) {
            value = new byte[state.valueBytes];
            state.sending.add(this);
        }
    }

    private static void send(final Open state, final Sending sending) {
        try {
            state.opened.send(sending.value, state.acknowledgements);
            sending.sent++;
        } catch (final KpException | org.apache.kafka.common.KafkaException e) {
            sending.refused++;
        }
    }

    /** Sends, one thread. */
    @Benchmark
    @Threads(1)
    public void send1(final Open state, final Sending sending) {
        send(state, sending);
    }

    /** Eight threads. */
    @Benchmark
    @Threads(8)
    public void send8(final Open state, final Sending sending) {
        send(state, sending);
    }
}
