package io.kp.bench.jmh;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import io.kp.client.Callback;
import io.kp.client.Explanation;
import io.kp.client.InvokedProducer;
import io.kp.client.KpException;
import io.kp.client.MetricsSnapshot;
import io.kp.client.Producer;
import io.kp.client.ProducerConfig;
import io.kp.client.ProducerContext;
import io.kp.client.ProducerRecord;
import io.kp.client.RecordMetadata;
import io.kp.client.Serializers;
import io.kp.client.Uncounted;
import io.kp.memory.Parker;

/**
 * kp-client: what it costs that a producer counts, beside one that does not, and what it costs to look at it. {@code uncounted} is the same producer with counters and
 * events whose methods return at once.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = {"-Xms1g", "-Xmx1g", "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED"})
public class MetricsBenchmark {
    private static final int VALUE_BYTES = 100;
    private static final int FULL = 150;
    private static final long TIMESTAMP_MS = 1_700_000_000_000L;

    private static ProducerConfig config() {
        // Batches that do not grow: they are what is counted.
        return ProducerConfig
                .of(Map.of("bootstrap.servers", "127.0.0.1:9092", "linger.ms", "0", "kp.batch.max.bytes", "0"));
    }

    private static ProducerContext context(final String client, final int partitions) {
        final ProducerContext context = new ProducerContext().transport(new NullTransport(partitions));
        return client.equals("uncounted") ? Uncounted.in(context) : context;
    }

    /** Told on one thread. */
    private static final class Acknowledgements implements Callback {
        private final AtomicLong acknowledged = new AtomicLong();
        private volatile KpException failure;

        @Override
        public void onCompletion(final RecordMetadata metadata, final KpException reason) {
            if (reason != null) {
                failure = reason;
            }
            acknowledged.lazySet(acknowledged.getPlain() + 1);
        }

        /** Fails unless all was acknowledged, and counted or not as it was to be. */
        void check(final Producer<?, ?> producer, final String client, final long sent) {
            if (failure != null) {
                throw failure;
            }
            final double counted = producer.snapshot().value("record-send-total");
            if (acknowledged.get() != sent || counted != (client.equals("uncounted") ? 0 : sent)) {
                throw new IllegalStateException("client=" + client + ", sent=" + sent + ", acknowledged="
                        + acknowledged + ", counted=" + counted);
            }
        }
    }

    /** A producer whose caller does all of the work. */
    @State(Scope.Benchmark)
    public static class Invoked {
        /** Whether it counts. */
        @Param({"kp", "uncounted"})
        public String client;

        private final byte[] value = new byte[VALUE_BYTES];
        private final Acknowledgements acknowledgements = new Acknowledgements();
        private InvokedProducer<byte[], byte[]> producer;
        private long sent;

        /** Opens it. */
        @Setup(Level.Trial)
        public void setUp() {
            producer = Producer.openInvoked(config(), Serializers.byteArray(), Serializers.byteArray(),
                    context(client, 1).parker(new Parker() {
                        @Override
                        public void park(final Object blocker, final long nanos) {
                            producer.invoke();
                        }

                        @Override
                        public void unpark(final Thread thread) {
                            // It does not sleep.
                        }
                    }));
        }

        private void deliver(final int records) {
            for (int i = 0; i < records; i++) {
                producer.send(NullBroker.TOPIC, 0, TIMESTAMP_MS, null, value, acknowledgements);
            }
            sent += records;
            while (acknowledgements.acknowledged.getPlain() < sent) {
                producer.invoke();
            }
        }

        /** Closes it. */
        @TearDown(Level.Trial)
        public void tearDown() {
            acknowledgements.check(producer, client, sent);
            producer.close();
        }
    }

    /** A producer with its I/O thread. */
    @State(Scope.Benchmark)
    public static class Opened {
        /** Whether it counts. */
        @Param({"kp", "uncounted"})
        public String client;

        private final byte[] value = new byte[VALUE_BYTES];
        private final Acknowledgements acknowledgements = new Acknowledgements();
        private Producer<byte[], byte[]> producer;
        private long sent;

        /** Opens it. */
        @Setup(Level.Trial)
        public void setUp() {
            producer = Producer.open(config(), Serializers.byteArray(), Serializers.byteArray(), context(client, 4));
        }

        /** Closes it. */
        @TearDown(Level.Trial)
        public void tearDown() {
            producer.flush();
            acknowledgements.check(producer, client, sent);
            producer.close();
        }
    }

    /** A producer that has sent a record to each partition. */
    @State(Scope.Benchmark)
    public static class Sent {
        /** Partitions of its one topic, and so of what is looked at. */
        @Param({"4", "100"})
        public int partitions;

        private Producer<byte[], byte[]> producer;

        /** Opens it and sends. */
        @Setup(Level.Trial)
        public void setUp() {
            producer = Producer.open(config(), Serializers.byteArray(), Serializers.byteArray(),
                    context("kp", partitions));
            for (int i = 0; i < partitions; i++) {
                producer.send(new ProducerRecord<>(NullBroker.TOPIC, i, null, new byte[VALUE_BYTES]));
            }
            producer.flush();
        }

        /** Closes it. */
        @TearDown(Level.Trial)
        public void tearDown() {
            producer.close();
        }
    }

    /** All of a record's way on one thread, in batches that are about full: what counting adds to the processor time of a record. */
    @Benchmark
    @OutputTimeUnit(TimeUnit.NANOSECONDS)
    @OperationsPerInvocation(FULL)
    public void deliverInBatchesOf150(final Invoked state) {
        state.deliver(FULL);
    }

    /** The same with a request for each record: the most that counting can add. */
    @Benchmark
    @OutputTimeUnit(TimeUnit.NANOSECONDS)
    public void deliverOneByOne(final Invoked state) {
        state.deliver(1);
    }

    /** The call of {@code send}, with the I/O thread beside it. */
    @Benchmark
    @OutputTimeUnit(TimeUnit.NANOSECONDS)
    public void send(final Opened state) {
        state.producer.send(NullBroker.TOPIC, -1, TIMESTAMP_MS, null, state.value, state.acknowledgements);
        state.sent++;
    }

    /** All metrics. */
    @Benchmark
    public MetricsSnapshot snapshot(final Sent state) {
        return state.producer.snapshot();
    }

    /** What limits. */
    @Benchmark
    public Explanation explain(final Sent state) {
        return state.producer.explain();
    }
}
