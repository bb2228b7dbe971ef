package io.kp.accumulator;

import io.kp.memory.BufferPool;
import io.kp.metadata.Cluster;

/**
 * Keeps a broker that is slow or gone from taking all the memory: the last quarter of it is for the others.
 *
 * <p>
 * The rule. While more than three quarters of the memory are in use, a leader is held back if its batches hold more than one and a quarter of what the
 * leaders in use hold on average, and two batches more than that. In use is a leader that batches hold memory for, or were opened for within the last ten seconds; partitions without a leader
 * count as one. To a leader that is held back no segment is given: who may wait waits, who may not is told that there is no memory. A leader that is the only one in use is
 * never held back; and when all are gone alike, none holds more than the others, and all of the memory fills. There is no look at how slow a leader is: a
 * flood fills the memory in less time than it takes to tell slow from busy.
 *
 * <p>
 * What a partition holds counts for the leader that it has now. Were it left with the one that it had, that one would be in use, lower the average and have the others held back, all of
 * them alike: as when brokers go one after the other, and for some partitions there is no leader already and for others not yet.
 *
 * <p>
 * Costs. The I/O thread counts by batch (a segment when it is opened, its size when it is complete: a batch that is still open may hold more, hence the two batches), and looks at the pool,
 * which has a lock, at most once in a millisecond and only if much is in use. It names those who hold too much from half of the memory on, so that they stop at three quarters however fast
 * they are: they look at the pool themselves then, when they need a segment. The others read one flag when they need a segment, never per record.
 */
final class MemoryShares {
    private static final int KEPT_PART = 4;
    /** Batches that are still open are counted with their first segment only. */
    private static final int WORTH_A_LOOK_PART = 16;
    private static final long IN_USE_NS = 10_000_000_000L;
    private static final long LOOK_EVERY_NS = 1_000_000L;

    private final BufferPool pool;
    private final long toleranceBytes;
    private final long keptFromBytes;
    private long chargedBytes;
    private long lookedChargedBytes;
    private boolean looked;
    private long lookedNs;
    private boolean anyHeldBack;

    /**
     * @param batchCapBytes how large batches may grow
     */
    MemoryShares(final BufferPool pool, final int batchCapBytes) {
        this.pool = pool;
        this.toleranceBytes = 2L * batchCapBytes;
        this.keptFromBytes = pool.capacityBytes() - pool.capacityBytes() / KEPT_PART;
    }

    /** Whether what is left of the memory is not for leaders that are held back. Any thread. */
    boolean isShort() {
        return pool.usedBytes() > keptFromBytes;
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

    /** The batch's partition has another leader now. */
    void moved(final Batch batch, final NodeRing leader) {
        final int bytes = batch.chargedBytes;
        if (batch.chargedTo != null && batch.chargedTo != leader) {
            released(batch);
            charge(batch, leader, bytes);
        }
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
        if (looked && nowNs - lookedNs < LOOK_EVERY_NS
                && chargedBytes - lookedChargedBytes < capacityBytes / WORTH_A_LOOK_PART) {
            return;
        }
        looked = true;
        lookedNs = nowNs;
        lookedChargedBytes = chargedBytes;
        if (pool.usedBytes() <= capacityBytes / 2) {
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
        final boolean heldBack = inUse > 1 && 4 * inUse * leader.chargedBytes > 5 * chargedBytes
                && inUse * (leader.chargedBytes - toleranceBytes) > chargedBytes;
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
