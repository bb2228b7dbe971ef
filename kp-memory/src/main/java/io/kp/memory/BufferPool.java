package io.kp.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * A bounded pool of off-heap memory that is fair to those who wait for it.
 * <p>
 * The pool gives out {@link Segment segments}. A request of up to {@link #segmentBytes()} gets a standard segment; a larger one
 * gets an oversize segment of its own, rounded up to a multiple of the standard size and, from nine times that on, to one of four
 * size classes in each doubling, which wastes less than a fifth. All memory that the pool has allocated, whether held by an owner
 * or kept for reuse, counts against one budget, {@link #capacityBytes()}, and never exceeds it.
 * <p>
 * Memory is allocated when it is first needed. Standard segments are cut from slabs of 64 KiB (less if that is more than one 64th
 * of the budget); oversize segments are allocated one by one and kept for reuse after their release. When free memory of one kind is
 * in the way of a request of the other, the pool drops as much of it as is needed: oversize segments, and slabs of which no segment is
 * held. What is dropped is freed when the garbage collector finds it, as with every direct {@link ByteBuffer}, so the process may hold
 * more than the budget for a while.
 * <p>
 * Dropping and allocating again is expensive. Who can do with less than it would like says so, with
 * {@link #acquire(int, int, long)} and {@link #tryAcquire(int, int)}: then free memory of any size in between is taken as it is, and some that is larger.
 * <p>
 * A held standard segment keeps its slab. So an oversize request may have to wait, or fail, although the budget less
 * {@link #usedBytes()} is enough for it; it is served at the latest when all segments are back. A standard request is always served
 * when so much of the budget is free.
 * <p>
 * <b>Waiting.</b> Who finds no memory waits in a queue, first come, first served, each with its own time limit. While anybody
 * waits newcomers queue up behind, {@link #tryAcquire(int)} fails, and a release serves the head of the queue, so that a large
 * request is not starved by small ones. A caller that gives up, because its time is over or it is interrupted, loses no memory and
 * lets the next one move up. Waking a thread for each segment costs more than filling it: an owner that gives back many segments, one after the other, may
 * release them {@linkplain Segment#releaseUnserved unserved} and then call {@link #serveWaiters()} once.
 * <p>
 * <b>Threads.</b> Any thread may call any method. Acquire and release of memory that is at hand take no lock: they cost a few
 * atomic operations on a free list, which is lock-free. What was released last is given out first, since it is the most likely to be in
 * the processor's caches. A lock is taken when
 * memory must be allocated or dropped, or somebody waits; it is held for a bounded time, never while a thread is parked, and it is not
 * a monitor, so that callers may be virtual threads. With it are done: allocation of a slab, dropping memory, and, when a large request
 * needs memory of another kind, one walk over the free segments. No thread waits for another thread's memory except in
 * {@code acquire}.
 */
public final class BufferPool implements AutoCloseable {
    /** The default of {@link Builder#capacityBytes}: 32 MiB. */
    public static final long DEFAULT_CAPACITY_BYTES = 32L * 1024 * 1024;

    /** The default of {@link Builder#segmentBytes}: 2048. */
    public static final int DEFAULT_SEGMENT_BYTES = 2048;

    /** The smallest value of {@link Builder#segmentBytes}: 256. */
    public static final int MIN_SEGMENT_BYTES = 256;

    /**
     * The system property for the default of {@link Builder#trackAllocations}: {@value}.
     */
    public static final String TRACK_PROPERTY = "io.kp.memory.track";

    /**
     * The system property for the default of {@link Builder#poison}: {@value}.
     */
    public static final String POISON_PROPERTY = "io.kp.memory.poison";

    /**
     * The system property that says by what means the bytes of segments are reached: {@value}. It is read once, when the first pool
     * is built. {@code agrona} is for Agrona's buffers, {@code jdk} for the JDK's, {@code auto} (the default) for Agrona's where the JVM
     * lets them work.
     */
    public static final String ACCESS_PROPERTY = SegmentAccess.PROPERTY;

    /** Slabs are this large, unless a segment is larger or the budget is small. */
    static final int SLAB_BYTES = 64 * 1024;

    /** A request is given up to so many times what it prefers, rather than that other memory is dropped for it. */
    static final int MAX_EXCESS = 8;

    /** The budget is worth at least so many slabs, if it has as many segments, so that one held segment blocks little. */
    static final int MIN_SLABS = 64;

    private static final VarHandle COMMITTED_UNITS;

    static {
        try {
            COMMITTED_UNITS = MethodHandles.lookup().findVarHandle(BufferPool.class, "committedUnits", int.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The bit of {@link #gate} that says that the pool is closed. The other bits count the waiters. */
    private static final int CLOSED_BIT = 1 << 31;

    /*
     * How it works
     *
     * Free memory lies on free lists, one for each size class; the fast paths are a pop and a push. Everything else
     * happens under the lock: the budget (committedUnits), the queue of waiters, the reserve.
     *
     * `gate` is 0 while the pool is open and nobody waits. Only then may the fast path of acquire take memory. It is written
     * under the lock and read without it.
     *
     * No wake-up is lost. A releaser first puts its segment on a free list, then reads the gate. A waiter first shows
     * itself in the gate, then looks at the free lists once more, and only then parks. Between the two steps of each there is a
     * full fence, so that at least one of the two sees the other: the waiter finds the segment, or the releaser finds the waiter
     * and serves it under the lock. With anything weaker (a release store and a volatile load may be reordered) both could miss
     * each other, and the waiter would sleep beside free memory until its time is over.
     *
     * While the queue is not empty and the lock is free, this holds: what the head waiter asks for could not be had when
     * anybody last looked, and whoever puts memory on a free list after that will look again (later, if it was released unserved). So the
     * queue never sleeps for good beside memory that its head could use, and each release wakes exactly those that it can serve, without a chain of wake-ups.
     * Memory is granted under the lock by whoever served (Waiter.grant); a waiter that gives up takes the lock to leave the queue and
     * finds a grant there if it was quicker.
     */

    private final int segmentBytes;
    private final int totalUnits;
    private final int unitsPerSlab;
    private final SizeClasses sizes;
    private final SegmentAccess access;
    private final LongSupplier nanoClock;
    private final Parker parker;
    private final Diagnostics diagnostics;
    private final SegmentTable table;
    private final FreeList standardList;
    /** The free list of each size class; those of oversize classes are made when first needed. */
    private final AtomicReferenceArray<FreeList> freeLists;

    private final ReentrantLock lock = new ReentrantLock();
    /** What was allocated, or granted to somebody who is about to allocate it. Guarded by the lock. */
    private int committedUnits; // read without it as a hint
    /** Guarded by the lock. */
    private final Reserve reserve;
    /** The queue. Guarded by the lock. */
    private Waiter head;
    private Waiter tail;
    private volatile int gate;

    private final LongAdder exhaustedCount = new LongAdder();
    private final LongAdder waitedNs = new LongAdder();

    private BufferPool(final Builder builder, final SegmentAccess access) {
        segmentBytes = builder.segmentBytes;
        totalUnits = builder.totalUnits();
        unitsPerSlab = Math.max(1, Math.min(SLAB_BYTES / segmentBytes, totalUnits / MIN_SLABS));
        sizes = new SizeClasses(Math.min(totalUnits, Integer.MAX_VALUE / segmentBytes));
        this.access = access;
        nanoClock = builder.nanoClock;
        parker = builder.parker;
        diagnostics = builder.trackAllocations || builder.poison
                ? new Diagnostics(builder.trackAllocations, builder.poison)
                : null;
        freeLists = new AtomicReferenceArray<>(sizes.count());
        table = new SegmentTable(totalUnits);
        standardList = new FreeList(table);
        freeLists.set(0, standardList);
        reserve = new Reserve(sizes, table);
    }

    /**
     * Starts the construction of a pool.
     *
     * @return a builder with all defaults.
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Gets memory, waiting for it if need be.
     *
     * @param minBytes  the least capacity of the segment, zero or more.
     * @param timeoutNs the longest time to wait in nanoseconds; zero or less for not at all.
     * @return a segment that the caller owns now.
     * @throws InterruptedException     if the thread is interrupted before or while it waits. It is not checked if there is no need to
     *                                  wait.
     * @throws PoolExhaustedException   if there was no memory within the time.
     * @throws PoolClosedException      if the pool is or becomes closed.
     * @throws IllegalArgumentException if the request is negative or larger than the pool can ever serve, at once.
     * @throws IllegalStateException    if poisoning is on and somebody wrote to the memory while it was free. The memory is back in
     *                                  the pool then.
     * @throws OutOfMemoryError         if the JVM refuses direct memory within the budget; see {@code -XX:MaxDirectMemorySize}.
     */
    public Segment acquire(final int minBytes, final long timeoutNs) throws InterruptedException {
        final int sizeClass = sizeClass(minBytes);
        final Segment segment = pollIfNobodyWaits(sizeClass);
        return segment != null ? own(segment) : acquireSlow(sizeClass, sizeClass, sizeClass, minBytes, timeoutNs);
    }

    /**
     * Gets memory, more than is needed if there is more, waiting for it if need be. The preferred size is given while it is free or the
     * budget has room for it; after that, the largest free segment in between, or one of up to eight times the preferred size; and only when there is none, the memory for
     * the smaller request is made by dropping other free memory.
     *
     * @param minBytes       the least capacity of the segment, zero or more.
     * @param preferredBytes the capacity that is preferred; not less than {@code minBytes}. If it is more than
     *                       {@link #maxRequestBytes()}, that counts.
     * @param timeoutNs      the longest time to wait in nanoseconds; zero or less for not at all.
     * @return a segment that the caller owns now.
     * @throws InterruptedException     as {@link #acquire(int, long)} does.
     * @throws PoolExhaustedException   if there was no memory within the time.
     * @throws PoolClosedException      if the pool is or becomes closed.
     * @throws IllegalArgumentException if {@code minBytes} is negative or larger than the pool can ever serve, or {@code preferredBytes}
     *                                  is less than it.
     * @throws IllegalStateException    as {@link #acquire(int, long)} does.
     * @throws OutOfMemoryError         as {@link #acquire(int, long)} does.
     */
    public Segment acquire(final int minBytes, final int preferredBytes, final long timeoutNs)
            throws InterruptedException {
        final int minClass = sizeClass(minBytes);
        final int preferredClass = preferredClass(minBytes, preferredBytes);
        final int largestClass = largestClass(preferredClass);
        final Segment segment = pollIfNobodyWaits(minClass, preferredClass, largestClass);
        return segment != null
                ? own(segment)
                : acquireSlow(minClass, preferredClass, largestClass, minBytes, timeoutNs);
    }

    /**
     * Gets memory if it can be had at once. May allocate memory within the budget, and take the pool's lock for a short time.
     *
     * @param minBytes the least capacity of the segment, zero or more.
     * @return a segment that the caller owns now, or null if there is no memory or others wait for it already.
     * @throws PoolClosedException      if the pool is closed.
     * @throws IllegalArgumentException if the request is negative or larger than the pool can ever serve.
     * @throws IllegalStateException    as {@link #acquire(int, long)} does.
     * @throws OutOfMemoryError         as {@link #acquire(int, long)} does.
     */
    public Segment tryAcquire(final int minBytes) {
        final int sizeClass = sizeClass(minBytes);
        final Segment segment = pollIfNobodyWaits(sizeClass);
        return segment != null ? own(segment) : tryAcquireSlow(sizeClass, sizeClass, sizeClass);
    }

    /**
     * Gets memory if it can be had at once, more than is needed if there is more, in the order that {@link #acquire(int, int, long)}
     * says. May allocate memory within the budget, and take the pool's lock for a short time.
     *
     * @param minBytes       the least capacity of the segment, zero or more.
     * @param preferredBytes the capacity that is preferred; not less than {@code minBytes}. If it is more than
     *                       {@link #maxRequestBytes()}, that counts.
     * @return a segment that the caller owns now, or null if there is no memory or others wait for it already.
     * @throws PoolClosedException      if the pool is closed.
     * @throws IllegalArgumentException if {@code minBytes} is negative or larger than the pool can ever serve, or {@code preferredBytes}
     *                                  is less than it.
     * @throws IllegalStateException    as {@link #acquire(int, long)} does.
     * @throws OutOfMemoryError         as {@link #acquire(int, long)} does.
     */
    public Segment tryAcquire(final int minBytes, final int preferredBytes) {
        final int minClass = sizeClass(minBytes);
        final int preferredClass = preferredClass(minBytes, preferredBytes);
        final int largestClass = largestClass(preferredClass);
        final Segment segment = pollIfNobodyWaits(minClass, preferredClass, largestClass);
        return segment != null ? own(segment) : tryAcquireSlow(minClass, preferredClass, largestClass);
    }

    /**
     * The size of a standard segment.
     *
     * @return the size in bytes.
     */
    public int segmentBytes() {
        return segmentBytes;
    }

    /**
     * The budget: the limit of everything that the pool has allocated at one time.
     *
     * @return the budget in bytes, a multiple of {@link #segmentBytes()}.
     */
    public long capacityBytes() {
        return bytes(totalUnits);
    }

    /**
     * The largest request that this pool can serve.
     *
     * @return the budget, or the largest possible segment if that is smaller, in bytes.
     */
    public int maxRequestBytes() {
        return sizes.maxUnits() * segmentBytes;
    }

    /**
     * The memory that owners hold, counted by capacities of segments. Exact if nobody acquires or releases at the same time. Takes the
     * pool's lock for a short time.
     *
     * @return the memory in bytes.
     */
    public long usedBytes() {
        lock.lock();
        try {
            return bytes(usedUnits());
        } finally {
            lock.unlock();
        }
    }

    /**
     * The memory that the pool has allocated, held by owners or not. Takes the pool's lock for a short time.
     *
     * @return the memory in bytes, never more than {@link #capacityBytes()}.
     */
    public long committedBytes() {
        lock.lock();
        try {
            return bytes(committedUnits);
        } finally {
            lock.unlock();
        }
    }

    /**
     * The number of callers that wait for memory now.
     *
     * @return the number of callers.
     */
    public int waiters() {
        return gate & ~CLOSED_BIT;
    }

    /**
     * How often the memory asked for could not be had at once: calls of {@code acquire} that had to wait or failed for want of memory,
     * and calls of {@code tryAcquire} that returned null.
     *
     * @return the number of calls since the pool was built.
     */
    public long exhaustedCount() {
        return exhaustedCount.sum();
    }

    /**
     * The time that callers spent waiting for memory, with and without success. Callers that still wait are not in the sum.
     *
     * @return the sum over all callers since the pool was built, in nanoseconds.
     */
    public long waitedNs() {
        return waitedNs.sum();
    }

    /**
     * Lists the segments that are on loan, by the place where they were acquired, if the pool tracks that.
     *
     * @return for each place the number of segments, their bytes, the thread and its stack; empty if no segment is on loan. Without
     *         tracking, one line with the bytes on loan and how to switch tracking on.
     */
    public String leakReport() {
        final long usedBytes = usedBytes();
        if (diagnostics != null && diagnostics.tracks()) {
            return diagnostics.leakReport();
        }
        return usedBytes == 0
                ? ""
                : "bytes=" + usedBytes + "; " + TRACK_PROPERTY + "=true tells where they were acquired";
    }

    /**
     * Closes the pool: callers that wait, and all later ones, get a {@link PoolClosedException}. Segments on loan stay valid and can
     * still be released; the memory goes when neither the pool nor its segments are referenced any more. Closing again has no effect.
     */
    @Override
    public void close() {
        final Waiter woken;
        lock.lock();
        try {
            woken = head;
            for (Waiter waiter = head; waiter != null; waiter = waiter.next) {
                waiter.grant = Waiter.CLOSED;
            }
            head = null;
            tail = null;
            gate = CLOSED_BIT;
            restock();
        } finally {
            lock.unlock();
        }
        wake(woken);
    }

    @Override
    public String toString() {
        return "BufferPool[capacityBytes=" + capacityBytes() + ", usedBytes=" + usedBytes() + ", waiters=" + waiters()
                + "]";
    }

    /**
     * Serves those who wait from what was {@linkplain Segment#releaseUnserved released unserved}, as far as it goes. Free of cost while nobody waits;
     * else it takes the pool's lock for a short time and wakes whom it has served.
     */
    public void serveWaiters() {
        VarHandle.fullFence(); // see "No wake-up is lost" above
        if (gate != 0) {
            final Waiter woken;
            lock.lock();
            try {
                woken = serve();
            } finally {
                lock.unlock();
            }
            wake(woken);
        }
    }

    /** Called by a segment that its owner gave up. */
    void released(final Segment segment) {
        releasedUnserved(segment);
        serveWaiters();
    }

    /** The same, but whoever waits is served by a later call. */
    void releasedUnserved(final Segment segment) {
        if (diagnostics != null) {
            diagnostics.released(segment);
        }
        offer(segment);
    }

    private int sizeClass(final int minBytes) {
        if (minBytes >= 0 && minBytes <= segmentBytes) {
            return 0;
        }
        if (minBytes < 0) {
            throw new IllegalArgumentException("request must not be negative: requestedBytes=" + minBytes);
        }
        if (minBytes > maxRequestBytes()) {
            throw new IllegalArgumentException("request larger than the pool can ever serve: requestedBytes=" + minBytes
                    + ", capacityBytes=" + capacityBytes() + ", maxRequestBytes=" + maxRequestBytes());
        }
        return sizes.sizeClass((minBytes - 1) / segmentBytes + 1);
    }

    private int preferredClass(final int minBytes, final int preferredBytes) {
        if (preferredBytes < minBytes) {
            throw new IllegalArgumentException("preferred size must not be less than the least one: preferredBytes="
                    + preferredBytes + ", minBytes=" + minBytes);
        }
        return sizeClass(Math.min(preferredBytes, maxRequestBytes()));
    }

    /** What is given rather than that free memory is dropped to make something smaller of it. */
    private int largestClass(final int preferredClass) {
        return sizes.sizeClass((int) Math.min((long) MAX_EXCESS * sizes.units(preferredClass), sizes.maxUnits()));
    }

    private Segment pollIfNobodyWaits(final int sizeClass) {
        if (gate != 0) {
            return null;
        }
        // Somebody may begin to wait between the two lines. Taking the memory is right even then: this caller came earlier.
        return poll(sizeClass);
    }

    private Segment poll(final int sizeClass) {
        final FreeList list = sizeClass == 0 ? standardList : freeLists.get(sizeClass);
        return list == null ? null : list.pop();
    }

    /** The same for a request that can do with another size; that only if the budget has no room for the preferred, or for the least one. */
    private Segment pollIfNobodyWaits(final int minClass, final int preferredClass, final int largestClass) {
        if (gate != 0) {
            return null;
        }
        Segment segment = poll(preferredClass);
        final int roomUnits = totalUnits - (int) COMMITTED_UNITS.getOpaque(this);
        if (segment != null || sizes.units(preferredClass) <= roomUnits) {
            return segment;
        }
        for (int sizeClass = preferredClass - 1; segment == null && sizeClass >= minClass; sizeClass--) {
            segment = poll(sizeClass);
        }
        if (segment != null || sizes.units(minClass) <= roomUnits) {
            return segment;
        }
        for (int sizeClass = preferredClass + 1; segment == null && sizeClass <= largestClass; sizeClass++) {
            segment = poll(sizeClass);
        }
        return segment;
    }

    private Segment own(final Segment segment) {
        if (diagnostics != null) {
            final IllegalStateException damage = diagnostics.acquired(segment);
            if (damage != null) {
                giveBack(segment);
                throw damage;
            }
        }
        segment.markHeld();
        return segment;
    }

    private Segment tryAcquireSlow(final int minClass, final int preferredClass, final int largestClass) {
        final Object grant;
        lock.lock();
        try {
            checkOpen();
            grant = takeIfNobodyWaits(minClass, preferredClass, largestClass);
        } finally {
            lock.unlock();
        }
        if (grant == null) {
            exhaustedCount.increment();
            return null;
        }
        return claim(grant);
    }

    private Segment acquireSlow(final int minClass, final int preferredClass, final int largestClass,
            final int minBytes, final long timeoutNs) throws InterruptedException {
        Object grant;
        Waiter waiter = null;
        Waiter woken = null;
        lock.lock();
        try {
            checkOpen();
            grant = takeIfNobodyWaits(minClass, preferredClass, largestClass);
            if (grant == null) {
                exhaustedCount.increment();
                if (timeoutNs <= 0) {
                    throw exhausted(minBytes, 0);
                }
                if (Thread.interrupted()) {
                    throw new InterruptedException("interrupted before waiting for memory: requestedBytes=" + minBytes);
                }
                waiter = new Waiter(Thread.currentThread(), minClass, preferredClass, largestClass);
                enqueue(waiter);
                VarHandle.fullFence(); // see "No wake-up is lost" above
                if (head == waiter) {
                    woken = serve(); // the look at the free lists after showing up in the gate
                }
            }
        } finally {
            lock.unlock();
        }
        if (waiter != null) {
            wake(woken);
            grant = await(waiter, minBytes, timeoutNs);
        }
        return claim(grant);
    }

    private Object await(final Waiter waiter, final int minBytes, final long timeoutNs) throws InterruptedException {
        long waited = 0;
        boolean settled = false;
        try {
            if (waiter.grant == null) {
                final long startNs = nanoClock.getAsLong();
                do {
                    if (waited >= timeoutNs) {
                        final PoolExhaustedException failure = giveUp(waiter, minBytes, waited);
                        if (failure != null) {
                            settled = true;
                            throw failure;
                        }
                        break; // granted in the last moment
                    }
                    parker.park(this, timeoutNs - waited);
                    waited = nanoClock.getAsLong() - startNs;
                    if (Thread.interrupted()) {
                        throw new InterruptedException(
                                "interrupted while waiting for memory: requestedBytes=" + minBytes
                                        + ", waitedNs=" + waited);
                    }
                } while (waiter.grant == null);
            }
            settled = true;
            return waiter.grant;
        } finally {
            waitedNs.add(waited);
            if (!settled && giveUp(waiter, minBytes, waited) == null) {
                passOn(waiter);
            }
        }
    }

    /**
     * Leaves the queue, unless something was granted.
     *
     * @return null if something was granted.
     */
    private PoolExhaustedException giveUp(final Waiter waiter, final int minBytes, final long waited) {
        final PoolExhaustedException failure;
        final Waiter woken;
        lock.lock();
        try {
            if (waiter.grant != null) {
                return null;
            }
            remove(waiter);
            failure = exhausted(minBytes, waited);
            woken = serve(); // what the head could not use may be enough for the one behind it
        } finally {
            lock.unlock();
        }
        wake(woken);
        return failure;
    }

    /** Gives a grant that its waiter does not want any more to the next one. */
    private void passOn(final Waiter waiter) {
        final Object grant = waiter.grant;
        if (grant instanceof Segment) {
            giveBack((Segment) grant);
        } else if (grant instanceof Reservation) {
            giveBack((Reservation) grant);
        }
    }

    /** Makes a segment of a grant. */
    private Segment claim(final Object grant) {
        if (grant instanceof Segment) {
            return own((Segment) grant);
        }
        if (grant instanceof Reservation) {
            return own(allocateOversize((Reservation) grant));
        }
        if (grant == Waiter.CLOSED) {
            throw closed();
        }
        if (grant instanceof Error) {
            throw (Error) grant;
        }
        throw (RuntimeException) grant;
    }

    /** Allocates memory for which the budget has been reserved. Without the lock, since it may be large. */
    private Segment allocateOversize(final Reservation reservation) {
        final int sizeClass = reservation.sizeClass;
        Segment segment = null;
        try {
            segment = newSegment(reservation.number, null, sizeClass,
                    ByteBuffer.allocateDirect(sizes.units(sizeClass) * segmentBytes));
            return segment;
        } finally {
            if (segment == null) {
                giveBack(reservation);
            }
        }
    }

    private Segment newSegment(final int number, final Slab slab, final int sizeClass, final ByteBuffer memory) {
        final Segment segment = access.segment(this, number, slab, sizeClass, memory);
        table.set(segment);
        if (diagnostics != null) {
            diagnostics.created(segment);
        }
        return segment;
    }

    private void giveBack(final Reservation reservation) {
        final Waiter woken;
        lock.lock();
        try {
            committedUnits -= sizes.units(reservation.sizeClass);
            table.giveBack(reservation.number);
            woken = serve();
        } finally {
            lock.unlock();
        }
        wake(woken);
    }

    /** Puts free memory where others find it. */
    private void giveBack(final Segment segment) {
        offer(segment);
        serveWaiters();
    }

    private void offer(final Segment segment) {
        freeList(segment.sizeClass).push(segment);
    }

    private FreeList freeList(final int sizeClass) {
        final FreeList list = freeLists.get(sizeClass);
        if (list != null) {
            return list;
        }
        freeLists.compareAndSet(sizeClass, null, new FreeList(table));
        return freeLists.get(sizeClass);
    }

    // From here on everything is called with the lock held, but for wake.

    private Object takeIfNobodyWaits(final int minClass, final int preferredClass, final int largestClass) {
        if (head != null) {
            return null;
        }
        try {
            return take(minClass, preferredClass, largestClass);
        } finally {
            restock();
        }
    }

    /**
     * Serves the queue from its head as far as the memory goes.
     *
     * @return the first of those to be woken, the others linked behind it; null if there is none.
     */
    private Waiter serve() {
        final Waiter first = head;
        Waiter last = null;
        for (Waiter waiter = first; waiter != null; waiter = waiter.next) {
            Object grant;
            try {
                grant = take(waiter.minClass, waiter.preferredClass, waiter.largestClass);
            } catch (final RuntimeException | Error e) {
                grant = e; // no direct memory, most likely: concerns the one who asked, not the one who serves
            }
            if (grant == null) {
                break;
            }
            waiter.grant = grant;
            last = waiter;
            gate--;
        }
        if (last != null) {
            head = last.next;
            last.next = null;
            if (head == null) {
                tail = null;
            } else {
                head.previous = null;
            }
        }
        if (head == null) {
            restock();
        }
        return last == null ? null : first;
    }

    /**
     * Takes memory for one request: the preferred size if it is free or the budget has room for it, else the next smaller one that is free, else the least
     * size if the budget has room for it, else the next larger one that is free, and if none is, the least size, dropping free memory of other kinds.
     *
     * @return a segment; or a {@link Reservation}; or null if there is no memory. Free memory may lie in the reserve then.
     */
    private Object take(final int minClass, final int preferredClass, final int largestClass) {
        Segment segment = takeFree(preferredClass);
        if (segment != null) {
            return segment;
        }
        if (sizes.units(preferredClass) <= totalUnits - committedUnits) {
            return allocate(preferredClass);
        }
        for (int sizeClass = preferredClass - 1; sizeClass >= minClass; sizeClass--) {
            segment = takeFree(sizeClass);
            if (segment != null) {
                return segment;
            }
        }
        final int units = sizes.units(minClass);
        if (units > totalUnits - committedUnits) {
            for (int sizeClass = preferredClass + 1; sizeClass <= largestClass; sizeClass++) {
                segment = takeFree(sizeClass);
                if (segment != null) {
                    return segment;
                }
            }
            if (units > totalUnits - usedUnits()) {
                return null; // spares the walk over the free segments
            }
            gather();
            segment = reserve.poll(minClass); // released since the look at the free list
            if (segment != null) {
                return segment;
            }
            final int missingUnits = units - (totalUnits - committedUnits);
            if (reserve.evictableUnits() < missingUnits) {
                return null;
            }
            committedUnits -= reserve.evict(missingUnits);
        }
        return allocate(minClass);
    }

    private Segment takeFree(final int sizeClass) {
        final Segment segment = reserve.poll(sizeClass);
        return segment == null ? poll(sizeClass) : segment;
    }

    /** Takes memory out of the budget, which has room for it. */
    private Object allocate(final int sizeClass) {
        if (sizeClass == 0) {
            return growByOneSlab();
        }
        committedUnits += sizes.units(sizeClass);
        return new Reservation(sizeClass, table.take());
    }

    /** Allocates a slab, puts its segments on the free list and returns one of them. */
    private Segment growByOneSlab() {
        final int units = Math.min(unitsPerSlab, totalUnits - committedUnits);
        final Slab slab = new Slab(units);
        final ByteBuffer memory = ByteBuffer.allocateDirect(units * segmentBytes);
        final Segment[] segments = new Segment[units];
        final int[] numbers = new int[units];
        int made = 0;
        try {
            for (; made < units; made++) {
                numbers[made] = table.take();
                segments[made] = newSegment(numbers[made], slab, 0,
                        memory.slice(made * segmentBytes, segmentBytes));
            }
        } finally {
            for (int i = 0; made < units && i <= made; i++) {
                table.giveBack(numbers[i]);
            }
        }
        committedUnits += units; // not before all allocations have succeeded
        for (int i = 1; i < units; i++) {
            offer(segments[i]);
        }
        return segments[0];
    }

    /** Moves everything from the free lists to the reserve. */
    private void gather() {
        for (int sizeClass = 0; sizeClass < freeLists.length(); sizeClass++) {
            Segment segment;
            while ((segment = poll(sizeClass)) != null) {
                reserve.add(segment);
            }
        }
    }

    /** Moves everything from the reserve back to the free lists. */
    private void restock() {
        Segment segment;
        while ((segment = reserve.pollAny()) != null) {
            offer(segment);
        }
    }

    private void enqueue(final Waiter waiter) {
        waiter.previous = tail;
        if (tail == null) {
            head = waiter;
        } else {
            tail.next = waiter;
        }
        tail = waiter;
        gate++;
    }

    private void remove(final Waiter waiter) {
        if (waiter.previous == null) {
            head = waiter.next;
        } else {
            waiter.previous.next = waiter.next;
        }
        if (waiter.next == null) {
            tail = waiter.previous;
        } else {
            waiter.next.previous = waiter.previous;
        }
        gate--;
    }

    private void checkOpen() {
        if (gate < 0) {
            throw closed();
        }
    }

    private static PoolClosedException closed() {
        return new PoolClosedException("no memory from a closed pool");
    }

    private PoolExhaustedException exhausted(final int minBytes, final long waited) {
        return new PoolExhaustedException(minBytes, waited, capacityBytes(), bytes(usedUnits()), waiters());
    }

    private long usedUnits() {
        long freeUnits = reserve.units();
        for (int sizeClass = 0; sizeClass < freeLists.length(); sizeClass++) {
            final FreeList list = freeLists.get(sizeClass);
            if (list != null) {
                freeUnits += (long) list.size() * sizes.units(sizeClass);
            }
        }
        // Segments may move to the lists while these are added up.
        return Math.max(0, committedUnits - freeUnits);
    }

    private long bytes(final long units) {
        return units * segmentBytes;
    }

    private void wake(final Waiter first) {
        for (Waiter waiter = first; waiter != null; waiter = waiter.next) {
            if (waiter.thread != Thread.currentThread()) {
                parker.unpark(waiter.thread);
            }
        }
    }

    /**
     * Collects the settings of a pool. Not safe for use by several threads.
     */
    public static final class Builder {
        private long capacityBytes = DEFAULT_CAPACITY_BYTES;
        private int segmentBytes = DEFAULT_SEGMENT_BYTES;
        private LongSupplier nanoClock = System::nanoTime;
        private Parker parker = Parker.SYSTEM;
        private boolean trackAllocations = Boolean.getBoolean(TRACK_PROPERTY);
        private boolean poison = Boolean.getBoolean(POISON_PROPERTY);
        private SegmentAccess access;

        private Builder() {
        }

        /**
         * Sets the budget. It is rounded down to a multiple of the segment size. The pool's bookkeeping takes some 4 bytes of heap for
         * each segment in the budget from the start, and some 200 for each that was ever allocated.
         *
         * @param capacityBytes the budget in bytes, at least one segment and at most 2^30 of them; 32 MiB by default.
         * @return this.
         * @throws IllegalArgumentException if it is not positive. How it fits the segment size is checked by {@link #build()}.
         */
        public Builder capacityBytes(final long capacityBytes) {
            if (capacityBytes <= 0) {
                throw new IllegalArgumentException("capacity must be positive: capacityBytes=" + capacityBytes);
            }
            this.capacityBytes = capacityBytes;
            return this;
        }

        /**
         * Sets the size of a standard segment.
         *
         * @param segmentBytes the size in bytes, a power of two of at least {@value #MIN_SEGMENT_BYTES}; 2048 by default.
         * @return this.
         * @throws IllegalArgumentException if it is something else.
         */
        public Builder segmentBytes(final int segmentBytes) {
            if (segmentBytes < MIN_SEGMENT_BYTES || Integer.bitCount(segmentBytes) != 1) {
                throw new IllegalArgumentException("segment size must be a power of two of at least "
                        + MIN_SEGMENT_BYTES + ": segmentBytes=" + segmentBytes);
            }
            this.segmentBytes = segmentBytes;
            return this;
        }

        /**
         * Sets the clock for time limits.
         *
         * @param nanoClock nanoseconds since any fixed moment; {@link System#nanoTime} by default. Called only by callers that wait.
         * @return this.
         */
        public Builder nanoClock(final LongSupplier nanoClock) {
            this.nanoClock = Objects.requireNonNull(nanoClock, "nanoClock");
            return this;
        }

        /**
         * Sets how waiting threads are parked.
         *
         * @param parker parks and wakes threads; {@link java.util.concurrent.locks.LockSupport} by default.
         * @return this.
         */
        public Builder parker(final Parker parker) {
            this.parker = Objects.requireNonNull(parker, "parker");
            return this;
        }

        /**
         * Sets whether the pool remembers where each segment was acquired and released, for {@link BufferPool#leakReport()} and in the
         * messages of detected misuse. Costs a stack trace for each acquire and release.
         *
         * @param trackAllocations whether it does; by default what the system property {@value BufferPool#TRACK_PROPERTY} says.
         * @return this.
         */
        public Builder trackAllocations(final boolean trackAllocations) {
            this.trackAllocations = trackAllocations;
            return this;
        }

        /**
         * Sets whether released memory is filled with a pattern that is checked before the memory is given out again. Costs two passes over
         * the memory for each round.
         *
         * @param poison whether it is; by default what the system property {@value BufferPool#POISON_PROPERTY} says.
         * @return this.
         */
        public Builder poison(final boolean poison) {
            this.poison = poison;
            return this;
        }

        /** For tests: by what means the bytes are reached. */
        Builder access(final SegmentAccess access) {
            this.access = access;
            return this;
        }

        /**
         * Builds the pool. Allocates no off-heap memory yet.
         *
         * @return a new, open pool.
         * @throws IllegalArgumentException if the budget is less than one segment or more than 2^30 segments, or the system property
         *                                  {@value BufferPool#ACCESS_PROPERTY} has an unknown value.
         * @throws IllegalStateException    if {@value BufferPool#ACCESS_PROPERTY} asks for Agrona's buffers and the JVM does not let them work.
         */
        public BufferPool build() {
            if (capacityBytes < segmentBytes || capacityBytes / segmentBytes > 1 << 30) {
                throw new IllegalArgumentException("capacity must be 1 to 2^30 segments: capacityBytes=" + capacityBytes
                        + ", segmentBytes=" + segmentBytes);
            }
            return new BufferPool(this, access == null ? SegmentAccess.chosen() : access);
        }

        private int totalUnits() {
            return (int) (capacityBytes / segmentBytes);
        }
    }
}
