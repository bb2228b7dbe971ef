package io.kp.accumulator;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** When callers are in each other's way. */
class CrowdTest {
    private final Crowd crowd = new Crowd();

    private void lose(final int times, final int segment) {
        for (int i = 0; i < times; i++) {
            assertFalse(crowd.isTooMuch(segment));
        }
    }

    @Test
    void shouldBeTooMuchWhenSoManyAreLostInOneSegment() {
        lose(Crowd.LOSSES - 1, 7);
        assertTrue(crowd.isTooMuch(7));
        lose(Crowd.LOSSES - 1, 7);
        assertTrue(crowd.isTooMuch(7), "it is counted anew");
    }

    @Test
    void shouldForgetWhatWasLostInTheSegmentBefore() {
        for (int segment = 0; segment < 100; segment++) {
            lose(Crowd.LOSSES - 1, segment);
        }
    }
}
