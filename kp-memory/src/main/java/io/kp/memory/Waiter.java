package io.kp.memory;

/**
 * A caller in the queue for memory. The links are guarded by the lock of the pool; {@link #grant} is written under it, once,
 * when the waiter leaves the queue, and read by the waiter without it.
 */
final class Waiter {
    /** The grant of a caller that found the pool closed under it. */
    static final Object CLOSED = new Object();

    final Thread thread;
    final int minClass;
    final int preferredClass;
    final int largestClass;
    /** Null while waiting; then a {@link Segment}, a {@link Reservation}, {@link #CLOSED}, or the error that prevented the grant. */
    volatile Object grant;
    Waiter previous;
    Waiter next;

    Waiter(final Thread thread, final int minClass, final int preferredClass, final int largestClass) {
        this.thread = thread;
        this.minClass = minClass;
        this.preferredClass = preferredClass;
        this.largestClass = largestClass;
    }
}
