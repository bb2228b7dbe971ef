package io.kp.network;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/**
 * One non-blocking byte stream of a {@link Transport}. All methods are for the transport's thread.
 */
public interface TransportChannel {

    /**
     * Completes a started connect.
     *
     * @return true if the channel is connected now, false if the outcome is still open
     * @throws IOException if the connect failed, for example because nobody listens
     */
    boolean finishConnect() throws IOException;

    /**
     * Whether reads and writes are possible.
     *
     * @return true from the successful connect on, until the channel is closed
     */
    boolean isConnected();

    /**
     * Writes as many bytes as the channel takes without blocking, in the order of the buffers, and moves their
     * positions. The bytes have left the buffers when this returns.
     *
     * @param buffers the buffers
     * @param offset  index of the first one
     * @param length  how many
     * @return the number of bytes written, maybe 0
     * @throws IOException if the connection is broken
     */
    long write(ByteBuffer[] buffers, int offset, int length) throws IOException;

    /**
     * Reads what is there, at most the buffer's remaining bytes, without blocking.
     *
     * @param buffer takes the bytes
     * @return the number of bytes read, 0 if there are none now, -1 at the end of the stream
     * @throws IOException if the connection is broken
     */
    int read(ByteBuffer buffer) throws IOException;

    /**
     * Asks for {@link Transport#OP_WRITE} events, or for no more of them. Reads are reported always.
     *
     * @param on whether the owner has bytes that the channel did not take
     */
    void writeInterest(boolean on);

    /**
     * The object given at connect.
     *
     * @return the attachment
     */
    Object attachment();

    /**
     * The address of the other side.
     *
     * @return the address given at connect
     */
    InetSocketAddress remoteAddress();

    /**
     * The address of this side.
     *
     * @return the local address, or null if the channel is not connected
     */
    InetSocketAddress localAddress();

    /**
     * Whether bytes are encrypted on their way.
     *
     * @return true for TLS
     */
    default boolean isEncrypted() {
        return false;
    }

    /**
     * Whether what the channel was made of has been replaced since, so that its owner does well to replace it at a good moment.
     *
     * @return true if a new channel would be made of something newer, for example another certificate
     */
    default boolean isOutdated() {
        return false;
    }

    /**
     * What a channel that is not connected yet waits for.
     *
     * @return a clause for people
     */
    default String awaited() {
        return "no answer to the TCP connect";
    }

    /** Closes the channel. Nothing is reported for it afterwards. A second close does nothing. */
    void close();
}
