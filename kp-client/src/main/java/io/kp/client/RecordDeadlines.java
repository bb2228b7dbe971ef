package io.kp.client;

import java.util.PriorityQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

import io.kp.client.DeliveryException.Persistence;
import io.kp.client.DeliveryException.Stage;
import io.kp.metadata.TopicPartition;

/**
 * Records with a deadline of their own. Such a record fails alone when its time is over: its batch goes on, and the record in it. Appenders add, the I/O thread does the
 * rest; who uses no deadlines pays with one look at an empty queue in each cycle.
 */
final class RecordDeadlines {
    /** Below this many nobody minds those that have ended. */
    private static final int PURGE_FROM = 1024;

    private final Completions completions;
    private final ConcurrentLinkedQueue<DeadlineCompletion> added = new ConcurrentLinkedQueue<>();
    private final PriorityQueue<DeadlineCompletion> waiting = new PriorityQueue<>(
            (one, other) -> Long.signum(one.deadlineNs() - other.deadlineNs()));
    private int purgeAt = PURGE_FROM;

    RecordDeadlines(final Completions completions) {
        this.completions = completions;
    }

    /** A record was accepted. Any thread; the I/O thread has to be woken. */
    void add(final DeadlineCompletion record) {
        added.add(record);
    }

    /**
     * Fails the records whose time is over.
     *
     * @return how long until the next one's is, {@link Long#MAX_VALUE} if there is none
     */
    long poll(final long nowNs) {
        for (DeadlineCompletion record = added.poll(); record != null; record = added.poll()) {
            if (!record.ended) {
                waiting.add(record);
            }
        }
        if (waiting.size() > purgeAt) {
            waiting.removeIf(record -> record.ended);
            purgeAt = Math.max(PURGE_FROM, 2 * waiting.size());
        }
        for (DeadlineCompletion next = waiting.peek(); next != null; next = waiting.peek()) {
            if (!next.ended && next.deadlineNs() - nowNs > 0) {
                return next.deadlineNs() - nowNs;
            }
            waiting.remove();
            if (!next.ended) {
                expire(next, nowNs);
            }
        }
        return Long.MAX_VALUE;
    }

    private void expire(final DeadlineCompletion record, final long nowNs) {
        final TopicPartition partition = record.queue.topicPartition();
        final boolean onWire = PartitionState.of(record.queue).onWire() > 0;
        final long elapsedNs = nowNs - record.sentNs;
        completions.failAlone(record, DeliveryException
                .builder(onWire ? Stage.IN_FLIGHT : Stage.QUEUED, partition.topic(), partition.partition())
                .elapsed(elapsedNs, elapsedNs).persistence(Persistence.POSSIBLY_PERSISTED)
                .detail("the record's own deadline is over: timeoutMs="
                        + TimeUnit.NANOSECONDS.toMillis(record.timeoutNs)
                        + "; it stays in its batch and may be delivered yet")
                .build(DeliveryTimeoutException::new));
    }
}
