package io.kp.accumulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.kp.memory.PoolExhaustedException;
import org.apache.kafka.common.record.internal.Record;
import org.junit.jupiter.api.Test;

/** The appending side, from one thread. */
class AppendTest {
    @Test
    void shouldGiveEachRecordOnceInOrderOverManySegmentsAndBatches() {
        try (Rig rig = Rig.builder().batchBytes(5_000).build()) {
            rig.leaders(1);
            final List<String> sent = new ArrayList<>();
            for (int i = 0; i < 2_000; i++) {
                final String value = "record " + i + "x".repeat(i % 97);
                sent.add(value);
                rig.append(0, value);
            }
            rig.advance(5 * Rig.MS);
            rig.poll();
            final List<String> received = new ArrayList<>();
            final List<Object> completions = new ArrayList<>();
            for (List<Batch> batches = rig.drain(1); !batches.isEmpty(); batches = rig.drain(1)) {
                final Batch batch = batches.get(0);
                received.addAll(Rig.kafkaValues(Rig.sealed(batch)));
                assertTrue(batch.sizeInBytes() <= 5_000, batch::toString);
                completions.addAll(rig.finish(batch));
            }
            assertEquals(sent, received);
            assertEquals(sent, completions);
            assertEquals(2_000, rig.accumulator.completedRecords());
        }
    }

    @Test
    void shouldReturnTheSizeThatTheRecordTakes() {
        try (Rig rig = Rig.builder().batchBytes(1 << 18).build()) {
            rig.leaders(1);
            int sum = RecordBatchDescriptor.HEADER_LENGTH;
            for (int i = 0; i < 300; i++) {
                sum += rig.append(0, "x".repeat(i));
            }
            rig.advance(5 * Rig.MS);
            rig.poll();
            final Batch batch = rig.drain(1).get(0);
            assertEquals(sum, batch.sizeInBytes());
            rig.finish(batch);
        }
    }

    @Test
    void shouldFillALargeBatchWithFewSegmentsOnceThePartitionIsBusy() {
        try (Rig rig = Rig.builder().build()) {
            rig.leaders(1);
            final List<Integer> bufferCounts = new ArrayList<>();
            for (int i = 0; i < 2_000; i++) {
                rig.append(0, "x".repeat(100));
                rig.poll();
                rig.drain(1).forEach(batch -> {
                    bufferCounts.add(batch.bufferCount());
                    rig.finish(batch);
                });
            }
            assertTrue(bufferCounts.get(0) >= 8, "starts with standard segments");
            assertEquals(1, bufferCounts.get(bufferCounts.size() - 1), "ends with one segment: " + bufferCounts);
            // With little to send it goes back to standard segments.
            for (int i = 0; i < 20; i++) {
                rig.append(0, "x");
                rig.advance(5 * Rig.MS);
                rig.poll();
                rig.deliver(1);
            }
            rig.append(0, "x");
            assertEquals(2048, rig.pool.usedBytes());
            rig.advance(5 * Rig.MS);
            rig.poll();
            rig.deliver(1);
        }
    }

    @Test
    void shouldHoldOneStandardSegmentForOneSmallRecord() {
        try (Rig rig = Rig.builder().build()) {
            rig.leaders(1, 1, 1);
            for (int partition = 0; partition < 3; partition++) {
                rig.append(partition, "x");
            }
            assertEquals(3 * 2048, rig.pool.usedBytes());
            rig.advance(5 * Rig.MS);
            rig.poll();
            assertEquals(3, rig.deliver(1).size());
        }
    }

    @Test
    void shouldTakeARecordThatIsLargerThanABatch() {
        try (Rig rig = Rig.builder().batchBytes(1_000).build()) {
            rig.leaders(1);
            rig.append(0, "small");
            rig.append(0, "x".repeat(3_000));
            rig.append(0, "y".repeat(100_000));
            rig.append(0, "small again");
            rig.advance(5 * Rig.MS);
            rig.poll();
            final List<Integer> counts = new ArrayList<>();
            final List<String> values = new ArrayList<>();
            for (List<Batch> batches = rig.drain(1); !batches.isEmpty(); batches = rig.drain(1)) {
                counts.add(batches.get(0).recordCount());
                values.addAll(Rig.kafkaValues(Rig.sealed(batches.get(0))));
                rig.finishAll(batches);
            }
            assertEquals(List.of(1, 1, 1, 1), counts);
            assertEquals(List.of("small", "x".repeat(3_000), "y".repeat(100_000), "small again"), values);
        }
    }

    @Test
    void shouldMakeEachRecordABatchWhenTheBatchSizeIsZero() {
        try (Rig rig = Rig.builder().batchBytes(0).build()) {
            rig.leaders(1);
            IntStream.range(0, 5).forEach(i -> rig.append(0, "v" + i));
            rig.advance(5 * Rig.MS);
            rig.poll();
            assertEquals(5, rig.queue(0).queuedBatches());
            assertEquals(5, rig.accumulator.topic(Rig.TOPIC).queuedBatches(0));
            assertEquals(List.of("v0", "v1", "v2", "v3", "v4"), rig.deliver(1));
            assertEquals(0, rig.queue(0).queuedBatches());
        }
    }

    @Test
    void shouldFillAllSlotsWithTheSmallestRecords() {
        try (Rig rig = Rig.builder().batchBytes(1 << 20).capacityBytes(4 << 20).build()) {
            rig.leaders(1);
            for (int i = 0; i < 20_000; i++) {
                assertTrue(rig.accumulator.tryAppend(rig.queue(0), 1, null, null, null, i) >= 7);
            }
            rig.advance(5 * Rig.MS);
            rig.poll();
            assertEquals(IntStream.range(0, 20_000).boxed().collect(Collectors.toList()), rig.deliver(1));
        }
    }

    @Test
    void shouldKeepTheLargestTimestamp() {
        try (Rig rig = Rig.builder().lingerNs(0).build()) {
            rig.leaders(1);
            for (final long timestamp : new long[]{50, 40, 70, 60}) {
                rig.accumulator.tryAppend(rig.queue(0), timestamp, null, null, null, null);
            }
            rig.poll();
            final Batch batch = rig.drain(1).get(0);
            assertEquals(50, batch.baseTimestamp());
            assertEquals(70, batch.maxTimestamp());
            assertEquals(List.of(50L, 40L, 70L, 60L),
                    Rig.kafkaRecords(Rig.sealed(batch)).stream().map(Record::timestamp).collect(Collectors.toList()));
            assertEquals(List.of(), rig.finish(batch), "no completion objects, nothing reported");
        }
    }

    @Test
    void shouldTellWhyItDidNotAppend() throws InterruptedException {
        try (Rig rig = Rig.builder().capacityBytes(4096).batchBytes(2048).build()) {
            rig.leaders(1);
            final byte[] kilobyte = new byte[1500];
            assertTrue(rig.accumulator.tryAppend(rig.queue(0), 1, null, kilobyte, null, null) > 0);
            assertTrue(rig.accumulator.tryAppend(rig.queue(0), 1, null, kilobyte, null, null) > 0);
            assertEquals(RecordAccumulator.NO_MEMORY,
                    rig.accumulator.tryAppend(rig.queue(0), 1, null, kilobyte, null, null));
            assertThrows(PoolExhaustedException.class,
                    () -> rig.accumulator.append(rig.queue(0), 1, null, kilobyte, null, null, 0));
            assertEquals(0, rig.accumulator.memoryWaiters());
            assertEquals(1, rig.accumulator.memoryWaits());
            final byte[] tooLarge = new byte[8192];
            assertEquals(RecordAccumulator.TOO_LARGE,
                    rig.accumulator.tryAppend(rig.queue(0), 1, null, tooLarge, null, null));
            final IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                    () -> rig.accumulator.append(rig.queue(0), 1, null, tooLarge, null, null, 0));
            assertEquals("record is larger than the pool's largest segment: maxSegmentBytes=4096, partition=lines-0",
                    e.getMessage());
            // The failed attempts were a sign of short memory.
            rig.poll();
            assertEquals(0, rig.deliver(1).size());
            rig.accumulator.close();
            assertEquals(RecordAccumulator.CLOSED, rig.accumulator.tryAppend(rig.queue(0), 1, null, null, null, null));
            assertThrows(AccumulatorClosedException.class,
                    () -> rig.accumulator.append(rig.queue(0), 1, null, null, null, null, 0));
            assertThrows(AccumulatorClosedException.class, () -> rig.queue(1));
        }
    }

    @Test
    void shouldRefuseANegativePartition() {
        try (Rig rig = Rig.builder().build()) {
            final IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> rig.queue(-1));
            assertEquals("partition must not be negative: partition=-1, topic=lines", e.getMessage());
            assertSame(rig.queue(5), rig.queue(5));
            assertEquals(0, rig.accumulator.topic(Rig.TOPIC).queuedBatches(7_000));
        }
    }

    @Test
    void shouldTellTheListenerOfClosedBatches() {
        try (Rig rig = Rig.builder().batchBytes(200).build()) {
            rig.leaders(1);
            rig.append(0, "x".repeat(100));
            rig.append(0, "y".repeat(100));
            assertEquals(List.of("lines-0:170"), rig.closedBatches);
            rig.advance(5 * Rig.MS);
            rig.poll();
            assertEquals(2, rig.deliver(1).size());
            assertEquals(List.of("lines-0:170", "lines-0:170"), rig.closedBatches);
        }
    }

    @Test
    void shouldLetTheCallerWriteInPlace() {
        try (Rig rig = Rig.builder().lingerNs(0).build()) {
            rig.leaders(1);
            final Claim claim = new Claim();
            rig.append(0, "before");
            for (int i = 0; i < 100; i++) {
                assertTrue(rig.accumulator.tryClaim(rig.queue(0), 1_000, i % 2 == 0 ? -1 : 8, 100, i, claim) > 0);
                if (claim.keyLength() > 0) {
                    claim.segment().putLong(claim.keyOffset(), i);
                }
                for (int at = 0; at < claim.valueLength(); at++) {
                    claim.segment().putByte(claim.valueOffset() + at, (byte) ('a' + i % 26));
                }
                claim.commit();
                assertFalse(claim.isActive());
            }
            rig.append(0, "after");
            rig.poll();
            final Batch batch = rig.drain(1).get(0);
            final List<Record> records = Rig.kafkaRecords(Rig.sealed(batch));
            assertEquals(102, records.size());
            for (int i = 0; i < 100; i++) {
                final Record record = records.get(i + 1);
                assertEquals(i % 2 != 0, record.hasKey());
                if (record.hasKey()) {
                    assertEquals(i, record.key().getLong());
                }
                assertEquals(String.valueOf((char) ('a' + i % 26)).repeat(100), Rig.string(record.value()));
            }
            assertEquals(102, rig.finish(batch).size());
        }
    }

    @Test
    void shouldCloseABatchThatHasNoRoom() {
        try (Rig rig = Rig.builder().batchBytes(2_000).batchCapBytes(3_000).segmentBytes(256).lingerNs(Rig.MS)
                .build()) {
            rig.leaders(1);
            final PartitionQueue queue = rig.queue(0);
            assertTrue(queue.closeIfFull(100), "nothing is open yet");
            rig.append(0, "x".repeat(900));
            assertFalse(queue.closeIfFull(900), "in its next segment");
            rig.append(0, "x".repeat(700));
            assertFalse(queue.closeIfFull(300));
            assertTrue(rig.closedBatches.isEmpty());
            assertTrue(queue.closeIfFull(500));
            assertEquals(1, rig.closedBatches.size());
            assertTrue(queue.closeIfFull(500), "it is closed");
            assertTrue(queue.closeIfFull(1), "for all");
            rig.poll();
            assertEquals(1, rig.accumulator.completedBatches());
            rig.append(0, "next");
            rig.poll();
            // An earlier one waits: this one may grow.
            rig.append(0, "x".repeat(1_500));
            assertFalse(queue.closeIfFull(1_000));
            assertTrue(queue.closeIfFull(2_000));
            rig.poll();
            final Batch first = rig.drain(1).get(0);
            assertEquals(List.of("x".repeat(900), "x".repeat(700)), Rig.kafkaValues(Rig.sealed(first)));
            rig.finish(first);
            assertEquals(2, rig.deliver(1).size());
            rig.accumulator.close();
            assertFalse(queue.closeIfFull(5_000), "terminated: an append says so");
        }
    }

    @Test
    void shouldRefuseTheMisuseOfAClaim() {
        try (Rig rig = Rig.builder().lingerNs(0).build()) {
            rig.leaders(1);
            final Claim claim = new Claim();
            assertThrows(IllegalStateException.class, claim::commit);
            assertThrows(IllegalStateException.class, claim::abort);
            assertThrows(IllegalStateException.class, claim::segment);
            assertThrows(IllegalArgumentException.class,
                    () -> rig.accumulator.tryClaim(rig.queue(0), 1, -2, 0, null, claim));
            assertTrue(rig.accumulator.tryClaim(rig.queue(0), 1, -1, 10, null, claim) > 0);
            assertThrows(IllegalStateException.class,
                    () -> rig.accumulator.tryClaim(rig.queue(0), 1, -1, 10, null, claim));
            claim.commit();
            assertThrows(IllegalStateException.class, claim::commit);
            rig.poll();
            rig.deliver(1);
        }
    }

    @Test
    void shouldTakeAbortedClaimsOutOfTheBatch() {
        for (final int segmentBytes : new int[]{256, 16_384}) {
            try (Rig rig = Rig.builder().segmentBytes(segmentBytes).batchBytes(1 << 18).lingerNs(0).build()) {
                rig.leaders(1);
                final Claim claim = new Claim();
                final List<String> kept = new ArrayList<>();
                long maxTimestamp = 0;
                for (int i = 0; i < 400; i++) {
                    if (i % 3 == 0 || i > 120 && i < 180) {
                        rig.accumulator.tryClaim(rig.queue(0), 9_999_999, i % 5, i % 50, "aborted", claim);
                        claim.abort();
                    } else {
                        final String value = "value " + i;
                        maxTimestamp = 1_000 + i * 10L;
                        rig.accumulator.tryAppend(rig.queue(0), maxTimestamp, ("key" + i).getBytes(), value.getBytes(),
                                null,
                                value);
                        kept.add(value);
                    }
                }
                rig.poll();
                final Batch batch = rig.drain(1).get(0);
                assertEquals(kept.size(), batch.recordCount());
                assertEquals(maxTimestamp, batch.maxTimestamp());
                final byte[] bytes = Rig.sealed(batch);
                assertEquals(kept, Rig.kafkaValues(bytes));
                final List<Long> offsets = Rig.kafkaRecords(bytes).stream().map(Record::offset)
                        .collect(Collectors.toList());
                assertEquals(IntStream.range(0, kept.size()).mapToObj(i -> (long) i).collect(Collectors.toList()),
                        offsets);
                final List<Integer> indexes = new ArrayList<>();
                final List<Object> completions = new ArrayList<>();
                batch.complete((completion, index, record) -> {
                    indexes.add(index);
                    completions.add(completion);
                });
                rig.accumulator.release(batch);
                assertEquals(kept, completions);
                assertEquals(IntStream.range(0, kept.size()).boxed().collect(Collectors.toList()), indexes);
            }
        }
    }

    @Test
    void shouldDropABatchOfWhichNothingIsLeft() {
        try (Rig rig = Rig.builder().build()) {
            rig.leaders(1, 1);
            final Claim claim = new Claim();
            for (int i = 0; i < 3; i++) {
                rig.accumulator.tryClaim(rig.queue(0), 1, 1, 1, "aborted", claim);
                claim.abort();
            }
            rig.append(1, "other");
            final var flush = rig.accumulator.beginFlush();
            rig.poll();
            assertEquals(List.of("other"), rig.deliver(1));
            assertTrue(flush.isDone());
            rig.append(0, "next");
            rig.advance(5 * Rig.MS);
            rig.poll();
            assertEquals(List.of("next"), rig.deliver(1));
        }
    }

    @Test
    void shouldDropTheRecordWhoseHeadersFailAfterTheClaim() {
        try (Rig rig = Rig.builder().lingerNs(0).build()) {
            rig.leaders(1);
            rig.append(0, "before");
            final int[] calls = {0};
            final RecordHeaders failing = new RecordHeaders() {
                @Override
                public int count() {
                    if (calls[0]++ > 0) {
                        throw new IllegalStateException("changed meanwhile");
                    }
                    return 3;
                }

                @Override
                public byte[] keyUtf8(final int index) {
                    return new byte[300];
                }

                @Override
                public byte[] value(final int index) {
                    return null;
                }
            };
            assertThrows(IllegalStateException.class,
                    () -> rig.accumulator.tryAppend(rig.queue(0), 1_000, null, null, failing, "failed"));
            rig.append(0, "after");
            rig.poll();
            final Batch batch = rig.drain(1).get(0);
            assertEquals(List.of("before", "after"), Rig.kafkaValues(Rig.sealed(batch)));
            assertEquals(List.of("before", "after"), rig.finish(batch));
        }
    }
}
