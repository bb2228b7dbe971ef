package io.kp.accumulator;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import io.kp.memory.BufferPool;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * Appenders in all three ways on one side, an I/O thread that decodes, retries and releases on the other; collects everything that is not as it
 * should be. Each record says who wrote it and when, and its bytes follow from that.
 */
final class StressRun {
    private static final String TOPIC = Rig.TOPIC;
    private static final int RECORD_HEADER = 12;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(20);

    private static final long WAKE_PATIENCE_NS = TimeUnit.SECONDS.toNanos(3);
    private static final long SHORT_SLEEP_NS = 1_000_000;

    int appenders = 3;
    int recordsPerAppender = 20_000;
    int partitions = 2;
    int segmentBytes = 512;
    int maxValueBytes = 200;
    long capacityBytes = 64 * 1024;
    int batchBytes = 4_096;
    long lingerNs;
    boolean closeMidway;
    /** Null for no compression. */
    String codec;
    int compressors = 2;
    int compressingCallers;
    long compressedByCallers;
    RecordAccumulator.QueueFactory factory = PartitionQueue::new;

    private final Queue<String> violations = new ConcurrentLinkedQueue<>();
    private final AtomicInteger running = new AtomicInteger();
    private volatile boolean woken;
    private volatile boolean giveUp;
    private Thread ioThread;
    private int[][] nextExpected;
    private int[][] accepted;
    private int delivered;
    private final SplittableRandom ioRandom = new SplittableRandom(42);

    /** Runs to the end and says what went wrong. */
    List<String> violations() throws InterruptedException {
        final BufferPool pool = BufferPool.builder().capacityBytes(capacityBytes).segmentBytes(segmentBytes)
                .poison(true).build();
        final RecordAccumulator accumulator = RecordAccumulator.builder().pool(pool).nanoClock(System::nanoTime)
                .batchBytes(batchBytes).batchCapBytes(2 * batchBytes).lingerNs(lingerNs).waker(this::wake)
                .backlogBytes(2 * batchBytes)
                .queueFactory(factory).compression(compression())
                .build();
        final int[] leaders = new int[partitions];
        Arrays.fill(leaders, 1);
        accumulator.updateCluster(Rig.cluster(1, leaders));
        nextExpected = new int[appenders][partitions];
        accepted = new int[appenders][partitions];
        running.set(appenders);
        final List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < appenders; i++) {
            final int id = i;
            threads.add(new Thread(() -> append(accumulator, id), "appender-" + i));
        }
        ioThread = new Thread(() -> io(accumulator), "io");
        ioThread.start();
        threads.forEach(Thread::start);
        if (closeMidway) {
            while (running.get() == appenders && accumulator.completedBatches() < 50) {
                Thread.onSpinWait();
            }
            accumulator.close();
        }
        for (final Thread thread : threads) {
            join(thread);
        }
        if (!giveUp) {
            // It waits for whoever switches segments, which a product with a mistake in it may have ended for good.
            accumulator.close();
        }
        join(ioThread);
        accumulator.endCompression();
        compressedByCallers = accumulator.batchesCompressedByCallers();
        if (violations.isEmpty()) {
            for (int i = 0; i < appenders; i++) {
                if (!Arrays.equals(accepted[i], nextExpected[i])) {
                    violations.add("appender " + i + ": accepted " + Arrays.toString(accepted[i]) + ", delivered "
                            + Arrays.toString(nextExpected[i]));
                }
            }
            if (pool.usedBytes() != 0) {
                violations.add("leak: " + pool.usedBytes());
            }
            if (accumulator.waitingBytes(1) != 0) {
                violations.add("waiting: " + accumulator.waitingBytes(1));
            }
            if (accumulator.liveBatches() != 0 || accumulator.memoryWaiters() != 0) {
                violations.add("live batches: " + accumulator.liveBatches());
            }
        }
        return List.copyOf(violations);
    }

    private Compression compression() {
        if (codec == null) {
            return null;
        }
        // A new thread for each task: starts and ends of compressors are what is tried here.
        return Compression.builder().codec(CompressionCodec.named(codec), Compression.DEFAULT_LEVEL)
                .executor(task -> new Thread(task, "compressor").start(), compressors)
                .callers(compressingCallers).workingMemory(4 * batchBytes, 100_000)
                .onError(error -> violations.add("compressor: " + error))
                .build();
    }

    int delivered() {
        return delivered;
    }

    private void join(final Thread thread) throws InterruptedException {
        thread.join(TimeUnit.NANOSECONDS.toMillis(PATIENCE_NS));
        if (thread.isAlive()) {
            violations.add(thread.getName() + " does not end: " + Arrays.toString(thread.getStackTrace()));
            giveUp = true;
            thread.interrupt();
            thread.join();
        }
    }

    private void wake() {
        woken = true;
        LockSupport.unpark(ioThread);
    }

    // ---- appenders

    private void append(final RecordAccumulator accumulator, final int id) {
        final SplittableRandom random = new SplittableRandom(id);
        final Claim claim = new Claim();
        try {
            for (int n = 0; n < recordsPerAppender && !giveUp; n++) {
                final int partition = random.nextInt(10) < 8 ? 0 : random.nextInt(partitions);
                final int sequence = accepted[id][partition];
                final int length = random.nextInt(500) == 0 ? 2 * segmentBytes : random.nextInt(maxValueBytes);
                final byte[] value = value(id, partition, sequence, length);
                final long timestamp = 1_000 + n / 10;
                final PartitionQueue queue = accumulator.topic(TOPIC).partition(partition);
                if (random.nextInt(4) == 0 && queue.closeIfFull(length + 100)
                        && random.nextBoolean()) {
                    // A caller that goes to another partition.
                    continue;
                }
                int status;
                final int way = random.nextInt(10);
                if (way == 0) {
                    // A claim that is given up leaves no trace.
                    if (accumulator.tryClaim(queue, timestamp, 3, length, "aborted", claim) > 0) {
                        claim.abort();
                    }
                    continue;
                } else if (way == 1) {
                    status = accumulator.claim(queue, timestamp, -1, value.length, value, claim, PATIENCE_NS);
                    claim.segment().putBytes(claim.valueOffset(), value, 0, value.length);
                    claim.commit();
                } else if (way < 4) {
                    do {
                        status = accumulator.tryClaim(queue, timestamp, -1, value.length, value, claim);
                        if (status == RecordAccumulator.NO_MEMORY) {
                            Thread.yield();
                        }
                    } while (status == RecordAccumulator.NO_MEMORY && !giveUp);
                    if (status > 0) {
                        claim.segment().putBytes(claim.valueOffset(), value, 0, value.length);
                        claim.commit();
                    }
                } else if (way < 6) {
                    do {
                        status = accumulator.tryAppend(queue, timestamp, null, value, null, value);
                        if (status == RecordAccumulator.NO_MEMORY) {
                            Thread.yield();
                        }
                    } while (status == RecordAccumulator.NO_MEMORY && !giveUp);
                } else {
                    status = accumulator.append(queue, timestamp, null, value, null, value, PATIENCE_NS);
                }
                if (status == RecordAccumulator.CLOSED) {
                    throw new AccumulatorClosedException("status");
                }
                accepted[id][partition]++;
            }
        } catch (final AccumulatorClosedException e) {
            if (!closeMidway) {
                violations.add("closed too early");
            }
        } catch (final Throwable t) {
            violations.add("appender: " + t);
            giveUp = true;
        } finally {
            running.decrementAndGet();
        }
    }

    private static byte[] value(final int id, final int partition, final int sequence, final int length) {
        final byte[] value = new byte[RECORD_HEADER + length];
        ByteBuffer.wrap(value).putInt(id).putInt(partition).putInt(sequence);
        for (int i = RECORD_HEADER; i < value.length; i++) {
            value[i] = (byte) (sequence * 31 + i);
        }
        return value;
    }

    // ---- I/O

    private void io(final RecordAccumulator accumulator) {
        try {
            final List<Batch> batches = new ArrayList<>();
            while (!giveUp) {
                final long nowNs = System.nanoTime();
                final boolean closed = accumulator.isClosed() && running.get() == 0;
                int work = accumulator.poll(nowNs);
                batches.clear();
                work += accumulator.drain(1, ioRandom.nextInt(1, 16_384), DrainFilter.ALL, batches, nowNs);
                for (final Batch batch : batches) {
                    handle(accumulator, batch, nowNs);
                }
                accumulator.nodeBusy(1, ioRandom.nextBoolean());
                if (work == 0) {
                    if (closed && accumulator.liveBatches() == 0) {
                        return;
                    }
                    sleep(accumulator, nowNs);
                }
            }
        } catch (final Throwable t) {
            violations.add("io: " + t);
            giveUp = true;
        }
    }

    private void sleep(final RecordAccumulator accumulator, final long nowNs) {
        woken = false;
        final int fullBatches = 1 + ioRandom.nextInt(3);
        final long deadlineNs = accumulator.nextDeadlineNs(nowNs);
        final long untilNs = fullBatches == 1
                ? deadlineNs
                : deadlineNs == RecordAccumulator.NO_DEADLINE
                        ? nowNs + SHORT_SLEEP_NS
                        : Math.min(deadlineNs, nowNs + SHORT_SLEEP_NS);
        if (running.get() > 0 && accumulator.prepareSleep(untilNs, fullBatches)) {
            final long limitNs = System.nanoTime() + WAKE_PATIENCE_NS;
            while (!woken && running.get() > 0 && System.nanoTime() - limitNs < 0
                    && (untilNs == RecordAccumulator.NO_DEADLINE || System.nanoTime() - untilNs < 0)) {
                LockSupport.parkNanos(this, 1_000_000);
            }
            if (!woken && System.nanoTime() - limitNs >= 0 && accumulator.poll(System.nanoTime()) > 0) {
                violations.add("there was work, and nobody woke the I/O thread");
            }
            accumulator.awake();
        }
    }

    private void handle(final RecordAccumulator accumulator, final Batch batch, final long nowNs) {
        batch.seal(1, (short) 2, 3, false);
        final byte[] bytes = Rig.bytes(batch);
        if (ioRandom.nextInt(8) == 0) {
            accumulator.retry(batch, nowNs);
            return;
        }
        final List<byte[]> completions = new ArrayList<>();
        batch.complete((completion, index, details) -> {
            if (index != completions.size()) {
                violations.add("index " + index + " instead of " + completions.size());
            }
            completions.add((byte[]) completion);
        });
        int index = 0;
        long maxTimestamp = 0;
        for (final RecordBatch kafkaBatch : MemoryRecords.readableRecords(ByteBuffer.wrap(bytes)).batches()) {
            kafkaBatch.ensureValid();
            for (final Record record : kafkaBatch) {
                check(batch, record, completions.get(index++));
                maxTimestamp = Math.max(maxTimestamp, record.timestamp());
            }
            if (kafkaBatch.maxTimestamp() < maxTimestamp) {
                violations.add("max timestamp " + kafkaBatch.maxTimestamp() + " < " + maxTimestamp);
            }
        }
        if (index != completions.size() || index != batch.recordCount()) {
            violations
                    .add("records " + index + ", completions " + completions.size() + ", count " + batch.recordCount());
        }
        delivered += index;
        accumulator.release(batch);
    }

    private void check(final Batch batch, final Record record, final byte[] completion) {
        final ByteBuffer value = record.value();
        final int id = value.getInt(0);
        final int partition = value.getInt(4);
        final int sequence = value.getInt(8);
        if (id < 0 || id >= appenders || partition != batch.topicPartition().partition()) {
            violations.add("foreign bytes in " + batch);
            return;
        }
        if (!value.equals(ByteBuffer.wrap(value(id, partition, sequence, value.remaining() - RECORD_HEADER)))
                || !value.equals(ByteBuffer.wrap(completion))) {
            violations.add("wrong bytes in " + batch);
        }
        if (nextExpected[id][partition] != sequence) {
            violations.add("appender " + id + ", partition " + partition + ": expected " + nextExpected[id][partition]
                    + ", found " + sequence);
        }
        nextExpected[id][partition] = sequence + 1;
    }
}
