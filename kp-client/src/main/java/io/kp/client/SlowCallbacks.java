package io.kp.client;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.kp.metadata.TopicPartition;

/** Notices callbacks that keep the I/O thread from its work, and says so, but not all the time. I/O thread only. */
final class SlowCallbacks {
    static final long SLOW_NS = TimeUnit.MILLISECONDS.toNanos(500);
    static final long QUIET_NS = TimeUnit.SECONDS.toNanos(10);

    private final Consumer<String> warning;
    private boolean warned;
    private long warnedNs;
    private long unsaid;

    SlowCallbacks(final Consumer<String> warning) {
        this.warning = warning;
    }

    /**
     * A batch's records were told their outcome.
     *
     * @param lastTold the callback or future of one of them, the last; {@code null} if there was none
     */
    void took(final long startNs, final long endNs, final TopicPartition partition, final int records,
            final Object lastTold) {
        if (endNs - startNs <= SLOW_NS || lastTold == null) {
            return;
        }
        if (warned && endNs - warnedNs < QUIET_NS) {
            unsaid++;
            return;
        }
        warning.accept("slow callbacks keep the I/O thread from its work: tookMs="
                + TimeUnit.NANOSECONDS.toMillis(endNs - startNs) + ", limitMs="
                + TimeUnit.NANOSECONDS.toMillis(SLOW_NS) + ", records=" + records + ", partition=" + partition
                + ", class=" + name(lastTold)
                + (unsaid == 0 ? "" : ", timesSinceLastWarning=" + unsaid));
        warned = true;
        warnedNs = endNs;
        unsaid = 0;
    }

    private static String name(final Object told) {
        final Object target = told instanceof InterceptedCompletion intercepted ? intercepted.completion() : told;
        if (target == null) {
            return "an interceptor";
        }
        return target instanceof RecordFuture
                ? "a stage that depends on the future of send"
                : target.getClass().getName();
    }
}
