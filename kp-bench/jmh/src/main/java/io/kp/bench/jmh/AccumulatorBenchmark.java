package io.kp.bench.jmh;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.openjdk.jmh.annotations.AuxCounters;
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
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

import io.kp.accumulator.Batch;
import io.kp.accumulator.DrainFilter;
import io.kp.accumulator.RecordAccumulator;
import io.kp.memory.BufferPool;
import io.kp.metadata.Cluster;
import io.kp.metadata.Node;
import io.kp.metadata.PartitionInfo;
import io.kp.metadata.TopicId;
import io.kp.metadata.TopicInfo;

/**
 * kp-accumulator: appending, draining and sealing, beside a variant with a lock for each partition and Kafka's own.
 *
 * <p>
 * The {@code append} benchmarks run with an I/O thread that takes every batch, acknowledges its records and gives its memory back, so they measure the pair: where it
 * is the slower one, appenders wait for memory.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = {"-Xms1g", "-Xmx1g", "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED"})
public class AccumulatorBenchmark {
    private static final int VALUE_BYTES = 100;
    private static final long LINGER_NS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final int RECORDS_DRAINED = 1_000;

    /** An accumulator and its I/O thread. */
    @State(Scope.Benchmark)
    public static class Served {
        /** Who does the work. */
        @Param({"kp", "locked", "kafka"})
        public String accumulator;

        /** Partitions, used in turn. */
        @Param({"1", "100"})
        public int partitions;

        private Appender appender;
        private Thread io;
        private volatile boolean stop;
        private volatile Throwable failure;

        /** Starts it. */
        @Setup(Level.Trial)
        public void setUp() {
            appender = AppenderLimits.lingering(LINGER_NS).appender(accumulator, partitions);
            io = new Thread(this::serve, "io");
            io.start();
        }

        private void serve() {
            try {
                while (!stop) {
                    if (appender.drain() == 0) {
                        appender.awaitWork();
                    }
                }
            } catch (final RuntimeException | Error e) {
                failure = e;
            }
        }

        /** Ends it, and fails if memory is missing. */
        @TearDown(Level.Trial)
        public void tearDown() throws InterruptedException {
            stop = true;
            while (io.isAlive()) {
                appender.wake();
                io.join(1);
            }
            if (failure != null) {
                throw new IllegalStateException("the I/O thread failed", failure);
            }
            requireNone(appender.close());
        }
    }

    private static void requireNone(final long missingBytes) {
        if (missingBytes != 0) {
            throw new IllegalStateException("memory did not come back: bytes=" + missingBytes);
        }
    }

    /** A thread's value and place, and appends that came to nothing. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Sending {
        /** Waits for memory in vain. */
        public long refused;

        private final byte[] value = new byte[VALUE_BYTES];
        private int next;
    }

    private static void append(final Served state, final Sending sending) throws InterruptedException {
        if (!state.appender.append(sending.next, sending.value)) {
            sending.refused++;
        }
        sending.next = sending.next + 1 == state.partitions ? 0 : sending.next + 1;
    }

    /** Appends 100 bytes, one thread. */
    @Benchmark
    @Threads(1)
    public void append1(final Served state, final Sending sending) throws InterruptedException {
        append(state, sending);
    }

    /** Two threads. */
    @Benchmark
    @Threads(2)
    public void append2(final Served state, final Sending sending) throws InterruptedException {
        append(state, sending);
    }

    /** Eight threads. */
    @Benchmark
    @Threads(8)
    public void append8(final Served state, final Sending sending) throws InterruptedException {
        append(state, sending);
    }

    /** An accumulator without a thread. */
    @State(Scope.Thread)
    public static class Alone {
        /** Who does the work. */
        @Param({"kp", "locked", "kafka"})
        public String accumulator;

        /** Partitions, used in turn. */
        @Param({"1", "100"})
        public int partitions;

        private final byte[] value = new byte[VALUE_BYTES];
        private Appender appender;

        /** Makes it. */
        @Setup(Level.Trial)
        public void setUp() {
            appender = AppenderLimits.lingering(0).appender(accumulator, partitions);
        }

        /** Fails if memory is missing. */
        @TearDown(Level.Trial)
        public void tearDown() {
            requireNone(appender.close());
        }
    }

    /** Appends 1,000 records and drains them, on one thread: the work without the contention, per record. */
    @Benchmark
    @Threads(1)
    @OperationsPerInvocation(RECORDS_DRAINED)
    public int drain(final Alone state) throws InterruptedException {
        int partition = 0;
        for (int i = 0; i < RECORDS_DRAINED; i++) {
            state.appender.append(partition, state.value);
            partition = partition + 1 == state.partitions ? 0 : partition + 1;
        }
        return state.appender.drain();
    }

    /** A full batch that can be sealed again and again. */
    @State(Scope.Thread)
    public static class Full {
        /** Who does the work. */
        @Param({"kp", "kafka"})
        public String accumulator;

        /** Size of the batch. */
        @Param({"16384", "1048576"})
        public int batchBytes;

        private BufferPool pool;
        private RecordAccumulator owner;
        private Batch batch;
        private MemoryRecordsBuilder builder;

        /** Fills it. */
        @Setup(Level.Trial)
        public void setUp() throws InterruptedException {
            final int records = batchBytes / (VALUE_BYTES + 11);
            pool = BufferPool.builder().capacityBytes(4L * batchBytes).segmentBytes(16 * 1024).build();
            owner = RecordAccumulator.builder().pool(pool).nanoClock(System::nanoTime).waker(() -> {
                // There is no thread to wake.
            }).batchBytes(batchBytes).lingerNs(0).build();
            owner.updateCluster(Cluster.of(1, "c", 1, List.of(new Node(1, "localhost", 9092)),
                    List.of(TopicInfo.of("t", TopicId.ZERO, false, List.of(new PartitionInfo("t", 0, 1, 0))))));
            builder = MemoryRecords.builder(ByteBuffer.allocate(batchBytes + 1024), Compression.NONE,
                    TimestampType.CREATE_TIME, 0);
            for (int i = 0; i < records; i++) {
                owner.append(owner.topic("t").partition(0), 1_000, null, new byte[VALUE_BYTES], null, null, 0);
                builder.append(new SimpleRecord(1_000, new byte[VALUE_BYTES]));
            }
            builder.close();
            final List<Batch> batches = new ArrayList<>();
            owner.poll(System.nanoTime());
            owner.drain(1, Integer.MAX_VALUE, DrainFilter.ALL, batches, System.nanoTime());
            batch = batches.get(0);
            if (batch.recordCount() != records) {
                throw new IllegalStateException(
                        "not one full batch: records=" + batch.recordCount() + ", expected=" + records);
            }
        }

        /** Gives the memory back. */
        @TearDown(Level.Trial)
        public void tearDown() {
            batch.complete((completion, index, record) -> {
                // Nobody waits for it.
            });
            owner.release(batch);
            owner.close();
            requireNone(pool.usedBytes());
            pool.close();
        }
    }

    /** Writes header and checksum of a full batch. */
    @Benchmark
    @Threads(1)
    public Object seal(final Full state) {
        if (state.batch != null && state.accumulator.equals("kp")) {
            state.batch.seal(1, (short) 0, 7, false);
            return state.batch;
        }
        state.builder.reopenAndRewriteProducerState(1, (short) 0, 7, false);
        state.builder.close();
        return state.builder;
    }
}
