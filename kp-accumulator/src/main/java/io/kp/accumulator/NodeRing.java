package io.kp.accumulator;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

import io.kp.metadata.Node;

/**
 * The ready partitions of one leader, in a ring whose head is the partition that is served next. I/O thread only, but for the batch
 * limit, the flag that it is held back, and what waits for it.
 */
final class NodeRing {
    private static final VarHandle BATCH_LIMIT;
    private static final VarHandle HELD_BACK;
    private static final VarHandle WAITING_BYTES;

    static {
        try {
            BATCH_LIMIT = MethodHandles.lookup().findVarHandle(NodeRing.class, "batchLimitBytes", int.class);
            HELD_BACK = MethodHandles.lookup().findVarHandle(NodeRing.class, "heldBack", boolean.class);
            WAITING_BYTES = MethodHandles.lookup().findVarHandle(NodeRing.class, "waitingBytes", long.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final int nodeId;
    private int batchLimitBytes;
    private boolean heldBack;
    private long waitingBytes;
    /** What the batches hold that were opened for this leader, as {@link MemoryShares} counts it. */
    long chargedBytes;
    /** When the last batch was opened for this leader; meaningful if one ever was. */
    long lastOpenedNs;
    boolean everOpened;
    /** When batches were last drained; at first, when the leader became known. */
    long drainedNs;
    private PartitionQueue head;
    private int size;

    NodeRing(final int nodeId, final int batchLimitBytes) {
        this.nodeId = nodeId;
        this.batchLimitBytes = batchLimitBytes;
    }

    /**
     * Up to where batches of this leader's partitions grow now. Read by appenders when a batch seems full; opaque, since a stale value
     * means only that one batch is cut earlier or later.
     */
    int batchLimitBytes() {
        return (int) BATCH_LIMIT.getOpaque(this);
    }

    void batchLimitBytes(final int bytes) {
        BATCH_LIMIT.setOpaque(this, bytes);
    }

    /** Whether memory is kept from this leader's partitions for others, see {@link MemoryShares}. Opaque: a stale value lasts for a moment. */
    boolean heldBack() {
        return (boolean) HELD_BACK.getOpaque(this);
    }

    void heldBack(final boolean is) {
        HELD_BACK.setOpaque(this, is);
    }

    /** Whether these partitions have a leader at all. */
    boolean isNode() {
        return nodeId != Node.NO_ID;
    }

    /** Sizes of the batches of this leader's partitions that could go out and have not been drained, see {@link Pace}. Opaque, as the flag above. */
    long waitingBytes() {
        return (long) WAITING_BYTES.getOpaque(this);
    }

    /** The batch, which is complete and in its partition, waits for this leader from now on. */
    void waits(final Batch batch) {
        batch.waitsFor = this;
        WAITING_BYTES.setOpaque(this, waitingBytes + batch.sizeInBytes);
    }

    /** The batch waits no more, if it did. */
    static void waitsNoMore(final Batch batch) {
        final NodeRing leader = batch.waitsFor;
        if (leader != null) {
            batch.waitsFor = null;
            WAITING_BYTES.setOpaque(leader, leader.waitingBytes - batch.sizeInBytes);
        }
    }

    PartitionQueue head() {
        return head;
    }

    int size() {
        return size;
    }

    /** Adds the partition as the last to be served. */
    void add(final PartitionQueue queue) {
        if (head == null) {
            head = queue;
            queue.ringNext = queue;
            queue.ringPrevious = queue;
        } else {
            final PartitionQueue tail = head.ringPrevious;
            tail.ringNext = queue;
            queue.ringPrevious = tail;
            queue.ringNext = head;
            head.ringPrevious = queue;
        }
        queue.ring = this;
        size++;
    }

    void remove(final PartitionQueue queue) {
        if (queue.ringNext == queue) {
            head = null;
        } else {
            queue.ringPrevious.ringNext = queue.ringNext;
            queue.ringNext.ringPrevious = queue.ringPrevious;
            if (head == queue) {
                head = queue.ringNext;
            }
        }
        queue.ringNext = null;
        queue.ringPrevious = null;
        queue.ring = null;
        size--;
    }

    /** Makes the head the last to be served. */
    void rotate() {
        head = head.ringNext;
    }
}
