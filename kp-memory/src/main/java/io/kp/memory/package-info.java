/**
 * A bounded pool of off-heap memory that is fair to those who wait for it.
 * <p>
 * It is for libraries that keep data in flight outside the heap (network clients, codecs, caches of encoded messages) and want one
 * hard limit for all of it, with callers that wait in order when the limit is reached. It does no I/O, starts no thread and needs no
 * JVM option.
 *
 * <h2>How the types fit together</h2>
 * <ul>
 * <li>{@link io.kp.memory.BufferPool} owns the budget. Build one with {@link io.kp.memory.BufferPool#builder()}, share it among any
 * number of threads, and close it when nobody needs memory any more.
 * <li>{@link io.kp.memory.Segment} is memory on loan. It has one owner at a time, which may hand it to another thread, and goes back
 * with {@link io.kp.memory.Segment#release()}. Read and write it through its own big-endian accessors, as a
 * {@link java.nio.ByteBuffer} (channels, checksums), or as Agrona's {@link org.agrona.MutableDirectBuffer} (flyweights).
 * <li>{@link io.kp.memory.PoolExhaustedException} says that there was no memory within the caller's time limit, and how things stood:
 * try again later, or let fewer bytes be in flight. {@link io.kp.memory.PoolClosedException} says that there never will be any. A request
 * larger than the whole budget is the caller's mistake, an {@link java.lang.IllegalArgumentException}.
 * <li>{@link io.kp.memory.Parker} and the clock of the builder let a simulator decide when threads wait and time passes.
 * </ul>
 *
 * <h2>Example</h2>
 * Callers encode messages into segments, an I/O thread writes them to a channel and gives the memory back:
 *
 * <pre>{@code
 * try (BufferPool pool = BufferPool.builder().capacityBytes(1 << 20).segmentBytes(4096).build()) {
 *     // A caller: waits for memory for at most 100 ms.
 *     byte[] text = "hello".getBytes(UTF_8);
 *     Segment segment = pool.acquire(Integer.BYTES + text.length, MILLISECONDS.toNanos(100));
 *     segment.putInt(0, text.length);
 *     segment.putBytes(Integer.BYTES, text, 0, text.length);
 *     queue.put(segment);
 *
 *     // The I/O thread: owns what it takes from the queue.
 *     Segment next = queue.take();
 *     ByteBuffer bytes = next.byteBuffer().clear().limit(Integer.BYTES + next.getInt(0));
 *     while (bytes.hasRemaining()) {
 *         channel.write(bytes);
 *     }
 *     next.release();
 * }
 * }</pre>
 *
 * Who must never wait uses {@link io.kp.memory.BufferPool#tryAcquire(int)} instead, which returns null when there is no memory.
 *
 * <h2>Finding mistakes</h2>
 * Memory that is given out by hand can be lost, given back twice, or used too late. A second release always throws. In tests, run with
 * assertions enabled and with {@code -Dio.kp.memory.track=true -Dio.kp.memory.poison=true} (or the builder's methods of these names): accessors
 * then reject segments that are not on loan, {@link io.kp.memory.BufferPool#leakReport()} lists what is on loan by the place where it was
 * acquired, and a write to free memory is reported, with the place of the release, when the memory is next given out. End each test with
 * {@code assertEquals("", pool.leakReport())}.
 *
 * <h2>Agrona's buffers or the JDK's</h2>
 * Segments use Agrona's buffers if the JVM lets them work. They need a package of the JDK that is exported to nobody by default; one
 * line changes that:
 * <ul>
 * <li>on the module path {@code --add-exports java.base/jdk.internal.misc=org.agrona}
 * <li>on the class path {@code --add-exports java.base/jdk.internal.misc=ALL-UNNAMED}
 * </ul>
 * Without it segments use the JDK's own byte buffers, everything but {@link io.kp.memory.Segment#buffer()} works the same, and
 * one message in the log of the JDK ({@link java.lang.System.Logger}, level INFO, name {@code io.kp.memory}) says which line is missing.
 * The system property {@code io.kp.memory.access} ({@code auto}, {@code agrona} or {@code jdk}) overrides the choice and silences the message.
 *
 * <h2>Words</h2>
 * <i>Committed</i> memory is allocated from the JVM; <i>used</i> memory is the part of it that is on loan; <i>standard</i> segments have the
 * pool's segment size, <i>oversize</i> ones are larger. Sizes are in bytes, times in nanoseconds.
 */
package io.kp.memory;
