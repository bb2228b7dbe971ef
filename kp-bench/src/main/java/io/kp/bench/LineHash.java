package io.kp.bench;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A 64-bit hash of a record's key and value, to compare what was sent with what is found. Not for security. */
final class LineHash {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long K1 = 0x9E3779B97F4A7C15L;
    private static final long K2 = 0xC2B2AE3D27D4EB4FL;

    private LineHash() {
    }

    /**
     * Hashes a record.
     *
     * @param key   may be {@code null}, which differs from empty
     * @param value may be {@code null}, which differs from empty
     * @return the hash
     */
    static long of(final byte[] key, final byte[] value) {
        return mix(hash(key) * K2 + hash(value));
    }

    /**
     * Hashes a record with its headers.
     *
     * @param record what {@link #of} gives for key and value
     * @param names  the headers' names, in their order
     * @param values their values, which may be {@code null}
     * @return the hash
     */
    static long withHeaders(final long record, final List<String> names, final List<byte[]> values) {
        long hash = record;
        for (int i = 0; i < names.size(); i++) {
            hash = mix(hash * K1 + of(names.get(i).getBytes(StandardCharsets.UTF_8), values.get(i)));
        }
        return hash;
    }

    private static long hash(final byte[] bytes) {
        if (bytes == null) {
            return K2;
        }
        long hash = bytes.length * K1;
        int i = 0;
        for (; i + Long.BYTES <= bytes.length; i += Long.BYTES) {
            hash = Long.rotateLeft((hash ^ (long) LONGS.get(bytes, i)) * K1, 31) * K2;
        }
        for (; i < bytes.length; i++) {
            hash = Long.rotateLeft((hash ^ bytes[i]) * K1, 31) * K2;
        }
        return mix(hash);
    }

    private static long mix(final long value) {
        long mixed = (value ^ value >>> 29) * K1;
        mixed = (mixed ^ mixed >>> 32) * K2;
        return mixed ^ mixed >>> 29;
    }
}
