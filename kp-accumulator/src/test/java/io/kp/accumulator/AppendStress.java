package io.kp.accumulator;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.kp.memory.BufferPool;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * Two appenders of one partition, with three records each, and the I/O thread, which seals and reads their batches meanwhile. Three records
 * fill a batch, so there are claims, switches and seals. The result is a sentence; any but the good ones says what was wrong first. Run by
 * {@link JcstressTest}.
 */
@JCStressTest
@Outcome(id = "2 full batches", expect = Expect.ACCEPTABLE, desc = "The appenders closed the first batch; no batch was "
        + "sealed before it was full.")
@Outcome(id = "[2-6] batches", expect = Expect.ACCEPTABLE, desc = "The I/O thread sealed a batch before it was full.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A record is lost, doubled, in the wrong place or overwritten, or a total is wrong.")
class AppendStress {
    private static final int APPENDERS = 2;
    private static final int RECORDS_PER_APPENDER = 3;
    private static final int ALL_RECORDS = APPENDERS * RECORDS_PER_APPENDER;
    private static final int ALL_SEEN = (1 << ALL_RECORDS) - 1;
    private static final int NODE = 1;
    private static final long NOW_NS = 1_000_000;
    private static final long TIMESTAMP_MS = 1_000;
    private static final int VALUE_BYTES = Long.BYTES;
    /** Length, attributes, two deltas, key length, value length, value, header count. */
    private static final int RECORD_BYTES = 6 + VALUE_BYTES + 1;
    private static final int RECORDS_PER_BATCH = 3;
    private static final int BATCH_BYTES = RecordBatchDescriptor.HEADER_LENGTH + RECORDS_PER_BATCH * RECORD_BYTES;
    /** So that the I/O thread meets appends although it may run first. */
    private static final int IO_ROUNDS = 4;

    @Actor
    public void appends(final Lane lane) {
        for (int n = 0; n < RECORDS_PER_APPENDER; n++) {
            Weakened.pause();
            lane.append(n);
        }
    }

    @Actor
    public void claimsAndCommits(final Lane lane) {
        for (int n = RECORDS_PER_APPENDER; n < ALL_RECORDS; n++) {
            Weakened.pause();
            lane.claimAndCommit(n);
        }
    }

    @Actor
    public void io(final Lane lane) {
        for (int i = 0; i < IO_ROUNDS; i++) {
            Weakened.pause();
            lane.io();
        }
    }

    @Arbiter
    public void end(final Lane lane, final L_Result result) {
        result.r1 = lane.end();
    }

    /** One run of the actors. */
    @State
    public static class Lane {
        private final Partition partition = Partition.take();
        private final long round = partition.nextRound();
        private volatile String violation;
        // I/O thread only.
        private int seen;
        private int batches;
        private int records;
        private int bytes;

        /** For the runner that jcstress generates. */
        public Lane() {
        }

        private void append(final int n) {
            try {
                final int size = partition.accumulator.tryAppend(partition.queue, TIMESTAMP_MS, null,
                        partition.value(round, n), null, n);
                expect(size == RECORD_BYTES, "an append was refused");
            } catch (final RuntimeException e) {
                violation = "append: " + e.getClass().getSimpleName();
            }
        }

        private void claimAndCommit(final int n) {
            final Claim claim = partition.claim;
            try {
                final int size = partition.accumulator.tryClaim(partition.queue, TIMESTAMP_MS, RecordEncoder.NULL,
                        VALUE_BYTES, n, claim);
                expect(size == RECORD_BYTES, "a claim was refused");
                claim.segment().putBytes(claim.valueOffset(), partition.value(round, n), 0, VALUE_BYTES);
                claim.commit();
            } catch (final RuntimeException e) {
                violation = "claim: " + e.getClass().getSimpleName();
            }
        }

        private void io() {
            if (violation != null) {
                return;
            }
            try {
                final List<Batch> drained = partition.drained;
                drained.clear();
                partition.accumulator.poll(NOW_NS);
                partition.accumulator.drain(NODE, Integer.MAX_VALUE, DrainFilter.ALL, drained, NOW_NS);
                for (final Batch batch : drained) {
                    check(batch);
                    partition.accumulator.release(batch);
                }
            } catch (final RuntimeException e) {
                violation = "io: " + e.getClass().getSimpleName();
            }
        }

        private void check(final Batch batch) {
            final RecordCursor cursor = partition.cursor.reset(batch);
            int index = 0;
            int size = 0;
            while (cursor.nextSegment()) {
                while (cursor.nextRecord()) {
                    cursor.readDeltas();
                    expect(cursor.offsetDelta() == index, "a record has another one's index");
                    expect(cursor.end() - cursor.start() == RECORD_BYTES, "a record has a wrong length");
                    see(cursor.node().segment.getLong(cursor.tailStart() + 2));
                    index++;
                }
                expect(cursor.end() == cursor.node().used, "the records do not fill the segment");
                size += cursor.node().used;
            }
            expect(index == batch.recordCount(), "the batch counts other records than it holds");
            expect(size == batch.sizeInBytes(), "the batch counts other bytes than it holds");
            final int[] completions = new int[1];
            batch.complete((completion, at, record) -> {
                expect(at == completions[0]++, "a completion object is at another record's index");
                expect((seen & 1 << (int) completion) != 0, "a completion object came without its record");
            });
            expect(completions[0] == index, "a completion object is missing");
            batches++;
            records += index;
            bytes += size;
        }

        private void see(final long value) {
            final int n = (int) value & 0xff;
            expect(value >>> 8 == round && n < ALL_RECORDS, "a record was not written");
            expect((seen & 1 << n) == 0, "a record came twice");
            expect(n % RECORDS_PER_APPENDER == 0 || (seen & 1 << n - 1) != 0, "an appender's records changed order");
            seen |= 1 << n;
        }

        private String end() {
            for (int i = 0; i < IO_ROUNDS; i++) {
                io();
            }
            final RecordAccumulator accumulator = partition.accumulator;
            expect(seen == ALL_SEEN, "a record is lost");
            expect(accumulator.liveBatches() == 0, "a batch is left");
            expect(partition.pool.usedBytes() == 0, "memory is left");
            expect(accumulator.completedBatches() - partition.completedBatches == batches,
                    "the accumulator counts other batches");
            expect(accumulator.completedRecords() - partition.completedRecords == records,
                    "the accumulator counts other records");
            expect(accumulator.completedBytes() - partition.completedBytes == bytes,
                    "the accumulator counts other bytes");
            if (violation != null) {
                return violation;
            }
            partition.give();
            return batches == ALL_RECORDS / RECORDS_PER_BATCH ? "2 full batches" : batches + " batches";
        }

        private void expect(final boolean right, final String otherwise) {
            if (!right && violation == null) {
                violation = otherwise;
            }
        }
    }

    /** An accumulator with one partition; used again and again, since jcstress makes a state for every run of the actors. */
    private static final class Partition {
        private static final ConcurrentLinkedQueue<Partition> FREE = new ConcurrentLinkedQueue<>();

        final BufferPool pool = BufferPool.builder().capacityBytes(8 * 1024)
                .segmentBytes(BufferPool.MIN_SEGMENT_BYTES).poison(true).build();
        final RecordAccumulator accumulator = RecordAccumulator.builder().pool(pool).nanoClock(() -> NOW_NS)
                .batchBytes(BATCH_BYTES).lingerNs(0).build();
        final PartitionQueue queue;
        final Claim claim = new Claim();
        final RecordCursor cursor = new RecordCursor();
        final List<Batch> drained = new ArrayList<>();
        long completedBatches;
        long completedRecords;
        long completedBytes;
        private long round;

        private Partition() {
            accumulator.updateCluster(Rig.cluster(1, NODE));
            queue = accumulator.topic(Rig.TOPIC).partition(0);
        }

        static Partition take() {
            final Partition free = FREE.poll();
            return free == null ? new Partition() : free;
        }

        void give() {
            completedBatches = accumulator.completedBatches();
            completedRecords = accumulator.completedRecords();
            completedBytes = accumulator.completedBytes();
            FREE.add(this);
        }

        long nextRound() {
            return ++round;
        }

        byte[] value(final long inRound, final int n) {
            return ByteBuffer.allocate(VALUE_BYTES).putLong(inRound << 8 | n).array();
        }
    }
}
