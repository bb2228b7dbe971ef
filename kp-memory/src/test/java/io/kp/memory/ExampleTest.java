package io.kp.memory;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.junit.jupiter.api.Test;

class ExampleTest {
    /** The example in the documentation of the package; keep them the same. */
    @Test
    void shouldRunAsDocumented() throws Exception {
        final BlockingQueue<Segment> queue = new ArrayBlockingQueue<>(10);
        final ByteArrayOutputStream written = new ByteArrayOutputStream();
        final WritableByteChannel channel = Channels.newChannel(written);
        try (BufferPool pool = BufferPool.builder().capacityBytes(1 << 20).segmentBytes(4096).build()) {
            // A caller: waits for memory for at most 100 ms.
            final byte[] text = "hello".getBytes(UTF_8);
            final Segment segment = pool.acquire(Integer.BYTES + text.length, MILLISECONDS.toNanos(100));
            segment.putInt(0, text.length);
            segment.putBytes(Integer.BYTES, text, 0, text.length);
            queue.put(segment);

            // The I/O thread: owns what it takes from the queue.
            final Segment next = queue.take();
            final ByteBuffer bytes = next.byteBuffer().clear().limit(Integer.BYTES + next.getInt(0));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            next.release();

            Tests.assertAllMemoryBack(pool);
        }
        assertArrayEquals("\0\0\0\5hello".getBytes(UTF_8), written.toByteArray());
        assertEquals(9, written.size());
    }
}
