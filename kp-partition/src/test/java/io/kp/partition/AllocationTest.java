package io.kp.partition;

import static io.kp.partition.Topics.topic;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kp.metadata.TopicInfo;
import java.nio.ByteBuffer;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

import io.kp.support.Allocation;

/** Choosing a partition allocates nothing, the change of the sticky partition included. */
class AllocationTest {

    private final TopicInfo topic = topic(300, 7, 8);
    private long sum;

    private long leastBytesOf(final IntUnaryOperator choice) {
        return Allocation.leastBytesOf(() -> {
            for (int i = 0; i < 5_000; i++) {
                sum += choice.applyAsInt(i);
            }
        });
    }

    @Test
    void shouldNotAllocateForKeys() {
        final byte[] key = new byte[37];
        final ByteBuffer buffer = ByteBuffer.allocateDirect(64);
        assertEquals(0, leastBytesOf(i -> KeyPartitioner.partition(key, i % 37, 37 - i % 37, 300)));
        assertEquals(0, leastBytesOf(i -> KeyPartitioner.partition(buffer, i % 37, 27, 300)));
        assertTrue(sum > 0);
    }

    @Test
    void shouldNotAllocateForTurns() {
        final RoundRobinPartitioner partitioner = new RoundRobinPartitioner();
        assertEquals(0, leastBytesOf(i -> partitioner.partition("t", null, null, null, null, topic)));
        assertTrue(sum > 0);
    }

    @Test
    void shouldNotAllocateForTheStickyPartitionAndItsChange() {
        final BuiltInPartitioner partitioner = new BuiltInPartitioner(16_384, false, name -> partition -> partition % 5,
                1);
        assertEquals(0, leastBytesOf(i -> {
            final int partition = partitioner.partition("t", null, null, null, null, topic);
            if (i % 20 == 0) {
                partitioner.onBatchClosed("t", partition, 16_384);
            }
            return partition;
        }));
        assertTrue(sum > 0);
    }

    @Test
    void shouldMeasureAllocationsAtAll() {
        final Object[] sink = new Object[1];
        assertTrue(Allocation.leastBytesOf(() -> sink[0] = new byte[1_000]) >= 1_000);
        assertNotNull(sink[0]);
    }
}
