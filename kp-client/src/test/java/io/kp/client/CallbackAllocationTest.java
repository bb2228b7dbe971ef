package io.kp.client;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import io.kp.accumulator.Batch;
import io.kp.accumulator.DrainFilter;
import io.kp.accumulator.PartitionQueue;
import io.kp.accumulator.RecordAccumulator;
import io.kp.memory.BufferPool;
import io.kp.metadata.Cluster;
import io.kp.metadata.Node;
import io.kp.metadata.PartitionInfo;
import io.kp.metadata.TopicId;
import io.kp.metadata.TopicInfo;
import io.kp.support.Allocation;

/** What one record costs on the heap on the way of its outcome. */
class CallbackAllocationTest {
    private static final int RECORDS = 500;
    private static final int ROUNDS = 400;
    /** The record's RecordMetadata: header 12 or 16, two references, two longs, three ints; and nothing else. */
    private static final int METADATA_BYTES = 56;

    private final BufferPool pool = BufferPool.builder().build();
    private final RecordAccumulator accumulator = RecordAccumulator.builder().pool(pool).nanoClock(() -> 0)
            .lingerNs(0).build();
    private final Completions completions = new Completions(() -> 0, new SlowCallbacks(text -> {
    }, FlightEvents.NONE), new ProducerStats(ProducerConfig.builder().bootstrapServers("localhost:1").build(),
            () -> 0, FlightEvents.NONE, null), null);
    private final List<Batch> drained = new ArrayList<>();
    private long told;

    private Batch batch(final PartitionQueue queue, final Callback callback) {
        final byte[] value = new byte[8];
        for (int i = 0; i < RECORDS; i++) {
            assertTrue(accumulator.tryAppend(queue, 1, null, value, null, callback) > 0);
        }
        accumulator.poll(0);
        drained.clear();
        accumulator.drain(1, Integer.MAX_VALUE, DrainFilter.ALL, drained, 0);
        return drained.get(0);
    }

    private double bytesPerRecord(final boolean acknowledge) {
        return bytesPerRecord(acknowledge, (metadata, failure) -> told++);
    }

    private double bytesPerRecord(final boolean acknowledge, final Callback callback) {
        accumulator.updateCluster(Cluster.of(1, "test", 1, List.of(new Node(1, "a", 1)), List.of(
                TopicInfo.of("t", TopicId.ZERO, false, List.of(new PartitionInfo("t", 0, 1, 1))))));
        final PartitionQueue queue = accumulator.topic("t").partition(0);
        final KpException failure = new KpException(KpException.Category.FATAL, "of the test");
        long allocated = 0;
        for (int round = 0; round < 2 * ROUNDS; round++) {
            final Batch batch = batch(queue, callback);
            final long before = Allocation.bytesSoFar();
            if (acknowledge) {
                completions.acknowledge(batch, 17, RecordMetadata.NO_TIMESTAMP);
            } else {
                completions.fail(batch, failure, failure, null);
            }
            accumulator.release(batch);
            if (round >= ROUNDS) {
                allocated += Allocation.bytesSoFar() - before;
            }
        }
        assertTrue(told == 2L * ROUNDS * RECORDS);
        assertTrue(pool.usedBytes() == 0);
        return (double) allocated / ROUNDS / RECORDS;
    }

    @Test
    void shouldAllocateNothingButTheMetadataForAnAcknowledgedRecord() {
        final double bytes = bytesPerRecord(true);
        assertTrue(bytes <= METADATA_BYTES + 1, () -> "bytes per record: " + bytes);
    }

    @Test
    void shouldAllocateNothingForAFailedRecord() {
        final double bytes = bytesPerRecord(false);
        assertTrue(bytes <= 1, () -> "bytes per record: " + bytes);
    }

    @Test
    void shouldAllocateNothingForADeliveryCallback() {
        for (final boolean acknowledge : new boolean[]{true, false}) {
            told = 0;
            final double bytes = bytesPerRecord(acknowledge, (DeliveryCallback) delivery -> told++);
            assertTrue(bytes <= 1, () -> "bytes per record: " + bytes);
        }
    }
}
