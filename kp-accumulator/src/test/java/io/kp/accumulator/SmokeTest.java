package io.kp.accumulator;

import static org.junit.jupiter.api.Assertions.*;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import io.kp.memory.BufferPool;
import io.kp.metadata.*;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.Test;

class SmokeTest {
    @Test
    void shouldWriteWhatKafkaReads() throws Exception {
        try (BufferPool pool = BufferPool.builder().capacityBytes(1 << 20).poison(true).build()) {
            final RecordAccumulator accumulator = RecordAccumulator.builder().pool(pool).nanoClock(() -> 0).lingerNs(0)
                    .build();
            final PartitionQueue queue = accumulator.topic("t").partition(0);
            for (int i = 0; i < 1000; i++) {
                accumulator.append(queue, 1000 + i, new byte[10], new byte[100], null, i, 0);
            }
            accumulator.poll(0);
            accumulator.updateCluster(Cluster.of(1, "c", 1, List.of(new Node(1, "h", 1)),
                    List.of(TopicInfo.of("t", TopicId.ZERO, false, List.of(new PartitionInfo("t", 0, 1, 0))))));
            int n = 0;
            while (true) {
                final List<Batch> out = new ArrayList<>();
                if (accumulator.drain(1, 1 << 20, DrainFilter.ALL, out, 0) == 0) {
                    break;
                }
                final Batch batch = out.get(0);
                batch.seal(-1, (short) -1, -1, false);
                final ByteBuffer[] buffers = new ByteBuffer[batch.bufferCount()];
                batch.buffers(buffers, 0);
                final ByteBuffer all = ByteBuffer.allocate(batch.sizeInBytes());
                for (final ByteBuffer b : buffers) {
                    all.put(b);
                }
                all.flip();
                for (final var b : MemoryRecords.readableRecords(all).batches()) {
                    b.ensureValid();
                    for (final var r : b) {
                        assertEquals(1000 + n++, r.timestamp());
                    }
                }
                final int[] seen = {0};
                batch.complete((c, i, ts, k, v) -> {
                    assertEquals(10, k);
                    assertEquals(100, v);
                    assertEquals(1000L + (int) c, ts);
                    assertEquals(seen[0]++, i);
                });
                accumulator.release(batch);
            }
            assertEquals(1000, n);
            assertEquals(0, pool.usedBytes());
        }
    }
}
