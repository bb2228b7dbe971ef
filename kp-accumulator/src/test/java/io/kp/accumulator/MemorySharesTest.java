package io.kp.accumulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import io.kp.memory.PoolExhaustedException;

/** Who gets memory when it is short. Partitions 0, 1, 2 are led by nodes 1, 2, 3; partition 3 by nobody. */
class MemorySharesTest {
    private static final long MS = 1_000_000;
    private static final long CAPACITY = 1 << 18;
    private static final byte[] VALUE = new byte[1000];

    private static Rig rig() {
        final Rig rig = Rig.builder().capacityBytes(CAPACITY).batchBytes(8192).build();
        rig.leaders(1, 2, 3, -1);
        return rig;
    }

    private static int tryAppend(final Rig rig, final int partition) {
        final int status = rig.accumulator.tryAppend(rig.queue(partition), 1000, null, VALUE, null, null);
        rig.advance(2 * MS);
        rig.poll();
        return status;
    }

    private static long fill(final Rig rig, final int... partitions) {
        for (int i = 0;; i++) {
            if (tryAppend(rig, partitions[i % partitions.length]) == RecordAccumulator.NO_MEMORY) {
                return rig.pool.usedBytes();
            }
        }
    }

    private static void deliverAll(final Rig rig) {
        rig.leaders(1, 2, 3, 3);
        rig.advance(1000 * MS);
        rig.poll();
        for (int node = 1; node <= 3; node++) {
            rig.deliver(node);
        }
    }

    @Test
    void shouldKeepAQuarterForOtherLeaders() {
        try (Rig rig = rig()) {
            tryAppend(rig, 1);
            tryAppend(rig, 2);
            final long used = fill(rig, 0);
            assertTrue(used > CAPACITY / 4 * 3 && used < CAPACITY / 10 * 9, () -> "usedBytes=" + used);
            for (int i = 0; i < 10; i++) {
                assertTrue(tryAppend(rig, 1) > 0);
                assertTrue(tryAppend(rig, 2) > 0);
                assertEquals(RecordAccumulator.NO_MEMORY, tryAppend(rig, 0));
            }
            final PoolExhaustedException refused = assertThrows(PoolExhaustedException.class,
                    () -> rig.accumulator.append(rig.queue(0), 1000, null, VALUE, null, null, 0));
            assertTrue(refused.getMessage().startsWith("no memory within the time allowed (the rest is kept for "
                    + "other brokers than node 1, which holds most): requestedBytes="), refused::getMessage);
            // What it holds goes out: it may have memory again.
            rig.deliver(1);
            rig.advance(2 * MS);
            rig.poll();
            assertTrue(tryAppend(rig, 0) > 0);
            deliverAll(rig);
        }
    }

    @Test
    void shouldGiveAllToTheOnlyLeaderInUse() {
        try (Rig rig = rig()) {
            final long used = fill(rig, 0);
            assertTrue(used > CAPACITY - 3000, () -> "usedBytes=" + used);
            deliverAll(rig);
        }
    }

    @Test
    void shouldGiveAllToLeadersThatHoldAboutTheSame() {
        try (Rig rig = rig()) {
            final long used = fill(rig, 0, 1, 2);
            assertTrue(used > CAPACITY - 3000, () -> "usedBytes=" + used);
            deliverAll(rig);
        }
    }

    @Test
    void shouldGiveAllOnceTheOthersAreOutOfUse() {
        try (Rig rig = rig()) {
            tryAppend(rig, 1);
            final long used = fill(rig, 0);
            assertTrue(used < CAPACITY / 10 * 9, () -> "usedBytes=" + used);
            rig.advance(100 * MS);
            rig.poll();
            rig.deliver(2);
            // For ten seconds it may come back.
            rig.advance(9000 * MS);
            rig.poll();
            assertEquals(RecordAccumulator.NO_MEMORY, tryAppend(rig, 0));
            rig.advance(2000 * MS);
            rig.poll();
            assertTrue(fill(rig, 0) > CAPACITY - 3000);
            deliverAll(rig);
        }
    }

    @Test
    void shouldCountPartitionsWithoutLeaderAsOne() {
        try (Rig rig = rig()) {
            tryAppend(rig, 0);
            final long used = fill(rig, 3);
            assertTrue(used > CAPACITY / 4 * 3 && used < CAPACITY / 10 * 9, () -> "usedBytes=" + used);
            assertTrue(tryAppend(rig, 0) > 0);
            deliverAll(rig);
        }
    }

    @Test
    void shouldKeepNothingForLeadersThatAreKnownNoMore() {
        try (Rig rig = rig()) {
            for (int i = 0; i < 60; i++) {
                tryAppend(rig, i % 3);
            }
            // As after a new start from the bootstrap addresses.
            rig.accumulator.updateCluster(io.kp.metadata.Cluster.bootstrap(2,
                    java.util.List.of(io.kp.metadata.Node.bootstrap(0, "a", 1))));
            assertTrue(fill(rig, 0, 1, 2) > CAPACITY - 3000);
            deliverAll(rig);
        }
    }

    /** Brokers go one after the other: some partitions have no leader already, others still have one that is gone. */
    @Test
    void shouldGiveAllToEqualsOfWhichOneHasLostItsLeader() {
        try (Rig rig = rig()) {
            for (int i = 0; i < 90; i++) {
                assertTrue(tryAppend(rig, i % 3) > 0);
            }
            rig.leaders(-1, 2, 3, -1);
            assertTrue(fill(rig, 0, 1, 2) > CAPACITY - 3000);
            deliverAll(rig);
        }
    }

    @Test
    void shouldGiveAllToEqualsOfWhichOneHasLostItsLeaderWhileItsBatchesWereUnderWay() {
        try (Rig rig = rig()) {
            for (int i = 0; i < 90; i++) {
                assertTrue(tryAppend(rig, i % 3) > 0);
            }
            rig.advance(1000 * MS);
            rig.poll();
            final java.util.List<Batch> underWay = rig.drain(1);
            assertTrue(!underWay.isEmpty());
            rig.leaders(-1, 2, 3, -1);
            underWay.forEach(batch -> rig.accumulator.retry(batch, 0));
            assertTrue(fill(rig, 0, 1, 2) > CAPACITY - 3000);
            deliverAll(rig);
        }
    }

    /** Without a turn of the I/O thread after half of the memory is in use: they stop at three quarters by themselves. */
    @Test
    void shouldStopWhoHoldsTooMuchHoweverFastItIs() {
        try (Rig rig = rig()) {
            tryAppend(rig, 1);
            while (rig.pool.usedBytes() <= CAPACITY / 2 + CAPACITY / 8) {
                assertTrue(tryAppend(rig, 0) > 0);
            }
            int status = 1;
            while (status > 0) {
                status = rig.accumulator.tryAppend(rig.queue(0), 1000, null, VALUE, null, null);
            }
            assertEquals(RecordAccumulator.NO_MEMORY, status);
            assertTrue(rig.pool.usedBytes() < CAPACITY / 10 * 9, rig.pool::toString);
            assertTrue(rig.accumulator.tryAppend(rig.queue(1), 1000, null, VALUE, null, null) > 0);
            rig.poll();
            deliverAll(rig);
        }
    }

    @Test
    void shouldKeepItsAccountsThroughSplits() {
        try (Rig rig = rig()) {
            tryAppend(rig, 1);
            fill(rig, 0);
            final java.util.List<Batch> batches = rig.drain(1);
            for (final Batch batch : batches) {
                if (batch.recordCount() > 1 && rig.accumulator.split(batch, new java.util.ArrayList<>()) > 0) {
                    rig.accumulator.release(batch);
                } else {
                    rig.finish(batch);
                }
            }
            deliverAll(rig);
            // Nothing is held, so nobody is held back, and all is there for one again.
            rig.advance(11_000 * MS);
            rig.poll();
            assertTrue(fill(rig, 2) > CAPACITY - 3000);
            deliverAll(rig);
        }
    }
}
