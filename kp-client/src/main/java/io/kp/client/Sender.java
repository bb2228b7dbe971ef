package io.kp.client;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;

import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.kp.accumulator.Batch;
import io.kp.accumulator.BatchHandler;
import io.kp.accumulator.DrainFilter;
import io.kp.accumulator.PartitionQueue;
import io.kp.accumulator.RecordAccumulator;
import io.kp.memory.BufferPool;
import io.kp.metadata.Cluster;
import io.kp.metadata.LeaderHint;
import io.kp.metadata.Metadata;
import io.kp.metadata.Node;
import io.kp.metadata.TopicPartition;
import io.kp.network.ApiKey;
import io.kp.network.FrameReader;
import io.kp.network.NetworkClient;
import io.kp.network.ProduceResponse;

/**
 * The duty cycle of the I/O thread: takes what the appenders announced, keeps metadata and producer id current, turns ready batches into one produce request for
 * each broker that has room, moves bytes, and ends what is answered, failed or too old. It blocks in the network's poll only.
 *
 * <p>Time, randomness and sockets reach it through its collaborators, so that it runs unchanged under a simulated clock and network.
 */
final class Sender implements Agent {
    private static final Logger LOG = LoggerFactory.getLogger(Sender.class);
    private static final String ROLE = "kp-producer";
    private static final int CODEC_ZSTD = 4;
    private static final short FIRST_PRODUCE_WITH_ZSTD = 7;
    private static final long NS_PER_MS = 1_000_000;
    /** In what time batches are counted, and how long they come together at most. */
    private static final long RATE_WINDOW_NS = NS_PER_MS;
    /** So many batches in that time are many. */
    private static final long BUSY_BATCHES = 12;
    /** With so many bytes a request is worth while, however fast batches come. */
    private static final int WORTH_A_REQUEST_BYTES = 64 * 1024;
    private static final int BATCHES_PER_WAKE = 8;
    /** How long {@link SelectStrategy#BACKOFF} looks again: about the answer of a broker in the same rack. */
    private static final long LOOK_AGAIN_NS = 100_000;
    /** How long before the end of its linger time the thread wakes for a batch: the selector counts whole milliseconds, and this rounds them down. */
    private static final long EARLY_NS = NS_PER_MS;
    /** That is this part of the linger time at most. */
    private static final long EARLY_PART = 4;
    /** So many records in a batch share the cost of sending it a little earlier, and so a little more often. */
    private static final long EARLY_RECORDS = 16;
    /** How often a dying I/O thread looks for appenders that have claimed a place and not written their record yet. */
    private static final int STALLED_APPENDER_LOOKS = 10_000;

    /**
     * The owner wants an end.
     *
     * @param limited whether there is a time by which it must have come
     * @param byNs that time; what is not delivered then fails
     */
    private record CloseWish(boolean limited, long byNs) {
        static final CloseWish UNLIMITED = new CloseWish(false, 0);

        boolean isOver(final long nowNs) {
            return limited && byNs - nowNs <= 0;
        }

        long leftNs(final long nowNs) {
            return limited ? Math.max(0, byNs - nowNs) : Long.MAX_VALUE;
        }

        CloseWish sooner(final CloseWish other) {
            return other == null || limited && (!other.limited || byNs - other.byNs < 0) ? this : other;
        }
    }

    private final RecordAccumulator accumulator;
    private final Metadata metadata;
    private final NetworkClient network;
    private final ProducerIdentity identity;
    private final MetadataFetcher fetcher;
    private final Outcomes outcomes;
    private final NodeStalls stalls;
    private final ProducerStats stats;
    private final BufferPool pool;
    private final RecordDeadlines deadlines;
    private final LongSupplier nanoClock;
    private final short acks;
    private final int requestTimeoutMs;
    private final int maxRequestBytes;
    private final boolean oneInFlight;
    private final long lingerNs;
    /** How long before the end of its linger time the thread wakes for a batch of many records. */
    private final long wakeEarlyNs;
    /** How long before the end of its linger time a batch goes with another whose linger time is over, if nothing is in flight. */
    private final long togetherNs;
    private final SelectStrategy strategy;
    /** Whether full batches may wait for others. */
    private final boolean mayGather;

    private final DrainFilter filter = this::mayDrain;
    private final IntConsumer visitNode = this::visit;
    private final Consumer<String> requestTopic;
    private final BatchHandler onExpired = this::expired;
    private final BatchHandler onAborted = this::aborted;
    private final ProduceResponse response = new ProduceResponse();
    private final ArrayDeque<ProduceCall> idleCalls = new ArrayDeque<>();
    private final ArrayList<ProduceCall> callsInFlight = new ArrayList<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    /** {@code null}: to run on. */
    private final AtomicReference<CloseWish> wish = new AtomicReference<>();
    private volatile KpException death;
    /** The thread that runs a cycle now, and with it callbacks. */
    private volatile Thread thread;

    private boolean finished;
    private boolean dead;
    private Cluster cluster;
    private long nowNs;
    private long waitNs;
    /** When something last was to be done. */
    private long busyNs;
    private boolean worked;
    /** Whether a batch is likely to be opened within one linger time after something last was to be done. */
    private boolean ticks;
    /** Whether the batches of the last request had many records. */
    private boolean manyRecords;
    private int sentInCycle;
    /** Whether batches come so fast that each would cost a request of its own. */
    private boolean busy;
    private long rateSinceNs;
    private long rateSinceBatches;
    private long askedForLeaders = Long.MIN_VALUE;
    /** When the requests in flight are looked at next; meaningful if there are any. */
    private long watchNs;

    // Written by the I/O thread only, read by any.
    private volatile long batchesSent;
    private volatile long batchRecordsSent;
    private volatile long batchBytesSent;
    private volatile long requestsSent;
    private volatile int requestsInFlight;

    Sender(final RecordAccumulator accumulator, final Metadata metadata, final NetworkClient network,
            final ProducerIdentity identity,
            final MetadataFetcher fetcher, final Outcomes outcomes, final NodeStalls stalls,
            final ProducerStats stats, final BufferPool pool, final RecordDeadlines deadlines,
            final LongSupplier nanoClock, final ProducerConfig config) {
        this.accumulator = accumulator;
        this.metadata = metadata;
        this.requestTopic = metadata::requestTopic;
        this.network = network;
        this.identity = identity;
        this.fetcher = fetcher;
        this.outcomes = outcomes;
        this.stalls = stalls;
        this.stats = stats;
        this.pool = pool;
        this.deadlines = deadlines;
        this.nanoClock = nanoClock;
        this.acks = (short) config.acks();
        this.requestTimeoutMs = config.requestTimeoutMs();
        this.maxRequestBytes = config.maxRequestSize();
        this.lingerNs = config.lingerMs() * NS_PER_MS;
        this.strategy = config.selectStrategy();
        // A thread that looks all the time would find all batches in the middle of their linger time.
        final boolean early = strategy == SelectStrategy.BLOCKING;
        this.wakeEarlyNs = early ? Math.min(EARLY_NS, lingerNs / EARLY_PART) : 0;
        this.togetherNs = early ? lingerNs / 2 : 0;
        this.mayGather = early && lingerNs > 0;
        this.oneInFlight = config.maxInFlightRequestsPerConnection() == 1;
    }

    @Override
    public String roleName() {
        return ROLE;
    }

    @Override
    public int doWork() {
        thread = Thread.currentThread();
        try {
            return cycle();
        } catch (final AgentTerminationException e) {
            throw e;
        } catch (final Throwable e) {
            // Nobody can say what state a failed cycle has left. Everything outstanding is told so, and nothing is accepted any more.
            LOG.error("the I/O thread cannot go on", e);
            die(new KpException(KpException.Category.FATAL, "the producer's I/O thread has failed: " + e, e));
            throw new AgentTerminationException();
        } finally {
            thread = null;
        }
    }

    private int cycle() {
        if (Thread.interrupted()) {
            LOG.warn("the I/O thread was interrupted, by a callback perhaps; it goes on");
        }
        final CloseWish wanted = wish.get();
        nowNs = nanoClock.getAsLong();
        stats.turn(network, pool, nowNs);
        final boolean givesUp = wanted != null && wanted.isOver(nowNs);
        int work = accumulator.poll(nowNs);
        learn(work > 0);
        if (callsInFlight.isEmpty()) {
            work += accumulator.pollEarly(nowNs, earlyNs(), togetherNs);
        }
        // Before anything is sent or taken back: what has expired has left its queue, and its outcome comes before those of the batches behind it.
        work += accumulator.pollExpired(nowNs, onExpired);
        final KpException refusal = identity.takeRefusal();
        if (refusal != null) {
            // Asked for again later: access rules may change. What waits now is told, as it might wait in vain.
            abortReason = "no producer id";
            abortCause = refusal;
            accumulator.abortQueued(onAborted);
        }
        // Before anything else is told in this cycle.
        work += outcomes.giveUpFollowing(nowNs);
        waitNs = Math.min(fetcher.poll(nowNs), wanted == null ? Long.MAX_VALUE : wanted.leftNs(nowNs));
        waitNs = Math.min(waitNs, deadlines.poll(nowNs));
        takeCluster();
        waitNs = Math.min(waitNs, identity.poll(nowNs));
        if (outcomes.fatal() != null) {
            death = outcomes.fatal();
            accumulator.close();
            metadata.close();
            failAll("the producer cannot deliver any more", death);
        } else if (givesUp) {
            failAll("the producer was closed before the record was delivered", null);
        }
        if (wanted != null && isIdle(givesUp)) {
            finished = true;
            throw new AgentTerminationException();
        }
        sentInCycle = 0;
        accumulator.forEachReadyNode(visitNode);
        if (identity.isRenewing() || outcomes.isCutPending()) {
            waitNs = 0;
        }
        askForLeaders();
        watchSilentBrokers();
        final int done = work + sentInCycle + pollNetwork();
        worked = done > 0;
        return done;
    }

    /**
     * Whether to sleep for one linger time at most when there is nothing to do, see {@link #pollNetwork}: as long as batches are opened within that time. Else a thread
     * with little to do would wake once more for each batch.
     */
    private void learn(final boolean found) {
        if (worked) {
            busyNs = nowNs;
        } else if (found) {
            ticks = nowNs - busyNs <= lingerNs;
        } else if (nowNs - busyNs >= idleSleepNs()) {
            ticks = false;
        }
    }

    private long idleSleepNs() {
        return lingerNs - earlyNs();
    }

    private long earlyNs() {
        return manyRecords ? wakeEarlyNs : 0;
    }

    private void takeCluster() {
        final Cluster current = metadata.cluster();
        if (current != cluster) {
            cluster = current;
            accumulator.updateCluster(current);
        }
    }

    private int pollNetwork() {
        if (sentInCycle > 0 && accumulator.hasReady()) {
            // A node may take the next request as soon as this one is written.
            return network.poll(0, nowNs);
        }
        if (strategy == SelectStrategy.BUSY
                || strategy == SelectStrategy.BACKOFF && nowNs - busyNs < LOOK_AGAIN_NS) {
            Thread.onSpinWait();
            return network.poll(0, nowNs);
        }
        // Nobody wakes this thread for a batch that is opened from now on while it sleeps for a linger time at most: the batch's own ends later (and who opens a batch
        // whose linger time does end before the sleep wakes it, see RecordAccumulator). Awake again, mostly by the answer that is awaited, it finds what came meanwhile.
        final boolean idle = callsInFlight.isEmpty();
        if (lingerNs > 0 && !idle) {
            waitNs = Math.min(waitNs, lingerNs);
        } else if (ticks && busyNs + idleSleepNs() - nowNs > 0) {
            waitNs = Math.min(waitNs, busyNs + idleSleepNs() - nowNs);
        }
        final long deadlineNs = accumulator.nextDeadlineNs(nowNs, idle ? earlyNs() : 0);
        final int fullBatches = fullBatchesToSleep();
        if (fullBatches > 1) {
            waitNs = Math.min(waitNs, RATE_WINDOW_NS);
        }
        final long timeoutNs = Math.max(0,
                Math.min(waitNs, deadlineNs == RecordAccumulator.NO_DEADLINE ? Long.MAX_VALUE : deadlineNs - nowNs));
        if (timeoutNs == 0) {
            return network.poll(0, nowNs);
        }
        final boolean forEver = timeoutNs == Long.MAX_VALUE;
        if (!accumulator.prepareSleep(forEver ? RecordAccumulator.NO_DEADLINE : nowNs + timeoutNs, fullBatches)) {
            return network.poll(0, nowNs);
        }
        try {
            return network.poll(timeoutNs, nowNs);
        } finally {
            accumulator.awake();
        }
    }

    /**
     * How many full batches may come together while the thread sleeps. One, unless they come so fast that this takes no longer than fractions of a millisecond;
     * then each would cost its appender a system call and this thread a select and a request.
     */
    private int fullBatchesToSleep() {
        final long sinceNs = nowNs - rateSinceNs;
        if (sinceNs >= RATE_WINDOW_NS) {
            busy = (batchesSent - rateSinceBatches) * RATE_WINDOW_NS >= BUSY_BATCHES * sinceNs;
            rateSinceNs = nowNs;
            rateSinceBatches = batchesSent;
        }
        return busy ? BATCHES_PER_WAKE : 1;
    }

    private void visit(final int nodeId) {
        final Node node = cluster.node(nodeId);
        if (node == null) {
            return;
        }
        final long gatherNs = mayGather && busy
                ? accumulator.gatherNs(nodeId, WORTH_A_REQUEST_BYTES, RATE_WINDOW_NS, nowNs)
                : 0;
        if (gatherNs > 0) {
            waitNs = Math.min(waitNs, gatherNs);
            return;
        }
        if (!network.ready(node, nowNs)) {
            accumulator.nodeBusy(nodeId, true);
            stalls.busy(nodeId, nowNs);
            stats.busy(nodeId, network, nowNs);
            waitNs = Math.min(waitNs, network.readyDelayNs(node, nowNs));
            return;
        }
        accumulator.nodeBusy(nodeId, false);
        stalls.free(nodeId);
        stats.free(nodeId, nowNs);
        final ProduceCall call = idleCalls.isEmpty() ? new ProduceCall(this) : idleCalls.pop();
        final List<Batch> batches = call.begin(node, acks, requestTimeoutMs);
        // Before the batches leave the accumulator: whatever goes wrong from here on, their records are found.
        callsInFlight.add(call);
        if (accumulator.drain(nodeId, maxRequestBytes, filter, batches, nowNs) == 0
                || !keepKnownCodecs(node, batches)) {
            callsInFlight.remove(call);
            idleCalls.push(call);
            return;
        }
        long records = 0;
        long bytes = 0;
        for (int i = 0; i < batches.size(); i++) {
            final Batch batch = batches.get(i);
            final PartitionState state = PartitionState.of(batch.queue());
            freshen(batch);
            state.track(batch);
            if (identity.isWanted()) {
                state.seal(batch, identity);
            } else if (batch.attempts() == 0) {
                batch.seal(PartitionState.NO_PRODUCER_ID, PartitionState.NO_EPOCH, PartitionState.NO_SEQUENCE, false);
            }
            state.sent();
            final BatchTrace trace = BatchTrace.of(batch);
            trace.sent(node, nowNs);
            stats.sent(batch, trace.attempts, node, nowNs);
            records += batch.recordCount();
            bytes += batch.sizeInBytes();
        }
        call.encode(cluster, nowNs);
        stats.requested(node, records, nowNs);
        manyRecords = records >= EARLY_RECORDS * batches.size();
        batchesSent += batches.size();
        batchRecordsSent += records;
        batchBytesSent += bytes;
        requestsSent++;
        requestsInFlight = callsInFlight.size();
        network.send(node, call.request(), call, nowNs);
        stats.inFlight(nodeId, network.inFlight(nodeId));
        sentInCycle++;
    }

    /** Fails the batches whose codec the broker does not know, so that the others of the request are not refused with them. */
    private boolean keepKnownCodecs(final Node node, final List<Batch> batches) {
        boolean any = false;
        for (int i = 0; i < batches.size(); i++) {
            any |= batches.get(i).codecId() == CODEC_ZSTD;
        }
        if (any && network.maxVersion(node.id(), ApiKey.PRODUCE) < FIRST_PRODUCE_WITH_ZSTD) {
            for (int i = batches.size() - 1; i >= 0; i--) {
                final Batch batch = batches.get(i);
                if (batch.codecId() == CODEC_ZSTD) {
                    freshen(batch);
                    outcomes.refusedCodec(batch, node, "zstd needs Produce " + FIRST_PRODUCE_WITH_ZSTD
                            + ", and the broker speaks up to " + network.maxVersion(node.id(), ApiKey.PRODUCE)
                            + ": brokers from 2.1 on know it, lz4 is for the others", nowNs);
                    batches.remove(i);
                }
            }
            // There may be more of them.
            waitNs = 0;
        }
        return !batches.isEmpty();
    }

    private boolean mayDrain(final PartitionQueue queue, final Batch batch) {
        final PartitionState state = PartitionState.of(queue);
        if (oneInFlight && state.onWire() > 0) {
            return false;
        }
        if (!identity.isWanted()) {
            return true;
        }
        state.resolve(identity);
        if (state.holdsBack(batch)) {
            return false;
        }
        return batch.hasSequence() ? state.mayRetry(batch) : identity.isKnown() && state.takesNew(identity);
    }

    /** Partitions that have something to send and nobody to send it to: the metadata is to find out. Asked once for each answer. */
    private void askForLeaders() {
        if (askedForLeaders != cluster.version() && accumulator.forEachLeaderlessTopic(requestTopic) > 0) {
            askedForLeaders = cluster.version();
            metadata.requestUpdate("partitions with records have no known leader");
            waitNs = Math.min(waitNs, metadata.timeToNextUpdateNs(nowNs));
        }
    }

    /**
     * A broker that is frozen, or cut off without a word, holds what it was sent until the request timeout. The cluster chooses new leaders long before, so
     * metadata is fetched while a broker is silent. If it then names another leader for a batch that waits for the silent one, the connection is closed: all
     * batches on it go to their leaders of now, under their sequence numbers, so that a broker that has them already recognizes them. Closed and not just
     * given up, since until then the socket may read the batches' memory. Without idempotence that could write records twice, so then it is left to the timeout.
     */
    private void watchSilentBrokers() {
        if (callsInFlight.isEmpty()) {
            watchNs = nowNs;
            return;
        }
        if (watchNs - nowNs > 0) {
            waitNs = Math.min(waitNs, watchNs - nowNs);
            return;
        }
        final long patienceNs = network.patienceNs();
        watchNs = nowNs + patienceNs;
        waitNs = Math.min(waitNs, patienceNs);
        for (int i = 0; i < callsInFlight.size(); i++) {
            final ProduceCall call = callsInFlight.get(i);
            final long silentNs = network.silentNs(call.node().id(), nowNs);
            if (silentNs < patienceNs) {
                continue;
            }
            final TopicPartition moved = identity.isWanted() ? call.movedPartition(cluster) : null;
            if (moved == null) {
                metadata.requestUpdate("no answer from a broker: broker=" + call.node() + ", silentMs="
                        + silentNs / NS_PER_MS);
            } else {
                LOG.info("{} is silent for {} ms and does not lead {} any more: what waits for it is sent again",
                        call.node(), silentNs / NS_PER_MS, moved);
                network.disconnect(call.node().id(), "connection closed by this client: no answer for "
                        + silentNs / NS_PER_MS + " ms, and " + moved + " has another leader now");
            }
        }
    }

    private void expired(final Batch batch, final boolean inFlight) {
        if (!inFlight) {
            freshen(batch);
        }
        outcomes.expired(batch, inFlight, nowNs);
    }

    /** The batch object may be recycled, and its trace with it. A part of a batch has inherited its own. */
    private static void freshen(final Batch batch) {
        if (batch.attempts() == 0 && !batch.isPart()) {
            BatchTrace.of(batch).reset();
        }
    }

    private String abortReason;
    private KpException abortCause;

    private void aborted(final Batch batch, final boolean inFlight) {
        if (!inFlight) {
            freshen(batch);
        }
        outcomes.aborted(batch, inFlight, abortReason, abortCause, nowNs);
    }

    /** Ends everything that is buffered or in flight, without waiting for the network. What is in flight keeps its memory until its connection is closed. */
    private void failAll(final String reason, final KpException cause) {
        abortReason = reason;
        abortCause = cause;
        outcomes.end();
        for (final ProduceCall call : callsInFlight) {
            call.abort(onAborted);
        }
        accumulator.abortQueued(onAborted);
    }

    private boolean isIdle(final boolean givesUp) {
        return accumulator.liveBatches() == 0
                || givesUp && accumulator.liveBatches() == inFlightBatches();
    }

    private int inFlightBatches() {
        int count = 0;
        for (final ProduceCall call : callsInFlight) {
            count += call.pending();
        }
        return count;
    }

    private void die(final KpException cause) {
        dead = true;
        if (death == null) {
            death = cause;
        }
        try {
            accumulator.close();
            metadata.close();
            nowNs = nanoClock.getAsLong();
            accumulator.poll(nowNs);
            failAll("the producer's I/O thread has failed", cause);
            // Appenders that had claimed a place before the close are about to fill it; nobody else will look for their records.
            // Nor is a compressor interrupted that has begun; it comes to an end.
            for (int looks = 0; accumulator.abortQueued(onAborted) > 0
                    && (looks < STALLED_APPENDER_LOOKS || accumulator.compressingBatches() > 0); looks++) {
                Thread.yield();
                accumulator.poll(nowNs);
                accumulator.pollExpired(nowNs, onExpired);
            }
        } catch (final Throwable e) {
            LOG.error("records were left without an outcome", e);
        }
    }

    @Override
    public void onClose() {
        thread = Thread.currentThread();
        try {
            // Whatever the accumulator says: an appender may be opening a batch at this very moment.
            if (!finished && !dead) {
                die(new KpException(KpException.Category.FATAL, "the producer's I/O thread was stopped from outside"));
            }
            // No socket reads batch memory after this, and the calls in flight give theirs back.
            network.close();
        } catch (final Throwable e) {
            LOG.error("closing the network failed", e);
        } finally {
            thread = null;
            ended.complete(null);
        }
    }

    // ---- for the calls in flight

    Outcomes outcomes() {
        return outcomes;
    }

    ProducerStats stats() {
        return stats;
    }

    ProduceResponse response() {
        return response;
    }

    void throttle(final Node node, final FrameReader body, final short version, final int throttleMs, final long now) {
        network.throttle(node.id(), body.apiKey(), version, throttleMs, now);
    }

    void leadersMoved(final List<LeaderHint> hints, final List<Node> endpoints) {
        if (metadata.updateLeaders(hints, endpoints) > 0) {
            takeCluster();
        }
    }

    void ended(final ProduceCall call) {
        stats.inFlight(call.node().id(), network.inFlight(call.node().id()));
        callsInFlight.remove(call);
        idleCalls.push(call);
        requestsInFlight = callsInFlight.size();
    }

    // ---- any thread

    ProducerMetrics metrics(final Completions completions, final BufferPool pool) {
        // The ends first: no record is then seen to end before it was accepted.
        final long acknowledged = completions.acknowledged();
        final long failed = completions.failed();
        return new ProducerMetrics(accumulator.acceptedRecords(), acknowledged, failed,
                batchesSent, batchRecordsSent,
                batchBytesSent, outcomes.retried(), requestsSent, requestsInFlight, pool.usedBytes(),
                pool.capacityBytes(), pool.waiters(), outcomes.attemptErrors(), outcomes.gaps());
    }

    /** Why the producer cannot deliver any more; {@code null} while it can. */
    KpException death() {
        return death;
    }

    /** Keeps the record's own deadline, which was accepted. */
    void watch(final DeadlineCompletion record) {
        deadlines.add(record);
        network.wakeup();
    }

    boolean isOwnThread() {
        return Thread.currentThread() == thread;
    }

    /**
     * Ends the thread when everything is delivered. The accumulator takes nothing any more.
     *
     * @param timeoutNs after this long what is left fails; {@link Long#MAX_VALUE} for never
     */
    void close(final long timeoutNs) {
        final CloseWish wanted = timeoutNs >= Long.MAX_VALUE >> 1
                ? CloseWish.UNLIMITED
                : new CloseWish(true, nanoClock.getAsLong() + timeoutNs);
        wish.updateAndGet(wanted::sooner);
        network.wakeup();
    }

    /** Ends the thread at once, and fails what is left. */
    void abort() {
        close(0);
    }

    /** Completes when the thread has ended and holds nothing any more. */
    CompletableFuture<Void> ended() {
        return ended;
    }
}
