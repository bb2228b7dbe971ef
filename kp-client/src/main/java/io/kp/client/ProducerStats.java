package io.kp.client;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.kp.accumulator.Batch;
import io.kp.accumulator.PartitionQueue;
import io.kp.client.StageLatency.Stage;
import io.kp.memory.BufferPool;
import io.kp.metadata.Node;
import io.kp.metadata.TopicPartition;
import io.kp.network.NetworkClient;

/**
 * What is counted of a producer's work. Everything comes from batches, requests and connections, on the I/O thread, which alone writes; a record costs nothing. The few
 * figures that callers add are of those that had to wait. Any thread reads.
 *
 * <p>Not final, for a benchmark that has a producer without all this; where no such class is loaded the JVM knows that there is only one.
 */
class ProducerStats {
    private static final Logger LOG = LoggerFactory.getLogger(ProducerStats.class);

    // Quantities of the whole producer.
    static final int BATCH_SIZE = 0;
    static final int QUEUE_TIME = 1;
    static final int REQUEST_LATENCY = 2;
    static final int RECORDS_SENT = 3;
    static final int RETRIED = 4;
    static final int ERRORS = 5;
    static final int SPLITS = 6;
    static final int COMPRESSION = 7;
    static final int RECORD_SIZE = 8;
    static final int EXHAUSTED = 9;
    static final int CONNECTED = 10;
    static final int DISCONNECTED = 11;
    static final int THROTTLE = 12;
    static final int REQUESTS = 13;
    static final int RESPONSES = 14;
    static final int SELECT_WAIT = 15;
    static final int BUSY = 16;
    static final int MEMORY_WAIT = 17;
    static final int AUTHENTICATION_FAILED = 18;
    static final int AUTHENTICATED = 19;
    private static final int QUANTITIES = 20;

    // Quantities of the last seconds, for explanations.
    static final int NOW_ACKNOWLEDGED = 0;
    static final int NOW_BUSY = 1;
    static final int NOW_SELECT = 2;
    static final int NOW_CALLBACKS = 3;
    static final int NOW_MEMORY_WAIT = 4;
    static final int NOW_SENT_BYTES = 5;
    static final int NOW_FULL = 6;
    static final int NOW_FAILED = 7;
    static final int NOW_STAGES = 8;
    private static final int NOW_QUANTITIES = NOW_STAGES + Stage.values().length;
    static final int NOW_SECONDS = 5;

    /** Ratios are kept in parts of this. */
    static final double COMPRESSION_SCALE = 1e6;
    private static final long SECOND_NS = 1_000_000_000;
    private static final long TURN_NS = 1_000_000;
    private static final long QUIET_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long MAX_WINDOW_NS = TimeUnit.DAYS.toNanos(1);
    private static final int MAX_WINDOWS = 100;
    private static final long NONE = Long.MIN_VALUE;

    private static final VarHandle TURN_BEGAN_NS;
    private static final VarHandle CALLBACK_NS;
    private static final VarHandle TELLING_SINCE_NS;

    static {
        try {
            final MethodHandles.Lookup lookup = MethodHandles.lookup();
            TURN_BEGAN_NS = lookup.findVarHandle(ProducerStats.class, "turnNs", long.class);
            CALLBACK_NS = lookup.findVarHandle(ProducerStats.class, "callbackNs", long.class);
            TELLING_SINCE_NS = lookup.findVarHandle(ProducerStats.class, "tellingSinceNs", long.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** What is counted of one topic. */
    static final class OfTopic {
        static final int RECORDS = 0;
        static final int RETRIED = 1;
        static final int ERRORS = 2;
        static final int BYTES = 3;
        static final int COMPRESSION = 4;

        final String name;
        final SampledStats stats;
        final LatencyHistogram[] stages = new LatencyHistogram[Stage.values().length];
        final ConcurrentMap<Integer, OfPartition> partitions = new ConcurrentHashMap<>();

        OfTopic(final String name, final SampledStats stats) {
            this.name = name;
            this.stats = stats;
            for (int i = 0; i < stages.length; i++) {
                stages[i] = new LatencyHistogram();
            }
        }
    }

    /** What is counted of one partition. */
    static final class OfPartition {
        static final int SENT = 0;
        static final int BYTES = 1;
        static final int ACKNOWLEDGED = 2;
        static final int FAILED = 3;
        static final int RETRIED = 4;

        final OfTopic topic;
        final PartitionQueue queue;
        final SampledStats stats;

        OfPartition(final OfTopic topic, final PartitionQueue queue, final SampledStats stats) {
            this.topic = topic;
            this.queue = queue;
            this.stats = stats;
        }
    }

    /** Why a broker takes no request at the moment although there is one for it. */
    enum Wait {
        NONE, NOT_CONNECTED, THROTTLED, IN_FLIGHT
    }

    /** What is counted of one broker. */
    static final class OfNode {
        static final int REQUEST_LATENCY = 0;
        static final int REQUESTS = 1;
        static final int RESPONSES = 2;
        static final int BUSY = 3;

        final int id;
        final SampledStats stats;
        final SampledStats now;
        final LatencyHistogram latency = new LatencyHistogram();
        // Written by the I/O thread.
        volatile String address = "";
        volatile boolean connected;
        volatile String lastFailure;
        volatile Wait wait = Wait.NONE;
        volatile long waitSinceNs;
        volatile int inFlight;

        OfNode(final int id, final SampledStats stats, final SampledStats now) {
            this.id = id;
            this.stats = stats;
            this.now = now;
        }
    }

    final String clientId;
    private final LongSupplier nanoClock;
    private final int windows;
    private final long windowNs;
    private final int batchBytes;
    private final FlightEvents flight;
    private final ProducerListener listener;
    private boolean threw;
    private long threwNs;

    final SampledStats all;
    final SampledStats now;
    final ConcurrentMap<String, OfTopic> topics = new ConcurrentHashMap<>();
    final ConcurrentMap<Integer, OfNode> nodes = new ConcurrentHashMap<>();
    /** Told of topics and nodes that are new; {@code null} if nobody is. On the I/O thread. */
    private volatile Runnable onNew;

    // Of callers that waited.
    final LongAdder exhausted = new LongAdder();
    final LongAdder flushNs = new LongAdder();
    final LongAdder metadataWaitNs = new LongAdder();
    final AtomicInteger metadataWaiters = new AtomicInteger();

    volatile long metadataNs;
    volatile boolean metadataKnown;
    /** The last failure of any connection, while none works. */
    volatile String lastFailure;
    volatile int connections;

    // Of the turns that are not recorded yet; written by the I/O thread, read by any.
    private long turnNs;
    /** What callbacks took that have ended. */
    private long callbackNs;
    /** Since when the I/O thread tells the outcome of a batch; {@link #NONE} if it does something else. */
    private long tellingSinceNs = NONE;

    // I/O thread only.
    private boolean turned;
    private long selectsSeen;
    private long selectWaitSeen;
    private long memoryWaitSeen;
    private long exhaustedSeen;

    ProducerStats(final ProducerConfig config, final LongSupplier nanoClock, final FlightEvents flight,
            final ProducerListener listener) {
        this.clientId = config.clientId();
        this.nanoClock = nanoClock;
        this.windows = Math.min(MAX_WINDOWS, config.metricsNumSamples());
        this.windowNs = Math.max(TURN_NS, Math.min(MAX_WINDOW_NS / windows,
                TimeUnit.MILLISECONDS.toNanos(config.metricsSampleWindowMs())));
        this.batchBytes = config.batchSize();
        this.flight = flight;
        this.listener = listener;
        this.metadataNs = nanoClock.getAsLong();
        this.all = stats(QUANTITIES);
        this.now = new SampledStats(NOW_QUANTITIES, NOW_SECONDS, SECOND_NS, nanoClock.getAsLong());
    }

    private SampledStats stats(final int quantities) {
        return new SampledStats(quantities, windows, windowNs, nanoClock.getAsLong());
    }

    FlightEvents flight() {
        return flight;
    }

    void onNew(final Runnable told) {
        onNew = told;
    }

    private void tellNew() {
        final Runnable told = onNew;
        if (told != null) {
            told.run();
        }
    }

    OfPartition of(final PartitionQueue queue) {
        final PartitionState state = PartitionState.of(queue);
        if (state.stats == null) {
            final TopicPartition partition = queue.topicPartition();
            OfTopic topic = topics.get(partition.topic());
            if (topic == null) {
                topic = new OfTopic(partition.topic(), stats(5));
                topics.put(topic.name, topic);
                tellNew();
            }
            state.stats = new OfPartition(topic, queue, stats(5));
            topic.partitions.put(partition.partition(), state.stats);
        }
        return state.stats;
    }

    OfNode node(final int id) {
        final OfNode known = nodes.get(id);
        if (known != null) {
            return known;
        }
        final OfNode node = new OfNode(id, stats(4),
                new SampledStats(4, NOW_SECONDS, SECOND_NS, nanoClock.getAsLong()));
        nodes.put(id, node);
        tellNew();
        return node;
    }

    private void stage(final OfTopic topic, final Stage stage, final long ns, final long nowNs) {
        topic.stages[stage.ordinal()].record(ns);
        now.record(NOW_STAGES + stage.ordinal(), ns, nowNs);
    }

    // ---- I/O thread: the way of a batch

    /** The batch goes into a request. */
    void sent(final Batch batch, final int attempt, final Node node, final long nowNs) {
        final OfPartition partition = of(batch.queue());
        final OfTopic topic = partition.topic;
        final int records = batch.recordCount();
        final int bytes = batch.sizeInBytes();
        if (attempt == 1) {
            flight.sealed(clientId, batch, batch.sealedNs() - batch.createdNs());
            stage(topic, Stage.CLAIM_TO_SEAL, batch.sealedNs() - batch.createdNs(), nowNs);
            stage(topic, Stage.SEAL_TO_DRAIN, nowNs - batch.sealedNs(), nowNs);
            if (batch.uncompressedBytes() >= batchBytes - batchBytes / 8) {
                now.record(NOW_FULL, 1, nowNs);
            }
            final long ratio = Math.round(COMPRESSION_SCALE * bytes / batch.uncompressedBytes());
            all.record(COMPRESSION, ratio, nowNs);
            topic.stats.record(OfTopic.COMPRESSION, ratio, nowNs);
            all.record(RECORD_SIZE, batch.uncompressedBytes(), records, 0, nowNs);
        }
        all.record(BATCH_SIZE, bytes, nowNs);
        all.record(QUEUE_TIME, nowNs - batch.createdNs(), nowNs);
        now.record(NOW_SENT_BYTES, bytes, nowNs);
        topic.stats.record(OfTopic.RECORDS, records, nowNs);
        topic.stats.record(OfTopic.BYTES, bytes, nowNs);
        partition.stats.record(OfPartition.SENT, records, nowNs);
        partition.stats.record(OfPartition.BYTES, bytes, nowNs);
        flight.sent(clientId, batch, node, attempt);
        if (listener != null) {
            try {
                final TopicPartition of = batch.topicPartition();
                listener.onBatchSent(of.topic(), of.partition(), node.id(), records, bytes, attempt);
            } catch (final Throwable e) {
                threw(e);
            }
        }
    }

    /** A produce request with these records is handed to the network. */
    void requested(final Node node, final long records, final long nowNs) {
        all.record(RECORDS_SENT, records, nowNs);
    }

    /** All bytes of the batch are in the socket. */
    void written(final Batch batch, final long tookNs, final long nowNs) {
        stage(of(batch.queue()).topic, Stage.DRAIN_TO_SOCKET, tookNs, nowNs);
    }

    /** The request with the batch is answered, or given up. */
    void answered(final Batch batch, final long tookNs, final long nowNs) {
        stage(of(batch.queue()).topic, Stage.SOCKET_TO_BROKER, tookNs, nowNs);
    }

    /** A produce request is answered. */
    void requestAnswered(final Node node, final long latencyNs, final int throttleMs, final long nowNs) {
        all.record(REQUEST_LATENCY, latencyNs, nowNs);
        all.record(THROTTLE, throttleMs, nowNs);
        final OfNode of = node(node.id());
        of.stats.record(OfNode.REQUEST_LATENCY, latencyNs, nowNs);
        of.now.record(OfNode.REQUEST_LATENCY, latencyNs, nowNs);
        of.latency.record(latencyNs);
    }

    void retried(final Batch batch, final long nowNs) {
        final OfPartition partition = of(batch.queue());
        all.record(RETRIED, batch.recordCount(), nowNs);
        partition.topic.stats.record(OfTopic.RETRIED, batch.recordCount(), nowNs);
        partition.stats.record(OfPartition.RETRIED, batch.recordCount(), nowNs);
    }

    void split(final long nowNs) {
        all.record(SPLITS, 1, nowNs);
    }

    /** The outcome of the batch is about to be told. */
    void acknowledged(final Batch batch, final long baseOffset, final long nowNs) {
        final int records = batch.recordCount();
        of(batch.queue()).stats.record(OfPartition.ACKNOWLEDGED, records, nowNs);
        now.record(NOW_ACKNOWLEDGED, records, nowNs);
        flight.acknowledged(clientId, batch, baseOffset, nowNs - batch.createdNs());
        if (listener != null) {
            try {
                final TopicPartition of = batch.topicPartition();
                listener.onBatchAcknowledged(of.topic(), of.partition(), records, batch.sizeInBytes(),
                        nowNs - batch.createdNs());
            } catch (final Throwable e) {
                threw(e);
            }
        }
    }

    /** The outcome of the batch is about to be told. */
    void failed(final Batch batch, final KpException failure, final long nowNs) {
        final OfPartition partition = of(batch.queue());
        final int records = batch.recordCount();
        all.record(ERRORS, records, nowNs);
        now.record(NOW_FAILED, records, nowNs);
        partition.topic.stats.record(OfTopic.ERRORS, records, nowNs);
        partition.stats.record(OfPartition.FAILED, records, nowNs);
        flight.failed(clientId, batch, failure, nowNs - batch.createdNs());
        if (listener != null) {
            try {
                final TopicPartition of = batch.topicPartition();
                listener.onBatchFailed(of.topic(), of.partition(), records, failure);
            } catch (final Throwable e) {
                threw(e);
            }
        }
    }

    /** The I/O thread begins to tell the outcome of a batch: from now on callbacks run. */
    void telling(final long nowNs) {
        TELLING_SINCE_NS.setOpaque(this, nowNs);
    }

    /** The I/O thread has told the outcome of the batch. */
    void told(final Batch batch, final long startNs, final long nowNs) {
        final OfTopic topic = of(batch.queue()).topic;
        final BatchTrace trace = BatchTrace.of(batch);
        if (trace.answered) {
            stage(topic, Stage.BROKER_TO_COMPLETION, nowNs - trace.answeredNs, nowNs);
        }
        stage(topic, Stage.CLAIM_TO_COMPLETION, nowNs - batch.createdNs(), nowNs);
        CALLBACK_NS.setOpaque(this, callbackNs + nowNs - startNs);
        TELLING_SINCE_NS.setOpaque(this, NONE);
    }

    /** How long callbacks have run that run now; 0 if none does. Any thread. */
    long callbackRunsNs(final long nowNs) {
        final long sinceNs = (long) TELLING_SINCE_NS.getOpaque(this);
        return sinceNs == NONE ? 0 : Math.max(0, nowNs - sinceNs);
    }

    /**
     * Which part of the I/O thread's time callbacks took, those that run now included. Callbacks are recorded together with the time of the turns that they are part of,
     * and of the turn that still goes on both count: so the part is never more than the whole, whenever this looks. Any thread.
     */
    double callbackPart(final SampledStats.View recorded, final long nowNs) {
        final long runsNs = callbackRunsNs(nowNs) + (long) CALLBACK_NS.getOpaque(this);
        final long openNs = Math.max(0,
                Math.min(NOW_SECONDS * SECOND_NS, nowNs - (long) TURN_BEGAN_NS.getOpaque(this)));
        final long wholeNs = recorded.sum(NOW_BUSY) + recorded.sum(NOW_SELECT) + openNs;
        final long partNs = recorded.sum(NOW_CALLBACKS) + Math.min(runsNs, openNs);
        return wholeNs == 0 ? 0 : (double) Math.min(partNs, wholeNs) / wholeNs;
    }

    private void threw(final Throwable e) {
        final long nowNs = nanoClock.getAsLong();
        if (!threw || nowNs - threwNs > QUIET_NS) {
            threw = true;
            threwNs = nowNs;
            LOG.error("the producer's listener has failed: class={}", listener.getClass().getName(), e);
        }
    }

    // ---- I/O thread: brokers and the duty cycle

    /** There is something for the broker, and it does not take it. */
    void busy(final int nodeId, final NetworkClient network, final long nowNs) {
        final OfNode node = node(nodeId);
        final Wait wait = switch (network.state(nodeId)) {
            case READY -> network.throttledNs(nodeId, nowNs) > 0 ? Wait.THROTTLED : Wait.IN_FLIGHT;
            default -> Wait.NOT_CONNECTED;
        };
        if (node.wait == Wait.NONE) {
            node.waitSinceNs = nowNs;
        }
        node.inFlight = network.inFlight(nodeId);
        node.wait = wait;
    }

    void free(final int nodeId, final long nowNs) {
        final OfNode node = nodes.get(nodeId);
        if (node != null && node.wait != Wait.NONE) {
            node.wait = Wait.NONE;
            node.now.record(OfNode.BUSY, nowNs - node.waitSinceNs, nowNs);
        }
    }

    void inFlight(final int nodeId, final int requests) {
        node(nodeId).inFlight = requests;
    }

    void connected(final int nodeId, final String address, final boolean authenticated, final long nowNs) {
        final OfNode node = node(nodeId);
        node.address = address;
        node.connected = true;
        lastFailure = null;
        connections = connections + 1;
        all.record(CONNECTED, 1, nowNs);
        if (authenticated) {
            all.record(AUTHENTICATED, 1, nowNs);
        }
        flight.connection(clientId, nodeId, address, "connected", null);
        if (listener != null) {
            try {
                listener.onConnected(nodeId, address);
            } catch (final Throwable e) {
                threw(e);
            }
        }
    }

    void disconnected(final int nodeId, final String address, final String reason, final boolean wasReady,
            final boolean refused, final long nowNs) {
        final OfNode node = node(nodeId);
        node.connected = false;
        node.inFlight = 0;
        node.lastFailure = reason;
        lastFailure = reason;
        if (wasReady) {
            connections = connections - 1;
            all.record(DISCONNECTED, 1, nowNs);
        }
        if (refused) {
            all.record(AUTHENTICATION_FAILED, 1, nowNs);
        }
        flight.connection(clientId, nodeId, address, wasReady ? "disconnected" : "failed", reason);
        if (listener != null) {
            try {
                listener.onDisconnected(nodeId, reason);
            } catch (final Throwable e) {
                threw(e);
            }
        }
    }

    void requestWritten(final int nodeId, final int bytes, final long nowNs) {
        all.record(REQUESTS, bytes, nowNs);
        node(nodeId).stats.record(OfNode.REQUESTS, bytes, nowNs);
    }

    void responseRead(final int nodeId, final int bytes, final long nowNs) {
        all.record(RESPONSES, bytes, nowNs);
        node(nodeId).stats.record(OfNode.RESPONSES, bytes, nowNs);
    }

    void metadata(final boolean known, final long tookNs, final String what, final long nowNs) {
        if (known) {
            metadataKnown = true;
            metadataNs = nowNs;
        }
        flight.metadata(clientId, known, tookNs, what);
    }

    /** Once for each turn of the duty cycle; looks at counters of others at most once in a millisecond. */
    void turn(final NetworkClient network, final BufferPool pool, final long nowNs) {
        if (!turned) {
            turned = true;
            TURN_BEGAN_NS.setOpaque(this, nowNs);
            return;
        }
        if (nowNs - turnNs < TURN_NS) {
            return;
        }
        final long selects = network.selects();
        final long waited = network.selectWaitNs();
        final long waitedNow = waited - selectWaitSeen;
        all.record(SELECT_WAIT, waitedNow, selects - selectsSeen, 0, nowNs);
        final long busyNs = Math.max(0, nowNs - turnNs - waitedNow);
        all.record(BUSY, busyNs, selects - selectsSeen, 0, nowNs);
        now.record(NOW_SELECT, waitedNow, nowNs);
        now.record(NOW_BUSY, busyNs, nowNs);
        now.record(NOW_CALLBACKS, callbackNs, nowNs);
        CALLBACK_NS.setOpaque(this, 0L);
        TURN_BEGAN_NS.setOpaque(this, nowNs);
        selectsSeen = selects;
        selectWaitSeen = waited;
        final long memoryWait = pool.waitedNs();
        if (memoryWait != memoryWaitSeen) {
            all.record(MEMORY_WAIT, memoryWait - memoryWaitSeen, nowNs);
            now.record(NOW_MEMORY_WAIT, memoryWait - memoryWaitSeen, nowNs);
            memoryWaitSeen = memoryWait;
        }
        final long refused = exhausted.sum();
        if (refused != exhaustedSeen) {
            all.record(EXHAUSTED, refused - exhaustedSeen, nowNs);
            exhaustedSeen = refused;
        }
    }
}
