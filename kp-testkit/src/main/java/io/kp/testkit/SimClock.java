package io.kp.testkit;

/** Simulated time. It passes only when the simulation says so. */
final class SimClock {
    /** Close to the end of the range, so that readings overflow on the way; a client must subtract them and not compare. */
    static final long START_NS = Long.MAX_VALUE - 3_000_000_000L;
    private static final long START_EPOCH_MS = 1_700_000_000_000L;
    private static final long NS_PER_MS = 1_000_000;

    private long elapsedNs;
    private long epochShiftMs;
    private long lostNs;

    /** As {@link System#nanoTime}: any origin. */
    long nanoTime() {
        return START_NS + elapsedNs;
    }

    /** Since the start of the simulation. */
    long elapsedNs() {
        return elapsedNs;
    }

    /** As {@link #elapsedNs()}, without the time that was {@link #lose lost}: what the producer can be held to. */
    long activeNs() {
        return elapsedNs - lostNs;
    }

    /** Time passes in which the producer's process does nothing, or its I/O thread is held up by user code. */
    void lose(final long ns) {
        elapsedNs += ns;
        lostNs += ns;
    }

    long epochMs() {
        return START_EPOCH_MS + epochShiftMs + elapsedNs / NS_PER_MS;
    }

    /** Lets the wall clock jump, as when somebody sets it. */
    void shiftEpochMs(final long ms) {
        epochShiftMs += ms;
    }

    void advanceTo(final long elapsed) {
        elapsedNs = Math.max(elapsedNs, elapsed);
    }

    void advance(final long ns) {
        elapsedNs += ns;
    }
}
