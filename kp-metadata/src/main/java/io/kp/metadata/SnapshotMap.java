package io.kp.metadata;

import java.util.AbstractCollection;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * An immutable hash map that is cheap to change by a little: readers take no lock and see one state, and a changed copy shares all that
 * did not change.
 *
 * <pre>
 *   shards ─▶ [ 0 ][ 1 ][ 2 ] … [ 2^n - 1 ]          one reference per shard, copied by every builder
 *               │
 *               ▼
 *             [ k v k v - - k v ]                    linear probing, at most half full, copied when first changed
 * </pre>
 *
 * With 100,000 topics a change of one costs an array of 16384 references and one shard of some dozen entries, instead of 100,000 entries; learning
 * many topics one by one therefore stays far from quadratic.
 *
 * <p>
 * Null is neither key nor value.
 */
final class SnapshotMap<K, V> {

    /** Entries per shard on average: split above, and sized for half of it. */
    private static final int MAX_MEAN_SHARD_ENTRIES = 24;
    private static final Object[] EMPTY_SHARD = new Object[2];
    private static final SnapshotMap<?, ?> EMPTY = new SnapshotMap<>(new Object[][]{EMPTY_SHARD}, 0);

    private final Object[][] shards;
    private final int size;

    private SnapshotMap(final Object[][] shards, final int size) {
        this.shards = shards;
        this.size = size;
    }

    @SuppressWarnings("unchecked") // an empty map holds nothing of any type
    static <K, V> SnapshotMap<K, V> empty() {
        return (SnapshotMap<K, V>) EMPTY;
    }

    static <K, V> Builder<K, V> builder(final int expectedSize) {
        return new Builder<>(expectedSize);
    }

    Builder<K, V> toBuilder() {
        return new Builder<>(this);
    }

    int size() {
        return size;
    }

    @SuppressWarnings("unchecked") // only a V was ever put behind a K
    V get(final Object key) {
        final int hash = spread(key);
        final Object[] shard = shards[hash & (shards.length - 1)];
        final int slot = find(shard, key, hash);
        return (V) shard[slot + 1];
    }

    /** How many shards are not the other map's own: what a change has cost. */
    int shardsCopiedFrom(final SnapshotMap<K, V> other) {
        int copied = Math.abs(shards.length - other.shards.length);
        for (int i = 0; i < Math.min(shards.length, other.shards.length); i++) {
            copied += shards[i] == other.shards[i] ? 0 : 1;
        }
        return copied;
    }

    Collection<V> values() {
        return new AbstractCollection<>() {
            @Override
            public Iterator<V> iterator() {
                return new ValueIterator<>(shards);
            }

            @Override
            public int size() {
                return size;
            }
        };
    }

    private static int spread(final Object key) {
        // Low bits choose the shard and high bits the slot, so all bits must depend on all bits of the hash code.
        int h = key.hashCode();
        h = (h ^ h >>> 16) * 0x85EBCA6B;
        h = (h ^ h >>> 13) * 0xC2B2AE35;
        return h ^ h >>> 16;
    }

    /** The slot of the key, or the empty slot where it would be; one exists since a shard is at most half full. */
    private static int find(final Object[] shard, final Object key, final int hash) {
        final int mask = shard.length - 2;
        int slot = hash >>> 15 & mask;
        while (shard[slot] != null && !shard[slot].equals(key)) {
            slot = slot + 2 & mask;
        }
        return slot;
    }

    private static int shardsFor(final int size) {
        final int wanted = Math.max(1, size / (MAX_MEAN_SHARD_ENTRIES / 2));
        return Integer.highestOneBit(wanted) == wanted ? wanted : Integer.highestOneBit(wanted) << 1;
    }

    /** Collects changes for one new map; not thread-safe, used once. */
    static final class Builder<K, V> {

        private Object[][] shards;
        /** Entries per shard, or -1 for a shard that still belongs to the map this builder came from. */
        private int[] owned;
        private int size;

        private Builder(final int expectedSize) {
            this.shards = new Object[shardsFor(expectedSize)][];
            Arrays.fill(shards, EMPTY_SHARD);
            this.owned = new int[shards.length];
            Arrays.fill(owned, -1);
        }

        private Builder(final SnapshotMap<K, V> from) {
            this.shards = from.shards.clone();
            this.owned = new int[shards.length];
            Arrays.fill(owned, -1);
            this.size = from.size;
        }

        @SuppressWarnings("unchecked") // only a V was ever put behind a K
        V get(final Object key) {
            final int hash = spread(key);
            final Object[] shard = shards[hash & (shards.length - 1)];
            return (V) shard[find(shard, key, hash) + 1];
        }

        Builder<K, V> put(final K key, final V value) {
            final int hash = spread(key);
            final int index = hash & (shards.length - 1);
            own(index);
            if (insert(index, key, value, hash)) {
                size++;
                if (size > shards.length * MAX_MEAN_SHARD_ENTRIES) {
                    reshard();
                }
            }
            return this;
        }

        Builder<K, V> remove(final Object key) {
            final int hash = spread(key);
            final int index = hash & (shards.length - 1);
            final Object[] shard = shards[index];
            if (shard[find(shard, key, hash)] == null) {
                return this;
            }
            // Built anew without the key: open addressing has no cheap hole, and removal is rare.
            shards[index] = new Object[shard.length];
            owned[index] = 0;
            for (int i = 0; i < shard.length; i += 2) {
                if (shard[i] != null && !shard[i].equals(key)) {
                    insert(index, shard[i], shard[i + 1], spread(shard[i]));
                }
            }
            size--;
            return this;
        }

        SnapshotMap<K, V> build() {
            return size == 0 ? SnapshotMap.empty() : new SnapshotMap<>(shards, size);
        }

        private void own(final int index) {
            if (owned[index] < 0) {
                final Object[] copy = shards[index].clone();
                shards[index] = copy;
                int count = 0;
                for (int i = 0; i < copy.length; i += 2) {
                    count += copy[i] == null ? 0 : 1;
                }
                owned[index] = count;
            }
        }

        /** Puts into an owned shard, growing it first if it would get more than half full; true if the key is new. */
        private boolean insert(final int index, final Object key, final Object value, final int hash) {
            Object[] shard = shards[index];
            int slot = find(shard, key, hash);
            final boolean isNew = shard[slot] == null;
            if (isNew && 4 * (owned[index] + 1) > shard.length) {
                final Object[] larger = new Object[Math.max(8, shard.length * 2)];
                for (int i = 0; i < shard.length; i += 2) {
                    if (shard[i] != null) {
                        final int to = find(larger, shard[i], spread(shard[i]));
                        larger[to] = shard[i];
                        larger[to + 1] = shard[i + 1];
                    }
                }
                shard = larger;
                shards[index] = larger;
                slot = find(larger, key, hash);
            }
            shard[slot] = key;
            shard[slot + 1] = value;
            owned[index] += isNew ? 1 : 0;
            return isNew;
        }

        private void reshard() {
            final Object[][] old = shards;
            shards = new Object[shardsFor(size)][];
            Arrays.fill(shards, EMPTY_SHARD);
            owned = new int[shards.length];
            for (final Object[] shard : old) {
                for (int i = 0; i < shard.length; i += 2) {
                    if (shard[i] != null) {
                        final int hash = spread(shard[i]);
                        insert(hash & (shards.length - 1), shard[i], shard[i + 1], hash);
                    }
                }
            }
        }
    }

    private static final class ValueIterator<V> implements Iterator<V> {

        private final Object[][] shards;
        private int shard;
        private int slot = -2;

        ValueIterator(final Object[][] shards) {
            this.shards = shards;
            advance();
        }

        private void advance() {
            slot += 2;
            while (shard < shards.length) {
                final Object[] current = shards[shard];
                while (slot < current.length) {
                    if (current[slot] != null) {
                        return;
                    }
                    slot += 2;
                }
                slot = 0;
                shard++;
            }
        }

        @Override
        public boolean hasNext() {
            return shard < shards.length;
        }

        @Override
        @SuppressWarnings("unchecked") // only a V was ever put behind a K
        public V next() {
            if (shard >= shards.length) {
                throw new NoSuchElementException();
            }
            final V value = (V) shards[shard][slot + 1];
            advance();
            return value;
        }
    }
}
