package io.kp.network;

import io.kp.metadata.Node;
import java.io.Closeable;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.agrona.collections.Int2ObjectHashMap;

/**
 * Sends requests to brokers and hands their responses back: one connection per node, set up on demand, each with its negotiated
 * API versions, its requests in flight in strict order, their timeouts, and a backoff between attempts to connect.
 * <p>
 * A client belongs to one thread, which alone calls it, except for {@link #wakeup()}. Only {@link #poll} blocks. Times are
 * in nanoseconds of the clock given at construction.
 * <p>
 * The usual turn of the thread: ask {@link #ready} for the nodes that there is something for, {@link #send} to those, {@link #poll}.
 * Nothing is written before poll, so requests of one turn to one node share a system call. In steady state none of this allocates.
 */
public final class NetworkClient implements Closeable {
    /** No version of an API can be used with a node, or none is known yet. */
    public static final short NO_VERSION = ConnectionVersions.NONE;

    // int max - 7 and above belong to SASL requests, whose responses must be told from all others.
    static final int FIRST_RESERVED_CORRELATION_ID = Integer.MAX_VALUE - 7;
    static final int READ_BUFFER_BYTES = 64 * 1024;
    // Memory kept for the next response that arrives in pieces.
    static final int MAX_RETAINED_PARTIAL_BYTES = 64 * 1024;

    private static final long NS_PER_MS = 1_000_000;
    private static final int SIZE_BYTES = Integer.BYTES;
    private static final int MIN_PARTIAL_BYTES = 1024;
    private static final int MIN_RESPONSE_BYTES = Integer.BYTES;
    /** Of an answer that comes before it is known who the other side is: far more than any broker needs. */
    private static final int MAX_STRANGERS_RESPONSE_BYTES = 1 << 20;
    private static final int CORRELATION_END = SIZE_BYTES + Integer.BYTES;
    // What a system takes in one gathering write (IOV_MAX); the JDK would cut at that number anyway.
    private static final int MAX_GATHERED_BUFFERS = 1024;
    // One busy connection must not starve the others: the rest is reported again by the next select.
    private static final int MAX_READS_PER_EVENT = 16;
    private static final String SPEAKS_TLS = "port speaks TLS, but this connection is plaintext";
    private static final double JITTER = 0.2;
    /** Requests beside the limit of those in flight: one and its repetition elsewhere, or two kinds at once. */
    private static final int MAX_CONTROL_IN_FLIGHT = 2;
    private static final long MAX_PATIENCE_MS = 1000;
    private static final int PATIENCE_PART = 4;
    private static final int BLOCKED_WEIGHT = 1000;
    private static final int MAX_EXPONENT = 30;
    // Of the session's lifetime, as Kafka's client: at random, so that not all clients of a broker come at once.
    private static final double EARLIEST_REAUTHENTICATION = 0.85;
    private static final double REAUTHENTICATION_JITTER = 0.1;
    /** Before a session's end: what is in the sockets comes first, and with acks=0 nobody hears of what comes to the broker after the end. */
    private static final long REAUTHENTICATION_MARGIN_MS = 1000;

    private final NetworkConfig config;
    private final Transport transport;
    private final HostResolver resolver;
    private final LongSupplier nanoClock;
    private final RandomGenerator random;
    private final ConnectionListener listener;
    private final ApiVersionsRequest apiVersionsRequest;
    private final long requestTimeoutNs;
    private final long maxIdleNs;
    private final long patienceNs;

    private final Int2ObjectHashMap<Connection> byNode = new Int2ObjectHashMap<>();
    // The same connections, for loops without an iterator.
    private final ArrayList<Connection> connections = new ArrayList<>();
    private final ArrayList<Connection> flushPending = new ArrayList<>();
    /** Connections whose host name is being resolved. */
    private final ArrayList<Connection> lookUps = new ArrayList<>();
    /** Steps of authentications that were computed elsewhere. */
    private final ConcurrentLinkedQueue<LongConsumer> computed = new ConcurrentLinkedQueue<>();
    private final ArrayDeque<ConnectionRequest> failed = new ArrayDeque<>();
    private final ArrayList<ConnectionRequest> pool = new ArrayList<>();
    private final FrameReader reader = new FrameReader();
    private final ByteBuffer readBuffer = ByteBuffer.allocateDirect(READ_BUFFER_BYTES);
    private final SelectionHandler onReady = this::onReady;
    private ByteBuffer[] gathered = new ByteBuffer[16];

    private int nextCorrelationId;
    /** No timeout ends before this; it may be too early, never too late. Meaningful if {@link #timerSet}. */
    private long timerNs;
    private boolean timerSet;
    private boolean polling;
    private boolean closed;
    /** The one connection that takes no more requests because it is to be replaced; null if there is none. */
    private Connection replacing;
    private long eventNs;
    private boolean eventNsKnown;
    private int ended;

    private long requestsSent;
    private long responsesReceived;
    private long bytesSent;
    private long bytesReceived;
    private long writes;
    private long selects;
    private long selectWaitNs;

    /**
     * Makes a client without connections. It owns the transport from now on.
     *
     * @param config    settings
     * @param transport where connections come from
     * @param resolver  where addresses come from
     * @param nanoClock the time; the {@code nowNs} of all methods is of this clock
     * @param random    jitter of backoffs and timeouts, and the start of the search for the least loaded node
     * @param listener  hears of connections coming and going
     */
    public NetworkClient(NetworkConfig config, Transport transport, HostResolver resolver, LongSupplier nanoClock,
            RandomGenerator random, ConnectionListener listener) {
        this.config = Objects.requireNonNull(config, "config");
        this.transport = Objects.requireNonNull(transport, "transport");
        this.resolver = Objects.requireNonNull(resolver, "resolver");
        this.nanoClock = Objects.requireNonNull(nanoClock, "nanoClock");
        this.random = Objects.requireNonNull(random, "random");
        this.listener = Objects.requireNonNull(listener, "listener");
        this.apiVersionsRequest = new ApiVersionsRequest(config.clientSoftwareName(), config.clientSoftwareVersion());
        this.requestTimeoutNs = ns(config.requestTimeoutMs());
        this.patienceNs = Math.min(ns(MAX_PATIENCE_MS), Math.max(1, requestTimeoutNs / PATIENCE_PART));
        this.maxIdleNs = config.connectionMaxIdleMs() < 0 ? -1 : ns(config.connectionMaxIdleMs());
    }

    // ---- Asking and steering ----------------------------------------------------------------------------------

    /**
     * Whether a request can be sent to a node now. If there is no connection to it and its backoff is over, a connect is started;
     * {@link #poll} carries it on. If the node's host or port differ from those of the connection, the connection is replaced.
     *
     * @param node  the node
     * @param nowNs the time
     * @return true if {@link #send} may be called
     */
    public boolean ready(Node node, long nowNs) {
        Connection connection = readyOrConnect(node, nowNs);
        return connection != null && canSend(connection, nowNs);
    }

    /**
     * Whether a request can be sent to a node now by {@link #sendControl}; else as {@link #ready}. Requests that keep the client itself
     * going, such as those for metadata, have a small limit of their own: they neither wait for room among the requests in flight nor
     * take any.
     *
     * @param node  the node
     * @param nowNs the time
     * @return true if {@link #sendControl} may be called
     */
    public boolean readyForControl(Node node, long nowNs) {
        Connection connection = readyOrConnect(node, nowNs);
        return connection != null && canSendControl(connection, nowNs);
    }

    /** The connection, if it is ready; else null, and a connect is started if it is time for that. */
    private Connection readyOrConnect(Node node, long nowNs) {
        if (closed) {
            return null;
        }
        Connection connection = connection(node, nowNs);
        if (connection.state == ConnectionState.READY && connection.channel.isOutdated()) {
            replace(connection, nowNs);
        }
        if (connection.state == ConnectionState.READY && connection.reauthenticationDue(nowNs)) {
            authenticateAgain(connection, nowNs);
        }
        if (connection.state == ConnectionState.READY) {
            return connection;
        }
        if (connection.state == ConnectionState.DISCONNECTED && backoffOver(connection, nowNs)) {
            connect(connection, nowNs);
        }
        return null;
    }

    /**
     * When {@link #ready} may give another answer than now: after a backoff or a throttle time.
     *
     * @param node  the node
     * @param nowNs the time
     * @return nanoseconds from now; 0 if it can be asked at once; {@link Long#MAX_VALUE} if only an event that ends {@link #poll} can
     *         make a difference
     */
    public long readyDelayNs(Node node, long nowNs) {
        return delayNs(node, false, nowNs);
    }

    /**
     * When {@link #readyForControl} may give another answer than now: after a backoff or a throttle time.
     *
     * @param node  the node
     * @param nowNs the time
     * @return nanoseconds from now; 0 if it can be asked at once; {@link Long#MAX_VALUE} if only an event that ends {@link #poll} can
     *         make a difference
     */
    public long controlDelayNs(Node node, long nowNs) {
        return delayNs(node, true, nowNs);
    }

    private long delayNs(Node node, boolean control, long nowNs) {
        Connection connection = byNode.get(node.id());
        if (connection == null || !isAddressOf(connection, node)) {
            return 0;
        }
        switch (connection.state) {
            case DISCONNECTED :
                return backoffOver(connection, nowNs) ? 0 : connection.backoffUntilNs - nowNs;
            case READY :
                if (connection.isThrottled(nowNs)) {
                    return connection.throttledUntilNs - nowNs;
                }
                return (control ? canSendControl(connection, nowNs) : canSend(connection, nowNs)) ? 0 : Long.MAX_VALUE;
            default :
                return Long.MAX_VALUE;
        }
    }

    /**
     * Whether a request can be sent to a node now: connected, versions negotiated, not throttled, fewer than the maximum of requests in
     * flight, and the socket took all bytes of the requests before.
     *
     * @param nodeId the node
     * @param nowNs  the time
     * @return true if {@link #send} may be called
     */
    public boolean canSend(int nodeId, long nowNs) {
        Connection connection = byNode.get(nodeId);
        return connection != null && canSend(connection, nowNs);
    }

    /**
     * The number of requests to a node that have not ended.
     *
     * @param nodeId the node
     * @return 0 or more
     */
    public int inFlight(int nodeId) {
        Connection connection = byNode.get(nodeId);
        return connection == null || connection.state != ConnectionState.READY ? 0 : connection.requests.size();
    }

    /**
     * The number of requests to all nodes that have not ended, those of which the end is still to be told included.
     *
     * @return 0 or more
     */
    public int inFlight() {
        int sum = failed.size();
        for (int i = 0; i < connections.size(); i++) {
            Connection connection = connections.get(i);
            if (connection.state == ConnectionState.READY) {
                sum += connection.requests.size();
            }
        }
        return sum;
    }

    /**
     * Where the connection to a node stands.
     *
     * @param nodeId the node
     * @return the state; {@link ConnectionState#DISCONNECTED} for an unknown node
     */
    public ConnectionState state(int nodeId) {
        Connection connection = byNode.get(nodeId);
        return connection == null ? ConnectionState.DISCONNECTED : connection.state;
    }

    /**
     * How the last connection to a node, or the last attempt to make one, has failed. Kept when a later one succeeds.
     *
     * @param nodeId the node
     * @return the failure, or null if there was none
     */
    public RequestFailure lastFailure(int nodeId) {
        Connection connection = byNode.get(nodeId);
        return connection == null ? null : connection.lastFailure;
    }

    /**
     * The highest version of an API that both this client and a node speak.
     *
     * @param nodeId the node
     * @param apiKey the API
     * @return the version, or {@link #NO_VERSION} if there is none or the node is not connected
     */
    public short maxVersion(int nodeId, ApiKey apiKey) {
        Connection connection = byNode.get(nodeId);
        return connection == null || connection.versions == null
                ? NO_VERSION
                : connection.versions.choose(apiKey, apiKey.minVersion(), apiKey.maxVersion());
    }

    /**
     * What a node said of itself when it was connected, for the cluster's features.
     *
     * @param nodeId the node
     * @return its answer, or null if the node is not connected
     */
    public ApiVersionsResponse apiVersions(int nodeId) {
        Connection connection = byNode.get(nodeId);
        return connection == null || connection.versions == null ? null : connection.versions.response;
    }

    /**
     * The node that a control request for any node goes to best. Looking from a random start: one that can take it and has none in flight;
     * else the one with the fewest in flight; else one that is being connected; else the one that may be connected now and was not tried
     * for the longest time. Nodes that keep requests, or a set-up, waiting for longer than {@link #patienceNs} come after all these.
     *
     * @param nodes the candidates
     * @param nowNs the time
     * @return one of them, to be given to {@link #readyForControl}; null if all of them have to wait
     */
    public Node leastLoaded(List<Node> nodes, long nowNs) {
        int count = nodes.size();
        if (count == 0) {
            return null;
        }
        int start = random.nextInt(count);
        Node fewest = null;
        int fewestInFlight = Integer.MAX_VALUE;
        Node connecting = null;
        Node connectable = null;
        Connection connectableHistory = null;
        Node slowlyConnecting = null;
        Node silent = null;
        long silentNs = Long.MAX_VALUE;
        for (int i = 0; i < count; i++) {
            Node node = nodes.get((start + i) % count);
            Connection connection = byNode.get(node.id());
            if (connection == null || !isAddressOf(connection, node)) {
                if (connectable == null || connectableHistory != null) {
                    connectable = node;
                    connectableHistory = null; // never tried: none can be older
                }
            } else if (connection.state == ConnectionState.READY) {
                if (!canSendControl(connection, nowNs)) {
                    if (connection.reauthenticationDue(nowNs)) {
                        connecting = node; // begins when it is asked whether it is ready
                    }
                    continue;
                }
                long forNs = silentNs(connection, nowNs);
                int load = connection.requests.size() + (connection.blocked ? BLOCKED_WEIGHT : 0);
                if (forNs >= patienceNs) {
                    if (forNs < silentNs) {
                        silent = node;
                        silentNs = forNs;
                    }
                } else if (load == 0) {
                    return node;
                } else if (load < fewestInFlight) {
                    fewest = node;
                    fewestInFlight = load;
                }
            } else if (connection.state != ConnectionState.DISCONNECTED) {
                if (nowNs - connection.lastAttemptNs < patienceNs) {
                    connecting = node;
                } else {
                    slowlyConnecting = node;
                }
            } else if (backoffOver(connection, nowNs) && (connectable == null || connectableHistory != null
                    && connection.lastAttemptNs - connectableHistory.lastAttemptNs < 0)) {
                connectable = node;
                connectableHistory = connection;
            }
        }
        if (fewest != null) {
            return fewest;
        }
        if (connecting != null) {
            return connecting;
        }
        return connectable != null ? connectable : slowlyConnecting != null ? slowlyConnecting : silent;
    }

    /**
     * For how long a node has kept this client waiting: nothing was received since the oldest request in flight was written, or, while it
     * is being written, nothing moved at all.
     *
     * @param nodeId the node
     * @param nowNs  the time
     * @return nanoseconds; 0 if nothing is in flight
     */
    public long silentNs(int nodeId, long nowNs) {
        Connection connection = byNode.get(nodeId);
        return connection == null || connection.state != ConnectionState.READY ? 0 : silentNs(connection, nowNs);
    }

    private static long silentNs(Connection connection, long nowNs) {
        if (connection.requests.isEmpty()) {
            return 0;
        }
        if (connection.written == 0) {
            return Math.max(0, -Math.max(connection.lastActiveNs - nowNs, connection.requests.get(0).sentNs - nowNs));
        }
        return Math.max(0, -Math.max(connection.lastReadNs - nowNs, connection.requests.get(0).sentNs - nowNs));
    }

    /**
     * For how long a node still wants no requests, since it throttles this client.
     *
     * @param nodeId the node
     * @param nowNs  the time
     * @return nanoseconds; 0 if it does not
     */
    public long throttledNs(int nodeId, long nowNs) {
        Connection connection = byNode.get(nodeId);
        return connection == null || !connection.isThrottled(nowNs) ? 0 : connection.throttledUntilNs - nowNs;
    }

    /**
     * After which silence of a node it is wise to ask another: a second, or a quarter of the request timeout if that is less.
     *
     * @return nanoseconds
     */
    public long patienceNs() {
        return patienceNs;
    }

    /**
     * Takes note of the throttle time in a response. From the API's version on at which brokers leave the waiting to clients (KIP-219), the
     * node takes no further requests until the time is over; a shorter time never replaces a longer one.
     *
     * @param nodeId     the node that answered
     * @param apiKey     the API of the response
     * @param version    its version
     * @param throttleMs the time in milliseconds
     * @param nowNs      the time
     */
    public void throttle(int nodeId, ApiKey apiKey, short version, int throttleMs, long nowNs) {
        if (throttleMs <= 0) {
            return;
        }
        try {
            listener.onThrottle(nodeId, throttleMs);
        } catch (RuntimeException | Error e) {
            ignored(e);
        }
        Connection connection = byNode.get(nodeId);
        if (connection == null || connection.channel == null || !apiKey.clientThrottles(version)) {
            return;
        }
        long throttleNs = ns(throttleMs);
        long untilNs = nowNs + throttleNs;
        if (!connection.isThrottled(nowNs) || untilNs - connection.throttledUntilNs > 0) {
            connection.throttled = true;
            connection.throttledUntilNs = untilNs;
        }
        // The broker holds back the answers to what it already has, so their time does not run meanwhile.
        for (int i = 0; i < connection.requests.size(); i++) {
            connection.requests.get(i).deadlineNs += throttleNs;
        }
    }

    /**
     * Closes the connection to a node, if there is one. Its requests fail; the handlers are told by the next or current {@link #poll}.
     *
     * @param nodeId the node
     */
    public void disconnect(int nodeId) {
        disconnect(nodeId, "connection closed by this client");
    }

    /**
     * Closes the connection to a node, if there is one. Its requests fail; the handlers are told by the next or current {@link #poll}.
     *
     * @param nodeId the node
     * @param reason why, for the failure
     */
    public void disconnect(int nodeId, String reason) {
        Connection connection = byNode.get(nodeId);
        if (connection != null && connection.state != ConnectionState.DISCONNECTED) {
            fail(connection, RequestFailure.Kind.CLOSED, reason, null, nanoClock.getAsLong());
        }
    }

    /** Ends the current {@link #poll}, or makes the next one not wait. Any thread may call it. */
    public void wakeup() {
        transport.wakeup();
    }

    /**
     * How many requests were handed to sockets, API version negotiation not counted.
     *
     * @return a count since the start
     */
    public long requestsSent() {
        return requestsSent;
    }

    /**
     * How many responses were handed to handlers, API version negotiation not counted.
     *
     * @return a count since the start
     */
    public long responsesReceived() {
        return responsesReceived;
    }

    /**
     * How many bytes sockets took.
     *
     * @return a count since the start
     */
    public long bytesSent() {
        return bytesSent;
    }

    /**
     * How many bytes came from sockets.
     *
     * @return a count since the start
     */
    public long bytesReceived() {
        return bytesReceived;
    }

    /**
     * How many write calls there were; below {@link #requestsSent()} if requests shared one.
     *
     * @return a count since the start
     */
    public long writes() {
        return writes;
    }

    /**
     * How many times the transport was asked for events.
     *
     * @return a count since the start
     */
    public long selects() {
        return selects;
    }

    /**
     * How long this client has waited in the transport for events.
     *
     * @return nanoseconds since the start
     */
    public long selectWaitNs() {
        return selectWaitNs;
    }

    // ---- Sending ----------------------------------------------------------------------------------------------

    /**
     * Encodes a request in the highest version that the node, this client and the request agree on, and queues it; {@link #poll} writes it.
     * If there is no such version, or the request cannot be encoded, it fails without harm to others, as told by the next poll.
     *
     * @param node    the node, which must be connected
     * @param request the request; not used after this returns, unlike the memory that it splices into the frame
     * @param handler is told how it ends, exactly once
     * @param nowNs   the time from which the request's timeout runs
     * @throws IllegalStateException if the node is not connected or has the maximum of requests in flight
     */
    public void send(Node node, Request request, ResponseHandler handler, long nowNs) {
        Connection connection = requireReady(node);
        int inFlight = connection.requests.size() - connection.controls;
        if (inFlight >= config.maxInFlight()) {
            throw new IllegalStateException("too many requests in flight: node=" + node + ", inFlight="
                    + inFlight + ", maxInFlight=" + config.maxInFlight());
        }
        send(connection, request, handler, false, nowNs);
    }

    /**
     * As {@link #send}, for a request that keeps the client itself going, see {@link #readyForControl}.
     *
     * @param node    the node, which must be connected
     * @param request the request; not used after this returns, unlike the memory that it splices into the frame
     * @param handler is told how it ends, exactly once
     * @param nowNs   the time from which the request's timeout runs
     * @throws IllegalStateException if the node is not connected or has the maximum of such requests in flight
     */
    public void sendControl(Node node, Request request, ResponseHandler handler, long nowNs) {
        Connection connection = requireReady(node);
        if (connection.controls >= MAX_CONTROL_IN_FLIGHT) {
            throw new IllegalStateException("too many control requests in flight: node=" + node + ", inFlight="
                    + connection.controls + ", maxInFlight=" + MAX_CONTROL_IN_FLIGHT);
        }
        send(connection, request, handler, true, nowNs);
    }

    private Connection requireReady(Node node) {
        Connection connection = byNode.get(node.id());
        if (connection == null || connection.state != ConnectionState.READY) {
            throw new IllegalStateException("node not connected: node=" + node + ", state=" + state(node.id()));
        }
        return connection;
    }

    private void send(Connection connection, Request request, ResponseHandler handler, boolean control, long nowNs) {
        Objects.requireNonNull(handler, "handler");
        ApiKey apiKey = request.apiKey();
        short version = connection.versions.choose(apiKey, request.minVersion(), request.maxVersion());
        if (version == NO_VERSION) {
            int lowest = Math.max(apiKey.minVersion(), request.minVersion());
            int highest = Math.min(apiKey.maxVersion(), request.maxVersion());
            failLocally(connection, apiKey, handler, RequestFailure.Kind.UNSUPPORTED_VERSION,
                    "no version of " + apiKey.messageName() + " in common: client=" + lowest + '-' + highest
                            + ", broker=" + connection.versions.describe(apiKey),
                    null);
            return;
        }
        enqueue(connection, request, version, handler, control, nowNs, nowNs + requestTimeoutNs);
    }

    void enqueue(Connection connection, Request request, short version, ResponseHandler handler,
            long deadlineNs) {
        enqueue(connection, request, version, handler, false, nanoClock.getAsLong(), deadlineNs);
    }

    private void enqueue(Connection connection, Request request, short version, ResponseHandler handler,
            boolean control, long nowNs, long deadlineNs) {
        ConnectionRequest entry = obtain();
        entry.nodeId = connection.nodeId;
        entry.apiKey = request.apiKey();
        entry.version = version;
        entry.expectsResponse = request.expectsResponse();
        entry.handler = handler;
        entry.deadlineNs = deadlineNs;
        entry.correlationId = nextCorrelationId();
        try {
            entry.frame.encode(request, version, entry.correlationId, config.clientId());
        } catch (RuntimeException | Error e) {
            release(entry);
            failLocally(connection, request.apiKey(), handler, RequestFailure.Kind.NOT_ENCODABLE,
                    "request cannot be encoded: api=" + request.apiKey().messageName() + ", version=" + version
                            + ", error=" + e,
                    e);
            return;
        }
        entry.sentNs = nowNs;
        entry.control = control;
        connection.requests.add(entry);
        connection.controls += control ? 1 : 0;
        timer(deadlineNs);
        if (!connection.flushPending && !connection.blocked) {
            connection.flushPending = true;
            flushPending.add(connection);
        }
    }

    private void failLocally(Connection connection, ApiKey apiKey, ResponseHandler handler, RequestFailure.Kind kind,
            String reason, Throwable cause) {
        ConnectionRequest entry = obtain();
        entry.nodeId = connection.nodeId;
        entry.apiKey = apiKey;
        entry.handler = handler;
        entry.failure = new RequestFailure(kind, connection.nodeId, connection.addressText, reason, cause,
                RequestFailure.Written.NONE);
        failed.add(entry);
    }

    private int nextCorrelationId() {
        int id = nextCorrelationId;
        nextCorrelationId = id + 1 == FIRST_RESERVED_CORRELATION_ID ? Integer.MIN_VALUE : id + 1;
        return id;
    }

    /** Where the correlation ids go on; for tests of their wrap. */
    void nextCorrelationId(int id) {
        nextCorrelationId = id;
    }

    /** How many entries wait for the next requests; for tests of their reuse. */
    int pooledRequests() {
        return pool.size();
    }

    /** The memory kept for a response that comes in pieces; for tests of its bounds. */
    int partialCapacity(int nodeId) {
        ByteBuffer partial = byNode.get(nodeId).partial;
        return partial == null ? 0 : partial.capacity();
    }

    private ConnectionRequest obtain() {
        int last = pool.size() - 1;
        return last < 0 ? new ConnectionRequest() : pool.remove(last);
    }

    private void release(ConnectionRequest entry) {
        entry.clear();
        pool.add(entry);
    }

    // ---- The turn ---------------------------------------------------------------------------------------------

    /**
     * Writes what was sent, waits for something to happen, and deals with it: connects, reads and dispatches responses in the order of
     * their requests, ends what has timed out, and tells the handlers.
     *
     * @param timeoutNs longest wait in nanoseconds; cut short by {@link #wakeup()}, by network events, by this client's own timeouts, and
     *                  to nothing if handlers were called before it
     * @param nowNs     the time
     * @return how much was done: network events, and requests whose handler was told of their end; 0 if nothing
     */
    public int poll(long timeoutNs, long nowNs) {
        if (polling) {
            throw new IllegalStateException("poll called from within a handler");
        }
        if (closed) {
            return 0;
        }
        polling = true;
        ended = 0;
        int events = 0;
        try {
            settle(nowNs);
            long waitNs = ended > 0 ? 0 : timeoutNs;
            if (timerSet && waitNs > 0) {
                waitNs = Math.min(waitNs, Math.max(0, timerNs - nowNs));
            }
            eventNs = nowNs;
            eventNsKnown = false;
            // A look that does not wait takes no time worth a reading of the clock.
            long beforeNs = waitNs > 0 ? nanoClock.getAsLong() : nowNs;
            selects++;
            try {
                events = transport.select(waitNs, onReady);
            } catch (IOException | RuntimeException e) {
                handlerError(e);
            }
            long afterNs = nanoClock.getAsLong();
            if (waitNs > 0) {
                selectWaitNs += (eventNsKnown ? eventNs : afterNs) - beforeNs;
            }
            takeLookUps(afterNs);
            takeComputed(afterNs);
            if (timerSet && afterNs - timerNs >= 0) {
                expire(afterNs);
            }
            settle(afterNs);
        } finally {
            polling = false;
            if (closed) {
                closeTransport();
            }
        }
        return events + ended;
    }

    /** Writes and tells failures until there is nothing more to write and to tell. */
    private void settle(long nowNs) {
        deliverFailures(nowNs);
        while (!flushPending.isEmpty()) {
            // By index: handlers called on the way may send, which adds to the list.
            for (int i = 0; i < flushPending.size(); i++) {
                Connection connection = flushPending.get(i);
                connection.flushPending = false;
                if (connection.channel != null && connection.state != ConnectionState.CONNECTING) {
                    guardedFlush(connection, nowNs);
                }
            }
            flushPending.clear();
            deliverFailures(nowNs);
        }
        endReplaced(nowNs);
    }

    private void guardedFlush(Connection connection, long nowNs) {
        try {
            flush(connection, nowNs);
        } catch (RuntimeException | Error e) {
            unexpected(connection, e, nowNs);
        }
    }

    private void onReady(TransportChannel channel, int readyOps) {
        Connection connection = (Connection) channel.attachment();
        if (connection.channel != channel) {
            return; // closed by the handler of an event before this one
        }
        if (!eventNsKnown) {
            eventNs = nanoClock.getAsLong();
            eventNsKnown = true;
        }
        long nowNs = eventNs;
        try {
            if ((readyOps & Transport.OP_CONNECT) != 0) {
                finishConnect(connection, nowNs);
            }
            if ((readyOps & Transport.OP_READ) != 0 && connection.channel == channel) {
                read(connection, nowNs);
            }
            if ((readyOps & Transport.OP_WRITE) != 0 && connection.channel == channel) {
                flush(connection, nowNs);
            }
        } catch (RuntimeException | Error e) {
            // A defect, or no memory: costs this connection, not the thread.
            unexpected(connection, e, nowNs);
        }
    }

    private void unexpected(Connection connection, Throwable e, long nowNs) {
        handlerError(e);
        if (connection.channel != null) {
            fail(connection, RequestFailure.Kind.DISCONNECTED, "unexpected error: " + e, e, nowNs);
        }
    }

    private void deliverFailures(long nowNs) {
        for (ConnectionRequest entry = failed.poll(); entry != null; entry = failed.poll()) {
            ResponseHandler handler = entry.handler;
            RequestFailure failure = entry.failure;
            release(entry);
            ended++;
            try {
                handler.onFailure(failure, nowNs);
            } catch (RuntimeException | Error e) {
                handlerError(e);
            }
        }
    }

    private void handlerError(Throwable e) {
        try {
            listener.onHandlerError(e);
        } catch (RuntimeException | Error again) {
            ignored(again);
        }
    }

    /** The one place where an exception ends without a trace: the listener is whom it would be reported to. */
    private static void ignored(Throwable e) {
        Objects.requireNonNull(e);
    }

    // ---- Connecting -------------------------------------------------------------------------------------------

    private Connection connection(Node node, long nowNs) {
        Connection connection = byNode.get(node.id());
        if (connection != null && isAddressOf(connection, node)) {
            return connection;
        }
        if (connection != null) {
            if (connection.state != ConnectionState.DISCONNECTED) {
                fail(connection, RequestFailure.Kind.CLOSED, "address of the node has changed: newAddress="
                        + node.host() + ':' + node.port(), null, nowNs);
            }
            connections.remove(connection);
        }
        connection = new Connection(node.id(), node.host(), node.port());
        byNode.put(node.id(), connection);
        connections.add(connection);
        return connection;
    }

    private static boolean isAddressOf(Connection connection, Node node) {
        return connection.port == node.port() && connection.host.equals(node.host());
    }

    private static boolean backoffOver(Connection connection, long nowNs) {
        return !connection.everAttempted || nowNs - connection.backoffUntilNs >= 0;
    }

    private boolean canSend(Connection connection, long nowNs) {
        return connection.state == ConnectionState.READY && !connection.blocked
                && connection.requests.size() - connection.controls < config.maxInFlight()
                && takesRequests(connection, nowNs);
    }

    private boolean canSendControl(Connection connection, long nowNs) {
        return connection.state == ConnectionState.READY && connection.controls < MAX_CONTROL_IN_FLIGHT
                && takesRequests(connection, nowNs);
    }

    private boolean takesRequests(Connection connection, long nowNs) {
        return !connection.isThrottled(nowNs) && connection != replacing && connection.authenticator == null
                && !connection.reauthenticationDue(nowNs);
    }

    /**
     * Replaces a connection whose certificates are not the newest: it takes no more requests, and is closed once those on it have ended. One connection at a
     * time, so that the others go on meanwhile.
     */
    private void replace(Connection connection, long nowNs) {
        if (replacing != null && replacing != connection) {
            return;
        }
        replacing = connection;
        endReplaced(nowNs);
    }

    private void endReplaced(long nowNs) {
        Connection connection = replacing;
        if (connection != null && connection.requests.isEmpty()) {
            fail(connection, RequestFailure.Kind.CLOSED, "connection replaced, as certificates have changed", null,
                    nowNs);
            connection.backoffUntilNs = nowNs;
            connection.failedAttempts = 0;
        }
    }

    private void connect(Connection connection, long nowNs) {
        connection.everAttempted = true;
        connection.lastAttemptNs = nowNs;
        connection.lastActiveNs = nowNs;
        connection.state = ConnectionState.CONNECTING;
        connection.addressText = connection.host + ':' + connection.port;
        long timeoutNs = exponential(config.connectionSetupTimeoutMs(), config.connectionSetupTimeoutMaxMs(),
                connection.failedSetups);
        connection.setupTimeoutMs = timeoutNs / NS_PER_MS;
        connection.setupDeadlineNs = nowNs + timeoutNs;
        timer(connection.setupDeadlineNs);
        if (connection.addresses != null && !connection.resolveAgain
                && connection.nextAddress < connection.addresses.length) {
            connectToNext(connection, nowNs);
            return;
        }
        CompletableFuture<InetAddress[]> lookUp;
        try {
            lookUp = resolver.lookUp(connection.host);
        } catch (RuntimeException e) {
            lookUp = CompletableFuture.failedFuture(e);
        }
        connection.lookUp = lookUp;
        if (lookUp.isDone()) {
            lookedUp(connection, nowNs);
        } else {
            lookUps.add(connection);
            lookUp.whenComplete((addresses, e) -> transport.wakeup());
        }
    }

    /** Goes on with the connections whose host names have been resolved since. */
    private void takeLookUps(long nowNs) {
        for (int i = lookUps.size() - 1; i >= 0; i--) {
            Connection connection = lookUps.get(i);
            if (connection.lookUp == null) {
                lookUps.remove(i); // given up meanwhile
            } else if (connection.lookUp.isDone()) {
                lookUps.remove(i);
                lookedUp(connection, nowNs);
            }
        }
    }

    private void lookedUp(Connection connection, long nowNs) {
        CompletableFuture<InetAddress[]> lookUp = connection.lookUp;
        connection.lookUp = null;
        Throwable failure;
        try {
            InetAddress[] resolved = lookUp.join();
            if (resolved.length > 0) {
                takeAddresses(connection, resolved);
                connectToNext(connection, nowNs);
                return;
            }
            failure = new UnknownHostException(connection.host);
        } catch (CompletionException e) {
            failure = e.getCause();
        } catch (RuntimeException e) {
            failure = e;
        }
        fail(connection, RequestFailure.Kind.DISCONNECTED,
                failure instanceof UnknownHostException
                        ? "unknown host " + connection.host
                        : "cannot resolve host " + connection.host + ": " + failure,
                failure, nowNs);
    }

    private static void takeAddresses(Connection connection, InetAddress[] resolved) {
        // Of the first one's family only: a host that prefers IPv6 and lacks a route for IPv4 would fail every other time.
        Class<?> family = resolved[0].getClass();
        connection.addresses = Arrays.stream(resolved).filter(family::isInstance).toArray(InetAddress[]::new);
        connection.nextAddress = 0;
        // After a lost connection the first address is often the one that was just lost.
        if (connection.addresses.length > 1 && connection.addresses[0].equals(connection.lastAddress)) {
            connection.nextAddress = 1;
        }
        connection.resolveAgain = false;
    }

    private void connectToNext(Connection connection, long nowNs) {
        InetAddress address = connection.addresses[connection.nextAddress++];
        connection.lastAddress = address;
        connection.addressText = connection.host + ':' + connection.port + '/' + address.getHostAddress();
        TransportChannel channel;
        try {
            channel = transport.connect(new InetSocketAddress(named(connection.host, address), connection.port),
                    config.sendBufferBytes(),
                    config.receiveBufferBytes(), connection);
        } catch (IOException | RuntimeException e) {
            fail(connection, RequestFailure.Kind.DISCONNECTED, describe(e), e, nowNs);
            return;
        }
        connection.channel = channel;
        if (channel.isConnected()) {
            connected(connection, nowNs);
        }
    }

    /** The address under the name that was asked for: TLS holds certificates against that, whatever a lookup backwards would say. */
    private static InetAddress named(String host, InetAddress address) {
        try {
            return address instanceof Inet6Address v6 && v6.getScopeId() != 0
                    ? Inet6Address.getByAddress(host, v6.getAddress(), v6.getScopeId())
                    : InetAddress.getByAddress(host, address.getAddress());
        } catch (UnknownHostException e) {
            return address; // of an impossible length; connecting will say so
        }
    }

    private void finishConnect(Connection connection, long nowNs) {
        try {
            if (!connection.channel.finishConnect()) {
                return;
            }
        } catch (IOException e) {
            fail(connection, kind(e), describe(e), e, nowNs);
            return;
        }
        connected(connection, nowNs);
    }

    /** TLS that cannot be agreed on is not cured by another attempt; all else may be. */
    private static RequestFailure.Kind kind(Exception e) {
        return e instanceof TlsException ? RequestFailure.Kind.AUTHENTICATION : RequestFailure.Kind.DISCONNECTED;
    }

    private void connected(Connection connection, long nowNs) {
        TransportChannel channel = connection.channel;
        // TCP lets a socket meet itself when it happens to get the port that it connects to, and nobody listens there.
        if (channel.remoteAddress().equals(channel.localAddress())) {
            fail(connection, RequestFailure.Kind.DISCONNECTED, "connection refused (the socket met itself)", null,
                    nowNs);
            return;
        }
        negotiate(connection, ApiKey.API_VERSIONS.maxVersion());
    }

    private void negotiate(Connection connection, short version) {
        connection.state = ConnectionState.CHECKING_API_VERSIONS;
        // The set-up as a whole has a deadline; one of its own for this request would only end it too early.
        enqueue(connection, apiVersionsRequest, version, new Negotiation(connection), false,
                connection.lastAttemptNs, connection.setupDeadlineNs);
    }

    /** Hears of a request that belongs to the setting up of a connection: nobody else is to be told when that ends. */
    interface Internal extends ResponseHandler {
    }

    /** Waits for the answer to ApiVersions, and asks again in a lower version if the broker does not know the one asked in. */
    private final class Negotiation implements Internal {
        private final Connection connection;

        Negotiation(Connection connection) {
            this.connection = connection;
        }

        @Override
        public void onResponse(FrameReader body, short version, long nowNs) {
            ApiVersionsResponse response = ApiVersionsResponse.decode(body);
            throttle(connection.nodeId, ApiKey.API_VERSIONS, version, response.throttleTimeMs(), nowNs);
            ErrorCode error = ErrorCode.forCode(response.errorCode());
            if (response.errorCode() == ErrorCode.NONE.code()) {
                connection.versions = new ConnectionVersions(response);
                if (config.sasl() == null) {
                    becomeReady(connection, nowNs);
                } else {
                    connection.state = ConnectionState.AUTHENTICATING;
                    authenticate(connection, connection.setupDeadlineNs, nowNs);
                }
            } else if (error == ErrorCode.UNSUPPORTED_VERSION && version > 0) {
                // The list of APIs then names this one only, or nothing before Kafka 2.4. Always lower, so it ends.
                ApiVersionsResponse.ApiRange range = response.api(ApiKey.API_VERSIONS);
                int offered = range == null ? 0 : range.maxVersion();
                negotiate(connection, offered >= 0 && offered < version ? (short) offered : 0);
            } else {
                boolean refused = error == ErrorCode.SASL_AUTHENTICATION_FAILED
                        || error == ErrorCode.ILLEGAL_SASL_STATE || error == ErrorCode.CLUSTER_AUTHORIZATION_FAILED;
                fail(connection, refused ? RequestFailure.Kind.AUTHENTICATION : RequestFailure.Kind.PROTOCOL_ERROR,
                        "broker refused ApiVersions: version=" + version + ", error="
                                + ErrorCode.describe(response.errorCode()),
                        null, nowNs);
            }
        }

        @Override
        public void onFailure(RequestFailure failure, long nowNs) {
            // What ends a connection has been dealt with already; this is for a request that could not even be encoded.
            if (connection.channel != null && failure.kind() == RequestFailure.Kind.NOT_ENCODABLE) {
                fail(connection, failure.kind(), failure.reason(), failure.cause(), nowNs);
            }
        }
    }

    private void authenticate(Connection connection, long deadlineNs, long nowNs) {
        connection.authenticator = new SaslAuthenticator(this, connection, config.sasl(), deadlineNs);
        timer(deadlineNs);
        connection.authenticator.begin(nowNs);
    }

    /*
     * Again, before the session that the broker has granted ends. A broker answers in the order of the requests, so those on the connection may stay there, and the
     * ones without an answer too; but it takes nothing but SASL from the handshake on until it is content. So no request is sent meanwhile.
     */
    private void authenticateAgain(Connection connection, long nowNs) {
        connection.reauthenticates = false;
        authenticate(connection, nowNs + requestTimeoutNs, nowNs);
    }

    /** Both sides are content. */
    void authenticated(Connection connection, long sessionLifetimeMs, long nowNs) {
        connection.authenticator = null;
        if (sessionLifetimeMs > 0) {
            connection.reauthenticates = true;
            double part = EARLIEST_REAUTHENTICATION + REAUTHENTICATION_JITTER * random.nextDouble();
            long latestMs = Math.max(sessionLifetimeMs / 2, sessionLifetimeMs - REAUTHENTICATION_MARGIN_MS);
            connection.reauthenticateNs = nowNs + Math.min((long) (ns(sessionLifetimeMs) * part), ns(latestMs));
        }
        if (connection.state == ConnectionState.AUTHENTICATING) {
            becomeReady(connection, nowNs);
        }
    }

    /** Any thread: hands the client's thread something to do. */
    void computed(LongConsumer task) {
        computed.add(task);
        transport.wakeup();
    }

    private void takeComputed(long nowNs) {
        for (LongConsumer task = computed.poll(); task != null; task = computed.poll()) {
            ended++;
            task.accept(nowNs);
        }
    }

    private void becomeReady(Connection connection, long nowNs) {
        connection.state = ConnectionState.READY;
        connection.failedAttempts = 0;
        connection.failedSetups = 0;
        connection.lastActiveNs = nowNs;
        connection.lastReadNs = nowNs;
        if (maxIdleNs >= 0) {
            timer(nowNs + maxIdleNs);
        }
        try {
            listener.onReady(connection.nodeId, connection.addressText, nowNs);
        } catch (RuntimeException | Error e) {
            ignored(e);
        }
    }

    /** Ends a connection or an attempt to make one: closes the channel, fails the requests in send order, begins the backoff. */
    void fail(Connection connection, RequestFailure.Kind kind, String reason, Throwable cause, long nowNs) {
        boolean wasReady = connection.state == ConnectionState.READY;
        RequestFailure failure = new RequestFailure(kind, connection.nodeId, connection.addressText, reason, cause,
                RequestFailure.Written.NONE);
        TransportChannel channel = connection.channel;
        connection.channel = null;
        connection.lookUp = null;
        if (replacing == connection) {
            replacing = null;
        }
        connection.state = ConnectionState.DISCONNECTED;
        connection.versions = null;
        connection.authenticator = null;
        connection.reauthenticates = false;
        connection.answered = false;
        connection.blocked = false;
        connection.partial = null;
        connection.resolveAgain = wasReady;
        connection.lastFailure = failure;
        // Who was refused once is not to knock at short intervals: accounts get locked by that.
        connection.backoffUntilNs = nowNs + exponential(config.reconnectBackoffMs(), config.reconnectBackoffMaxMs(),
                kind == RequestFailure.Kind.AUTHENTICATION ? MAX_EXPONENT : connection.failedAttempts);
        connection.failedAttempts++;
        if (!wasReady) {
            connection.failedSetups++;
        }
        if (channel != null) {
            channel.close();
        }
        // Only now, with the channel closed, may the memory of unwritten frames go back to its owners.
        ArrayList<ConnectionRequest> requests = connection.requests;
        for (int i = 0; i < requests.size(); i++) {
            ConnectionRequest entry = requests.get(i);
            if (entry.handler instanceof Internal) {
                release(entry);
            } else {
                entry.failure = failure.withWritten(entry.written());
                entry.frame.clear();
                failed.add(entry);
            }
        }
        requests.clear();
        connection.written = 0;
        connection.controls = 0;
        try {
            listener.onDisconnect(failure, wasReady, nowNs);
        } catch (RuntimeException | Error e) {
            ignored(e);
        }
    }

    // ---- Writing ----------------------------------------------------------------------------------------------

    private void flush(Connection connection, long nowNs) {
        TransportChannel channel = connection.channel;
        ArrayList<ConnectionRequest> requests = connection.requests;
        while (connection.written < requests.size()) {
            int count = 0;
            long bytes = 0;
            for (int i = connection.written; i < requests.size() && count < MAX_GATHERED_BUFFERS; i++) {
                FrameWriter frame = requests.get(i).frame;
                ByteBuffer[] parts = frame.parts();
                int partCount = frame.partCount();
                for (int j = frame.firstUnsent(); j < partCount && count < MAX_GATHERED_BUFFERS; j++) {
                    if (count == gathered.length) {
                        gathered = Arrays.copyOf(gathered, 2 * count);
                    }
                    gathered[count++] = parts[j];
                    bytes += parts[j].remaining();
                }
            }
            long taken;
            try {
                writes++;
                taken = channel.write(gathered, 0, count);
            } catch (IOException e) {
                // What the broker said before it went comes first: answers to earlier requests, and perhaps the reason.
                read(connection, nowNs);
                if (connection.channel == channel) {
                    fail(connection, kind(e), describe(e), e, nowNs);
                }
                return;
            } finally {
                Arrays.fill(gathered, 0, count, null);
            }
            if (taken > 0) {
                bytesSent += taken;
                connection.lastActiveNs = nowNs;
                wrote(connection, taken, nowNs);
                if (connection.channel != channel) {
                    return;
                }
            }
            if (taken < bytes) {
                if (!connection.blocked) {
                    connection.blocked = true;
                    channel.writeInterest(true);
                }
                return;
            }
        }
        if (connection.blocked) {
            connection.blocked = false;
            channel.writeInterest(false);
        }
    }

    private void wrote(Connection connection, long bytes, long nowNs) {
        TransportChannel channel = connection.channel;
        ArrayList<ConnectionRequest> requests = connection.requests;
        // First the accounts of all frames, then the handlers: one of them may close the connection, and then it must be right
        // for each request how much of it has left.
        long rest = bytes;
        for (int i = connection.written; rest > 0; i++) {
            FrameWriter frame = requests.get(i).frame;
            long part = Math.min(rest, frame.remainingBytes());
            frame.sent(part);
            rest -= part;
        }
        while (connection.channel == channel && connection.written < requests.size()) {
            ConnectionRequest entry = requests.get(connection.written);
            if (entry.frame.remainingBytes() > 0) {
                return;
            }
            int frameBytes = (int) entry.frame.sizeInBytes();
            entry.frame.clear();
            entry.sentNs = nowNs;
            try {
                listener.onRequestWritten(connection.nodeId, frameBytes, nowNs);
            } catch (RuntimeException | Error e) {
                ignored(e);
            }
            ResponseHandler handler = entry.handler;
            if (!(handler instanceof Internal)) {
                requestsSent++;
            }
            if (entry.expectsResponse) {
                connection.written++;
                written(handler, nowNs);
            } else {
                requests.remove(connection.written);
                connection.controls -= entry.control ? 1 : 0;
                written(handler, nowNs);
                respond(connection, entry, null, nowNs);
            }
        }
    }

    private void written(ResponseHandler handler, long nowNs) {
        try {
            handler.onWritten(nowNs);
        } catch (RuntimeException | Error e) {
            handlerError(e);
        }
    }

    // ---- Reading ----------------------------------------------------------------------------------------------

    private void read(Connection connection, long nowNs) {
        TransportChannel channel = connection.channel;
        ByteBuffer in = readBuffer;
        for (int i = 0; i < MAX_READS_PER_EVENT; i++) {
            in.clear();
            int count;
            try {
                count = channel.read(in);
            } catch (IOException e) {
                RequestFailure.Kind kind = kind(e);
                boolean unexplained = connection.state != ConnectionState.READY
                        && kind == RequestFailure.Kind.DISCONNECTED;
                fail(connection, kind, unexplained ? describe(e) + noAnswer(connection) : describe(e), e, nowNs);
                return;
            }
            if (count < 0) {
                endOfStream(connection, nowNs);
                return;
            }
            if (count == 0) {
                return;
            }
            boolean drained = in.hasRemaining();
            bytesReceived += count;
            connection.lastActiveNs = nowNs;
            connection.lastReadNs = nowNs;
            in.flip();
            parse(connection, in, nowNs);
            if (drained || connection.channel != channel) {
                return;
            }
        }
    }

    private static String noAnswer(Connection connection) {
        return connection.channel.isEncrypted()
                ? " before it answered ApiVersions (it may not be a Kafka broker)"
                : " before it answered ApiVersions (it may expect TLS, or not be a Kafka broker)";
    }

    private void endOfStream(Connection connection, long nowNs) {
        ByteBuffer partial = connection.partial;
        String reason;
        if (partial != null && partial.position() > 0) {
            String foreign = partial.position() < SIZE_BYTES ? null : foreignProtocol(partial, 0, partial.position());
            reason = foreign != null
                    ? foreign
                    : "connection closed by the other side within a response: receivedBytes=" + partial.position();
        } else if (connection.state == ConnectionState.READY) {
            reason = connection.answered || connection.requests.isEmpty() || config.sasl() != null
                    ? "connection closed by the broker"
                    : "connection closed by the broker before it answered a request (it may expect SASL)";
        } else {
            reason = "connection closed by the other side" + noAnswer(connection);
        }
        fail(connection,
                SPEAKS_TLS.equals(reason) ? RequestFailure.Kind.AUTHENTICATION : RequestFailure.Kind.DISCONNECTED,
                reason, null, nowNs);
    }

    /*
     * Responses are read where they were received: from the shared read buffer if they are complete in it, which small ones nearly
     * always are, else from the connection's own buffer, into which the pieces are copied. That one grows with the bytes that
     * have come and never beyond twice their number, whatever length the response claims to have.
     */
    private void parse(Connection connection, ByteBuffer in, long nowNs) {
        TransportChannel channel = connection.channel;
        while (in.hasRemaining() && connection.channel == channel) {
            if (connection.written == 0) {
                unexpectedBytes(connection, in, nowNs);
                return;
            }
            ByteBuffer partial = connection.partial;
            if (partial != null && partial.position() > 0) {
                if (partial.position() < SIZE_BYTES) {
                    move(in, partial, SIZE_BYTES - partial.position());
                    if (partial.position() < SIZE_BYTES) {
                        return;
                    }
                }
                int size = partial.getInt(0);
                if (!isAcceptable(connection, size, partial, 0, partial.position(), nowNs)) {
                    return;
                }
                int missing = SIZE_BYTES + size - partial.position();
                int part = Math.min(missing, in.remaining());
                partial = ensurePartial(connection, part, SIZE_BYTES + size);
                move(in, partial, part);
                if (part < missing) {
                    return;
                }
                dispatch(connection, partial.flip().position(SIZE_BYTES), nowNs);
                partial.clear();
                if (partial.capacity() > MAX_RETAINED_PARTIAL_BYTES) {
                    connection.partial = null;
                }
            } else {
                int start = in.position();
                int available = in.remaining();
                if (available >= SIZE_BYTES) {
                    int size = in.getInt(start);
                    if (!isAcceptable(connection, size, in, start, available, nowNs)) {
                        return;
                    }
                    if (available - SIZE_BYTES >= size) {
                        int limit = in.limit();
                        int end = start + SIZE_BYTES + size;
                        dispatch(connection, in.position(start + SIZE_BYTES).limit(end), nowNs);
                        in.limit(limit).position(end);
                        continue;
                    }
                    // No need to collect a large response first to find out that nobody has asked for it.
                    if (available >= CORRELATION_END
                            && !isExpected(connection, in.getInt(start + SIZE_BYTES), nowNs)) {
                        return;
                    }
                }
                move(in, ensurePartial(connection, available, available), available);
            }
        }
    }

    private static void move(ByteBuffer from, ByteBuffer to, int bytes) {
        int count = Math.min(bytes, from.remaining());
        to.put(to.position(), from, from.position(), count);
        to.position(to.position() + count);
        from.position(from.position() + count);
    }

    private ByteBuffer ensurePartial(Connection connection, int bytes, int frameBytes) {
        ByteBuffer partial = connection.partial;
        if (partial == null) {
            partial = ByteBuffer.allocate(Math.max(MIN_PARTIAL_BYTES, bytes));
        } else if (partial.remaining() < bytes) {
            int needed = partial.position() + bytes;
            // The frame's own size is the most that can come, so doubling stops there.
            int capacity = (int) Math.max(needed, Math.min(2L * partial.capacity(), frameBytes));
            partial = ByteBuffer.allocate(capacity).put(partial.flip());
        }
        connection.partial = partial;
        return partial;
    }

    private boolean isAcceptable(Connection connection, int size, ByteBuffer bytes, int start, int available,
            long nowNs) {
        boolean first = connection.state != ConnectionState.READY;
        int max = Math.min(config.maxResponseBytes(), first ? MAX_STRANGERS_RESPONSE_BYTES : Integer.MAX_VALUE);
        boolean outOfRange = size < MIN_RESPONSE_BYTES || size > max;
        if (!first && !outOfRange) {
            return true;
        }
        String foreign = foreignProtocol(bytes, start, available);
        if (foreign == null && !outOfRange) {
            return true;
        }
        String reason = foreign != null
                ? foreign
                : size < MIN_RESPONSE_BYTES
                        ? "response shorter than its header: size=" + size + ", minimum=" + MIN_RESPONSE_BYTES
                        : "response larger than allowed: size=" + size
                                + (max == config.maxResponseBytes() ? ", maxResponseBytes=" : ", maxBeforeReady=")
                                + max;
        fail(connection, foreignKind(foreign), reason, null, nowNs);
        return false;
    }

    private boolean isExpected(Connection connection, int correlationId, long nowNs) {
        ConnectionRequest oldest = connection.requests.get(0);
        if (correlationId == oldest.correlationId) {
            return true;
        }
        fail(connection, RequestFailure.Kind.PROTOCOL_ERROR, "response to another request: correlationId="
                + correlationId + ", expected=" + oldest.correlationId + " (" + oldest + ')', null, nowNs);
        return false;
    }

    private void unexpectedBytes(Connection connection, ByteBuffer in, long nowNs) {
        String foreign = in.remaining() < SIZE_BYTES ? null : foreignProtocol(in, in.position(), in.remaining());
        fail(connection, foreignKind(foreign),
                foreign != null
                        ? foreign
                        : "bytes received while no request waits for a response: bytes="
                                + in.remaining(),
                null, nowNs);
    }

    private static RequestFailure.Kind foreignKind(String foreign) {
        return SPEAKS_TLS.equals(foreign) ? RequestFailure.Kind.AUTHENTICATION : RequestFailure.Kind.PROTOCOL_ERROR;
    }

    /** What speaks there, if the first bytes show that it is not a Kafka broker on plaintext; null if they do not. */
    private static String foreignProtocol(ByteBuffer bytes, int start, int available) {
        int first = bytes.getInt(start);
        int text = Math.min(available, 32);
        if (first == 0x48545450) { // "HTTP"
            return "port speaks HTTP, not Kafka";
        }
        // TLS records: content type alert (21) or handshake (22), protocol 3.0 to 3.4.
        if ((first >>> 16 == 0x1503 || first >>> 16 == 0x1603) && (first >>> 8 & 0xFF) <= 4) {
            return SPEAKS_TLS;
        }
        for (int i = 0; i < SIZE_BYTES; i++) {
            byte b = bytes.get(start + i);
            if (b < ' ' || b > '~') {
                return null;
            }
        }
        byte[] head = new byte[text];
        bytes.get(start, head);
        return "port speaks a text protocol, not Kafka: firstBytes=\""
                + new String(head, StandardCharsets.ISO_8859_1).replaceAll("[^ -~]", ".") + '"';
    }

    private void dispatch(Connection connection, ByteBuffer frame, long nowNs) {
        ConnectionRequest entry = connection.requests.get(0);
        int frameBytes = SIZE_BYTES + frame.remaining();
        reader.wrap(frame, entry.apiKey, entry.version);
        try {
            if (!isExpected(connection, ResponseHeader.decode(reader), nowNs)) {
                return;
            }
        } catch (ProtocolException e) {
            fail(connection, RequestFailure.Kind.PROTOCOL_ERROR, e.getMessage(), e, nowNs);
            return;
        }
        connection.requests.remove(0);
        connection.controls -= entry.control ? 1 : 0;
        connection.written--;
        try {
            listener.onResponseRead(connection.nodeId, frameBytes, nowNs);
        } catch (RuntimeException | Error e) {
            ignored(e);
        }
        respond(connection, entry, reader, nowNs);
        reader.clear();
    }

    private void respond(Connection connection, ConnectionRequest entry, FrameReader body, long nowNs) {
        ended++;
        if (body != null && !(entry.handler instanceof Internal)) {
            connection.answered = true;
            responsesReceived++;
        }
        try {
            entry.handler.onResponse(body, entry.version, nowNs);
        } catch (RuntimeException | Error e) {
            handlerError(e);
            boolean malformed = e instanceof ProtocolException;
            entry.failure = new RequestFailure(
                    malformed ? RequestFailure.Kind.PROTOCOL_ERROR : RequestFailure.Kind.HANDLER_ERROR,
                    connection.nodeId, connection.addressText, malformed ? e.getMessage() : "handler failed: " + e, e,
                    RequestFailure.Written.FULLY);
            failed.add(entry);
            if (malformed && connection.channel != null) {
                fail(connection, RequestFailure.Kind.PROTOCOL_ERROR, e.getMessage(), e, nowNs);
            }
            return;
        }
        release(entry);
    }

    // ---- Time -------------------------------------------------------------------------------------------------

    private void timer(long deadlineNs) {
        if (!timerSet || deadlineNs - timerNs < 0) {
            timerSet = true;
            timerNs = deadlineNs;
        }
    }

    private void expire(long nowNs) {
        timerSet = false;
        for (int i = 0; i < connections.size(); i++) {
            Connection connection = connections.get(i);
            switch (connection.state) {
                case CONNECTING :
                case CHECKING_API_VERSIONS :
                case AUTHENTICATING :
                    expireSetup(connection, nowNs);
                    break;
                case READY :
                    expireRequests(connection, nowNs);
                    break;
                default :
                    break;
            }
        }
    }

    private void expireSetup(Connection connection, long nowNs) {
        if (nowNs - connection.setupDeadlineNs < 0) {
            timer(connection.setupDeadlineNs);
            return;
        }
        String rest = connection.lookUp != null
                ? ": the host name is still being resolved: host=" + connection.host
                : connection.state == ConnectionState.CONNECTING
                        ? ": " + (connection.channel == null ? "nothing was begun" : connection.channel.awaited())
                        : connection.authenticator != null
                                ? ": " + connection.authenticator.awaited()
                                : ": the port accepted the connection but did not answer ApiVersions";
        fail(connection, RequestFailure.Kind.TIMED_OUT,
                "connection setup timed out after " + connection.setupTimeoutMs + " ms" + rest, null, nowNs);
    }

    private void expireRequests(Connection connection, long nowNs) {
        ArrayList<ConnectionRequest> requests = connection.requests;
        for (int i = 0; i < requests.size(); i++) {
            ConnectionRequest entry = requests.get(i);
            if (nowNs - entry.deadlineNs >= 0) {
                fail(connection, RequestFailure.Kind.TIMED_OUT, "no response within requestTimeoutMs="
                        + config.requestTimeoutMs() + " (" + entry + "); connection closed", null, nowNs);
                return;
            }
            timer(entry.deadlineNs);
        }
        SaslAuthenticator authenticator = connection.authenticator;
        if (authenticator != null) {
            if (nowNs - authenticator.deadlineNs() >= 0) {
                fail(connection, RequestFailure.Kind.TIMED_OUT, authenticator.awaited(), null, nowNs);
                return;
            }
            timer(authenticator.deadlineNs());
        }
        if (maxIdleNs >= 0 && requests.isEmpty()) {
            long idleUntilNs = connection.lastActiveNs + maxIdleNs;
            if (nowNs - idleUntilNs >= 0) {
                fail(connection, RequestFailure.Kind.CLOSED, "connection closed after being idle for "
                        + (nowNs - connection.lastActiveNs) / NS_PER_MS + " ms", null, nowNs);
            } else {
                timer(idleUntilNs);
            }
        }
    }

    /** {@code initial * 2^failures}, capped, with jitter, capped again; without jitter if there is no room to grow. */
    private long exponential(long initialMs, long maxMs, int failures) {
        if (maxMs <= initialMs) {
            return ns(maxMs);
        }
        double term = Math.min(maxMs, initialMs * (double) (1L << Math.min(failures, MAX_EXPONENT)));
        double factor = 1 - JITTER + 2 * JITTER * random.nextDouble();
        return (long) (Math.min(maxMs, term * factor) * NS_PER_MS);
    }

    private static long ns(long ms) {
        // A quarter of the range keeps sums of times comparable.
        return ms > Long.MAX_VALUE / 4 / NS_PER_MS ? Long.MAX_VALUE / 4 : ms * NS_PER_MS;
    }

    private static String describe(Exception e) {
        String message = e.getMessage();
        if (message == null || message.isEmpty()) {
            return e.getClass().getSimpleName();
        }
        return message.length() > 1 && Character.isLowerCase(message.charAt(1))
                ? Character.toLowerCase(message.charAt(0)) + message.substring(1)
                : message;
    }

    // ---- The end ----------------------------------------------------------------------------------------------

    /** Closes all connections and the transport. All requests fail, and their handlers are told before this returns. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        long nowNs = nanoClock.getAsLong();
        for (int i = 0; i < connections.size(); i++) {
            Connection connection = connections.get(i);
            if (connection.state != ConnectionState.DISCONNECTED) {
                fail(connection, RequestFailure.Kind.CLOSED, "client closed", null, nowNs);
            }
        }
        if (!polling) {
            closeTransport(); // else at the end of the poll: a selector must not be closed from within its own select
        }
        deliverFailures(nowNs);
    }

    private void closeTransport() {
        try {
            transport.close();
        } catch (IOException | RuntimeException e) {
            handlerError(e);
        }
    }
}
