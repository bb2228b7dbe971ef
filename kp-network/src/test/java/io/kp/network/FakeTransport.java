package io.kp.network;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.requests.RequestHeader;

/** A network and a clock without a machine: a select that finds nothing ready lets its time pass at once. */
final class FakeTransport implements Transport {
    /** Not 0, so that a time that was never set shows; near the end of the range, so that it overflows on the way. */
    long nowNs = Long.MAX_VALUE - 5_000_000_000L;
    long lastTimeoutNs;
    final List<FakeChannel> channels = new ArrayList<>();
    final ArrayDeque<IOException> connectErrors = new ArrayDeque<>();
    final ArrayDeque<RuntimeException> selectErrors = new ArrayDeque<>();
    boolean connectAtOnce;
    boolean woken;
    boolean closed;

    long nowNs() {
        return nowNs;
    }

    FakeChannel last() {
        return channels.get(channels.size() - 1);
    }

    @Override
    public TransportChannel connect(InetSocketAddress address, int sendBufferBytes, int receiveBufferBytes,
            Object attachment) throws IOException {
        if (!connectErrors.isEmpty()) {
            throw connectErrors.poll();
        }
        FakeChannel channel = new FakeChannel(address, attachment);
        channel.connected = connectAtOnce;
        channels.add(channel);
        return channel;
    }

    @Override
    public int select(long timeoutNs, SelectionHandler handler) {
        lastTimeoutNs = timeoutNs;
        if (!selectErrors.isEmpty()) {
            throw selectErrors.poll();
        }
        int ready = 0;
        for (FakeChannel channel : List.copyOf(channels)) {
            int ops = channel.readyOps();
            if (ops != 0) {
                ready++;
                handler.onReady(channel, ops);
            }
        }
        if (ready == 0 && timeoutNs > 0 && !woken) {
            nowNs += timeoutNs;
        }
        woken = false;
        return ready;
    }

    @Override
    public void wakeup() {
        woken = true;
    }

    @Override
    public void close() {
        closed = true;
        channels.forEach(FakeChannel::close);
    }

    /** Both ends of a stream: the client's as a channel, the broker's for the test. */
    static final class FakeChannel implements TransportChannel {
        private final InetSocketAddress address;
        private final Object attachment;
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private final ArrayDeque<ByteBuffer> in = new ArrayDeque<>();
        private boolean answered;
        private IOException refusal;
        private boolean connected;
        private boolean writeInterest;
        private boolean endOfStream;
        private IOException readError;
        IOException writeError;
        boolean open = true;
        InetSocketAddress localAddress;
        /** How many bytes the next writes take together. */
        long writeCapacity = Long.MAX_VALUE;

        FakeChannel(InetSocketAddress address, Object attachment) {
            this.address = address;
            this.attachment = attachment;
        }

        // The broker's end.

        void accept() {
            answered = true;
        }

        void refuse(IOException e) {
            answered = true;
            refusal = e;
        }

        void send(byte[] bytes) {
            in.add(ByteBuffer.wrap(bytes));
        }

        void endOfStream() {
            endOfStream = true;
        }

        void readError(IOException e) {
            readError = e;
        }

        byte[] takeWritten() {
            byte[] bytes = out.toByteArray();
            out.reset();
            return bytes;
        }

        /** Takes the frames that were written in full; there must not be a part of one. */
        List<ScriptedBroker.Received> takeRequests() {
            List<ScriptedBroker.Received> requests = new ArrayList<>();
            ByteBuffer bytes = ByteBuffer.wrap(takeWritten());
            while (bytes.hasRemaining()) {
                int size = bytes.getInt();
                ByteBuffer frame = bytes.slice(bytes.position(), size);
                bytes.position(bytes.position() + size);
                requests.add(new ScriptedBroker.Received(RequestHeader.parse(frame), frame));
            }
            return requests;
        }

        void respond(ScriptedBroker.Received request, ApiMessage body) {
            send(ScriptedBroker.frame(request.header(), body));
        }

        void negotiate() {
            respond(takeRequests().get(0), new ApiVersionsResponseData().setApiKeys(ScriptedBroker.ranges()));
        }

        // The client's end.

        private int readyOps() {
            if (!open) {
                return 0;
            }
            if (!connected) {
                return answered ? OP_CONNECT : 0;
            }
            return (!in.isEmpty() || endOfStream || readError != null ? OP_READ : 0)
                    | (writeInterest && writeCapacity > 0 ? OP_WRITE : 0);
        }

        @Override
        public boolean finishConnect() throws IOException {
            if (refusal != null) {
                throw refusal;
            }
            connected = answered;
            return connected;
        }

        @Override
        public boolean isConnected() {
            return open && connected;
        }

        @Override
        public long write(ByteBuffer[] buffers, int offset, int length) throws IOException {
            requireOpen();
            if (writeError != null) {
                throw writeError;
            }
            long written = 0;
            for (int i = offset; i < offset + length; i++) {
                byte[] bytes = new byte[(int) Math.min(buffers[i].remaining(), writeCapacity)];
                buffers[i].get(bytes);
                out.writeBytes(bytes);
                writeCapacity -= bytes.length;
                written += bytes.length;
            }
            return written;
        }

        @Override
        public int read(ByteBuffer buffer) throws IOException {
            requireOpen();
            ByteBuffer next = in.peek();
            if (next == null) {
                if (readError != null) {
                    throw readError;
                }
                return endOfStream ? -1 : 0;
            }
            int count = Math.min(buffer.remaining(), next.remaining());
            buffer.put(buffer.position(), next, next.position(), count).position(buffer.position() + count);
            next.position(next.position() + count);
            if (!next.hasRemaining()) {
                in.remove();
            }
            return count;
        }

        @Override
        public void writeInterest(boolean on) {
            requireOpen();
            writeInterest = on;
        }

        @Override
        public Object attachment() {
            return attachment;
        }

        @Override
        public InetSocketAddress remoteAddress() {
            return address;
        }

        @Override
        public InetSocketAddress localAddress() {
            return localAddress;
        }

        @Override
        public void close() {
            open = false;
        }

        private void requireOpen() {
            if (!open) {
                throw new IllegalStateException("channel used after close");
            }
        }
    }
}
