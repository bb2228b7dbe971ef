package io.kp.accumulator;

import static io.kp.accumulator.RecordBatchDescriptor.HEADER_LENGTH;

import io.kp.memory.Segment;

/**
 * Walks the records of a complete batch where they lie. Reads each record's length, which leads to the next one, and the other parts on
 * demand. I/O thread only; one instance serves one walk after the other.
 *
 * <pre>
 *   start      bodyStart     tailStart                       end
 *     v            v             v                            v
 *     +------------+-------------+----------------------------+
 *     |   length   | attr, deltas| key, value, headers        |
 *     +------------+-------------+----------------------------+
 * </pre>
 */
final class RecordCursor {
    private SegmentNode nextNode;
    private SegmentNode node;
    private Segment segment;
    private int records;
    private int slot;
    private int start;
    private int bodyStart;
    private int end;

    // Valid after readDeltas.
    private long timestampDelta;
    private int offsetDelta;
    private int tailStart;

    /** Goes before the first record. */
    RecordCursor reset(final Batch batch) {
        nextNode = batch.first;
        node = null;
        segment = null;
        return this;
    }

    /** Goes before the first of a number of records that begin at index 0 of a segment outside of any batch. */
    RecordCursor reset(final Segment loose, final int count) {
        nextNode = null;
        node = null;
        segment = loose;
        records = count;
        slot = -1;
        end = 0;
        return this;
    }

    /** Goes to the next segment, before its first record. */
    boolean nextSegment() {
        if (nextNode == null) {
            final boolean loose = node == null && segment != null && slot < 0;
            return loose;
        }
        node = nextNode;
        nextNode = node.next;
        segment = node.segment;
        records = node.records;
        slot = -1;
        end = node.batchOffset == 0 ? HEADER_LENGTH : 0;
        return true;
    }

    /** Goes to the next record of the segment. */
    boolean nextRecord() {
        if (slot + 1 >= records) {
            return false;
        }
        slot++;
        start = end;
        final int body = RecordEncoder.getVarint(segment, start);
        bodyStart = start + Varint.sizeOf(body);
        end = bodyStart + body;
        return true;
    }

    SegmentNode node() {
        return node;
    }

    /** Where the record lies. */
    Segment segment() {
        return segment;
    }

    /** Index of the record in its segment. */
    int slot() {
        return slot;
    }

    int start() {
        return start;
    }

    int end() {
        return end;
    }

    /** Reads the parts that depend on the record's place in the batch. */
    void readDeltas() {
        final int timestampAt = bodyStart + Byte.BYTES;
        timestampDelta = RecordEncoder.getVarlong(segment, timestampAt);
        final int offsetAt = timestampAt + Varint.sizeOf(timestampDelta);
        offsetDelta = RecordEncoder.getVarint(segment, offsetAt);
        tailStart = offsetAt + Varint.sizeOf(offsetDelta);
    }

    long timestampDelta() {
        return timestampDelta;
    }

    int offsetDelta() {
        return offsetDelta;
    }

    /** Where the part begins that does not depend on the record's place: key length and all after it. */
    int tailStart() {
        return tailStart;
    }

    int keyBytes() {
        return RecordEncoder.getVarint(segment, tailStart);
    }

    int valueBytes(final int keyBytes) {
        return RecordEncoder.getVarint(segment, tailStart + Varint.sizeOf(keyBytes) + Math.max(keyBytes, 0));
    }
}
