package io.kp.accumulator;

import java.nio.ByteBuffer;

/**
 * What a record's completion needs to know and a compressed batch does not tell any more: for each record with a completion object, in their order, its timestamp
 * delta and the lengths of its key and value, as varints. It lies in the batch's own segments behind the compressed records, is not sent, and always takes less
 * room than the records did.
 */
final class CompletionLedger {
    private static final int MAX_ENTRY_BYTES = 10 + 5 + 5;

    private SegmentNode node;
    private int position;

    CompletionLedger() {
    }

    /**
     * Writes the ledger of an uncompressed batch.
     *
     * @return false if there is too little room.
     */
    static boolean write(final RecordCursor cursor, final ByteBuffer out) {
        while (cursor.nextSegment()) {
            final Object[] slots = cursor.node().slots;
            while (cursor.nextRecord()) {
                if (slots[cursor.slot()] != null) {
                    if (out.remaining() < MAX_ENTRY_BYTES) {
                        return false;
                    }
                    cursor.readDeltas();
                    final int keyBytes = cursor.keyBytes();
                    put(out, cursor.timestampDelta());
                    put(out, keyBytes);
                    put(out, cursor.valueBytes(keyBytes));
                }
            }
        }
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
