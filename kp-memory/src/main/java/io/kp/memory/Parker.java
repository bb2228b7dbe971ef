package io.kp.memory;

import java.util.concurrent.locks.LockSupport;

/**
 * How a thread that waits for memory is put to sleep and woken: {@link LockSupport} in production, a simulator's scheduler in
 * deterministic tests.
 * <p>
 * The pool calls both methods without holding any lock. It tolerates wake-ups without a cause: it looks at its state again
 * after each return of {@link #park}.
 */
public interface Parker {
    /** Parks and unparks with {@link LockSupport}; virtual threads give their carrier back. */
    Parker SYSTEM = new LockSupportParker();

    /**
     * Blocks the calling thread until it is woken by {@link #unpark}, is interrupted, or the time is over. A wake-up that was
     * given before the call makes it return at once, as with {@link LockSupport#parkNanos(Object, long)}.
     *
     * @param blocker the object that the thread waits for, shown in thread dumps.
     * @param nanos   the longest time to wait in nanoseconds, greater than zero.
     */
    void park(Object blocker, long nanos);

    /**
     * Wakes a thread from {@link #park}, or lets its next call of it return at once. Must not throw: other threads may be waiting to be
     * woken by the same caller.
     *
     * @param thread the thread to wake.
     */
    void unpark(Thread thread);
}
