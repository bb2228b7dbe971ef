package io.kp.network;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.function.Consumer;

/**
 * The system's TCP over one NIO {@link Selector}. Sockets are non-blocking with {@code TCP_NODELAY} and
 * {@code SO_KEEPALIVE}.
 * <p>
 * The JDK counts select timeouts in milliseconds: a wait of less is made one millisecond, never none, so that a thread
 * waiting for a near deadline does not spin.
 */
public final class NioTransport implements Transport {
    private static final long NS_PER_MS = 1_000_000;

    private final Selector selector;
    // One object for all selects: the JDK then hands over ready keys without a set and without an iterator.
    private final Consumer<SelectionKey> onKey = this::onKey;
    private SelectionHandler handler;

    private NioTransport(Selector selector) {
        this.selector = selector;
    }

    /**
     * Opens a selector.
     *
     * @return a transport without channels
     */
    public static NioTransport open() {
        try {
            return new NioTransport(Selector.open());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open a selector", e);
        }
    }

    @Override
    public TransportChannel connect(InetSocketAddress address, int sendBufferBytes, int receiveBufferBytes,
            Object attachment) throws IOException {
        if (address.isUnresolved()) {
            throw new IllegalArgumentException("address must be resolved: address=" + address);
        }
        SocketChannel socket = SocketChannel.open();
        try {
            socket.configureBlocking(false);
            socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            // Before the connect, since the window scale is agreed on in the handshake.
            if (sendBufferBytes != NetworkConfig.SYSTEM_DEFAULT) {
                socket.setOption(StandardSocketOptions.SO_SNDBUF, sendBufferBytes);
            }
            if (receiveBufferBytes != NetworkConfig.SYSTEM_DEFAULT) {
                socket.setOption(StandardSocketOptions.SO_RCVBUF, receiveBufferBytes);
            }
            boolean connected = socket.connect(address);
            NioChannel channel = new NioChannel(socket, address, attachment);
            channel.key = socket.register(selector, connected ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT,
                    channel);
            return channel;
        } catch (IOException | RuntimeException | Error e) {
            socket.close();
            throw e;
        }
    }

    @Override
    public int select(long timeoutNs, SelectionHandler handler) throws IOException {
        this.handler = handler;
        try {
            if (timeoutNs <= 0) {
                return selector.selectNow(onKey);
            }
            long timeoutMs = timeoutNs / NS_PER_MS + (timeoutNs % NS_PER_MS == 0 ? 0 : 1);
            return selector.select(onKey, timeoutMs);
        } catch (ClosedSelectorException e) {
            return 0;
        } finally {
            this.handler = null;
        }
    }

    private void onKey(SelectionKey key) {
        int readyOps;
        try {
            readyOps = key.readyOps();
        } catch (CancelledKeyException e) {
            return; // closed by the handler of a channel that came earlier in this select
        }
        handler.onReady((NioChannel) key.attachment(), readyOps);
    }

    @Override
    public void wakeup() {
        selector.wakeup();
    }

    @Override
    public void close() throws IOException {
        if (!selector.isOpen()) {
            return;
        }
        for (SelectionKey key : selector.keys()) {
            ((NioChannel) key.attachment()).close();
        }
        selector.close();
    }

    private static final class NioChannel implements TransportChannel {
        private final SocketChannel socket;
        private final InetSocketAddress address;
        private final Object attachment;
        private SelectionKey key;
        private boolean writeInterest;

        NioChannel(SocketChannel socket, InetSocketAddress address, Object attachment) {
            this.socket = socket;
            this.address = address;
            this.attachment = attachment;
        }

        @Override
        public boolean finishConnect() throws IOException {
            if (!socket.finishConnect()) {
                return false;
            }
            interest();
            return true;
        }

        @Override
        public boolean isConnected() {
            return socket.isConnected() && socket.isOpen();
        }

        @Override
        public long write(ByteBuffer[] buffers, int offset, int length) throws IOException {
            return socket.write(buffers, offset, length);
        }

        @Override
        public int read(ByteBuffer buffer) throws IOException {
            return socket.read(buffer);
        }

        @Override
        public void writeInterest(boolean on) {
            if (writeInterest != on) {
                writeInterest = on;
                interest();
            }
        }

        private void interest() {
            if (!socket.isConnected()) {
                return; // OP_CONNECT stays; finishConnect() comes back here
            }
            try {
                key.interestOps(writeInterest ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
            } catch (CancelledKeyException e) {
                // The channel is closed: there is nothing left to be interested in.
                return;
            }
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
            try {
                return (InetSocketAddress) socket.getLocalAddress();
            } catch (IOException e) {
                return null;
            }
        }

        @Override
        public void close() {
            try {
                socket.close();
            } catch (IOException e) {
                // The descriptor is gone either way, and whoever closes has no use for the reason.
                return;
            }
        }

        @Override
        public String toString() {
            return "NioChannel[" + address + ']';
        }
    }
}
