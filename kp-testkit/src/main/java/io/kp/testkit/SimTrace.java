package io.kp.testkit;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What happened in one simulation: a hash over all of it, the last events as text if wanted, and how often each kind of fault struck. */
final class SimTrace {
    private static final int KEPT_EVENTS = 100_000;
    private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

    private final SimClock clock;
    private final boolean keepsText;
    private final ArrayDeque<String> last = new ArrayDeque<>();
    private final TreeMap<String, Integer> faults = new TreeMap<>();
    private long hash;
    private long events;

    SimTrace(final SimClock clock, final boolean keepsText) {
        this.clock = clock;
        this.keepsText = keepsText;
    }

    void event(final String what, final long a, final long b) {
        events++;
        mix(clock.elapsedNs());
        mix(what.hashCode());
        mix(a);
        mix(b);
        if (keepsText) {
            if (last.size() == KEPT_EVENTS) {
                last.removeFirst();
            }
            last.addLast(String.format("%12.6f ms  %s %d %d", clock.elapsedNs() / 1e6, what, a, b));
        }
    }

    /** An event with text that is costly to make. */
    void event(final String what, final long a, final long b, final Object detail) {
        event(what, a, b);
        if (keepsText) {
            last.addLast(last.removeLast() + "  " + detail);
        }
    }

    /** Whether events are kept as text, so that it is worth to say more about them. */
    boolean keepsText() {
        return keepsText;
    }

    void fault(final String kind, final long a, final long b) {
        faults.merge(kind, 1, Integer::sum);
        event(kind, a, b);
    }

    private void mix(final long value) {
        hash = (Long.rotateLeft(hash, 5) ^ value) * MULTIPLIER;
        hash ^= hash >>> 29;
    }

    long hash() {
        return hash;
    }

    long events() {
        return events;
    }

    Map<String, Integer> faults() {
        return faults;
    }

    List<String> last() {
        return List.copyOf(last);
    }
}
