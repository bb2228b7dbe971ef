package io.kp.bench.jmh;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

import io.kp.network.SelectionHandler;
import io.kp.network.Transport;
import io.kp.network.TransportChannel;

/** A transport of kp's whose connections end in {@link NullBroker}s. */
final class NullTransport implements Transport {
    private final int partitions;
    private final List<Channel> channels = new ArrayList<>();
    private final Waiting waiting = new Waiting();

    NullTransport(final int partitions) {
        this.partitions = partitions;
    }

    @Override
    public TransportChannel connect(final InetSocketAddress address, final int sendBufferBytes,
            final int receiveBufferBytes, final Object attachment) {
        final Channel channel = new Channel(new NullBroker(partitions), address, attachment);
        channels.add(channel);
        return channel;
    }

    @Override
    public int select(final long timeoutNs, final SelectionHandler handler) {
        int ready = report(handler);
        if (ready == 0 && timeoutNs > 0) {
            waiting.await(timeoutNs);
            ready = report(handler);
        }
        return ready;
    }

    private int report(final SelectionHandler handler) {
        int ready = 0;
        for (int i = 0; i < channels.size(); i++) {
            if (!channels.get(i).answers.isEmpty()) {
                handler.onReady(channels.get(i), OP_READ);
                ready++;
            }
        }
        return ready;
    }

    @Override
    public void wakeup() {
        waiting.end();
    }

    @Override
    public void close() {
        channels.clear();
    }

    /** One thread waits, any other ends the wait, before or during it. */
    static final class Waiting {
        private volatile boolean ended;
        private volatile Thread thread;

        void await(final long timeoutNs) {
            thread = Thread.currentThread();
            if (!ended) {
                LockSupport.parkNanos(this, timeoutNs);
            }
            ended = false;
        }

        void end() {
            ended = true;
            LockSupport.unpark(thread);
        }
    }

    private final class Channel implements TransportChannel {
        private final NullBroker broker;
        private final InetSocketAddress address;
        private final Object attachment;
        private final ArrayDeque<ByteBuffer> answers = new ArrayDeque<>();

        private Channel(final NullBroker broker, final InetSocketAddress address, final Object attachment) {
            this.broker = broker;
            this.address = address;
            this.attachment = attachment;
        }

        @Override
        public boolean finishConnect() {
            return true;
        }

        @Override
        public boolean isConnected() {
            return true;
        }

        @Override
        public long write(final ByteBuffer[] buffers, final int offset, final int length) {
            long bytes = 0;
            for (int i = offset; i < offset + length; i++) {
                bytes += broker.receive(buffers[i]);
            }
            for (ByteBuffer answer = broker.answer(); answer != null; answer = broker.answer()) {
                answers.add(answer);
            }
            return bytes;
        }

        @Override
        public int read(final ByteBuffer buffer) {
            final ByteBuffer answer = answers.peekFirst();
            if (answer == null) {
                return 0;
            }
            final int bytes = Math.min(buffer.remaining(), answer.remaining());
            buffer.put(answer.slice(answer.position(), bytes));
            answer.position(answer.position() + bytes);
            if (!answer.hasRemaining()) {
                answers.removeFirst();
            }
            return bytes;
        }

        @Override
        public void writeInterest(final boolean on) {
            // Every write succeeds.
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
            // Another one: a connection whose ends are the same has met itself.
            return new InetSocketAddress(address.getAddress(), 1);
        }

        @Override
        public void close() {
            channels.remove(this);
        }
    }
}
