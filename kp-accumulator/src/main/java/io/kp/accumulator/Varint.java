package io.kp.accumulator;

/**
 * Sizes of Kafka's variable-length integers: zig-zag, then groups of seven bits, lowest first.
 */
final class Varint {
    private Varint() {
    }

    /**
     * Bytes of a zig-zag encoded int.
     */
    static int sizeOf(final int value) {
        return sizeOfUnsigned(zigZag(value));
    }

    /**
     * Bytes of a zig-zag encoded long.
     */
    static int sizeOf(final long value) {
        return sizeOfUnsigned(zigZag(value));
    }

    /**
     * Bytes of an int in groups of seven bits, without zig-zag.
     */
    static int sizeOfUnsigned(final int value) {
        // ceil(bits / 7), at least 1, without a division or a branch: (bits * 9 + 64) / 64 is the same for up to 63 bits.
        return (Integer.SIZE * 9 + Long.SIZE - Integer.numberOfLeadingZeros(value) * 9) >>> 6;
    }

    /**
     * Bytes of a long in groups of seven bits, without zig-zag.
     */
    static int sizeOfUnsigned(final long value) {
        return (Long.SIZE * 9 + Long.SIZE - Long.numberOfLeadingZeros(value) * 9) >>> 6;
    }

    static int zigZag(final int value) {
        return value << 1 ^ value >> 31;
    }

    static long zigZag(final long value) {
        return value << 1 ^ value >> 63;
    }

    static int unZigZag(final int value) {
        return value >>> 1 ^ -(value & 1);
    }

    static long unZigZag(final long value) {
        return value >>> 1 ^ -(value & 1);
    }
}
