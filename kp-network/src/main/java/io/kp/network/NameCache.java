package io.kp.network;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Strings by their UTF-8 bytes, so that a name that comes back in every response is not made anew each time.
 * <p>
 * A fixed number of slots, one for each value of the hash's low bits; a newcomer takes the place of whoever is there. A collision
 * costs a new string and nothing else, and a peer that invents names cannot make the cache grow.
 */
final class NameCache {
    private static final int SLOTS = 1024;
    private static final int MAX_CACHED_BYTES = 256;

    private final byte[][] keys = new byte[SLOTS][];
    private final String[] names = new String[SLOTS];

    String intern(ByteBuffer buffer, int offset, int length) {
        if (length > MAX_CACHED_BYTES) {
            byte[] bytes = new byte[length];
            buffer.get(offset, bytes);
            return new String(bytes, StandardCharsets.UTF_8);
        }
        int hash = length;
        for (int i = offset; i < offset + length; i++) {
            hash = 31 * hash + buffer.get(i);
        }
        int slot = (hash ^ hash >>> 16) & SLOTS - 1;
        if (!matches(keys[slot], buffer, offset, length)) {
            byte[] bytes = new byte[length];
            buffer.get(offset, bytes);
            keys[slot] = bytes;
            names[slot] = new String(bytes, StandardCharsets.UTF_8);
        }
        return names[slot];
    }

    private static boolean matches(byte[] key, ByteBuffer buffer, int offset, int length) {
        if (key == null || key.length != length) {
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
