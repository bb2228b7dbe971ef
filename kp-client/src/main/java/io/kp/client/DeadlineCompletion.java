package io.kp.client;

import io.kp.accumulator.PartitionQueue;

/** What the batch keeps for a record with a deadline of its own: who is told, and whether that has been done already. */
final class DeadlineCompletion {
    /** The callback, future or {@link InterceptedCompletion}; may be {@code null}. */
    final Object completion;
    final long sentNs;
    final long timeoutNs;
    /** Of the record's partition, since it was accepted. */
    PartitionQueue queue;
    /** The outcome was told. I/O thread only. */
    boolean ended;

    DeadlineCompletion(final Object completion, final long sentNs, final long timeoutNs) {
        this.completion = completion;
        this.sentNs = sentNs;
        this.timeoutNs = timeoutNs;
    }

    long deadlineNs() {
        return sentNs + timeoutNs;
    }

    static Object unwrap(final Object completion) {
        return completion instanceof DeadlineCompletion deadline ? deadline.completion : completion;
    }
}
