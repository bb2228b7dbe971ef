package io.kp.accumulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

import io.kp.memory.BufferPool;
import io.kp.memory.Parker;
import io.kp.memory.PoolExhaustedException;
import io.kp.metadata.TopicPartition;
import org.junit.jupiter.api.Test;

/** Many threads against one I/O thread, and a broken queue to show that the checker would notice. */
class ConcurrentAppendTest {
    @Test
    void shouldDeliverEachRecordOnceAndInOrderWithLittleMemory() throws InterruptedException {
        final StressRun run = new StressRun();
        assertEquals(List.of(), run.violations());
        assertTrue(run.delivered() > 45_000, () -> "delivered=" + run.delivered());
    }

    @Test
    void shouldDeliverEachRecordOnceAndInOrderWithEnoughMemory() throws InterruptedException {
        final StressRun run = new StressRun();
        run.segmentBytes = 2048;
        run.capacityBytes = 4 << 20;
        run.batchBytes = 16_384;
        run.lingerNs = 200_000;
        run.appenders = 4;
        assertEquals(List.of(), run.violations());
    }

    @Test
    void shouldDeliverEachRecordOnceAndInOrderInTinyBatches() throws InterruptedException {
        final StressRun run = new StressRun();
        run.segmentBytes = 256;
        run.capacityBytes = 16 * 1024;
        run.batchBytes = 0;
        run.maxValueBytes = 20;
        run.recordsPerAppender = 10_000;
        assertEquals(List.of(), run.violations());
    }

    @Test
    void shouldDeliverWhatWasAcceptedBeforeTheClose() throws InterruptedException {
        for (int i = 0; i < 20; i++) {
            final StressRun run = new StressRun();
            run.closeMidway = true;
            run.lingerNs = 1_000_000_000_000L;
            run.recordsPerAppender = 100_000;
            assertEquals(List.of(), run.violations());
        }
    }

    @Test
    void shouldNoticeACommitBeforeTheWrite() throws InterruptedException {
        final StressRun run = new StressRun();
        run.factory = CommitsBeforeItWrites::new;
        assertFalse(run.violations().isEmpty());
    }

    @Test
    void shouldNoticeACommitBeforeTheCompletionObject() throws InterruptedException {
        final StressRun run = new StressRun();
        run.recordsPerAppender = 2_000;
        run.factory = CommitsBeforeTheCompletionObject::new;
        assertFalse(run.violations().isEmpty());
    }

    @Test
    void shouldNoticeADrainThatDoesNotWaitForTheCommits() throws InterruptedException {
        final StressRun run = new StressRun();
        run.factory = TakesAClosedBatchForComplete::new;
        assertFalse(run.violations().isEmpty());
    }

    @Test
    void shouldDeliverEachRecordOnceAndInOrderWhenThreadsLoseTheirProcessorAnywhere() throws InterruptedException {
        final StressRun run = new StressRun();
        run.recordsPerAppender = 8_000;
        run.factory = Interrupted::new;
        assertEquals(List.of(), run.violations());
    }

    @Test
    void shouldDeliverEachRecordOnceAndInOrderWhenWhoLosesLeaves() throws InterruptedException {
        final StressRun run = new StressRun();
        run.recordsPerAppender = 8_000;
        run.partitions = 1;
        run.factory = LeavesAtOnce::new;
        assertEquals(List.of(), run.violations());
    }

    @Test
    void shouldLeaveOnlyIfItMayWait() {
        final AtomicLong left = new AtomicLong();
        final BufferPool pool = BufferPool.builder().segmentBytes(1024).capacityBytes(64 * 1024).build();
        final RecordAccumulator accumulator = RecordAccumulator.builder().pool(pool).nanoClock(System::nanoTime)
                .batchBytes(16 * 1024).lingerNs(Long.MAX_VALUE / 8).queueFactory(LeavesAtOnce::new)
                .parker(new Parker() {
                    @Override
                    public void park(final Object blocker, final long nanos) {
                        left.incrementAndGet();
                    }

                    @Override
                    public void unpark(final Thread thread) {
                        throw new AssertionError("nobody is woken");
                    }
                }).build();
        accumulator.updateCluster(Rig.cluster(1, 1));
        final PartitionQueue queue = accumulator.topic(Rig.TOPIC).partition(0);
        appendAtOnce(accumulator, queue, 0, () -> queue.claimedRecords() > 20_000);
        assertEquals(0, left.get());
        appendAtOnce(accumulator, queue, Long.MAX_VALUE / 8, () -> left.get() > 0);
        accumulator.close();
        accumulator.poll(System.nanoTime());
        accumulator.abortQueued((batch, inFlight) -> {
            batch.complete((completion, index, record) -> {
            });
            accumulator.release(batch);
        });
        assertEquals(0, pool.usedBytes());
    }

    /** Two threads append and send until it is enough. */
    private static void appendAtOnce(final RecordAccumulator accumulator, final PartitionQueue queue,
            final long timeoutNs, final BooleanSupplier isEnough) {
        final AtomicBoolean enough = new AtomicBoolean();
        final List<CompletableFuture<Void>> appenders = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            appenders.add(CompletableFuture.runAsync(() -> {
                while (!enough.get()) {
                    try {
                        accumulator.append(queue, 1_000, null, new byte[1], null, null, timeoutNs);
                    } catch (final PoolExhaustedException e) {
                        assertEquals(0, timeoutNs);
                    } catch (final InterruptedException e) {
                        throw new AssertionError(e);
                    }
                }
            }));
        }
        final List<Batch> batches = new ArrayList<>();
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
            while (!enough.get() || appenders.stream().anyMatch(appender -> !appender.isDone())) {
                final long nowNs = System.nanoTime();
                accumulator.poll(nowNs);
                accumulator.drain(1, Integer.MAX_VALUE, DrainFilter.ALL, batches, nowNs);
                for (final Batch batch : batches) {
                    batch.complete((completion, index, record) -> {
                    });
                    accumulator.release(batch);
                }
                batches.clear();
                if (isEnough.getAsBoolean()) {
                    enough.set(true);
                }
            }
            for (final CompletableFuture<Void> appender : appenders) {
                appender.get();
            }
        });
    }

    private static final class LeavesAtOnce extends PartitionQueue {
        LeavesAtOnce(final RecordAccumulator accumulator, final TopicPartition topicPartition,
                final SegmentSizer sizer, final NodeRing leader) {
            super(accumulator, topicPartition, sizer, leader);
        }

        @Override
        boolean isCrowded(final int sequence) {
            return true;
        }
    }

    /** Loses the processor now and then between the steps of an append and of a seal, where the windows are otherwise small. */
    private static class Interrupted extends PartitionQueue {
        Interrupted(final RecordAccumulator accumulator, final TopicPartition topicPartition, final SegmentSizer sizer,
                final NodeRing leader) {
            super(accumulator, topicPartition, sizer, leader);
        }

        private static void yieldSometimes() {
            if (ThreadLocalRandom.current().nextInt(4) == 0) {
                Thread.yield();
            }
        }

        @Override
        void put(final SegmentNode node, final Batch open, final int slot, final int position, final int bodyBytes,
                final long timestampDelta, final int index, final byte[] key, final byte[] value,
                final RecordHeaders headers) {
            yieldSometimes();
            super.put(node, open, slot, position, bodyBytes, timestampDelta, index, key, value, headers);
            yieldSometimes();
        }

        @Override
        void commit(final SegmentNode node, final Batch open, final int slot, final long timestampMs,
                final Object completion) {
            super.commit(node, open, slot, timestampMs, completion);
            yieldSometimes();
        }

        @Override
        NodeRing leader() {
            // Read in the section that switches segments.
            yieldSometimes();
            return super.leader();
        }

        @Override
        int seal(final Batch wanted) {
            yieldSometimes();
            return super.seal(wanted);
        }
    }

    /** Lets the I/O thread take a batch although records of it are still being written. */
    private static final class TakesAClosedBatchForComplete extends Interrupted {
        TakesAClosedBatchForComplete(final RecordAccumulator accumulator, final TopicPartition topicPartition,
                final SegmentSizer sizer, final NodeRing leader) {
            super(accumulator, topicPartition, sizer, leader);
        }

        @Override
        int seal(final Batch wanted) {
            final int outcome = super.seal(wanted);
            return outcome == SEALED_PENDING && wanted.recordCount > 0 ? SEALED_COMPLETE : outcome;
        }

        @Override
        void awaitSwitch() {
            // The mistake may end a thread in the middle of a switch: then the others must not spin for ever.
            while (isSwitching()) {
                if (Thread.interrupted()) {
                    throw new IllegalStateException("nobody ends the switch: partition=" + this);
                }
                Thread.onSpinWait();
            }
        }
    }

    /** Publishes a record, and writes its bytes afterwards. */
    private static final class CommitsBeforeItWrites extends PartitionQueue {
        private final ThreadLocal<Runnable> write = new ThreadLocal<>();

        CommitsBeforeItWrites(final RecordAccumulator accumulator, final TopicPartition topicPartition,
                final SegmentSizer sizer, final NodeRing leader) {
            super(accumulator, topicPartition, sizer, leader);
        }

        @Override
        void put(final SegmentNode node, final Batch open, final int slot, final int position, final int bodyBytes,
                final long timestampDelta, final int index, final byte[] key, final byte[] value,
                final RecordHeaders headers) {
            write.set(
                    () -> super.put(node, open, slot, position, bodyBytes, timestampDelta, index, key, value, headers));
        }

        @Override
        void commit(final SegmentNode node, final Batch open, final int slot, final long timestampMs,
                final Object completion) {
            super.commit(node, open, slot, timestampMs, completion);
            final Runnable pending = write.get();
            if (pending != null) {
                write.remove();
                Thread.yield();
                pending.run();
            }
        }
    }

    /** Publishes a record, and stores its completion object afterwards. */
    private static final class CommitsBeforeTheCompletionObject extends PartitionQueue {
        CommitsBeforeTheCompletionObject(final RecordAccumulator accumulator, final TopicPartition topicPartition,
                final SegmentSizer sizer, final NodeRing leader) {
            super(accumulator, topicPartition, sizer, leader);
        }

        @Override
        void commit(final SegmentNode node, final Batch open, final int slot, final long timestampMs,
                final Object completion) {
            if (open.commit()) {
                accumulator().announceComplete(open);
            }
            Thread.yield();
            node.completion(slot, completion);
        }
    }
}
