package io.kp.partition;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PlaceholderTest {
    @Test
    void shouldRunInItsModule() {
        assertTrue(Placeholder.class.getModule().isNamed());
    }
}
