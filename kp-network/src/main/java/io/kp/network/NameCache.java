package io.kp.network;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Strings by their UTF-8 bytes, so that a name that comes back in every response is not made anew each time.
 * <p>
 * A fixed number of slots, a few for each value of the hash's low bits; when those are taken a newcomer takes the place of one of
 * them. That costs a new string now and then and nothing else, and a peer that invents names cannot make the cache grow.
 */
final class NameCache {
    private static final int WAYS = 4;
    private static final int SLOTS = 256 * WAYS;
    private static final int MAX_CACHED_BYTES = 256;

    private final byte[][] keys = new byte[SLOTS][];
    private final String[] names = new String[SLOTS];
    private int nextVictim;

    String intern(ByteBuffer buffer, int offset, int length) {
        byte[] bytes;
        if (length > MAX_CACHED_BYTES) {
            bytes = new byte[length];
            buffer.get(offset, bytes);
            return new String(bytes, StandardCharsets.UTF_8);
        }
        int hash = length;
        for (int i = offset; i < offset + length; i++) {
            hash = 31 * hash + buffer.get(i);
        }
        int first = firstSlot(hash, SLOTS, WAYS);
        int slot = first;
        while (slot < first + WAYS && keys[slot] != null) {
            if (matches(keys[slot], buffer, offset, length)) {
                return names[slot];
            }
            slot++;
        }
        if (slot == first + WAYS) {
            slot = first + (nextVictim++ & WAYS - 1);
        }
        bytes = new byte[length];
        buffer.get(offset, bytes);
        keys[slot] = bytes;
        names[slot] = new String(bytes, StandardCharsets.UTF_8);
        return names[slot];
    }

    /** The first of the slots that belong to a hash, by Fibonacci hashing: the product's high bits depend on all bits of the hash. */
    static int firstSlot(int hash, int slots, int ways) {
        return (hash * 0x9E3779B9 >>> 1 + Integer.numberOfLeadingZeros(slots)) & -ways;
    }

    private static boolean matches(byte[] key, ByteBuffer buffer, int offset, int length) {
        if (key.length != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (key[i] != buffer.get(offset + i)) {
                return false;
            }
        }
        return true;
    }
}
