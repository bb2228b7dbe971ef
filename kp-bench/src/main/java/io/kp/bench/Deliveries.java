package io.kp.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongFunction;

import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Outcomes of the lines that were sent. Acknowledgements come from the producer's I/O thread, failures from it or from the sending
 * thread; counters may be read by any thread at any time, the rest after the producer is closed.
 */
final class Deliveries implements AutoCloseable {
    /** Failures that are told one by one; the rest is counted. */
    static final int TOLD_FAILURES = 10;

    private static final long HIGHEST_LATENCY_NS = 3_600_000_000_000L;

    private final LongFunction<String> lineName;
    private final Path folder;
    private final LongAdder acknowledged = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final Histogram latencyNs = new ConcurrentHistogram(1_000, HIGHEST_LATENCY_NS, 3);
    private final TreeMap<Integer, SentLines> sent = new TreeMap<>();
    private SentLines[] sentByPartition = new SentLines[0];
    private final List<String> messages = new ArrayList<>();
    private volatile String stopReason;
    private volatile long lastEndNs;

    /**
     * Creates the books.
     *
     * @param lineName names a line for people
     * @param folder   where to note what was acknowledged, {@code null} if nobody will verify
     */
    Deliveries(final LongFunction<String> lineName, final Path folder) {
        this.lineName = lineName;
        this.folder = folder;
    }

    void acknowledged(final Delivery delivery, final int partition, final long offset) {
        final long nowNs = System.nanoTime();
        latencyNs.recordValue(Math.min(HIGHEST_LATENCY_NS, nowNs - delivery.sentNs));
        if (folder != null) {
            sentLines(partition).add(offset, delivery.line, delivery.hash);
        }
        lastEndNs = nowNs;
        acknowledged.increment();
    }

    private SentLines sentLines(final int partition) {
        final SentLines[] byPartition = sentByPartition;
        if (partition < byPartition.length && byPartition[partition] != null) {
            return byPartition[partition];
        }
        final SentLines added = new SentLines(folder);
        sent.put(partition, added);
        sentByPartition = java.util.Arrays.copyOf(byPartition, Math.max(byPartition.length, partition + 1));
        sentByPartition[partition] = added;
        return added;
    }

    void failed(final Delivery delivery, final boolean recordsOwn, final String message) {
        refused(delivery.line, message);
        if (!recordsOwn && stopReason == null) {
            stopReason = message;
        }
    }

    /** Notes a line that will not be delivered. */
    void refused(final long line, final String message) {
        synchronized (messages) {
            if (messages.size() < TOLD_FAILURES) {
                messages.add(lineName.apply(line) + ": " + message);
            }
        }
        lastEndNs = System.nanoTime();
        failed.increment();
    }

    /** Why sending more makes no sense, {@code null} while it does. */
    String stopReason() {
        return stopReason;
    }

    long acknowledgedCount() {
        return acknowledged.sum();
    }

    long failedCount() {
        return failed.sum();
    }

    /** The first failures, each with the name of its line. */
    List<String> messages() {
        synchronized (messages) {
            return List.copyOf(messages);
        }
    }

    Histogram latencyNs() {
        return latencyNs;
    }

    /** When the last line ended, on the clock of {@link System#nanoTime()}. */
    long lastEndNs() {
        return lastEndNs;
    }

    /** What was acknowledged, by partition. */
    TreeMap<Integer, SentLines> sent() {
        return sent;
    }

    @Override
    public void close() {
        sent.values().forEach(SentLines::close);
    }
}
