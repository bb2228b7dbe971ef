package io.kp.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * A piece of off-heap memory on loan from a {@link BufferPool}.
 * <p>
 * A segment has one owner at a time: whoever got it from {@link BufferPool#acquire(int, long)} and everyone it is handed on to, until
 * {@link #release()}. The owner may be any thread, and ownership may pass from thread to thread if that happens safely (through
 * a queue, a volatile write, a lock). Nothing in here is synchronized: two threads may write different bytes of one segment at
 * the same time, and need their own ordering to read each other's.
 * <p>
 * The accessors take absolute positions, are big-endian, and do not depend on position, limit or order of
 * {@link #byteBuffer()}. They throw {@link IndexOutOfBoundsException} for bytes outside the segment. The content of a segment
 * just acquired is unspecified.
 * <p>
 * Use after release is a bug that no cheap check can find in every case. {@link #release()} always finds a second release
 * unless the segment has a new owner by then. With assertions enabled the accessors fail on a segment that is not on loan. With
 * {@link BufferPool.Builder#poison} on, the pool finds writes to free memory through any view, when it next gives it out.
 */
public abstract class Segment {
    static final int FREE = 0;
    static final int HELD = 1;
    private static final VarHandle STATE;
    private static final VarHandle BELOW;
    private static final VarHandle DEPTH;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Segment.class, "state", int.class);
            BELOW = MethodHandles.lookup().findVarHandle(Segment.class, "below", int.class);
            DEPTH = MethodHandles.lookup().findVarHandle(Segment.class, "depth", int.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Its place in the pool's {@link SegmentTable}. */
    final int number;
    /** The size class, 0 for a standard segment. */
    final int sizeClass;
    /** The slab of a standard segment, null for an oversize one. */
    final Slab slab;
    /** All of the memory, for internal use: its limit never changes. Big-endian. */
    final ByteBuffer view;
    /** The next segment in the pool's reserve. Guarded by the lock of the pool. */
    Segment nextFree;
    /** Where the current owner got it and the last one released it, if the pool tracks that. */
    Throwable acquireSite;
    Throwable releaseSite;

    private final BufferPool pool;
    private final int capacity;
    private final ByteBuffer byteBuffer;
    private int state;
    private int below;
    private int depth;
    private Object attachment;

    Segment(final BufferPool pool, final int number, final Slab slab, final int sizeClass,
            final ByteBuffer byteBuffer) {
        this.pool = pool;
        this.number = number;
        this.slab = slab;
        this.sizeClass = sizeClass;
        this.byteBuffer = byteBuffer;
        view = byteBuffer.duplicate();
        capacity = byteBuffer.capacity();
    }

    /**
     * The size of this segment. It may be larger than what was asked for; all of it may be used.
     *
     * @return the size in bytes.
     */
    public final int capacity() {
        return capacity;
    }

    /**
     * Writes one byte.
     *
     * @param index the position in this segment.
     * @param value the value.
     */
    public abstract void putByte(int index, byte value);

    /**
     * Writes two bytes, big-endian.
     *
     * @param index the position of the first byte.
     * @param value the value.
     */
    public abstract void putShort(int index, short value);

    /**
     * Writes four bytes, big-endian.
     *
     * @param index the position of the first byte.
     * @param value the value.
     */
    public abstract void putInt(int index, int value);

    /**
     * Writes eight bytes, big-endian.
     *
     * @param index the position of the first byte.
     * @param value the value.
     */
    public abstract void putLong(int index, long value);

    /**
     * Reads one byte.
     *
     * @param index the position in this segment.
     * @return the value.
     */
    public abstract byte getByte(int index);

    /**
     * Reads two bytes, big-endian.
     *
     * @param index the position of the first byte.
     * @return the value.
     */
    public abstract short getShort(int index);

    /**
     * Reads four bytes, big-endian.
     *
     * @param index the position of the first byte.
     * @return the value.
     */
    public abstract int getInt(int index);

    /**
     * Reads eight bytes, big-endian.
     *
     * @param index the position of the first byte.
     * @return the value.
     */
    public abstract long getLong(int index);

    /**
     * Copies from an array.
     *
     * @param index  the position of the first byte to write.
     * @param src    the array to copy from.
     * @param offset the position of the first byte in the array.
     * @param length the number of bytes.
     */
    public abstract void putBytes(int index, byte[] src, int offset, int length);

    /**
     * Copies into an array.
     *
     * @param index  the position of the first byte to read.
     * @param dst    the array to copy into.
     * @param offset the position of the first byte in the array.
     * @param length the number of bytes.
     */
    public abstract void getBytes(int index, byte[] dst, int offset, int length);

    /**
     * Copies from any byte buffer, whose position and limit are left as they are.
     *
     * @param index    the position of the first byte to write.
     * @param src      the buffer to copy from.
     * @param srcIndex the absolute position of the first byte in the buffer; bytes beyond its limit cannot be read.
     * @param length   the number of bytes.
     */
    public final void putBytes(final int index, final ByteBuffer src, final int srcIndex, final int length) {
        assert held();
        view.put(index, src, srcIndex, length);
    }

    /**
     * Copies into any writable byte buffer, whose position and limit are left as they are.
     *
     * @param index    the position of the first byte to read.
     * @param dst      the buffer to copy into.
     * @param dstIndex the absolute position of the first byte in the buffer; bytes beyond its limit cannot be written.
     * @param length   the number of bytes.
     */
    public final void getBytes(final int index, final ByteBuffer dst, final int dstIndex, final int length) {
        assert held();
        dst.put(dstIndex, view, index, length);
    }

    /**
     * This segment as a direct byte buffer, for gathering writes and checksums. It is always the same object, so that nothing is
     * allocated; its position, limit, mark and order are the owner's to set, and are unspecified after an acquire.
     *
     * @return the one byte buffer of this segment, index 0 being the first byte of the segment.
     */
    public final ByteBuffer byteBuffer() {
        assert held();
        return byteBuffer;
    }

    /**
     * This segment as Agrona's type, for flyweights and codecs that are written against it. It is always the same object. The
     * owner must not wrap it around other memory.
     *
     * @return the one Agrona buffer of this segment.
     * @throws IllegalStateException if Agrona's buffers are not in use; the message says which JVM option is missing.
     */
    public abstract MutableDirectBuffer buffer();

    /**
     * The object that a user attached to this segment.
     *
     * @return the object given to the last {@link #attach}, or null.
     */
    public final Object attachment() {
        return attachment;
    }

    /**
     * Attaches any object. It stays attached when the segment is released and acquired again, possibly by somebody else, so that
     * bookkeeping can be recycled together with the memory; it is lost when the pool gives the memory itself back.
     *
     * @param attachment the object, or null for none.
     */
    public final void attach(final Object attachment) {
        this.attachment = attachment;
    }

    /**
     * Gives the memory back to the pool, which may wake callers that wait for it. The segment and all its views must not be used
     * any more. Any thread may call this; it never waits for memory. Also allowed after the pool was closed.
     *
     * @throws IllegalStateException if the segment is not on loan, as it was released before.
     */
    public final void release() {
        giveUp();
        pool.released(this);
    }

    /**
     * Gives the memory back as {@link #release()} does, but leaves callers that wait for it asleep: they are served by the next
     * {@link BufferPool#serveWaiters()}, which whoever calls this owes them. For owners that give back many segments in turn.
     *
     * @throws IllegalStateException if the segment is not on loan, as it was released before.
     */
    public final void releaseUnserved() {
        giveUp();
        pool.releasedUnserved(this);
    }

    private void giveUp() {
        // One of two racing callers must lose here, before the memory is on a free list: a plain check could let both through
        // and give one segment to two owners. Release order: what the owner did to the memory comes before its return.
        if (!STATE.compareAndSet(this, HELD, FREE)) {
            throw notHeld();
        }
    }

    /** The number of the segment below this one on its free list, 0 for none, and how many there are from this one down. */
    final void below(final int below, final int depth) {
        BELOW.setOpaque(this, below);
        DEPTH.setOpaque(this, depth);
    }

    final int below() {
        return (int) BELOW.getOpaque(this);
    }

    final int depth() {
        return (int) DEPTH.getOpaque(this);
    }

    /** Called by the pool when the segment gets an owner; whoever gets the reference sees it, however it is handed on. */
    final void markHeld() {
        STATE.setRelease(this, HELD);
    }

    /** For assertions: fails if the segment is not on loan. */
    final boolean held() {
        // A plain read: an owner got the segment safely and so sees HELD; anybody else may be told late, or never.
        if (state != HELD) {
            throw notHeld();
        }
        return true;
    }

    private IllegalStateException notHeld() {
        final String hint = releaseSite == null
                ? "; " + BufferPool.TRACK_PROPERTY + "=true tells where it was released"
                : "; see the cause for where it was released";
        return new IllegalStateException("segment is not on loan, it was released before: capacity=" + capacity + hint,
                releaseSite);
    }
}
