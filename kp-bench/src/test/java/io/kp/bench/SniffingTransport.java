package io.kp.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import io.kp.network.ApiKey;
import io.kp.network.NioTransport;
import io.kp.network.SelectionHandler;
import io.kp.network.Transport;
import io.kp.network.TransportChannel;

/** The real network, which notes in which version each request was written, and when connections begin, authenticate and end. */
final class SniffingTransport implements Transport {
    private final Transport network = NioTransport.open();
    private final Map<ApiKey, Set<Integer>> versions = new EnumMap<>(ApiKey.class);

    private final List<String> timeline = Collections.synchronizedList(new ArrayList<>());
    private final long startNs = System.nanoTime();
    private final boolean encrypted;
    private int connections;

    SniffingTransport() {
        this(false);
    }

    /** @param encrypted whether what is written cannot be read: then only beginnings and ends are noted */
    SniffingTransport(final boolean encrypted) {
        this.encrypted = encrypted;
    }

    /** What happened, with the milliseconds since the beginning. */
    List<String> timeline() {
        return List.copyOf(timeline);
    }

    /** Notes something that the test did. */
    void mark(final String event) {
        timeline.add(String.format(Locale.ROOT, "%,6d ms  %s", (System.nanoTime() - startNs) / 1_000_000, event));
    }

    /** The versions in which requests were written, by API; to be asked when the producer is closed. */
    Map<ApiKey, Set<Integer>> versions() {
        return versions;
    }

    @Override
    public TransportChannel connect(final InetSocketAddress address, final int sendBufferBytes,
            final int receiveBufferBytes, final Object attachment) throws IOException {
        final Channel channel = new Channel(attachment);
        channel.delegate = network.connect(address, sendBufferBytes, receiveBufferBytes, channel);
        return channel;
    }

    @Override
    public int select(final long timeoutNs, final SelectionHandler handler) throws IOException {
        return network.select(timeoutNs,
                (channel, readyOps) -> handler.onReady((TransportChannel) channel.attachment(), readyOps));
    }

    @Override
    public void wakeup() {
        network.wakeup();
    }

    @Override
    public void close() throws IOException {
        network.close();
    }

    private final class Channel implements TransportChannel {
        private static final int HEAD_BYTES = 8;

        private final Object attachment;
        private TransportChannel delegate;
        // Size of the request, API and version.
        private final ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES);
        private long rest;

        private final int number = ++connections;
        private long produced;
        private boolean connected;

        private Channel(final Object attachment) {
            this.attachment = attachment;
        }

        @Override
        public long write(final ByteBuffer[] buffers, final int offset, final int length) throws IOException {
            final ByteBuffer[] copies = new ByteBuffer[length];
            for (int i = 0; i < length; i++) {
                copies[i] = buffers[offset + i].duplicate();
            }
            final long written = delegate.write(buffers, offset, length);
            for (int i = 0; i < length; i++) {
                copies[i].limit(buffers[offset + i].position());
                if (!encrypted) {
                    note(copies[i]);
                }
            }
            return written;
        }

        private void note(final ByteBuffer written) {
            while (written.hasRemaining()) {
                if (rest > 0) {
                    final int skipped = (int) Math.min(rest, written.remaining());
                    written.position(written.position() + skipped);
                    rest -= skipped;
                    continue;
                }
                head.put(written.get());
                if (!head.hasRemaining()) {
                    head.flip();
                    rest = head.getInt() - Integer.BYTES;
                    final ApiKey api = ApiKey.forId(head.getShort());
                    versions.computeIfAbsent(api, unused -> new TreeSet<>()).add((int) head.getShort());
                    if (api == ApiKey.PRODUCE) {
                        produced++;
                    } else if (api == ApiKey.SASL_HANDSHAKE || api == ApiKey.SASL_AUTHENTICATE) {
                        mark("connection " + number + ": " + api.messageName() + ", after " + produced
                                + " Produce requests");
                    }
                    head.clear();
                }
            }
        }

        @Override
        public boolean finishConnect() throws IOException {
            final boolean done = delegate.finishConnect();
            if (done && !connected) {
                connected = true;
                mark("connection " + number + ": connected");
            }
            return done;
        }

        @Override
        public boolean isConnected() {
            return delegate.isConnected();
        }

        @Override
        public int read(final ByteBuffer buffer) throws IOException {
            return delegate.read(buffer);
        }

        @Override
        public void writeInterest(final boolean on) {
            delegate.writeInterest(on);
        }

        @Override
        public Object attachment() {
            return attachment;
        }

        @Override
        public InetSocketAddress remoteAddress() {
            return delegate.remoteAddress();
        }

        @Override
        public InetSocketAddress localAddress() {
            return delegate.localAddress();
        }

        @Override
        public void close() {
            mark("connection " + number + ": closed");
            delegate.close();
        }
    }
}
