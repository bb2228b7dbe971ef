package io.kp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Test;

/** Pauses between attempts, and brokers that stall. */
class BackoffTest {
    private static final long MS = 1_000_000;

    @Test
    void shouldDoubleWithJitterUpToTheMaximum() {
        final Backoff backoff = new Backoff(100, 1_000, new SplittableRandom(1));
        for (int i = 0; i < 1_000; i++) {
            assertBetween(80, 120, backoff.afterNs(1));
            assertBetween(160, 240, backoff.afterNs(2));
            assertBetween(640, 960, backoff.afterNs(4));
            assertBetween(1_000, 1_000, backoff.afterNs(6));
            assertBetween(1_000, 1_000, backoff.afterNs(Integer.MAX_VALUE));
        }
    }

    private static void assertBetween(final long lowMs, final long highMs, final long ns) {
        assertTrue(ns >= lowMs * MS && ns <= highMs * MS, () -> "ns=" + ns);
    }

    @Test
    void shouldBeConstantWhenThereIsNoRoomToGrow() {
        final Backoff backoff = new Backoff(500, 100, new SplittableRandom(1));
        assertEquals(100 * MS, backoff.afterNs(1));
        assertEquals(100 * MS, backoff.afterNs(7));
    }

    @Test
    void shouldNeverLetTheIoThreadSpin() {
        final Backoff none = new Backoff(0, 0, new SplittableRandom(1));
        assertEquals(0, none.afterNs(3));
        assertEquals(MS, none.initialNs());
    }

    @Test
    void shouldCallABrokerStalledAfterTheTimeoutOnly() {
        final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 5);
        final NodeStalls stalls = new NodeStalls(100, clock::get);
        stalls.busy(1, clock.get());
        clock.addAndGet(60);
        stalls.busy(1, clock.get());
        assertFalse(stalls.isStalled(1));
        clock.addAndGet(41);
        assertTrue(stalls.isStalled(1), "since it was first busy");
        assertFalse(stalls.isStalled(2));
        stalls.free(1);
        assertFalse(stalls.isStalled(1));
        final NodeStalls never = new NodeStalls(0, clock::get);
        never.busy(1, 0);
        assertFalse(never.isStalled(1));
    }
}
