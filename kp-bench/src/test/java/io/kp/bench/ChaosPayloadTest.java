package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ChaosPayloadTest {
    @Test
    void shouldRecognizeItsOwnRecordsOnly() {
        final byte[] value = ChaosPayload.of(3, 5_000_000_000L, 40);
        assertTrue(ChaosPayload.isIntact(value, 40));
        assertEquals(3, ChaosPayload.sender(value));
        assertEquals(5_000_000_000L, ChaosPayload.sequence(value));
        for (int i = 0; i < value.length; i++) {
            final byte[] changed = value.clone();
            changed[i] ^= 1;
            assertFalse(ChaosPayload.isIntact(changed, 40), "byte " + i);
        }
        assertFalse(ChaosPayload.isIntact(value, 41));
        assertFalse(ChaosPayload.isIntact(null, 40));
    }
}
