package io.kp.accumulator;

import static io.kp.accumulator.RecordBatchDescriptor.HEADER_LENGTH;

import java.nio.ByteBuffer;

import io.kp.memory.Segment;

/**
 * What a record's completion needs to know and a compressed batch does not tell any more: for the records with a completion object, in their order, how many after
 * each other are alike, their timestamp delta and the lengths of their keys and values, as varints. It lies in the batch's own segments behind the compressed records,
 * is not sent, and always takes less room than the records did.
 */
final class CompletionLedger {
    private static final int MAX_ENTRY_BYTES = 5 + 10 + 5 + 5;

    private SegmentNode node;
    private int position;

    CompletionLedger() {
    }

    /**
     * Writes the ledger of an uncompressed batch.
     *
     * @return false if there is too little room.
     */
    static boolean write(final Batch batch, final ByteBuffer out) {
        int alike = 0;
        long timestampDelta = 0;
        int keyBytes = 0;
        int valueBytes = 0;
        // Not by RecordCursor: this is a step for each record, and what it reads twice there shows. Where a number ends is read and not computed from it, since the next
        // record is found only then, and a processor guesses a byte that is mostly the same.
        for (SegmentNode node = batch.first; node != null; node = node.next) {
            final Segment segment = node.segment;
            final int records = node.records;
            int end = node.batchOffset == 0 ? HEADER_LENGTH : 0;
            for (int slot = 0; slot < records; slot++) {
                final int bodyAt = afterVarint(segment, end);
                end = bodyAt + RecordEncoder.getVarint(segment, end);
                if (node.completion(slot) != null) {
                    final int deltaAt = bodyAt + RecordEncoder.ATTRIBUTES_BYTES;
                    final long delta = RecordEncoder.getVarlong(segment, deltaAt);
                    final int keyAt = afterVarint(segment, afterVarint(segment, deltaAt));
                    final int key = RecordEncoder.getVarint(segment, keyAt);
                    final int value = RecordEncoder.getVarint(segment,
                            afterVarint(segment, keyAt) + Math.max(key, 0));
                    if (delta != timestampDelta || key != keyBytes || value != valueBytes) {
                        if (!put(out, alike, timestampDelta, keyBytes, valueBytes)) {
                            return false;
                        }
                        alike = 0;
                        timestampDelta = delta;
                        keyBytes = key;
                        valueBytes = value;
                    }
                    alike++;
                }
            }
        }
        return put(out, alike, timestampDelta, keyBytes, valueBytes);
    }

    private static int afterVarint(final Segment segment, final int position) {
        int at = position;
        while (segment.getByte(at) < 0) {
            at++;
        }
        return at + 1;
    }

    private static boolean put(final ByteBuffer out, final int alike, final long timestampDelta, final int keyBytes,
            final int valueBytes) {
        if (alike == 0) {
            return true;
        }
        if (out.remaining() < MAX_ENTRY_BYTES) {
            return false;
        }
        put(out, alike);
        put(out, timestampDelta);
        put(out, keyBytes);
        put(out, valueBytes);
        return true;
    }

    private static void put(final ByteBuffer out, final long value) {
        long rest = Varint.zigZag(value);
        while ((rest & ~0x7FL) != 0) {
            out.put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    /** Goes before the first entry. */
    CompletionLedger reset(final SegmentNode ledgerNode, final int ledgerPosition) {
        node = ledgerNode;
        position = ledgerPosition;
        return this;
    }

    /** Reads the next number. */
    long next() {
        long value = 0;
        int shift = 0;
        byte read;
        do {
            if (position == node.segment.capacity()) {
                node = node.next;
                position = 0;
            }
            read = node.segment.getByte(position++);
            value |= (long) (read & 0x7F) << shift;
            shift += 7;
        } while (read < 0);
        return Varint.unZigZag(value);
    }
}
