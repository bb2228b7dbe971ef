package io.kp.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.kp.client.KpException;
import io.kp.client.Producer;
import io.kp.client.ProducerMetrics;
import io.kp.metadata.PartitionInfo;

/**
 * Prints, while it happens, what is done to the cluster and what the producer sees of it: a row for each second in which something happened, else one for five seconds. Its
 * own threads look; {@link #event} may be called by any.
 */
final class ChaosTimeline implements AutoCloseable {
    private static final long TICK_MS = 1_000;
    private static final long LEADERS_MS = 100;
    private static final long QUIET_NS = TimeUnit.SECONDS.toNanos(5);
    private static final long NOTABLE_GAP_NS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final double NS_PER_SECOND = 1e9;
    private static final double NS_PER_MS = 1e6;

    private final PrintStream out;
    private final Producer<?, ?> producer;
    private final ProducerWatch watch;
    private final List<Object> entries = new ArrayList<>();
    private final CountDownLatch end = new CountDownLatch(1);
    private final List<Thread> threads = new ArrayList<>();
    private final long startNs = System.nanoTime();
    private final Object lock = new Object();
    private Counts before;
    // The longest since the last row.
    private long gapNs;
    private long latencyNs;
    private long sendNs;
    private long eventsTold;
    private long eventsShown;
    private boolean wasAcknowledging;
    private volatile long leaderMoves;

    /** What only grows, at one moment. */
    private record Counts(long nowNs, long acknowledged, long retries, long leaderMoves, Map<String, Long> errors,
            Map<String, Long> failures) {
    }

    ChaosTimeline(final PrintStream out, final Producer<?, ?> producer, final ProducerWatch watch) {
        this.out = out;
        this.producer = producer;
        this.watch = watch;
        before = counts();
    }

    void start() {
        out.printf("%8s | %9s | %9s | %7s | %8s | %8s | %8s | %s%n", "time s", "acks/s", "pending", "retries",
                "gap ms", "ack ms", "send ms", "* what was done to the cluster; what the producer saw of it");
        thread(this::sample, "kp-chaos-timeline");
        thread(this::watchLeaders, "kp-chaos-leaders");
    }

    private void thread(final Runnable task, final String name) {
        final Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private void sample() {
        try {
            while (!end.await(TICK_MS, TimeUnit.MILLISECONDS)) {
                row(false);
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** In a thread of its own, as the producer may not know the topic for a while. */
    private void watchLeaders() {
        int[] known = {};
        try {
            while (!end.await(LEADERS_MS, TimeUnit.MILLISECONDS)) {
                final int[] leaders;
                try {
                    leaders = producer.partitionsFor(ChaosRun.TOPIC).stream().mapToInt(PartitionInfo::leaderId)
                            .toArray();
                } catch (final KpException e) {
                    continue;
                }
                int moves = 0;
                for (int i = 0; i < Math.min(known.length, leaders.length); i++) {
                    // Without a leader for a moment and then the same again is none.
                    if (leaders[i] < 0) {
                        leaders[i] = known[i];
                    } else if (known[i] >= 0 && known[i] != leaders[i]) {
                        moves++;
                    }
                }
                known = leaders;
                leaderMoves += moves;
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Something was done to the cluster. */
    void event(final String what) {
        final long nowNs = System.nanoTime();
        synchronized (lock) {
            eventsTold++;
            out.printf(Locale.ROOT, "%8.1f | %9s | %9s | %7s | %8s | %8s | %8s | * %s%n",
                    (nowNs - startNs) / NS_PER_SECOND, "", "", "", "", "", "", what);
            out.flush();
            final Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("atMs", (nowNs - startNs) / 1_000_000);
            entry.put("event", what);
            entries.add(entry);
        }
    }

    private Counts counts() {
        final ProducerMetrics metrics = producer.metrics();
        return new Counts(System.nanoTime(), watch.acknowledgedCount(), metrics.retries(), leaderMoves,
                metrics.attemptErrors(), watch.failures());
    }

    private void row(final boolean last) {
        synchronized (lock) {
            final Counts now = counts();
            gapNs = Math.max(gapNs, watch.takeGapNs(now.nowNs));
            latencyNs = Math.max(latencyNs, watch.takeLatencyNs());
            sendNs = Math.max(sendNs, watch.takeSendNs());
            final boolean acknowledging = now.acknowledged != before.acknowledged;
            // A silence is told when it begins and when it ends, and in between every five seconds.
            final boolean silence = gapNs > NOTABLE_GAP_NS && acknowledging | wasAcknowledging;
            final boolean happened = eventsTold != eventsShown || now.retries != before.retries
                    || now.leaderMoves != before.leaderMoves || silence || sendNs > NOTABLE_GAP_NS
                    || !now.errors.equals(before.errors) || !now.failures.equals(before.failures);
            if (!happened && !last && now.nowNs - before.nowNs < QUIET_NS) {
                return;
            }
            print(now);
            wasAcknowledging = acknowledging;
            eventsShown = eventsTold;
            before = now;
            gapNs = 0;
            latencyNs = 0;
            sendNs = 0;
        }
    }

    private void print(final Counts now) {
        final double seconds = (now.nowNs - before.nowNs) / NS_PER_SECOND;
        final long acksPerSecond = Math.round((now.acknowledged - before.acknowledged) / seconds);
        final long pending = producer.metrics().recordsPending();
        final Map<String, Long> errors = difference(now.errors, before.errors);
        final Map<String, Long> failures = difference(now.failures, before.failures);
        final long moves = now.leaderMoves - before.leaderMoves;
        final List<String> words = new ArrayList<>();
        errors.forEach((error, count) -> words.add(error + " x" + count));
        failures.forEach((kind, count) -> words.add("FAILED " + kind + " x" + count));
        if (moves > 0) {
            words.add(moves + (moves == 1 ? " leader" : " leaders") + " moved");
        }
        final double atSeconds = (now.nowNs - startNs) / NS_PER_SECOND;
        out.printf(Locale.ROOT, "%8.1f | %,9d | %,9d | %7d | %8.0f | %8.0f | %8.0f | %s%n", atSeconds, acksPerSecond,
                pending, now.retries - before.retries, gapNs / NS_PER_MS, latencyNs / NS_PER_MS,
                sendNs / NS_PER_MS, String.join(", ", words));
        out.flush();
        final Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("atMs", (now.nowNs - startNs) / 1_000_000);
        entry.put("acksPerSecond", acksPerSecond);
        entry.put("pending", pending);
        entry.put("retries", now.retries - before.retries);
        entry.put("longestGapMs", gapNs / NS_PER_MS);
        entry.put("longestAckMs", latencyNs / NS_PER_MS);
        entry.put("longestSendMs", sendNs / NS_PER_MS);
        entry.put("leadersMoved", moves);
        entry.put("errors", errors);
        entry.put("failures", failures);
        entries.add(entry);
    }

    private static Map<String, Long> difference(final Map<String, Long> now, final Map<String, Long> before) {
        final Map<String, Long> more = new TreeMap<>();
        now.forEach((key, count) -> {
            final long difference = count - before.getOrDefault(key, 0L);
            if (difference > 0) {
                more.put(key, difference);
            }
        });
        return more;
    }

    /** All rows, for {@link Json}. */
    List<Object> entries() {
        synchronized (lock) {
            return List.copyOf(entries);
        }
    }

    long leaderMoves() {
        return leaderMoves;
    }

    double seconds() {
        return (System.nanoTime() - startNs) / NS_PER_SECOND;
    }

    /** Shows the last row. */
    @Override
    public void close() {
        if (end.getCount() > 0) {
            end.countDown();
            threads.forEach(Thread::interrupt);
            row(true);
        }
    }
}
