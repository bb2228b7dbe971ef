package io.kp.accumulator;

import java.nio.ByteBuffer;

/**
 * Undoes what a {@link Compressor} of the same codec did. For one thread at a time.
 */
public interface Decompressor extends AutoCloseable {
    /**
     * Decompresses a whole stream.
     *
     * @param input
     *            a direct buffer; the stream from position to limit. Its position is unspecified afterwards.
     * @param output
     *            a direct buffer; written from its position on, at most to its limit. Its position and limit are unspecified afterwards.
     * @return number of bytes written.
     * @throws IllegalArgumentException
     *             if the input is not such a stream, or has more content than there is room.
     */
    int decompress(ByteBuffer input, ByteBuffer output);

    /** Frees native memory. */
    @Override
    void close();
}
