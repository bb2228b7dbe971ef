package io.kp.accumulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.kp.memory.BufferPool;
import io.kp.memory.Segment;

/** When those who wait for memory are served: by amount, by time, at the end. */
class ReturnedMemoryTest {
    private static final int SEGMENT_BYTES = 2048;
    private static final int SEGMENTS = 64;
    private static final long MS = 1_000_000;
    private static final long START_NS = Long.MAX_VALUE - MS;

    private final BufferPool pool = BufferPool.builder().segmentBytes(SEGMENT_BYTES)
            .capacityBytes((long) SEGMENTS * SEGMENT_BYTES).build();
    private final ReturnedMemory returned = new ReturnedMemory(pool);
    private final List<Segment> held = new ArrayList<>();
    private CompletableFuture<Segment> waiting;

    @BeforeEach
    void waitForMemory() {
        for (int i = 0; i < SEGMENTS; i++) {
            held.add(pool.tryAcquire(1));
        }
        waiting = new CompletableFuture<>();
        final Thread thread = new Thread(() -> {
            try {
                waiting.complete(pool.acquire(1, Long.MAX_VALUE));
            } catch (final Exception e) {
                waiting.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        assertTimeoutPreemptively(Duration.ofSeconds(30), () -> {
            while (pool.waiters() == 0) {
                Thread.onSpinWait();
            }
        });
    }

    @AfterEach
    void allMemoryComesBack() {
        held.forEach(Segment::release);
        assertTimeoutPreemptively(Duration.ofSeconds(30), () -> waiting.get().release());
        assertEquals(0, pool.usedBytes());
    }

    private void giveBack(final int segments, final long nowNs) {
        for (int i = 0; i < segments; i++) {
            held.remove(held.size() - 1).releaseUnserved();
            returned.add(SEGMENT_BYTES, nowNs);
        }
    }

    private void assertServes(final boolean expected, final long nowNs, final boolean last) {
        assertEquals(expected ? nowNs : START_NS + 4 * MS, returned.deadlineNs(nowNs, last));
        assertEquals(1, pool.waiters(), "a question serves nobody");
        returned.serve(nowNs, last);
        assertEquals(expected ? 0 : 1, pool.waiters());
    }

    @Test
    void shouldServeWhenAnEighthHasComeBack() {
        giveBack(SEGMENTS / 8 - 1, START_NS);
        assertServes(false, START_NS, false);
        giveBack(1, START_NS + MS);
        assertServes(true, START_NS + MS, false);
        assertEquals(RecordAccumulator.NO_DEADLINE, returned.deadlineNs(START_NS + MS, false));
    }

    @Test
    void shouldServeWhenItsTimeHasComeHoweverLittleThereIs() {
        giveBack(1, START_NS);
        assertServes(false, START_NS + 4 * MS - 1, false);
        assertServes(true, START_NS + 4 * MS, false);
    }

    @Test
    void shouldServeAtOnceWhenNothingMoreComesBack() {
        giveBack(1, START_NS);
        assertServes(true, START_NS, true);
    }

    @Test
    void shouldHaveNothingToDoBeforeAnythingComesBack() {
        assertEquals(RecordAccumulator.NO_DEADLINE, returned.deadlineNs(START_NS, true));
        returned.serve(START_NS, true);
        assertEquals(1, pool.waiters());
    }

    @Test
    void shouldForgetWhatNobodyWaitsFor() {
        giveBack(1, START_NS);
        returned.serve(START_NS, true);
        giveBack(1, START_NS + MS);
        assertEquals(RecordAccumulator.NO_DEADLINE, returned.deadlineNs(START_NS + MS, false));
        returned.serve(START_NS + MS, false);
        assertEquals(RecordAccumulator.NO_DEADLINE, returned.deadlineNs(START_NS + 9 * MS, true));
    }
}
