package io.kp.accumulator;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

import io.kp.memory.BufferPool;
import io.kp.memory.Segment;
import org.jctools.queues.varhandle.MpmcVarHandleArrayQueue;

/**
 * Batches on their way through the compressors.
 *
 * <pre>
 *    I/O thread                    compressors                        I/O thread
 *   submit ───────▶ pending ─────▶ CompressionWorker.run ─────▶ done ───────▶ poll
 *                                  one task each, run by the executor
 * </pre>
 *
 * All complete batches pass the I/O thread before they come here, also those that an appender has filled: so everything but the bytes of a batch has one
 * writer, appenders do nothing more than without compression, and a batch under compression is to the I/O thread what one with a stalled appender is, closed and
 * not complete. Between {@link #submit} and {@link #poll} the batch, its segments and its slots belong to the compressor that took it.
 *
 * <p>
 * Compressors that are behind are helped by callers, see {@link #helpIfBehind}: these take a batch and hand it back as a compressor does, and are never waited for
 * to take one, so that the above holds without them.
 *
 * <p>
 * Nobody waits: both queues have room for every batch that memory allows.
 */
final class CompressionStage {
    /*
     * No work is left behind. The I/O thread first puts a batch into `pending`, then looks for a compressor that rests and takes it from RESTING to RUNNING; a
     * compressor that finds nothing first says RESTING, then looks into `pending` once more. Both steps of each are separated by a full fence (the compare-and-set, the
     * volatile write), so that at least one of the two sees the other. With anything weaker the batch could stay beside a compressor that rests.
     */
    /** Batches that may wait for each compressor: more of small ones, but of large ones not so many that they have left the cache when their turn comes. */
    private static final int MOST_BACKLOG = 4;
    private static final int BACKLOG_BYTES = 512 * 1024;

    private final Compression compression;
    private final RecordAccumulator accumulator;
    private final MpmcVarHandleArrayQueue<Batch> pending;
    private final HandBack done;
    private final CompressionWorker[] workers;
    private final CompressionWorker[] helpers;
    private final int backlog;
    private volatile boolean ended;
    private final LongAdder failures = new LongAdder();
    private final LongAdder helped = new LongAdder();

    // I/O thread only.
    private final Map<CompressionCodec, Decompressor> decompressors = new HashMap<>();
    private int outstanding;

    CompressionStage(final Compression compression, final RecordAccumulator accumulator, final int maxBatches) {
        this.compression = compression;
        this.accumulator = accumulator;
        this.pending = new MpmcVarHandleArrayQueue<>(maxBatches);
        this.done = new HandBack(maxBatches, this::hasWork);
        workers = workers(compression.workers());
        helpers = workers(compression.callers());
        backlog = workers.length * Math.max(1, Math.min(MOST_BACKLOG, BACKLOG_BYTES / compression.inputBytes()));
    }

    private CompressionWorker[] workers(final int count) {
        final CompressionWorker[] array = new CompressionWorker[count];
        for (int i = 0; i < count; i++) {
            array[i] = new CompressionWorker(this, compression.inputBytes(), compression.outputBytes());
        }
        return array;
    }

    Compression compression() {
        return compression;
    }

    // ---- I/O thread

    /** Hands a complete batch over. */
    void submit(final Batch batch) {
        if (!pending.offer(batch)) {
            throw new IllegalStateException(
                    "compression queue is full, which its size rules out: capacity=" + pending.capacity());
        }
        outstanding++;
        for (final CompressionWorker worker : workers) {
            if (worker.tryStart()) {
                start(worker);
                return;
            }
        }
    }

    private void start(final CompressionWorker worker) {
        try {
            compression.executor().execute(worker);
        } catch (final Throwable e) {
            worker.rest();
            failed(e);
            takeBack();
        }
    }

    /**
     * Takes a batch that is compressed, or to be sent as it is.
     *
     * @return null if there is none at the moment.
     */
    Batch poll() {
        final Batch batch = done.poll();
        if (batch != null) {
            outstanding--;
        }
        return batch;
    }

    boolean isIdle() {
        return done.isEmpty();
    }

    /** Batches that were submitted and not polled. */
    int outstanding() {
        return outstanding;
    }

    /** Gives up on the batches that no compressor has begun. */
    void takeBack() {
        for (Batch batch = pending.poll(); batch != null; batch = pending.poll()) {
            done.untouched(batch);
        }
    }

    /**
     * Takes one batch back if no compressor has begun it.
     *
     * @return whether it is the I/O thread's again, as it was submitted.
     */
    boolean withdraw(final Batch wanted) {
        boolean found = false;
        // Through the whole queue once, so that all others are in their order again.
        for (int i = pending.size(); i > 0; i--) {
            final Batch batch = pending.poll();
            if (batch == wanted) {
                found = true;
            } else if (batch != null) {
                pending.offer(batch);
            }
        }
        outstanding -= found ? 1 : 0;
        return found;
    }

    /** Frees what the codecs hold, as soon as no compressor runs. Nothing is submitted any more. */
    void end() {
        ended = true;
        for (final CompressionWorker worker : workers) {
            worker.endIfResting();
        }
        for (final CompressionWorker helper : helpers) {
            helper.endIfResting();
        }
        decompressors.values().forEach(Decompressor::close);
        decompressors.clear();
    }

    /**
     * Undoes the compression of a batch.
     *
     * @return a segment with its records from index 0 on, to be released; null if there is not enough memory.
     */
    Segment decompress(final Batch batch, final BufferPool pool) {
        final int compressedBytes = batch.sizeInBytes() - RecordBatchDescriptor.HEADER_LENGTH;
        final long bytes = (long) batch.recordsBytes() + compressedBytes;
        final Segment segment = bytes > pool.maxRequestBytes() ? null : pool.tryAcquire((int) bytes);
        if (segment != null) {
            final ByteBuffer buffer = segment.byteBuffer().clear();
            batch.copyRecords(buffer, batch.recordsBytes());
            final ByteBuffer input = buffer.duplicate().limit((int) bytes).position(batch.recordsBytes());
            final int decompressed = decompressors
                    .computeIfAbsent(batch.queue.compression().kind.codec(), CompressionCodec::decompressor)
                    .decompress(input, buffer.limit(batch.recordsBytes()));
            if (decompressed != batch.recordsBytes()) {
                throw new IllegalStateException(
                        "decompressed to another size: bytes=" + decompressed + ", recordsBytes="
                                + batch.recordsBytes());
            }
        }
        return segment;
    }

    // ---- callers

    /**
     * Compresses the oldest batch on this thread if the compressors are behind, and the working memory for that is free. Who fills memory faster than it is
     * compressed would wait for it later, and what waits longer is compressed out of a colder cache.
     */
    void helpIfBehind() {
        if (helpers.length == 0 || pending.size() <= backlog) {
            return;
        }
        for (final CompressionWorker helper : helpers) {
            if (helper.tryStart()) {
                if (helper.help()) {
                    helped.increment();
                }
                return;
            }
        }
    }

    // ---- compressors

    long nanoTime() {
        return accumulator.nanoTime();
    }

    Batch take() {
        final Batch batch = pending.poll();
        if (batch != null) {
            done.taken();
        }
        return batch;
    }

    boolean hasWork() {
        return !pending.isEmpty();
    }

    void finished(final Batch batch, final long tookNs) {
        if (done.finished(batch, tookNs)) {
            accumulator.wake();
        }
    }

    void failed(final Throwable error) {
        failures.increment();
        compression.onError().accept(error);
    }

    boolean hasEnded() {
        return ended;
    }

    // ---- any thread

    /**
     * Whether each compressor has its next batch already. One more is then not worth waking the I/O thread for, which is woken when these are compressed.
     */
    boolean hasWorkForAll() {
        return pending.size() >= workers.length;
    }

    /** Batches that callers have compressed. */
    long helped() {
        return helped.sum();
    }

    long failures() {
        return failures.sum();
    }
}
