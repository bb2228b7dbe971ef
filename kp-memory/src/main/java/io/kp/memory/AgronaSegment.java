package io.kp.memory;

import static java.nio.ByteOrder.BIG_ENDIAN;

import java.nio.ByteBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** A segment behind Agrona's buffer. Loaded only where the JVM lets that work. */
final class AgronaSegment extends Segment {
    private final UnsafeBuffer buffer;

    AgronaSegment(final BufferPool pool, final int number, final Slab slab, final int sizeClass,
            final ByteBuffer byteBuffer) {
        super(pool, number, slab, sizeClass, byteBuffer);
        buffer = new UnsafeBuffer(view);
    }

    @Override
    public void putByte(final int index, final byte value) {
        assert held();
        buffer.putByte(index, value);
    }

    @Override
    public void putShort(final int index, final short value) {
        assert held();
        buffer.putShort(index, value, BIG_ENDIAN);
    }

    @Override
    public void putInt(final int index, final int value) {
        assert held();
        buffer.putInt(index, value, BIG_ENDIAN);
    }

    @Override
    public void putLong(final int index, final long value) {
        assert held();
        buffer.putLong(index, value, BIG_ENDIAN);
    }

    @Override
    public byte getByte(final int index) {
        assert held();
        return buffer.getByte(index);
    }

    @Override
    public short getShort(final int index) {
        assert held();
        return buffer.getShort(index, BIG_ENDIAN);
    }

    @Override
    public int getInt(final int index) {
        assert held();
        return buffer.getInt(index, BIG_ENDIAN);
    }

    @Override
    public long getLong(final int index) {
        assert held();
        return buffer.getLong(index, BIG_ENDIAN);
    }

    @Override
    public void putBytes(final int index, final byte[] src, final int offset, final int length) {
        assert held();
        buffer.putBytes(index, src, offset, length);
    }

    @Override
    public void getBytes(final int index, final byte[] dst, final int offset, final int length) {
        assert held();
        buffer.getBytes(index, dst, offset, length);
    }

    @Override
    public MutableDirectBuffer buffer() {
        assert held();
        return buffer;
    }
}
