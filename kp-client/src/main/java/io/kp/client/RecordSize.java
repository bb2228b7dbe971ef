package io.kp.client;

/**
 * The size that a record is held against {@code max.request.size} with: a batch of this record alone, before compression, with the fields whose length depends
 * on the place in a batch at their longest. The same as Kafka's.
 */
final class RecordSize {
    private static final int BATCH_HEADER_BYTES = 61;
    /** Length 5, attributes 1, timestamp delta 10, offset delta 5. */
    private static final int MAX_RECORD_OVERHEAD_BYTES = 21;

    private RecordSize() {
    }

    static long upperBound(final byte[] key, final byte[] value, final HeaderBytes headers) {
        long bytes = BATCH_HEADER_BYTES + MAX_RECORD_OVERHEAD_BYTES + sizeOf(key) + sizeOf(value);
        final int count = headers == null ? 0 : headers.count();
        bytes += varintBytes(count);
        for (int i = 0; i < count; i++) {
            bytes += sizeOf(headers.keyUtf8(i)) + sizeOf(headers.value(i));
        }
        return bytes;
    }

    /** The same for a record without headers, from the lengths of key and value; -1 for none. */
    static long upperBound(final int keyLength, final int valueLength) {
        return BATCH_HEADER_BYTES + MAX_RECORD_OVERHEAD_BYTES + sizeOf(keyLength) + sizeOf(valueLength)
                + varintBytes(0);
    }

    private static long sizeOf(final byte[] bytes) {
        return sizeOf(bytes == null ? -1 : bytes.length);
    }

    private static long sizeOf(final int length) {
        return length < 0 ? 1 : (long) varintBytes(length) + length;
    }

    /** Bytes of a number that is not negative: zig-zag doubles it, seven bits go into each. */
    private static int varintBytes(final int value) {
        return (38 - Integer.numberOfLeadingZeros(value << 1 | 1)) / 7;
    }
}
