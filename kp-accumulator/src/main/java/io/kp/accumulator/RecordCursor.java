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
        return this;
    }

    /** Goes to the next segment, before its first record. */
    boolean nextSegment() {
        if (nextNode == null) {
            return false;
        }
        node = nextNode;
        nextNode = node.next;
        segment = node.segment;
        slot = -1;
        end = node.batchOffset == 0 ? HEADER_LENGTH : 0;
        return true;
    }

    /** Goes to the next record of the segment. */
    boolean nextRecord() {
        if (slot + 1 >= node.records) {
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
