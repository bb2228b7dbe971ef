package io.kp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;

import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class LatencyHistogramTest {
    private static final double ERROR = 1.0 / 64;

    @Test
    void shouldAgreeWithHdrHistogram() {
        final SplittableRandom random = new SplittableRandom(7);
        final LatencyHistogram ours = new LatencyHistogram();
        final Histogram theirs = new Histogram(LatencyHistogram.MAX_VALUE, 4);
        for (int i = 0; i < 200_000; i++) {
            final long value = (long) Math.pow(2, random.nextDouble() * 41);
            ours.record(value);
            theirs.recordValue(value);
        }
        final LatencyHistogram.Snapshot snapshot = ours.snapshot();
        assertEquals(theirs.getTotalCount(), snapshot.count());
        for (final double part : new double[]{0.001, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 0.9999, 1}) {
            final long expected = theirs.getValueAtPercentile(100 * part);
            assertEquals(expected, snapshot.percentile(part), 1 + expected * (ERROR + 1e-4), "percentile " + part);
        }
    }

    @Test
    void shouldKeepItsErrorForEveryPowerOfTwoAndBeExactBelow64() {
        for (int bits = 0; bits < 42; bits++) {
            for (final long value : new long[]{(1L << bits) - 1, 1L << bits, (1L << bits) + (1L << bits) / 3}) {
                final LatencyHistogram one = new LatencyHistogram();
                one.record(value);
                // A second value, larger, so that the maximum does not bound the answer.
                one.record(LatencyHistogram.MAX_VALUE);
                final long answer = one.snapshot().percentile(0.5);
                assertEquals(value, answer, value < 64 ? 0 : value * ERROR, "value");
                assertEquals(LatencyHistogram.MAX_VALUE, one.snapshot().max());
            }
        }
    }

    @Test
    void shouldTakeWhatIsOutOfRangeAsTheNearest() {
        final LatencyHistogram histogram = new LatencyHistogram();
        assertEquals(0, histogram.snapshot().percentile(0.5));
        histogram.record(-5);
        histogram.record(Long.MAX_VALUE);
        assertEquals(2, histogram.snapshot().count());
        assertEquals(0, histogram.snapshot().percentile(0.5));
        assertEquals(LatencyHistogram.MAX_VALUE, histogram.snapshot().max());
    }

    @Test
    void shouldLoseNothingWhileAnotherThreadReads() throws InterruptedException {
        final LatencyHistogram histogram = new LatencyHistogram();
        final Thread writer = new Thread(() -> writeAll(histogram));
        writer.start();
        long last = 0;
        while (writer.isAlive()) {
            final long count = histogram.snapshot().count();
            assertTrue(count >= last, "counts only grow");
            last = count;
        }
        writer.join();
        assertEquals(VALUES, histogram.snapshot().count());
    }

    @Test
    void shouldLoseCountsWithTwoWritersOrTheTestAboveCouldNotFail() throws InterruptedException {
        long lost = 0;
        for (int i = 0; i < 200 && lost == 0; i++) {
            final LatencyHistogram histogram = new LatencyHistogram();
            final Thread one = new Thread(() -> writeAll(histogram));
            final Thread other = new Thread(() -> writeAll(histogram));
            one.start();
            other.start();
            one.join();
            other.join();
            lost = 2L * VALUES - histogram.snapshot().count();
        }
        assertTrue(lost > 0);
    }

    private static final int VALUES = 1_000_000;

    private static void writeAll(final LatencyHistogram histogram) {
        for (int i = 0; i < VALUES; i++) {
            histogram.record(i & 0xFFFF);
        }
    }
}
