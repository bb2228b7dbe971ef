package io.kp.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.agrona.MutableDirectBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class SegmentTest {
    @ParameterizedTest
    @MethodSource("io.kp.memory.Tests#accesses")
    void shouldReadAndWriteBigEndian(final SegmentAccess access) {
        final BufferPool pool = Tests.builder(access, 4).build();
        readAndWrite(pool.tryAcquire(1));
        readAndWrite(pool.tryAcquire(257));
        Tests.assertAllMemoryBack(pool);
    }

    private static void readAndWrite(final Segment segment) {
        final ByteBuffer bytes = segment.byteBuffer();
        // What the owner does with the byte buffer must not matter.
        bytes.order(ByteOrder.LITTLE_ENDIAN).position(1).limit(2);
        final ByteBuffer expected = bytes.duplicate().order(ByteOrder.BIG_ENDIAN).clear();
        final int last = segment.capacity() - Long.BYTES;
        for (final int index : new int[]{0, 1, 13, last}) {
            segment.putLong(index, 0x8102030405060788L);
            assertEquals(0x8102030405060788L, expected.getLong(index));
            assertEquals(0x8102030405060788L, segment.getLong(index));
            segment.putInt(index, 0x81020388);
            assertEquals(0x81020388, expected.getInt(index));
            assertEquals(0x81020388, segment.getInt(index));
            segment.putShort(index, (short) 0x8188);
            assertEquals((short) 0x8188, expected.getShort(index));
            assertEquals((short) 0x8188, segment.getShort(index));
            segment.putByte(index, (byte) 0x88);
            assertEquals((byte) 0x88, expected.get(index));
            assertEquals((byte) 0x88, segment.getByte(index));
        }
        assertEquals(1, bytes.position());
        assertEquals(2, bytes.limit());
        segment.release();
    }

    @ParameterizedTest
    @MethodSource("io.kp.memory.Tests#accesses")
    void shouldCopyBytesFromAndToAnything(final SegmentAccess access) {
        final BufferPool pool = Tests.builder(access, 1).build();
        final Segment segment = pool.tryAcquire(1);
        final byte[] random = new byte[100];
        new Random(1).nextBytes(random);
        final ByteBuffer direct = ByteBuffer.allocateDirect(100).put(0, random);
        final ByteBuffer[] sources = {ByteBuffer.wrap(random), ByteBuffer.wrap(random).asReadOnlyBuffer(), direct,
                direct.asReadOnlyBuffer()};
        for (final ByteBuffer source : sources) {
            for (final int length : new int[]{0, 1, 7, 60}) {
                segment.putBytes(0, new byte[256], 0, 256);
                source.position(3);
                segment.putBytes(11, source, 30, length);
                assertEquals(3, source.position());
                assertEquals(100, source.limit());
                final byte[] copied = new byte[length + 4];
                segment.getBytes(11, copied, 2, length);
                final byte[] expected = new byte[length + 4];
                System.arraycopy(random, 30, expected, 2, length);
                assertArrayEquals(expected, copied, () -> source + " length=" + length);
                assertEquals(0, segment.getByte(11 + length), "wrote too much");
                final ByteBuffer target = ByteBuffer.allocate(length + 4).position(1);
                segment.getBytes(11, target, 2, length);
                assertArrayEquals(expected, target.array());
                assertEquals(1, target.position());
            }
        }
        segment.putBytes(156, random, 0, 100);
        assertEquals(random[99], segment.getByte(255));
        segment.release();
        Tests.assertAllMemoryBack(pool);
    }

    @ParameterizedTest
    @MethodSource("io.kp.memory.Tests#accesses")
    void shouldRejectBytesOutsideTheSegment(final SegmentAccess access) {
        final BufferPool pool = Tests.builder(access, 2).build();
        final Segment neighbour = pool.tryAcquire(1);
        final Segment segment = pool.tryAcquire(1);
        assertThrows(IndexOutOfBoundsException.class, () -> segment.putByte(256, (byte) 1));
        assertThrows(IndexOutOfBoundsException.class, () -> segment.putByte(-1, (byte) 1));
        assertThrows(IndexOutOfBoundsException.class, () -> segment.putShort(255, (short) 1));
        assertThrows(IndexOutOfBoundsException.class, () -> segment.putInt(253, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> segment.putLong(249, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> segment.getLong(-1));
        assertThrows(IndexOutOfBoundsException.class, () -> segment.getInt(Integer.MAX_VALUE));
        assertThrows(IndexOutOfBoundsException.class, () -> segment.putBytes(250, new byte[7], 0, 7));
        assertThrows(IndexOutOfBoundsException.class, () -> segment.getBytes(250, new byte[7], 0, 7));
        assertThrows(IndexOutOfBoundsException.class, () -> segment.putBytes(0, new byte[7], 1, 7));
        assertThrows(IndexOutOfBoundsException.class,
                () -> segment.putBytes(0, ByteBuffer.allocate(9).limit(8), 0, 9));
        assertThrows(IndexOutOfBoundsException.class, () -> segment.getBytes(0, ByteBuffer.allocate(9).limit(8), 0, 9));
        assertThrows(IndexOutOfBoundsException.class, () -> segment.putBytes(250, ByteBuffer.allocate(7), 0, 7));
        neighbour.release();
        segment.release();
        Tests.assertAllMemoryBack(pool);
    }

    @ParameterizedTest
    @MethodSource("io.kp.memory.Tests#accesses")
    void shouldShowTheSameMemoryThroughAllViews(final SegmentAccess access) {
        final BufferPool pool = Tests.builder(access, 1).build();
        final Segment segment = pool.tryAcquire(1);
        final ByteBuffer byteBuffer = segment.byteBuffer();
        assertTrue(byteBuffer.isDirect());
        assertEquals(256, byteBuffer.capacity());
        assertSame(byteBuffer, segment.byteBuffer());
        if (access == SegmentAccess.AGRONA) {
            final MutableDirectBuffer buffer = segment.buffer();
            assertEquals(256, buffer.capacity());
            assertSame(buffer, segment.buffer());
            buffer.putByte(17, (byte) 42);
            assertEquals(42, segment.getByte(17));
            assertEquals(42, byteBuffer.get(17));
        }
        segment.release();
        final Segment again = pool.tryAcquire(1);
        assertSame(byteBuffer, again.byteBuffer());
        again.release();
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldSayWhyThereIsNoAgronaBuffer() {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 1).build();
        final Segment segment = pool.tryAcquire(1);
        final String message = assertThrows(IllegalStateException.class, segment::buffer).getMessage();
        assertTrue(message.startsWith("Agrona's buffers "), message);
        segment.release();
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldKeepTheAttachment() {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 4).build();
        for (final int minBytes : new int[]{1, 1000}) {
            final Segment segment = pool.tryAcquire(minBytes);
            final Object attachment = new Object();
            segment.attach(attachment);
            segment.release();
            Segment again = pool.tryAcquire(minBytes);
            while (again != segment) { // standard segments come round in turn
                again.release();
                again = pool.tryAcquire(minBytes);
            }
            assertSame(attachment, again.attachment());
            again.release();
        }
        Tests.assertAllMemoryBack(pool);
    }

    @ParameterizedTest
    @MethodSource("io.kp.memory.Tests#accesses")
    void shouldRejectASecondRelease(final SegmentAccess access) {
        final BufferPool pool = Tests.builder(access, 4).trackAllocations(false).build();
        for (final int minBytes : new int[]{1, 1000}) {
            final Segment segment = pool.tryAcquire(minBytes);
            segment.release();
            final String message = assertThrows(IllegalStateException.class, segment::release).getMessage();
            assertEquals("segment is not on loan, it was released before: capacity=" + segment.capacity()
                    + "; io.kp.memory.track=true tells where it was released", message);
        }
        Tests.assertAllMemoryBack(pool);
    }

    @ParameterizedTest
    @MethodSource("io.kp.memory.Tests#accesses")
    void shouldNameTheFirstReleaseWhenReleasedTwice(final SegmentAccess access) {
        final BufferPool pool = Tests.builder(access, 1).build();
        final Segment segment = pool.tryAcquire(1);
        segment.release();
        final Throwable site = assertThrows(IllegalStateException.class, segment::release).getCause();
        assertEquals("released by thread " + Thread.currentThread().getName(), site.getMessage());
        assertTrue(isNamed(site, "shouldNameTheFirstReleaseWhenReleasedTwice"));
        Tests.assertAllMemoryBack(pool);
    }

    @ParameterizedTest
    @MethodSource("io.kp.memory.Tests#accesses")
    void shouldRejectUseAfterRelease(final SegmentAccess access) {
        assertTrue(Segment.class.desiredAssertionStatus(), "the tests run with assertions enabled");
        final BufferPool pool = Tests.builder(access, 1).build();
        final Segment segment = pool.tryAcquire(1);
        segment.release();
        assertThrows(IllegalStateException.class, () -> segment.putByte(0, (byte) 1));
        assertThrows(IllegalStateException.class, () -> segment.putShort(0, (short) 1));
        assertThrows(IllegalStateException.class, () -> segment.putInt(0, 1));
        assertThrows(IllegalStateException.class, () -> segment.putLong(0, 1));
        assertThrows(IllegalStateException.class, () -> segment.getByte(0));
        assertThrows(IllegalStateException.class, () -> segment.getShort(0));
        assertThrows(IllegalStateException.class, () -> segment.getInt(0));
        assertThrows(IllegalStateException.class, () -> segment.getLong(0));
        assertThrows(IllegalStateException.class, () -> segment.putBytes(0, new byte[1], 0, 1));
        assertThrows(IllegalStateException.class, () -> segment.putBytes(0, ByteBuffer.allocate(1), 0, 1));
        assertThrows(IllegalStateException.class, () -> segment.getBytes(0, new byte[1], 0, 1));
        assertThrows(IllegalStateException.class, () -> segment.getBytes(0, ByteBuffer.allocate(1), 0, 1));
        assertThrows(IllegalStateException.class, segment::byteBuffer);
        assertThrows(IllegalStateException.class, segment::buffer);
        Tests.assertAllMemoryBack(pool);
    }

    @ParameterizedTest
    @CsvSource({"1,0", "1,255", "256,128", "1000,0", "1000,1023"})
    void shouldFindAWriteAfterRelease(final int minBytes, final int index) {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 4).build();
        final Segment segment = pool.tryAcquire(minBytes);
        final ByteBuffer kept = segment.byteBuffer();
        segment.release();
        kept.put(index, (byte) 7);
        IllegalStateException failure = null;
        for (int i = 0; i < 4 && failure == null; i++) { // standard segments come round in turn
            try {
                pool.tryAcquire(minBytes).release();
            } catch (final IllegalStateException e) {
                failure = e;
            }
        }
        assertEquals("segment was written to after its release: index=" + index + ", value=7, expected=-37, capacity="
                + segment.capacity() + "; see the cause for where it was released", failure.getMessage());
        assertTrue(isNamed(failure.getCause(), "shouldFindAWriteAfterRelease"));
        Tests.assertAllMemoryBack(pool);
    }

    private static boolean isNamed(final Throwable site, final String method) {
        for (final StackTraceElement frame : site.getStackTrace()) {
            if (frame.getMethodName().equals(method)) {
                return true;
            }
        }
        return false;
    }
}
