package io.kp.accumulator;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.LongSupplier;

import io.kp.memory.Parker;

/**
 * Slows callers down to the speed of the I/O thread, while more waits for it than the processors' caches hold.
 *
 * <p>
 * Why. A caller that nothing holds up is faster than the I/O thread, whatever the producer: at some time all of the memory waits, and whoever touches a record, the caller that writes it,
 * the I/O thread that sends it, finds it in no cache. With less waiting both are faster, and a record waits a tenth of the time. Measured flat out on two cores, kp alone, three runs each,
 * without and with: 1 KB 424 to 510 ns of processor time for each record and 330 to 392, acknowledged after 7.7 to 19 ms (p50) and 0.75 to 0.96; docs/performance.md.
 *
 * <p>
 * The rule. While the full batches that wait for a broker have more than the limit, a caller that needs a new segment, and may wait for longer than this, sleeps until there is half of it, for
 * {@value #ROUNDS} ms at most. Memory is there to take bursts, and to bridge what a broker takes for its answers. Hence
 * only what waits counts, not what is in flight; and if in these {@value #ROUNDS} ms less has been sent than at {@value #LEAST_MB_PER_S} MB/s, it is not the I/O thread that
 * limits, or the burst would be held up for long: then all callers go on without a look for a tenth of a second, so that at worst they lose one part in 25 of their time.
 *
 * <p>
 * Any thread. What is read is a little old: it changes when a caller sleeps, nothing else.
 */
final class Pace {
    /** How often a caller sleeps at most. */
    static final int ROUNDS = 4;
    /** How long each time: some hundred microseconds more or less do not matter, and half of the limit lasts longer. */
    static final long ROUND_NS = 1_000_000;
    /** No call is held up for longer. */
    static final long MAX_NS = ROUNDS * ROUND_NS;
    /** Below this the I/O thread is not what limits. */
    static final int LEAST_MB_PER_S = 256;
    /** How long nobody is held up after that. */
    static final long FREE_NS = 100_000_000;
    /** What is sent meanwhile at the least speed. */
    private static final long LEAST_BYTES = LEAST_MB_PER_S * 1_000_000L / (1_000_000_000L / MAX_NS);

    private static final VarHandle FREE_UNTIL;
    private static final VarHandle HELD_UP;

    static {
        try {
            final MethodHandles.Lookup lookup = MethodHandles.lookup();
            FREE_UNTIL = lookup.findVarHandle(Pace.class, "freeUntilNs", long.class);
            HELD_UP = lookup.findVarHandle(Pace.class, "heldUp", long.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final long limitBytes;
    private final LongSupplier nanoClock;
    private final Parker parker;
    private long freeUntilNs;
    private long heldUp;

    /**
     * @param limitBytes what may wait for a broker; 0 to hold up nobody
     */
    Pace(final long limitBytes, final LongSupplier nanoClock, final Parker parker) {
        this.limitBytes = limitBytes == 0 ? Long.MAX_VALUE : limitBytes;
        this.nanoClock = nanoClock;
        this.parker = parker;
        this.freeUntilNs = nanoClock.getAsLong();
    }

    /** Holds the calling thread up if too much waits for the leader. It has claimed nothing yet, and holds no lock. */
    void keep(final NodeRing leader) {
        final long before = leader.waitingBytes();
        if (before <= limitBytes || !leader.isNode()) {
            return;
        }
        long nowNs = nanoClock.getAsLong();
        if (nowNs - (long) FREE_UNTIL.getOpaque(this) < 0) {
            return;
        }
        HELD_UP.getAndAdd(this, 1L);
        final long untilNs = nowNs + MAX_NS;
        long left = before;
        while (left > limitBytes / 2 && untilNs - nowNs > 0) {
            if (Thread.currentThread().isInterrupted()) {
                // It would not sleep, and what it comes to tells nothing of the I/O thread.
                return;
            }
            parker.park(this, Math.min(ROUND_NS, untilNs - nowNs));
            nowNs = nanoClock.getAsLong();
            left = leader.waitingBytes();
        }
        if (left > limitBytes / 2 && before - left < LEAST_BYTES) {
            FREE_UNTIL.setOpaque(this, nowNs + FREE_NS);
        }
    }

    /** How often a caller was held up. */
    long heldUp() {
        return (long) HELD_UP.getOpaque(this);
    }
}
