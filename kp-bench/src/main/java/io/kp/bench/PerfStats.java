package io.kp.bench;

import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

import org.HdrHistogram.Histogram;

/**
 * Latencies and rates of {@code kp perf}, in the lines of {@code kafka-producer-perf-test}: milliseconds, megabytes of 2^20 bytes. The producer's I/O thread records; it also
 * prints the line of each interval, when the first acknowledgement after it comes. The summary is for after the producer's end.
 */
final class PerfStats {
    private static final double NS_PER_MS = 1e6;
    private static final double MIB = 1024 * 1024;
    private static final long MAX_LATENCY_NS = TimeUnit.MINUTES.toNanos(30);
    private static final int DIGITS = 3;

    private final PrintStream out;
    private final long intervalNs;
    private final long startNs;
    private final boolean steady;
    private final Histogram latencyNs = new Histogram(MAX_LATENCY_NS, DIGITS);
    private long records;
    private long bytes;
    private double latencySumNs;
    private long maxNs;
    private long windowStartNs;
    private long windowRecords;
    private long windowBytes;
    private double windowSumNs;
    private long windowMaxNs;

    /**
     * Starts to count.
     *
     * @param out        where the lines of the intervals go
     * @param intervalNs their distance
     * @param steady     whether this begins after a warm-up, and says so
     */
    PerfStats(final PrintStream out, final long intervalNs, final boolean steady) {
        this.out = out;
        this.intervalNs = intervalNs;
        this.steady = steady;
        startNs = System.nanoTime();
        windowStartNs = startNs;
        if (steady) {
            out.println("In steady state.");
        }
    }

    void acknowledged(final long sentNs, final long nowNs, final int payloadBytes, final boolean printing) {
        final long tookNs = Math.max(0, nowNs - sentNs);
        latencyNs.recordValue(Math.min(tookNs, MAX_LATENCY_NS));
        records++;
        bytes += payloadBytes;
        latencySumNs += tookNs;
        maxNs = Math.max(maxNs, tookNs);
        windowRecords++;
        windowBytes += payloadBytes;
        windowSumNs += tookNs;
        windowMaxNs = Math.max(windowMaxNs, tookNs);
        if (nowNs - windowStartNs >= intervalNs) {
            if (printing) {
                final double seconds = (nowNs - windowStartNs) / 1e9;
                out.printf(Locale.ROOT,
                        "%d records sent, %.1f records/sec (%.2f MB/sec), %.1f ms avg latency, %.1f ms max latency.%n",
                        windowRecords, windowRecords / seconds, windowBytes / MIB / seconds,
                        windowSumNs / windowRecords / NS_PER_MS, windowMaxNs / NS_PER_MS);
            }
            windowStartNs = nowNs;
            windowRecords = 0;
            windowBytes = 0;
            windowSumNs = 0;
            windowMaxNs = 0;
        }
    }

    long records() {
        return records;
    }

    double recordsPerSecond(final long endNs) {
        return records / ((endNs - startNs) / 1e9);
    }

    double mibPerSecond(final long endNs) {
        return bytes / MIB / ((endNs - startNs) / 1e9);
    }

    double meanMs() {
        return records == 0 ? 0 : latencySumNs / records / NS_PER_MS;
    }

    double maxMs() {
        return maxNs / NS_PER_MS;
    }

    double percentileMs(final double percentile) {
        return records == 0 ? 0 : latencyNs.getValueAtPercentile(percentile) / NS_PER_MS;
    }

    /** The line of the whole run. */
    String total(final long endNs) {
        return String.format(Locale.ROOT,
                "%d%s records sent, %f records/sec (%.2f MB/sec), %.2f ms avg latency, %.2f ms max latency, %d ms 50th, %d ms 95th, %d ms 99th, %d ms 99.9th.",
                records, steady ? " steady state" : "", recordsPerSecond(endNs), mibPerSecond(endNs), meanMs(),
                maxMs(), Math.round(percentileMs(50)), Math.round(percentileMs(95)), Math.round(percentileMs(99)),
                Math.round(percentileMs(99.9)));
    }
}
