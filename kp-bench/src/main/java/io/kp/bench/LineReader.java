package io.kp.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;

/**
 * Cuts a stream of bytes into lines, without decoding them. A line ends at {@code \n}, which is not part of it; a {@code \r} is. Bytes
 * after the last {@code \n} are a line too. Not thread-safe.
 *
 * <p>
 * Memory is bounded by the longest line that is wanted: of a longer one only the length is counted.
 */
final class LineReader {
    private final ReadableByteChannel in;
    private final int maxLineBytes;
    private byte[] buffer;
    private int position;
    private int limit;
    private boolean endOfInput;

    private int start;
    private long lengthBytes;
    private boolean tooLong;
    private long bytesRead;
    private int moved;

    /**
     * Creates a reader.
     *
     * @param in           the stream; stays open
     * @param bufferBytes  how much to read at once
     * @param maxLineBytes lines of more bytes are skipped
     */
    LineReader(final ReadableByteChannel in, final int bufferBytes, final int maxLineBytes) {
        this.in = in;
        this.maxLineBytes = maxLineBytes;
        buffer = new byte[bufferBytes];
    }

    /**
     * Goes to the next line.
     *
     * @return whether there is one
     * @throws IOException
     *                         if the stream cannot be read
     */
    boolean next() throws IOException {
        start = position;
        tooLong = false;
        int scanned = position;
        long skipped = 0;
        while (true) {
            final byte[] bytes = buffer;
            final int end = limit;
            for (int i = scanned; i < end; i++) {
                if (bytes[i] == '\n') {
                    position = i + 1;
                    return found(skipped + i - start);
                }
            }
            if (end - start > maxLineBytes) {
                // No use for its content: forget what is there and count on.
                skipped += end - start;
                start = 0;
                position = 0;
                limit = 0;
                tooLong = true;
            }
            scanned = limit;
            if (!fill()) {
                position = limit;
                final long length = skipped + limit - start;
                return length > 0 && found(length);
            }
            scanned -= moved;
        }
    }

    /** Reads more behind what is left; moves that to the front first, or makes room, where need be. */
    private boolean fill() throws IOException {
        moved = 0;
        if (endOfInput) {
            return false;
        }
        if (limit == buffer.length) {
            if (start > 0) {
                System.arraycopy(buffer, start, buffer, 0, limit - start);
                moved = start;
                limit -= start;
                start = 0;
            } else {
                buffer = Arrays.copyOf(buffer, (int) Math.min(Integer.MAX_VALUE - 8, buffer.length * 2L));
            }
        }
        final int read = in.read(ByteBuffer.wrap(buffer, limit, buffer.length - limit));
        if (read < 0) {
            endOfInput = true;
            return false;
        }
        limit += read;
        bytesRead += read;
        return true;
    }

    private boolean found(final long length) {
        lengthBytes = length;
        tooLong |= length > maxLineBytes;
        return true;
    }

    /** The array that holds the current line, valid until {@link #next()}. */
    byte[] buffer() {
        return buffer;
    }

    /** Where the current line starts in {@link #buffer()}; meaningless if it is too long. */
    int start() {
        return start;
    }

    /** The current line's size, also if it is too long. */
    long lengthBytes() {
        return lengthBytes;
    }

    /** Whether the current line has more bytes than wanted, and no content. */
    boolean tooLong() {
        return tooLong;
    }

    /** How much has been read of the stream, ahead of the current line. */
    long bytesRead() {
        return bytesRead;
    }
}
