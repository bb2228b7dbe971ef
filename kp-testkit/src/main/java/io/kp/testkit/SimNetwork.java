package io.kp.testkit;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

import io.kp.network.SelectionHandler;
import io.kp.network.Transport;
import io.kp.network.TransportChannel;
import io.kp.testkit.Fault.Ending;

/**
 * A network between one client and the nodes of a {@link ScriptedCluster}, in which the seed decides how long bytes travel, in which pieces they are taken and given, and what breaks.
 *
 * <p>As in TCP, the bytes of one connection arrive in their order or not at all; those of different connections overtake each other. What was written to a connection that
 * the client closes arrives in full or is lost from some point on. A node whose link is held, or that is paused, takes no bytes: they stay in the send buffer, whose size bounds
 * what the client can write.
 *
 * <p>The select runs the schedule until something is ready, so that everything that happens elsewhere happens while the I/O thread waits, or between its cycles.
 */
final class SimNetwork implements Transport {
    /** The port of a balancer that forwards to any node that runs. */
    static final int BOOTSTRAP_PORT = 9000;
    private static final int FIRST_PORT = 20_000;
    private static final long MS = 1_000_000L;
    private static final int OP_ALL = OP_READ | OP_WRITE | OP_CONNECT;

    /** What this network is like. */
    record Traits(long minLatencyNs, long maxLatencyNs, int sendBufferBytes, int fragmentPercent,
            int oneByteReadPercent,
            int refuseSilentlyPercent, int failAtOncePercent) {
    }

    /** Bytes on their way, or the way the stream ends. */
    private static final class Piece {
        private final ByteBuffer bytes;
        private final Ending ending;
        private final long dueNs;

        private Piece(final ByteBuffer bytes, final Ending ending, final long dueNs) {
            this.bytes = bytes;
            this.ending = ending;
            this.dueNs = dueNs;
        }
    }

    private final ScriptedCluster cluster;
    private final SimScheduler scheduler;
    private final SimClock clock;
    private final SimTrace trace;
    private final RandomGenerator random;
    private final Traits traits;
    private final TreeMap<Integer, Integer> nodeByPort = new TreeMap<>();
    private final TreeMap<Integer, Integer> portByNode = new TreeMap<>();
    private final Map<Integer, Long> heldUntilNs = new HashMap<>();
    private final List<SimChannel> channels = new ArrayList<>();
    private final List<SimChannel> ready = new ArrayList<>();
    private long nextChannel;
    private int nextPort = FIRST_PORT;
    private boolean newPortOnRestart = true;
    private boolean resolvesNothing;
    private boolean woken;
    private boolean closed;
    private long slowness = 1;

    SimNetwork(final ScriptedCluster cluster, final SimScheduler scheduler, final SimClock clock, final SimTrace trace,
            final RandomGenerator random, final Traits traits) {
        this.cluster = cluster;
        this.scheduler = scheduler;
        this.clock = clock;
        this.trace = trace;
        this.random = random;
        this.traits = traits;
        for (final int node : cluster.nodeIds()) {
            listen(node);
        }
        cluster.addListener(new Follower());
    }

    // ---- what goes wrong

    void newPortOnRestart(final boolean on) {
        newPortOnRestart = on;
    }

    /** Whether no name has an address. */
    void resolvesNothing(final boolean on) {
        resolvesNothing = on;
    }

    /** Makes bytes travel slower. */
    void slowness(final long factor) {
        slowness = factor;
    }

    /** Nothing passes to and from a node for a time. */
    void hold(final int node, final long ns) {
        heldUntilNs.put(node, clock.elapsedNs() + ns);
        scheduler.in(ns, () -> pump(node));
    }

    /** All links pass bytes again. */
    void releaseAll() {
        heldUntilNs.clear();
        slowness = 1;
        resolvesNothing = false;
        cluster.nodeIds().forEach(this::pump);
    }

    /** Two nodes exchange their addresses; open connections stay where they are. */
    void swapAddresses(final int one, final int other) {
        final int portOfOne = portByNode.get(one);
        final int portOfOther = portByNode.get(other);
        final boolean oneListens = nodeByPort.remove(portOfOne) != null;
        final boolean otherListens = one != other && nodeByPort.remove(portOfOther) != null;
        portByNode.put(one, portOfOther);
        portByNode.put(other, portOfOne);
        if (oneListens) {
            nodeByPort.put(portOfOther, one);
        }
        if (otherListens) {
            nodeByPort.put(portOfOne, other);
        }
        cluster.advertise(one, "node" + other, portOfOther);
        cluster.advertise(other, "node" + one, portOfOne);
    }

    /** Breaks one open connection. */
    void resetOne() {
        if (!channels.isEmpty()) {
            final SimChannel channel = channels.get(random.nextInt(channels.size()));
            trace.event("reset", channel.number, 0);
            channel.broken();
        }
    }

    int openChannels() {
        return channels.size();
    }

    boolean isClosed() {
        return closed;
    }

    InetAddress[] resolve(final String host) throws UnknownHostException {
        if (resolvesNothing) {
            throw new UnknownHostException(host);
        }
        return new InetAddress[]{InetAddress.getByAddress(host, new byte[]{10, 0, 0, (byte) (1 + host.length())})};
    }

    // ---- nodes

    private void listen(final int node) {
        final int port = newPortOnRestart || !portByNode.containsKey(node) ? nextPort++ : portByNode.get(node);
        portByNode.put(node, port);
        nodeByPort.put(port, node);
        cluster.advertise(node, "node" + node, port);
    }

    private final class Follower implements ScriptedCluster.NodeListener {
        @Override
        public void started(final int nodeId) {
            listen(nodeId);
        }

        @Override
        public void stopped(final int nodeId) {
            nodeByPort.remove(portByNode.get(nodeId));
            drop(nodeId);
        }

        @Override
        public void resumed(final int nodeId) {
            scheduler.in(0, () -> pump(nodeId));
        }

        @Override
        public void dropped(final int nodeId) {
            drop(nodeId);
        }
    }

    private final List<SimChannel> peers = new ArrayList<>();

    private void drop(final int node) {
        for (final SimChannel channel : List.copyOf(peers)) {
            if (channel.node == node) {
                channel.broken();
            }
        }
    }

    private boolean isHeld(final int node) {
        final Long until = heldUntilNs.get(node);
        return until != null && until > clock.elapsedNs() || cluster.isPaused(node);
    }

    private void pump(final int node) {
        for (final SimChannel channel : List.copyOf(peers)) {
            if (channel.node == node) {
                channel.arrive();
            }
        }
    }

    private long latencyNs() {
        return (traits.minLatencyNs + random.nextLong(traits.maxLatencyNs - traits.minLatencyNs + 1)) * slowness;
    }

    // ---- the client's side

    @Override
    public TransportChannel connect(final InetSocketAddress address, final int sendBufferBytes,
            final int receiveBufferBytes, final Object attachment) throws IOException {
        if (closed) {
            throw new ClosedChannelException();
        }
        if (random.nextInt(100) < traits.failAtOncePercent) {
            trace.event("unreachable", address.getPort(), 0);
            throw new ConnectException("Network is unreachable");
        }
        final SimChannel channel = new SimChannel(nextChannel++, address, attachment);
        channels.add(channel);
        trace.event("connect", channel.number, address.getPort());
        final boolean silent = random.nextInt(100) < traits.refuseSilentlyPercent;
        scheduler.in(latencyNs(), () -> accept(channel, silent));
        return channel;
    }

    private void accept(final SimChannel channel, final boolean silent) {
        if (!channel.open || channel.answered) {
            return;
        }
        final int port = channel.address.getPort();
        Integer node = nodeByPort.get(port);
        if (port == BOOTSTRAP_PORT && !nodeByPort.isEmpty()) {
            final List<Integer> running = List.copyOf(nodeByPort.values());
            node = running.get(random.nextInt(running.size()));
        }
        if (node == null) {
            if (!silent) {
                channel.answered = true;
                channel.refusal = new ConnectException("Connection refused");
            }
            return;
        }
        final Long until = heldUntilNs.get(node);
        if (until != null && until > clock.elapsedNs()) {
            scheduler.in(until - clock.elapsedNs() + latencyNs(), () -> accept(channel, silent));
            return;
        }
        trace.event("accept", channel.number, node);
        channel.node = node;
        channel.answered = true;
        channel.broker = new BrokerConnection(cluster, node, channel.number);
        peers.add(channel);
    }

    @Override
    public int select(final long timeoutNs, final SelectionHandler handler) {
        if (closed) {
            return 0;
        }
        final long nowNs = clock.elapsedNs();
        final long limitNs = timeoutNs >= Long.MAX_VALUE - nowNs ? Long.MAX_VALUE : nowNs + Math.max(0, timeoutNs);
        collect();
        while (ready.isEmpty() && !woken && clock.elapsedNs() < limitNs && scheduler.step(limitNs)) {
            collect();
        }
        woken = false;
        final int count = ready.size();
        trace.event("select", timeoutNs, count);
        while (!ready.isEmpty()) {
            final SimChannel channel = ready.remove(random.nextInt(ready.size()));
            final int ops = channel.readyOps();
            if (ops != 0) {
                handler.onReady(channel, ops);
            }
        }
        return count;
    }

    private void collect() {
        ready.clear();
        for (int i = 0; i < channels.size(); i++) {
            if (channels.get(i).readyOps() != 0) {
                ready.add(channels.get(i));
            }
        }
    }

    @Override
    public void wakeup() {
        woken = true;
    }

    @Override
    public void close() {
        for (final SimChannel channel : List.copyOf(channels)) {
            channel.close();
        }
        closed = true;
    }

    /** Both ends of a connection. */
    private final class SimChannel implements TransportChannel {
        private final long number;
        private final InetSocketAddress address;
        private final Object attachment;
        private final ArrayDeque<Piece> toBroker = new ArrayDeque<>();
        private final ArrayDeque<Piece> toClient = new ArrayDeque<>();
        private BrokerConnection broker;
        private int node = -1;
        private boolean open = true;
        private boolean answered;
        private boolean connected;
        private IOException refusal;
        private boolean writeInterest;
        private boolean reset;
        private boolean clientGone;
        private boolean brokerEnded;
        private int bufferedBytes;
        private long lastToBrokerNs;
        private long lastToClientNs;
        private long nextAdvanceNs = Long.MAX_VALUE;

        private SimChannel(final long number, final InetSocketAddress address, final Object attachment) {
            this.number = number;
            this.address = address;
            this.attachment = attachment;
        }

        private int readyOps() {
            if (!open) {
                return 0;
            }
            if (!connected) {
                return answered ? OP_CONNECT : 0;
            }
            final Piece next = toClient.peekFirst();
            final boolean readable = reset || next != null && next.dueNs <= clock.elapsedNs() && !isHeld(node);
            final boolean writable = writeInterest && (reset || bufferedBytes < traits.sendBufferBytes);
            return (readable ? OP_READ : 0) | (writable ? OP_WRITE : 0) & OP_ALL;
        }

        /** The connection is gone for both sides, and with it what was on its way. */
        private void broken() {
            toBroker.clear();
            toClient.clear();
            bufferedBytes = 0;
            reset = true;
            brokerEnded = true;
            peers.remove(this);
            if (!answered) {
                answered = true;
                refusal = new ConnectException("Connection reset");
            }
        }

        // ---- towards the broker

        @Override
        public long write(final ByteBuffer[] buffers, final int offset, final int length) throws IOException {
            requireOpen();
            if (reset) {
                throw new IOException("Broken pipe");
            }
            int remaining = 0;
            for (int i = offset; i < offset + length; i++) {
                remaining += buffers[i].remaining();
            }
            int taken = Math.min(remaining, traits.sendBufferBytes - bufferedBytes);
            if (taken > 1 && random.nextInt(100) < traits.fragmentPercent) {
                taken = 1 + random.nextInt(taken);
            }
            if (taken <= 0) {
                return 0;
            }
            final ByteBuffer copy = ByteBuffer.allocate(taken);
            for (int i = offset; copy.hasRemaining(); i++) {
                final int part = Math.min(copy.remaining(), buffers[i].remaining());
                copy.put(buffers[i].slice(buffers[i].position(), part));
                buffers[i].position(buffers[i].position() + part);
            }
            bufferedBytes += taken;
            trace.event("write", number, taken);
            if (!brokerEnded || broker.ending() == Ending.HALF_CLOSE) {
                final long delayNs = latencyNs();
                lastToBrokerNs = Math.max(lastToBrokerNs, clock.elapsedNs() + delayNs);
                toBroker.add(new Piece(copy.flip(), Ending.NONE, lastToBrokerNs));
                scheduler.in(lastToBrokerNs - clock.elapsedNs(), this::arrive);
            }
            return taken;
        }

        /** Gives the broker what has come to its end of the connection, and lets it work. */
        private void arrive() {
            if (isHeld(node)) {
                return;
            }
            while (!toBroker.isEmpty() && toBroker.peekFirst().dueNs <= clock.elapsedNs()) {
                final Piece piece = toBroker.removeFirst();
                bufferedBytes -= piece.bytes.remaining();
                if (broker.ending() == Ending.NONE || broker.ending() == Ending.HALF_CLOSE) {
                    trace.event("arrive", number, piece.bytes.remaining());
                    broker.receive(piece.bytes);
                }
            }
            if (clientGone && toBroker.isEmpty()) {
                broker.peerGone();
            }
            advance();
        }

        private void advance() {
            if (!peers.contains(this)) {
                return;
            }
            final long dueNs = broker.advance(clock.elapsedNs());
            if (dueNs != BrokerConnection.NEVER && dueNs < nextAdvanceNs) {
                nextAdvanceNs = dueNs;
                scheduler.in(dueNs - clock.elapsedNs(), () -> {
                    nextAdvanceNs = Long.MAX_VALUE;
                    advance();
                });
            }
            for (ByteBuffer out = broker.output(); out != null; out = broker.output()) {
                final ByteBuffer copy = ByteBuffer.allocate(out.remaining()).put(out).flip();
                trace.event("answer", number, copy.remaining());
                deliver(copy, Ending.NONE);
            }
            if (!brokerEnded && broker.ending() != Ending.NONE && broker.ending() != Ending.STALL) {
                brokerEnded = true;
                deliver(null, broker.ending());
            }
            if (clientGone && toBroker.isEmpty() && broker.isIdle()) {
                peers.remove(this);
            }
        }

        private void deliver(final ByteBuffer bytes, final Ending ending) {
            if (open) {
                lastToClientNs = Math.max(lastToClientNs, clock.elapsedNs() + latencyNs());
                toClient.add(new Piece(bytes, ending, lastToClientNs));
                // So that time stops there.
                scheduler.in(lastToClientNs - clock.elapsedNs(), () -> {
                });
            }
        }

        // ---- the client's calls

        @Override
        public boolean finishConnect() throws IOException {
            requireOpen();
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
        public int read(final ByteBuffer buffer) throws IOException {
            requireOpen();
            if (reset) {
                throw new IOException("Connection reset");
            }
            final Piece next = toClient.peekFirst();
            if (next == null || next.dueNs > clock.elapsedNs() || isHeld(node) || !buffer.hasRemaining()) {
                return 0;
            }
            if (next.bytes == null) {
                if (next.ending == Ending.RESET) {
                    broken();
                    throw new IOException("Connection reset by peer");
                }
                return -1;
            }
            int taken = Math.min(buffer.remaining(), next.bytes.remaining());
            if (taken > 1 && random.nextInt(100) < traits.fragmentPercent) {
                taken = random.nextInt(100) < traits.oneByteReadPercent ? 1 : 1 + random.nextInt(taken);
            }
            buffer.put(next.bytes.slice(next.bytes.position(), taken));
            next.bytes.position(next.bytes.position() + taken);
            if (!next.bytes.hasRemaining()) {
                toClient.removeFirst();
            }
            trace.event("read", number, taken);
            return taken;
        }

        @Override
        public void writeInterest(final boolean on) {
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
            return connected ? new InetSocketAddress(InetAddress.getLoopbackAddress(), 1) : null;
        }

        @Override
        public void close() {
            if (!open) {
                return;
            }
            trace.event("close", number, toBroker.size());
            open = false;
            channels.remove(this);
            toClient.clear();
            if (broker == null || reset) {
                return;
            }
            clientGone = true;
            int kept = random.nextBoolean() ? toBroker.size() : random.nextInt(toBroker.size() + 1);
            final List<Piece> rest = new ArrayList<>();
            for (final Piece piece : toBroker) {
                if (kept-- > 0) {
                    rest.add(piece);
                }
            }
            toBroker.clear();
            toBroker.addAll(rest);
            scheduler.in(latencyNs() + MS, this::arrive);
        }

        private void requireOpen() throws ClosedChannelException {
            if (!open) {
                throw new ClosedChannelException();
            }
        }

        @Override
        public String toString() {
            return "SimChannel[number=" + number + ", node=" + node + ", address=" + address + ']';
        }
    }
}
