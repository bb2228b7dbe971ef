package io.kp.client;

import static io.kp.client.ProducerRig.TOPIC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

/** Sequence numbers, epochs, gaps and doubts of one partition, event by event, on real batches. */
class PartitionStateTest {
    private final BufferPool pool = BufferPool.builder().build();
    private final RecordAccumulator accumulator = RecordAccumulator.builder().pool(pool).nanoClock(() -> 0).lingerNs(0)
            .build();
    private final PartitionQueue queue = accumulator.topic(TOPIC).partition(0);
    private final ProducerIdentity identity = new ProducerIdentity(true, null, null,
            new Backoff(1, 1, new SplittableRandom(1)));
    private final List<Batch> live = new ArrayList<>();
    private PartitionState state;

    @BeforeEach
    void leader() {
        accumulator.updateCluster(Cluster.of(1, "test", 1, List.of(new Node(1, "a", 1)), List.of(
                TopicInfo.of(TOPIC, TopicId.ZERO, false, List.of(new PartitionInfo(TOPIC, 0, 1, 1))))));
        identity.become(77, (short) 0);
        state = PartitionState.of(queue);
    }

    @AfterEach
    void allMemoryIsBack() {
        for (final Batch batch : live) {
            if (!batch.isCompleted()) {
                batch.complete((completion, index, record) -> {
                });
            }
            accumulator.release(batch);
        }
        assertEquals(0, pool.usedBytes());
    }

    private Batch batch(final int records) {
        for (int i = 0; i < records; i++) {
            assertTrue(accumulator.tryAppend(queue, 1, null, new byte[10], null, null) > 0);
        }
        accumulator.poll(0);
        final List<Batch> drained = new ArrayList<>();
        accumulator.drain(1, Integer.MAX_VALUE, DrainFilter.ALL, drained, 0);
        live.addAll(drained);
        assertEquals(records, drained.get(0).recordCount());
        return drained.get(0);
    }

    private Batch sent(final int records) {
        final Batch batch = batch(records);
        state.seal(batch, identity);
        state.sent();
        return batch;
    }

    private void acknowledged(final Batch batch) {
        state.returned();
        state.acknowledged(batch);
    }

    private void failed(final Batch batch, final boolean maybeAppended) {
        state.returned();
        state.failed(batch, maybeAppended);
    }

    private void assertSealed(final Batch batch, final int epoch, final int sequence) {
        assertEquals(77, batch.producerId());
        assertEquals(epoch, batch.producerEpoch());
        assertEquals(sequence, batch.baseSequence());
    }

    @Test
    void shouldNumberBatchesInOrder() {
        assertTrue(state.takesNew(identity));
        assertSealed(sent(3), 0, 0);
        assertSealed(sent(2), 0, 3);
        final Batch third = sent(1);
        assertSealed(third, 0, 5);
        assertEquals(3, state.onWire());
        state.seal(third, identity);
        assertSealed(third, 0, 5);
    }

    @ParameterizedTest
    @CsvSource({"0, 1, 1", "2147483646, 1, 2147483647", "2147483647, 1, 0", "2147483640, 10, 2",
            "2147483647, 2147483647, 2147483646",
            "-1, 1, 0"})
    void shouldWrapAfterTheLargestSequence(final int sequence, final int records, final int next) {
        assertEquals(next, PartitionState.after(sequence, records));
        if (sequence >= 0) {
            assertEquals(
                    org.apache.kafka.common.record.internal.DefaultRecordBatch.incrementSequence(sequence, records),
                    PartitionState.after(sequence, records));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2147483640, 2147483645, 2147483647})
    void shouldRetryOnlyTheOldestAcrossTheWrap(final int start) {
        state.goOnAt(identity, start);
        final Batch a = sent(3);
        final Batch b = sent(4);
        final Batch c = sent(1);
        assertSealed(b, 0, PartitionState.after(start, 3));
        state.returned();
        state.returned();
        assertTrue(state.mayRetry(a));
        assertFalse(state.mayRetry(b));
        state.sent();
        acknowledged(a);
        assertTrue(state.mayRetry(b));
        state.sent();
        // Late answers, in the wrong order.
        acknowledged(c);
        acknowledged(b);
        state.resolve(identity);
        assertSealed(sent(1), 0, PartitionState.after(start, 8));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2147483646})
    void shouldNumberAnewBehindAGapWhenNothingIsUnderWay(final int start) {
        state.goOnAt(identity, start);
        final Batch a = sent(2);
        final Batch b = sent(2);
        final Batch c = sent(2);
        failed(b, false);
        assertFalse(state.takesNew(identity), "nothing new behind a gap");
        state.resolve(identity);
        assertSealed(c, 0, PartitionState.after(start, 4));
        assertFalse(state.refused(c), "it came too early, that is all");
        state.returned();
        assertFalse(state.mayRetry(c));
        state.resolve(identity);
        assertSealed(c, 0, PartitionState.after(start, 4));
        acknowledged(a);
        state.resolve(identity);
        assertSealed(c, 1, 0);
        assertTrue(state.mayRetry(c));
        assertFalse(state.takesNew(identity), "the broker does not know the new epoch yet");
        state.sent();
        acknowledged(c);
        assertTrue(state.takesNew(identity));
        assertSealed(sent(1), 1, 2);
    }

    @Test
    void shouldTakeTheEarliestOfTwoGaps() {
        final Batch a = sent(1);
        final Batch b = sent(1);
        final Batch c = sent(1);
        final Batch d = sent(1);
        failed(c, false);
        failed(b, false);
        state.returned();
        assertFalse(state.mayRetry(d));
        acknowledged(a);
        state.resolve(identity);
        assertSealed(d, 1, 0);
        assertEquals(0, state.onWire());
    }

    @Test
    void shouldNumberAnewAfterARefusalOfTheOldest() {
        final Batch a = sent(2);
        final Batch b = sent(2);
        assertTrue(state.refused(a));
        state.returned();
        state.resolve(identity);
        assertSealed(a, 0, 0);
        assertFalse(state.refused(b));
        state.returned();
        state.resolve(identity);
        assertSealed(a, 1, 0);
        assertSealed(b, 1, 2);
        assertTrue(state.mayRetry(a));
        assertFalse(state.mayRetry(b));
    }

    @Test
    void shouldWaitForTheNextOutcomeWhenOneIsUncertain() {
        final Batch a = sent(2);
        final Batch b = sent(2);
        failed(a, true);
        assertFalse(state.takesNew(identity));
        state.resolve(identity);
        assertSealed(b, 0, 2);
        // That b was appended says that a was.
        acknowledged(b);
        state.resolve(identity);
        assertTrue(state.takesNew(identity));
        assertSealed(sent(1), 0, 4);
    }

    @Test
    void shouldStartAnewWhenTheLastIsUncertain() {
        acknowledged(sent(1));
        failed(sent(2), true);
        state.resolve(identity);
        assertTrue(state.takesNew(identity));
        assertSealed(sent(1), 1, 0);
    }

    @Test
    void shouldStartAnewAfterAnUncertainFirstBatch() {
        failed(sent(2), true);
        state.resolve(identity);
        assertSealed(sent(1), 1, 0);
    }

    @Test
    void shouldTakeANewProducerIdWhenEpochsAreUsedUp() {
        identity.become(77, Short.MAX_VALUE);
        final Batch a = sent(1);
        final Batch b = sent(2);
        assertSealed(a, Short.MAX_VALUE, 0);
        failed(a, false);
        state.returned();
        state.resolve(identity);
        assertTrue(identity.isRenewing(), "asked for");
        assertTrue(identity.isKnown(), "others that are drained in the same cycle are not sealed without an id");
        assertFalse(state.mayRetry(b));
        assertFalse(state.takesNew(identity));
        state.resolve(identity);
        identity.become(78, (short) 0);
        state.resolve(identity);
        assertEquals(78, b.producerId());
        assertEquals(0, b.producerEpoch());
        assertEquals(0, b.baseSequence());
        assertTrue(state.mayRetry(b));
    }

    @Test
    void shouldAdoptAnotherProducerIdWhenNothingIsOpen() {
        final Batch a = sent(1);
        identity.become(78, (short) 0);
        assertFalse(state.takesNew(identity));
        acknowledged(a);
        assertTrue(state.takesNew(identity));
        final Batch b = sent(1);
        assertEquals(78, b.producerId());
        assertEquals(0, b.baseSequence());
    }

    @Test
    void shouldGiveTheNumbersOfABatchToItsParts() {
        state.goOnAt(identity, Integer.MAX_VALUE - 2);
        final Batch a = sent(1);
        final Batch whole = sent(6);
        final Batch later = sent(1);
        state.returned();
        final List<Batch> parts = new ArrayList<>();
        assertTrue(accumulator.split(whole, parts) >= 2);
        state.split(whole, parts);
        live.remove(whole);
        accumulator.release(whole);
        int sequence = Integer.MAX_VALUE - 1;
        for (final Batch part : parts) {
            assertSealed(part, 0, sequence);
            sequence = PartitionState.after(sequence, part.recordCount());
        }
        assertSealed(later, 0, sequence);
        assertFalse(state.mayRetry(parts.get(0)), "not before a");
        acknowledged(a);
        assertTrue(state.mayRetry(parts.get(0)));
        assertFalse(state.mayRetry(parts.get(1)));
        assertFalse(state.refused(later));
        final List<Batch> drained = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            accumulator.drain(1, Integer.MAX_VALUE, DrainFilter.ALL, drained, 0);
        }
        assertEquals(parts, drained);
        live.addAll(parts);
        for (final Batch part : parts) {
            state.sent();
            acknowledged(part);
        }
        assertTrue(state.mayRetry(later));
    }

    @Test
    void shouldIgnoreWhatHasNoSequence() {
        final Batch batch = batch(1);
        batch.seal(-1, (short) -1, -1, false);
        state.sent();
        failed(batch, false);
        assertTrue(state.takesNew(identity));
        assertEquals(0, state.onWire());
        assertFalse(state.toString().contains("gap"));
    }
}
