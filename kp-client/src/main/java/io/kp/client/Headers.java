package io.kp.client;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * The headers of a record: an ordered list in which a key may occur more than once. Writable until the record is sent, for the caller, for interceptors and for
 * serializers; afterwards every change throws {@link IllegalStateException}. Not thread-safe while writable.
 */
public final class Headers implements Iterable<Header> {
    private static final Header[] NO_HEADERS = {};

    /** For records that were sent without any header. Below NO_HEADERS, which it is made from. */
    static final Headers EMPTY_READ_ONLY = new Headers().readOnly();

    private Header[] headers = NO_HEADERS;
    private int size;
    private boolean readOnly;

    /** No headers yet. */
    public Headers() {
    }

    /**
     * Adds a header at the end.
     *
     * @param header the header
     * @return this
     * @throws NullPointerException if the header is {@code null}
     * @throws IllegalStateException if the record was sent
     */
    public Headers add(Header header) {
        requireNonNull(header, "header");
        requireWritable();
        if (size == headers.length) {
            headers = Arrays.copyOf(headers, Math.max(4, size * 2));
        }
        headers[size++] = header;
        return this;
    }

    /**
     * Adds a header at the end.
     *
     * @param key its key
     * @param value its value, or {@code null}; not copied
     * @return this
     * @throws NullPointerException if the key is {@code null}
     * @throws IllegalStateException if the record was sent
     */
    public Headers add(String key, byte[] value) {
        return add(new Header(key, value));
    }

    /**
     * Removes all headers with a key.
     *
     * @param key the key
     * @return this
     * @throws IllegalArgumentException if the key is {@code null}
     * @throws IllegalStateException if the record was sent
     */
    public Headers remove(String key) {
        requireWritable();
        requireKey(key);
        int kept = 0;
        for (int i = 0; i < size; i++) {
            final Header header = headers[i];
            if (!header.key().equals(key)) {
                headers[kept++] = header;
            }
        }
        Arrays.fill(headers, kept, size, null);
        size = kept;
        return this;
    }

    /**
     * The last header with a key.
     *
     * @param key the key
     * @return the header that was added last under this key, or {@code null}
     * @throws IllegalArgumentException if the key is {@code null}
     */
    public Header lastHeader(String key) {
        requireKey(key);
        for (int i = size - 1; i >= 0; i--) {
            if (headers[i].key().equals(key)) {
                return headers[i];
            }
        }
        return null;
    }

    /**
     * All headers with a key.
     *
     * @param key the key
     * @return those headers in the order in which they were added; a live view whose iterator does not remove
     * @throws IllegalArgumentException if the key is {@code null}
     */
    public Iterable<Header> headers(String key) {
        requireKey(key);
        return () -> new KeyIterator(key);
    }

    /**
     * How many headers there are.
     *
     * @return the count, each of equal keys counted
     */
    public int size() {
        return size;
    }

    /**
     * A header by its position; allocates nothing.
     *
     * @param index position, from 0
     * @return the header
     * @throws IndexOutOfBoundsException if there is none
     */
    public Header at(int index) {
        if (index < 0 || index >= size) {
            throw new IndexOutOfBoundsException("header out of range: index=" + index + ", size=" + size);
        }
        return headers[index];
    }

    /**
     * All headers.
     *
     * @return a new array
     */
    public Header[] toArray() {
        return Arrays.copyOf(headers, size);
    }

    /**
     * All headers in order. The iterator removes, unless the record was sent.
     *
     * @return a new iterator
     */
    @Override
    public Iterator<Header> iterator() {
        return new AllIterator();
    }

    /** These headers if they are read-only, else a copy that is: for who must not change them while their owner may. */
    Headers readOnlyView() {
        if (readOnly) {
            return this;
        }
        final Headers copy = new Headers();
        forEach(copy::add);
        return copy.readOnly();
    }

    /** Ends the time of changes. */
    Headers readOnly() {
        readOnly = true;
        return this;
    }

    /**
     * Compares the headers in order.
     *
     * @param other the object to compare with
     * @return whether the other has equal headers in the same order
     */
    @Override
    public boolean equals(Object other) {
        return other instanceof Headers that && Arrays.equals(headers, 0, size, that.headers, 0, that.size);
    }

    /**
     * Hashes the headers in order.
     *
     * @return the hash
     */
    @Override
    public int hashCode() {
        int hash = 1;
        for (int i = 0; i < size; i++) {
            hash = 31 * hash + headers[i].hashCode();
        }
        return hash;
    }

    /**
     * The headers in order.
     *
     * @return keys and bytes
     */
    @Override
    public String toString() {
        return Arrays.toString(toArray());
    }

    private void requireWritable() {
        if (readOnly) {
            throw new IllegalStateException("headers are read-only: their record was sent");
        }
    }

    private static void requireKey(String key) {
        if (key == null) {
            throw new IllegalArgumentException("header key is null");
        }
    }

    /** Walks over everything and removes on request. */
    private final class AllIterator implements Iterator<Header> {
        private int next;
        private boolean removable;

        @Override
        public boolean hasNext() {
            return next < size;
        }

        @Override
        public Header next() {
            if (next >= size) {
                throw new NoSuchElementException();
            }
            removable = true;
            return headers[next++];
        }

        @Override
        public void remove() {
            requireWritable();
            if (!removable) {
                throw new IllegalStateException("nothing to remove: next() was not called since the last remove()");
            }
            removable = false;
            next--;
            System.arraycopy(headers, next + 1, headers, next, size - next - 1);
            headers[--size] = null;
        }
    }

    /** Walks over the headers of one key. */
    private final class KeyIterator implements Iterator<Header> {
        private final String key;
        private int next;

        KeyIterator(String key) {
            this.key = key;
        }

        @Override
        public boolean hasNext() {
            while (next < size && !headers[next].key().equals(key)) {
                next++;
            }
            return next < size;
        }

        @Override
        public Header next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            return headers[next++];
        }
    }
}
