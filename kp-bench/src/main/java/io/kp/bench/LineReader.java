package io.kp.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;

/**
 * Cuts a stream of bytes into lines, without decoding them. A line ends at a delimiter, {@code \n} unless told otherwise, which is not part of it; a {@code \r} is.
 * Bytes after the last delimiter are a line too. Not thread-safe.
 *
 * <p>
 * Memory is bounded by the longest line that is wanted: of a longer one only the length is counted.
 */
final class LineReader {
    private final ReadableByteChannel in;
    private final int maxLineBytes;
    private final byte[] delimiter;
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
        this(in, bufferBytes, maxLineBytes, new byte[]{'\n'});
    }

    /**
     * Creates a reader.
     *
     * @param in           the stream; stays open
     * @param bufferBytes  how much to read at once
     * @param maxLineBytes lines of more bytes are skipped
     * @param delimiter    what ends a line, at least one byte
     */
    LineReader(final ReadableByteChannel in, final int bufferBytes, final int maxLineBytes, final byte[] delimiter) {
        this.in = in;
        this.delimiter = delimiter.clone();
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
            final byte last = delimiter[delimiter.length - 1];
            for (int i = scanned; i < end; i++) {
                if (bytes[i] == last && endsDelimiter(bytes, i)) {
                    position = i + 1;
                    return found(skipped + i + 1 - delimiter.length - start);
                }
            }
            // What is there may end in the beginning of a delimiter, which is not content.
            if (end - start > maxLineBytes + (delimiter.length - 1L)) {
                // No use for its content: forget all but that, and count on.
                final int kept = Math.min(end - start, delimiter.length - 1);
                skipped += end - start - kept;
                System.arraycopy(bytes, end - kept, bytes, 0, kept);
                start = 0;
                position = 0;
                limit = kept;
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

    private boolean endsDelimiter(final byte[] bytes, final int index) {
        final int from = index + 1 - delimiter.length;
        return from >= start
                && (delimiter.length == 1 || Arrays.equals(bytes, from, index + 1, delimiter, 0, delimiter.length));
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
