package io.kp.network;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * Byte streams to brokers and the readiness events of them: a real network ({@link NioTransport}) or a simulated one.
 * <p>
 * A transport belongs to one thread. Only {@link #wakeup()} may be called by others. Nothing but {@link #select} blocks.
 * Readiness is level-triggered: what was not read or written is reported again by the next select.
 */
public interface Transport extends Closeable {

    /** Ready operation: bytes (or the end of the stream, or an error) can be read. Value of NIO's {@code OP_READ}. */
    int OP_READ = 1;

    /** Ready operation: the socket takes bytes again. Reported only while the channel's write interest is on. */
    int OP_WRITE = 1 << 2;

    /** Ready operation: a started connect has succeeded or failed; {@link TransportChannel#finishConnect} says which. */
    int OP_CONNECT = 1 << 3;

    /**
     * Starts a connect without waiting for it. The channel may be connected already when this returns, see
     * {@link TransportChannel#isConnected()}; if not, {@link #OP_CONNECT} is reported once the outcome is known.
     *
     * @param address            where to connect; resolved
     * @param sendBufferBytes    the socket's send buffer, or -1 for the system's default
     * @param receiveBufferBytes the socket's receive buffer, or -1 for the system's default
     * @param attachment         returned by {@link TransportChannel#attachment()}
     * @return the new channel
     * @throws IOException if the connect fails at once
     */
    TransportChannel connect(InetSocketAddress address, int sendBufferBytes, int receiveBufferBytes, Object attachment)
            throws IOException;

    /**
     * Waits until a channel is ready, {@link #wakeup()} is called or the time is over, and reports each ready channel
     * once. The handler may connect and close channels and change their interest, but not select.
     *
     * @param timeoutNs longest wait in nanoseconds; 0 or less does not wait
     * @param handler   told of each ready channel
     * @return how many channels were ready
     * @throws IOException if the transport as a whole failed
     */
    int select(long timeoutNs, SelectionHandler handler) throws IOException;

    /** Ends the current select, or lets the next one return at once. Any thread may call it; it never blocks. */
    void wakeup();

    /**
     * Closes all channels. Later selects return 0 at once.
     *
     * @throws IOException if the system reports an error; everything is closed nevertheless
     */
    @Override
    void close() throws IOException;
}
