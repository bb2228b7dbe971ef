package io.kp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.junit.jupiter.api.Test;

class ProducerRecordTest {
    @Test
    void shouldTakeKafkasArguments() {
        final List<Header> headers = List.of(new Header("h", new byte[]{1}));
        final var all = new ProducerRecord<>("t", 3, 17L, "k", "v", headers);
        assertEquals("t", all.topic());
        assertTrue(all.hasPartition());
        assertEquals(3, all.partition());
        assertTrue(all.hasTimestamp());
        assertEquals(17, all.timestampMs());
        assertEquals("k", all.key());
        assertEquals("v", all.value());
        assertEquals(1, all.headers().size());
        assertEquals(all, new ProducerRecord<>("t", 3, 17L, "k", "v", all.headers()));
        assertEquals(new ProducerRecord<>("t", 3, 17L, "k", "v", null), new ProducerRecord<>("t", 3, 17L, "k", "v"));
        assertEquals(new ProducerRecord<>("t", 3, null, "k", "v", headers),
                new ProducerRecord<>("t", 3, "k", "v", headers));
        assertEquals(new ProducerRecord<>("t", 3, null, "k", "v", null), new ProducerRecord<>("t", 3, "k", "v"));
        assertEquals(new ProducerRecord<>("t", null, null, "k", "v", null), new ProducerRecord<>("t", "k", "v"));
        assertEquals(new ProducerRecord<>("t", null, null, "k", "v", null), ProducerRecord.of("t", "k", "v"));
        assertEquals(new ProducerRecord<>("t", null, null, null, "v", null), new ProducerRecord<>("t", "v"));
        assertEquals(new ProducerRecord<>("t", null, null, null, "v", null), ProducerRecord.of("t", "v"));
    }

    @Test
    void shouldKnowWhatWasNotGiven() {
        final var record = new ProducerRecord<String, String>("t", null);
        assertFalse(record.hasPartition());
        assertEquals(ProducerRecord.NO_PARTITION, record.partition());
        assertFalse(record.hasTimestamp());
        assertEquals(ProducerRecord.NO_TIMESTAMP, record.timestampMs());
        assertNull(record.key());
        assertNull(record.value());
        assertEquals(0, record.headers().size());
    }

    @Test
    void shouldNameTheArgumentThatIsRefused() {
        assertEquals("topic is null",
                assertThrows(IllegalArgumentException.class, () -> new ProducerRecord<>(null, "v")).getMessage());
        assertEquals("partition is negative: partition=-1, topic=t",
                assertThrows(IllegalArgumentException.class, () -> new ProducerRecord<>("t", -1, "k", "v"))
                        .getMessage());
        assertEquals("timestamp is negative: timestampMs=-1, topic=t",
                assertThrows(IllegalArgumentException.class, () -> new ProducerRecord<>("t", 0, -1L, "k", "v"))
                        .getMessage());
        assertEquals(0, new ProducerRecord<>("t", 0, 0L, "k", "v").timestampMs());
    }

    @Test
    void shouldCopyHeaders() {
        final Headers given = new Headers().add("a", null);
        final var record = new ProducerRecord<>("t", null, "k", "v", given);
        assertNotSame(given, record.headers());
        record.headers().add("b", null);
        given.add("c", null);
        assertEquals("[a=null, b=null]", record.headers().toString());
        assertThrows(NullPointerException.class,
                () -> new ProducerRecord<>("t", null, "k", "v", java.util.Arrays.asList((Header) null)));
    }

    @Test
    void shouldMakeHeadersReadOnlyWhenSent() {
        final var with = new ProducerRecord<>("t", null, "k", "v", List.of(new Header("a", null)));
        final var touched = new ProducerRecord<>("t", "v");
        touched.headers();
        final var without = new ProducerRecord<>("t", "v");
        assertNull(without.headersOrNull());
        for (final ProducerRecord<?, ?> record : List.of(with, touched, without)) {
            record.markSent();
            record.markSent();
            assertThrows(IllegalStateException.class, () -> record.headers().add("b", null));
            assertThrows(IllegalStateException.class, () -> record.headers().remove("b"));
        }
        assertEquals(1, with.headers().size());
        assertEquals(0, without.headers().size());
        assertNull(without.headersOrNull());
        assertSame(with.headers(), with.headersOrNull());
    }

    @Test
    void shouldCompareAllFields() {
        final var record = new ProducerRecord<>("t", 1, 2L, "k", "v", null);
        assertEquals(record, record);
        assertEquals(record.hashCode(), new ProducerRecord<>("t", 1, 2L, "k", "v", List.of()).hashCode());
        record.headers();
        assertEquals(record, new ProducerRecord<>("t", 1, 2L, "k", "v"), "untouched headers equal none");
        assertNotEquals(record, new ProducerRecord<>("u", 1, 2L, "k", "v"));
        assertNotEquals(record, new ProducerRecord<>("t", 2, 2L, "k", "v"));
        assertNotEquals(record, new ProducerRecord<>("t", 1, 3L, "k", "v"));
        assertNotEquals(record, new ProducerRecord<>("t", 1, 2L, "l", "v"));
        assertNotEquals(record, new ProducerRecord<>("t", 1, 2L, "k", "w"));
        assertNotEquals(record, new ProducerRecord<>("t", 1, 2L, "k", "v", List.of(new Header("a", null))));
        assertNotEquals(record, "t");
    }

    @Test
    void shouldPrintAllFields() {
        assertEquals("ProducerRecord(topic=t, partition=1, timestampMs=2, key=k, value=v, headers=[a=[7]])",
                new ProducerRecord<>("t", 1, 2L, "k", "v", List.of(new Header("a", new byte[]{7}))).toString());
        assertEquals("ProducerRecord(topic=t, partition=none, timestampMs=none, key=null, value=v, headers=[])",
                new ProducerRecord<>("t", "v").toString());
    }
}
