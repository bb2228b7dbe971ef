package io.kp.client;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The time that records carry, from the nanosecond clock that a caller has read already: a clock read costs some 25 ns, a fifth of what
 * sending a small record costs its caller. The two clocks are compared every {@value #COMPARE_MS} ms, so a step of the system's clock shows
 * in timestamps with that delay, and a timestamp may be one millisecond behind.
 * <p>
 * Any thread. Two threads may compare at the same time and write their values one over the other; both are right.
 */
final class RecordClock {
    private static final long COMPARE_MS = 10;
    private static final long COMPARE_NS = TimeUnit.MILLISECONDS.toNanos(COMPARE_MS);
    private static final long NS_PER_MS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final VarHandle OFFSET_MS;
    private static final VarHandle COMPARED_NS;

    static {
        try {
            OFFSET_MS = MethodHandles.lookup().findVarHandle(RecordClock.class, "offsetMs", long.class);
            COMPARED_NS = MethodHandles.lookup().findVarHandle(RecordClock.class, "comparedNs", long.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final LongSupplier clockMs;
    private long offsetMs;
    private long comparedNs;
    private volatile boolean compared;

    RecordClock(final LongSupplier clockMs) {
        this.clockMs = clockMs;
    }

    /**
     * The time as milliseconds since the epoch.
     *
     * @param nowNs the nanosecond clock, read just now
     */
    long epochMs(final long nowNs) {
        final long age = nowNs - (long) COMPARED_NS.getAcquire(this);
        // A caller that was held up since it read the clock may find a comparison that is newer.
        if (age >= COMPARE_NS || age < -COMPARE_NS || !compared) {
            return compare(nowNs);
        }
        return Math.floorDiv(nowNs, NS_PER_MS) + (long) OFFSET_MS.getOpaque(this);
    }

    private long compare(final long nowNs) {
        final long nowMs = clockMs.getAsLong();
        OFFSET_MS.setOpaque(this, nowMs - Math.floorDiv(nowNs, NS_PER_MS));
        COMPARED_NS.setRelease(this, nowNs);
        compared = true;
        return nowMs;
    }
}
