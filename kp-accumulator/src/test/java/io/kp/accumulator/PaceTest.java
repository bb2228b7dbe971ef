package io.kp.accumulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongUnaryOperator;

import io.kp.memory.BufferPool;
import io.kp.memory.Parker;
import io.kp.metadata.Node;
import org.junit.jupiter.api.Test;

/** Who is held up while much waits, for how long, and what counts as waiting. */
class PaceTest {
    private static final long LIMIT = 4 << 20;
    private static final long MS = 1_000_000;

    private final AtomicLong clock = new AtomicLong(77);
    private final List<Long> parked = new ArrayList<>();
    private final NodeRing leader = new NodeRing(1, 16_384);
    private final Pace pace = new Pace(LIMIT, clock::get, sleeper());
    private final List<Batch> waiting = new ArrayList<>();
    /** Bytes that are sent while a caller sleeps, by what waits. */
    private LongUnaryOperator sent = waits -> 0;

    private Parker sleeper() {
        return new Parker() {
            @Override
            public void park(final Object blocker, final long nanos) {
                parked.add(nanos);
                clock.addAndGet(nanos);
                set(leader.waitingBytes() - sent.applyAsLong(leader.waitingBytes()));
            }

            @Override
            public void unpark(final Thread thread) {
                throw new AssertionError("nobody is woken");
            }
        };
    }

    /** So much waits from now on. */
    private void set(final long bytes) {
        waiting.forEach(NodeRing::waitsNoMore);
        waiting.clear();
        final Batch batch = new Batch();
        batch.sizeInBytes = Math.toIntExact(bytes);
        waiting.add(batch);
        leader.waits(batch);
        assertEquals(bytes, leader.waitingBytes());
    }

    @Test
    void shouldHoldUpNobodyUpToTheLimit() {
        set(LIMIT);
        pace.keep(leader);
        assertEquals(List.of(), parked);
        assertEquals(0, pace.heldUp());
    }

    @Test
    void shouldHoldUpUntilHalfIsLeft() {
        set(LIMIT + 1);
        sent = waits -> LIMIT / 4;
        pace.keep(leader);
        assertEquals(List.of(MS, MS, MS), parked);
        set(LIMIT + 1);
        sent = waits -> LIMIT;
        pace.keep(leader);
        assertEquals(List.of(MS, MS, MS, MS), parked);
        assertEquals(2, pace.heldUp());
    }

    @Test
    void shouldHoldUpForNoLongerThanItSays() {
        set(8 * LIMIT);
        sent = waits -> 256 * 1024;
        pace.keep(leader);
        assertEquals(List.of(MS, MS, MS, MS), parked);
        // That was fast enough: the next one is held up too.
        pace.keep(leader);
        assertEquals(8, parked.size());
    }

    @Test
    void shouldLeaveABurstAloneWhereLittleIsSent() {
        set(2 * LIMIT);
        sent = waits -> 255 * 1000;
        pace.keep(leader);
        assertEquals(4, parked.size());
        clock.addAndGet(Pace.FREE_NS - 1);
        pace.keep(leader);
        assertEquals(4, parked.size());
        clock.addAndGet(1);
        pace.keep(leader);
        assertEquals(8, parked.size(), "it looks again after a while");
        assertEquals(2, pace.heldUp());
    }

    @Test
    void shouldHoldUpNobodyWhereThereIsNoLeader() {
        final NodeRing leaderless = new NodeRing(Node.NO_ID, 16_384);
        final Batch batch = new Batch();
        batch.sizeInBytes = Integer.MAX_VALUE;
        leaderless.waits(batch);
        pace.keep(leaderless);
        assertEquals(List.of(), parked);
    }

    @Test
    void shouldHoldUpNobodyWithoutALimit() {
        set(Integer.MAX_VALUE);
        new Pace(0, clock::get, sleeper()).keep(leader);
        assertEquals(List.of(), parked);
    }

    @Test
    void shouldLearnNothingFromACallerThatCannotSleep() {
        set(2 * LIMIT);
        Thread.currentThread().interrupt();
        try {
            pace.keep(leader);
        } finally {
            assertTrue(Thread.interrupted(), "it stays interrupted");
        }
        assertEquals(List.of(), parked);
        sent = waits -> waits;
        pace.keep(leader);
        assertEquals(List.of(MS), parked, "others are held up as before");
    }

    /** Limits of time, and which of the ways into a batch have one. */
    @Test
    void shouldHoldUpOnlyWhoMayWaitForLonger() throws InterruptedException {
        final BufferPool pool = BufferPool.builder().segmentBytes(1024).capacityBytes(1 << 20).build();
        final RecordAccumulator accumulator = RecordAccumulator.builder().pool(pool).nanoClock(clock::get)
                .batchBytes(1024).backlogBytes(2_000).lingerNs(0).parker(sleeper()).build();
        accumulator.updateCluster(Rig.cluster(1, 1));
        final PartitionQueue queue = accumulator.topic(Rig.TOPIC).partition(0);
        final byte[] value = new byte[900];
        set(0);
        final Claim claim = new Claim();
        for (int i = 0; i < 10; i++) {
            accumulator.tryAppend(queue, 1, null, value, null, null);
            accumulator.append(queue, 1, null, value, null, null, Pace.MAX_NS);
            accumulator.tryClaim(queue, 1, -1, 900, null, claim);
            claim.commit();
            accumulator.claim(queue, 1, -1, 900, null, claim, Pace.MAX_NS);
            claim.commit();
            accumulator.poll(clock.get());
        }
        assertEquals(List.of(), parked);
        accumulator.append(queue, 1, null, value, null, null, Pace.MAX_NS + 1);
        assertEquals(4, parked.size());
        clock.addAndGet(Pace.FREE_NS);
        accumulator.claim(queue, 1, -1, 900, null, claim, Pace.MAX_NS + 1);
        claim.commit();
        assertEquals(8, parked.size());
        assertEquals(2, accumulator.heldUpAppends());
        accumulator.close();
        accumulator.poll(clock.get());
        accumulator.abortQueued((batch, inFlight) -> {
            batch.complete((completion, index, record) -> {
            });
            accumulator.release(batch);
        });
        assertEquals(0, accumulator.waitingBytes(1));
        assertEquals(0, pool.usedBytes());
    }

    /** Waiting is what is complete and in its partition; it follows the partition to its next leader. */
    @Test
    void shouldCountWhatWaitsForItsLeader() {
        try (Rig rig = Rig.builder().batchBytes(4_000).deliveryTimeoutNs(50 * MS).build()) {
            rig.leaders(1, 1);
            rig.append(0, "x".repeat(1_000));
            rig.poll();
            assertEquals(0, rig.accumulator.waitingBytes(1), "an open batch grows, it does not wait");
            while (rig.accumulator.completedBatches() < 2) {
                rig.append(0, "x".repeat(1_000));
                rig.poll();
            }
            final long two = rig.accumulator.waitingBytes(1);
            assertTrue(two > 6_000 && two < 8_000, () -> "waitingBytes=" + two);
            final List<Batch> first = rig.drain(1);
            assertEquals(two - first.get(0).sizeInBytes(), rig.accumulator.waitingBytes(1), "in flight is not waiting");
            rig.accumulator.retry(first.get(0), rig.now());
            assertEquals(two, rig.accumulator.waitingBytes(1));
            rig.accumulator.updateCluster(Rig.cluster(2, 2, 1));
            assertEquals(0, rig.accumulator.waitingBytes(1));
            assertEquals(two, rig.accumulator.waitingBytes(2));
            final List<Batch> again = rig.drain(2);
            assertTrue(rig.accumulator.split(again.get(0), new ArrayList<>()) > 1);
            rig.accumulator.release(again.get(0));
            assertTrue(rig.accumulator.waitingBytes(2) > two, "each part has a header of its own");
            rig.advance(60 * MS);
            rig.poll();
            assertEquals(0, rig.accumulator.waitingBytes(2), "what has expired waits no more");
            rig.accumulator.pollExpired(rig.now(), (batch, inFlight) -> rig.finish(batch));
        }
    }
}
