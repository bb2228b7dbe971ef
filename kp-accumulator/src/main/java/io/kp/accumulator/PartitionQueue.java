package io.kp.accumulator;

import static io.kp.accumulator.RecordBatchDescriptor.HEADER_LENGTH;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

import io.kp.memory.Segment;
import io.kp.metadata.TopicPartition;

/**
 * One partition's records on their way into batches. Lives as long as the accumulator, so that callers may keep it.
 *
 * <p>
 * Appends go through {@link RecordAccumulator#append} and its siblings, from any thread. The other public methods may be called from any
 * thread too.
 */
public class PartitionQueue extends PartitionQueuePad {
    /*
     * Appending without a lock.
     *
     *   state:   | segment sequence | phase | records in segment | position in segment |        see QueueState
     *
     *            +--------------------- append: compare-and-set moves records and position -----+
     *            v                                                                              |
     *        +--------+   seal (I/O thread)     +------+                                        |
     *        | CLOSED | <---------------------- | OPEN | ---------------------------------------+
     *        +--------+                         +------+
     *            |  first record of a batch        |  ^  segment or batch is full
     *            |          +-----------+          |  |
     *            +--------> | SWITCHING | <--------+  |  sequence + 1, the switching thread's
     *                       +-----------+ ------------+  own record is claimed already
     *
     *   any phase but SWITCHING --- close of the accumulator ---> TERMINATED
     *
     * Claim. An appender reads the state, then the fields that describe the open segment, computes its record's exact size (it depends on
     * the record's index and timestamp delta), and claims index and space at once by a compare-and-set. From there on the place is its own:
     * it copies the record into the segment, stores the completion object into the record's slot, and commits by one atomic add on the
     * batch (see Batch: who makes a closed batch complete hands it on). A batch with an uncommitted record is never complete, so the segment,
     * its slots and the batch object cannot be recycled under an appender between its claim and its commit, and after the commit it touches
     * none of them.
     *
     * Before the claim nothing protects the appender: what it read may belong to a segment that was closed, sent, recycled and opened again
     * elsewhere. This is harmless since all of it (node, batch, base index, limits) is copied from fields of this object, which is never
     * recycled; nothing is dereferenced before the claim; and the compare-and-set fails if any switch has happened since the state was read.
     * It cannot be fooled by a state that comes back (ABA): within one segment sequence the position of OPEN states only grows, since every
     * record has bytes, and every installed segment has a new sequence. The sequence has 32 bits: a value comes back after 2^32 segments of
     * this one partition, 8 TiB in the smallest segments, during which the appender would have to stand still between two instructions, and
     * meet the same position and record count.
     *
     * The fields that describe the open segment are written in phase SWITCHING only, by the one thread that won the compare-and-set to it,
     * and published by the release store of the OPEN state. An appender that reads them after the state reads either that segment's values or,
     * if the state has moved on, some mixture of later ones, with which its compare-and-set fails: the switch's compare-and-set precedes its
     * field writes, and only one compare-and-set can succeed on one value of the state.
     *
     * Switch. Memory is acquired before anything else, since it may have to be waited for. Then whoever holds memory and finds that the record
     * still does not fit takes the state to SWITCHING. Until it publishes OPEN other appenders spin, so this section has no blocking call, no
     * allocation and no callback in it: it links the segment and, for a new batch, announces the batch. The announcement lies inside, so that
     * announcements of a partition are in the order of its batches. Closing the old batch for good, waking the I/O thread and telling the
     * listener follow after the section. Losers give their memory back.
     *
     * Seal. The I/O thread takes OPEN to CLOSED when it wants the batch, with one compare-and-set and no section: the fields it needs were read
     * before it and are right if it succeeds. It never waits for the appenders that have claimed; the last of them hands the batch on.
     *
     * The class is not final for the sake of tests that weaken it; only this package can extend it.
     */

    /** Status of a try: memory or a turn would have to be waited for. */
    static final int NO_MEMORY = -1;
    /** Status of a try: the accumulator is closed. */
    static final int CLOSED = -2;
    /** Status of a try: the record is larger than any segment could be. */
    static final int TOO_LARGE = -3;

    /** Outcome of a seal: the batch is closed and complete. */
    static final int SEALED_COMPLETE = 0;
    /** Outcome of a seal: the batch is closed, and who completes it will hand it on. */
    static final int SEALED_PENDING = 1;
    /** Outcome of a seal: the batch was closed, had no record left, and is gone. */
    static final int SEALED_EMPTY = 3;
    /** Outcome of a seal: an appender is switching segments; ask again. */
    static final int BUSY = 2;

    private static final SegmentNode RETRY = new SegmentNode();
    private static final SegmentNode OUT_OF_MEMORY = new SegmentNode();
    private static final SegmentNode IS_CLOSED = new SegmentNode();

    private static final int SPINS_BEFORE_YIELD = 64;
    /** Time limit of an append that does not wait. */
    static final long DO_NOT_WAIT = -1;

    private static final VarHandle STATE;
    private static final VarHandle LEADER;
    private static final VarHandle GROWS;
    private static final VarHandle QUEUED_BATCHES;

    static {
        try {
            final MethodHandles.Lookup lookup = MethodHandles.lookup();
            STATE = lookup.findVarHandle(PartitionQueue.class, "state", long.class);
            GROWS = lookup.findVarHandle(PartitionQueue.class, "grows", boolean.class);
            LEADER = lookup.findVarHandle(PartitionQueue.class, "leader", NodeRing.class);
            QUEUED_BATCHES = lookup.findVarHandle(PartitionQueue.class, "queuedBatches", int.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final RecordAccumulator accumulator;
    private final TopicPartition topicPartition;
    private final SegmentSizer sizer;
    private final Crowd crowd = new Crowd();

    private long state = QueueState.pack(0, QueueState.CLOSED, 0, 0);

    // The open segment: written in phase SWITCHING only, see above.
    private SegmentNode current;
    private Batch batch;
    private int baseIndex;
    private int batchOffset;
    private int segmentCapacity;
    private int segmentLimit;
    private int slotLimit;
    private long baseTimestamp;
    /** Records in the batches before the one that was opened last. */
    private long earlierRecords;

    private TopicCompression compression;
    private NodeRing leader;
    private boolean grows = true;
    private int queuedBatches;
    /** Size of the batch that was closed last. Without ordering: for an estimate. */
    private int closedBytes;

    PartitionQueue(final RecordAccumulator accumulator, final TopicPartition topicPartition, final SegmentSizer sizer,
            final NodeRing leader) {
        this.accumulator = accumulator;
        this.topicPartition = topicPartition;
        this.sizer = sizer;
        this.leader = leader;
    }

    /**
     * The partition.
     *
     * @return the partition that the records are for.
     */
    public TopicPartition topicPartition() {
        return topicPartition;
    }

    /**
     * Number of batches that wait in the accumulator, the open one included: a measure of how far the partition's broker lags behind. May be a
     * little out of date.
     *
     * @return the number of batches that have been opened and not drained.
     */
    public int queuedBatches() {
        return (int) QUEUED_BATCHES.getOpaque(this);
    }

    /** What waits, in batches of the batch size: where batches have grown, a few of them are as much as many. An estimate, as if those before the last were as large as the one closed last. */
    int queuedBatchSizes() {
        final int queued = queuedBatches();
        final int size = accumulator.batchBytes();
        if (queued == 0 || size == 0) {
            return queued;
        }
        final long closed = Math.max(1, closedBytes / size) * (queued - 1L);
        return (int) Math.min(closed + Math.max(1, openBytes() / size), Integer.MAX_VALUE);
    }

    /**
     * What the I/O side keeps about the partition. I/O thread only.
     *
     * @return the object given to {@link #attach} last, or null.
     */
    public Object attachment() {
        return attachment;
    }

    /**
     * Attaches an object of the I/O side's own. I/O thread only.
     *
     * @param object
     *            what {@link #attachment} returns from now on.
     */
    public void attach(final Object object) {
        attachment = object;
    }

    RecordAccumulator accumulator() {
        return accumulator;
    }

    // ---- appenders

    /**
     * Appends a record.
     *
     * @param timeoutNs
     *            how long to wait for memory, or {@link #DO_NOT_WAIT}.
     * @return size of the record in bytes, or a negative status.
     */
    int append(final long timestampMs, final byte[] key, final byte[] value, final RecordHeaders headers,
            final Object completion, final long timeoutNs) throws InterruptedException {
        final long fixedBytes = RecordEncoder.fixedBytes(key == null ? RecordEncoder.NULL : key.length,
                value == null ? RecordEncoder.NULL : value.length, headers);
        if (fixedBytes > accumulator.maxFixedBytes()) {
            return TOO_LARGE;
        }
        final int fixed = (int) fixedBytes;
        long waitUntilNs = 0;
        boolean timed = false;
        while (true) {
            final long seen = (long) STATE.getAcquire(this);
            final int phase = QueueState.phase(seen);
            if (phase == QueueState.OPEN) {
                final SegmentNode node = current;
                final Batch open = batch;
                final int slot = QueueState.records(seen);
                final int position = QueueState.position(seen);
                final int index = baseIndex + slot;
                final long delta = timestampMs - baseTimestamp;
                final int body = RecordEncoder.bodyBytes(fixed, delta, index);
                final int bytes = RecordEncoder.recordBytes(body);
                if (bytes <= segmentLimit - position && slot < slotLimit) {
                    if (STATE.compareAndSet(this, seen, QueueState.withRecord(seen, bytes))) {
                        put(node, open, slot, position, body, delta, index, key, value, headers);
                        commit(node, open, slot, timestampMs, completion);
                        return bytes;
                    }
                    if (!timed && timeoutNs > Crowd.LEAVE_NS && isCrowded(QueueState.sequence(seen))) {
                        // Once in a call, and within its time.
                        timed = true;
                        waitUntilNs = leaveToOthers(timeoutNs);
                    } else {
                        Thread.onSpinWait();
                    }
                    continue;
                }
            } else if (phase == QueueState.SWITCHING) {
                awaitSwitch();
                continue;
            } else if (phase == QueueState.TERMINATED) {
                return CLOSED;
            }
            if (!timed && timeoutNs >= 0) {
                timed = true;
                waitUntilNs = beforeInstall(timeoutNs);
            }
            final SegmentNode node = install(timestampMs, fixed, completion, timeoutNs >= 0, waitUntilNs);
            if (node == IS_CLOSED) {
                return CLOSED;
            }
            if (node == OUT_OF_MEMORY) {
                return NO_MEMORY;
            }
            if (node != RETRY) {
                final Batch open = node.batch;
                final int position = open.first == node ? HEADER_LENGTH : 0;
                final long delta = timestampMs - open.baseTimestamp;
                final int body = RecordEncoder.bodyBytes(fixed, delta, node.baseIndex);
                put(node, open, 0, position, body, delta, node.baseIndex, key, value, headers);
                commit(node, open, 0, timestampMs, completion);
                return RecordEncoder.recordBytes(body);
            }
        }
    }

    /** @return until when the caller may wait */
    private long leaveToOthers(final long timeoutNs) {
        final long waitUntilNs = accumulator.nanoTime() + timeoutNs;
        accumulator.leaveToOthers();
        return waitUntilNs;
    }

    /**
     * What a caller that needs a segment does first, if it could as well wait for memory: before anything is claimed.
     *
     * @return until when it may wait
     */
    private long beforeInstall(final long timeoutNs) {
        final long waitUntilNs = accumulator.nanoTime() + timeoutNs;
        if (timeoutNs > 0 && compression != null) {
            accumulator.helpCompressing();
        }
        if (timeoutNs > Pace.MAX_NS) {
            accumulator.keepPace(this);
        }
        return waitUntilNs;
    }

    /**
     * Claims a record's place and writes everything of it but key and value.
     *
     * @param timeoutNs
     *            how long to wait for memory, or {@link #DO_NOT_WAIT}.
     * @return size of the record in bytes, or a negative status.
     */
    int claim(final long timestampMs, final int keyLength, final int valueLength, final Object completion,
            final Claim claim, final long timeoutNs) throws InterruptedException {
        final long fixedBytes = RecordEncoder.fixedBytes(keyLength, valueLength, null);
        if (fixedBytes > accumulator.maxFixedBytes()) {
            return TOO_LARGE;
        }
        final int fixed = (int) fixedBytes;
        long waitUntilNs = 0;
        boolean timed = false;
        while (true) {
            final long seen = (long) STATE.getAcquire(this);
            final int phase = QueueState.phase(seen);
            if (phase == QueueState.OPEN) {
                final SegmentNode node = current;
                final Batch open = batch;
                final int slot = QueueState.records(seen);
                final int position = QueueState.position(seen);
                final int index = baseIndex + slot;
                final long delta = timestampMs - baseTimestamp;
                final int body = RecordEncoder.bodyBytes(fixed, delta, index);
                final int bytes = RecordEncoder.recordBytes(body);
                if (bytes <= segmentLimit - position && slot < slotLimit) {
                    if (STATE.compareAndSet(this, seen, QueueState.withRecord(seen, bytes))) {
                        claim.wrap(node, slot, position, body, delta, index, timestampMs, keyLength,
                                valueLength,
                                completion);
                        return bytes;
                    }
                    if (!timed && timeoutNs > Crowd.LEAVE_NS && isCrowded(QueueState.sequence(seen))) {
                        timed = true;
                        waitUntilNs = leaveToOthers(timeoutNs);
                    } else {
                        Thread.onSpinWait();
                    }
                    continue;
                }
            } else if (phase == QueueState.SWITCHING) {
                awaitSwitch();
                continue;
            } else if (phase == QueueState.TERMINATED) {
                return CLOSED;
            }
            if (!timed && timeoutNs >= 0) {
                timed = true;
                waitUntilNs = beforeInstall(timeoutNs);
            }
            final SegmentNode node = install(timestampMs, fixed, completion, timeoutNs >= 0, waitUntilNs);
            if (node == IS_CLOSED) {
                return CLOSED;
            }
            if (node == OUT_OF_MEMORY) {
                return NO_MEMORY;
            }
            if (node != RETRY) {
                final Batch open = node.batch;
                final long delta = timestampMs - open.baseTimestamp;
                final int body = RecordEncoder.bodyBytes(fixed, delta, node.baseIndex);
                claim.wrap(node, 0, open.first == node ? HEADER_LENGTH : 0, body, delta, node.baseIndex,
                        timestampMs,
                        keyLength, valueLength, completion);
                return RecordEncoder.recordBytes(body);
            }
        }
    }

    /**
     * A caller has lost against another one.
     *
     * @return whether it should leave the partition to the others for a moment.
     */
    boolean isCrowded(final int sequence) {
        return crowd.isTooMuch(sequence) && accumulator.hasBacklog();
    }

    void put(final SegmentNode node, final Batch open, final int slot, final int position, final int bodyBytes,
            final long timestampDelta, final int index, final byte[] key, final byte[] value,
            final RecordHeaders headers) {
        if (headers == null) {
            RecordEncoder.put(node.segment, position, bodyBytes, timestampDelta, index, key, value, null);
            return;
        }
        try {
            RecordEncoder.put(node.segment, position, bodyBytes, timestampDelta, index, key, value, headers);
        } catch (final Throwable t) {
            // The headers are somebody else's code. The claim must end, or the batch could never be sent; with a length a walk finds its end.
            RecordEncoder.putVarint(node.segment, position, bodyBytes);
            abort(node, open, slot);
            throw t;
        }
    }

    /** Ends a claim whose record is not to be sent. */
    void abort(final SegmentNode node, final Batch open, final int slot) {
        node.completion(slot, Batch.ABORTED);
        open.markAborted();
        if (open.commit()) {
            accumulator.announceComplete(open);
        }
    }

    /** The record is written: publishes it with its completion object, see below. */
    void commit(final SegmentNode node, final Batch open, final int slot, final long timestampMs,
            final Object completion) {
        node.completion(slot, completion);
        commit(open, timestampMs);
    }

    /** The record and its completion object are in place: publishes them, and hands the batch on if it was the last one missing. */
    void commit(final Batch open, final long timestampMs) {
        open.raiseMaxTimestamp(timestampMs);
        if (open.commit()) {
            accumulator.announceComplete(open);
        }
    }

    /**
     * Makes room: installs a segment with the caller's record as its first, or raises the open segment's limit.
     *
     * @return the node whose first record is the caller's, or a code.
     */
    private SegmentNode install(final long timestampMs, final int fixedBytes, final Object completion,
            final boolean mayWait,
            final long waitUntilNs)
            throws InterruptedException {
        // The worst case of the record's variable parts, since its index is not known before the claim.
        final int maxRecordBytes = fixedBytes + RecordEncoder.MAX_VARIABLE_BYTES;
        if (stretched(maxRecordBytes)) {
            return RETRY;
        }
        final Segment segment = acquire(maxRecordBytes, mayWait, waitUntilNs);
        if (segment == null) {
            return OUT_OF_MEMORY;
        }
        final SegmentNode node = nodeOf(segment);
        final long nowNs = accumulator.nanoTime();
        while (true) {
            final long seen = (long) STATE.getAcquire(this);
            final int phase = QueueState.phase(seen);
            if (phase == QueueState.SWITCHING) {
                awaitSwitch();
            } else if (phase == QueueState.TERMINATED) {
                segment.release();
                return IS_CLOSED;
            } else if (phase == QueueState.OPEN && fits(seen, timestampMs, fixedBytes)) {
                segment.release();
                return RETRY;
            } else if (STATE.compareAndSet(this, seen, QueueState.withPhase(seen, QueueState.SWITCHING))) {
                node.usual = completion;
                switchTo(node, seen, timestampMs, fixedBytes, nowNs);
                return node;
            }
        }
    }

    static SegmentNode nodeOf(final Segment segment) {
        try {
            return SegmentNode.of(segment);
        } catch (final OutOfMemoryError e) {
            segment.release();
            throw e;
        }
    }

    /** Only a hint unless the state is unchanged afterwards. */
    private boolean fits(final long seen, final long timestampMs, final int fixedBytes) {
        final int slot = QueueState.records(seen);
        final int bytes = RecordEncoder
                .recordBytes(RecordEncoder.bodyBytes(fixedBytes, timestampMs - baseTimestamp, baseIndex + slot));
        return bytes <= segmentLimit - QueueState.position(seen) && slot < slotLimit;
    }

    /** Raises the limit of the open segment if the batch may have grown since the segment was installed (D14: the broker is busy). */
    private boolean stretched(final int maxRecordBytes) {
        final long seen = (long) STATE.getAcquire(this);
        if (QueueState.phase(seen) != QueueState.OPEN) {
            return false;
        }
        final int limit = segmentLimit;
        final int raised = Math.min(segmentCapacity, batchLimitBytes() - batchOffset);
        if (raised <= limit || maxRecordBytes > raised - QueueState.position(seen)
                || !STATE.compareAndSet(this, seen, QueueState.withPhase(seen, QueueState.SWITCHING))) {
            return false;
        }
        // The compare-and-set says that the fields read above belong to the open segment.
        segmentLimit = raised;
        STATE.setRelease(this, QueueState.pack(QueueState.sequence(seen) + 1, QueueState.OPEN, QueueState.records(seen),
                QueueState.position(seen)));
        return true;
    }

    private Segment acquire(final int maxRecordBytes, final boolean mayWait, final long waitUntilNs)
            throws InterruptedException {
        final int minBytes = maxRecordBytes + HEADER_LENGTH;
        int preferredBytes = sizer.preferredBytes();
        if (QueueState.phase((long) STATE.getOpaque(this)) == QueueState.OPEN) {
            // Not more than the rest of the batch, unless the record goes into the next batch anyway. Racy reads are fine for a hint.
            final int filledBytes = batchOffset + segmentLimit;
            final int rest = batchLimitBytes() - filledBytes;
            if (rest >= maxRecordBytes) {
                if (filledBytes >= accumulator.batchBytes()) {
                    preferredBytes = SegmentSizer.grown(filledBytes, preferredBytes);
                }
                preferredBytes = SegmentSizer.least(rest, preferredBytes);
            }
        }
        final RecordAccumulator owner = accumulator;
        if (owner.isHeldBack(this)) {
            if (!mayWait) {
                owner.signalMemoryShort();
                return null;
            }
            owner.awaitShare(this, minBytes, waitUntilNs);
        }
        preferredBytes = Math.max(minBytes, preferredBytes);
        final Segment segment = owner.tryAcquire(minBytes, preferredBytes);
        if (segment != null) {
            return segment;
        }
        if (mayWait) {
            return owner.acquire(minBytes, preferredBytes, waitUntilNs);
        }
        owner.signalMemoryShort();
        return null;
    }

    /** The section between SWITCHING and OPEN: bounded, without a blocking call. */
    private void switchTo(final SegmentNode node, final long seen, final long timestampMs, final int fixedBytes,
            final long nowNs) {
        final boolean open = QueueState.phase(seen) == QueueState.OPEN;
        final Batch oldBatch = batch;
        final int position = QueueState.position(seen);
        final int records = QueueState.records(seen);
        final int limit = batchLimitBytes();
        boolean sameBatch = false;
        int oldBytes = 0;
        int oldRecords = 0;
        if (open) {
            current.close(records, position);
            oldBytes = batchOffset + current.used;
            oldRecords = baseIndex + records;
            final int bytes = RecordEncoder
                    .recordBytes(RecordEncoder.bodyBytes(fixedBytes, timestampMs - baseTimestamp, oldRecords));
            sameBatch = (long) oldBytes + bytes <= limit;
        }
        final int start;
        if (sameBatch) {
            start = 0;
            node.batch = oldBatch;
            node.baseIndex = oldRecords;
            node.batchOffset = oldBytes;
            oldBatch.addSegment(node);
        } else {
            start = HEADER_LENGTH;
            final Batch opened = node.ownBatch;
            opened.open(this, node, nowNs, timestampMs);
            node.batch = opened;
            node.baseIndex = 0;
            node.batchOffset = 0;
            // The batch before, open or closed: its records are counted in the fields of the last segment until this moment.
            earlierRecords += baseIndex + records;
            if (open) {
                oldBatch.recordCount = oldRecords;
                oldBatch.sizeInBytes = oldBytes;
            }
            batch = opened;
            baseTimestamp = timestampMs;
            accumulator.announceOpen(opened);
        }
        final int end = start + RecordEncoder
                .recordBytes(RecordEncoder.bodyBytes(fixedBytes, timestampMs - baseTimestamp, node.baseIndex));
        current = node;
        baseIndex = node.baseIndex;
        batchOffset = node.batchOffset;
        int endPosition = end;
        if (node.shared) {
            segmentCapacity = node.segment.capacity();
            segmentLimit = Math.max(end, Math.min(segmentCapacity, limit - batchOffset));
            slotLimit = Math.min(node.slots(), QueueState.MAX_RECORDS_PER_SEGMENT);
        } else {
            // The state word cannot count so far: the segment holds this record only, and its position is not used.
            node.used = end;
            segmentCapacity = 0;
            segmentLimit = 0;
            slotLimit = 0;
            endPosition = 0;
        }
        // Release: who sees the new state sees the fields above and, in the queue, the announcement. Weaker, an appender could claim a place
        // in the new segment with the old one's fields.
        STATE.setRelease(this, QueueState.pack(QueueState.sequence(seen) + 1, QueueState.OPEN, 1, endPosition));

        if (!sameBatch) {
            accumulator.wakeForOpen(nowNs);
            if (open) {
                sizer.onBatchFull();
                closed(oldBatch, oldRecords, oldBytes);
            }
        }
    }

    private void closed(final Batch old, final int records, final int bytes) {
        // After this add the batch belongs to who completes it: nothing of it may be read here any more.
        if (old.close(records)) {
            accumulator.announceComplete(old);
        }
        closed(bytes);
    }

    private void closed(final int bytes) {
        closedBytes = bytes;
        accumulator.batchClosed(this, bytes);
    }

    boolean isSwitching() {
        return QueueState.phase((long) STATE.getAcquire(this)) == QueueState.SWITCHING;
    }

    /** Spins until the thread that is switching segments has done so. */
    void awaitSwitch() {
        int spins = 0;
        while (isSwitching()) {
            if (spins++ < SPINS_BEFORE_YIELD) {
                Thread.onSpinWait();
            } else {
                // The switching thread has probably lost its processor.
                Thread.yield();
            }
        }
    }

    // ---- I/O thread and close

    /**
     * Closes the batch if it is open.
     *
     * @return {@link #SEALED_COMPLETE}, {@link #SEALED_PENDING} or {@link #BUSY}.
     */
    int seal(final Batch wanted) {
        return seal(wanted, QueueState.CLOSED);
    }

    private int seal(final Batch wanted, final int nextPhase) {
        while (true) {
            final long seen = (long) STATE.getAcquire(this);
            final int phase = QueueState.phase(seen);
            if (phase == QueueState.SWITCHING) {
                return BUSY;
            }
            final SegmentNode node = current;
            final Batch open = batch;
            final int offset = batchOffset;
            final int records = baseIndex + QueueState.records(seen);
            if (phase == QueueState.TERMINATED) {
                return SEALED_PENDING;
            }
            final boolean ours = phase == QueueState.OPEN && (wanted == null || open == wanted);
            if (!ours && wanted != null) {
                // The batch was closed by an appender, if what was read belongs together: a batch that is in its partition is either the open one
                // or closed.
                VarHandle.acquireFence();
                if ((long) STATE.getOpaque(this) == seen) {
                    return SEALED_PENDING;
                }
                continue;
            }
            if (STATE.compareAndSet(this, seen, QueueState.withPhase(seen, nextPhase))) {
                if (!ours) {
                    return SEALED_PENDING;
                }
                final int bytes = close(seen, node, open, offset, records);
                if (!accumulator.isMemoryShort()) {
                    sizer.onBatchCutShort(bytes);
                }
                final boolean complete = open.close(records);
                if (complete && wanted == null) {
                    accumulator.announceComplete(open);
                }
                closed(bytes);
                return complete ? SEALED_COMPLETE : SEALED_PENDING;
            }
        }
    }

    /** What comes first after the compare-and-set that closes the open batch: its records and size, which it returns. */
    private static int close(final long seen, final SegmentNode node, final Batch open, final int offset,
            final int records) {
        node.close(QueueState.records(seen), QueueState.position(seen));
        open.recordCount = records;
        open.sizeInBytes = offset + node.used;
        return open.sizeInBytes;
    }

    /**
     * For a caller whose record could as well go to another partition: closes the open batch if the record has no room in it. Were the record appended here, it
     * would open a batch of its own, which nothing may follow, so that the record waits for the whole linger time. Any thread; does not wait.
     *
     * @param maxBatchBytes
     *            upper bound of the size that a batch of this record alone would have.
     * @return whether no batch is open here, so that the caller had better choose its partition again; the choice may be the same.
     */
    public boolean closeIfFull(final long maxBatchBytes) {
        final long maxRecordBytes = maxBatchBytes - HEADER_LENGTH;
        while (true) {
            final long seen = (long) STATE.getAcquire(this);
            final int phase = QueueState.phase(seen);
            if (phase != QueueState.OPEN) {
                return phase == QueueState.CLOSED;
            }
            final int position = QueueState.position(seen);
            if (maxRecordBytes <= segmentLimit - position) {
                return false;
            }
            final SegmentNode node = current;
            final Batch open = batch;
            final int offset = batchOffset;
            final int records = baseIndex + QueueState.records(seen);
            if (offset + (node.shared ? position : node.used) + maxRecordBytes <= batchLimitBytes()) {
                return false;
            }
            if (STATE.compareAndSet(this, seen, QueueState.withPhase(seen, QueueState.CLOSED))) {
                final int bytes = close(seen, node, open, offset, records);
                sizer.onBatchFull();
                closed(open, records, bytes);
                return true;
            }
        }
    }

    /**
     * Records that were claimed since the start; from any thread. It never goes back.
     */
    long claimedRecords() {
        while (true) {
            final long seen = (long) STATE.getAcquire(this);
            final long earlier = earlierRecords;
            final int base = baseIndex;
            VarHandle.acquireFence();
            // The fields change in phase SWITCHING only, and every one of these phases has a sequence number of its own.
            final long then = (long) STATE.getOpaque(this);
            if (QueueState.phase(seen) != QueueState.SWITCHING && QueueState.phase(then) != QueueState.SWITCHING
                    && QueueState.sequence(then) == QueueState.sequence(seen)) {
                return earlier + base + QueueState.records(then);
            }
            awaitSwitch();
        }
    }

    /** Closes the open batch and refuses every later record; from any thread. */
    void terminate() {
        while (seal(null, QueueState.TERMINATED) == BUSY) {
            awaitSwitch();
        }
    }

    /** Bytes in the open batch, as an estimate. */
    int openBytes() {
        final long seen = (long) STATE.getAcquire(this);
        return batchOffset + Math.max(QueueState.position(seen), HEADER_LENGTH);
    }

    /**
     * Up to where the open batch grows now, before compression (D14). Beyond the batch size while the leader has no room for a request, and while an earlier batch of this partition waits:
     * that one goes first anyway, so to cut this one would only make more requests of the same bytes.
     */
    private int batchLimitBytes() {
        final int limit = !(boolean) GROWS.getOpaque(this)
                ? accumulator.batchBytes()
                : queuedBatches() > 1 ? accumulator.batchCapBytes() : leader().batchLimitBytes();
        return beforeCompression(limit);
    }

    private int beforeCompression(final int limit) {
        return compression == null ? limit : compression.limitBytes(limit);
    }

    /** Whether the open batch has grown to the batch size, as an estimate. */
    boolean isBatchSized() {
        return openBytes() >= beforeCompression(accumulator.batchBytes());
    }

    /** A grown batch was too large for the broker: no batch of this partition grows any more. I/O thread. */
    void stopGrowing() {
        GROWS.setOpaque(this, false);
    }

    /** How the partition's batches are compressed; null if they are not. */
    TopicCompression compression() {
        return compression;
    }

    /** Before the queue is published. */
    void compression(final TopicCompression topicCompression) {
        compression = topicCompression;
    }

    NodeRing leader() {
        return (NodeRing) LEADER.getOpaque(this);
    }

    void leader(final NodeRing ring) {
        // Opaque: appenders read only the ring's batch limit, and a ring is safe to read however it is reached.
        LEADER.setOpaque(this, ring);
    }

    void addQueuedBatches(final int count) {
        QUEUED_BATCHES.setOpaque(this, queuedBatches + count);
    }

    /**
     * The partition's name.
     *
     * @return topic and partition.
     */
    @Override
    public String toString() {
        return topicPartition.toString();
    }
}
