package io.kp.accumulator;

import java.nio.ByteBuffer;

import io.kp.memory.Segment;

/**
 * The bookkeeping of one segment in a batch. It hangs at the segment ({@link Segment#attachment()}) and is recycled with it, and so is
 * the {@link Batch} object of the batch that the segment opens: no free list of their own, no garbage in the steady state.
 *
 * <p>
 * Written by the thread that installs the segment or closes it; read by the I/O thread once the batch is complete. The slots are written
 * by the appenders, each its own, and published by their commits.
 */
final class SegmentNode {
    private static final int BYTES_PER_SLOT = 16;

    final Segment segment;
    final ByteBuffer buffer;
    final Object[] slots;
    final boolean shared;
    /** The batch object that this segment contributes when it is the first of a batch. */
    final Batch ownBatch;

    /** The batch that the segment belongs to now. */
    Batch batch;
    SegmentNode next;
    /** Index in the batch of the segment's first record. */
    int baseIndex;
    /** Bytes of the batch before this segment. */
    int batchOffset;
    /** Bytes in use; final when the segment takes no more records. */
    int used;
    /** Records in the segment; final when the segment takes no more records. */
    int records;

    private SegmentNode(final Segment segment) {
        this.segment = segment;
        this.buffer = segment.byteBuffer();
        this.shared = segment.capacity() <= QueueState.MAX_SHARED_SEGMENT_BYTES;
        this.slots = new Object[shared ? Math.max(1, segment.capacity() / BYTES_PER_SLOT) : 1];
        this.ownBatch = new Batch();
    }

    /** For the codes of {@link PartitionQueue} only. */
    SegmentNode() {
        segment = null;
        buffer = null;
        slots = null;
        shared = false;
        ownBatch = null;
    }

    /**
     * The node of a segment that the caller owns.
     */
    static SegmentNode of(final Segment segment) {
        final Object attachment = segment.attachment();
        if (attachment instanceof SegmentNode) {
            return (SegmentNode) attachment;
        }
        final SegmentNode node = new SegmentNode(segment);
        segment.attach(node);
        return node;
    }

    /**
     * Fixes what the segment holds. In a segment that is not shared the position of the state word is not used.
     */
    void close(final int recordsInSegment, final int position) {
        records = recordsInSegment;
        if (shared) {
            used = position;
        }
    }

    /** Bytes in use given the state word's position. */
    int usedAt(final int position) {
        return shared ? position : used;
    }

    /** Forgets the batch and its completion objects, and gives the memory back. */
    void release() {
        clear();
        segment.release();
    }

    /** The same; the caller owes a {@link io.kp.memory.BufferPool#serveWaiters()}. */
    void releaseUnserved() {
        clear();
        segment.releaseUnserved();
    }

    private void clear() {
        java.util.Arrays.fill(slots, 0, records, null);
        batch = null;
        next = null;
        used = 0;
        records = 0;
    }
}
