package io.kp.network;

import java.lang.reflect.Method;

/** Counts what the current thread allocates. By reflection, since the module under test does not require java.management. */
final class Allocation {
    private static final Object BEAN;
    private static final Method ALLOCATED_BYTES;

    static {
        try {
            BEAN = Class.forName("java.lang.management.ManagementFactory").getMethod("getThreadMXBean").invoke(null);
            ALLOCATED_BYTES = Class.forName("com.sun.management.ThreadMXBean").getMethod("getThreadAllocatedBytes",
                    long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private Allocation() {
    }

    /** How many bytes of the heap this thread has allocated so far; a call itself allocates less than 1000 bytes. */
    static long bytesSoFar() {
        try {
            return (long) ALLOCATED_BYTES.invoke(BEAN, Thread.currentThread().getId());
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}
