package io.kp.bench;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

import io.kp.client.DeliveryException;
import io.kp.client.KpException;

/**
 * What a producer is seen to do from outside: acknowledgements and the gaps between them, how long {@code send} and acknowledgements take, failures by kind. All
 * methods may be called by any thread; outcomes come from one at a time.
 */
final class ProducerWatch {
    private final LongAdder acknowledged = new LongAdder();
    private final AtomicLong lastAckNs = new AtomicLong(-1);
    private final Longest gap = new Longest();
    private final Longest latency = new Longest();
    private final Longest send = new Longest();
    private final Map<String, LongAdder> failures = new ConcurrentHashMap<>();

    /** The largest value since it was last taken, and of all. */
    private static final class Longest {
        private final AtomicLong sinceTaken = new AtomicLong();
        private final AtomicLong ever = new AtomicLong();

        void note(final long value) {
            if (value > sinceTaken.get()) {
                sinceTaken.accumulateAndGet(value, Math::max);
                ever.accumulateAndGet(value, Math::max);
            }
        }

        long take() {
            return sinceTaken.getAndSet(0);
        }

        long ever() {
            return ever.get();
        }
    }

    void sent(final long tookNs) {
        send.note(tookNs);
    }

    void acknowledged(final long sentNs, final long nowNs) {
        acknowledged.increment();
        final long before = lastAckNs.getAndSet(nowNs);
        if (before >= 0) {
            gap.note(nowNs - before);
        }
        latency.note(nowNs - sentNs);
    }

    void failed(final KpException failure) {
        failures.computeIfAbsent(kind(failure), unused -> new LongAdder()).increment();
    }

    private static String kind(final KpException failure) {
        final String name = failure.getClass().getSimpleName();
        return failure instanceof DeliveryException delivery
                ? name + (delivery.errorName() == null ? "" : " " + delivery.errorName()) + " "
                        + delivery.persistence()
                : name;
    }

    long acknowledgedCount() {
        return acknowledged.sum();
    }

    /** The longest time without an acknowledgement since this was last asked, the one that lasts included. */
    long takeGapNs(final long nowNs) {
        final long last = lastAckNs.get();
        if (last >= 0) {
            gap.note(nowNs - last);
        }
        return gap.take();
    }

    long takeLatencyNs() {
        return latency.take();
    }

    long takeSendNs() {
        return send.take();
    }

    long longestGapNs() {
        return gap.ever();
    }

    long longestLatencyNs() {
        return latency.ever();
    }

    long longestSendNs() {
        return send.ever();
    }

    /** Records that failed, by kind. */
    Map<String, Long> failures() {
        final Map<String, Long> counts = new TreeMap<>();
        failures.forEach((kind, count) -> counts.put(kind, count.sum()));
        return counts;
    }
}
