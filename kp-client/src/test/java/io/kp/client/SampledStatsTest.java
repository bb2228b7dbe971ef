package io.kp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.jupiter.api.Test;

class SampledStatsTest {
    private static final long S = 1_000_000_000;

    @Test
    void shouldCountSinceTheStartAndOverTheLastWindows() {
        final SampledStats stats = new SampledStats(2, 2, 30 * S, 0);
        stats.record(0, 10, S);
        stats.record(0, 30, S);
        stats.record(1, 600, 60, 0, 31 * S);
        final SampledStats.View first = stats.read(32 * S);
        assertEquals(40, first.sum(0));
        assertEquals(20.0, first.mean(0));
        assertEquals(30.0, first.max(0));
        assertEquals(600.0 / 32, first.rate(1));
        assertEquals(60.0 / 32, first.countRate(1));
        final SampledStats.View later = stats.read(65 * S);
        assertEquals(0, later.count(0), "its window is over");
        assertTrue(Double.isNaN(later.mean(0)));
        assertTrue(Double.isNaN(later.max(0)));
        assertEquals(60, later.count(1));
        assertEquals(40, later.total(0));
        assertEquals(2, later.totalCount(0));
        assertEquals(0, stats.read(1_000 * S).rate(1));
    }

    @Test
    void shouldNotMakeAHugeRateOfTheFirstRecords() {
        final SampledStats stats = new SampledStats(1, 2, 30 * S, 0);
        stats.record(0, 300, 0);
        assertEquals(10, stats.read(0).rate(0), "all windows but the last count in full, as with Kafka");
    }

    @Test
    void shouldKeepTotalsWhileWindowsTurn() {
        final SampledStats stats = new SampledStats(1, 3, S, -5 * S);
        for (int i = 0; i < 100; i++) {
            stats.record(0, 2, i * S / 4 - 5 * S);
        }
        final SampledStats.View view = stats.read(99 * S / 4 - 5 * S);
        assertEquals(200, view.total(0));
        assertTrue(view.count(0) >= 9 && view.count(0) <= 12, () -> "count=" + view.count(0));
    }

    @Test
    void shouldBeSeenAtOneMomentByAnotherThread() throws InterruptedException {
        assertEquals(0, torn(new SampledStats(4, 2, S, 0), 200_000, false));
    }

    @Test
    void shouldBeSeenTornWithoutTheVersion() throws InterruptedException {
        final SampledStats weak = new SampledStats(4, 2, S, 0) {
            @Override
            void begin() {
            }

            @Override
            void end() {
            }
        };
        assertTrue(torn(weak, 100_000_000, true) > 0, "or the test above could not fail");
    }

    /** How often a reader has seen a sum that is not twice its count. */
    private static long torn(final SampledStats stats, final int reads, final boolean untilSeen)
            throws InterruptedException {
        final AtomicBoolean done = new AtomicBoolean();
        final Thread writer = new Thread(() -> {
            for (long i = 0; !done.get(); i++) {
                stats.record(0, 2, i);
            }
        });
        writer.start();
        long torn = 0;
        long last = 0;
        for (int i = 0; i < reads && !(untilSeen && torn > 0); i++) {
            final SampledStats.View view = stats.read(0);
            torn += view.total(0) == 2 * view.totalCount(0) && view.total(0) >= last ? 0 : 1;
            last = view.total(0);
        }
        done.set(true);
        writer.join();
        return torn;
    }
}
