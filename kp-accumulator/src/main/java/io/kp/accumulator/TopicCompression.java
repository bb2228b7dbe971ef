package io.kp.accumulator;

import static io.kp.accumulator.RecordBatchDescriptor.HEADER_LENGTH;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How a topic's batches are compressed, and how well: from that follows how many bytes of records a batch takes before it is cut, so that its size on the wire comes
 * close to the batch size. The I/O thread writes the ratio; appenders read it when a batch seems full. Opaque, as a stale value means only a batch that is cut
 * earlier or later.
 */
final class TopicCompression {
    /** Added to the estimate, since the next batch may be worse. */
    private static final float SAFETY = 1.05f;
    /** A batch that is worse than estimated is the new estimate; one that is better lowers it by this part of the way. */
    private static final float DOWN_PART = 1 / 8f;

    private static final VarHandle RATIO;

    static {
        try {
            RATIO = MethodHandles.lookup().findVarHandle(TopicCompression.class, "ratio", float.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final Compression.Kind kind;
    private final int maxLimitBytes;
    private final int telling;
    private float ratio = 1;

    /**
     * @param maxLimitBytes
     *            what a batch of several records may have at most, so that it can be compressed.
     * @param batchBytes
     *            smaller batches than half of this say little about how full ones will be compressed.
     */
    TopicCompression(final Compression.Kind kind, final int maxLimitBytes, final int batchBytes) {
        this.kind = kind;
        this.maxLimitBytes = maxLimitBytes;
        this.telling = batchBytes / 2;
    }

    /** Bytes before compression at which a batch is cut that is to have this size after it. */
    int limitBytes(final int batchLimitBytes) {
        final float estimate = (float) RATIO.getOpaque(this) * SAFETY;
        final long scaled = estimate >= 1
                ? batchLimitBytes
                : HEADER_LENGTH + (long) (Math.max(0, batchLimitBytes - HEADER_LENGTH) / estimate);
        return (int) Math.min(scaled, maxLimitBytes);
    }

    void compressed(final int recordsBytes, final int compressedBytes) {
        if (recordsBytes < telling) {
            return;
        }
        final float observed = Math.min(1, (float) compressedBytes / recordsBytes);
        final float estimate = ratio();
        RATIO.setOpaque(this, observed > estimate
                ? observed
                : estimate - (estimate - observed) * DOWN_PART);
    }

    /** A batch was too large for the broker: starts from the beginning. */
    void forget() {
        RATIO.setOpaque(this, 1f);
    }

    float ratio() {
        return (float) RATIO.getOpaque(this);
    }
}
