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

    /**
     * How large the pieces of an input have to be for {@link #compressPieces} to make about as little of them as {@link #compress} of the whole; the last one may be
     * smaller.
     *
     * @return bytes; {@link Integer#MAX_VALUE} if pieces are to be joined, whatever their size, and {@code compressPieces} is not there.
     */
    default int leastPieceBytes() {
        return Integer.MAX_VALUE;
    }

    /**
     * Compresses an input that lies in several pieces into one stream, as {@link #compress} does, without joining them.
     *
     * @param pieces
     *            direct buffers; each from position to limit. Their positions are unspecified afterwards.
     * @param count
     *            how many of them, from index 0 on.
     * @param output
     *            as for {@code compress}.
     * @return number of bytes written, or {@link #DOES_NOT_FIT}.
     * @throws UnsupportedOperationException
     *             if {@link #leastPieceBytes} says that pieces are to be joined.
     */
    default int compressPieces(final ByteBuffer[] pieces, final int count, final ByteBuffer output) {
        throw new UnsupportedOperationException("pieces are to be joined: pieces=" + count);
    }

    /** Frees native memory. */
    @Override
    void close();
}
