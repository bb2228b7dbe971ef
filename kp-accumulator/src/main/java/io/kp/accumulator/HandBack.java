package io.kp.accumulator;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

import org.jctools.queues.varhandle.MpscVarHandleArrayQueue;

/**
 * Batches that compressors hand back to the I/O thread, and which of them is worth waking it for. While others are being compressed or wait for it, up to
 * {@value #MOST_TOGETHER} are handed back together, if that takes the first of them no longer than about a millisecond: they then go out in one request, and the I/O
 * thread takes a processor from a compressor once in place of for each. The last one always wakes it.
 */
final class HandBack {
    /*
     * No batch is left behind. A compressor first counts itself out, then looks whether there is more to compress; who takes a batch from there first removes it, then
     * counts itself in. Of compressors that end one after the other the last finds that nobody is counted, and either nothing to compress, then it wakes the I/O thread,
     * or something, then it was not the last.
     */
    private static final int MOST_TOGETHER = 4;
    private static final long MOST_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private final MpscVarHandleArrayQueue<Batch> done;
    private final BooleanSupplier moreToCompress;
    private final AtomicInteger compressing = new AtomicInteger();

    /**
     * @param maxBatches
     *            how many there can be.
     * @param moreToCompress
     *            whether batches wait that somebody will take and hand back.
     */
    HandBack(final int maxBatches, final BooleanSupplier moreToCompress) {
        done = new MpscVarHandleArrayQueue<>(maxBatches);
        this.moreToCompress = moreToCompress;
    }

    /** This thread has taken a batch to compress. */
    void taken() {
        compressing.incrementAndGet();
    }

    /**
     * This thread has compressed the batch.
     *
     * @param tookNs
     *            how long that took: about as long as until the next one is handed back.
     * @return whether the I/O thread is to be woken.
     */
    boolean finished(final Batch batch, final long tookNs) {
        done.offer(batch);
        final boolean last = compressing.decrementAndGet() == 0 && !moreToCompress.getAsBoolean();
        final int together = done.size();
        return last || together >= MOST_TOGETHER || together * tookNs >= MOST_NS;
    }

    /** Hands back a batch that nobody has compressed. I/O thread only. */
    void untouched(final Batch batch) {
        done.offer(batch);
    }

    /** The next one, or null. I/O thread only. */
    Batch poll() {
        return done.poll();
    }

    boolean isEmpty() {
        return done.isEmpty();
    }
}
