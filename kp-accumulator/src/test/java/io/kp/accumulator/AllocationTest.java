package io.kp.accumulator;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import io.kp.memory.Segment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** In the steady state neither the appender nor the I/O thread allocates for a record. */
class AllocationTest {
    private static final int RECORDS = 200_000;
    private static final int WARM_UP_ROUNDS = 5;

    private final byte[] key = new byte[8];
    private final byte[] value = new byte[100];
    private final Object completion = new Object();
    private final Claim claim = new Claim();
    private final List<Batch> batches = new ArrayList<>(16);
    private final ByteBuffer[] buffers = new ByteBuffer[1024];
    private long seen;
    private final RecordHandler handler = (object, index, record) -> seen += record.keyBytes();

    @Test
    void shouldAllocateNothingPerRecord() {
        // No poison: its checks are not what is measured here.
        try (Rig rig = Rig.builder().poison(false).withoutListener().capacityBytes(4 << 20).build()) {
            rig.leaders(1, 1, 1, 1);
            final PartitionQueue[] queues = {rig.queue(0), rig.queue(1), rig.queue(2), rig.queue(3)};
            double bytesPerRecord = Double.MAX_VALUE;
            for (int round = 0; round <= WARM_UP_ROUNDS && bytesPerRecord >= 0.1; round++) {
                final long before = allocatedBytes();
                round(rig, queues);
                bytesPerRecord = (double) (allocatedBytes() - before) / RECORDS;
            }
            final double measured = bytesPerRecord;
            assertTrue(measured < 1, () -> "bytesPerRecord=" + measured);
            assertTrue(seen > 0);
            rig.advance(5 * Rig.MS);
            io(rig);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "snappy", "lz4", "zstd"})
    void shouldAllocateNothingPerRecordWithCompression(final String codec) {
        final Compression compression = Compression.builder()
                .codec(CompressionCodec.named(codec), Compression.DEFAULT_LEVEL).executor(Runnable::run, 1).build();
        try (Rig rig = Rig.builder().poison(false).withoutListener().capacityBytes(4 << 20).compression(compression)
                .build()) {
            rig.leaders(1, 1, 1, 1);
            final PartitionQueue[] queues = {rig.queue(0), rig.queue(1), rig.queue(2), rig.queue(3)};
            double bytesPerRecord = Double.MAX_VALUE;
            for (int round = 0; round <= WARM_UP_ROUNDS && bytesPerRecord >= 0.1; round++) {
                final long before = allocatedBytes();
                round(rig, queues);
                bytesPerRecord = (double) (allocatedBytes() - before) / RECORDS;
            }
            final double measured = bytesPerRecord;
            assertTrue(measured < 1, () -> "bytesPerRecord=" + measured);
            assertTrue(rig.accumulator.compressedBytes() < rig.accumulator.uncompressedBytes() / 2);
            for (rig.advance(5 * Rig.MS); rig.accumulator.liveBatches() > 0;) {
                io(rig);
            }
        }
    }

    /** All batches but the last few are compressed by the caller; the executor's thread does not come in time. */
    @ParameterizedTest
    @ValueSource(strings = {"gzip", "snappy", "lz4", "zstd"})
    void shouldAllocateNothingPerRecordWhereCallersCompress(final String codec) throws InterruptedException {
        final List<Runnable> late = new ArrayList<>();
        final Compression compression = Compression.builder()
                .codec(CompressionCodec.named(codec), Compression.DEFAULT_LEVEL).executor(late::add, 1).callers(1)
                .build();
        try (Rig rig = Rig.builder().poison(false).withoutListener().capacityBytes(4 << 20).batchBytes(128 << 10)
                .compression(compression).build()) {
            rig.leaders(1, 1);
            final PartitionQueue[] queues = {rig.queue(0), rig.queue(1)};
            double bytesPerRecord = Double.MAX_VALUE;
            for (int round = 0; round <= WARM_UP_ROUNDS && bytesPerRecord >= 0.1; round++) {
                final long before = allocatedBytes();
                final long helpedBefore = rig.accumulator.batchesCompressedByCallers();
                final long completedBefore = rig.accumulator.completedBatches();
                for (int i = 0; i < RECORDS; i++) {
                    rig.accumulator.append(queues[i & 1], i, key, value, null, completion, Rig.MS);
                    if (i % 100 == 0) {
                        io(rig);
                    }
                }
                bytesPerRecord = (double) (allocatedBytes() - before) / RECORDS;
                final long helped = rig.accumulator.batchesCompressedByCallers() - helpedBefore;
                final long completed = rig.accumulator.completedBatches() - completedBefore;
                assertTrue(helped >= completed - 10 && helped > 50,
                        () -> "helped=" + helped + ", completed=" + completed);
            }
            final double measured = bytesPerRecord;
            assertTrue(measured < 1, () -> "bytesPerRecord=" + measured);
            assertTrue(rig.accumulator.compressedBytes() < rig.accumulator.uncompressedBytes() / 2);
            rig.advance(5 * Rig.MS);
            while (rig.accumulator.liveBatches() > 0) {
                late.forEach(Runnable::run);
                io(rig);
            }
        }
    }

    private void round(final Rig rig, final PartitionQueue[] queues) {
        for (int i = 0; i < RECORDS; i++) {
            final PartitionQueue queue = queues[i & 3];
            if (i % 3 == 0) {
                rig.accumulator.tryClaim(queue, i, 8, 100, null, claim);
                final Segment segment = claim.segment();
                segment.putLong(claim.keyOffset(), i);
                segment.putBytes(claim.valueOffset(), value, 0, value.length);
                claim.commit();
            } else {
                rig.accumulator.tryAppend(queue, i, key, value, null, i % 3 == 1 ? completion : null);
            }
            if (i % 1_000 == 0) {
                io(rig);
            }
        }
    }

    private void io(final Rig rig) {
        rig.poll();
        while (rig.accumulator.drain(1, 1 << 20, DrainFilter.ALL, batches, rig.now()) > 0) {
            for (int i = 0; i < batches.size(); i++) {
                final Batch batch = batches.get(i);
                batch.seal(1, (short) 2, 3, false);
                batch.buffers(buffers, 0);
                batch.complete(handler);
                rig.accumulator.release(batch);
            }
            batches.clear();
        }
    }

    /** By reflection, since the module under test does not require java.management. */
    private static long allocatedBytes() {
        try {
            final Object bean = Class.forName("java.lang.management.ManagementFactory").getMethod("getThreadMXBean")
                    .invoke(null);
            final Method allocated = Class.forName("com.sun.management.ThreadMXBean").getMethod(
                    "getThreadAllocatedBytes",
                    long.class);
            return (long) allocated.invoke(bean, Thread.currentThread().getId());
        } catch (final ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}
