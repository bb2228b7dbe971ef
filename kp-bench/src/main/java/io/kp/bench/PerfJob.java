package io.kp.bench;

import java.io.PrintStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

import io.kp.client.DeliveryCallback;
import io.kp.client.InterruptException;
import io.kp.client.KpException;
import io.kp.client.Producer;
import io.kp.client.ProducerConfig;
import io.kp.client.ProducerMetrics;
import io.kp.client.ProducerRecord;
import io.kp.client.Serializers;
import io.kp.client.UnknownTopicException;

/** One run of {@code kp perf} against a broker that is there. */
final class PerfJob {
    private static final long NS_PER_SECOND = 1_000_000_000;
    private static final Duration INTERRUPTED_CLOSE = Duration.ofSeconds(10);
    private static final int MAX_SHOWN = 5;

    /**
     * What to do.
     *
     * @param topic        where to
     * @param records      how many
     * @param warmup       how many of them do not count for the steady state
     * @param perSecond    at most so many a second, below 1 for no limit
     * @param intervalMs   the distance of the lines
     * @param printMetrics whether to print the producer's metrics at the end
     * @param payloads     what to send
     */
    record Settings(String topic, long records, long warmup, double perSecond, long intervalMs, boolean printMetrics,
            PerfPayloads payloads) {
    }

    private final Settings settings;
    private final Interruption interruption;
    private final PrintStream out;
    private final AtomicLong failed = new AtomicLong();
    private final Map<String, Long> failures = new TreeMap<>();
    private final CountDownLatch warm = new CountDownLatch(1);
    private final CountDownLatch warmSampled = new CountDownLatch(1);
    private final CountDownLatch sent = new CountDownLatch(1);
    private final CountDownLatch sampled = new CountDownLatch(1);
    private volatile PerfStats stats;
    private volatile PerfStats steady;
    private volatile long sentCount;
    private volatile RuntimeException defect;
    /** A failure that all other records would share. */
    private volatile boolean hopeless;

    PerfJob(final Settings settings, final Interruption interruption, final PrintStream out) {
        this.settings = settings;
        this.interruption = interruption;
        this.out = out;
    }

    /**
     * Sends and measures.
     *
     * @param config the producer's configuration
     * @param result takes what was measured, for the JSON
     * @return the exit code
     */
    int run(final Map<String, String> config, final Map<String, Object> result) {
        final Producer<byte[], byte[]> producer = Producer.open(ProducerConfig.of(config), Serializers.byteArray(),
                Serializers.byteArray());
        final ProcessSample end;
        final long endNs;
        final long startNs = System.nanoTime();
        stats = new PerfStats(out, TimeUnit.MILLISECONDS.toNanos(settings.intervalMs()), false);
        // The one who takes samples is left out of them, so another thread sends, and lives until the last is taken.
        final Thread sender = new Thread(() -> send(producer), "kp-load-perf");
        sender.setDaemon(true);
        final ProcessSample begin = ProcessSample.take(new long[0]);
        ProcessSample warmed = null;
        sender.start();
        try {
            if (settings.warmup() > 0) {
                warm.await();
                warmed = ProcessSample.take(new long[0]);
                warmSampled.countDown();
            }
            sent.await();
        } catch (final InterruptedException e) {
            // Ctrl-C; the sender sees it too.
            sender.interrupt();
        }
        endNs = System.nanoTime();
        end = ProcessSample.take(new long[0]);
        sampled.countDown();
        final ProducerMetrics metrics;
        if (interruption.requested()) {
            producer.close(INTERRUPTED_CLOSE);
            metrics = producer.metrics();
        } else {
            metrics = producer.metrics();
            producer.close();
        }
        if (defect != null) {
            throw defect;
        }
        report(result, begin, warmed, end, endNs, metrics);
        result.put("seconds", (endNs - startNs) / (double) NS_PER_SECOND);
        return interruption.requested()
                ? ExitCode.INTERRUPTED
                : failed.get() == 0 && stats.records() == settings.records() ? ExitCode.OK : ExitCode.INCOMPLETE;
    }

    private void send(final Producer<byte[], byte[]> producer) {
        try {
            final long startNs = System.nanoTime();
            if (settings.warmup() > 0) {
                out.println("Warmup first " + settings.warmup()
                        + " records. Steady state results will print after the complete test summary.");
            }
            for (long i = 0; i < settings.records() && !interruption.requested() && !hopeless; i++) {
                if (i == settings.warmup() && i > 0) {
                    warm.countDown();
                    warmSampled.await();
                    steady = new PerfStats(out, TimeUnit.MILLISECONDS.toNanos(settings.intervalMs()), true);
                }
                pace(i, startNs);
                final byte[] payload = settings.payloads().next(i);
                try {
                    producer.send(new ProducerRecord<>(settings.topic(), payload),
                            new Sent(payload.length, System.nanoTime(), steady));
                } catch (final InterruptException e) {
                    throw e;
                } catch (final KpException e) {
                    failed(e);
                }
                sentCount = i + 1;
            }
            producer.flush();
        } catch (final InterruptException | InterruptedException e) {
            // Ctrl-C; what was sent so far is reported.
        } catch (final RuntimeException e) {
            defect = e;
        } finally {
            warm.countDown();
            sent.countDown();
            try {
                sampled.await();
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void pace(final long number, final long startNs) {
        if (settings.perSecond() < 0) {
            return;
        }
        final long dueNs = startNs + (long) (number / settings.perSecond() * NS_PER_SECOND);
        for (long leftNs = dueNs - System.nanoTime(); leftNs > 0
                && !interruption.requested(); leftNs = dueNs - System.nanoTime()) {
            LockSupport.parkNanos(leftNs);
        }
    }

    private void failed(final Throwable failure) {
        failed.incrementAndGet();
        hopeless |= failure instanceof UnknownTopicException || failure instanceof KpException known
                && known.category() == KpException.Category.FIX_CONFIGURATION;
        synchronized (failures) {
            // Numbers and places differ from record to record.
            failures.merge(
                    failure.getClass().getSimpleName() + ": " + String.valueOf(failure.getMessage()).split(";")[0],
                    1L, Long::sum);
        }
    }

    private final class Sent implements DeliveryCallback {
        private final int bytes;
        private final long sentNs;
        private final PerfStats alsoSteady;

        Sent(final int bytes, final long sentNs, final PerfStats alsoSteady) {
            this.bytes = bytes;
            this.sentNs = sentNs;
            this.alsoSteady = alsoSteady;
        }

        @Override
        public void onDelivery(final io.kp.client.Delivery delivery) {
            if (!delivery.isDelivered()) {
                failed(delivery.failure());
                return;
            }
            final long nowNs = System.nanoTime();
            stats.acknowledged(sentNs, nowNs, bytes, alsoSteady == null);
            if (alsoSteady != null) {
                alsoSteady.acknowledged(sentNs, nowNs, bytes, true);
            }
        }
    }

    private void report(final Map<String, Object> result, final ProcessSample begin, final ProcessSample warmed,
            final ProcessSample end, final long endNs, final ProducerMetrics metrics) {
        out.println(stats.total(endNs));
        describe(result, stats, endNs);
        if (steady != null) {
            out.println(steady.total(endNs));
            final Map<String, Object> part = new LinkedHashMap<>();
            describe(part, steady, endNs);
            result.put("steadyState", part);
        }
        final ProcessSample from = warmed == null ? begin : warmed;
        final long records = warmed == null ? sentCount : sentCount - settings.warmup();
        if (records > 0) {
            final double cpuNs = (end.cpuNs() - from.cpuNs()) / (double) records;
            final double allocated = end.allocatedBytesSince(from) / (double) records;
            final Map<String, Long> groups = end.cpuNsByGroupSince(from);
            out.printf(Locale.ROOT,
                    "%.0f ns CPU per record (sending thread %.0f, I/O thread %.0f, garbage collector %.0f, compiler %.0f), %.1f B allocated per record, %d collections, %d ms of them.%n",
                    cpuNs, groups.get("callers") / (double) records, groups.get("io") / (double) records,
                    groups.get("gc") / (double) records, groups.get("jit") / (double) records, allocated,
                    end.gcCount() - from.gcCount(), end.gcMs() - from.gcMs());
            result.put("cpuNsPerRecord", cpuNs);
            result.put("allocatedBytesPerRecord", allocated);
            final Map<String, Object> byThread = new LinkedHashMap<>();
            groups.forEach((group, ns) -> byThread.put(group, ns / (double) records));
            result.put("cpuNsPerRecordByThread", byThread);
            result.put("collections", end.gcCount() - from.gcCount());
            result.put("collectionMs", end.gcMs() - from.gcMs());
        }
        result.put("recordsFailed", failed.get());
        if (failed.get() > 0) {
            System.err.println("kp: " + failed.get() + " records were not delivered:");
            synchronized (failures) {
                failures.entrySet().stream().limit(MAX_SHOWN)
                        .forEach(each -> System.err.println("kp:   " + each.getValue() + " x " + each.getKey()));
                if (failures.size() > MAX_SHOWN) {
                    System.err.println("kp:   and " + (failures.size() - MAX_SHOWN) + " other failures");
                }
            }
        }
        if (settings.printMetrics()) {
            out.println();
            for (final Map.Entry<String, Object> each : metrics(metrics).entrySet()) {
                out.printf(Locale.ROOT, "producer-metrics:%-24s : %s%n", each.getKey(), each.getValue());
            }
        }
        result.put("metrics", metrics(metrics));
        out.flush();
    }

    private static void describe(final Map<String, Object> result, final PerfStats of, final long endNs) {
        result.put("records", of.records());
        result.put("recordsPerSecond", of.recordsPerSecond(endNs));
        result.put("mibPerSecond", of.mibPerSecond(endNs));
        final Map<String, Object> latency = new LinkedHashMap<>();
        latency.put("mean", of.meanMs());
        latency.put("p50", of.percentileMs(50));
        latency.put("p95", of.percentileMs(95));
        latency.put("p99", of.percentileMs(99));
        latency.put("p99.9", of.percentileMs(99.9));
        latency.put("max", of.maxMs());
        result.put("latencyMs", latency);
    }

    private static Map<String, Object> metrics(final ProducerMetrics metrics) {
        final Map<String, Object> all = new LinkedHashMap<>();
        all.put("records-sent", metrics.recordsSent());
        all.put("records-acknowledged", metrics.recordsAcknowledged());
        all.put("records-failed", metrics.recordsFailed());
        all.put("batches-sent", metrics.batchesSent());
        all.put("batch-size-avg", metrics.meanBatchBytes());
        all.put("records-per-batch-avg", metrics.meanBatchRecords());
        all.put("requests-sent", metrics.requestsSent());
        all.put("retries", metrics.retries());
        all.put("buffer-total-bytes", metrics.bufferCapacityBytes());
        all.put("buffer-used-bytes", metrics.bufferUsedBytes());
        all.put("attempt-errors", metrics.attemptErrors());
        return all;
    }
}
