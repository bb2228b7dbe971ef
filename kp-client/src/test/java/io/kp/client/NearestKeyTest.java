package io.kp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.StringLength;

class NearestKeyTest {
    @ParameterizedTest
    @CsvSource({"linger.mss, linger.ms", "lingerms, linger.ms", "LINGER_MS, linger.ms", "batch.sise, batch.size",
            "bacth.size, batch.size",
            "bootstrap.server, bootstrap.servers", "max-block-ms, max.block.ms",
            "delivery.timeout, delivery.timeout.ms", "ack, acks",
            "max.in.flight.requests, max.in.flight.requests.per.connection", "kp.segment.size, kp.segment.bytes",
            "compression.codec, compression.type"})
    void shouldFindWhatWasMeant(String unknown, String known) {
        assertEquals(known, NearestKey.of(unknown));
    }

    @ParameterizedTest
    @ValueSource(strings = {"schema.registry.url", "x", "", "my.own.very.special.setting"})
    void shouldNotGuessWildly(String unknown) {
        assertNull(NearestKey.of(unknown));
    }

    @Property(tries = 300)
    void shouldKeepTheRulesOfADistance(@ForAll @StringLength(max = 8) @CharRange(from = 'a', to = 'c') String left,
            @ForAll @StringLength(max = 8) @CharRange(from = 'a', to = 'c') String right) {
        final int distance = NearestKey.distance(left, right);
        assertEquals(distance, NearestKey.distance(right, left));
        assertEquals(left.equals(right), distance == 0);
        assertTrue(distance >= Math.abs(left.length() - right.length()));
        assertTrue(distance <= Math.max(left.length(), right.length()));
    }

    @Property(tries = 300)
    void shouldCountOneEditAsOne(@ForAll @StringLength(min = 2, max = 20) @CharRange(from = 'a', to = 'z') String text,
            @ForAll @IntRange(min = 0, max = 18) int position) {
        final int at = position % (text.length() - 1);
        final String shorter = text.substring(0, at) + text.substring(at + 1);
        assertEquals(1, NearestKey.distance(text, shorter));
        assertEquals(1, NearestKey.distance(shorter, text));
        assertEquals(1, NearestKey.distance(text, text.substring(0, at) + '.' + text.substring(at + 1)));
        final String swapped = text.substring(0, at) + text.charAt(at + 1) + text.charAt(at) + text.substring(at + 2);
        assertEquals(swapped.equals(text) ? 0 : 1, NearestKey.distance(text, swapped));
    }
}
