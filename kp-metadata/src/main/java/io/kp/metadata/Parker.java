package io.kp.metadata;

import java.util.concurrent.locks.LockSupport;

/**
 * How a thread that waits is put to sleep and woken, so that a simulator can run waiting threads under its own clock and order.
 *
 * <p>
 * The contract is {@link LockSupport}'s: a permit given before the thread parks makes {@code park} return at once, and {@code park} may return
 * for no reason. Neither method is called while a lock is held.
 */
public interface Parker {

    /** Parks and unparks with {@link LockSupport}; virtual threads give their carrier back. */
    Parker SYSTEM = new Parker() {
        @Override
        public void park(final Object blocker, final long nanos) {
            LockSupport.parkNanos(blocker, nanos);
        }

        @Override
        public void unpark(final Thread thread) {
            LockSupport.unpark(thread);
        }
    };

    /**
     * Blocks the calling thread until it is unparked or interrupted, the time is over, or for no reason.
     *
     * @param blocker what the thread waits for, for thread dumps
     * @param nanos   the longest time to block, in nanoseconds, above 0
     */
    void park(Object blocker, long nanos);

    /**
     * Lets a thread's current or next {@link #park} return.
     *
     * @param thread the thread
     */
    void unpark(Thread thread);
}
