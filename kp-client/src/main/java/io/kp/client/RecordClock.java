package io.kp.client;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The time that records carry, from the nanosecond clock that a caller has read already: a clock read costs some 25 ns, a fifth of what
 * sending a small record costs its caller. The two clocks are compared every {@value #COMPARE_MS} ms, so a step of the system's clock shows
 * in timestamps with that delay, and a timestamp may be one millisecond behind.
 * <p>
 * Any thread. Two threads may compare at the same time, and one's comparison replace the other's; both are right.
 */
final class RecordClock {
    private static final long COMPARE_MS = 10;
    private static final long COMPARE_NS = TimeUnit.MILLISECONDS.toNanos(COMPARE_MS);
    private static final long NS_PER_MS = TimeUnit.MILLISECONDS.toNanos(1);

    private record Comparison(long atNs, long epochMs) {
    }

    private final LongSupplier clockMs;
    /** Written and read without order: its fields are final, so that a race shows an older one or a newer one. */
    private Comparison last;

    RecordClock(final LongSupplier clockMs) {
        this.clockMs = clockMs;
    }

    /**
     * The time as milliseconds since the epoch.
     *
     * @param nowNs the nanosecond clock, read just now
     */
    long epochMs(final long nowNs) {
        final Comparison comparison = last;
        if (comparison != null) {
            final long age = nowNs - comparison.atNs;
            // A caller that was held up since it read the clock may find a comparison that is newer.
            if (age < COMPARE_NS && age > -COMPARE_NS) {
                return comparison.epochMs + Math.floorDiv(age, NS_PER_MS);
            }
        }
        final long epochMs = clockMs.getAsLong();
        last = new Comparison(nowNs, epochMs);
        return epochMs;
    }
}
