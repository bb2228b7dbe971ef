package io.kp.memory;

import static io.kp.memory.Tests.FOREVER_NS;
import static io.kp.memory.Tests.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Several threads at one pool. Every wait is for a condition; no test depends on how long anything takes. */
class BufferPoolQueueTest {
    /** A thread that acquires once and keeps what it got, or how it failed. */
    private static final class Caller {
        volatile Segment segment;
        volatile Throwable failure;
        final Thread thread;

        Caller(final BufferPool pool, final int minBytes, final int preferredBytes, final long timeoutNs,
                final List<Caller> served) {
            thread = new Thread(() -> {
                try {
                    final Segment acquired = preferredBytes == minBytes
                            ? pool.acquire(minBytes, timeoutNs)
                            : pool.acquire(minBytes, preferredBytes, timeoutNs);
                    served.add(this);
                    segment = acquired;
                } catch (final Throwable e) {
                    failure = e;
                }
            });
            thread.setDaemon(true);
            thread.start();
        }
    }

    private final List<Caller> served = new CopyOnWriteArrayList<>();

    private Caller enqueue(final BufferPool pool, final int minBytes) {
        return enqueue(pool, minBytes, FOREVER_NS);
    }

    private Caller enqueue(final BufferPool pool, final int minBytes, final long timeoutNs) {
        return enqueue(pool, minBytes, minBytes, timeoutNs);
    }

    private Caller enqueue(final BufferPool pool, final int minBytes, final int preferredBytes, final long timeoutNs) {
        final int before = pool.waiters();
        final Caller caller = new Caller(pool, minBytes, preferredBytes, timeoutNs, served);
        await("the caller waits", () -> pool.waiters() == before + 1);
        return caller;
    }

    private static List<Segment> takeAll(final BufferPool pool) {
        final List<Segment> all = new ArrayList<>();
        for (Segment segment = pool.tryAcquire(1); segment != null; segment = pool.tryAcquire(1)) {
            all.add(segment);
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("io.kp.memory.Tests#accesses")
    void shouldServeCallersInTheOrderInWhichTheyCame(final SegmentAccess access) {
        final BufferPool pool = Tests.builder(access, 1).build();
        Segment segment = pool.tryAcquire(1);
        final List<Caller> callers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            callers.add(enqueue(pool, 1));
        }
        for (final Caller caller : callers) {
            segment.release();
            await("the next caller is served", () -> caller.segment != null);
            segment = caller.segment;
        }
        assertEquals(callers, served);
        segment.release();
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldServeCallersOnceForAllThatWasReleasedUnserved() {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 3).build();
        final List<Segment> held = takeAll(pool);
        final List<Caller> callers = List.of(enqueue(pool, 1), enqueue(pool, 1), enqueue(pool, 1));
        held.get(0).releaseUnserved();
        held.get(1).releaseUnserved();
        assertEquals(3, pool.waiters());
        assertEquals(256, pool.usedBytes());
        assertNull(pool.tryAcquire(1), "newcomers do not overtake");
        assertThrows(IllegalStateException.class, held.get(1)::releaseUnserved);
        pool.serveWaiters();
        assertEquals(1, pool.waiters());
        await("two callers are served", () -> served.size() == 2);
        assertNull(callers.get(2).segment);
        held.get(2).releaseUnserved();
        pool.serveWaiters();
        await("the last caller is served", () -> callers.get(2).segment != null);
        pool.serveWaiters();
        callers.forEach(caller -> caller.segment.release());
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldServeALargeRequestBeforeSmallOnesThatCameLater() {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 4).build();
        final List<Segment> held = takeAll(pool);
        final Caller large = enqueue(pool, 1000);
        final Caller small = enqueue(pool, 1);
        for (int i = 0; i < 3; i++) {
            held.get(i).release();
            assertNull(pool.tryAcquire(1), "newcomers do not overtake");
        }
        assertEquals(2, pool.waiters());
        assertEquals(256, pool.usedBytes());
        held.get(3).release();
        await("the large request is served", () -> large.segment != null);
        assertEquals(1, pool.waiters());
        large.segment.release();
        await("the small request is served", () -> small.segment != null);
        assertEquals(List.of(large, small), served);
        small.segment.release();
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldServeWhoeverWouldLikeMoreWithWhatIsReleased() {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 4).build();
        final Segment large = pool.tryAcquire(512);
        final Segment first = pool.tryAcquire(1);
        final Segment second = pool.tryAcquire(1);
        final Caller caller = enqueue(pool, 256, 512, FOREVER_NS);
        final Caller next = enqueue(pool, 256, 512, FOREVER_NS);
        second.release();
        await("the caller is served", () -> caller.segment == second);
        large.release();
        await("the next caller is served", () -> next.segment == large);
        List.of(large, first, second).forEach(Segment::release);
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldServeSeveralCallersWithOneRelease() {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 4).build();
        final Segment large = pool.tryAcquire(1024);
        final List<Caller> callers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            callers.add(enqueue(pool, 1));
        }
        large.release();
        for (final Caller caller : callers) {
            await("all callers are served", () -> caller.segment != null);
        }
        assertEquals(0, pool.waiters());
        callers.forEach(caller -> caller.segment.release());
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldLetTheNextCallerMoveUpWhenTheHeadIsInterrupted() {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 4).build();
        final List<Segment> held = takeAll(pool);
        final Caller large = enqueue(pool, 1000);
        final Caller small = enqueue(pool, 1);
        held.get(0).release();
        assertEquals(2, pool.waiters());
        large.thread.interrupt();
        await("the small request is served", () -> small.segment != null);
        Tests.join(large.thread);
        assertTrue(large.failure instanceof InterruptedException);
        small.segment.release();
        held.subList(1, 4).forEach(Segment::release);
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldLetTheNextCallerMoveUpWhenTheTimeOfTheHeadIsOver() {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 4).build();
        final List<Segment> held = takeAll(pool);
        final Caller large = new Caller(pool, 1000, 1000, TimeUnit.MILLISECONDS.toNanos(20), served);
        held.get(0).release();
        // Whether it comes before or after the large request has given up, or is even the first: it is served.
        final Caller small = new Caller(pool, 1, 1, FOREVER_NS, served);
        await("the small request is served", () -> small.segment != null);
        Tests.join(large.thread);
        assertTrue(large.failure instanceof PoolExhaustedException);
        small.segment.release();
        held.subList(1, 4).forEach(Segment::release);
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldKeepTheOrderWhenOneInTheMiddleGivesUp() {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 1).build();
        final Segment segment = pool.tryAcquire(1);
        final Caller first = enqueue(pool, 1);
        final Caller second = enqueue(pool, 1);
        final Caller third = enqueue(pool, 1);
        second.thread.interrupt();
        Tests.join(second.thread);
        assertTrue(second.failure instanceof InterruptedException);
        assertEquals(2, pool.waiters());
        third.thread.interrupt();
        Tests.join(third.thread);
        final Caller fourth = enqueue(pool, 1);
        segment.release();
        await("the first caller is served", () -> first.segment != null);
        first.segment.release();
        await("the fourth caller is served", () -> fourth.segment != null);
        assertEquals(List.of(first, fourth), served);
        fourth.segment.release();
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldWakeAllWaitersWhenClosed() {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 2).build();
        final List<Segment> held = takeAll(pool);
        final List<Caller> callers = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            callers.add(enqueue(pool, 1 + i % 2 * 400));
        }
        held.get(0).release();
        await("one is served", () -> callers.get(0).segment != null);
        pool.close();
        for (final Caller caller : callers.subList(1, 5)) {
            Tests.join(caller.thread);
            assertTrue(caller.failure instanceof PoolClosedException);
        }
        assertEquals(0, pool.waiters());
        callers.get(0).segment.release();
        held.get(1).release();
        assertEquals(0, pool.usedBytes());
    }

    @Test
    void shouldWaitForOversizeMemoryOfAnotherClass() {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 10).build();
        final Segment first = pool.tryAcquire(5 * 256);
        final Segment second = pool.tryAcquire(5 * 256);
        final Caller caller = enqueue(pool, 7 * 256);
        first.release();
        assertEquals(1, pool.waiters());
        second.release();
        await("the caller is served", () -> caller.segment != null);
        assertEquals(7 * 256, pool.usedBytes());
        assertTrue(pool.committedBytes() <= pool.capacityBytes());
        caller.segment.release();
        Tests.assertAllMemoryBack(pool);
    }

    /** Many threads, all kinds of requests, short time limits, interrupts: nothing is lost, nothing has two owners. */
    @ParameterizedTest
    @MethodSource("io.kp.memory.Tests#accesses")
    void shouldLoseNothingUnderLoad(final SegmentAccess access) {
        final int threadCount = 4;
        final BufferPool pool = Tests.builder(access, 300).trackAllocations(false).build();
        final AtomicLong acquired = new AtomicLong();
        final List<Throwable> failures = new CopyOnWriteArrayList<>();
        final List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < threadCount; t++) {
            final int id = t;
            final Thread thread = new Thread(() -> {
                try {
                    final Random random = new Random(id);
                    final List<Segment> held = new ArrayList<>();
                    for (int i = 0; i < 3000; i++) {
                        if (held.size() > 20 || random.nextInt(3) == 0 && !held.isEmpty()) {
                            release(held.remove(random.nextInt(held.size())), id);
                            continue;
                        }
                        final int minBytes = random.nextInt(4) > 0 ? 1 : random.nextInt(60 * 256);
                        if (random.nextInt(50) == 0) {
                            threads.get(random.nextInt(threadCount)).interrupt();
                        }
                        try {
                            // Whoever waits for long holds nothing, so that all can go on.
                            final long timeoutNs = held.isEmpty() ? FOREVER_NS : random.nextInt(200_000);
                            final Segment segment = random.nextBoolean()
                                    ? pool.acquire(minBytes, timeoutNs)
                                    : pool.tryAcquire(minBytes);
                            if (segment != null) {
                                acquired.incrementAndGet();
                                mark(segment, id);
                                held.add(segment);
                            }
                        } catch (final InterruptedException | PoolExhaustedException e) {
                            // part of the game
                        }
                    }
                    held.forEach(segment -> release(segment, id));
                } catch (final Throwable e) {
                    failures.add(e);
                }
            });
            thread.setDaemon(true);
            threads.add(thread);
        }
        threads.forEach(Thread::start);
        threads.forEach(Tests::join);
        assertEquals(List.of(), failures);
        assertTrue(acquired.get() > 1000, () -> "acquired only " + acquired);
        Tests.assertAllMemoryBack(pool);
    }

    private static void mark(final Segment segment, final int id) {
        for (int index = 0; index < segment.capacity(); index += 64) {
            segment.putLong(index, id);
        }
    }

    private static void release(final Segment segment, final int id) {
        for (int index = 0; index < segment.capacity(); index += 64) {
            if (segment.getLong(index) != id) {
                throw new AssertionError("two owners: " + id + " found " + segment.getLong(index));
            }
        }
        segment.release();
    }
}
