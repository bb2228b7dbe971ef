package io.kp.network;

import java.util.Arrays;

/**
 * Finds the index of something by its hash, without a box or an entry object: open addressing over two arrays that are reused.
 * <p>
 * The caller compares what it finds: {@code for (int slot = table.first(hash); slot >= 0; slot = table.next(slot, hash))}.
 */
final class IndexTable {
    private static final int INITIAL_SLOTS = 32;

    private int[] hashes = new int[INITIAL_SLOTS];
    // Index plus one; 0 is a free slot.
    private int[] indexes = new int[INITIAL_SLOTS];
    private int size;

    void clear() {
        if (size > 0) {
            Arrays.fill(indexes, 0);
            size = 0;
        }
    }

    /** The first slot that holds the hash, or -1. */
    int first(int hash) {
        return probe(slot(hash), hash);
    }

    /** The next slot after one that {@link #first} or this method found, or -1. */
    int next(int slot, int hash) {
        return probe(slot + 1, hash);
    }

    int index(int slot) {
        return indexes[slot] - 1;
    }

    void insert(int hash, int index) {
        // At most half full, so that a probe ends soon, and does end.
        if (2 * (size + 1) > indexes.length) {
            grow();
        }
        put(hash, index);
        size++;
    }

    private int probe(int start, int hash) {
        int mask = indexes.length - 1;
        for (int slot = start & mask;; slot = slot + 1 & mask) {
            if (indexes[slot] == 0) {
                return -1;
            }
            if (hashes[slot] == hash) {
                return slot;
            }
        }
    }

    private void put(int hash, int index) {
        int mask = indexes.length - 1;
        int slot = slot(hash);
        while (indexes[slot] != 0) {
            slot = slot + 1 & mask;
        }
        hashes[slot] = hash;
        indexes[slot] = index + 1;
    }

    private int slot(int hash) {
        // Fibonacci hashing: the high bits of the product depend on all bits of the hash.
        return hash * 0x9E3779B9 >>> 1 + Integer.numberOfLeadingZeros(indexes.length);
    }

    private void grow() {
        int[] oldHashes = hashes;
        int[] oldIndexes = indexes;
        hashes = new int[2 * oldHashes.length];
        indexes = new int[2 * oldIndexes.length];
        for (int slot = 0; slot < oldIndexes.length; slot++) {
            if (oldIndexes[slot] != 0) {
                put(oldHashes[slot], oldIndexes[slot] - 1);
            }
        }
    }
}
