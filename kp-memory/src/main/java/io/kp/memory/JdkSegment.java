package io.kp.memory;

import java.nio.ByteBuffer;
import org.agrona.MutableDirectBuffer;

/** A segment behind the JDK's direct byte buffer, for JVMs that do not let Agrona's buffers work. */
final class JdkSegment extends Segment {
    JdkSegment(final BufferPool pool, final int number, final Slab slab, final int sizeClass,
            final ByteBuffer byteBuffer) {
        super(pool, number, slab, sizeClass, byteBuffer);
    }

    @Override
    public void putByte(final int index, final byte value) {
        assert held();
        view.put(index, value);
    }

    @Override
    public void putShort(final int index, final short value) {
        assert held();
        view.putShort(index, value);
    }

    @Override
    public void putInt(final int index, final int value) {
        assert held();
        view.putInt(index, value);
    }

    @Override
    public void putLong(final int index, final long value) {
        assert held();
        view.putLong(index, value);
    }

    @Override
    public byte getByte(final int index) {
        assert held();
        return view.get(index);
    }

    @Override
    public short getShort(final int index) {
        assert held();
        return view.getShort(index);
    }

    @Override
    public int getInt(final int index) {
        assert held();
        return view.getInt(index);
    }

    @Override
    public long getLong(final int index) {
        assert held();
        return view.getLong(index);
    }

    @Override
    public void putBytes(final int index, final byte[] src, final int offset, final int length) {
        assert held();
        view.put(index, src, offset, length);
    }

    @Override
    public void getBytes(final int index, final byte[] dst, final int offset, final int length) {
        assert held();
        view.get(index, dst, offset, length);
    }

    @Override
    public MutableDirectBuffer buffer() {
        throw new IllegalStateException(SegmentAccess.agronaUnavailable());
    }
}
