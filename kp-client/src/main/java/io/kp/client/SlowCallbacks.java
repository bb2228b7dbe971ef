package io.kp.client;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.kp.metadata.TopicPartition;

/** Notices callbacks that keep the I/O thread or a thread of the completion executor too long, and says so, but not all the time. Thread-safe. */
final class SlowCallbacks {
    static final long SLOW_NS = TimeUnit.MILLISECONDS.toNanos(500);
    static final long QUIET_NS = TimeUnit.SECONDS.toNanos(10);

    private final Consumer<String> warning;
    private final FlightEvents flight;
    private boolean warned;
    private long warnedNs;
    private long unsaid;

    SlowCallbacks(final Consumer<String> warning, final FlightEvents flight) {
        this.flight = flight;
        this.warning = warning;
    }

    /**
     * A batch's records were told their outcome.
     *
     * @param lastTold the callback or future of one of them, the last; {@code null} if there was none
     * @param executor whether on the completion executor
     */
    void took(final long startNs, final long endNs, final TopicPartition partition, final int records,
            final Object lastTold, final boolean executor) {
        if (endNs - startNs > SLOW_NS && lastTold != null) {
            flight.slowCallback(partition, records, name(lastTold), executor, endNs - startNs);
            warn(startNs, endNs, partition, records, lastTold, executor);
        }
    }

    private synchronized void warn(final long startNs, final long endNs, final TopicPartition partition,
            final int records, final Object lastTold, final boolean executor) {
        if (warned && endNs - warnedNs < QUIET_NS) {
            unsaid++;
            return;
        }
        warning.accept((executor
                ? "slow callbacks hold up the other outcomes of their partition: tookMs="
                : "slow callbacks keep the I/O thread from its work: tookMs=")
                + TimeUnit.NANOSECONDS.toMillis(endNs - startNs) + ", limitMs="
                + TimeUnit.NANOSECONDS.toMillis(SLOW_NS) + ", records=" + records + ", partition=" + partition
                + ", class=" + name(lastTold)
                + (unsaid == 0 ? "" : ", timesSinceLastWarning=" + unsaid));
        warned = true;
        warnedNs = endNs;
        unsaid = 0;
    }

    static String name(final Object told) {
        final Object target = told instanceof InterceptedCompletion intercepted ? intercepted.completion() : told;
        if (target == null) {
            return "an interceptor";
        }
        return target instanceof RecordFuture
                ? "a stage that depends on the future of send"
                : target.getClass().getName();
    }
}
