package io.kp.bench;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.function.Function;

import io.kp.network.FrameReader;
import io.kp.network.FrameWriter;
import io.kp.network.Request;
import io.kp.network.Transport;
import io.kp.network.TransportChannel;

/**
 * One connection to a broker over a producer's own transport, with TLS and its verification if the producer has it, for one question after the other. What
 * {@link io.kp.network.NetworkClient} does on its way to a connection, step by step and to look at. Used by one thread.
 */
final class BrokerWire implements AutoCloseable {
    private static final int SIZE_BYTES = 4;
    private static final int MAX_BYTES = 1 << 20;
    private static final int SYSTEM_DEFAULT = -1;

    private final Transport transport;
    private final InetSocketAddress address;
    private TransportChannel channel;
    private int correlationId;

    /**
     * Creates a connection that is not open yet.
     *
     * @param transport the producer's; closed with this
     * @param address   resolved, under the name that certificates are held against
     */
    BrokerWire(final Transport transport, final InetSocketAddress address) {
        this.transport = transport;
        this.address = address;
    }

    /** Connects, TLS handshake and verification included. */
    void open(final long deadlineNs) throws IOException {
        channel = transport.connect(address, SYSTEM_DEFAULT, SYSTEM_DEFAULT, this);
        while (!channel.isConnected() && !channel.finishConnect()) {
            await(deadlineNs, channel.awaited());
        }
    }

    /**
     * Asks.
     *
     * @param request    one without a version that is flexible
     * @param version    its version
     * @param deadlineNs by {@link System#nanoTime()}
     * @param decode     reads the answer
     * @return the answer
     */
    <T> T ask(final Request request, final short version, final long deadlineNs,
            final Function<FrameReader, T> decode) throws IOException {
        final FrameWriter out = new FrameWriter(512);
        out.begin(request.apiKey(), version);
        out.i16(request.apiKey().id());
        out.i16(version);
        out.i32(++correlationId);
        out.string("kp-doctor");
        request.encodeBody(out, version);
        final ByteBuffer[] frame = {out.finish().toBuffer()};
        final String awaited = "no answer to " + request.apiKey().messageName();
        while (frame[0].hasRemaining()) {
            channel.writeInterest(true);
            if (channel.write(frame, 0, 1) == 0) {
                await(deadlineNs, awaited);
            }
        }
        channel.writeInterest(false);
        final int size = read(SIZE_BYTES, deadlineNs, awaited).getInt();
        if (size < SIZE_BYTES || size > MAX_BYTES) {
            throw new IOException("not an answer of a Kafka broker: sizeBytes=" + size);
        }
        final FrameReader in = new FrameReader().wrap(read(size, deadlineNs, awaited), request.apiKey(), version);
        final int answered = in.i32("header.correlationId");
        if (answered != correlationId) {
            throw new IOException("not an answer of a Kafka broker: correlationId=" + answered);
        }
        return decode.apply(in);
    }

    private ByteBuffer read(final int bytes, final long deadlineNs, final String awaited) throws IOException {
        final ByteBuffer buffer = ByteBuffer.allocateDirect(bytes);
        while (buffer.hasRemaining()) {
            final int count = channel.read(buffer);
            if (count < 0) {
                throw new EOFException("the connection was closed: " + awaited);
            }
            if (count == 0) {
                await(deadlineNs, awaited);
            }
        }
        return buffer.flip();
    }

    private void await(final long deadlineNs, final String awaited) throws IOException {
        final long leftNs = deadlineNs - System.nanoTime();
        if (leftNs <= 0) {
            throw new SocketTimeoutException(awaited + " within the time allowed");
        }
        transport.select(leftNs, (ready, ops) -> {
        });
    }

    @Override
    public void close() throws IOException {
        transport.close();
    }
}
