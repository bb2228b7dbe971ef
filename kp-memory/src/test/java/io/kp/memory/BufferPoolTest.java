package io.kp.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

class BufferPoolTest {
    @Test
    void shouldGiveOutTheBudgetAndNoMore() {
        final BufferPool pool = BufferPool.builder().capacityBytes(3 * 256).segmentBytes(256).build();
        final Segment[] segments = {pool.tryAcquire(1), pool.tryAcquire(256), pool.tryAcquire(0)};
        assertNull(pool.tryAcquire(1));
        assertEquals(768, pool.usedBytes());
        for (final Segment segment : segments) {
            segment.release();
        }
        assertEquals(0, pool.usedBytes());
        final Segment all = pool.tryAcquire(600);
        assertNotNull(all);
        all.release();
        assertEquals(0, pool.usedBytes());
        assertEquals(768, pool.committedBytes());
    }
}
