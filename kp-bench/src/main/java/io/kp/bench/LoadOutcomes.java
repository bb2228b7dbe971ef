package io.kp.bench;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;

import org.HdrHistogram.Histogram;

/** What became of the records of a run. */
final class LoadOutcomes {
    private static final int SIGNIFICANT_DIGITS = 3;

    // Both clients tell successes on their one I/O thread: one writer. Were that not so, the count would fall short of what was sent, and the run would fail.
    private final AtomicLong acknowledged = new AtomicLong();
    private final LongAdder failed = new LongAdder();
    private final AtomicReference<Exception> firstFailure = new AtomicReference<>();
    private final Histogram latencyNs = new Histogram(SIGNIFICANT_DIGITS);
    private volatile long fromNs = Long.MAX_VALUE;
    private volatile long untilNs = Long.MAX_VALUE;

    /** Begins the part that counts: latencies of records that were to be sent before do not. */
    void countFrom(final long ns) {
        fromNs = ns;
    }

    /** Ends the part that counts; records that were to be sent before this still do, whenever they end. */
    void countUntil(final long ns) {
        untilNs = ns;
    }

    boolean counts(final long intendedNs) {
        return intendedNs >= fromNs && intendedNs < untilNs;
    }

    void acknowledged() {
        acknowledged.lazySet(acknowledged.getPlain() + 1);
    }

    void acknowledged(final long intendedNs) {
        acknowledged();
        latency(intendedNs);
    }

    void latency(final long intendedNs) {
        if (counts(intendedNs)) {
            latencyNs.recordValue(Math.max(0, System.nanoTime() - intendedNs));
        }
    }

    void failed(final Exception failure) {
        failed.increment();
        firstFailure.compareAndSet(null, failure);
    }

    long acknowledgedCount() {
        return acknowledged.get();
    }

    long failedCount() {
        return failed.sum();
    }

    Exception firstFailure() {
        return firstFailure.get();
    }

    /** The latencies; to be read when the client is closed. */
    Histogram latencyNs() {
        return latencyNs;
    }
}
