package io.kp.memory;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Small programs of a few threads at one pool, for {@link BufferPoolModelTest}. Each ends under every schedule if the pool is right, and
 * fails or hangs under some if it is not.
 */
final class PoolScenarios {
    /** Waits without a limit sleep until they are woken, and limited ones are over at once, so that no outcome depends on time. */
    private static final class Schedule implements Parker {
        private static final long LIMITED_NS = 1000;
        private volatile long nowNs;

        @Override
        public void park(final Object blocker, final long nanos) {
            if (nanos <= LIMITED_NS) {
                nowNs += LIMITED_NS;
            } else {
                LockSupport.park(blocker);
            }
        }

        @Override
        public void unpark(final Thread thread) {
            LockSupport.unpark(thread);
        }
    }

    private interface Step {
        void run() throws InterruptedException;
    }

    private PoolScenarios() {
    }

    private static BufferPool pool(final int units) {
        final Schedule schedule = new Schedule();
        return BufferPool.builder().access(SegmentAccess.JDK).segmentBytes(256).capacityBytes(256L * units)
                .trackAllocations(false).poison(false).parker(schedule).nanoClock(() -> schedule.nowNs).build();
    }

    private static void runTogether(final Step... steps) {
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final Thread[] threads = new Thread[steps.length];
        for (int i = 0; i < steps.length; i++) {
            final Step step = steps[i];
            threads[i] = new Thread(() -> {
                try {
                    step.run();
                } catch (final Throwable e) {
                    failure.set(e);
                }
            });
        }
        for (final Thread thread : threads) {
            thread.start();
        }
        for (final Thread thread : threads) {
            try {
                thread.join();
            } catch (final InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        if (failure.get() != null) {
            throw new AssertionError(failure.get());
        }
    }

    private static void check(final boolean holds, final String condition) {
        if (!holds) {
            throw new AssertionError("not: " + condition);
        }
    }

    private static void checkAllMemoryBack(final BufferPool pool) {
        check(pool.waiters() == 0, "nobody waits");
        check(pool.usedBytes() == 0, "all memory is back");
        check(pool.committedBytes() <= pool.capacityBytes(), "the budget is kept");
    }

    private static void acquireAndRelease(final BufferPool pool, final int minBytes) throws InterruptedException {
        pool.acquire(minBytes, Long.MAX_VALUE).release();
    }

    private static void acquireOrGiveUp(final BufferPool pool, final int minBytes) throws InterruptedException {
        try {
            pool.acquire(minBytes, Schedule.LIMITED_NS).release();
        } catch (final PoolExhaustedException e) {
            check(e.waitedNs() >= Schedule.LIMITED_NS, "it waited");
        }
    }

    /** Two callers and memory for one: who waits must be woken. */
    static final class OneSegmentForTwo implements Runnable {
        @Override
        public void run() {
            final BufferPool pool = pool(1);
            runTogether(() -> acquireAndRelease(pool, 1), () -> acquireAndRelease(pool, 1));
            checkAllMemoryBack(pool);
        }
    }

    /** A caller waits while another releases unserved, and serves after that: who waits must be woken, whoever comes first. */
    static final class ServedLater implements Runnable {
        @Override
        public void run() {
            final BufferPool pool = pool(1);
            final Segment held = pool.tryAcquire(1);
            runTogether(() -> acquireAndRelease(pool, 1), () -> {
                held.releaseUnserved();
                pool.serveWaiters();
            });
            checkAllMemoryBack(pool);
        }
    }

    /** Two callers release the same segment: one of them is told, and the segment is free once. */
    static final class TwoReleases implements Runnable {
        /** Static, since Lincheck does not see on every JDK that a lambda shares what it captures. */
        private static Segment shared;

        @Override
        public void run() {
            final BufferPool pool = pool(2);
            shared = pool.tryAcquire(1);
            final AtomicInteger rejected = new AtomicInteger();
            final Step release = () -> {
                try {
                    shared.release();
                } catch (final IllegalStateException e) {
                    rejected.incrementAndGet();
                }
            };
            runTogether(release, release);
            check(rejected.get() == 1, "one release is rejected");
            final Segment first = pool.tryAcquire(1);
            final Segment second = pool.tryAcquire(1);
            check(first != second && pool.tryAcquire(1) == null, "the segment is free once");
            first.release();
            second.release();
            checkAllMemoryBack(pool);
        }
    }

    /** A caller gives up while memory is given to it: it takes the memory, or somebody else does. */
    static final class GivingUp implements Runnable {
        @Override
        public void run() {
            final BufferPool pool = pool(1);
            final Segment held = pool.tryAcquire(1);
            runTogether(() -> acquireOrGiveUp(pool, 1), held::release);
            acquireQuickly(pool);
            checkAllMemoryBack(pool);
        }

        private static void acquireQuickly(final BufferPool pool) {
            final Segment segment = pool.tryAcquire(1);
            check(segment != null, "the memory is there");
            segment.release();
        }
    }

    /** A large request gives up while a small one, which could be served, waits behind it. */
    static final class GivingUpAtTheHead implements Runnable {
        @Override
        public void run() {
            final BufferPool pool = pool(2);
            final Segment kept = pool.tryAcquire(1);
            final Segment held = pool.tryAcquire(1);
            runTogether(() -> acquireOrGiveUp(pool, 512), () -> acquireAndRelease(pool, 1), held::release);
            kept.release();
            checkAllMemoryBack(pool);
        }
    }

    /** Two requests of different kinds, each of which needs the memory that the other one leaves in its cache. */
    static final class TwoKinds implements Runnable {
        @Override
        public void run() {
            final BufferPool pool = pool(2);
            runTogether(() -> acquireAndRelease(pool, 512), () -> acquireAndRelease(pool, 1));
            checkAllMemoryBack(pool);
        }
    }

    /**
     * One takes the head of the free list and gives it back, while another takes both segments and gives back the first: the list must not
     * lead to the second, which is held.
     */
    static final class TheSameHeadAgain implements Runnable {
        @Override
        public void run() {
            final BufferPool pool = pool(2);
            final Segment one = pool.tryAcquire(1);
            final Segment other = pool.tryAcquire(1);
            one.release();
            other.release();
            runTogether(() -> {
                final Segment segment = pool.tryAcquire(1);
                if (segment != null) {
                    segment.release();
                }
            }, () -> {
                final Segment first = pool.tryAcquire(1);
                final Segment second = pool.tryAcquire(1);
                if (first != null && second != null) {
                    first.release();
                    final Segment again = pool.tryAcquire(1);
                    check(again != second, "one owner at a time");
                    if (again != null) {
                        again.release();
                    }
                    second.release();
                } else if (first != null) {
                    first.release();
                }
            });
            checkAllMemoryBack(pool);
        }
    }
}
