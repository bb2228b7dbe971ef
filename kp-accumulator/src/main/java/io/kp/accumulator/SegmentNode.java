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
    /** In the slot of a record without a completion object, where the usual one is another. */
    private static final Object NONE = new Object();

    final Segment segment;
    final ByteBuffer buffer;
    private final Object[] slots;
    final boolean shared;
    /** The batch object that this segment contributes when it is the first of a batch. */
    final Batch ownBatch;

    /** The batch that the segment belongs to now. */
    Batch batch;
    /**
     * The completion object of the record that the segment was installed for. The slots of records with the same stay empty: whoever has one object told of all
     * records, or none, is spared a store for each, which for G1 may cost a full fence, and the I/O thread the slots' lines.
     */
    Object usual;
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

    /** Puts a record's completion object into place. The slot is empty, or the object is none that could be usual. */
    void completion(final int slot, final Object completion) {
        if (completion != usual) {
            slots[slot] = completion == null ? NONE : completion;
        }
    }

    /** A record's completion object, or null. */
    Object completion(final int slot) {
        return meant(slots[slot]);
    }

    /** The same, and empties the slot. */
    Object takeCompletion(final int slot) {
        final Object inSlot = slots[slot];
        if (inSlot != null) {
            slots[slot] = null;
        }
        return meant(inSlot);
    }

    private Object meant(final Object inSlot) {
        return inSlot == null ? usual : inSlot == NONE ? null : inSlot;
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

    /** How many records the segment can have. */
    int slots() {
        return slots.length;
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
        usual = null;
        next = null;
        used = 0;
        records = 0;
    }
}
