package io.kp.network;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;
import java.util.Arrays;

/**
 * Writes one request frame and keeps it until the socket has taken all of it.
 * <p>
 * Fields go into a direct scratch buffer; record batches are spliced in by reference. The finished frame is the sequence of both, in
 * order, for one gathering write:
 *
 * <pre>
 *  scratch  | size | header | … topic, partition, length |     | tags, next partition … |     | tags |
 *  spliced                                               | batch segments |             | batch |
 *  frame    -------------------------------------------------------------------------------------------&gt;
 * </pre>
 *
 * The writer is reusable: in steady state writing and sending a frame allocates nothing. Several requests of a connection may be on
 * their way at once, each needs its own writer. It is used by one thread at a time.
 * <p>
 * Strings, array lengths and tags take the form that the version given to {@link #begin} asks for: compact in a flexible version,
 * with 16-bit and 32-bit lengths in others.
 */
public final class FrameWriter {
    /** The size field in front of a frame, which does not count itself. */
    static final int SIZE_FIELD_BYTES = Integer.BYTES;

    /** A scratch buffer that has grown beyond this is given up when the frame is cleared. */
    static final int MAX_RETAINED_SCRATCH_BYTES = 64 * 1024;

    private static final int MIN_SCRATCH_BYTES = 64;
    private static final int INITIAL_PARTS = 8;

    private final int initialScratchBytes;

    private ByteBuffer scratch;
    private int spanStart;
    private boolean flexible;
    private boolean finished;

    /*
     * The parts of the frame in order. While the frame is being written a part of the scratch buffer is a null in 'parts' and its
     * bounds, because the scratch buffer may yet be replaced by a larger one; finish() puts a view of the scratch buffer there. Views are
     * kept for the next frame.
     */
    private ByteBuffer[] parts = new ByteBuffer[INITIAL_PARTS];
    private int[] spanStarts = new int[INITIAL_PARTS];
    private int[] spanEnds = new int[INITIAL_PARTS];
    private int partCount;
    private int firstUnsent;
    private ByteBuffer[] views = new ByteBuffer[INITIAL_PARTS];
    private int viewCount;

    private long splicedBytes;
    private long remainingBytes;

    /**
     * Creates a writer without a frame; {@link #begin} starts one.
     *
     * @param initialScratchBytes the first size of the scratch buffer, which grows as needed; it holds everything of a frame but the
     *                            record batches.
     */
    public FrameWriter(int initialScratchBytes) {
        if (initialScratchBytes < MIN_SCRATCH_BYTES) {
            throw new IllegalArgumentException("scratch buffer too small: initialScratchBytes=" + initialScratchBytes
                    + ", minScratchBytes=" + MIN_SCRATCH_BYTES);
        }
        this.initialScratchBytes = initialScratchBytes;
        this.scratch = ByteBuffer.allocateDirect(initialScratchBytes);
    }

    /**
     * Starts a frame, after forgetting the one before.
     *
     * @param apiKey  the API whose request is written.
     * @param version the version that is written.
     * @return this writer.
     */
    public FrameWriter begin(ApiKey apiKey, short version) {
        clear();
        flexible = apiKey.isFlexible(version);
        scratch.position(SIZE_FIELD_BYTES);
        return this;
    }

    /**
     * Writes a whole frame: size, header and body.
     *
     * @param request       the request.
     * @param version       the version to write it in.
     * @param correlationId the number that the response will carry.
     * @param clientId      the client's name for the broker's logs and quotas, or {@code null}.
     * @return this writer, finished.
     */
    FrameWriter encode(Request request, short version, int correlationId, String clientId) {
        begin(request.apiKey(), version);
        RequestHeader.encode(this, request.apiKey(), version, correlationId, clientId);
        request.encodeBody(this, version);
        return finish();
    }

    /**
     * Ends the frame: nothing can be written to it any more, and it can be sent.
     *
     * @return this writer.
     * @throws IllegalStateException if the frame is larger than the protocol's 2 GiB.
     */
    public FrameWriter finish() {
        requireWriting();
        endSpan();
        long frameBytes = sizeInBytes();
        if (frameBytes - SIZE_FIELD_BYTES > Integer.MAX_VALUE) {
            throw new IllegalStateException("frame too large: bytes=" + frameBytes + ", max=" + Integer.MAX_VALUE);
        }
        scratch.putInt(0, (int) (frameBytes - SIZE_FIELD_BYTES));
        int spans = 0;
        for (int i = 0; i < partCount; i++) {
            if (parts[i] == null) {
                ByteBuffer view = view(spans++);
                view.limit(spanEnds[i]).position(spanStarts[i]);
                parts[i] = view;
            }
        }
        firstUnsent = 0;
        remainingBytes = frameBytes;
        finished = true;
        return this;
    }

    /**
     * The size of the frame so far, its size field included.
     *
     * @return the number of bytes.
     */
    public long sizeInBytes() {
        return scratch.position() + splicedBytes;
    }

    /**
     * How much of the finished frame has not been sent.
     *
     * @return the number of bytes, 0 when all is sent.
     */
    long remainingBytes() {
        return remainingBytes;
    }

    /**
     * Sends as much of the finished frame as the channel takes.
     *
     * @param channel where to send it to.
     * @return the number of bytes taken.
     * @throws IOException if the channel fails.
     */
    long writeTo(GatheringByteChannel channel) throws IOException {
        if (remainingBytes == 0) {
            return 0;
        }
        long written = channel.write(parts, firstUnsent, partCount - firstUnsent);
        sent(written);
        return written;
    }

    /**
     * Copies what has not been sent of the finished frame; for tools that need a frame as one piece.
     *
     * @return a new heap buffer with the bytes, its size field included.
     * @throws IllegalStateException if the frame is not finished.
     */
    public ByteBuffer toBuffer() {
        if (!finished) {
            throw new IllegalStateException("frame is not finished: sizeInBytes=" + sizeInBytes());
        }
        ByteBuffer copy = ByteBuffer.allocate((int) remainingBytes);
        for (int i = firstUnsent; i < partCount; i++) {
            copy.put(parts[i].duplicate());
        }
        return copy.flip();
    }

    /** The parts of the finished frame; those from {@link #firstUnsent} on, up to {@link #partCount}, are still to be sent. */
    ByteBuffer[] parts() {
        return parts;
    }

    /** The index of the first part that is not sent yet. */
    int firstUnsent() {
        return firstUnsent;
    }

    /** The index after the last part. */
    int partCount() {
        return partCount;
    }

    /**
     * Takes notice of bytes that were taken from {@link #parts} by their positions.
     *
     * @param bytes how many were taken.
     */
    void sent(long bytes) {
        remainingBytes -= bytes;
        while (firstUnsent < partCount && !parts[firstUnsent].hasRemaining()) {
            firstUnsent++;
        }
    }

    /**
     * Forgets the frame and every buffer that was spliced into it.
     */
    public void clear() {
        Arrays.fill(parts, 0, partCount, null);
        partCount = 0;
        firstUnsent = 0;
        spanStart = 0;
        splicedBytes = 0;
        remainingBytes = 0;
        finished = false;
        if (scratch.capacity() > Math.max(MAX_RETAINED_SCRATCH_BYTES, initialScratchBytes)) {
            replaceScratch(ByteBuffer.allocateDirect(initialScratchBytes));
        }
        scratch.clear();
    }

    /**
     * Writes one byte.
     *
     * @param value the value.
     */
    public void i8(byte value) {
        ensure(Byte.BYTES).put(value);
    }

    /**
     * Writes a 16-bit integer.
     *
     * @param value the value.
     */
    public void i16(short value) {
        ensure(Short.BYTES).putShort(value);
    }

    /**
     * Writes a 32-bit integer.
     *
     * @param value the value.
     */
    public void i32(int value) {
        ensure(Integer.BYTES).putInt(value);
    }

    /**
     * Writes a 64-bit integer.
     *
     * @param value the value.
     */
    public void i64(long value) {
        ensure(Long.BYTES).putLong(value);
    }

    /**
     * Writes a boolean as one byte, 0 or 1.
     *
     * @param value the value.
     */
    public void bool(boolean value) {
        ensure(Byte.BYTES).put((byte) (value ? 1 : 0));
    }

    /**
     * Writes a UUID.
     *
     * @param mostSignificantBits  the first eight bytes.
     * @param leastSignificantBits the last eight bytes.
     */
    public void uuid(long mostSignificantBits, long leastSignificantBits) {
        ensure(2 * Long.BYTES).putLong(mostSignificantBits).putLong(leastSignificantBits);
    }

    /**
     * Writes an unsigned integer in one to five bytes, seven bits in each, the lowest first.
     *
     * @param value the value's 32 bits.
     */
    public void uvarint(int value) {
        ByteBuffer out = ensure(5);
        int rest = value;
        while ((rest & ~0x7F) != 0) {
            out.put((byte) (rest & 0x7F | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    /**
     * Writes a signed integer as a zig-zag varint: small values of either sign take few bytes.
     *
     * @param value the value.
     */
    public void varint(int value) {
        uvarint(value << 1 ^ value >> 31);
    }

    /**
     * Writes a string that may not be null.
     *
     * @param value the string.
     * @throws IllegalArgumentException if it is longer than 32767 bytes in UTF-8.
     */
    public void string(String value) {
        int length = utf8Length(value);
        if (flexible) {
            uvarint(length + 1);
        } else {
            i16((short) length);
        }
        utf8(value, length);
    }

    /**
     * Writes a string or null.
     *
     * @param value the string or {@code null}.
     * @throws IllegalArgumentException if it is longer than 32767 bytes in UTF-8.
     */
    public void nullableString(String value) {
        if (value != null) {
            string(value);
        } else if (flexible) {
            uvarint(0);
        } else {
            i16((short) -1);
        }
    }

    /** Writes a string or null with a 16-bit length, whatever the version. */
    void legacyNullableString(String value) {
        if (value == null) {
            i16((short) -1);
        } else {
            int length = utf8Length(value);
            i16((short) length);
            utf8(value, length);
        }
    }

    /**
     * Writes the number of elements of an array, in front of them.
     *
     * @param count the number of elements, or -1 for null.
     */
    public void arrayLength(int count) {
        if (flexible) {
            uvarint(count + 1);
        } else {
            i32(count);
        }
    }

    /**
     * Writes the length of bytes or records that follow.
     *
     * @param length the number of bytes, or -1 for null.
     */
    public void bytesLength(int length) {
        arrayLength(length);
    }

    /**
     * Ends a structure that has no tagged fields; writes nothing if the version is not flexible.
     */
    public void emptyTags() {
        if (flexible) {
            i8((byte) 0);
        }
    }

    /**
     * Begins the tagged fields at the end of a structure of a flexible version; that many {@link #tag}s with their values follow, in
     * ascending order.
     *
     * @param count the number of tagged fields.
     */
    public void tags(int count) {
        uvarint(count);
    }

    /**
     * Begins a tagged field; its value follows.
     *
     * @param tag       the field's number.
     * @param sizeBytes the size of its value.
     */
    public void tag(int tag, int sizeBytes) {
        uvarint(tag);
        uvarint(sizeBytes);
    }

    /**
     * Puts bytes into the frame without copying them.
     * <p>
     * The buffer is kept by reference, and sending the frame moves its position to its limit; the owner leaves buffer and bytes alone until
     * the frame was sent or its connection is closed, and sets the position anew to send the bytes again.
     *
     * @param bytes a buffer, preferably a direct one, whose bytes from position to limit come next in the frame.
     */
    public void splice(ByteBuffer bytes) {
        requireWriting();
        if (bytes.hasRemaining()) {
            endSpan();
            addPart(bytes, 0, 0);
            splicedBytes += bytes.remaining();
        }
    }

    /** How many bytes were spliced into this frame. */
    long splicedBytes() {
        return splicedBytes;
    }

    private void endSpan() {
        int end = scratch.position();
        if (end > spanStart) {
            addPart(null, spanStart, end);
            spanStart = end;
        }
    }

    private void addPart(ByteBuffer part, int start, int end) {
        if (partCount == parts.length) {
            int length = 2 * partCount;
            parts = Arrays.copyOf(parts, length);
            spanStarts = Arrays.copyOf(spanStarts, length);
            spanEnds = Arrays.copyOf(spanEnds, length);
        }
        parts[partCount] = part;
        spanStarts[partCount] = start;
        spanEnds[partCount] = end;
        partCount++;
    }

    private ByteBuffer view(int index) {
        if (index == views.length) {
            views = Arrays.copyOf(views, 2 * index);
        }
        if (index == viewCount) {
            views[viewCount++] = scratch.duplicate();
        }
        return views[index];
    }

    private ByteBuffer ensure(int bytes) {
        if (scratch.remaining() < bytes || finished) {
            requireWriting();
            grow(bytes);
        }
        return scratch;
    }

    private void grow(int bytes) {
        long needed = (long) scratch.position() + bytes;
        if (needed > Integer.MAX_VALUE) {
            throw new IllegalStateException("frame too large: bytes=" + needed + ", max=" + Integer.MAX_VALUE);
        }
        long doubled = 2L * scratch.capacity();
        int capacity = (int) Math.min(Integer.MAX_VALUE, Math.max(needed, doubled));
        replaceScratch(ByteBuffer.allocateDirect(capacity).put(scratch.flip()));
    }

    private void replaceScratch(ByteBuffer replacement) {
        scratch = replacement;
        Arrays.fill(views, 0, viewCount, null);
        viewCount = 0;
    }

    private void requireWriting() {
        if (finished) {
            throw new IllegalStateException("frame is finished: sizeInBytes=" + sizeInBytes());
        }
    }

    private static int utf8Length(String value) {
        int chars = value.length();
        int length = chars;
        for (int i = 0; i < chars; i++) {
            char c = value.charAt(i);
            if (c >= 0x800) {
                if (!Character.isSurrogate(c)) {
                    length += 2;
                } else if (isPair(value, i)) {
                    // Two chars, four bytes.
                    length += 2;
                    i++;
                }
                // A lone surrogate becomes a question mark: one char, one byte.
            } else if (c >= 0x80) {
                length++;
            }
        }
        if (length > Short.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "string too long: utf8Bytes=" + length + ", maxBytes=" + Short.MAX_VALUE);
        }
        return length;
    }

    private void utf8(String value, int length) {
        ByteBuffer out = ensure(length);
        int chars = value.length();
        for (int i = 0; i < chars; i++) {
            char c = value.charAt(i);
            if (c < 0x80) {
                out.put((byte) c);
            } else if (c < 0x800) {
                out.put((byte) (0xC0 | c >> 6)).put((byte) (0x80 | c & 0x3F));
            } else if (!Character.isSurrogate(c)) {
                out.put((byte) (0xE0 | c >> 12)).put((byte) (0x80 | c >> 6 & 0x3F)).put((byte) (0x80 | c & 0x3F));
            } else if (isPair(value, i)) {
                int point = Character.toCodePoint(c, value.charAt(++i));
                out.put((byte) (0xF0 | point >> 18)).put((byte) (0x80 | point >> 12 & 0x3F));
                out.put((byte) (0x80 | point >> 6 & 0x3F)).put((byte) (0x80 | point & 0x3F));
            } else {
                out.put((byte) '?');
            }
        }
    }

    private static boolean isPair(String value, int index) {
        return Character.isHighSurrogate(value.charAt(index)) && index + 1 < value.length()
                && Character.isLowSurrogate(value.charAt(index + 1));
    }
}
