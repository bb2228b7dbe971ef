package io.kp.bench;

import java.util.ArrayDeque;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

import org.HdrHistogram.Histogram;

/** One sending thread of a run. */
// Flat out only one record in SAMPLE is timed: two clock calls for each would cost more than what is measured. Paced, each is, from the time at which it was to be
// sent: a thread that is late keeps to its plan, so that whatever held it up counts for all records that had to wait.
final class LoadThread extends Thread {
    private static final int SAMPLE = 64;
    private static final double WARM_UP_AT_ITS_RATE = 0.75;
    private static final int RECORDS_MADE = 4096;
    private static final int FUTURES_KEPT = 1 << 16;
    private static final int SIGNIFICANT_DIGITS = 3;

    private final CompareWorkload workload;
    private final LoadClient client;
    private final LoadOutcomes outcomes;
    private final int number;
    private final Payloads payloads;
    private final String[] topics;
    private final Integer[] partitions;
    private final SplittableRandom random;
    private final Histogram sendNs = new Histogram(SIGNIFICANT_DIGITS);
    private final ArrayDeque<Object> futures = new ArrayDeque<>();
    private Object[] made;
    private long sent;
    private final AtomicLong awaited = new AtomicLong();
    private volatile boolean stop;
    private volatile Exception failure;

    LoadThread(final CompareWorkload workload, final LoadClient client, final LoadOutcomes outcomes,
            final String[] topics, final Payloads payloads, final int number) {
        super("kp-load-" + number);
        this.workload = workload;
        this.client = client;
        this.outcomes = outcomes;
        this.topics = topics;
        this.payloads = payloads;
        this.number = number;
        partitions = new Integer[Math.max(1, workload.activePartitions())];
        for (int i = 0; i < workload.activePartitions(); i++) {
            partitions[i] = i;
        }
        random = new SplittableRandom(number);
    }

    /** Asks the thread to end after its next record, or its next few. */
    void requestStop() {
        stop = true;
    }

    /** Records accepted by the client. To be read when the thread has ended, as what follows. */
    long sent() {
        return sent;
    }

    /** Records whose future was awaited and said that they are acknowledged. May be read at any time. */
    long awaited() {
        return awaited.get();
    }

    /** How long the calls of {@code send} took that were timed in the part that counts. */
    Histogram sendNs() {
        return sendNs;
    }

    /** Why the thread ended before it was asked to, or {@code null}. */
    Exception failure() {
        return failure;
    }

    @Override
    public void run() {
        try {
            if (workload.reuseRecords() || client.wantsRecordsMadeBefore()) {
                made = new Object[RECORDS_MADE];
                for (int i = 0; i < made.length; i++) {
                    made[i] = newRecord(i);
                }
            }
            if (workload.rate() > 0) {
                sendPaced();
            } else {
                sendFlatOut();
            }
        } catch (final Exception e) {
            failure = e;
        }
    }

    private void sendFlatOut() throws Exception {
        for (long i = 0;; i++) {
            if ((i & (SAMPLE - 1)) != 0) {
                if (workload.futureApi()) {
                    keep(client.sendForFuture(record(i)));
                } else {
                    client.send(record(i));
                }
                sent++;
            } else if (stop) {
                return;
            } else {
                sendTimed(i, System.nanoTime());
            }
        }
    }

    private void sendPaced() throws Exception {
        long first = 0;
        if (workload.warmupRate() > 0) {
            final double seconds = workload.warmupSeconds() * WARM_UP_AT_ITS_RATE;
            first = sendPaced(0, workload.warmupRate(), (long) (workload.warmupRate() / workload.threads() * seconds));
        }
        sendPaced(first, workload.rate(), Long.MAX_VALUE);
    }

    /** Sends so many records at that rate, unless it is stopped before; returns the number of the next one. */
    private long sendPaced(final long first, final long rate, final long count) throws Exception {
        final double intervalNs = (double) TimeUnit.SECONDS.toNanos(1) * workload.threads() / rate;
        // The threads' turns are spread over the interval.
        final double startNs = System.nanoTime() + intervalNs * number / workload.threads();
        final long baseNs = (long) startNs;
        for (long i = 0; i < count; i++) {
            final long intendedNs = baseNs + (long) (i * intervalNs);
            for (long waitNs = intendedNs - System.nanoTime(); waitNs > 0; waitNs = intendedNs - System.nanoTime()) {
                if (stop) {
                    return first + i;
                }
                if (workload.spin()) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.parkNanos(waitNs);
                }
            }
            if (stop) {
                return first + i;
            }
            sendTimed(first + i, intendedNs);
        }
        return first + count;
    }

    private void sendTimed(final long i, final long intendedNs) throws Exception {
        final Object record = record(i);
        final long startNs = System.nanoTime();
        if (workload.futureApi()) {
            keep(client.sendTimedForFuture(record, intendedNs));
        } else {
            client.sendTimed(record, intendedNs);
        }
        final long endNs = System.nanoTime();
        sent++;
        if (outcomes.counts(intendedNs)) {
            sendNs.recordValue(endNs - startNs);
        }
    }

    /** Keeps futures until they have ended, in the order of the records, and waits for the oldest when they are many. */
    private void keep(final Object future) throws Exception {
        futures.addLast(future);
        while (!futures.isEmpty() && client.isDone(futures.peekFirst())) {
            awaitOldest();
        }
        if (futures.size() > FUTURES_KEPT) {
            awaitOldest();
        }
    }

    private void awaitOldest() throws Exception {
        client.await(futures.pollFirst());
        awaited.lazySet(awaited.getPlain() + 1);
    }

    /** Waits for the futures that are left; to be called when the thread has ended. */
    void awaitAll() throws Exception {
        while (!futures.isEmpty()) {
            awaitOldest();
        }
    }

    private Object record(final long i) {
        return made != null ? made[(int) i & (RECORDS_MADE - 1)] : newRecord(i);
    }

    private Object newRecord(final long i) {
        return client.record(topics.length == 1 ? topics[0] : topics[(int) (i % topics.length)],
                partitions.length == 1 ? partitions[0] : partitions[(int) (i % partitions.length)],
                workload.randomKeys() ? payloads.key(random.nextInt()) : null, payloads.value((int) i));
    }
}
