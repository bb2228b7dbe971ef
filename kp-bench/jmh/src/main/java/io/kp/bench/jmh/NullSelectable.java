package io.kp.bench.jmh;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.apache.kafka.common.network.ChannelState;
import org.apache.kafka.common.network.NetworkReceive;
import org.apache.kafka.common.network.NetworkSend;
import org.apache.kafka.common.network.Selectable;
import org.apache.kafka.common.network.TransferableChannel;

/** A selector of Kafka's whose connections end in {@link NullBroker}s. */
final class NullSelectable implements Selectable {
    private final int partitions;
    private final NullTransport.Waiting waiting = new NullTransport.Waiting();
    private final Map<String, Connection> connections = new HashMap<>();
    private final List<String> newlyConnected = new ArrayList<>();
    private final List<NetworkSend> newlySent = new ArrayList<>();
    private final List<NetworkReceive> newlyReceived = new ArrayList<>();
    private List<String> connected = List.of();
    private List<NetworkSend> sent = List.of();
    private List<NetworkReceive> received = List.of();

    NullSelectable(final int partitions) {
        this.partitions = partitions;
    }

    /** Takes a frame's bytes. */
    private record Connection(NullBroker broker) implements TransferableChannel {
        @Override
        public boolean hasPendingWrites() {
            return false;
        }

        @Override
        public long transferFrom(final FileChannel channel, final long position, final long count) {
            throw new IllegalStateException("a producer sends no files");
        }

        @Override
        public long write(final ByteBuffer[] buffers, final int offset, final int length) {
            long bytes = 0;
            for (int i = offset; i < offset + length; i++) {
                bytes += broker.receive(buffers[i]);
            }
            return bytes;
        }

        @Override
        public long write(final ByteBuffer[] buffers) {
            return write(buffers, 0, buffers.length);
        }

        @Override
        public int write(final ByteBuffer buffer) {
            return (int) broker.receive(buffer);
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    }

    @Override
    public void connect(final String id, final InetSocketAddress address, final int sendBufferBytes,
            final int receiveBufferBytes) {
        connections.put(id, new Connection(new NullBroker(partitions)));
        newlyConnected.add(id);
    }

    @Override
    public void send(final NetworkSend send) {
        final Connection connection = connections.get(send.destinationId());
        try {
            while (!send.completed()) {
                send.writeTo(connection);
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        newlySent.add(send);
        for (ByteBuffer answer = connection.broker.answer(); answer != null; answer = connection.broker.answer()) {
            answer.getInt();
            newlyReceived.add(new NetworkReceive(send.destinationId(), answer.slice()));
        }
    }

    @Override
    public void poll(final long timeoutMs) {
        if (newlyConnected.isEmpty() && newlySent.isEmpty() && newlyReceived.isEmpty() && timeoutMs > 0) {
            waiting.await(TimeUnit.MILLISECONDS.toNanos(timeoutMs));
        }
        connected = List.copyOf(newlyConnected);
        sent = List.copyOf(newlySent);
        received = List.copyOf(newlyReceived);
        newlyConnected.clear();
        newlySent.clear();
        newlyReceived.clear();
    }

    @Override
    public List<NetworkSend> completedSends() {
        return sent;
    }

    @Override
    public List<NetworkReceive> completedReceives() {
        return received;
    }

    @Override
    public Map<String, ChannelState> disconnected() {
        return Map.of();
    }

    @Override
    public List<String> connected() {
        return connected;
    }

    @Override
    public boolean isChannelReady(final String id) {
        return connections.containsKey(id);
    }

    @Override
    public void wakeup() {
        waiting.end();
    }

    @Override
    public void close() {
        connections.clear();
    }

    @Override
    public void close(final String id) {
        connections.remove(id);
    }

    @Override
    public void mute(final String id) {
        // A producer does not.
    }

    @Override
    public void unmute(final String id) {
        // A producer does not.
    }

    @Override
    public void muteAll() {
        // A producer does not.
    }

    @Override
    public void unmuteAll() {
        // A producer does not.
    }
}
