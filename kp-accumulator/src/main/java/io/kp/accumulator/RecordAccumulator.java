package io.kp.accumulator;

import static io.kp.accumulator.RecordBatchDescriptor.HEADER_LENGTH;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import java.util.zip.CRC32C;

import io.kp.memory.BufferPool;
import io.kp.memory.Parker;
import io.kp.memory.PoolExhaustedException;
import io.kp.memory.Segment;
import io.kp.metadata.Cluster;
import io.kp.metadata.Node;
import io.kp.metadata.PartitionInfo;
import io.kp.metadata.TopicInfo;
import io.kp.metadata.TopicPartition;
import org.agrona.collections.Int2ObjectHashMap;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;
import org.jctools.queues.varhandle.MpscVarHandleArrayQueue;

/**
 * Collects records into record batches, per partition, without locks, and hands the batches to one I/O thread.
 *
 * <p>
 * Two sides. <b>Any thread</b> may call {@link #topic}, {@link #append}, {@link #claim}, {@link #tryAppend}, {@link #tryClaim}, {@link #beginFlush},
 * {@link #close} and the statistics; only {@code append} and {@code claim} may wait: for memory, and for a moment while callers are in each other's or the I/O thread's way. All other methods, and those of {@link Batch}, belong
 * to <b>the I/O thread</b>; none of them blocks.
 *
 * <p>
 * One turn of the I/O thread: {@link #poll} takes what the appenders announced and fires timers, {@link #pollExpired} reports batches whose
 * delivery timeout has passed, {@link #forEachReadyNode} and {@link #drain} hand out batches, the caller seals them, sends them, and ends each
 * with {@link Batch#complete} and {@link #release}, or with {@link #retry}. Before it sleeps it asks {@link #nextDeadlineNs} how long, and
 * {@link #prepareSleep} whether it may.
 *
 * <p>
 * Times named Ns are readings of the nano clock given at construction, compared by difference.
 */
public final class RecordAccumulator implements AutoCloseable {
    /** Status of {@link #tryAppend} and {@link #tryClaim}: there is no memory at the moment; nothing was appended. */
    public static final int NO_MEMORY = PartitionQueue.NO_MEMORY;

    /** Status of {@link #tryAppend} and {@link #tryClaim}: the accumulator is closed; nothing was appended. */
    public static final int CLOSED = PartitionQueue.CLOSED;

    /** Status of {@link #tryAppend} and {@link #tryClaim}: the record can never fit into the pool's memory; nothing was appended. */
    public static final int TOO_LARGE = PartitionQueue.TOO_LARGE;

    /** What {@link #nextDeadlineNs} returns if there is none. */
    public static final long NO_DEADLINE = Long.MAX_VALUE;

    private static final long AWAKE = Long.MIN_VALUE;
    private static final int EVENTS_PER_BATCH = 2;
    private static final int SPARE_EVENTS = 64;
    private static final int TICKET_CHUNK = 64;
    /** So long after want of memory batches are cut short by it, and not since their partitions have few records. */
    private static final long SHORT_AFTER_NS = 100_000_000;
    /** How often a caller whose partition's leader is held back looks again; nothing tells it. */
    private static final long SHARE_RECHECK_NS = 2_000_000;
    /** Gap between the order numbers of two batches, for the parts of a batch that is split. */
    private static final long ORDER_STEP = 1L << 20;

    private static final VarHandle SLEEPING_UNTIL;
    private static final VarHandle MEMORY_WAITERS;
    private static final VarHandle MEMORY_SHORT;
    private static final VarHandle MEMORY_WAITS;
    private static final VarHandle COMPLETED_BATCHES;
    private static final VarHandle COMPLETED_RECORDS;
    private static final VarHandle COMPLETED_BYTES;
    private static final VarHandle UNCOMPRESSED_BYTES;
    private static final VarHandle COMPRESSED_BYTES;
    private static final VarHandle LIVE_BATCHES;
    private static final VarHandle ABORTED_RECORDS;

    static {
        try {
            final MethodHandles.Lookup lookup = MethodHandles.lookup();
            SLEEPING_UNTIL = lookup.findVarHandle(RecordAccumulator.class, "sleepingUntilNs", long.class);
            MEMORY_WAITERS = lookup.findVarHandle(RecordAccumulator.class, "memoryWaiters", int.class);
            MEMORY_SHORT = lookup.findVarHandle(RecordAccumulator.class, "memoryShort", boolean.class);
            MEMORY_WAITS = lookup.findVarHandle(RecordAccumulator.class, "memoryWaits", long.class);
            COMPLETED_BATCHES = lookup.findVarHandle(RecordAccumulator.class, "completedBatches", long.class);
            COMPLETED_RECORDS = lookup.findVarHandle(RecordAccumulator.class, "completedRecords", long.class);
            COMPLETED_BYTES = lookup.findVarHandle(RecordAccumulator.class, "completedBytes", long.class);
            UNCOMPRESSED_BYTES = lookup.findVarHandle(RecordAccumulator.class, "uncompressedBytes", long.class);
            COMPRESSED_BYTES = lookup.findVarHandle(RecordAccumulator.class, "compressedBytes", long.class);
            LIVE_BATCHES = lookup.findVarHandle(RecordAccumulator.class, "liveBatches", int.class);
            ABORTED_RECORDS = lookup.findVarHandle(RecordAccumulator.class, "abortedRecords", long.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final BufferPool pool;
    private final LongSupplier nanoClock;
    private final Waker waker;
    private final Parker parker;
    private final BatchListener listener;
    private final QueueFactory queueFactory;
    private final int batchBytes;
    private final int batchCapBytes;
    private final long lingerNs;
    private final long deliveryTimeoutNs;
    private final int maxFixedBytes;
    /** Null if nothing is compressed. */
    private final CompressionStage compression;

    // Shared by appenders and I/O thread.
    private final MpscVarHandleArrayQueue<Batch> events;
    private final MpscUnboundedVarHandleArrayQueue<CompletableFuture<Void>> tickets = new MpscUnboundedVarHandleArrayQueue<>(
            TICKET_CHUNK);
    private final ReentrantLock topologyLock = new ReentrantLock();
    private volatile Map<String, TopicQueues> topics = new HashMap<>();
    private volatile boolean closed;
    private long sleepingUntilNs = AWAKE;
    private int wakeAfterEvents;
    private int memoryWaiters;
    private boolean memoryShort;
    private long memoryWaits;

    // I/O thread only.
    private final CRC32C crc = new CRC32C();
    private CompletedRecord completedRecord = new CompletedRecord();
    private final BatchCompactor compactor = new BatchCompactor();
    private final BatchSplitter splitter;
    private final MemoryShares shares;
    private final ReturnedMemory returned;
    private final Pace pace;
    private final DeadlineHeap timers = new DeadlineHeap();
    private final Int2ObjectHashMap<NodeRing> ringsById = new Int2ObjectHashMap<>();
    private NodeRing[] rings = new NodeRing[0];
    private final NodeRing leaderless;
    private Cluster cluster;
    private long clusterVersion;
    private PartitionQueue activeHead;
    private PartitionQueue activeTail;
    private Batch expiredHead;
    private Batch expiredTail;
    private FlushGroup oldestGroup = new FlushGroup();
    private FlushGroup youngestGroup = oldestGroup;
    private long lastOrder;
    private long leaderlessReports;
    private long polledNs;
    private boolean closeSeen;
    private boolean memoryEverShort;
    private long memoryShortNs;
    /** A batch could not be sealed since an appender was switching segments: no event will tell when it is done. */
    private boolean sealAgain;
    /** A linger time was over in this turn. */
    private boolean lingerOver;
    /** Batches that are closed now will not be sent: they are not worth compressing. */
    private boolean givingUp;
    /** Removed from their partitions with a record still to be committed, or under compression. */
    private int strays;
    private int queuedBatches;

    // Written by the I/O thread, read by any.
    private long completedBatches;
    private long completedRecords;
    private long completedBytes;
    private long uncompressedBytes;
    private long compressedBytes;
    private int liveBatches;
    private long abortedRecords;

    private RecordAccumulator(final Builder builder) {
        pool = builder.pool;
        nanoClock = builder.nanoClock;
        waker = builder.waker;
        listener = builder.listener;
        queueFactory = builder.queueFactory;
        batchBytes = builder.batchBytes;
        batchCapBytes = Math.max(builder.batchCapBytes, builder.batchBytes);
        lingerNs = builder.lingerNs;
        deliveryTimeoutNs = builder.deliveryTimeoutNs;
        maxFixedBytes = pool.maxRequestBytes() - HEADER_LENGTH - RecordEncoder.MAX_VARIABLE_BYTES;
        leaderless = new NodeRing(Node.NO_ID, batchBytes);
        shares = new MemoryShares(pool, batchCapBytes);
        returned = new ReturnedMemory(pool);
        parker = builder.parker;
        pace = new Pace(builder.backlogBytes, nanoClock, parker);
        // A batch is announced twice and has a segment for itself all the while, so this can never be full.
        final long maxBatches = pool.capacityBytes() / pool.segmentBytes();
        events = new MpscVarHandleArrayQueue<>(
                Math.toIntExact(Math.min(1 << 30, maxBatches * EVENTS_PER_BATCH + SPARE_EVENTS)));
        compression = builder.compression == null
                ? null
                : new CompressionStage(builder.compression, this,
                        Math.toIntExact(Math.min(1 << 30, maxBatches + SPARE_EVENTS)));
        splitter = new BatchSplitter(pool, compression);
    }

    /**
     * A builder with the defaults.
     *
     * @return a new builder.
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Makes the queues; the place where tests put in weakened ones. */
    @FunctionalInterface
    interface QueueFactory {
        PartitionQueue create(RecordAccumulator accumulator, TopicPartition topicPartition, SegmentSizer sizer,
                NodeRing leader);
    }

    // ---- any thread: append

    /**
     * The queues of a topic, created at its first use.
     *
     * @param name
     *            of the topic.
     * @return the topic's queues.
     */
    public TopicQueues topic(final String name) {
        final TopicQueues queues = topics.get(name);
        return queues == null ? createTopic(name) : queues;
    }

    private TopicQueues createTopic(final String name) {
        Objects.requireNonNull(name, "name");
        topologyLock.lock();
        try {
            TopicQueues queues = topics.get(name);
            if (queues == null) {
                queues = new TopicQueues(this, name, compressionOf(name));
                final Map<String, TopicQueues> copy = new HashMap<>(topics);
                copy.put(name, queues);
                topics = copy;
            }
            return queues;
        } finally {
            topologyLock.unlock();
        }
    }

    private TopicCompression compressionOf(final String topic) {
        final Compression.Kind kind = compression == null ? null : compression.compression().of(topic);
        return kind == null
                ? null
                : new TopicCompression(kind, HEADER_LENGTH + compression.compression().inputBytes(), batchBytes);
    }

    PartitionQueue createQueue(final TopicQueues topic, final int partition) {
        if (partition < 0) {
            throw new IllegalArgumentException(
                    "partition must not be negative: partition=" + partition + ", topic=" + topic.topic());
        }
        topologyLock.lock();
        try {
            final PartitionQueue existing = topic.existing(partition);
            if (existing != null) {
                return existing;
            }
            // Under the lock: close terminates all queues that exist when it holds the lock, and no queue may slip in behind it.
            if (closed) {
                throw new AccumulatorClosedException(
                        "accumulator is closed: partition=" + topic.topic() + '-' + partition);
            }
            final PartitionQueue[] old = topic.array();
            final PartitionQueue[] array = partition < old.length
                    ? old.clone()
                    : Arrays.copyOf(old, Math.max(partition + 1, 2 * old.length));
            array[partition] = queueFactory.create(this, new TopicPartition(topic.topic(), partition),
                    new SegmentSizer(pool.segmentBytes(),
                            Math.min(batchBytes,
                                    Math.min(QueueState.MAX_SHARED_SEGMENT_BYTES, pool.maxRequestBytes()))),
                    leaderless);
            array[partition].compression(topic.compression);
            topic.array(array);
            return array[partition];
        } finally {
            topologyLock.unlock();
        }
    }

    /**
     * Appends a record; waits for memory if there is none. The arrays are copied before this returns.
     *
     * @param queue
     *            of the record's partition.
     * @param timestampMs
     *            the record's timestamp.
     * @param key
     *            serialized key, or null.
     * @param value
     *            serialized value, or null.
     * @param headers
     *            the record's headers, or null for none.
     * @param completion
     *            handed to {@link Batch#complete} when the record's outcome is known; null if nobody asks.
     * @param timeoutNs
     *            how long to wait for memory in nanoseconds; 0 not to wait.
     * @return size of the record in its batch, in bytes.
     * @throws InterruptedException
     *             if the thread was interrupted while it waited; the record was not appended.
     * @throws PoolExhaustedException
     *             if no memory came in time; the record was not appended.
     * @throws AccumulatorClosedException
     *             if the accumulator is closed; the record was not appended.
     * @throws IllegalArgumentException
     *             if the record can never fit into the pool's memory.
     */
    public int append(final PartitionQueue queue, final long timestampMs, final byte[] key, final byte[] value,
            final RecordHeaders headers, final Object completion, final long timeoutNs) throws InterruptedException {
        final int bytes = queue.append(timestampMs, key, value, headers, completion, Math.max(0, timeoutNs));
        if (bytes > 0) {
            return bytes;
        }
        throw refusal(queue, bytes);
    }

    private RuntimeException refusal(final PartitionQueue queue, final int status) {
        if (status == TOO_LARGE) {
            return new IllegalArgumentException(
                    "record is larger than the pool's largest segment: maxSegmentBytes=" + pool.maxRequestBytes()
                            + ", partition=" + queue);
        }
        return new AccumulatorClosedException("accumulator is closed: partition=" + queue);
    }

    /**
     * Appends a record if that needs no waiting.
     *
     * @param queue
     *            of the record's partition.
     * @param timestampMs
     *            the record's timestamp.
     * @param key
     *            serialized key, or null.
     * @param value
     *            serialized value, or null.
     * @param headers
     *            the record's headers, or null for none.
     * @param completion
     *            handed to {@link Batch#complete} when the record's outcome is known; null if nobody asks.
     * @return size of the record in its batch in bytes, or {@link #NO_MEMORY}, {@link #CLOSED} or {@link #TOO_LARGE}, which are negative.
     */
    public int tryAppend(final PartitionQueue queue, final long timestampMs, final byte[] key, final byte[] value,
            final RecordHeaders headers, final Object completion) {
        try {
            return queue.append(timestampMs, key, value, headers, completion, PartitionQueue.DO_NOT_WAIT);
        } catch (final InterruptedException e) {
            throw new AssertionError("interrupted without a wait", e);
        }
    }

    /**
     * Claims a record's place in the open batch, for a caller that writes key and value in place; waits for memory if there is none. Such a record has no headers.
     *
     * @param queue
     *            of the record's partition.
     * @param timestampMs
     *            the record's timestamp.
     * @param keyLength
     *            number of bytes of the key, -1 for a null key.
     * @param valueLength
     *            number of bytes of the value, -1 for a null value.
     * @param completion
     *            handed to {@link Batch#complete} when the record's outcome is known; null if nobody asks.
     * @param claim
     *            takes the place; must not be active.
     * @param timeoutNs
     *            how long to wait for memory in nanoseconds; 0 not to wait.
     * @return size of the record in its batch, in bytes.
     * @throws InterruptedException
     *             if the thread was interrupted while it waited; nothing was claimed.
     * @throws PoolExhaustedException
     *             if no memory came in time; nothing was claimed.
     * @throws AccumulatorClosedException
     *             if the accumulator is closed; nothing was claimed.
     * @throws IllegalArgumentException
     *             if a length is less than -1, or the record can never fit into the pool's memory.
     * @throws IllegalStateException
     *             if the claim is active.
     */
    public int claim(final PartitionQueue queue, final long timestampMs, final int keyLength, final int valueLength,
            final Object completion, final Claim claim, final long timeoutNs) throws InterruptedException {
        requireClaimable(queue, keyLength, valueLength, claim);
        final int bytes = queue.claim(timestampMs, keyLength, valueLength, completion, claim, Math.max(0, timeoutNs));
        if (bytes > 0) {
            return bytes;
        }
        throw refusal(queue, bytes);
    }

    /**
     * Claims a record's place in the open batch, for a caller that writes key and value in place, if that needs no waiting. Such a record has no
     * headers.
     *
     * @param queue
     *            of the record's partition.
     * @param timestampMs
     *            the record's timestamp.
     * @param keyLength
     *            number of bytes of the key, -1 for a null key.
     * @param valueLength
     *            number of bytes of the value, -1 for a null value.
     * @param completion
     *            handed to {@link Batch#complete} when the record's outcome is known; null if nobody asks.
     * @param claim
     *            takes the place; must not be active.
     * @return size of the record in its batch in bytes, or {@link #NO_MEMORY}, {@link #CLOSED} or {@link #TOO_LARGE}, which are negative.
     * @throws IllegalArgumentException
     *             if a length is less than -1.
     * @throws IllegalStateException
     *             if the claim is active.
     */
    public int tryClaim(final PartitionQueue queue, final long timestampMs, final int keyLength, final int valueLength,
            final Object completion, final Claim claim) {
        requireClaimable(queue, keyLength, valueLength, claim);
        try {
            return queue.claim(timestampMs, keyLength, valueLength, completion, claim, PartitionQueue.DO_NOT_WAIT);
        } catch (final InterruptedException e) {
            throw new AssertionError("interrupted without a wait", e);
        }
    }

    private static void requireClaimable(final PartitionQueue queue, final int keyLength, final int valueLength,
            final Claim claim) {
        if (keyLength < RecordEncoder.NULL || valueLength < RecordEncoder.NULL) {
            throw new IllegalArgumentException(
                    "length must be at least -1: keyLength=" + keyLength + ", valueLength=" + valueLength);
        }
        if (claim.isActive()) {
            throw new IllegalStateException("claim is active, commit it first: partition=" + queue);
        }
    }

    // ---- any thread: called by the queues

    long nanoTime() {
        return nanoClock.getAsLong();
    }

    int batchCapBytes() {
        return batchCapBytes;
    }

    int batchBytes() {
        return batchBytes;
    }

    /** Whether memory is or was short a moment ago, so that batches go before they are full. I/O thread. */
    boolean isMemoryShort() {
        return memoryEverShort && polledNs - memoryShortNs < SHORT_AFTER_NS;
    }

    /** Holds the calling thread up while too much waits for the partition's leader. */
    void keepPace(final PartitionQueue queue) {
        pace.keep(queue.leader());
    }

    void helpCompressing() {
        compression.helpIfBehind();
    }

    /** Whether so much waits to be sent that it takes longer than a caller stays away. Takes the pool's lock for a short time. */
    boolean hasBacklog() {
        return pool.usedBytes() > pool.capacityBytes() / Crowd.BACKLOG_PART;
    }

    /** The caller, which has lost against others again and again, lets them go on. */
    void leaveToOthers() {
        parker.park(this, Crowd.LEAVE_NS);
    }

    int maxFixedBytes() {
        return maxFixedBytes;
    }

    Segment tryAcquire(final int minBytes, final int preferredBytes) {
        return minBytes > pool.maxRequestBytes() ? null : pool.tryAcquire(minBytes, preferredBytes);
    }

    /** Whether the memory that is left is for other leaders than the partition's. Any thread. */
    boolean isHeldBack(final PartitionQueue queue) {
        return queue.leader().heldBack() && shares.isShort();
    }

    /** Waits until the leader is not held back any more. What is over then is not the memory, so nobody is waiting in the pool's line. */
    void awaitShare(final PartitionQueue queue, final int minBytes, final long waitUntilNs)
            throws InterruptedException {
        final long startNs = nanoTime();
        boolean obtained = false;
        MEMORY_WAITERS.getAndAdd(this, 1);
        try {
            MEMORY_WAITS.getAndAdd(this, 1L);
            signalMemoryShort();
            while (isHeldBack(queue) && !closed) {
                if (Thread.interrupted()) {
                    throw new InterruptedException("interrupted while waiting for memory: partition=" + queue);
                }
                final long nowNs = nanoTime();
                if (waitUntilNs - nowNs <= 0) {
                    throw new PoolExhaustedException("the rest is kept for other brokers than node "
                            + queue.leader().nodeId + ", which holds most", minBytes, nowNs - startNs,
                            pool.capacityBytes(), pool.usedBytes(), pool.waiters());
                }
                parker.park(this, Math.min(waitUntilNs - nowNs, SHARE_RECHECK_NS));
            }
            obtained = true;
        } finally {
            MEMORY_WAITERS.getAndAdd(this, -1);
            listener.onMemoryWait(minBytes, nanoTime() - startNs, obtained);
        }
    }

    Segment acquire(final int minBytes, final int preferredBytes, final long waitUntilNs) throws InterruptedException {
        final long startNs = nanoTime();
        boolean obtained = false;
        MEMORY_WAITERS.getAndAdd(this, 1);
        try {
            MEMORY_WAITS.getAndAdd(this, 1L);
            // After the count: the I/O thread that takes the signal, or opens a batch later, finds the waiter.
            signalMemoryShort();
            final Segment segment = pool.acquire(minBytes, preferredBytes, Math.max(0, waitUntilNs - startNs));
            obtained = true;
            return segment;
        } finally {
            MEMORY_WAITERS.getAndAdd(this, -1);
            listener.onMemoryWait(minBytes, nanoTime() - startNs, obtained);
        }
    }

    /** Asks the I/O thread to send what is there. */
    void signalMemoryShort() {
        MEMORY_SHORT.setVolatile(this, true);
        wake();
    }

    void announceOpen(final Batch batch) {
        offer(batch);
    }

    void wakeForOpen(final long createdNs) {
        VarHandle.fullFence();
        final long until = (long) SLEEPING_UNTIL.getOpaque(this);
        if (until != AWAKE && (until == NO_DEADLINE || createdNs + lingerNs - until < 0
                || (int) MEMORY_WAITERS.getOpaque(this) > 0)) {
            wake(until);
        }
    }

    void announceComplete(final Batch batch) {
        final boolean toCompress = batch.queue.compression() != null;
        offer(batch);
        VarHandle.fullFence();
        final long until = (long) SLEEPING_UNTIL.getOpaque(this);
        // The number was written before the I/O thread said that it sleeps. A stale one wakes it too early, or at the end of its short sleep.
        if (until != AWAKE && (wakeAfterEvents <= EVENTS_PER_BATCH || events.size() >= wakeAfterEvents)
                && !(toCompress && compression.hasWorkForAll())) {
            wake(until);
        }
    }

    void batchClosed(final PartitionQueue queue, final int bytes) {
        listener.onBatchClosed(queue, bytes);
    }

    private void offer(final Batch batch) {
        if (!events.offer(batch)) {
            throw new IllegalStateException(
                    "event queue is full, which its size rules out: capacity=" + events.capacity());
        }
    }

    /*
     * The sleep handshake. The I/O thread first says until when it will sleep, then looks for work once more, then sleeps; a thread that brings
     * work first puts it in the queue, then looks whether the I/O thread sleeps. With a full fence between the two steps on both sides at least one
     * of them sees the other. The compare-and-set lets one waker per sleep make the system call.
     */
    void wake() {
        VarHandle.fullFence();
        final long until = (long) SLEEPING_UNTIL.getOpaque(this);
        if (until != AWAKE) {
            wake(until);
        }
    }

    private void wake(final long until) {
        if (SLEEPING_UNTIL.compareAndSet(this, until, AWAKE)) {
            waker.wake();
        }
    }

    /**
     * Makes all batches that are open now due, and tells when they are done. The future is completed on the I/O thread once the records of all
     * batches that were opened before this call have their outcome, whatever it is; records appended later are not waited for. To be waited for
     * on another thread than the I/O thread.
     *
     * @return completes with null when all is done; never completes exceptionally.
     */
    public CompletableFuture<Void> beginFlush() {
        final CompletableFuture<Void> ticket = new CompletableFuture<>();
        tickets.offer(ticket);
        wake();
        return ticket;
    }

    /**
     * Refuses all further records. When this returns, every record that was accepted has been announced to the I/O thread, whose next
     * {@link #poll} makes all of them due. Idempotent. Does not wait for their outcome.
     */
    @Override
    public void close() {
        topologyLock.lock();
        try {
            closed = true;
        } finally {
            topologyLock.unlock();
        }
        for (final TopicQueues topic : topics.values()) {
            for (final PartitionQueue queue : topic.array()) {
                if (queue != null) {
                    queue.terminate();
                }
            }
        }
        wake();
    }

    /**
     * Whether {@link #close} has been called.
     *
     * @return true once closed.
     */
    public boolean isClosed() {
        return closed;
    }

    // ---- any thread: statistics

    /**
     * Batches that exist: opened, and not yet released.
     *
     * @return number of batches as the I/O thread knows it.
     */
    public int liveBatches() {
        return (int) LIVE_BATCHES.getOpaque(this);
    }

    /**
     * Batches closed with all their records in place.
     *
     * @return number since the start.
     */
    public long completedBatches() {
        return (long) COMPLETED_BATCHES.getOpaque(this);
    }

    /**
     * Records in closed batches.
     *
     * @return number since the start.
     */
    public long completedRecords() {
        return (long) COMPLETED_RECORDS.getOpaque(this);
    }

    /**
     * Records that were accepted, those in open batches included. Asks every partition, as appending counts nothing that is shared.
     *
     * @return number since the start.
     */
    public long acceptedRecords() {
        // First: a record that is aborted meanwhile may be counted, but none is left out that is there.
        final long aborted = (long) ABORTED_RECORDS.getOpaque(this);
        long claimed = 0;
        for (final TopicQueues topic : topics.values()) {
            for (final PartitionQueue queue : topic.array()) {
                if (queue != null) {
                    claimed += queue.claimedRecords();
                }
            }
        }
        return claimed - aborted;
    }

    /**
     * Bytes of closed batches, headers included, before compression.
     *
     * @return bytes since the start.
     */
    public long completedBytes() {
        return (long) COMPLETED_BYTES.getOpaque(this);
    }

    /**
     * Bytes of records that went through compression, before it, headers of batches not included; those of batches that were sent as they are too.
     *
     * @return bytes since the start.
     */
    public long uncompressedBytes() {
        return (long) UNCOMPRESSED_BYTES.getOpaque(this);
    }

    /**
     * Bytes of records that went through compression, after it.
     *
     * @return bytes since the start.
     */
    public long compressedBytes() {
        return (long) COMPRESSED_BYTES.getOpaque(this);
    }

    /**
     * Batches that callers have compressed, as the compressors were behind.
     *
     * @return number since the start; of those that would have grown too.
     */
    public long batchesCompressedByCallers() {
        return compression == null ? 0 : compression.helped();
    }

    /**
     * How often a batch could not be compressed since the codec or the executor failed, and was sent as it is.
     *
     * @return number since the start.
     */
    public long compressionFailures() {
        return compression == null ? 0 : compression.failures();
    }

    /**
     * How often an append had to wait for memory.
     *
     * @return number since the start.
     */
    public long memoryWaits() {
        return (long) MEMORY_WAITS.getOpaque(this);
    }

    /**
     * How often an append or a claim was held up for a moment, as more than {@link Builder#backlogBytes} waited for its partition's leader.
     *
     * @return number since the start.
     */
    public long heldUpAppends() {
        return pace.heldUp();
    }

    /**
     * Appends that wait for memory now.
     *
     * @return number of waiting threads.
     */
    public int memoryWaiters() {
        return (int) MEMORY_WAITERS.getOpaque(this);
    }

    // ---- I/O thread: events and time

    /**
     * Takes what appenders have announced and fires the timers.
     *
     * @param nowNs
     *            the nano clock's reading.
     * @return number of events and timers handled, 0 if there was nothing to do.
     */
    public int poll(final long nowNs) {
        polledNs = nowNs;
        sealAgain = false;
        lingerOver = false;
        int work = 0;
        if (closed && !closeSeen) {
            closeSeen = true;
            makeAllDue();
            work++;
        }
        CompletableFuture<Void> ticket = tickets.poll();
        // The size is taken after the ticket: everything that was announced before the flush is among these events.
        work += takeEvents();
        while (ticket != null) {
            onFlush(ticket);
            work++;
            ticket = tickets.poll();
            if (ticket != null) {
                work += takeEvents();
            }
        }
        work += takeCompressed();
        if ((boolean) MEMORY_SHORT.getOpaque(this)) {
            MEMORY_SHORT.setVolatile(this, false);
            memoryEverShort = true;
            memoryShortNs = nowNs;
            makeAllDue();
            work++;
        }
        work += fireTimers(nowNs);
        returned.serve(nowNs, isLastReturned());
        shares.decide(rings, leaderless, cluster, nowNs);
        return work;
    }

    /** Whether no memory will come back before callers get some. */
    private boolean isLastReturned() {
        return closed || liveBatches == 0;
    }

    private int takeEvents() {
        final int count = events.size();
        for (int i = 0; i < count; i++) {
            onEvent(events.poll());
        }
        return count;
    }

    private int takeCompressed() {
        if (compression == null) {
            return 0;
        }
        int count = 0;
        for (Batch batch = compression.poll(); batch != null; batch = compression.poll()) {
            final TopicCompression topic = batch.queue.compression();
            final int compressed = batch.sizeInBytes - HEADER_LENGTH;
            topic.compressed(batch.recordsBytes(), compressed);
            UNCOMPRESSED_BYTES.setOpaque(this, uncompressedBytes + batch.recordsBytes());
            COMPRESSED_BYTES.setOpaque(this, compressedBytes + compressed);
            onSendable(batch);
            count++;
        }
        return count;
    }

    private void onEvent(final Batch batch) {
        if (batch.announced) {
            onComplete(batch);
        } else {
            onOpen(batch);
        }
    }

    private void onOpen(final Batch batch) {
        final PartitionQueue queue = batch.queue;
        batch.announced = true;
        batch.place = Batch.Place.QUEUED;
        batch.order = lastOrder += ORDER_STEP;
        batch.orderSpan = ORDER_STEP;
        batch.flushGroup = youngestGroup;
        youngestGroup.live++;
        LIVE_BATCHES.setOpaque(this, liveBatches + 1);
        shares.opened(batch, leaderOf(queue), polledNs);
        batch.expiresNs = batch.createdNs + deliveryTimeoutNs;
        batch.waitUntilNs = batch.createdNs + lingerNs;
        batch.due = lingerNs == 0 || closed || (int) MEMORY_WAITERS.getOpaque(this) > 0;
        schedule(batch);
        enqueue(queue, batch);
        if (queue.head == batch) {
            updateReady(queue);
        }
    }

    /**
     * All records of a closed batch are in place.
     *
     * @return false if there are none, as all were aborted, and the batch is gone.
     */
    private boolean onComplete(final Batch batch) {
        batch.sealedOff = true;
        batch.sealedNs = polledNs;
        if (batch.anyAborted()) {
            final int claimed = batch.recordCount;
            compactor.compact(batch);
            ABORTED_RECORDS.setOpaque(this, abortedRecords + claimed - batch.recordCount);
            if (batch.recordCount == 0 && batch.place == Batch.Place.QUEUED) {
                batch.complete = true;
                drop(batch);
                return false;
            }
        }
        shares.completed(batch, leaderless);
        COMPLETED_BATCHES.setOpaque(this, completedBatches + 1);
        COMPLETED_RECORDS.setOpaque(this, completedRecords + batch.recordCount);
        COMPLETED_BYTES.setOpaque(this, completedBytes + batch.sizeInBytes);
        if (batch.queue.compression() != null && batch.place == Batch.Place.QUEUED && !givingUp) {
            compression.submit(batch);
        } else {
            onSendable(batch);
        }
        return true;
    }

    /** All records are in place, and compressed if they are to be. */
    private void onSendable(final Batch batch) {
        batch.complete = true;
        batch.completeSeal();
        if (batch.place == Batch.Place.REMOVED) {
            strays--;
            addExpired(batch);
            return;
        }
        batch.queue.leader().waits(batch);
        if (batch.queue.head == batch) {
            updateReady(batch.queue);
        }
    }

    /** Ends a batch that has no records left. */
    private void drop(final Batch batch) {
        final PartitionQueue queue = batch.queue;
        dequeue(queue, batch);
        batch.place = Batch.Place.REMOVED;
        batchCompleted(batch);
        batch.completed = true;
        release(batch);
        updateReady(queue);
    }

    private void onFlush(final CompletableFuture<Void> ticket) {
        makeAllDue();
        youngestGroup.ticket = ticket;
        final FlushGroup group = new FlushGroup();
        youngestGroup.next = group;
        youngestGroup = group;
        completeFlushes();
    }

    private void completeFlushes() {
        while (oldestGroup.live == 0 && oldestGroup.ticket != null) {
            final CompletableFuture<Void> ticket = oldestGroup.ticket;
            oldestGroup = oldestGroup.next;
            ticket.complete(null);
        }
    }

    void batchCompleted(final Batch batch) {
        batch.flushGroup.live--;
        completeFlushes();
    }

    private void makeAllDue() {
        for (PartitionQueue queue = activeHead; queue != null; queue = queue.activeNext) {
            // Only the youngest batch of a partition can be open.
            if (!queue.tail.due) {
                queue.tail.due = true;
                if (!queue.tail.backingOff) {
                    schedule(queue.tail);
                }
                updateReady(queue);
            }
        }
    }

    private void schedule(final Batch batch) {
        final boolean waits = batch.backingOff || !batch.due;
        timers.schedule(batch,
                waits && batch.waitUntilNs - batch.expiresNs < 0 ? batch.waitUntilNs : batch.expiresNs);
    }

    private int fireTimers(final long nowNs) {
        int fired = 0;
        for (Batch batch = timers.peek(); batch != null && batch.timerNs - nowNs <= 0; batch = timers.peek()) {
            fired++;
            // Only when the timer is that of the expiry: when all timers are late, an older batch may expire before this one, and is to be told of before it.
            if (batch.timerNs == batch.expiresNs) {
                timers.cancel(batch);
                expire(batch);
            } else {
                waited(batch);
            }
        }
        return fired;
    }

    /** The batch has waited long enough, for more records or after an attempt. */
    private void waited(final Batch batch) {
        lingerOver |= lingers(batch);
        batch.due = true;
        batch.backingOff = false;
        schedule(batch);
        if (batch.queue.head == batch) {
            updateReady(batch.queue);
        }
    }

    /** Whether the batch's next timer is that of its linger time. */
    private static boolean lingers(final Batch batch) {
        return !batch.due && !batch.backingOff && batch.timerNs != batch.expiresNs;
    }

    /**
     * When the linger time of a batch is over, makes due what has waited for the better part of its own: for an I/O thread whose brokers have nothing to do. The batches
     * of several partitions then go together, in one request for each broker and by one waking up. Does nothing if no linger time was over in the last {@link #poll}, or is nearly.
     *
     * @param nowNs
     *            the nano clock's reading.
     * @param nearlyNs
     *            how long before its end a linger time counts as over here.
     * @param togetherNs
     *            how long before the end of its linger time a batch goes with another.
     * @return number of batches that are due now and were not before.
     */
    public int pollEarly(final long nowNs, final long nearlyNs, final long togetherNs) {
        if (!lingerOver && !isLingering(timers.peek(), nowNs, nearlyNs)) {
            return 0;
        }
        int due = 0;
        for (Batch batch = timers.peek(); isLingering(batch, nowNs, togetherNs); batch = timers.peek()) {
            waited(batch);
            due++;
        }
        return due;
    }

    private static boolean isLingering(final Batch batch, final long nowNs, final long leftNs) {
        return batch != null && batch.timerNs - nowNs <= leftNs && lingers(batch);
    }

    private void expire(final Batch batch) {
        batch.expired = true;
        if (batch.place == Batch.Place.QUEUED) {
            remove(batch);
        } else {
            addExpired(batch);
        }
    }

    /** Takes a batch out of its partition for good; it is reported as expired as soon as it is complete. */
    private void remove(final Batch batch) {
        final PartitionQueue queue = batch.queue;
        givingUp = true;
        final boolean left = sealNow(batch);
        givingUp = false;
        if (!left) {
            return;
        }
        dequeue(queue, batch);
        batch.place = Batch.Place.REMOVED;
        updateReady(queue);
        if (!batch.complete && compression != null && compression.outstanding() > 0 && compression.withdraw(batch)) {
            batch.complete = true;
            batch.completeSeal();
        }
        if (batch.complete) {
            addExpired(batch);
        } else {
            strays++;
        }
    }

    /**
     * Closes the batch whatever its appenders do; it may be pending afterwards.
     *
     * @return false if nothing was left of it.
     */
    private boolean sealNow(final Batch batch) {
        int outcome = PartitionQueue.SEALED_PENDING;
        if (!batch.sealedOff) {
            outcome = seal(batch);
            while (outcome == PartitionQueue.BUSY) {
                batch.queue.awaitSwitch();
                outcome = seal(batch);
            }
        }
        return outcome != PartitionQueue.SEALED_EMPTY;
    }

    private int seal(final Batch batch) {
        final int outcome = batch.queue.seal(batch);
        if (outcome != PartitionQueue.BUSY) {
            batch.sealedOff = true;
            if (outcome == PartitionQueue.SEALED_COMPLETE && !onComplete(batch)) {
                return PartitionQueue.SEALED_EMPTY;
            }
        }
        return outcome;
    }

    private void addExpired(final Batch batch) {
        batch.next = null;
        batch.expiryListed = true;
        if (expiredTail == null) {
            expiredHead = batch;
        } else {
            expiredTail.next = batch;
        }
        expiredTail = batch;
    }

    private void removeExpired(final Batch batch) {
        Batch before = null;
        for (Batch at = expiredHead; at != null; at = at.next) {
            if (at == batch) {
                if (before == null) {
                    expiredHead = at.next;
                } else {
                    before.next = at.next;
                }
                if (expiredTail == at) {
                    expiredTail = before;
                }
                at.next = null;
                at.expiryListed = false;
                return;
            }
            before = at;
        }
    }

    /**
     * Reports the batches whose delivery timeout has passed since the last call, each once, in the order of their deadlines.
     *
     * @param nowNs
     *            the nano clock's reading; also fires the timers.
     * @param handler
     *            takes the batches, see there for what it has to do.
     * @return number of batches reported.
     */
    public int pollExpired(final long nowNs, final BatchHandler handler) {
        fireTimers(nowNs);
        int reported = 0;
        while (expiredHead != null) {
            final Batch batch = expiredHead;
            expiredHead = batch.next;
            if (expiredHead == null) {
                expiredTail = null;
            }
            batch.next = null;
            batch.expiryListed = false;
            reported++;
            handler.onBatch(batch, batch.place == Batch.Place.DRAINED);
        }
        return reported;
    }

    /**
     * When the next timer fires: a linger time, a backoff or a delivery timeout ends.
     *
     * @param nowNs
     *            the nano clock's reading.
     * @return the time, not before nowNs, or {@link #NO_DEADLINE}.
     */
    public long nextDeadlineNs(final long nowNs) {
        return nextDeadlineNs(nowNs, 0);
    }

    /**
     * As {@link #nextDeadlineNs(long)}, for an I/O thread that means to call {@link #pollEarly} when it wakes.
     *
     * @param nowNs
     *            the nano clock's reading.
     * @param earlyNs
     *            how long before the end of a linger time to wake: with what {@link #pollEarly} takes for nearly over.
     * @return the time, not before nowNs, or {@link #NO_DEADLINE}.
     */
    public long nextDeadlineNs(final long nowNs, final long earlyNs) {
        if (sealAgain) {
            return nowNs;
        }
        final long serveNs = returned.deadlineNs(nowNs, isLastReturned());
        final Batch batch = timers.peek();
        if (batch == null) {
            return serveNs;
        }
        final long atNs = lingers(batch) ? batch.timerNs - earlyNs : batch.timerNs;
        final long timerNs = atNs - nowNs < 0 ? nowNs : atNs;
        return serveNs == NO_DEADLINE || timerNs - serveNs < 0 ? timerNs : serveNs;
    }

    /**
     * Announces that the I/O thread is about to sleep. From then until {@link #awake} an appender that has work for it calls {@link Waker#wake}.
     *
     * @param untilNs
     *            when it will wake by itself, or {@link #NO_DEADLINE}.
     * @return false if there is work already, so that it must not sleep; it is then awake still.
     */
    public boolean prepareSleep(final long untilNs) {
        return prepareSleep(untilNs, 1);
    }

    /**
     * As {@link #prepareSleep(long)}, but appenders may let some full batches come together before they wake the I/O thread for them: a system
     * call of theirs, a select, and a request of its own for each batch are what a busy producer's batches cost most. Everything else, a flush or
     * want of memory for example, wakes it at once as always.
     *
     * @param untilNs
     *            when it will wake by itself: soon, as nobody may wake it for the batches that are full by then.
     * @param fullBatches
     *            how many full batches end the sleep, from 1.
     * @return false if there is work already, so that it must not sleep; it is then awake still.
     */
    public boolean prepareSleep(final long untilNs, final int fullBatches) {
        wakeAfterEvents = fullBatches * EVENTS_PER_BATCH;
        SLEEPING_UNTIL.setVolatile(this, untilNs == AWAKE ? untilNs + 1 : untilNs);
        VarHandle.fullFence();
        if (!sealAgain && events.isEmpty() && tickets.isEmpty() && (compression == null || compression.isIdle())
                && !(boolean) MEMORY_SHORT.getOpaque(this)
                && closed == closeSeen) {
            return true;
        }
        awake();
        return false;
    }

    /**
     * The I/O thread has slept enough: appenders need not wake it any more.
     */
    public void awake() {
        SLEEPING_UNTIL.setOpaque(this, AWAKE);
    }

    // ---- I/O thread: partitions

    private void enqueue(final PartitionQueue queue, final Batch batch) {
        // By order, from the tail: new batches go last, retried ones to where they were.
        Batch after = queue.tail;
        while (after != null && after.order > batch.order) {
            after = after.previous;
        }
        batch.previous = after;
        batch.next = after == null ? queue.head : after.next;
        if (batch.next == null) {
            queue.tail = batch;
        } else {
            batch.next.previous = batch;
        }
        if (after == null) {
            queue.head = batch;
        } else {
            after.next = batch;
        }
        queue.addQueuedBatches(1);
        queuedBatches++;
        if (batch.complete) {
            queue.leader().waits(batch);
        }
        if (!queue.active) {
            queue.active = true;
            queue.activePrevious = activeTail;
            if (activeTail == null) {
                activeHead = queue;
            } else {
                activeTail.activeNext = queue;
            }
            activeTail = queue;
        }
    }

    private void dequeue(final PartitionQueue queue, final Batch batch) {
        if (batch.previous == null) {
            queue.head = batch.next;
        } else {
            batch.previous.next = batch.next;
        }
        if (batch.next == null) {
            queue.tail = batch.previous;
        } else {
            batch.next.previous = batch.previous;
        }
        batch.next = null;
        batch.previous = null;
        queue.addQueuedBatches(-1);
        queuedBatches--;
        NodeRing.waitsNoMore(batch);
        if (queue.head == null) {
            queue.active = false;
            if (queue.activePrevious == null) {
                activeHead = queue.activeNext;
            } else {
                queue.activePrevious.activeNext = queue.activeNext;
            }
            if (queue.activeNext == null) {
                activeTail = queue.activePrevious;
            } else {
                queue.activeNext.activePrevious = queue.activePrevious;
            }
            queue.activeNext = null;
            queue.activePrevious = null;
        }
    }

    /** Puts the partition into the ring it belongs to, or takes it out. */
    private void updateReady(final PartitionQueue queue) {
        final Batch head = queue.head;
        final boolean ready = head != null && !queue.muted && !head.backingOff
                && (head.complete || head.due && !head.sealedOff);
        if (!ready) {
            if (queue.ring != null) {
                queue.ring.remove(queue);
            }
            return;
        }
        final NodeRing leader = leaderOf(queue);
        if (queue.ring != leader) {
            if (queue.ring != null) {
                queue.ring.remove(queue);
            }
            leader.add(queue);
        }
    }

    private NodeRing leaderOf(final PartitionQueue queue) {
        if (queue.leaderVersion != clusterVersion) {
            queue.leaderVersion = clusterVersion;
            final TopicPartition partition = queue.topicPartition();
            final TopicInfo topic = cluster == null ? null : cluster.topic(partition.topic());
            NodeRing leader = leaderless;
            if (topic != null && partition.partition() < topic.partitionCount()) {
                final PartitionInfo info = topic.partition(partition.partition());
                queue.leaderEpoch = info.leaderEpoch();
                if (info.hasLeader() && cluster.node(info.leaderId()) != null) {
                    leader = ring(info.leaderId());
                }
            }
            if (leader != queue.leader()) {
                leaderChanged(queue, leader);
            }
        }
        return queue.leader();
    }

    private void leaderChanged(final PartitionQueue queue, final NodeRing leader) {
        final NodeRing former = queue.leader();
        queue.leader(leader);
        if (former != null) {
            // Until the next batch is opened for it.
            former.everOpened = false;
        }
        for (Batch batch = queue.head; batch != null; batch = batch.next) {
            shares.moved(batch, leader);
            if (batch.waitsFor != null) {
                NodeRing.waitsNoMore(batch);
                leader.waits(batch);
            }
        }
    }

    private NodeRing ring(final int nodeId) {
        NodeRing ring = ringsById.get(nodeId);
        if (ring == null) {
            ring = new NodeRing(nodeId, batchBytes);
            ring.drainedNs = polledNs;
            ringsById.put(nodeId, ring);
            rings = Arrays.copyOf(rings, rings.length + 1);
            rings[rings.length - 1] = ring;
        }
        return ring;
    }

    /**
     * Takes a new cluster snapshot: ready partitions move to their leaders, and batches that back off are ready at once where a new leader has
     * been elected since they were drained.
     *
     * @param snapshot
     *            the cluster as known now.
     */
    public void updateCluster(final Cluster snapshot) {
        cluster = Objects.requireNonNull(snapshot, "snapshot");
        clusterVersion++;
        for (PartitionQueue queue = activeHead; queue != null; queue = queue.activeNext) {
            leaderOf(queue);
            final Batch head = queue.head;
            if (head.backingOff && queue.leaderEpoch > head.leaderEpochAtDrain) {
                head.backingOff = false;
                schedule(head);
            }
            updateReady(queue);
        }
    }

    /**
     * Names the topics that have ready partitions without a known leader, each once.
     *
     * @param topicName
     *            takes the names.
     * @return number of ready partitions without a leader.
     */
    public int forEachLeaderlessTopic(final Consumer<String> topicName) {
        leaderlessReports++;
        final int count = leaderless.size();
        PartitionQueue queue = leaderless.head();
        for (int i = 0; i < count; i++) {
            final TopicQueues topic = topics.get(queue.topicPartition().topic());
            if (topic.reported != leaderlessReports) {
                topic.reported = leaderlessReports;
                topicName.accept(topic.topic());
            }
            queue = queue.ringNext;
        }
        return count;
    }

    /**
     * Names the nodes that lead ready partitions. The consumer may drain.
     *
     * @param nodeId
     *            takes the nodes' ids.
     */
    public void forEachReadyNode(final IntConsumer nodeId) {
        final NodeRing[] all = rings;
        for (final NodeRing ring : all) {
            if (ring.size() > 0) {
                nodeId.accept(ring.nodeId);
            }
        }
    }

    /**
     * Whether there is something to drain for any node.
     *
     * @return false if no partition is ready.
     */
    public boolean hasReady() {
        for (final NodeRing ring : rings) {
            if (ring.size() > 0) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether there is something to drain for a node.
     *
     * @param nodeId
     *            of the leader.
     * @return number of ready partitions that it leads.
     */
    public int readyPartitions(final int nodeId) {
        final NodeRing ring = ringsById.get(nodeId);
        return ring == null ? 0 : ring.size();
    }

    /**
     * Says whether a node has no room for a request at the moment. While it is busy the open batches of its partitions may grow beyond the batch
     * size, up to the cap, instead of being cut.
     *
     * @param nodeId
     *            of the leader.
     * @param busy
     *            whether it takes no request now.
     */
    public void nodeBusy(final int nodeId, final boolean busy) {
        final NodeRing ring = ring(nodeId);
        final int limit = busy ? batchCapBytes : batchBytes;
        if (ring.batchLimitBytes() != limit) {
            ring.batchLimitBytes(limit);
        }
    }

    /**
     * For how long batches for a node had better come together before a request to it: until so many bytes of full ones wait, or that time has passed since the node's
     * batches were drained last. Not at all if a batch's linger time was over at the last {@link #poll}, while a caller waits for memory, somebody for a flush, or the accumulator is closed.
     *
     * @param nodeId
     *            of the leader.
     * @param enoughBytes
     *            what makes a request worth while.
     * @param mostNs
     *            the time.
     * @param nowNs
     *            the nano clock's reading.
     * @return what is left of the time in nanoseconds; 0 or less: not to be waited for.
     */
    public long gatherNs(final int nodeId, final long enoughBytes, final long mostNs, final long nowNs) {
        final NodeRing ring = ringsById.get(nodeId);
        return ring == null || ring.waitingBytes() >= enoughBytes || lingerOver || closed || oldestGroup.ticket != null
                || memoryWaiters() > 0 ? 0 : ring.drainedNs + mostNs - nowNs;
    }

    /**
     * Takes batches for one produce request: at most one per partition, partitions in turn, as many as fit. The caller owns them until
     * {@link #release} or {@link #retry}.
     *
     * @param nodeId
     *            of the leader.
     * @param maxRequestBytes
     *            the batches' sizes together, which only a first batch may exceed.
     * @param filter
     *            may leave partitions out.
     * @param out
     *            the batches are added to.
     * @param nowNs
     *            the nano clock's reading.
     * @return number of batches added.
     */
    public int drain(final int nodeId, final int maxRequestBytes, final DrainFilter filter,
            final List<? super Batch> out,
            final long nowNs) {
        final NodeRing ring = ringsById.get(nodeId);
        if (ring == null) {
            return 0;
        }
        polledNs = nowNs;
        long bytes = 0;
        int drained = 0;
        for (int visits = ring.size(); visits > 0; visits--) {
            final PartitionQueue queue = ring.head();
            final Batch batch = queue.head;
            if (!filter.mayDrain(queue, batch)) {
                ring.rotate();
                continue;
            }
            // Before the seal: a batch that does not fit now shall keep growing.
            if (drained > 0 && bytes + batch.currentSizeInBytes() > maxRequestBytes) {
                break;
            }
            if (!batch.complete) {
                final int outcome = seal(batch);
                if (outcome == PartitionQueue.BUSY) {
                    sealAgain = true;
                    ring.rotate();
                    continue;
                }
                if (outcome != PartitionQueue.SEALED_COMPLETE) {
                    // Comes back when its last record is committed; or it is gone, and another one may be ready.
                    updateReady(queue);
                    continue;
                }
                if (!batch.complete) {
                    // Comes back when it is compressed.
                    updateReady(queue);
                    continue;
                }
                if (drained > 0 && bytes + batch.sizeInBytes > maxRequestBytes) {
                    break;
                }
            }
            dequeue(queue, batch);
            batch.place = Batch.Place.DRAINED;
            batch.leaderEpochAtDrain = queue.leaderEpoch;
            bytes += batch.sizeInBytes;
            drained++;
            out.add(batch);
            dueIfGrown(queue);
            // To the end of the ring, if there is another batch.
            ring.remove(queue);
            updateReady(queue);
        }
        if (drained > 0) {
            ring.drainedNs = nowNs;
        }
        return drained;
    }

    /** What grew since it had to wait for the batch before it, which has left, waits for nothing else once it has the batch size. */
    private void dueIfGrown(final PartitionQueue queue) {
        final Batch head = queue.head;
        if (head != null && !head.sealedOff && !head.due && queue.isBatchSized()) {
            head.due = true;
            schedule(head);
        }
    }

    /**
     * Leaves a partition out of all drains.
     *
     * @param queue
     *            of the partition.
     */
    public void mute(final PartitionQueue queue) {
        queue.muted = true;
        updateReady(queue);
    }

    /**
     * Ends {@link #mute}.
     *
     * @param queue
     *            of the partition.
     */
    public void unmute(final PartitionQueue queue) {
        queue.muted = false;
        updateReady(queue);
    }

    /**
     * Whether a partition is muted.
     *
     * @param queue
     *            of the partition.
     * @return true between {@link #mute} and {@link #unmute}.
     */
    public boolean isMuted(final PartitionQueue queue) {
        return queue.muted;
    }

    // ---- I/O thread: the end of a batch

    /**
     * Puts a drained batch back into its partition, before all batches that were opened later, and counts an attempt. If its delivery timeout has
     * passed, it is reported by the next {@link #pollExpired} as not in flight instead. If a new leader has been elected since it was drained, it
     * does not back off.
     *
     * @param batch
     *            drained, not completed, and no longer referenced by the network.
     * @param backoffUntilNs
     *            when it may be drained again at the earliest.
     * @throws IllegalStateException
     *             if the batch was not drained or has been completed.
     */
    public void retry(final Batch batch, final long backoffUntilNs) {
        requirePlace(batch, batch.place == Batch.Place.DRAINED && !batch.completed);
        batch.countAttempt();
        if (batch.expired) {
            // Reported again if it has been reported as in flight, since it is not any more.
            if (!batch.expiryListed) {
                addExpired(batch);
            }
            batch.place = Batch.Place.REMOVED;
            return;
        }
        batch.place = Batch.Place.QUEUED;
        shares.moved(batch, leaderOf(batch.queue));
        batch.backingOff = backoffUntilNs - polledNs > 0 && batch.queue.leaderEpoch <= batch.leaderEpochAtDrain;
        batch.waitUntilNs = backoffUntilNs;
        schedule(batch);
        enqueue(batch.queue, batch);
        updateReady(batch.queue);
    }

    /**
     * Packs the records of a drained batch, which the broker has found too large, into smaller batches and puts these into its place in its partition. They keep the
     * batch's age and the records' completion objects, have no attempt behind them, and are ready at once. The batch counts
     * as completed then and is to be released. If it had grown beyond the batch size, no batch of its partition does so any more.
     *
     * @param batch
     *            drained, neither completed nor expired, with two records or more, and no longer referenced by the network.
     * @param out
     *            the parts are added to, in order.
     * @return number of parts, 2 or more; or 0 if there is not enough memory for them, and then nothing has changed.
     * @throws IllegalStateException
     *             if the batch was not drained, has been completed or has expired.
     * @throws IllegalArgumentException
     *             if the batch has a single record.
     */
    public int split(final Batch batch, final List<? super Batch> out) {
        requirePlace(batch, batch.place == Batch.Place.DRAINED && !batch.completed && !batch.expired);
        if (batch.recordCount < 2) {
            throw new IllegalArgumentException("batch cannot be split: recordCount=" + batch.recordCount + ", min=2");
        }
        final boolean grown = !batch.part && batch.sizeInBytes > batchBytes;
        if (grown) {
            batch.queue.stopGrowing();
        }
        // Before compression, in the hope that the parts are compressed as well as the whole; if not, they are split again.
        final int wholeBytes = HEADER_LENGTH + batch.recordsBytes();
        final int targetBytes = grown
                ? (int) ((long) wholeBytes * batchBytes / batch.sizeInBytes)
                : wholeBytes / 2;
        final List<Batch> parts = splitter.split(batch, targetBytes);
        final int count = parts.size();
        if (count == 0) {
            return 0;
        }
        final PartitionQueue queue = batch.queue;
        // Orders are used up only by a batch that is split again and again, each time into many parts; its last parts then share one.
        final long span = Math.max(1, batch.orderSpan / count);
        for (int i = 0; i < count; i++) {
            final Batch part = parts.get(i);
            part.part = true;
            part.announced = true;
            part.complete = queue.compression() == null;
            part.sealedOff = true;
            part.due = true;
            part.place = Batch.Place.QUEUED;
            part.order = batch.order + Math.min(i * span, batch.orderSpan - 1);
            part.orderSpan = span;
            part.expiresNs = batch.expiresNs;
            part.sealedNs = batch.sealedNs;
            part.flushGroup = batch.flushGroup;
            part.flushGroup.live++;
            shares.completed(part, leaderOf(queue));
            schedule(part);
            enqueue(queue, part);
            out.add(part);
            if (!part.complete) {
                compression.submit(part);
            }
        }
        if (queue.compression() != null) {
            queue.compression().forget();
        }
        LIVE_BATCHES.setOpaque(this, liveBatches + count);
        batchCompleted(batch);
        batch.completed = true;
        updateReady(queue);
        return count;
    }

    /**
     * Gives a batch's memory back. Nobody, the network in particular, may refer to the batch or its buffers any more.
     *
     * @param batch
     *            drained, expired or aborted, and completed.
     * @throws IllegalStateException
     *             if the batch was released before, is still in its partition, or has not been completed.
     */
    public void release(final Batch batch) {
        requirePlace(batch,
                (batch.place == Batch.Place.DRAINED || batch.place == Batch.Place.REMOVED) && batch.completed);
        timers.cancel(batch);
        if (batch.expiryListed) {
            removeExpired(batch);
        }
        LIVE_BATCHES.setOpaque(this, liveBatches - 1);
        shares.released(batch);
        returned.add(batch.releaseSegments(), polledNs);
        if (closed) {
            // There may be no further turn.
            returned.serve(polledNs, true);
        }
    }

    private static void requirePlace(final Batch batch, final boolean right) {
        if (!right) {
            throw new IllegalStateException(
                    "batch is in the wrong place: completed=" + batch.completed + ", batch=" + batch);
        }
    }

    /**
     * Takes all batches that are not in flight out of their partitions and hands them over, each partition's in order. A batch with a record that
     * is claimed and not committed cannot be handed over yet, nor those behind it: call again after {@link #poll}, until this returns 0.
     *
     * @param handler
     *            completes the records and releases the batches.
     * @return number of batches that remain; those that had expired before come through {@link #pollExpired}.
     */
    public int abortQueued(final BatchHandler handler) {
        if (compression != null) {
            // Not worth the work any more.
            compression.takeBack();
            takeCompressed();
        }
        givingUp = true;
        try {
            abortActive(handler);
        } finally {
            givingUp = false;
        }
        return queuedBatches + strays;
    }

    private void abortActive(final BatchHandler handler) {
        PartitionQueue queue = activeHead;
        while (queue != null) {
            final PartitionQueue next = queue.activeNext;
            abortQueued(queue, Long.MAX_VALUE, handler);
            queue = next;
        }
    }

    /**
     * Takes the batches that are not in flight out of one partition and hands them over, in order, up to one. The open one among them takes no more records.
     *
     * @param queue
     *            of the partition.
     * @param upTo
     *            batches that were opened later remain, see {@link #lastOpened}.
     * @param handler
     *            completes the records and releases the batches.
     * @return whether all of them were taken; if not, a record of one is claimed and not committed: call again after {@link #poll}.
     */
    public boolean abortQueued(final PartitionQueue queue, final long upTo, final BatchHandler handler) {
        boolean all = true;
        for (Batch batch = queue.head; batch != null && batch.order <= upTo; batch = queue.head) {
            if (!sealNow(batch)) {
                continue;
            }
            if (!batch.complete) {
                all = false;
                break;
            }
            timers.cancel(batch);
            dequeue(queue, batch);
            batch.place = Batch.Place.REMOVED;
            handler.onBatch(batch, false);
        }
        updateReady(queue);
        return all;
    }

    /**
     * The batch that was opened last, as far as the last {@link #poll} knows.
     *
     * @return its place in the order of all batches; the last one that a part of it could have, if it was split.
     */
    public long lastOpened() {
        return lastOrder + ORDER_STEP - 1;
    }

    /**
     * Batches that are in their partitions, open or closed.
     *
     * @return number of batches that have been announced and neither drained nor expired.
     */
    public int queuedBatches() {
        return queuedBatches;
    }

    /**
     * Batches that are being compressed, or wait for it.
     *
     * @return number of batches.
     */
    public int compressingBatches() {
        return compression == null ? 0 : compression.outstanding();
    }

    /**
     * Frees what codecs hold of native memory. No batch may be left. The last call, and the only one allowed after it is the same again.
     */
    public void endCompression() {
        if (compression != null) {
            compression.end();
        }
    }

    /** Sizes of what waits for a leader, {@link Node#NO_ID} for none: complete, in its partition. I/O thread. */
    long waitingBytes(final int nodeId) {
        return nodeId == Node.NO_ID ? leaderless.waitingBytes() : ring(nodeId).waitingBytes();
    }

    CRC32C checksum() {
        return crc;
    }

    /** To be given back; usually the same one, but a completion may well complete another batch. */
    CompletedRecord takeRecord() {
        final CompletedRecord taken = completedRecord;
        completedRecord = null;
        return taken == null ? new CompletedRecord() : taken;
    }

    void giveBack(final CompletedRecord taken) {
        completedRecord = taken;
    }

    /**
     * Settings of an accumulator.
     */
    public static final class Builder {
        /** Default of {@link #batchBytes}. */
        public static final int DEFAULT_BATCH_BYTES = 16 * 1024;

        private static final long MAX_TIME_NS = Long.MAX_VALUE / 4;

        private BufferPool pool;
        private LongSupplier nanoClock;
        private Waker waker = () -> {
        };
        private Parker parker = Parker.SYSTEM;
        private BatchListener listener = BatchListener.NONE;
        private QueueFactory queueFactory = PartitionQueue::new;
        private Compression compression;
        private int batchBytes = DEFAULT_BATCH_BYTES;
        private int batchCapBytes;
        private long backlogBytes;
        private long lingerNs = 5_000_000;
        private long deliveryTimeoutNs = 120_000_000_000L;

        private Builder() {
        }

        /**
         * The memory for batches.
         *
         * @param bufferPool
         *            the pool; the accumulator does not close it.
         * @return this.
         */
        public Builder pool(final BufferPool bufferPool) {
            pool = bufferPool;
            return this;
        }

        /**
         * The clock of all times that are not passed in.
         *
         * @param clock
         *            nanoseconds of any origin, never going back; called from any thread.
         * @return this.
         */
        public Builder nanoClock(final LongSupplier clock) {
            nanoClock = clock;
            return this;
        }

        /**
         * What wakes the I/O thread.
         *
         * @param wakeUp
         *            called from appending threads; by default nothing.
         * @return this.
         */
        public Builder waker(final Waker wakeUp) {
            waker = wakeUp;
            return this;
        }

        /**
         * How an appending thread sleeps while memory is kept from its partition's leader; for all other memory it sleeps as the pool says.
         *
         * @param callersParker
         *            parks threads; by default the system's.
         * @return this.
         */
        public Builder parker(final Parker callersParker) {
            parker = callersParker;
            return this;
        }

        /**
         * Who hears of closed batches.
         *
         * @param batchListener
         *            called from the closing threads; by default nobody.
         * @return this.
         */
        public Builder batchListener(final BatchListener batchListener) {
            listener = batchListener;
            return this;
        }

        /**
         * Which batches are compressed, and how.
         *
         * @param batchCompression
         *            of this accumulator only; null to compress nothing, as is the default.
         * @return this.
         */
        public Builder compression(final Compression batchCompression) {
            compression = batchCompression;
            return this;
        }

        /** For tests that break the queue on purpose. */
        Builder queueFactory(final QueueFactory factory) {
            queueFactory = factory;
            return this;
        }

        /**
         * Size at which a batch is cut.
         *
         * @param bytes
         *            header included; a larger record is a batch for itself. Less than the header makes each record a batch.
         * @return this.
         */
        public Builder batchBytes(final int bytes) {
            batchBytes = bytes;
            return this;
        }

        /**
         * Size up to which a batch grows while its broker is busy, see {@link RecordAccumulator#nodeBusy}, or an earlier batch of its partition waits.
         *
         * @param bytes
         *            header included; by default the batch size, so that batches do not grow.
         * @return this.
         */
        public Builder batchCapBytes(final int bytes) {
            batchCapBytes = bytes;
            return this;
        }

        /**
         * What may wait for a broker before callers that may wait themselves, and are faster than the I/O thread, are held up: for 4 ms at most in a call, and not if less than 256 MB/s
         * are sent. What is in flight does not count.
         *
         * @param bytes
         *            sizes of full batches; 0, as by default, to hold up nobody.
         * @return this.
         */
        public Builder backlogBytes(final long bytes) {
            backlogBytes = bytes;
            return this;
        }

        /**
         * How long a batch waits for more records.
         *
         * @param nanoseconds
         *            from the batch's opening; 0 not to wait.
         * @return this.
         */
        public Builder lingerNs(final long nanoseconds) {
            lingerNs = nanoseconds;
            return this;
        }

        /**
         * How long a batch may take from its opening to its outcome.
         *
         * @param nanoseconds
         *            from the batch's opening.
         * @return this.
         */
        public Builder deliveryTimeoutNs(final long nanoseconds) {
            deliveryTimeoutNs = nanoseconds;
            return this;
        }

        /**
         * Builds the accumulator.
         *
         * @return a new accumulator.
         * @throws NullPointerException
         *             if pool, clock, waker or listener is missing.
         * @throws IllegalArgumentException
         *             if a size or time is negative, or a time is longer than 73 years.
         */
        public RecordAccumulator build() {
            Objects.requireNonNull(pool, "pool");
            Objects.requireNonNull(nanoClock, "nanoClock");
            Objects.requireNonNull(waker, "waker");
            Objects.requireNonNull(listener, "batchListener");
            requireNotNegative("batchBytes", batchBytes);
            requireNotNegative("batchCapBytes", batchCapBytes);
            requireNotNegative("backlogBytes", backlogBytes);
            requireTime("lingerNs", lingerNs);
            requireTime("deliveryTimeoutNs", deliveryTimeoutNs);
            return new RecordAccumulator(this);
        }

        private static void requireTime(final String name, final long ns) {
            requireNotNegative(name, ns);
            // Times are compared by difference, which must not overflow.
            if (ns > MAX_TIME_NS) {
                throw new IllegalArgumentException(name + " is too long: " + name + '=' + ns + ", max=" + MAX_TIME_NS);
            }
        }

        private static void requireNotNegative(final String name, final long value) {
            if (value < 0) {
                throw new IllegalArgumentException(name + " must not be negative: " + name + '=' + value);
            }
        }
    }
}
