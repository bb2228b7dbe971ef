package io.kp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class HeadersTest {
    /** Any sequence of operations, done to ours and to Kafka's. */
    @Property(tries = 300)
    void shouldBehaveAsKafkasHeaders(@ForAll List<@IntRange(min = 0, max = 11) Integer> operations) {
        final Headers ours = new Headers();
        final RecordHeaders oracle = new RecordHeaders();
        int count = 0;
        for (final int operation : operations) {
            final String key = "k" + operation % 3;
            if (operation < 7) {
                final byte[] value = operation == 6 ? null : new byte[]{(byte) count++};
                ours.add(key, value);
                oracle.add(key, value);
            } else if (operation < 9) {
                ours.remove(key);
                oracle.remove(key);
            } else {
                removeEachOther(ours.iterator());
                removeEachOther(oracle.iterator());
            }
            assertSameHeaders(oracle, ours);
        }
    }

    private static void removeEachOther(Iterator<?> iterator) {
        for (int i = 0; iterator.hasNext(); i++) {
            iterator.next();
            if (i % 2 == 0) {
                iterator.remove();
            }
        }
    }

    private static void assertSameHeaders(RecordHeaders oracle, Headers ours) {
        final List<String> expected = new ArrayList<>();
        oracle.forEach(header -> expected.add(text(header)));
        final List<String> actual = new ArrayList<>();
        ours.forEach(header -> actual.add(header.toString()));
        assertEquals(expected, actual);
        assertEquals(expected.size(), ours.size());
        assertEquals(expected.size(), ours.toArray().length);
        for (int i = 0; i < expected.size(); i++) {
            assertEquals(expected.get(i), ours.at(i).toString());
        }
        for (int k = 0; k < 4; k++) {
            final String key = "k" + k;
            final var last = oracle.lastHeader(key);
            assertEquals(last == null ? "null" : text(last), String.valueOf(ours.lastHeader(key)));
            final List<String> expectedOfKey = new ArrayList<>();
            oracle.headers(key).forEach(header -> expectedOfKey.add(text(header)));
            final List<String> actualOfKey = new ArrayList<>();
            ours.headers(key).forEach(header -> actualOfKey.add(header.toString()));
            assertEquals(expectedOfKey, actualOfKey);
        }
    }

    private static String text(org.apache.kafka.common.header.Header header) {
        return new Header(header.key(), header.value()).toString();
    }

    @Test
    void shouldRefuseEveryChangeOnceReadOnly() {
        final Headers headers = new Headers().add("a", new byte[]{1}).readOnly();
        assertThrows(IllegalStateException.class, () -> headers.add("b", null));
        assertThrows(IllegalStateException.class, () -> headers.add(new Header("b", null)));
        assertThrows(IllegalStateException.class, () -> headers.remove("a"));
        final Iterator<Header> iterator = headers.iterator();
        iterator.next();
        assertThrows(IllegalStateException.class, iterator::remove);
        assertEquals(1, headers.size());
        assertEquals("a", headers.lastHeader("a").key());
    }

    @Test
    void shouldRefuseNullAsKafkaDoes() {
        final Headers headers = new Headers();
        final RecordHeaders oracle = new RecordHeaders();
        assertThrows(NullPointerException.class, () -> oracle.add(null));
        assertThrows(NullPointerException.class, () -> headers.add(null));
        assertThrows(NullPointerException.class, () -> oracle.add(null, null));
        assertThrows(NullPointerException.class, () -> headers.add(null, null));
        assertThrows(IllegalArgumentException.class, () -> oracle.remove(null));
        assertThrows(IllegalArgumentException.class, () -> headers.remove(null));
        assertThrows(IllegalArgumentException.class, () -> oracle.lastHeader(null));
        assertThrows(IllegalArgumentException.class, () -> headers.lastHeader(null));
        assertThrows(IllegalArgumentException.class, () -> oracle.headers(null));
        assertThrows(IllegalArgumentException.class, () -> headers.headers(null));
    }

    @Test
    void shouldKeepTheContractsOfIterators() {
        final Headers headers = new Headers().add("a", null);
        final Iterator<Header> iterator = headers.iterator();
        assertThrows(IllegalStateException.class, iterator::remove);
        iterator.next();
        assertThrows(NoSuchElementException.class, iterator::next);
        iterator.remove();
        assertThrows(IllegalStateException.class, iterator::remove);
        assertFalse(iterator.hasNext());
        assertThrows(NoSuchElementException.class, headers.headers("a").iterator()::next);
        assertThrows(UnsupportedOperationException.class, headers.headers("a").iterator()::remove);
    }

    @Test
    void shouldCompareByContent() {
        assertEquals(new Headers().add("a", new byte[]{1}),
                new Headers().add("b", null).remove("b").add("a", new byte[]{1}));
        assertEquals(new Headers().add("a", new byte[]{1}).hashCode(),
                new Headers().add("a", new byte[]{1}).hashCode());
        assertNotEquals(new Headers().add("a", new byte[]{1}), new Headers().add("a", new byte[]{2}));
        assertNotEquals(new Headers().add("a", null).add("b", null), new Headers().add("b", null).add("a", null));
        assertEquals(new Header("a", new byte[]{1}).hashCode(), new Header("a", new byte[]{1}).hashCode());
        assertNotEquals(new Header("a", null), new Header("a", new byte[0]));
        assertEquals("[a=[1], b=null]", new Headers().add("a", new byte[]{1}).add("b", null).toString());
        assertThrows(NullPointerException.class, () -> new Header(null, null));
    }

    @Test
    void shouldNotCopyValues() {
        final byte[] value = {1};
        assertSame(value, new Headers().add("a", value).at(0).value());
    }

    @Test
    void shouldNameIndexAndSizeWhenOutOfRange() {
        final Headers headers = new Headers().add("a", null);
        for (final int index : new int[]{-1, 1, 2}) {
            final var refusal = assertThrows(IndexOutOfBoundsException.class, () -> headers.at(index));
            assertEquals("header out of range: index=" + index + ", size=1", refusal.getMessage());
        }
        assertNull(headers.lastHeader("b"));
    }
}
