package io.kp.client;

import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/** Exponential backoff with a jitter of 20 %, as of KIP-144 and KIP-580: {@code retry.backoff.ms} doubled with each failure up to {@code retry.backoff.max.ms}. */
final class Backoff {
    private static final double JITTER = 0.2;
    private static final int MAX_DOUBLINGS = 40;
    private static final long MIN_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private final long initialNs;
    private final long maxNs;
    private final RandomGenerator random;

    Backoff(final long initialMs, final long maxMs, final RandomGenerator random) {
        this.initialNs = TimeUnit.MILLISECONDS.toNanos(Math.min(initialMs, maxMs));
        this.maxNs = TimeUnit.MILLISECONDS.toNanos(maxMs);
        this.random = random;
    }

    /** How long to wait before looking again for a broker: the first pause, but never none, as the I/O thread would spin. */
    long initialNs() {
        return Math.max(initialNs, MIN_PAUSE_NS);
    }

    /**
     * The pause after so many failures in a row.
     *
     * @param failures 1 or more
     */
    long afterNs(final int failures) {
        if (initialNs >= maxNs) {
            return maxNs;
        }
        final double doubled = initialNs * (double) (1L << Math.min(failures - 1, MAX_DOUBLINGS));
        return (long) Math.min(maxNs, doubled * (1 - JITTER + 2 * JITTER * random.nextDouble()));
    }
}
