package io.kp.accumulator;

import io.kp.memory.BufferPool;
import io.kp.metadata.Cluster;

/**
 * Keeps a broker that is slow or gone from taking all the memory: the last quarter of it is for the others.
 *
 * <p>
 * The rule. While more than three quarters of the memory are in use, a leader is held back if its batches hold more than one and a quarter of what the
 * leaders in use hold on average. In use is a leader that batches hold memory for, or were opened for within the last ten seconds; partitions without a leader count as one. To a leader
 * that is held back no segment is given: who may wait waits, who may not is told that there is no memory. A leader that is the only one in use is
 * never held back; and when all are gone alike, none holds more than the others, and all of the memory fills. There is no look at how slow a leader is: a
 * flood fills the memory in less time than it takes to tell slow from busy.
 *
 * <p>
 * Costs. The I/O thread counts by batch (a segment when it is opened, its size when it is complete), and looks at the pool, which has a lock, at most once in a
 * millisecond and only if much is in use. Appenders read one flag when they need a segment, never per record.
 */
final class MemoryShares {
    private static final int KEPT_PART = 4;
    /** Batches that are still open are counted with their first segment only. */
    private static final int WORTH_A_LOOK_PART = 16;
    private static final long IN_USE_NS = 10_000_000_000L;
    private static final long LOOK_EVERY_NS = 1_000_000L;

    private final BufferPool pool;
    private long chargedBytes;
    private boolean looked;
    private long lookedNs;
    private boolean anyHeldBack;

    MemoryShares(final BufferPool pool) {
        this.pool = pool;
    }

    /** The batch was opened. */
    void opened(final Batch batch, final NodeRing leader, final long nowNs) {
        leader.lastOpenedNs = nowNs;
        leader.everOpened = true;
        charge(batch, leader, pool.segmentBytes());
    }

    /** The batch is complete, or is a part of one. */
    void completed(final Batch batch, final NodeRing leader) {
        final NodeRing charged = batch.chargedTo == null ? leader : batch.chargedTo;
        released(batch);
        charge(batch, charged, Math.max(pool.segmentBytes(), batch.sizeInBytes));
    }

    private void charge(final Batch batch, final NodeRing leader, final int bytes) {
        batch.chargedTo = leader;
        batch.chargedBytes = bytes;
        leader.chargedBytes += bytes;
        chargedBytes += bytes;
    }

    /** The batch's memory goes back. */
    void released(final Batch batch) {
        if (batch.chargedTo != null) {
            batch.chargedTo.chargedBytes -= batch.chargedBytes;
            chargedBytes -= batch.chargedBytes;
            batch.chargedTo = null;
            batch.chargedBytes = 0;
        }
    }

    /** Decides who is held back. */
    void decide(final NodeRing[] leaders, final NodeRing leaderless, final Cluster cluster, final long nowNs) {
        final long capacityBytes = pool.capacityBytes();
        if (chargedBytes <= capacityBytes / WORTH_A_LOOK_PART) {
            letAll(leaders, leaderless);
            return;
        }
        if (looked && nowNs - lookedNs < LOOK_EVERY_NS) {
            return;
        }
        looked = true;
        lookedNs = nowNs;
        if (pool.usedBytes() <= capacityBytes - capacityBytes / KEPT_PART) {
            letAll(leaders, leaderless);
            return;
        }
        int inUse = isInUse(leaderless, nowNs) ? 1 : 0;
        for (final NodeRing leader : leaders) {
            // After a new start from the bootstrap addresses there are no leaders, and nobody to keep memory for.
            inUse += cluster != null && cluster.node(leader.nodeId) != null && isInUse(leader, nowNs) ? 1 : 0;
        }
        anyHeldBack = decide(leaderless, inUse);
        for (final NodeRing leader : leaders) {
            anyHeldBack |= decide(leader, inUse);
        }
    }

    private static boolean isInUse(final NodeRing leader, final long nowNs) {
        return leader.chargedBytes > 0 || leader.everOpened && nowNs - leader.lastOpenedNs < IN_USE_NS;
    }

    private boolean decide(final NodeRing leader, final int inUse) {
        // More than 5/4 of the average, without a division.
        final boolean heldBack = inUse > 1 && 4 * inUse * leader.chargedBytes > 5 * chargedBytes;
        leader.heldBack(heldBack);
        return heldBack;
    }

    private void letAll(final NodeRing[] leaders, final NodeRing leaderless) {
        if (anyHeldBack) {
            anyHeldBack = false;
            leaderless.heldBack(false);
            for (final NodeRing leader : leaders) {
                leader.heldBack(false);
            }
        }
    }
}
