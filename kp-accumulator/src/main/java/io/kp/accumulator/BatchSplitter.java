package io.kp.accumulator;

import static io.kp.accumulator.RecordBatchDescriptor.HEADER_LENGTH;

import java.util.ArrayList;
import java.util.List;

import io.kp.memory.BufferPool;
import io.kp.memory.Segment;

/**
 * Packs the records of a complete batch, in their order, into smaller batches. The parts have memory of their own; the batch itself stays as it is, so that nothing is
 * lost when there is not enough memory. Every part has at least one record, and together two parts that follow each other are larger than the target. The parts of a compressed batch
 * are not compressed yet. I/O thread only.
 */
final class BatchSplitter {
    private final BufferPool pool;
    private final CompressionStage compression;
    private final RecordCursor cursor = new RecordCursor();
    private final List<Batch> parts = new ArrayList<>();

    // The part that is being filled.
    private Batch part;
    private SegmentNode node;
    private int position;
    private int partBytes;
    private int partRecords;
    private long maxTimestamp;

    // Where the next completion object is.
    private SegmentNode slotNode;
    private int slot;

    /**
     * @param compression
     *            undoes the compression of batches; null if there are no compressed ones.
     */
    BatchSplitter(final BufferPool pool, final CompressionStage compression) {
        this.pool = pool;
        this.compression = compression;
    }

    /**
     * Makes the parts.
     *
     * @return the parts, valid until the next call; empty if there is not enough memory.
     */
    List<Batch> split(final Batch batch, final int targetBytes) {
        parts.clear();
        part = null;
        slotNode = batch.first;
        slot = 0;
        boolean done = false;
        Segment decompressed = null;
        try {
            if (batch.codecId() == 0) {
                done = fill(batch, targetBytes, cursor.reset(batch));
            } else {
                decompressed = compression.decompress(batch, pool);
                done = decompressed != null
                        && fill(batch, targetBytes, cursor.reset(decompressed, batch.recordCount()));
            }
        } finally {
            if (decompressed != null) {
                decompressed.release();
            }
            if (!done) {
                end();
                parts.forEach(Batch::releaseSegments);
                pool.serveWaiters();
                parts.clear();
            }
        }
        return parts;
    }

    private boolean fill(final Batch batch, final int targetBytes, final RecordCursor cursor) {
        while (cursor.nextSegment()) {
            while (cursor.nextRecord()) {
                cursor.readDeltas();
                if (part != null && partBytes + recordBytes(partRecords) > targetBytes) {
                    end();
                }
                final boolean first = part == null;
                final int bytes = recordBytes(first ? 0 : partRecords);
                if ((first || bytes > node.segment.capacity() - position || node.records == node.slots())
                        && !addSegment(batch, bytes)) {
                    return false;
                }
                put(batch, bytes);
            }
        }
        end();
        return true;
    }

    private int recordBytes(final int index) {
        return RecordEncoder.recordBytes(bodyBytes(index));
    }

    private int bodyBytes(final int index) {
        return Byte.BYTES + Varint.sizeOf(cursor.timestampDelta()) + Varint.sizeOf(index) + tailBytes();
    }

    private int tailBytes() {
        return cursor.end() - cursor.tailStart();
    }

    private boolean addSegment(final Batch batch, final int recordBytes) {
        final int start = part == null ? HEADER_LENGTH : 0;
        final Segment segment = pool
                .tryAcquire(Math.min(Math.max(start + recordBytes, pool.segmentBytes()), pool.maxRequestBytes()));
        if (segment == null) {
            return false;
        }
        final SegmentNode added = PartitionQueue.nodeOf(segment);
        added.next = null;
        added.records = 0;
        added.used = start;
        if (part == null) {
            part = added.ownBatch;
            // Same base as before, so that the records' timestamp deltas stay.
            part.open(batch.queue, added, batch.createdNs, batch.baseTimestamp);
            parts.add(part);
            partBytes = HEADER_LENGTH;
            partRecords = 0;
            maxTimestamp = Long.MIN_VALUE;
            added.batchOffset = 0;
        } else {
            part.addSegment(added);
            added.batchOffset = partBytes;
        }
        added.batch = part;
        added.baseIndex = partRecords;
        node = added;
        position = start;
        return true;
    }

    private void put(final Batch batch, final int bytes) {
        final int tailStart = RecordEncoder.putDeltas(node.segment, position, bodyBytes(partRecords),
                cursor.timestampDelta(), partRecords);
        node.segment.putBytes(tailStart, cursor.segment().byteBuffer().clear(), cursor.tailStart(), tailBytes());
        while (slot == slotNode.records) {
            slotNode = slotNode.next;
            slot = 0;
        }
        node.completion(node.records++, slotNode.completion(slot++));
        position += bytes;
        node.used = position;
        partBytes += bytes;
        partRecords++;
        maxTimestamp = Math.max(maxTimestamp, batch.baseTimestamp + cursor.timestampDelta());
    }

    private void end() {
        if (part != null) {
            part.compacted(partRecords, partBytes, maxTimestamp);
            part = null;
            node = null;
        }
    }
}
