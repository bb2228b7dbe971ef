package io.kp.bench;

import java.nio.ByteBuffer;

/** The value of a record of {@code kp chaos}: who sent it and which of its records it is, then bytes that follow from these. */
final class ChaosPayload {
    /** The least size of a value. */
    static final int MIN_BYTES = Integer.BYTES + Integer.BYTES + Long.BYTES;

    private static final int MAGIC = 0x6b70_c4a0;
    private static final int SENDER = Integer.BYTES;
    private static final int SEQUENCE = SENDER + Integer.BYTES;

    private ChaosPayload() {
    }

    static byte[] of(final int sender, final long sequence, final int size) {
        final byte[] value = new byte[size];
        ByteBuffer.wrap(value).putInt(MAGIC).putInt(sender).putLong(sequence);
        final int seed = seed(sender, sequence);
        for (int i = MIN_BYTES; i < size; i++) {
            value[i] = filler(seed, i);
        }
        return value;
    }

    // Every bit of both numbers shows in at least one of the four bytes.
    private static int seed(final int sender, final long sequence) {
        return (int) (sequence * 0x9e3779b97f4a7c15L + sender * 0xc2b2ae3d27d4eb4fL >>> Integer.SIZE);
    }

    private static byte filler(final int seed, final int index) {
        return (byte) ((seed >>> (index % Integer.BYTES) * Byte.SIZE) + index);
    }

    /** Whether the bytes are those of a value, all of them. */
    static boolean isIntact(final byte[] value, final int size) {
        if (value == null || value.length != size || ByteBuffer.wrap(value).getInt() != MAGIC) {
            return false;
        }
        final int seed = seed(sender(value), sequence(value));
        for (int i = MIN_BYTES; i < size; i++) {
            if (value[i] != filler(seed, i)) {
                return false;
            }
        }
        return true;
    }

    static int sender(final byte[] value) {
        return ByteBuffer.wrap(value).getInt(SENDER);
    }

    static long sequence(final byte[] value) {
        return ByteBuffer.wrap(value).getLong(SEQUENCE);
    }
}
