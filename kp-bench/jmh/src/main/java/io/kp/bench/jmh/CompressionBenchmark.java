package io.kp.bench.jmh;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

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
import org.openjdk.jmh.annotations.Warmup;

/**
 * kp-accumulator: what compression costs, from the append to the drained batch, all on one thread, so that time is work. JSON-like values, about half of which is
 * noise; far more of them than a codec looks back. {@code centibytesPerRecord} is what would be sent, in hundredths of a byte.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 8, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 2, jvmArgsAppend = {"-Xms1g", "-Xmx1g", "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED"})
public class CompressionBenchmark {
    private static final int APPENDS = 1024;
    private static final int VALUES_BYTES = 4 << 20;
    /** Never over: batches are drained when they are full. */
    private static final long LINGER_NS = TimeUnit.SECONDS.toNanos(1000);

    /** An accumulator and its values. */
    @State(Scope.Thread)
    public static class Open {
        /** Who does the work. */
        @Param({"kp", "kafka"})
        public String accumulator;

        /** How. */
        @Param({"lz4", "zstd"})
        public String codec;

        /** Size of a value. */
        @Param({"100", "1000"})
        public int valueBytes;

        /** Size at which a batch is cut. */
        @Param({"16384", "131072"})
        public int batchBytes;

        private byte[][] values;
        private Appender appender;
        private int next;
        private long appended;

        /** Makes them. */
        @Setup(Level.Trial)
        public void setUp() {
            final SplittableRandom random = new SplittableRandom(1);
            values = new byte[Integer.highestOneBit(VALUES_BYTES / valueBytes)][];
            for (int i = 0; i < values.length; i++) {
                final StringBuilder text = new StringBuilder(valueBytes + 100);
                while (text.length() < valueBytes) {
                    text.append("{\"customer\":\"").append(Long.toHexString(random.nextLong()))
                            .append("\",\"amount\":").append(random.nextInt(100_000))
                            .append(",\"currency\":\"EUR\",\"note\":\"")
                            .append(Long.toString(random.nextLong() >>> 1, Character.MAX_RADIX)).append("\"},");
                }
                values[i] = Arrays.copyOf(text.toString().getBytes(StandardCharsets.US_ASCII), valueBytes);
            }
            appender = AppenderLimits.compressing(codec, batchBytes, LINGER_NS).appender(accumulator, 1);
        }

        /** Fails if memory is missing. */
        @TearDown(Level.Trial)
        public void tearDown() {
            final long missing = appender.close();
            if (missing != 0) {
                throw new IllegalStateException("memory did not come back: bytes=" + missing);
            }
        }
    }

    /** How well it compresses. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Sent {
        /** Mean of what is sent for a record, in hundredths of a byte. */
        public long centibytesPerRecord;

        /** Takes the mean. */
        @TearDown(Level.Iteration)
        public void count(final Open state) {
            centibytesPerRecord = state.appender.drainedBytes() * 100 / Math.max(1, state.appended);
        }
    }

    /** Appends records, and drains. */
    @Benchmark
    @OperationsPerInvocation(APPENDS)
    public int compress(final Open state, final Sent sent) throws InterruptedException {
        for (int i = 0; i < APPENDS; i++) {
            if (!state.appender.append(0, state.values[state.next++ & (state.values.length - 1)])) {
                throw new IllegalStateException("no memory");
            }
            if ((i & 63) == 0) {
                state.appender.drain();
            }
        }
        state.appended += APPENDS;
        return state.appender.drain();
    }
}
