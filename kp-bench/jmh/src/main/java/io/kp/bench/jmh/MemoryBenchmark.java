package io.kp.bench.jmh;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;

import org.apache.kafka.clients.producer.BufferExhaustedException;
import org.apache.kafka.clients.producer.internals.BufferPool;
import org.apache.kafka.common.metrics.Metrics;
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
import org.openjdk.jmh.infra.Blackhole;

import io.kp.memory.PoolExhaustedException;
import io.kp.memory.Segment;

/**
 * kp-memory: taking a segment and giving it back, beside Kafka's {@code BufferPool} and a plain queue of buffers.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = {"-Xms1g", "-Xmx1g", "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED"})
public class MemoryBenchmark {
    private static final int SEGMENT_BYTES = 16 * 1024;
    private static final long WAIT_MS = 1_000;

    /** Buffers of one kind; {@code null} where there was none within a second. */
    private interface Buffers {
        Object acquire() throws InterruptedException;

        void release(Object buffer);

        default void close() {
            // Most have nothing to close.
        }
    }

    private record KpBuffers(io.kp.memory.BufferPool pool) implements Buffers {
        @Override
        public Object acquire() throws InterruptedException {
            final Segment segment = pool.tryAcquire(SEGMENT_BYTES);
            if (segment != null) {
                return segment;
            }
            try {
                return pool.acquire(SEGMENT_BYTES, TimeUnit.MILLISECONDS.toNanos(WAIT_MS));
            } catch (final PoolExhaustedException e) {
                return null;
            }
        }

        @Override
        public void release(final Object buffer) {
            ((Segment) buffer).release();
        }

        @Override
        public void close() {
            pool.close();
        }
    }

    private record KafkaBuffers(BufferPool pool) implements Buffers {
        @Override
        public Object acquire() throws InterruptedException {
            try {
                return pool.allocate(SEGMENT_BYTES, WAIT_MS);
            } catch (final BufferExhaustedException e) {
                return null;
            }
        }

        @Override
        public void release(final Object buffer) {
            pool.deallocate((ByteBuffer) buffer);
        }
    }

    private record QueuedBuffers(ArrayBlockingQueue<ByteBuffer> queue) implements Buffers {
        @Override
        public Object acquire() throws InterruptedException {
            return queue.poll(WAIT_MS, TimeUnit.MILLISECONDS);
        }

        @Override
        public void release(final Object buffer) {
            queue.add((ByteBuffer) buffer);
        }
    }

    private static Buffers buffers(final String pool, final int segments) throws InterruptedException {
        final Buffers buffers = switch (pool) {
            case "kp" -> new KpBuffers(io.kp.memory.BufferPool.builder().capacityBytes((long) segments * SEGMENT_BYTES)
                    .segmentBytes(SEGMENT_BYTES).build());
            case "kafka" -> new KafkaBuffers(new BufferPool((long) segments * SEGMENT_BYTES, SEGMENT_BYTES,
                    new Metrics(), Time.SYSTEM, "benchmark"));
            case "queue" -> {
                final ArrayBlockingQueue<ByteBuffer> queue = new ArrayBlockingQueue<>(segments);
                for (int i = 0; i < segments; i++) {
                    queue.add(ByteBuffer.allocateDirect(SEGMENT_BYTES));
                }
                yield new QueuedBuffers(queue);
            }
            default -> throw new IllegalArgumentException("no such pool: pool=" + pool);
        };
        // Once all of it, so that what is measured are segments that were used before.
        final Object[] all = new Object[segments];
        for (int i = 0; i < segments; i++) {
            all[i] = buffers.acquire();
        }
        for (final Object buffer : all) {
            buffers.release(buffer);
        }
        return buffers;
    }

    /** A pool with room for all threads. */
    @State(Scope.Benchmark)
    public static class Roomy {
        private static final int SEGMENTS = 256;

        /** Who does the work. */
        @Param({"kp", "kafka", "queue"})
        public String pool;

        private Buffers buffers;

        /** Makes the pool. */
        @Setup(Level.Trial)
        public void setUp() throws InterruptedException {
            buffers = buffers(pool, SEGMENTS);
        }

        /** Ends it. */
        @TearDown(Level.Trial)
        public void tearDown() {
            buffers.close();
        }
    }

    /** A pool with less than one segment for two threads, so that some always wait. */
    @State(Scope.Benchmark)
    public static class Exhausted {
        private static final int SEGMENTS = 3;

        /** Who does the work. */
        @Param({"kp", "kafka", "queue"})
        public String pool;

        private Buffers buffers;

        /** Makes the pool. */
        @Setup(Level.Trial)
        public void setUp() throws InterruptedException {
            buffers = buffers(pool, SEGMENTS);
        }

        /** Ends it. */
        @TearDown(Level.Trial)
        public void tearDown() {
            buffers.close();
        }
    }

    /** Operations that came to nothing. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Failures {
        /** Waits of a second in vain. */
        public long timedOut;
    }

    private static void acquireRelease(final Buffers buffers, final Failures failures, final Blackhole blackhole)
            throws InterruptedException {
        final Object buffer = buffers.acquire();
        if (buffer == null) {
            failures.timedOut++;
        } else {
            blackhole.consume(buffer);
            buffers.release(buffer);
        }
    }

    /** Takes a segment and gives it back, one thread. */
    @Benchmark
    @Threads(1)
    public void threads1(final Roomy state, final Failures failures, final Blackhole blackhole)
            throws InterruptedException {
        acquireRelease(state.buffers, failures, blackhole);
    }

    /** Two threads. */
    @Benchmark
    @Threads(2)
    public void threads2(final Roomy state, final Failures failures, final Blackhole blackhole)
            throws InterruptedException {
        acquireRelease(state.buffers, failures, blackhole);
    }

    /** Eight threads. */
    @Benchmark
    @Threads(8)
    public void threads8(final Roomy state, final Failures failures, final Blackhole blackhole)
            throws InterruptedException {
        acquireRelease(state.buffers, failures, blackhole);
    }

    /** Eight threads that work a little with three segments. */
    @Benchmark
    @Threads(8)
    public void exhausted(final Exhausted state, final Failures failures, final Blackhole blackhole)
            throws InterruptedException {
        final Object buffer = state.buffers.acquire();
        if (buffer == null) {
            failures.timedOut++;
        } else {
            Blackhole.consumeCPU(100);
            state.buffers.release(buffer);
        }
    }
}
