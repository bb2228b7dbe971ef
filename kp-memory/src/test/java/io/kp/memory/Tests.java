package io.kp.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** What the tests of this module share. */
final class Tests {
    static final long FOREVER_NS = Long.MAX_VALUE;
    private static final long DEADLINE_NS = TimeUnit.SECONDS.toNanos(30);

    private Tests() {
    }

    /** What this thread has allocated on the heap so far. By reflection, as the module does not require java.management. */
    static long allocatedBytes() throws ReflectiveOperationException {
        final Object bean = Class.forName("java.lang.management.ManagementFactory").getMethod("getThreadMXBean")
                .invoke(null);
        return (Long) Class.forName("com.sun.management.ThreadMXBean").getMethod("getCurrentThreadAllocatedBytes")
                .invoke(bean);
    }

    /** The ways to reach memory that work in this JVM; only the JDK's without the option that Agrona's buffers need. */
    static List<SegmentAccess> accesses() {
        return SegmentAccess.agronaWorks() ? List.of(SegmentAccess.values()) : List.of(SegmentAccess.JDK);
    }

    static BufferPool.Builder builder(final SegmentAccess access, final int capacityUnits) {
        return BufferPool.builder().access(access).segmentBytes(256).capacityBytes(256L * capacityUnits)
                .trackAllocations(true).poison(true);
    }

    /** Waits until a condition holds; fails after a time that only a broken pool needs. */
    static void await(final String condition, final BooleanSupplier holds) {
        final long startNs = System.nanoTime();
        while (!holds.getAsBoolean()) {
            assertTrue(System.nanoTime() - startNs < DEADLINE_NS, () -> "still not: " + condition);
            Thread.yield();
        }
    }

    static void join(final Thread thread) {
        await(thread + " has ended", () -> !thread.isAlive());
    }

    /** The end of every test: nothing is on loan, nobody waits, and all of the budget can be had in one piece. */
    static void assertAllMemoryBack(final BufferPool pool) {
        assertEquals("", pool.leakReport());
        assertEquals(0, pool.usedBytes());
        assertEquals(0, pool.waiters());
        assertTrue(pool.committedBytes() <= pool.capacityBytes(), pool::toString);
        final Segment all = pool.tryAcquire(pool.maxRequestBytes());
        assertEquals(pool.maxRequestBytes(), all.capacity());
        assertEquals(all.capacity(), pool.usedBytes());
        all.release();
        assertEquals(0, pool.usedBytes());
    }
}
