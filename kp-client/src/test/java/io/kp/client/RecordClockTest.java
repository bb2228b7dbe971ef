package io.kp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class RecordClockTest {
    private static final long MS = 1_000_000;

    private long systemMs = 1_700_000_000_000L;
    private int reads;
    private final RecordClock clock = new RecordClock(() -> {
        reads++;
        return systemMs;
    });

    @Test
    void shouldFollowTheNanosecondClockBetweenComparisons() {
        for (final long startNs : new long[]{0, -5 * MS - 7, Long.MAX_VALUE - 3 * MS}) {
            final RecordClock fresh = new RecordClock(() -> systemMs);
            assertEquals(systemMs, fresh.epochMs(startNs));
            assertEquals(systemMs + 9, fresh.epochMs(startNs + 9 * MS));
        }
    }

    @Test
    void shouldReadTheSystemsClockOnlyEveryTenMilliseconds() {
        for (int i = 0; i < 1000; i++) {
            clock.epochMs(i * MS / 10);
        }
        assertEquals(10, reads);
    }

    @Test
    void shouldFollowAStepOfTheSystemsClock() {
        clock.epochMs(0);
        systemMs -= 3_600_000;
        assertEquals(1_700_000_000_009L, clock.epochMs(9 * MS));
        assertEquals(systemMs, clock.epochMs(10 * MS));
        assertEquals(systemMs + 1, clock.epochMs(11 * MS));
    }

    @Test
    void shouldServeACallerThatWasHeldUp() {
        clock.epochMs(0);
        clock.epochMs(20 * MS);
        assertEquals(systemMs - 5, clock.epochMs(15 * MS), "a little before the comparison");
        assertEquals(systemMs, clock.epochMs(-3600_000 * MS), "long before");
    }
}
