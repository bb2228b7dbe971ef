package io.kp.accumulator;

/**
 * Ends the I/O thread's sleep. Called by appending threads, and only while the I/O thread is asleep as announced by
 * {@link RecordAccumulator#prepareSleep}: at most once per sleep, so that it may cost a system call.
 */
@FunctionalInterface
public interface Waker {
    /**
     * Wakes the I/O thread, now or, when it is only about to sleep, at once when it does. Must not block nor throw.
     */
    void wake();
}
