package io.kp.partition;

import java.lang.reflect.Method;

/** Measures what the current thread allocates, through reflection since no module here should require the management ones. */
final class Allocation {

    private static final Object BEAN;
    private static final Method ALLOCATED;

    static {
        try {
            BEAN = Class.forName("java.lang.management.ManagementFactory").getMethod("getThreadMXBean").invoke(null);
            ALLOCATED = Class.forName("com.sun.management.ThreadMXBean").getMethod("getThreadAllocatedBytes",
                    long.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private Allocation() {
    }

    /** The least number of bytes that a run allocates, of several, since compilation may allocate in some. */
    static long leastBytesOf(final Runnable run) {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 20 && least > 0; i++) {
            final long before = allocated();
            final long overhead = allocated() - before;
            final long start = allocated();
            run.run();
            least = Math.min(least, Math.max(0, allocated() - start - overhead));
        }
        return least;
    }

    private static long allocated() {
        try {
            return (long) ALLOCATED.invoke(BEAN, Thread.currentThread().getId());
        } catch (final ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
