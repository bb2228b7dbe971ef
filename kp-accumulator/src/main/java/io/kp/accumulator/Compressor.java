package io.kp.accumulator;

import java.nio.ByteBuffer;

/**
 * Compresses one batch's records after the other, with state that is reused. For one thread at a time.
 */
public interface Compressor extends AutoCloseable {
    /** What {@link #compress} returns if the output has too little room. */
    int DOES_NOT_FIT = -1;

    /**
     * The room with which {@link #compress} never fails.
     *
     * @param inputBytes
     *            size of the input in bytes.
     * @return bytes of output that are always enough.
     */
    int maxCompressedBytes(int inputBytes);

    /**
     * Compresses a whole input into one stream, complete with what Kafka wants around it.
     *
     * @param input
     *            a direct buffer; from position to limit. Its position is unspecified afterwards.
     * @param output
     *            a direct buffer; written from its position on, at most to its limit. Its position and limit are unspecified afterwards.
     * @return number of bytes written, or {@link #DOES_NOT_FIT}.
     */
    int compress(ByteBuffer input, ByteBuffer output);

    /** Frees native memory. */
    @Override
    void close();
}
