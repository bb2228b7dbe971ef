package io.kp.accumulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Batches that the broker found too large. */
class SplitTest {
    private static String value(final int index) {
        return index + "-".repeat(index % 50);
    }

    private static List<String> values(final RecordBatch batch) {
        final List<String> values = new ArrayList<>();
        long expectedOffset = 0;
        for (final Record record : batch) {
            assertEquals(expectedOffset++, record.offset(), "offsets count from 0 in each part");
            assertTrue(record.timestamp() <= batch.maxTimestamp());
            final byte[] bytes = new byte[record.valueSize()];
            record.value().get(bytes);
            values.add(new String(bytes));
        }
        return values;
    }

    private static Batch filled(final Rig rig, final int records) throws InterruptedException {
        for (int i = 0; i < records; i++) {
            rig.accumulator.append(rig.queue(0), 1_000 + i % 7, null, value(i).getBytes(), null, i, 0);
        }
        rig.poll();
        final List<Batch> batches = rig.drain(1);
        assertEquals(1, batches.size());
        assertEquals(records, batches.get(0).recordCount());
        return batches.get(0);
    }

    private static List<Batch> split(final Rig rig, final Batch batch) {
        final List<Batch> parts = new ArrayList<>();
        assertEquals(rig.accumulator.split(batch, parts), parts.size());
        assertTrue(batch.isCompleted());
        rig.accumulator.release(batch);
        return parts;
    }

    @ParameterizedTest
    @ValueSource(ints = {256, 1024, 16384, 65536})
    void shouldKeepOrderAndCompletionsWhateverTheSegments(final int segmentBytes) throws InterruptedException {
        try (Rig rig = Rig.builder().lingerNs(0).segmentBytes(segmentBytes).capacityBytes(4 << 20).batchBytes(1 << 16)
                .build()) {
            rig.leaders(1);
            final Batch batch = filled(rig, 1_000);
            final int bytes = batch.sizeInBytes();
            final long createdNs = batch.createdNs();
            rig.advance(5 * Rig.MS);
            final List<Batch> parts = split(rig, batch);
            assertTrue(parts.size() >= 2 && parts.size() <= 3, () -> "parts: " + parts);
            final List<String> values = new ArrayList<>();
            final List<Object> completions = new ArrayList<>();
            for (final Batch part : parts) {
                final List<Batch> drained = rig.drain(1);
                assertEquals(List.of(part), drained, "in order, one at a time");
                assertTrue(part.sizeInBytes() <= bytes / 2);
                assertEquals(createdNs, part.createdNs());
                assertEquals(0, part.attempts());
                assertTrue(part.isPart());
                values.addAll(values(Rig.kafkaBatch(Rig.sealed(part))));
                completions.addAll(rig.finish(part));
            }
            for (int i = 0; i < 1_000; i++) {
                assertEquals(value(i), values.get(i));
                assertEquals(i, completions.get(i));
            }
            assertEquals(1_000, completions.size());
        }
    }

    @Test
    void shouldSplitDownToSingleRecordsAndStayInFrontOfLaterBatches() throws InterruptedException {
        try (Rig rig = Rig.builder().lingerNs(0).build()) {
            rig.leaders(1);
            final Batch batch = filled(rig, 40);
            rig.append(0, "later");
            rig.poll();
            split(rig, batch);
            final List<Object> completions = new ArrayList<>();
            for (List<Batch> drained = rig.drain(1); !drained.isEmpty(); drained = rig.drain(1)) {
                final Batch head = drained.get(0);
                if (head.recordCount() > 1) {
                    split(rig, head);
                } else {
                    completions.addAll(rig.finish(head));
                }
            }
            assertEquals(41, completions.size());
            for (int i = 0; i < 40; i++) {
                assertEquals(i, completions.get(i));
            }
            assertEquals("later", completions.get(40));
        }
    }

    @Test
    void shouldPutRetriedPartsBackInOrder() throws InterruptedException {
        try (Rig rig = Rig.builder().lingerNs(0).build()) {
            rig.leaders(1);
            final Batch batch = filled(rig, 40);
            split(rig, batch);
            final Batch first = rig.drain(1).get(0);
            final Batch second = rig.drain(1).get(0);
            rig.accumulator.retry(second, rig.now());
            rig.accumulator.retry(first, rig.now());
            assertSame(first, rig.drain(1).get(0));
            assertSame(second, rig.drain(1).get(0));
            rig.finish(first);
            rig.finish(second);
            rig.deliver(1);
        }
    }

    @Test
    void shouldChangeNothingWithoutMemory() throws InterruptedException {
        try (Rig rig = Rig.builder().lingerNs(0).segmentBytes(256).capacityBytes(256 * 16).batchBytes(1 << 16)
                .build()) {
            rig.leaders(1);
            int count = 0;
            while (rig.accumulator.tryAppend(rig.queue(0), 1_000, null, value(count).getBytes(), null, count) > 0) {
                count++;
            }
            rig.poll();
            final Batch batch = rig.drain(1).get(0);
            final long used = rig.pool.usedBytes();
            assertEquals(0, rig.accumulator.split(batch, new ArrayList<>()));
            assertEquals(used, rig.pool.usedBytes());
            assertFalse(batch.isCompleted());
            assertEquals(count, values(Rig.kafkaBatch(Rig.sealed(batch))).size());
            rig.accumulator.retry(batch, rig.now());
            assertEquals(count, rig.deliver(1).size());
        }
    }

    @Test
    void shouldEndAFlushWithTheLastPart() throws InterruptedException {
        try (Rig rig = Rig.builder().lingerNs(0).build()) {
            rig.leaders(1);
            final Batch batch = filled(rig, 10);
            final CompletableFuture<Void> flush = rig.accumulator.beginFlush();
            rig.poll();
            final int parts = split(rig, batch).size();
            for (int i = 0; i < parts; i++) {
                assertFalse(flush.isDone());
                rig.finishAll(rig.drain(1));
            }
            assertTrue(flush.isDone());
        }
    }

    @Test
    void shouldExpirePartsWithTheWhole() throws InterruptedException {
        try (Rig rig = Rig.builder().lingerNs(0).deliveryTimeoutNs(100 * Rig.MS).build()) {
            rig.leaders(1);
            final Batch batch = filled(rig, 10);
            rig.advance(60 * Rig.MS);
            final int parts = split(rig, batch).size();
            rig.advance(39 * Rig.MS);
            rig.poll();
            assertEquals(0, rig.accumulator.pollExpired(rig.now(), (expired, inFlight) -> rig.finish(expired)));
            rig.advance(Rig.MS);
            rig.poll();
            final List<Object> ended = new ArrayList<>();
            assertEquals(parts, rig.accumulator.pollExpired(rig.now(),
                    (expired, inFlight) -> ended.addAll(rig.finish(expired))));
            assertEquals(10, ended.size());
        }
    }

    @Test
    void shouldRefuseToSplitASingleRecord() throws InterruptedException {
        try (Rig rig = Rig.builder().lingerNs(0).build()) {
            rig.leaders(1);
            final Batch batch = filled(rig, 1);
            assertEquals("batch cannot be split: recordCount=1, min=2",
                    assertThrows(IllegalArgumentException.class, () -> rig.accumulator.split(batch, new ArrayList<>()))
                            .getMessage());
            rig.finish(batch);
        }
    }

    @Test
    void shouldCountAcceptedRecordsInOpenAndClosedBatches() throws InterruptedException {
        try (Rig rig = Rig.builder().lingerNs(0).segmentBytes(256).build()) {
            rig.leaders(1, 1);
            for (int i = 0; i < 500; i++) {
                assertEquals(i, rig.accumulator.acceptedRecords());
                rig.append(i % 2, "v" + i);
                if (i % 37 == 0) {
                    rig.poll();
                    rig.deliver(1);
                }
            }
            rig.poll();
            rig.deliver(1);
            assertEquals(500, rig.accumulator.acceptedRecords());
            assertEquals(500, rig.accumulator.completedRecords());
        }
    }
}
