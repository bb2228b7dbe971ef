package io.kp.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What was acknowledged for one partition, in the order of the acknowledgements: 24 bytes for each record, in a file without a name, so
 * that memory does not grow with the input and nothing stays behind.
 *
 * <pre>
 *   0         8         16        24
 *   +---------+---------+---------+
 *   | offset  | line    | hash    |   offset is -1 where the broker named none
 *   +---------+---------+---------+
 * </pre>
 *
 * <p>
 * One thread adds; afterwards one reads.
 */
final class SentLines implements AutoCloseable {
    private static final int ENTRY_BYTES = 24;
    private static final int BUFFER_BYTES = ENTRY_BYTES * 2_730;

    private final FileChannel file;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private long count;
    private long lastOffset = -1;
    private long lastLine = -1;
    private String disorder;

    private long readPosition;
    private boolean reading;
    private long offset;
    private long line;
    private long hash;

    /**
     * Creates the file.
     *
     * @param folder where; the file's name is gone at once
     */
    SentLines(final Path folder) {
        try {
            final Path path = Files.createTempFile(folder, "kp-sent-", ".bin");
            file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE,
                    StandardOpenOption.DELETE_ON_CLOSE);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void add(final long addedOffset, final long addedLine, final long addedHash) {
        if (disorder == null && addedOffset >= 0 && addedOffset <= lastOffset) {
            disorder = "acknowledged at offset " + addedOffset + " after offset " + lastOffset;
        }
        if (disorder == null && addedLine <= lastLine) {
            disorder = "line " + addedLine + " was acknowledged after line " + lastLine;
        }
        lastOffset = Math.max(lastOffset, addedOffset);
        lastLine = addedLine;
        if (buffer.remaining() < ENTRY_BYTES) {
            write();
        }
        buffer.putLong(addedOffset).putLong(addedLine).putLong(addedHash);
        count++;
    }

    long count() {
        return count;
    }

    /** What was wrong with the order of the acknowledgements, {@code null} if nothing was. */
    String disorder() {
        return disorder;
    }

    /**
     * Goes to the next entry, from the first on.
     *
     * @return whether there is one
     */
    boolean next() {
        if (!reading) {
            write();
            reading = true;
            buffer.limit(0);
        }
        if (!buffer.hasRemaining()) {
            buffer.clear();
            try {
                while (buffer.hasRemaining()) {
                    final int read = file.read(buffer, readPosition);
                    if (read < 0) {
                        break;
                    }
                    readPosition += read;
                }
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
            buffer.flip();
            if (!buffer.hasRemaining()) {
                return false;
            }
        }
        offset = buffer.getLong();
        line = buffer.getLong();
        hash = buffer.getLong();
        return true;
    }

    long offset() {
        return offset;
    }

    long line() {
        return line;
    }

    long hash() {
        return hash;
    }

    private void write() {
        buffer.flip();
        try {
            while (buffer.hasRemaining()) {
                file.write(buffer);
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        buffer.clear();
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
