package io.kp.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.StringJoiner;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

import io.kp.testkit.Fault.Ending;

/**
 * A {@link ScriptedCluster} behind real sockets: each node listens on a port of its own of the loopback interface, which the system chooses. One daemon thread serves all
 * of them; {@link #close} ends it and leaves neither threads nor sockets.
 *
 * <p>Thread-safe. Nothing here blocks but {@link #await} and {@link #close}.
 */
public final class ScriptedBroker implements AutoCloseable {
    private static final int READ_BUFFER_BYTES = 64 * 1024;
    private static final int BACKLOG = 128;
    private static final long BIND_NS = 10_000_000_000L;
    private static final long BIND_AGAIN_NS = 5_000_000L;
    private static final long RECHECK_NS = 5_000_000;

    private final ScriptedCluster cluster;
    private final LongSupplier nanoClock;
    private final Selector selector;
    private final ConcurrentHashMap<Integer, ServerSocketChannel> servers = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition progress = lock.newCondition();
    /** The last ports of nodes. */
    private final ConcurrentHashMap<Integer, Integer> ports = new ConcurrentHashMap<>();
    private volatile boolean newPortOnRestart = true;
    private volatile boolean closed;
    private volatile Throwable failure;
    private volatile long connectionsAccepted;
    private volatile int connectionsOpen;

    // Of the serving thread.
    private final List<Peer> peers = new ArrayList<>();
    private final ByteBuffer readBuffer = ByteBuffer.allocateDirect(READ_BUFFER_BYTES);

    /** One connection and its socket; the socket is {@code null} when the client is gone. */
    private static final class Peer {
        private final BrokerConnection connection;
        private SocketChannel socket;
        private SelectionKey key;

        private Peer(final BrokerConnection connection, final SocketChannel socket) {
            this.connection = connection;
            this.socket = socket;
        }
    }

    private ScriptedBroker(final ScriptedCluster cluster, final LongSupplier nanoClock) {
        this.cluster = cluster;
        this.nanoClock = nanoClock;
        try {
            selector = Selector.open();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Starts a new cluster without topics.
     *
     * @param nodeCount how many nodes it has, with the ids from 0 on
     * @return the running cluster
     */
    public static ScriptedBroker start(final int nodeCount) {
        return start(new ScriptedCluster(nodeCount));
    }

    /**
     * Puts a cluster behind sockets.
     *
     * @param cluster the cluster, which nothing else may drive
     * @return the running cluster
     */
    public static ScriptedBroker start(final ScriptedCluster cluster) {
        final ScriptedBroker broker = new ScriptedBroker(cluster, System::nanoTime);
        try {
            for (final int nodeId : cluster.nodeIds()) {
                if (cluster.isUp(nodeId)) {
                    broker.listen(nodeId);
                }
            }
        } catch (final IOException e) {
            broker.closeSockets();
            throw new UncheckedIOException("cannot listen on the loopback interface", e);
        }
        cluster.addListener(broker.new Follower());
        final Thread thread = new Thread(broker::serve, "kp-scripted-broker");
        thread.setDaemon(true);
        thread.start();
        return broker;
    }

    /**
     * The cluster behind the sockets.
     *
     * @return the cluster
     */
    public ScriptedCluster cluster() {
        return cluster;
    }

    /**
     * Says when the cluster misbehaves; the same as {@code cluster().script()}.
     *
     * @return the script
     */
    public Script script() {
        return cluster.script();
    }

    /**
     * The addresses of the nodes that are running.
     *
     * @return a value for {@code bootstrap.servers}
     */
    public String bootstrapServers() {
        final StringJoiner list = new StringJoiner(",");
        for (final int nodeId : cluster.nodeIds()) {
            if (servers.containsKey(nodeId)) {
                list.add(bootstrapServer(nodeId));
            }
        }
        return list.toString();
    }

    /**
     * The address of one node.
     *
     * @param nodeId the node
     * @return a value for {@code bootstrap.servers}
     * @throws IllegalStateException if the node is stopped
     */
    public String bootstrapServer(final int nodeId) {
        final ServerSocketChannel server = servers.get(nodeId);
        if (server == null) {
            throw new IllegalStateException("node is stopped: node=" + nodeId);
        }
        return host() + ':' + server.socket().getLocalPort();
    }

    /**
     * Whether a node that is started again listens on another port than before, as at first. If not, it may fail to start: another process
     * may have taken its port.
     *
     * @param on whether
     * @return this
     */
    public ScriptedBroker newPortOnRestart(final boolean on) {
        newPortOnRestart = on;
        return this;
    }

    /**
     * How many connections were accepted.
     *
     * @return the number since the start
     */
    public long connectionsAccepted() {
        return connectionsAccepted;
    }

    /**
     * How many connections are open.
     *
     * @return the number now
     */
    public int connectionsOpen() {
        return connectionsOpen;
    }

    /**
     * Waits until something is so. The condition is looked at whenever the cluster has done something, and every few milliseconds.
     *
     * @param what what is waited for, for the message
     * @param timeout how long to wait
     * @param condition returns true when it is so; must not block
     * @throws IllegalStateException if it is not so in time, or the cluster has failed
     */
    public void await(final String what, final Duration timeout, final BooleanSupplier condition) {
        final long deadlineNs = nanoClock.getAsLong() + timeout.toNanos();
        lock.lock();
        try {
            while (!condition.getAsBoolean()) {
                final long leftNs = deadlineNs - nanoClock.getAsLong();
                if (failure != null) {
                    throw new IllegalStateException("the scripted broker has failed", failure);
                }
                if (leftNs <= 0) {
                    throw new IllegalStateException(
                            "waited in vain for: " + what + ", timeout=" + timeout + ", problems="
                                    + cluster.problems());
                }
                progress.awaitNanos(Math.min(leftNs, RECHECK_NS));
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for: " + what, e);
        } finally {
            lock.unlock();
        }
    }

    private static String host() {
        return InetAddress.getLoopbackAddress().getHostAddress();
    }

    /** A port that nobody listens at may be some client's for a while: as likely as not one that tries to connect to it, and was given it as its own. */
    private static void bind(final ServerSocketChannel server, final int port) throws IOException {
        final long startNs = System.nanoTime();
        while (true) {
            try {
                server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
                return;
            } catch (final BindException e) {
                if (port == 0 || System.nanoTime() - startNs > BIND_NS) {
                    throw e;
                }
                LockSupport.parkNanos(BIND_AGAIN_NS);
            }
        }
    }

    private ServerSocketChannel listen(final int nodeId) throws IOException {
        final ServerSocketChannel server = ServerSocketChannel.open();
        try {
            server.configureBlocking(false);
            server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            final int port = newPortOnRestart ? 0 : ports.getOrDefault(nodeId, 0);
            bind(server, port);
        } catch (final IOException e) {
            server.close();
            throw e;
        }
        cluster.advertise(nodeId, host(), server.socket().getLocalPort());
        ports.put(nodeId, server.socket().getLocalPort());
        servers.put(nodeId, server);
        execute(() -> accepting(nodeId, server));
        return server;
    }

    private void accepting(final int nodeId, final ServerSocketChannel server) {
        try {
            if (server.isOpen()) {
                server.register(selector, SelectionKey.OP_ACCEPT, nodeId);
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void execute(final Runnable task) {
        tasks.add(task);
        selector.wakeup();
    }

    /** Lets the sockets follow what the cluster says. */
    private final class Follower implements ScriptedCluster.NodeListener {
        @Override
        public void started(final int nodeId) {
            if (closed) {
                return;
            }
            try {
                listen(nodeId);
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void stopped(final int nodeId) {
            final ServerSocketChannel server = servers.remove(nodeId);
            execute(() -> {
                closeQuietly(server);
                drop(nodeId);
            });
        }

        @Override
        public void resumed(final int nodeId) {
            execute(() -> {
            });
        }

        @Override
        public void dropped(final int nodeId) {
            execute(() -> drop(nodeId));
        }
    }

    // ---- the serving thread

    private void serve() {
        try {
            while (!closed) {
                for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                    task.run();
                }
                final long waitNs = advance();
                signal();
                if (waitNs == BrokerConnection.NEVER) {
                    selector.select();
                } else {
                    // Rounded up: to be early would only mean to come again.
                    selector.select(Math.max(1, TimeUnit.NANOSECONDS.toMillis(waitNs + 999_999)));
                }
                for (final Iterator<SelectionKey> keys = selector.selectedKeys().iterator(); keys.hasNext();) {
                    final SelectionKey key = keys.next();
                    keys.remove();
                    if (key.isValid()) {
                        handle(key);
                    }
                }
            }
        } catch (final Throwable e) {
            failure = e;
        } finally {
            closeSockets();
            signal();
            ended.countDown();
        }
    }

    private void signal() {
        lock.lock();
        try {
            progress.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void handle(final SelectionKey key) throws IOException {
        if (key.attachment() instanceof Peer peer) {
            if (peer.socket != null && key.isReadable() && !cluster.isPaused(peer.connection.nodeId())) {
                read(peer);
            }
        } else {
            accept((ServerSocketChannel) key.channel(), (Integer) key.attachment());
        }
    }

    private void accept(final ServerSocketChannel server, final int nodeId) throws IOException {
        final SocketChannel socket = server.accept();
        if (socket == null) {
            return;
        }
        socket.configureBlocking(false);
        socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
        connectionsAccepted++;
        connectionsOpen++;
        final Peer peer = new Peer(new BrokerConnection(cluster, nodeId, connectionsAccepted), socket);
        peer.key = socket.register(selector, SelectionKey.OP_READ, peer);
        peers.add(peer);
    }

    private void read(final Peer peer) {
        try {
            readBuffer.clear();
            final int bytes = peer.socket.read(readBuffer);
            if (bytes >= 0) {
                peer.connection.receive(readBuffer.flip());
                return;
            }
        } catch (final IOException e) {
            // A reset ends the connection as the end of the stream does.
        }
        hangUp(peer, false);
        peer.connection.peerGone();
    }

    /** Advances all connections. */
    private long advance() {
        long waitNs = BrokerConnection.NEVER;
        for (int i = 0; i < peers.size(); i++) {
            final Peer peer = peers.get(i);
            final long nowNs = nanoClock.getAsLong();
            final long dueNs = peer.connection.advance(nowNs);
            if (dueNs != BrokerConnection.NEVER) {
                waitNs = Math.min(waitNs, Math.max(0, dueNs - nowNs));
            }
            if (peer.socket != null) {
                write(peer);
            }
        }
        peers.removeIf(peer -> peer.socket == null && peer.connection.isIdle());
        return waitNs;
    }

    private void write(final Peer peer) {
        try {
            for (ByteBuffer next = peer.connection.output(); next != null; next = peer.connection.output()) {
                if (peer.socket.write(next) == 0) {
                    peer.key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
                    return;
                }
            }
            final boolean paused = cluster.isPaused(peer.connection.nodeId());
            peer.key.interestOps(paused ? 0 : SelectionKey.OP_READ);
            final Ending ending = peer.connection.ending();
            if (ending == Ending.CLOSE || ending == Ending.RESET) {
                hangUp(peer, ending == Ending.RESET);
            } else if (ending == Ending.HALF_CLOSE) {
                peer.socket.shutdownOutput();
            }
        } catch (final IOException e) {
            hangUp(peer, false);
            peer.connection.peerGone();
        }
    }

    private void hangUp(final Peer peer, final boolean reset) {
        try {
            if (reset) {
                peer.socket.setOption(StandardSocketOptions.SO_LINGER, 0);
            }
        } catch (final IOException e) {
            // It is being closed anyway.
        }
        closeQuietly(peer.socket);
        peer.socket = null;
        connectionsOpen--;
    }

    private void drop(final int nodeId) {
        for (final Peer peer : peers) {
            if (peer.connection.nodeId() == nodeId && peer.socket != null) {
                hangUp(peer, false);
            }
        }
        // What a stopped node has received and not processed is lost with it.
        peers.removeIf(peer -> peer.connection.nodeId() == nodeId);
    }

    private static void closeQuietly(final AutoCloseable closeable) {
        try {
            if (closeable != null) {
                closeable.close();
            }
        } catch (final Exception e) {
            // Nobody waits for anything of it.
        }
    }

    private void closeSockets() {
        servers.values().forEach(ScriptedBroker::closeQuietly);
        servers.clear();
        peers.forEach(peer -> closeQuietly(peer.socket));
        peers.clear();
        connectionsOpen = 0;
        closeQuietly(selector);
    }

    /**
     * Ends the connections, stops listening and ends the thread. The cluster's state stays to be looked at.
     *
     * @throws IllegalStateException if the cluster has failed, which is a mistake in this module or in a {@link Fault#change}
     */
    @Override
    public void close() {
        closed = true;
        selector.wakeup();
        try {
            ended.await();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (failure != null) {
            throw new IllegalStateException("the scripted broker has failed", failure);
        }
    }
}
