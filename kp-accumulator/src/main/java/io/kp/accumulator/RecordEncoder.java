package io.kp.accumulator;

import io.kp.memory.Segment;

/**
 * Writes records of format version 2 into a segment and finds their parts again.
 *
 * <pre>
 *  +--------+------------+-----------------+--------------+--------+-----+--------+-------+--------------+---------+
 *  | length | attributes | timestamp delta | offset delta | key    | key | value  | value | header count | headers |
 *  | varint |   int8 = 0 |         varlong |       varint | length |     | length |       |       varint |         |
 *  +--------+------------+-----------------+--------------+--------+-----+--------+-------+--------------+---------+
 *           |&lt;-------------------------------------- length --------------------------------------------------------&gt;|
 * </pre>
 *
 * A length of -1 stands for null. A record's size depends on its place in the batch through the two deltas only; everything else is
 * summed up once, before a place is claimed ({@link #fixedBytes}).
 *
 * <p>
 * Source: Kafka protocol guide, "Record".
 */
final class RecordEncoder {
    /** Most bytes that length, timestamp delta and offset delta can take. */
    static final int MAX_VARIABLE_BYTES = 5 + 10 + 5;

    /** Length that stands for null. */
    static final int NULL = -1;

    static final int ATTRIBUTES_BYTES = 1;

    private RecordEncoder() {
    }

    /**
     * Bytes of a record that do not depend on its place in the batch.
     *
     * @return the bytes, as a long since the parts together may be larger than an array.
     */
    static long fixedBytes(final int keyLength, final int valueLength, final RecordHeaders headers) {
        return (long) ATTRIBUTES_BYTES + Varint.sizeOf(keyLength) + Math.max(keyLength, 0) + Varint.sizeOf(valueLength)
                + Math.max(valueLength, 0) + (headers == null ? 1 : headersBytes(headers));
    }

    private static long headersBytes(final RecordHeaders headers) {
        final int count = headers.count();
        long bytes = Varint.sizeOf(count);
        for (int i = 0; i < count; i++) {
            final int keyLength = headers.keyUtf8(i).length;
            final byte[] value = headers.value(i);
            bytes += Varint.sizeOf(keyLength) + keyLength;
            bytes += value == null ? Varint.sizeOf(NULL) : Varint.sizeOf(value.length) + (long) value.length;
        }
        return bytes;
    }

    /**
     * What the record's length field says: the bytes after it.
     */
    static int bodyBytes(final int fixedBytes, final long timestampDelta, final int offsetDelta) {
        return fixedBytes + Varint.sizeOf(timestampDelta) + Varint.sizeOf(offsetDelta);
    }

    /**
     * Bytes of the whole record.
     */
    static int recordBytes(final int bodyBytes) {
        return Varint.sizeOf(bodyBytes) + bodyBytes;
    }

    /**
     * Writes what depends on the record's place in the batch: length, attributes and deltas.
     *
     * @return the position of the key's length.
     */
    static int putDeltas(final Segment segment, final int position, final int bodyBytes, final long timestampDelta,
            final int offsetDelta) {
        int at = putVarint(segment, position, bodyBytes);
        segment.putByte(at++, (byte) 0);
        at = putVarlong(segment, at, timestampDelta);
        return putVarint(segment, at, offsetDelta);
    }

    /**
     * Writes what comes before the key's bytes.
     *
     * @return the position of the key's bytes.
     */
    static int putPrefix(final Segment segment, final int position, final int bodyBytes, final long timestampDelta,
            final int offsetDelta, final int keyLength) {
        return putVarint(segment, putDeltas(segment, position, bodyBytes, timestampDelta, offsetDelta), keyLength);
    }

    /**
     * Writes a whole record.
     *
     * @return the position after it.
     */
    static int put(final Segment segment, final int position, final int bodyBytes, final long timestampDelta,
            final int offsetDelta, final byte[] key, final byte[] value, final RecordHeaders headers) {
        int at = putPrefix(segment, position, bodyBytes, timestampDelta, offsetDelta, key == null ? NULL : key.length);
        if (key != null) {
            segment.putBytes(at, key, 0, key.length);
            at += key.length;
        }
        at = putNullable(segment, at, value);
        if (headers == null) {
            segment.putByte(at++, (byte) 0);
            return at;
        }
        return putHeaders(segment, at, headers);
    }

    private static int putHeaders(final Segment segment, final int position, final RecordHeaders headers) {
        final int count = headers.count();
        int at = putVarint(segment, position, count);
        for (int i = 0; i < count; i++) {
            at = putNullable(segment, at, headers.keyUtf8(i));
            at = putNullable(segment, at, headers.value(i));
        }
        return at;
    }

    private static int putNullable(final Segment segment, final int position, final byte[] bytes) {
        if (bytes == null) {
            return putVarint(segment, position, NULL);
        }
        final int at = putVarint(segment, position, bytes.length);
        segment.putBytes(at, bytes, 0, bytes.length);
        return at + bytes.length;
    }

    static int putVarint(final Segment segment, final int position, final int value) {
        int rest = Varint.zigZag(value);
        int at = position;
        while ((rest & ~0x7F) != 0) {
            segment.putByte(at++, (byte) (rest | 0x80));
            rest >>>= 7;
        }
        segment.putByte(at++, (byte) rest);
        return at;
    }

    static int putVarlong(final Segment segment, final int position, final long value) {
        long rest = Varint.zigZag(value);
        int at = position;
        while ((rest & ~0x7FL) != 0) {
            segment.putByte(at++, (byte) (rest | 0x80));
            rest >>>= 7;
        }
        segment.putByte(at++, (byte) rest);
        return at;
    }

    static int getVarint(final Segment segment, final int position) {
        int at = position;
        int shift = 0;
        int value = 0;
        byte next;
        do {
            next = segment.getByte(at++);
            value |= (next & 0x7F) << shift;
            shift += 7;
        } while (next < 0);
        return Varint.unZigZag(value);
    }

    static long getVarlong(final Segment segment, final int position) {
        int at = position;
        int shift = 0;
        long value = 0;
        byte next;
        do {
            next = segment.getByte(at++);
            value |= (long) (next & 0x7F) << shift;
            shift += 7;
        } while (next < 0);
        return Varint.unZigZag(value);
    }
}
