package io.kp.support;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * Counts what the current thread allocates. Through a method handle, since the modules under test do not require java.management, and
 * since core reflection allocates much when it replaces its accessor after some calls.
 */
public final class Allocation {

    private static final int RUNS = 20;

    private static final MethodHandle ALLOCATED_BYTES;

    static {
        try {
            final Object bean = Class.forName("java.lang.management.ManagementFactory").getMethod("getThreadMXBean")
                    .invoke(null);
            ALLOCATED_BYTES = MethodHandles.publicLookup()
                    .findVirtual(Class.forName("com.sun.management.ThreadMXBean"), "getThreadAllocatedBytes",
                            MethodType.methodType(long.class, long.class))
                    .bindTo(bean);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private Allocation() {
    }

    /** How many bytes of the heap this thread has allocated so far. */
    public static long bytesSoFar() {
        try {
            return (long) ALLOCATED_BYTES.invokeExact(Thread.currentThread().getId());
        } catch (final Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** The least number of bytes that a run allocates, of several, since compilation may allocate in some. */
    public static long leastBytesOf(final Runnable run) {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < RUNS && least > 0; i++) {
            final long start = bytesSoFar();
            run.run();
            least = Math.min(least, bytesSoFar() - start);
        }
        return least;
    }
}
