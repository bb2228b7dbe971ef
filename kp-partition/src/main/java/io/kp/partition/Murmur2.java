package io.kp.partition;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * The 32-bit MurmurHash2 by which Kafka's clients place keys, bit for bit the same as theirs.
 *
 * <p>
 * Pure functions; they allocate nothing. Words are read in little-endian order whatever a buffer's own order is.
 *
 * @see <a href="https://github.com/aappleby/smhasher/blob/master/src/MurmurHash2.cpp">MurmurHash2, public domain</a>
 */
public final class Murmur2 {

    private static final int SEED = 0x9747b28c;
    private static final int M = 0x5bd1e995;
    private static final int R = 24;

    private static final VarHandle ARRAY_INT = MethodHandles.byteArrayViewVarHandle(int[].class,
            ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle BUFFER_INT = MethodHandles.byteBufferViewVarHandle(int[].class,
            ByteOrder.LITTLE_ENDIAN);

    private Murmur2() {
    }

    /**
     * Hashes a whole array.
     *
     * @param bytes the bytes
     * @return the hash, any int
     */
    public static int hash(final byte[] bytes) {
        return hash(bytes, 0, bytes.length);
    }

    /**
     * Hashes a part of an array.
     *
     * @param bytes  the array
     * @param offset the first byte
     * @param length the number of bytes
     * @return the hash, any int
     * @throws IndexOutOfBoundsException if the part is not within the array
     */
    public static int hash(final byte[] bytes, final int offset, final int length) {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        int h = SEED ^ length;
        final int tail = offset + (length & ~3);
        for (int i = offset; i < tail; i += Integer.BYTES) {
            h = h * M ^ scramble((int) ARRAY_INT.get(bytes, i));
        }
        // The last one to three bytes enter as a word of their own, unscrambled.
        final int rest = length & 3;
        if (rest > 0) {
            int word = bytes[tail] & 0xff;
            if (rest > 1) {
                word |= (bytes[tail + 1] & 0xff) << 8;
            }
            if (rest > 2) {
                word |= (bytes[tail + 2] & 0xff) << 16;
            }
            h = (h ^ word) * M;
        }
        return finish(h);
    }

    /**
     * Hashes a part of a buffer, by absolute index: position, limit and order are neither used (but for the bounds check against the limit) nor
     * changed.
     *
     * @param buffer the buffer
     * @param index  the first byte
     * @param length the number of bytes
     * @return the hash, any int
     * @throws IndexOutOfBoundsException if the part is not within the buffer's limit
     */
    public static int hash(final ByteBuffer buffer, final int index, final int length) {
        Objects.checkFromIndexSize(index, length, buffer.limit());
        int h = SEED ^ length;
        final int tail = index + (length & ~3);
        for (int i = index; i < tail; i += Integer.BYTES) {
            h = h * M ^ scramble((int) BUFFER_INT.get(buffer, i));
        }
        final int rest = length & 3;
        if (rest > 0) {
            int word = buffer.get(tail) & 0xff;
            if (rest > 1) {
                word |= (buffer.get(tail + 1) & 0xff) << 8;
            }
            if (rest > 2) {
                word |= (buffer.get(tail + 2) & 0xff) << 16;
            }
            h = (h ^ word) * M;
        }
        return finish(h);
    }

    private static int scramble(final int word) {
        final int k = word * M;
        return (k ^ k >>> R) * M;
    }

    private static int finish(final int hash) {
        final int h = (hash ^ hash >>> 13) * M;
        return h ^ h >>> 15;
    }
}
