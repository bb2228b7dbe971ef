package io.kp.accumulator;

import io.kp.memory.Segment;

/**
 * Takes aborted records out of a complete batch, in place. The records behind them move towards the front of their segment and get lower
 * indexes; since a lower index never takes more bytes, every record fits where it goes. I/O thread only.
 */
final class BatchCompactor {
    private final RecordCursor cursor = new RecordCursor();

    /** Leaves a batch without aborted records, possibly without any record. */
    void compact(final Batch batch) {
        int index = 0;
        int batchBytes = 0;
        long maxTimestamp = Long.MIN_VALUE;
        cursor.reset(batch);
        while (cursor.nextSegment()) {
            final SegmentNode node = cursor.node();
            int position = node.batchOffset == 0 ? RecordBatchDescriptor.HEADER_LENGTH : 0;
            int kept = 0;
            final int baseIndex = index;
            while (cursor.nextRecord()) {
                final Object completion = node.takeCompletion(cursor.slot());
                if (completion != Batch.ABORTED) {
                    position = move(node.segment, index++, position);
                    node.completion(kept++, completion);
                    maxTimestamp = Math.max(maxTimestamp, batch.baseTimestamp + cursor.timestampDelta());
                }
            }
            node.baseIndex = baseIndex;
            // The first segment is told by its offset 0 further on: that of the others stays above it, as the header comes before them.
            node.batchOffset = batchBytes;
            node.records = kept;
            node.used = position;
            batchBytes += position;
        }
        batch.compacted(index, batchBytes, maxTimestamp);
    }

    /** Moves the cursor's record to the position, which is not behind its own, and returns the position after it. */
    private int move(final Segment segment, final int index, final int position) {
        cursor.readDeltas();
        if (position == cursor.start() && index == cursor.offsetDelta()) {
            return cursor.end();
        }
        final int tailBytes = cursor.end() - cursor.tailStart();
        final int bodyBytes = Byte.BYTES + Varint.sizeOf(cursor.timestampDelta()) + Varint.sizeOf(index) + tailBytes;
        final int tailStart = RecordEncoder.putDeltas(segment, position, bodyBytes, cursor.timestampDelta(), index);
        // Overlaps are fine: the copy behaves as if through an intermediate array.
        segment.putBytes(tailStart, segment.byteBuffer().clear(), cursor.tailStart(), tailBytes);
        return tailStart + tailBytes;
    }
}
