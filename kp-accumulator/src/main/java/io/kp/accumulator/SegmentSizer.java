package io.kp.accumulator;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How large a segment to ask for. A partition starts with standard segments, so that one that holds a single small record costs no more;
 * each batch that was closed because it was full doubles the size, up to the batch size, so that a busy partition's batch is one segment or
 * a few; each batch that left half of such a segment unused halves it again.
 *
 * <p>
 * Races between threads that close batches of one partition are benign: the size is a hint.
 */
final class SegmentSizer {
    private static final VarHandle PREFERRED;

    static {
        try {
            PREFERRED = MethodHandles.lookup().findVarHandle(SegmentSizer.class, "preferredBytes", int.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final int minBytes;
    private final int maxBytes;
    private int preferredBytes;

    /**
     * @param minBytes
     *            size of a standard segment.
     * @param maxBytes
     *            largest size to ask for.
     */
    SegmentSizer(final int minBytes, final int maxBytes) {
        this.minBytes = minBytes;
        this.maxBytes = Math.max(minBytes, maxBytes);
        preferredBytes = minBytes;
    }

    /**
     * The size for the rest of a batch: a power of two, as all sizes here are. If it were as large as the rest, there would be segments of all sizes, and most of what is
     * free would be of another one than is asked for.
     */
    static int least(final int restBytes, final int preferredBytes) {
        int bytes = preferredBytes;
        while (bytes / 2 >= restBytes) {
            bytes /= 2;
        }
        return bytes;
    }

    /**
     * The size for what follows in a batch that has grown beyond the batch size, and so is likely to grow on: a power of two, as large as the segments before it together. A batch of
     * any size then has a few segments, and what remains unused of the last one is less than about the batch.
     */
    static int grown(final int filledBytes, final int preferredBytes) {
        int bytes = preferredBytes;
        while (bytes < filledBytes && bytes < QueueState.MAX_SHARED_SEGMENT_BYTES) {
            bytes *= 2;
        }
        return bytes;
    }

    int preferredBytes() {
        return (int) PREFERRED.getOpaque(this);
    }

    void onBatchFull() {
        final int preferred = preferredBytes();
        if (preferred < maxBytes) {
            PREFERRED.setOpaque(this, Math.min(maxBytes, preferred * 2));
        }
    }

    void onBatchCutShort(final int batchBytes) {
        final int preferred = preferredBytes();
        if (preferred > minBytes && batchBytes <= preferred / 2) {
            PREFERRED.setOpaque(this, Math.max(minBytes, preferred / 2));
        }
    }
}
