package io.kp.accumulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

/** The I/O thread's side, on a fake clock and one thread. */
class IoSideTest {
    private static final long MS = Rig.MS;

    // ---- when a batch may go

    @Test
    void shouldWaitForTheLingerTime() {
        try (Rig rig = Rig.builder().build()) {
            rig.leaders(1);
            assertEquals(RecordAccumulator.NO_DEADLINE, rig.accumulator.nextDeadlineNs(rig.now()));
            rig.append(0, "a");
            final long openedNs = rig.now();
            rig.poll();
            assertEquals(openedNs + 5 * MS, rig.accumulator.nextDeadlineNs(rig.now()));
            rig.advance(5 * MS - 1);
            assertEquals(0, rig.poll());
            assertEquals(List.of(), rig.deliver(1));
            rig.append(0, "b");
            rig.advance(1);
            assertEquals(1, rig.poll());
            assertEquals(List.of("a", "b"), rig.deliver(1));
            assertEquals(RecordAccumulator.NO_DEADLINE, rig.accumulator.nextDeadlineNs(rig.now()));
        }
    }

    @Test
    void shouldNotWaitForTheLingerTimeWhenFull() {
        try (Rig rig = Rig.builder().batchBytes(1_000).build()) {
            rig.leaders(1);
            for (int i = 0; i < 5; i++) {
                rig.append(0, "x".repeat(400));
            }
            rig.poll();
            assertEquals(4, rig.deliver(1).size(), "two batches of two, and an open one");
            assertEquals(1, rig.queue(0).queuedBatches());
            rig.advance(5 * MS);
            rig.poll();
            assertEquals(1, rig.deliver(1).size());
        }
    }

    @Test
    void shouldKeepGrowingWhenDueUntilDrained() {
        try (Rig rig = Rig.builder().build()) {
            rig.leaders(1);
            rig.append(0, "a");
            rig.advance(5 * MS);
            rig.poll();
            assertEquals(1, rig.accumulator.readyPartitions(1));
            rig.append(0, "b");
            rig.advance(50 * MS);
            rig.append(0, "c");
            rig.poll();
            assertEquals(List.of("a", "b", "c"), rig.deliver(1));
        }
    }

    @Test
    void shouldGrowBeyondTheBatchSizeWhileTheNodeIsBusy() {
        try (Rig rig = Rig.builder().batchBytes(1_000).batchCapBytes(20_000).lingerNs(0).build()) {
            rig.leaders(1);
            rig.append(0, "x".repeat(100));
            rig.poll();
            rig.accumulator.nodeBusy(1, true);
            for (int i = 0; i < 400; i++) {
                rig.append(0, "x".repeat(100));
            }
            rig.poll();
            final List<Batch> batches = rig.drain(1);
            assertTrue(batches.get(0).sizeInBytes() > 18_000, () -> batches.get(0).toString());
            assertTrue(batches.get(0).sizeInBytes() <= 20_000, () -> batches.get(0).toString());
            assertTrue(batches.get(0).bufferCount() <= 6, "segments as large as those before them together");
            final int first = batches.get(0).recordCount();
            assertEquals(first, Rig.kafkaValues(Rig.sealed(batches.get(0))).size());
            rig.finishAll(batches);
            assertEquals(401 - first, rig.deliver(1).size());
            rig.accumulator.nodeBusy(1, false);
            for (int i = 0; i < 40; i++) {
                rig.append(0, "x".repeat(100));
            }
            rig.poll();
            final List<Batch> small = rig.drain(1);
            assertTrue(small.get(0).sizeInBytes() <= 1_000, () -> small.get(0).toString());
            rig.finishAll(small);
            rig.deliver(1);
        }
    }

    @Test
    void shouldTellHowMuchWaitsWhereBatchesHaveGrown() {
        try (Rig rig = Rig.builder().batchBytes(1_000).batchCapBytes(20_000).lingerNs(0).build()) {
            rig.leaders(1, 1);
            rig.append(0, "x".repeat(100));
            rig.append(1, "x".repeat(100));
            rig.poll();
            final TopicQueues queues = rig.accumulator.topic(Rig.TOPIC);
            assertEquals(1, queues.queuedBatchSizes(0));
            rig.accumulator.nodeBusy(1, true);
            for (int i = 0; i < 400; i++) {
                rig.append(0, "x".repeat(100));
            }
            rig.poll();
            assertEquals(3, queues.queuedBatches(0));
            // Some 43 kB.
            final int sizes = queues.queuedBatchSizes(0);
            assertTrue(sizes >= 38 && sizes <= 44, () -> "sizes=" + sizes);
            assertEquals(1, queues.queuedBatchSizes(1));
            assertEquals(0, queues.queuedBatchSizes(7));
            int left = 402;
            while (left > 0) {
                left -= rig.deliver(1).size();
            }
            assertEquals(0, queues.queuedBatchSizes(0));
        }
    }

    @Test
    void shouldGrowBeyondTheBatchSizeWhileAnEarlierBatchOfThePartitionWaits() {
        try (Rig rig = Rig.builder().batchBytes(1_000).batchCapBytes(20_000).lingerNs(5 * MS).build()) {
            rig.leaders(1, 1);
            for (int i = 0; i < 30; i++) {
                rig.append(0, "x".repeat(100));
                rig.append(1, "x".repeat(100));
                rig.poll();
            }
            for (int partition = 0; partition < 2; partition++) {
                assertEquals(2, rig.queue(partition).queuedBatches());
            }
            final List<Batch> first = rig.drain(1);
            assertEquals(2, first.size());
            first.forEach(batch -> assertTrue(batch.sizeInBytes() <= 1_000, batch::toString));
            final List<Batch> grown = rig.drain(1);
            assertEquals(2, grown.size(), "large enough to go, though the linger is not over");
            for (final Batch batch : grown) {
                assertTrue(batch.sizeInBytes() > 2_000, batch::toString);
                assertEquals(batch.recordCount(), Rig.kafkaValues(Rig.sealed(batch)).size());
            }
            assertEquals(60, Stream.concat(first.stream(), grown.stream()).mapToInt(Batch::recordCount).sum());
            rig.finishAll(first);
            rig.finishAll(grown);
            rig.append(0, "y");
            rig.poll();
            assertEquals(List.of(), rig.drain(1), "a small one lingers");
            rig.advance(5 * MS);
            rig.poll();
            assertEquals(List.of("y"), rig.deliver(1));
        }
    }

    @Test
    void shouldLetASmallBatchLingerWhenTheOneBeforeItHasLeft() {
        try (Rig rig = Rig.builder().batchBytes(1_000).batchCapBytes(20_000).lingerNs(5 * MS).build()) {
            rig.leaders(1);
            for (int i = 0; i < 12; i++) {
                rig.append(0, "x".repeat(100));
                rig.poll();
            }
            final List<Batch> first = rig.drain(1);
            assertEquals(1, first.size());
            assertEquals(List.of(), rig.drain(1), "some hundred bytes");
            rig.finishAll(first);
            rig.advance(5 * MS);
            rig.poll();
            rig.deliver(1);
        }
    }

    @Test
    void shouldNotGrowBeyondTheCapWhileAnEarlierBatchWaits() {
        try (Rig rig = Rig.builder().batchBytes(1_000).batchCapBytes(3_000).build()) {
            rig.leaders(1);
            for (int i = 0; i < 100; i++) {
                rig.append(0, "x".repeat(100));
                rig.poll();
            }
            int drained = 0;
            for (List<Batch> batches = rig.drain(1); !batches.isEmpty(); batches = rig.drain(1)) {
                assertTrue(batches.get(0).sizeInBytes() <= 3_000, batches.get(0)::toString);
                drained += batches.get(0).recordCount();
                rig.finishAll(batches);
            }
            rig.advance(5 * MS);
            rig.poll();
            assertEquals(100, drained + rig.deliver(1).size());
        }
    }

    @Test
    void shouldMakeOpenBatchesDueOnFlush() {
        try (Rig rig = Rig.builder().build()) {
            rig.leaders(1, 1, 1);
            rig.append(0, "a");
            rig.poll();
            rig.append(1, "b");
            final CompletableFuture<Void> flush = rig.accumulator.beginFlush();
            rig.append(2, "opened after the flush began, announced before it was seen");
            rig.poll();
            assertFalse(flush.isDone());
            final List<Batch> batches = rig.drain(1);
            assertEquals(3, batches.size());
            batches.get(2).complete((c, i, r) -> {
            });
            rig.append(0, "later");
            rig.poll();
            rig.finish(batches.get(0));
            assertFalse(flush.isDone());
            assertEquals(List.of("b"), rig.finish(batches.get(1)));
            assertTrue(flush.isDone(), "the later batch is not waited for");
            rig.accumulator.release(batches.get(2));
            assertEquals(List.of(), rig.drain(1), "the later batch lingers");
            rig.advance(5 * MS);
            rig.poll();
            assertEquals(List.of("later"), rig.deliver(1));
        }
    }

    @Test
    void shouldCompleteFlushesInOrder() {
        try (Rig rig = Rig.builder().build()) {
            rig.leaders(1, 1);
            final CompletableFuture<Void> nothing = rig.accumulator.beginFlush();
            rig.poll();
            assertTrue(nothing.isDone());
            rig.append(0, "a");
            final CompletableFuture<Void> first = rig.accumulator.beginFlush();
            rig.poll();
            rig.append(1, "b");
            final CompletableFuture<Void> second = rig.accumulator.beginFlush();
            final CompletableFuture<Void> third = rig.accumulator.beginFlush();
            rig.poll();
            final List<Batch> batches = rig.drain(1);
            rig.finish(batches.get(1));
            assertFalse(second.isDone(), "it has the first one's batch to wait for too");
            assertFalse(first.isDone());
            rig.finish(batches.get(0));
            assertTrue(first.isDone() && second.isDone() && third.isDone());
        }
    }

    @Test
    void shouldMakeOpenBatchesDueWhenMemoryIsShort() {
        try (Rig rig = Rig.builder().capacityBytes(3 * 2048).build()) {
            rig.leaders(1, 1, 1, 1);
            rig.append(0, "a");
            rig.append(1, "b");
            rig.append(2, "c");
            rig.poll();
            assertEquals(List.of(), rig.drain(1));
            assertEquals(RecordAccumulator.NO_MEMORY,
                    rig.accumulator.tryAppend(rig.queue(3), 1_000, null, new byte[0], null, null));
            assertFalse(rig.accumulator.prepareSleep(RecordAccumulator.NO_DEADLINE));
            rig.poll();
            assertEquals(List.of("a", "b", "c"), rig.deliver(1));
            assertTrue(rig.accumulator.prepareSleep(RecordAccumulator.NO_DEADLINE));
        }
    }

    // ---- drain

    @Test
    void shouldTakeOneBatchPerPartitionAndPartitionsInTurn() {
        try (Rig rig = Rig.builder().batchBytes(0).build()) {
            rig.leaders(1, 1, 2, 1);
            for (int i = 0; i < 3; i++) {
                for (int partition = 0; partition < 4; partition++) {
                    rig.append(partition, partition + "." + i);
                }
            }
            rig.advance(5 * MS);
            rig.poll();
            final List<Integer> nodes = new ArrayList<>();
            rig.accumulator.forEachReadyNode(nodes::add);
            assertEquals(List.of(1, 2), nodes);
            assertEquals(3, rig.accumulator.readyPartitions(1));
            assertEquals(0, rig.accumulator.readyPartitions(3));
            // Each batch has 69 + 3 bytes: two fit.
            assertEquals(List.of("0.0", "1.0"), drained(rig, 1, 150));
            assertEquals(List.of("3.0", "0.1"), drained(rig, 1, 150));
            assertEquals(List.of("1.1"), drained(rig, 1, 10), "one goes however large");
            assertEquals(List.of("3.1", "0.2", "1.2"), drained(rig, 1, Integer.MAX_VALUE));
            assertEquals(List.of("3.2"), drained(rig, 1, Integer.MAX_VALUE));
            assertEquals(List.of("2.0"), drained(rig, 2, Integer.MAX_VALUE));
            assertEquals(List.of("2.1"), drained(rig, 2, Integer.MAX_VALUE));
            assertEquals(List.of("2.2"), drained(rig, 2, Integer.MAX_VALUE));
            assertEquals(List.of(), drained(rig, 2, Integer.MAX_VALUE));
            assertEquals(List.of(), drained(rig, 77, Integer.MAX_VALUE));
            assertEquals(0, rig.accumulator.queuedBatches());
        }
    }

    private static List<Object> drained(final Rig rig, final int node, final int maxBytes) {
        return rig.drain(node, maxBytes).stream().flatMap(batch -> rig.finish(batch).stream())
                .collect(Collectors.toList());
    }

    @Test
    void shouldLeaveVetoedPartitionsReady() {
        try (Rig rig = Rig.builder().lingerNs(0).build()) {
            rig.leaders(1, 1, 1);
            for (int partition = 0; partition < 3; partition++) {
                rig.append(partition, "p" + partition);
            }
            rig.poll();
            final List<Batch> out = new ArrayList<>();
            assertEquals(2, rig.accumulator.drain(1, Integer.MAX_VALUE,
                    (queue, batch) -> queue.topicPartition().partition() != 1, out, rig.now()));
            assertEquals(List.of("p0", "p2"),
                    out.stream().flatMap(b -> rig.finish(b).stream()).collect(Collectors.toList()));
            rig.append(1, "grows");
            assertEquals(List.of("p1", "grows"), rig.deliver(1));
        }
    }

    @Test
    void shouldLeaveMutedPartitionsOut() {
        try (Rig rig = Rig.builder().lingerNs(0).build()) {
            rig.leaders(1, 1);
            rig.accumulator.mute(rig.queue(0));
            assertTrue(rig.accumulator.isMuted(rig.queue(0)));
            rig.append(0, "muted");
            rig.append(1, "other");
            rig.poll();
            assertEquals(List.of("other"), rig.deliver(1));
            rig.accumulator.unmute(rig.queue(0));
            assertEquals(List.of("muted"), rig.deliver(1));
        }
    }

    @Test
    void shouldFollowTheLeader() {
        try (Rig rig = Rig.builder().lingerNs(0).build()) {
            rig.append(0, "a");
            rig.append(1, "b");
            rig.poll();
            final List<String> topics = new ArrayList<>();
            assertEquals(2, rig.accumulator.forEachLeaderlessTopic(topics::add));
            assertEquals(List.of(Rig.TOPIC), topics);
            rig.leaders(1, 1);
            assertEquals(0, rig.accumulator.forEachLeaderlessTopic(topics::add));
            assertEquals(2, rig.accumulator.readyPartitions(1));
            rig.leaders(2, -1);
            assertEquals(0, rig.accumulator.readyPartitions(1));
            assertEquals(List.of("a"), rig.deliver(2));
            assertEquals(1, rig.accumulator.forEachLeaderlessTopic(topics::add));
            rig.append(0, "c");
            rig.poll();
            rig.leaders(3, 3);
            assertEquals(List.of("b", "c"), rig.drain(3).stream().flatMap(b -> rig.finish(b).stream()).sorted()
                    .collect(Collectors.toList()));
        }
    }

    // ---- the end of a batch

    @Test
    void shouldPutRetriedBatchesBackInOrderAndWaitForTheBackoff() {
        try (Rig rig = Rig.builder().batchBytes(0).lingerNs(0).build()) {
            rig.leaders(1);
            for (int i = 0; i < 5; i++) {
                rig.append(0, "v" + i);
            }
            rig.poll();
            final Batch b0 = rig.drain(1).get(0);
            final Batch b1 = rig.drain(1).get(0);
            final Batch b2 = rig.drain(1).get(0);
            b1.seal(7, (short) 0, 1, false);
            final long backoffUntilNs = rig.now() + 100 * MS;
            rig.accumulator.retry(b2, rig.now());
            rig.accumulator.retry(b1, rig.now());
            rig.accumulator.retry(b0, backoffUntilNs);
            assertEquals(1, b1.attempts());
            assertEquals(5, rig.queue(0).queuedBatches());
            assertEquals(List.of(), rig.drain(1), "the first one backs off, and the others wait behind it");
            rig.poll();
            assertEquals(backoffUntilNs, rig.accumulator.nextDeadlineNs(rig.now()));
            rig.advance(100 * MS);
            rig.poll();
            assertEquals(List.of("v0"),
                    rig.drain(1).stream().flatMap(b -> rig.finish(b).stream()).collect(Collectors.toList()));
            assertSame(b1, rig.accumulator.queuedBatches() == 4 ? rig.queue(0).head : null);
            assertTrue(b1.hasSequence());
            assertEquals(List.of("v1", "v2", "v3", "v4"), rig.deliver(1));
        }
    }

    @Test
    void shouldRetryAtOnceWhenANewLeaderIsKnown() {
        try (Rig rig = Rig.builder().lingerNs(0).build()) {
            rig.leaders(1);
            rig.append(0, "a");
            rig.poll();
            rig.accumulator.retry(rig.drain(1).get(0), rig.now() + 100 * MS);
            rig.leaders(1);
            assertEquals(List.of(), rig.drain(1), "no new epoch, no new leader");
            rig.accumulator.updateCluster(Rig.cluster(2, 2));
            assertEquals(List.of("a"), rig.deliver(2));
        }
    }

    @Test
    void shouldReportExpiredBatchesThatWait() {
        try (Rig rig = Rig.builder().batchBytes(0).deliveryTimeoutNs(1_000 * MS).build()) {
            rig.leaders(-1);
            rig.append(0, "a");
            rig.append(0, "b");
            rig.poll();
            rig.advance(500 * MS);
            rig.append(0, "c");
            rig.poll();
            assertEquals(0, rig.accumulator.pollExpired(rig.now(), (batch, inFlight) -> {
            }));
            rig.advance(500 * MS);
            final List<Object> expired = new ArrayList<>();
            assertEquals(2, rig.accumulator.pollExpired(rig.now(), (batch, inFlight) -> {
                assertFalse(inFlight);
                assertTrue(batch.isExpired());
                expired.addAll(rig.finish(batch));
            }));
            assertEquals(List.of("a", "b"), expired);
            rig.leaders(1);
            assertEquals(List.of("c"), rig.deliver(1));
        }
    }

    /** As when the process was suspended; found by the simulator's seeds 697, 903 and 1176. */
    @Test
    void shouldReportExpiredBatchesInOrderWhenAllTimersAreLate() {
        try (Rig rig = Rig.builder().batchBytes(0).lingerNs(10 * MS).deliveryTimeoutNs(1_000 * MS).build()) {
            rig.leaders(-1);
            rig.append(0, "a");
            rig.poll();
            rig.advance(10 * MS);
            rig.poll();
            rig.append(0, "b");
            rig.poll();
            rig.advance(5_000 * MS);
            rig.poll();
            final List<Object> expired = new ArrayList<>();
            assertEquals(2,
                    rig.accumulator.pollExpired(rig.now(), (batch, inFlight) -> expired.addAll(rig.finish(batch))));
            assertEquals(List.of("a", "b"), expired);
        }
    }

    @Test
    void shouldReportExpiredOpenBatches() {
        try (Rig rig = Rig.builder().deliveryTimeoutNs(1 * MS).build()) {
            rig.leaders(1);
            rig.append(0, "a");
            rig.append(0, "b");
            rig.advance(1 * MS);
            rig.poll();
            final List<Object> expired = new ArrayList<>();
            assertEquals(1,
                    rig.accumulator.pollExpired(rig.now(), (batch, inFlight) -> expired.addAll(rig.finish(batch))));
            assertEquals(List.of("a", "b"), expired);
            assertEquals(List.of(), rig.drain(1));
        }
    }

    @Test
    void shouldReportExpiredBatchesInFlightOnceAndKeepTheirMemory() {
        try (Rig rig = Rig.builder().lingerNs(0).deliveryTimeoutNs(1_000 * MS).build()) {
            rig.leaders(1);
            rig.append(0, "a");
            rig.poll();
            final Batch batch = rig.drain(1).get(0);
            final byte[] bytes = Rig.sealed(batch);
            rig.advance(1_000 * MS);
            final List<Object> expired = new ArrayList<>();
            assertEquals(1, rig.accumulator.pollExpired(rig.now(), (b, inFlight) -> {
                assertTrue(inFlight);
                b.complete((c, i, r) -> expired.add(c));
            }));
            assertEquals(List.of("a"), expired);
            assertEquals(0, rig.accumulator.pollExpired(rig.now() + MS, (b, inFlight) -> {
            }));
            assertEquals(2048, rig.pool.usedBytes(), "the socket may still read it");
            assertEquals(List.of("a"), Rig.kafkaValues(Rig.bytes(batch)));
            assertEquals(List.of("a"), Rig.kafkaValues(bytes));
            assertThrows(IllegalStateException.class, () -> rig.accumulator.retry(batch, rig.now()));
            rig.accumulator.release(batch);
        }
    }

    @Test
    void shouldReportABatchThatExpiredBeforeItsRetry() {
        try (Rig rig = Rig.builder().lingerNs(0).deliveryTimeoutNs(1_000 * MS).build()) {
            rig.leaders(1);
            rig.append(0, "a");
            rig.append(0, "b");
            rig.poll();
            final Batch batch = rig.drain(1).get(0);
            rig.advance(1_000 * MS);
            rig.poll();
            rig.accumulator.retry(batch, rig.now());
            final List<Object> expired = new ArrayList<>();
            rig.accumulator.pollExpired(rig.now(), (b, inFlight) -> {
                assertFalse(inFlight);
                expired.addAll(rig.finish(b));
            });
            assertEquals(List.of("a", "b"), expired);
            assertEquals(List.of(), rig.drain(1));
        }
    }

    @Test
    void shouldForgetTheExpiryOfABatchThatWasReleased() {
        try (Rig rig = Rig.builder().lingerNs(0).deliveryTimeoutNs(1_000 * MS).build()) {
            rig.leaders(1, 1, 1);
            for (int partition = 0; partition < 3; partition++) {
                rig.append(partition, "p" + partition);
            }
            rig.poll();
            final List<Batch> batches = rig.drain(1);
            rig.advance(1_000 * MS);
            rig.poll();
            rig.finish(batches.get(1));
            rig.finish(batches.get(2));
            final List<Object> expired = new ArrayList<>();
            rig.accumulator.pollExpired(rig.now(), (b, inFlight) -> expired.addAll(rig.finish(b)));
            assertEquals(List.of("p0"), expired);
        }
    }

    @Test
    void shouldAbortWhatIsNotInFlight() {
        try (Rig rig = Rig.builder().batchBytes(150).build()) {
            rig.leaders(1, 2, -1);
            for (int i = 0; i < 4; i++) {
                for (int partition = 0; partition < 3; partition++) {
                    rig.append(partition, partition + "." + i + "x".repeat(40));
                }
            }
            rig.poll();
            final List<Batch> inFlight = rig.drain(1);
            assertEquals(1, inFlight.size());
            final List<String> aborted = new ArrayList<>();
            assertEquals(0, rig.accumulator.abortQueued((batch, flying) -> {
                assertFalse(flying);
                rig.finish(batch).forEach(value -> aborted.add(((String) value).substring(0, 3)));
            }));
            for (int partition = 0; partition < 3; partition++) {
                final String prefix = partition + ".";
                final List<String> ofPartition = aborted.stream().filter(v -> v.startsWith(prefix))
                        .collect(Collectors.toList());
                assertEquals(ofPartition.stream().sorted().collect(Collectors.toList()), ofPartition);
                assertEquals(partition == 0 ? 4 - inFlight.get(0).recordCount() : 4, ofPartition.size());
            }
            assertEquals(0, rig.accumulator.queuedBatches());
            rig.finishAll(inFlight);
            rig.append(0, "goes on");
            rig.advance(5 * MS);
            rig.poll();
            assertEquals(List.of("goes on"), rig.deliver(1));
        }
    }

    @Test
    void shouldMakeEverythingDueOnClose() {
        try (Rig rig = Rig.builder().build()) {
            rig.leaders(1, 1);
            rig.append(0, "a");
            rig.poll();
            rig.append(1, "b");
            rig.accumulator.close();
            rig.accumulator.close();
            assertTrue(rig.accumulator.isClosed());
            assertFalse(rig.accumulator.prepareSleep(RecordAccumulator.NO_DEADLINE));
            rig.poll();
            assertEquals(List.of("a", "b"), rig.deliver(1));
            assertTrue(rig.accumulator.prepareSleep(RecordAccumulator.NO_DEADLINE));
        }
    }

    @Test
    void shouldRefuseToReleaseOrCompleteTwice() {
        try (Rig rig = Rig.builder().lingerNs(0).build()) {
            rig.leaders(1);
            rig.append(0, "a");
            rig.poll();
            final Batch batch = rig.drain(1).get(0);
            assertThrows(IllegalStateException.class, () -> rig.accumulator.release(batch),
                    "records without an outcome");
            batch.complete((c, i, r) -> {
            });
            assertThrows(IllegalStateException.class, () -> batch.complete((c, i, r) -> {
            }));
            assertThrows(IllegalStateException.class, () -> rig.accumulator.retry(batch, rig.now()));
            rig.accumulator.release(batch);
            assertThrows(IllegalStateException.class, () -> rig.accumulator.release(batch));
            assertThrows(IllegalStateException.class, () -> batch.seal(1, (short) 1, 1, false));
        }
    }

    @Test
    void shouldHandOutAllCompletionsEvenIfTheHandlerThrows() {
        try (Rig rig = Rig.builder().lingerNs(0).build()) {
            rig.leaders(1);
            for (int i = 0; i < 4; i++) {
                rig.append(0, "v" + i);
            }
            rig.poll();
            final Batch batch = rig.drain(1).get(0);
            final CompletableFuture<Void> flush = rig.accumulator.beginFlush();
            rig.poll();
            final List<Object> seen = new ArrayList<>();
            final Error thrown = assertThrows(AssertionError.class, () -> batch.complete((c, i, r) -> {
                seen.add(c);
                if (i == 1) {
                    throw new AssertionError("an error");
                }
                if (i == 2) {
                    throw new IllegalArgumentException("an exception");
                }
            }));
            assertEquals("an error", thrown.getMessage());
            assertEquals("an exception", thrown.getSuppressed()[0].getMessage());
            assertEquals(List.of("v0", "v1", "v2", "v3"), seen);
            assertTrue(flush.isDone());
            rig.accumulator.release(batch);
        }
    }

    @Test
    void shouldLetAHandlerCompleteAnotherBatch() {
        try (Rig rig = Rig.builder().lingerNs(0).build()) {
            rig.leaders(1, 1);
            for (int i = 0; i < 3; i++) {
                rig.append(0, "a" + i);
                rig.append(1, "b" + i);
            }
            rig.poll();
            final List<Batch> batches = rig.drain(1);
            final List<Object> seen = new ArrayList<>();
            batches.get(0).complete((c, i, r) -> {
                seen.add(c);
                if (i == 1) {
                    seen.addAll(rig.finish(batches.get(1)));
                }
            });
            rig.accumulator.release(batches.get(0));
            assertEquals(List.of("a0", "a1", "b0", "b1", "b2", "a2"), seen);
        }
    }

    // ---- a writer that stands still

    @Test
    void shouldNotSendABatchWithAnUncommittedRecordNorWaitForIt() {
        try (Rig rig = Rig.builder().lingerNs(0).build()) {
            rig.leaders(1, 1);
            rig.append(0, "a");
            final Claim claim = new Claim();
            rig.accumulator.tryClaim(rig.queue(0), 1_000, -1, 1, "stalled", claim);
            rig.append(0, "b");
            rig.append(1, "other");
            rig.poll();
            assertEquals(List.of("other"), rig.deliver(1));
            assertEquals(0, rig.accumulator.readyPartitions(1), "the I/O thread has nothing to spin on");
            for (int i = 0; i < 1_000; i++) {
                rig.append(0, "behind" + i + "x".repeat(100));
            }
            rig.poll();
            assertEquals(List.of(), rig.drain(1), "order is kept");
            claim.segment().putByte(claim.valueOffset(), (byte) 's');
            claim.commit();
            rig.poll();
            final Batch batch = rig.drain(1).get(0);
            assertEquals(List.of("a", "s", "b"), Rig.kafkaValues(Rig.sealed(batch)));
            assertEquals(List.of("a", "stalled", "b"), rig.finish(batch));
            assertEquals(1_000, rig.deliver(1).size());
        }
    }

    @Test
    void shouldExpireAndAbortAroundAStalledWriter() {
        try (Rig rig = Rig.builder().lingerNs(0).deliveryTimeoutNs(1_000 * MS).batchBytes(1_000).build()) {
            rig.leaders(1);
            final Claim claim = new Claim();
            rig.append(0, "a");
            rig.accumulator.tryClaim(rig.queue(0), 1_000, -1, 1, "stalled", claim);
            rig.poll();
            final CompletableFuture<Void> flush = rig.accumulator.beginFlush();
            rig.advance(1_000 * MS);
            rig.poll();
            final List<Object> ended = new ArrayList<>();
            final BatchHandler end = (batch, inFlight) -> ended.addAll(rig.finish(batch));
            assertEquals(0, rig.accumulator.pollExpired(rig.now(), end), "cannot be reported before it is complete");
            rig.append(0, "behind");
            rig.poll();
            assertEquals(1, rig.accumulator.abortQueued(end));
            assertEquals(List.of("behind"), ended);
            assertFalse(flush.isDone());
            claim.segment().putByte(claim.valueOffset(), (byte) 's');
            claim.commit();
            rig.poll();
            assertEquals(1, rig.accumulator.pollExpired(rig.now(), end));
            assertEquals(List.of("behind", "a", "stalled"), ended);
            assertTrue(flush.isDone());
            assertEquals(0, rig.accumulator.abortQueued(end));
        }
    }

    @Test
    void shouldAbortAPartitionInOrderOnceItsStalledWriterHasCommitted() {
        try (Rig rig = Rig.builder().batchBytes(100).build()) {
            rig.leaders(1);
            final Claim claim = new Claim();
            rig.accumulator.tryClaim(rig.queue(0), 1_000, -1, 40, "stalled", claim);
            rig.append(0, "x".repeat(40), "behind");
            rig.poll();
            final List<Object> ended = new ArrayList<>();
            final BatchHandler end = (batch, inFlight) -> ended.addAll(rig.finish(batch));
            assertEquals(2, rig.accumulator.abortQueued(end));
            assertEquals(List.of(), ended);
            claim.commit();
            rig.poll();
            assertEquals(0, rig.accumulator.abortQueued(end));
            assertEquals(List.of("stalled", "behind"), ended);
        }
    }

    @Test
    void shouldReportABatchAgainThatWasInFlightWhenItExpiredAndIsRetried() {
        try (Rig rig = Rig.builder().lingerNs(0).deliveryTimeoutNs(1_000 * MS).build()) {
            rig.leaders(1);
            rig.append(0, "a");
            rig.poll();
            final Batch batch = rig.drain(1).get(0);
            rig.advance(1_000 * MS);
            final List<Boolean> flights = new ArrayList<>();
            assertEquals(1, rig.accumulator.pollExpired(rig.now(), (b, inFlight) -> flights.add(inFlight)));
            rig.accumulator.retry(batch, rig.now());
            assertEquals(1, rig.accumulator.pollExpired(rig.now(), (b, inFlight) -> {
                flights.add(inFlight);
                assertEquals(List.of("a"), rig.finish(b));
            }));
            assertEquals(List.of(true, false), flights);
        }
    }

    @Test
    void shouldNotSleepWhenABatchCouldNotBeSealedAmidASwitch() {
        final Runnable[] amidSwitch = {null};
        try (Rig rig = Rig.builder().lingerNs(0).segmentBytes(256).queueFactory((accumulator, partition, sizer,
                leader) -> new PartitionQueue(accumulator, partition, sizer, leader) {
                    @Override
                    NodeRing leader() {
                        final Runnable action = amidSwitch[0];
                        amidSwitch[0] = null;
                        if (action != null && isSwitching()) {
                            action.run();
                        } else {
                            amidSwitch[0] = action;
                        }
                        return super.leader();
                    }
                }).build()) {
            rig.leaders(1);
            rig.append(0, "a".repeat(150));
            rig.poll();
            final boolean[] ran = {false};
            amidSwitch[0] = () -> {
                ran[0] = true;
                assertEquals(List.of(), rig.drain(1));
                assertEquals(1, rig.accumulator.readyPartitions(1));
                assertEquals(rig.now(), rig.accumulator.nextDeadlineNs(rig.now()));
                assertFalse(rig.accumulator.prepareSleep(RecordAccumulator.NO_DEADLINE));
            };
            rig.append(0, "b".repeat(150));
            assertTrue(ran[0]);
            rig.poll();
            final List<Batch> batches = rig.drain(1);
            assertEquals(2, batches.get(0).bufferCount());
            rig.finishAll(batches);
        }
    }

    // ---- sleeping

    @Test
    void shouldWakeTheSleepingThreadOnlyForWhatCannotWait() {
        try (Rig rig = Rig.builder().batchBytes(1_000).build()) {
            rig.leaders(1, 1, 1, 1);
            rig.append(0, "a");
            assertEquals(0, rig.wakes.get(), "awake");
            assertFalse(rig.accumulator.prepareSleep(RecordAccumulator.NO_DEADLINE), "there is an event");
            rig.poll();
            assertTrue(rig.accumulator.prepareSleep(rig.accumulator.nextDeadlineNs(rig.now())));
            rig.advance(MS);
            rig.append(1, "b");
            assertEquals(0, rig.wakes.get(), "its linger time ends later than the sleep");
            rig.append(1, "x".repeat(925));
            assertEquals(1, rig.wakes.get(), "a full batch");
            rig.append(1, "x".repeat(925));
            assertEquals(1, rig.wakes.get(), "once per sleep");
            rig.accumulator.awake();
            rig.poll();
            assertEquals(2, rig.deliver(1).size());
            rig.advance(20 * MS);
            rig.poll();
            assertEquals(2, rig.deliver(1).size());
            assertTrue(rig.accumulator.prepareSleep(rig.now() + 100 * MS));
            rig.append(2, "c");
            assertEquals(2, rig.wakes.get(), "its linger time ends before the sleep");
            rig.poll();
            assertTrue(rig.accumulator.prepareSleep(RecordAccumulator.NO_DEADLINE));
            rig.append(3, "d");
            assertEquals(3, rig.wakes.get());
            rig.poll();
            assertTrue(rig.accumulator.prepareSleep(RecordAccumulator.NO_DEADLINE));
            rig.accumulator.beginFlush();
            assertEquals(4, rig.wakes.get());
            rig.poll();
            assertEquals(2, rig.deliver(1).size());
            assertTrue(rig.accumulator.prepareSleep(RecordAccumulator.NO_DEADLINE));
            rig.accumulator.close();
            assertEquals(5, rig.wakes.get());
        }
    }

    /** What makes a sleep of one linger time cheap: whenever in it a batch is opened, nobody wakes the I/O thread, and the batch is found before it is due. */
    @Test
    void shouldNotBeWokenForABatchDuringASleepOfOneLingerTime() {
        for (long afterNs = 0; afterNs <= 5 * MS; afterNs += MS / 4) {
            try (Rig rig = Rig.builder().build()) {
                rig.leaders(1);
                final long untilNs = rig.now() + 5 * MS;
                assertTrue(rig.accumulator.prepareSleep(untilNs));
                rig.advance(afterNs);
                final long openedNs = rig.now();
                rig.append(0, "a");
                assertEquals(0, rig.wakes.get(), "opened after " + afterNs);
                rig.clock.set(untilNs);
                rig.accumulator.awake();
                rig.poll();
                assertEquals(1, rig.accumulator.queuedBatches(), "found");
                assertTrue(openedNs + 5 * MS - rig.now() >= 0, "in time");
                rig.clock.set(openedNs + 5 * MS);
                rig.poll();
                assertEquals(List.of("a"), rig.deliver(1));
            }
        }
        try (Rig rig = Rig.builder().build()) {
            rig.leaders(1);
            assertTrue(rig.accumulator.prepareSleep(rig.now() + 5 * MS));
            // Its appender had read the clock before the I/O thread did.
            rig.advance(-1);
            rig.append(0, "a");
            assertEquals(1, rig.wakes.get(), "due before the sleep ends");
            rig.accumulator.awake();
            rig.advance(5 * MS);
            rig.poll();
            assertEquals(List.of("a"), rig.deliver(1));
        }
    }

    @Test
    void shouldMakeDueEarlyWhatLingersAndNothingElse() {
        try (Rig rig = Rig.builder().build()) {
            rig.leaders(1, 1, 2, 1);
            rig.append(0, "a");
            rig.poll();
            rig.advance(MS);
            rig.append(1, "b");
            rig.advance(MS);
            rig.append(2, "c");
            rig.poll();
            assertEquals(0, rig.accumulator.pollEarly(rig.now(), 3 * MS - 1, 4 * MS), "none is nearly over");
            assertEquals(rig.now() + 2 * MS, rig.accumulator.nextDeadlineNs(rig.now(), MS));
            assertEquals(rig.now(), rig.accumulator.nextDeadlineNs(rig.now(), 4 * MS), "not before now");
            assertEquals(2, rig.accumulator.pollEarly(rig.now(), 3 * MS, 4 * MS));
            assertEquals(0, rig.accumulator.pollEarly(rig.now(), 3 * MS, 4 * MS), "once");
            assertEquals(rig.now() + 4 * MS, rig.accumulator.nextDeadlineNs(rig.now(), MS), "c's");
            rig.append(0, "d");
            final List<Batch> batches = rig.drain(1);
            assertEquals(2, batches.size());
            assertEquals(List.of("a", "d"), rig.finish(batches.get(0)), "what is due still grows");
            rig.accumulator.retry(batches.get(1), rig.now() + 2 * MS);
            assertEquals(0, rig.accumulator.pollEarly(rig.now(), 4 * MS, 4 * MS), "no backoff is cut short");
            assertEquals(rig.now() + 2 * MS, rig.accumulator.nextDeadlineNs(rig.now(), MS));
            assertEquals(List.of(), rig.deliver(1));
            rig.advance(2 * MS);
            rig.poll();
            assertEquals(0, rig.accumulator.pollEarly(rig.now(), 0, 3 * MS), "what was over was no linger time");
            assertEquals(List.of("b"), rig.deliver(1));
            rig.append(3, "e");
            rig.advance(3 * MS);
            rig.poll();
            assertEquals(0, rig.accumulator.pollEarly(rig.now(), 0, 2 * MS - 1));
            assertEquals(1, rig.accumulator.pollEarly(rig.now(), 0, 2 * MS), "goes with the one before");
            assertEquals(List.of("c"), rig.deliver(2));
            assertEquals(List.of("e"), rig.deliver(1));
        }
    }

    @Test
    void shouldNotExpireEarlyWhatWouldLingerLonger() {
        try (Rig rig = Rig.builder().lingerNs(10 * MS).deliveryTimeoutNs(4 * MS).build()) {
            rig.leaders(1);
            rig.append(0, "a");
            rig.poll();
            assertEquals(0, rig.accumulator.pollEarly(rig.now(), 9 * MS, 9 * MS));
            assertEquals(rig.now() + 4 * MS, rig.accumulator.nextDeadlineNs(rig.now(), MS));
            assertEquals(0, rig.accumulator.pollExpired(rig.now(), (batch, inFlight) -> rig.finish(batch)));
            rig.advance(4 * MS);
            rig.poll();
            assertEquals(1, rig.accumulator.pollExpired(rig.now(), (batch, inFlight) -> rig.finish(batch)));
        }
    }

    @Test
    void shouldSayForHowLongBatchesHadBetterComeTogether() {
        try (Rig rig = Rig.builder().batchBytes(1_000).build()) {
            rig.leaders(1, 1);
            assertEquals(0, rig.accumulator.gatherNs(1, 1_500, MS, rig.now()), "nobody knows it");
            rig.append(0, "x".repeat(900));
            rig.append(0, "x".repeat(900));
            rig.poll();
            assertEquals(MS, rig.accumulator.gatherNs(1, 1_500, MS, rig.now()), "one full batch");
            assertTrue(rig.accumulator.gatherNs(1, 900, MS, rig.now()) <= 0, "it has more than 900 bytes");
            rig.advance(MS / 4);
            rig.poll();
            assertEquals(MS - MS / 4, rig.accumulator.gatherNs(1, 1_500, MS, rig.now()));
            rig.append(0, "x".repeat(900));
            rig.poll();
            assertTrue(rig.accumulator.gatherNs(1, 1_500, MS, rig.now()) <= 0, "two of them");
            rig.finishAll(rig.drain(1));
            assertEquals(MS, rig.accumulator.gatherNs(1, 1_500, MS, rig.now()), "from the drain on");
            rig.advance(MS);
            rig.poll();
            assertTrue(rig.accumulator.gatherNs(1, 1_500, MS, rig.now()) <= 0, "the time is over");
            rig.finishAll(rig.drain(1));
            rig.accumulator.beginFlush();
            rig.poll();
            assertTrue(rig.accumulator.gatherNs(1, 1_500, MS, rig.now()) <= 0, "a flush is waited for");
            rig.finishAll(rig.drain(1));
            assertEquals(MS, rig.accumulator.gatherNs(1, 1_500, MS, rig.now()));
            rig.accumulator.close();
            assertTrue(rig.accumulator.gatherNs(1, 1_500, MS, rig.now()) <= 0, "closed");
        }
    }

    @Test
    void shouldNotLetABatchWaitForOthersWhoseLingerTimeIsOver() {
        try (Rig rig = Rig.builder().batchBytes(1_000).lingerNs(5 * MS).build()) {
            rig.leaders(1, 1);
            rig.append(1, "lingers");
            rig.append(0, "x".repeat(900));
            rig.append(0, "x".repeat(900));
            rig.advance(5 * MS - MS / 2);
            rig.poll();
            assertEquals(1, rig.deliver(1).size());
            assertEquals(MS, rig.accumulator.gatherNs(1, 1_500, MS, rig.now()));
            rig.advance(MS / 2);
            rig.poll();
            assertTrue(rig.accumulator.gatherNs(1, 1_500, MS, rig.now()) <= 0);
            assertEquals(2, rig.deliver(1).size());
        }
    }

    @Test
    void shouldLetFullBatchesComeTogetherBeforeTheyWake() {
        try (Rig rig = Rig.builder().batchBytes(1_000).build()) {
            rig.leaders(1, 1, 1, 1);
            assertTrue(rig.accumulator.prepareSleep(rig.now() + MS, 3));
            rig.append(0, "x".repeat(900));
            rig.append(0, "x".repeat(900));
            rig.append(0, "x".repeat(900));
            assertEquals(0, rig.wakes.get(), "two full batches");
            rig.append(0, "x".repeat(900));
            assertEquals(1, rig.wakes.get(), "three");
            rig.append(0, "x".repeat(900));
            assertEquals(1, rig.wakes.get(), "once per sleep");
            rig.accumulator.awake();
            rig.poll();
            assertEquals(4, rig.deliver(1).size());
            assertTrue(rig.accumulator.prepareSleep(rig.now() + MS, 3));
            rig.accumulator.beginFlush();
            assertEquals(2, rig.wakes.get(), "a flush does not wait");
            rig.poll();
            assertEquals(1, rig.deliver(1).size());
            assertTrue(rig.accumulator.prepareSleep(RecordAccumulator.NO_DEADLINE));
            rig.append(1, "x".repeat(900));
            assertEquals(3, rig.wakes.get(), "its linger time");
            rig.poll();
            assertTrue(rig.accumulator.prepareSleep(rig.now() + MS));
            rig.append(1, "x".repeat(900));
            assertEquals(4, rig.wakes.get(), "one full batch, as before");
            rig.advance(20 * MS);
            rig.poll();
            assertEquals(2, rig.deliver(1).size());
        }
    }

    @Test
    void shouldWorkAcrossTheWrapOfTheNanoClock() {
        try (Rig rig = Rig.builder().deliveryTimeoutNs(1_000 * MS).build()) {
            rig.leaders(1);
            rig.clock.set(Long.MAX_VALUE - 2 * MS);
            rig.append(0, "a");
            rig.poll();
            assertEquals(Long.MAX_VALUE - 2 * MS + 5 * MS, rig.accumulator.nextDeadlineNs(rig.now()));
            assertEquals(List.of(), rig.drain(1));
            rig.advance(5 * MS);
            rig.poll();
            assertEquals(0, rig.accumulator.pollExpired(rig.now(), (batch, inFlight) -> rig.finish(batch)));
            assertEquals(List.of("a"), rig.deliver(1));
        }
    }

    @Test
    void shouldRefuseBadSettings() {
        assertThrows(NullPointerException.class, () -> RecordAccumulator.builder().build());
        try (Rig rig = Rig.builder().build()) {
            final IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                    () -> RecordAccumulator.builder()
                            .pool(rig.pool).nanoClock(() -> 0).batchBytes(-1).build());
            assertEquals("batchBytes must not be negative: batchBytes=-1", e.getMessage());
            assertThrows(IllegalArgumentException.class,
                    () -> RecordAccumulator.builder().pool(rig.pool).nanoClock(() -> 0).lingerNs(Long.MAX_VALUE)
                            .build());
        }
    }
}
