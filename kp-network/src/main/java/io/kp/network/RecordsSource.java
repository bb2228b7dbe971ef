package io.kp.network;

/**
 * The bytes of one record batch, lying in one or more buffers, that a produce request sends without copying them.
 */
public interface RecordsSource {
    /**
     * The size of the batch in wire format.
     *
     * @return the number of bytes that {@link #spliceInto} will splice.
     */
    int sizeInBytes();

    /**
     * Hands the batch's buffers to the frame, in order, each by {@link FrameWriter#splice}.
     * <p>
     * Called once for each time that the batch is sent. The socket write moves the buffers' positions, so the owner sets position
     * and limit anew here before it hands them over.
     *
     * @param out the frame that is being written.
     */
    void spliceInto(FrameWriter out);
}
