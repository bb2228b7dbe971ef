package io.kp.bench;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.kp.client.Callback;
import io.kp.client.InterruptException;
import io.kp.client.KpException;
import io.kp.client.Producer;
import io.kp.client.ProducerClosedException;
import io.kp.client.ProducerRecord;
import io.kp.client.RecordMetadata;
import io.kp.testkit.DeliveryJournal;

/**
 * Threads that send through one producer at a steady pace, for as long as the cluster is disturbed and until there are enough records. One half sends records with keys, the
 * other half leaves the partition to the producer. What a thread could not send in time, since it had to wait, it makes up for as fast as it can.
 */
final class ChaosLoad implements AutoCloseable {
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final int KEYS = 1_009;

    private final Producer<byte[], byte[]> producer;
    private final ChaosSettings settings;
    private final DeliveryJournal journal;
    private final ProducerWatch watch;
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean enough;
    private volatile boolean stopped;
    private volatile Throwable defect;

    ChaosLoad(final Producer<byte[], byte[]> producer, final ChaosSettings settings, final DeliveryJournal journal,
            final ProducerWatch watch) {
        this.producer = producer;
        this.settings = settings;
        this.journal = journal;
        this.watch = watch;
    }

    void start() {
        for (int i = 0; i < settings.threads(); i++) {
            final int sender = i;
            final Thread thread = new Thread(() -> run(sender), "kp-chaos-" + i);
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
    }

    private void run(final int sender) {
        try {
            send(sender);
        } catch (final InterruptException | ProducerClosedException e) {
            // The run is given up; the record was noted as refused.
        } catch (final RuntimeException | Error e) {
            defect = e;
        }
    }

    private void send(final int sender) {
        final long share = (settings.records() + settings.threads() - 1) / settings.threads();
        final double perNs = settings.rate() / settings.threads() / 1e9;
        final long startNs = System.nanoTime();
        long sent = 0;
        long nowNs = startNs;
        while (!stopped && (!enough || sent < share)) {
            if (sent > (nowNs - startNs) * perNs) {
                LockSupport.parkNanos(PAUSE_NS);
                nowNs = System.nanoTime();
                continue;
            }
            final long sequence = journal.sending(sender);
            final byte[] key = sender % 2 == 0
                    ? null
                    : ByteBuffer.allocate(Long.BYTES).putLong((sequence * settings.threads() + sender) % KEYS).array();
            final ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(ChaosRun.TOPIC, key,
                    ChaosPayload.of(sender, sequence, settings.recordSize()));
            try {
                producer.send(record, new Outcome(journal, watch, sender, sequence, nowNs));
            } catch (final KpException e) {
                journal.refused(sender, sequence);
                watch.failed(e);
                throw e;
            }
            sent++;
            final long afterNs = System.nanoTime();
            watch.sent(afterNs - nowNs);
            nowNs = afterNs;
        }
    }

    private record Outcome(DeliveryJournal journal, ProducerWatch watch, int sender, long sequence, long sentNs)
            implements
                Callback {
        @Override
        public void onCompletion(final RecordMetadata metadata, final KpException failure) {
            journal.ended(sender, sequence, metadata, failure);
            if (failure == null) {
                watch.acknowledged(sentNs, System.nanoTime());
            } else {
                watch.failed(failure);
            }
        }
    }

    /** The disturbance is over: the threads end as soon as there are enough records. */
    void enough() {
        enough = true;
    }

    /** Whether all threads have ended. */
    boolean isFinished() {
        return threads.stream().noneMatch(Thread::isAlive);
    }

    /** Throws if a thread has ended by a defect. */
    void checkAlive() {
        if (defect != null) {
            throw new IllegalStateException("a sending thread has ended", defect);
        }
    }

    /** Ends the threads, wherever they are. */
    @Override
    public void close() {
        stopped = true;
        threads.forEach(Thread::interrupt);
        boolean interrupted = false;
        for (final Thread thread : threads) {
            try {
                thread.join(TimeUnit.SECONDS.toMillis(10));
            } catch (final InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
