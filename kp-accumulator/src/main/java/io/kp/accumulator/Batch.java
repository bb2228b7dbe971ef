package io.kp.accumulator;

import static io.kp.accumulator.RecordBatchDescriptor.*;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

import io.kp.memory.Segment;
import io.kp.metadata.TopicPartition;

/**
 * A record batch of one partition: a chain of segments that hold the batch in wire format.
 *
 * <p>
 * For the I/O thread only: all public methods are to be called on it. A batch is handed out by {@link RecordAccumulator#drain}, and its owner
 * then {@link #seal seals} it, has its {@link #buffers buffers} written, {@link #complete completes} its records, and at last
 * {@link RecordAccumulator#release releases} it or puts it back with {@link RecordAccumulator#retry}. The object is recycled with its
 * memory: it must not be touched after the release.
 */
public final class Batch {
    /*
     * When is a closed batch complete? Each appender adds 1 to `pending` when its record and completion object are in place. The closer,
     * who knows how many places were claimed since its compare-and-set ended the claiming, adds CLOSED_BIAS - claimed. These are the only
     * operations, each an atomic add, so in whatever order they come exactly one of them brings the sum to CLOSED_BIAS: the last one. That
     * one hands the batch on. Nobody waits for a stalled appender, nobody looks twice, and nobody touches the counter afterwards, so that
     * the object can be reused.
     *
     * The add has release semantics for what the appender wrote (bytes, slot, maximum timestamp) and acquire semantics for the last one,
     * which thereby sees all of it; weaker, the batch could be sent with bytes of its predecessor in it.
     */
    private static final long CLOSED_BIAS = 1L << 62;

    /** Stands in the slot of a record that is to be taken out of the batch. */
    static final Object ABORTED = new Object();

    private static final VarHandle PENDING;
    private static final VarHandle MAX_TIMESTAMP;

    static {
        try {
            final MethodHandles.Lookup lookup = MethodHandles.lookup();
            PENDING = lookup.findVarHandle(Batch.class, "pending", long.class);
            MAX_TIMESTAMP = lookup.findVarHandle(Batch.class, "maxTimestamp", long.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Where a batch is between its opening and its release; I/O thread only. */
    enum Place {
        /** In no partition: the object waits for its next use. */
        FREE,
        /** In its partition, open or closed. */
        QUEUED,
        /** Drained: the caller of drain owns it. */
        DRAINED,
        /** Taken out of its partition because it expired or was aborted; its handler owns it. */
        REMOVED
    }

    private long pending;
    private long maxTimestamp;
    /** Whether a slot holds {@link #ABORTED}; written before the commit of that record, and by that published. */
    private boolean anyAborted;

    // Written by the opener before the batch is announced.
    PartitionQueue queue;
    SegmentNode first;
    long createdNs;
    long baseTimestamp;

    // Written by the thread that closes the batch or adds a segment; read after completion.
    SegmentNode last;
    int segmentCount;
    int recordCount;
    int sizeInBytes;

    // Written by the compressor; read after it has handed the batch back.
    private int codecId;
    private int uncompressedBytes;
    private SegmentNode ledgerNode;
    private int ledgerPosition;

    // I/O thread only, from here on.
    Place place = Place.FREE;
    /** Order in the partition and across the accumulator: rises with each batch opened. */
    long order;
    /** How many order numbers, from its own on, are its parts' if it is split. */
    long orderSpan;
    /** Made by a split. */
    boolean part;
    Batch next;
    Batch previous;
    FlushGroup flushGroup;
    boolean announced;
    /** All records are in place, and compressed if they are to be: the batch may be sent. */
    boolean complete;
    /** Takes no more records, as far as the I/O thread knows. */
    boolean sealedOff;
    /** May go although it is not full. */
    boolean due;
    boolean backingOff;
    boolean expired;
    /** The expiry waits to be reported. */
    boolean expiryListed;
    boolean completed;
    int leaderEpochAtDrain;
    /** When the I/O thread learned that all records are in place. */
    long sealedNs;
    /** Whose share of the memory the batch counts to, and with how much; see {@link MemoryShares}. */
    NodeRing chargedTo;
    int chargedBytes;
    /** That it waits for, complete and in its partition; null if it does not. */
    NodeRing waitsFor;
    /** When the linger or the backoff ends; read only while one of them runs. */
    long waitUntilNs;
    long expiresNs;
    long timerNs;
    int timerIndex = DeadlineHeap.NOT_SCHEDULED;
    private int attempts;
    private long producerId = NONE;
    private short producerEpoch = NONE;
    private int baseSequence = NONE;
    private boolean transactional;
    private boolean sealLater;
    private Object attachment;

    Batch() {
    }

    // ---- appenders

    /** Prepares the object for a new batch. The caller owns it, as it owns the first segment. */
    void open(final PartitionQueue partition, final SegmentNode firstNode, final long nowNs, final long timestampMs) {
        queue = partition;
        first = firstNode;
        last = firstNode;
        segmentCount = 1;
        createdNs = nowNs;
        baseTimestamp = timestampMs;
        // Plain: published with the announcement and with the state word.
        maxTimestamp = timestampMs;
        anyAborted = false;
        codecId = 0;
        pending = 0;
    }

    void addSegment(final SegmentNode node) {
        last.next = node;
        last = node;
        segmentCount++;
    }

    void raiseMaxTimestamp(final long timestampMs) {
        long seen = (long) MAX_TIMESTAMP.getOpaque(this);
        // Records mostly share a millisecond with the one before: a compare-and-set only where the maximum grows.
        while (timestampMs > seen && !MAX_TIMESTAMP.weakCompareAndSetPlain(this, seen, timestampMs)) {
            seen = (long) MAX_TIMESTAMP.getOpaque(this);
        }
    }

    /** A record that was claimed is not to be sent; the caller commits afterwards. */
    void markAborted() {
        // Plain, and many may write it: all write the same, and the commits publish it.
        anyAborted = true;
    }

    boolean anyAborted() {
        return anyAborted;
    }

    void compacted(final int records, final int bytes, final long largestTimestamp) {
        recordCount = records;
        sizeInBytes = bytes;
        maxTimestamp = largestTimestamp;
        anyAborted = false;
    }

    /**
     * One claimed record is in place.
     *
     * @return whether this made the batch complete, so that the caller has to hand it on.
     */
    boolean commit() {
        return (long) PENDING.getAndAdd(this, 1L) == CLOSED_BIAS - 1;
    }

    /**
     * No more records will be claimed. Called once, by the thread whose compare-and-set ended the claiming.
     *
     * @return whether the batch is complete, so that the caller has to hand it on.
     */
    boolean close(final int claimed) {
        return (long) PENDING.getAndAdd(this, CLOSED_BIAS - claimed) == claimed;
    }

    // ---- compressor

    /** Copies the records, compressed or not, without the header. */
    void copyRecords(final ByteBuffer out, final int offset) {
        int at = offset;
        int start = HEADER_LENGTH;
        for (SegmentNode node = first; node != null; node = node.next) {
            node.segment.getBytes(start, out, at, node.used - start);
            at += node.used - start;
            start = 0;
        }
    }

    /**
     * Puts the compressed records and the ledger behind them in the place of the records, and gives back the segments that are not needed any more, unless they do not
     * fit.
     */
    void replaceRecords(final int codec, final ByteBuffer compressed, final int compressedBytes) {
        final int bytes = HEADER_LENGTH + compressed.limit();
        SegmentNode lastKept = first;
        long room = first.segment.capacity();
        long slots = first.slots();
        while (room < bytes || slots < recordCount) {
            lastKept = lastKept.next;
            if (lastKept == null) {
                return;
            }
            room += lastKept.segment.capacity();
            slots += lastKept.slots();
        }
        moveCompletions();
        final SegmentNode superfluous = lastKept.next;
        lastKept.next = null;
        last = lastKept;
        int from = 0;
        int start = HEADER_LENGTH;
        int count = 0;
        for (SegmentNode node = first; node != null; node = node.next) {
            final int capacity = node.segment.capacity();
            final int copied = Math.min(capacity - start, compressed.limit() - from);
            node.segment.putBytes(start, compressed, from, copied);
            // An empty part of the last segment is the ledger's if there is one.
            if (from <= compressedBytes && from + copied >= compressedBytes) {
                ledgerNode = node;
                ledgerPosition = start + compressedBytes - from;
            }
            node.used = start + Math.max(0, Math.min(copied, compressedBytes - from));
            count += node.used > 0 ? 1 : 0;
            from += copied;
            start = 0;
        }
        // Segments behind those with compressed records hold ledger and completion objects only.
        segmentCount = count;
        codecId = codec;
        uncompressedBytes = sizeInBytes;
        sizeInBytes = HEADER_LENGTH + compressedBytes;
        SegmentNode node = superfluous;
        while (node != null) {
            final SegmentNode following = node.next;
            node.release();
            node = following;
        }
    }

    /** Moves the completion objects to the front, where every slot is used before the next segment's. */
    private void moveCompletions() {
        SegmentNode to = first;
        int toSlot = 0;
        for (SegmentNode from = first; from != null; from = from.next) {
            final int records = from.records;
            from.records = 0;
            for (int slot = 0; slot < records; slot++) {
                if (toSlot == to.slots()) {
                    to = to.next;
                    toSlot = 0;
                }
                if (from != to || slot != toSlot) {
                    to.completion(toSlot, from.takeCompletion(slot));
                }
                toSlot++;
                to.records = toSlot;
            }
        }
    }

    // ---- I/O thread

    /**
     * The partition's queue.
     *
     * @return the queue that the batch came from.
     */
    public PartitionQueue queue() {
        return queue;
    }

    /**
     * What the I/O side keeps about its batches. Survives the recycling of the object, so that it can be recycled too.
     *
     * @return the object given to {@link #attach} last, maybe in a former life of the batch object; null at first.
     */
    public Object attachment() {
        return attachment;
    }

    /**
     * Attaches an object of the I/O side's own.
     *
     * @param object
     *            what {@link #attachment} returns from now on.
     */
    public void attach(final Object object) {
        attachment = object;
    }

    /**
     * The partition.
     *
     * @return the partition that the batch is for.
     */
    public TopicPartition topicPartition() {
        return queue.topicPartition();
    }

    /**
     * Number of records.
     *
     * @return the number of records; final once the batch has been drained.
     */
    public int recordCount() {
        return recordCount;
    }

    /**
     * Size on the wire.
     *
     * @return header and records in bytes; final once the batch has been drained.
     */
    public int sizeInBytes() {
        return sizeInBytes;
    }

    /**
     * How the records are compressed. A batch of a topic with compression is sent as it is where compression would make it larger.
     *
     * @return the codec's number in the attributes, 0 for none; final once the batch has been drained.
     */
    public int codecId() {
        return codecId;
    }

    /** Bytes of the records before compression, without the header. */
    int recordsBytes() {
        return (codecId == 0 ? sizeInBytes : uncompressedBytes) - HEADER_LENGTH;
    }

    /**
     * When the batch was opened.
     *
     * @return the nano clock's value at the opening; it does not change with retries.
     */
    public long createdNs() {
        return createdNs;
    }

    /**
     * When the batch took no more records and all of them were in place, as the I/O thread learned it.
     *
     * @return the nano clock's value; a part of a split batch has that of the whole.
     */
    public long sealedNs() {
        return sealedNs;
    }

    /**
     * Size of the batch as it was or would be without compression.
     *
     * @return header and records in bytes; final once the batch has been drained.
     */
    public int uncompressedBytes() {
        return HEADER_LENGTH + recordsBytes();
    }

    /**
     * Timestamp that the records' deltas count from.
     *
     * @return the timestamp of the record that opened the batch, in milliseconds.
     */
    public long baseTimestamp() {
        return baseTimestamp;
    }

    /**
     * Largest timestamp of the records.
     *
     * @return the timestamp in milliseconds.
     */
    public long maxTimestamp() {
        return maxTimestamp;
    }

    /**
     * How often the batch has been put back.
     *
     * @return the number of retries, 0 at first.
     */
    public int attempts() {
        return attempts;
    }

    /**
     * Whether the batch's delivery timeout has passed.
     *
     * @return true from the moment that the expiry is known.
     */
    public boolean isExpired() {
        return expired;
    }

    /**
     * Whether the records' completion objects have been handed out.
     *
     * @return true after {@link #complete}.
     */
    public boolean isCompleted() {
        return completed;
    }

    /**
     * Producer id of the last seal.
     *
     * @return the id, -1 if there is none.
     */
    public long producerId() {
        return producerId;
    }

    /**
     * Producer epoch of the last seal.
     *
     * @return the epoch, -1 if there is none.
     */
    public short producerEpoch() {
        return producerEpoch;
    }

    /**
     * Sequence number of the first record as of the last seal.
     *
     * @return the sequence number, -1 if there is none.
     */
    public int baseSequence() {
        return baseSequence;
    }

    /**
     * Whether a sequence number has been given.
     *
     * @return true if the last seal had one.
     */
    public boolean hasSequence() {
        return baseSequence != NONE;
    }

    /**
     * Whether the last seal marked the batch as part of a transaction.
     *
     * @return true for a transactional batch.
     */
    public boolean isTransactional() {
        return transactional;
    }

    /**
     * Whether the batch was made by {@link RecordAccumulator#split}.
     *
     * @return true for a part of a batch that was too large.
     */
    public boolean isPart() {
        return part;
    }

    void countAttempt() {
        attempts++;
    }

    /** What the batch holds now; an estimate while it is open. */
    int currentSizeInBytes() {
        return complete ? sizeInBytes : queue.openBytes();
    }

    /**
     * Writes the header and the checksum. May be called again with another producer state, while no write of the buffers is under way.
     * Moves the buffers' positions: ask for them afterwards. A part of a batch that was split may be sealed while it is being compressed; header and checksum
     * follow then.
     *
     * @param id
     *            producer id, -1 for none.
     * @param epoch
     *            producer epoch, -1 for none.
     * @param sequence
     *            sequence number of the first record, -1 for none.
     * @param inTransaction
     *            whether the batch belongs to a transaction.
     * @throws IllegalStateException
     *             if the batch is not complete yet.
     */
    public void seal(final long id, final short epoch, final int sequence, final boolean inTransaction) {
        sealLater = part && !complete;
        if (!sealLater) {
            requireComplete();
        }
        producerId = id;
        producerEpoch = epoch;
        baseSequence = sequence;
        transactional = inTransaction;
        if (!sealLater) {
            writeHeader();
        }
    }

    /** The batch is complete: what was left of a seal is done. */
    void completeSeal() {
        if (sealLater) {
            sealLater = false;
            writeHeader();
        }
    }

    private void writeHeader() {
        final Segment segment = first.segment;
        segment.putLong(BASE_OFFSET_OFFSET, 0);
        segment.putInt(BATCH_LENGTH_OFFSET, sizeInBytes - LENGTH_OVERHEAD);
        segment.putInt(LEADER_EPOCH_OFFSET, NONE);
        segment.putByte(MAGIC_OFFSET, MAGIC);
        segment.putShort(ATTRIBUTES_OFFSET, (short) (codecId | (transactional ? TRANSACTIONAL_FLAG : 0)));
        segment.putInt(LAST_OFFSET_DELTA_OFFSET, recordCount - 1);
        segment.putLong(BASE_TIMESTAMP_OFFSET, baseTimestamp);
        segment.putLong(MAX_TIMESTAMP_OFFSET, maxTimestamp);
        segment.putLong(PRODUCER_ID_OFFSET, producerId);
        segment.putShort(PRODUCER_EPOCH_OFFSET, producerEpoch);
        segment.putInt(BASE_SEQUENCE_OFFSET, baseSequence);
        segment.putInt(RECORD_COUNT_OFFSET, recordCount);
        segment.putInt(CRC_OFFSET, (int) checksum(queue.accumulator().checksum()));
    }

    private long checksum(final CRC32C crc) {
        crc.reset();
        int start = ATTRIBUTES_OFFSET;
        for (SegmentNode node = first; node != null; node = node.next) {
            crc.update(node.buffer.limit(node.used).position(start));
            start = 0;
        }
        return crc.getValue();
    }

    /**
     * Number of buffers.
     *
     * @return how many buffers {@link #buffers} gives.
     */
    public int bufferCount() {
        return segmentCount;
    }

    /**
     * The sealed batch, ready to be written (again) from its beginning.
     *
     * @param out
     *            takes the buffers in order, each with position and limit around its part of the batch. They are the batch's own: whoever writes
     *            them moves their positions, and nobody must touch them after the release.
     * @param offset
     *            index in out of the first.
     * @return the index after the last, offset + {@link #bufferCount()}.
     * @throws IllegalStateException
     *             if the batch is not complete yet.
     */
    public int buffers(final ByteBuffer[] out, final int offset) {
        requireComplete();
        int at = offset;
        final int end = offset + segmentCount;
        for (SegmentNode node = first; at < end; node = node.next) {
            out[at++] = node.buffer.limit(node.used).position(0);
        }
        return at;
    }

    /**
     * Hands out the records' completion objects, each once, in record order. If the handler throws, the other records are handed out
     * nevertheless, and then the first exception is thrown with the others as suppressed ones.
     *
     * @param handler
     *            takes the completion objects; records that were appended without one are left out.
     * @throws IllegalStateException
     *             if the batch is not complete yet or its completion objects have been handed out before.
     */
    public void complete(final RecordHandler handler) {
        requireComplete();
        if (completed) {
            throw new IllegalStateException("batch was completed before: partition=" + topicPartition());
        }
        completed = true;
        final RecordAccumulator accumulator = queue.accumulator();
        final CompletedRecord record = accumulator.takeRecord();
        record.begin(this, ledgerNode, ledgerPosition);
        final Throwable failure = complete(handler, record);
        record.end();
        accumulator.giveBack(record);
        accumulator.batchCompleted(this);
        if (failure != null) {
            sneakyThrow(failure);
        }
    }

    private Throwable complete(final RecordHandler handler, final CompletedRecord record) {
        Throwable failure = null;
        int index = 0;
        for (SegmentNode node = first; node != null; node = node.next) {
            record.in(node);
            for (int slot = 0; slot < node.records; slot++) {
                final Object completion = node.takeCompletion(slot);
                if (completion != null) {
                    record.at(slot);
                    try {
                        handler.onRecord(completion, index, record);
                    } catch (final Throwable t) {
                        failure = firstOf(failure, t);
                    }
                }
                index++;
            }
        }
        return failure;
    }

    private static Throwable firstOf(final Throwable first, final Throwable next) {
        if (first == null) {
            return next;
        }
        if (first != next) {
            first.addSuppressed(next);
        }
        return first;
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneakyThrow(final Throwable failure) throws T {
        // The handler declares no checked exception, so this throws none either.
        throw (T) failure;
    }

    private void requireComplete() {
        if (!complete) {
            throw new IllegalStateException(
                    "batch is not complete: partition=" + (queue == null ? null : topicPartition()) + ", place="
                            + place);
        }
    }

    /**
     * Gives all memory back, unserved: the caller owes a {@link io.kp.memory.BufferPool#serveWaiters()}. The first segment goes last, since this object is recycled with
     * it.
     *
     * @return the bytes.
     */
    long releaseSegments() {
        final SegmentNode firstNode = first;
        long bytes = firstNode.segment.capacity();
        SegmentNode node = firstNode.next;
        reset();
        while (node != null) {
            final SegmentNode following = node.next;
            bytes += node.segment.capacity();
            node.releaseUnserved();
            node = following;
        }
        firstNode.releaseUnserved();
        return bytes;
    }

    private void reset() {
        place = Place.FREE;
        queue = null;
        first = null;
        last = null;
        next = null;
        previous = null;
        flushGroup = null;
        announced = false;
        complete = false;
        sealedOff = false;
        due = false;
        backingOff = false;
        expired = false;
        expiryListed = false;
        completed = false;
        attempts = 0;
        part = false;
        producerId = NONE;
        producerEpoch = NONE;
        baseSequence = NONE;
        transactional = false;
        sealLater = false;
        codecId = 0;
        ledgerNode = null;
    }

    /**
     * Describes the batch for messages and logs.
     *
     * @return partition, place, size and attempts.
     */
    @Override
    public String toString() {
        return "Batch{partition=" + (queue == null ? null : topicPartition()) + ", place=" + place + ", records="
                + recordCount
                + ", bytes=" + sizeInBytes + ", attempts=" + attempts + ", baseSequence=" + baseSequence + '}';
    }
}
