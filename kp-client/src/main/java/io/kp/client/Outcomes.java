package io.kp.client;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Function;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.kp.accumulator.Batch;
import io.kp.accumulator.BatchHandler;
import io.kp.accumulator.RecordAccumulator;
import io.kp.client.DeliveryException.Persistence;
import io.kp.client.DeliveryException.Stage;
import io.kp.metadata.Metadata;
import io.kp.metadata.Node;
import io.kp.network.ConnectionState;
import io.kp.network.ErrorCode;
import io.kp.network.NetworkClient;
import io.kp.network.ProduceResponse;
import io.kp.network.ProduceResponse.RecordError;
import io.kp.network.RequestFailure;

/**
 * Decides what becomes of a batch whose attempt has ended: acknowledged, tried again, or failed. Every batch ends in exactly one of acknowledged and failed,
 * and its memory goes back when that is told and no socket reads it any more. I/O thread only.
 */
final class Outcomes {
    private static final Logger LOG = LoggerFactory.getLogger(Outcomes.class);
    private static final long NS_PER_MS = 1_000_000;

    /** With these a broker refuses a batch before it touches its log. After any other error the records may be there. */
    private static final Set<ErrorCode> BEFORE_APPEND = EnumSet.of(ErrorCode.CORRUPT_MESSAGE,
            ErrorCode.MESSAGE_TOO_LARGE,
            ErrorCode.INVALID_TOPIC_EXCEPTION, ErrorCode.RECORD_LIST_TOO_LARGE, ErrorCode.NOT_ENOUGH_REPLICAS,
            ErrorCode.INVALID_REQUIRED_ACKS,
            ErrorCode.TOPIC_AUTHORIZATION_FAILED, ErrorCode.CLUSTER_AUTHORIZATION_FAILED, ErrorCode.INVALID_TIMESTAMP,
            ErrorCode.UNSUPPORTED_VERSION,
            ErrorCode.INVALID_REQUEST, ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT, ErrorCode.POLICY_VIOLATION,
            ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
            ErrorCode.INVALID_PRODUCER_EPOCH, ErrorCode.INVALID_PRODUCER_ID_MAPPING,
            ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
            ErrorCode.UNKNOWN_PRODUCER_ID, ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, ErrorCode.INVALID_RECORD,
            ErrorCode.PRODUCER_FENCED,
            ErrorCode.UNKNOWN_TOPIC_ID, ErrorCode.INCONSISTENT_TOPIC_ID, ErrorCode.THROTTLING_QUOTA_EXCEEDED);

    /** After these nothing that this producer sends will be taken. */
    private static final Set<ErrorCode> FATAL = EnumSet.of(ErrorCode.CLUSTER_AUTHORIZATION_FAILED,
            ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
            ErrorCode.PRODUCER_FENCED, ErrorCode.INVALID_PRODUCER_ID_MAPPING);

    private final RecordAccumulator accumulator;
    private final Metadata metadata;
    private final NetworkClient network;
    private final MetadataFetcher fetcher;
    private final ProducerIdentity identity;
    private final Completions completions;
    private final ProducerStats stats;
    private final Backoff backoff;
    private final int retries;
    private final long deliveryTimeoutMs;

    private final AtomicLongArray attemptErrors = new AtomicLongArray(ErrorCode.values().length);
    private final boolean failFollowing;
    private final BatchHandler onFollowing = this::following;
    /** Partitions in which something has failed, and what follows it is still to be given up. */
    private final ArrayList<PartitionState> held = new ArrayList<>();

    private volatile long retried;
    private volatile long gaps;
    private KpException fatal;
    private boolean ending;
    private boolean cutPending;
    private PartitionState cutting;
    private long cutNs;
    private long followers;

    Outcomes(final RecordAccumulator accumulator, final Metadata metadata, final NetworkClient network,
            final MetadataFetcher fetcher, final ProducerIdentity identity,
            final Completions completions, final ProducerStats stats, final Backoff backoff, final int retries,
            final long deliveryTimeoutMs,
            final GapPolicy gapPolicy) {
        this.accumulator = accumulator;
        this.metadata = metadata;
        this.network = network;
        this.fetcher = fetcher;
        this.identity = identity;
        this.completions = completions;
        this.stats = stats;
        this.backoff = backoff;
        this.retries = retries;
        this.deliveryTimeoutMs = deliveryTimeoutMs;
        this.failFollowing = gapPolicy == GapPolicy.FAIL_FOLLOWING;
    }

    /** Batches put back for another attempt. */
    long retried() {
        return retried;
    }

    /** Attempts that ended with an error, by its name. Any thread. */
    Map<String, Long> attemptErrors() {
        final Map<String, Long> counts = new HashMap<>();
        for (final ErrorCode error : ErrorCode.values()) {
            final long count = attemptErrors.get(error.ordinal());
            if (count > 0) {
                counts.put(error.name(), count);
            }
        }
        return Map.copyOf(counts);
    }

    /** Batches that have failed without those behind them. */
    long gaps() {
        return gaps;
    }

    /** Why this producer cannot deliver any more; {@code null} while it can. */
    KpException fatal() {
        return fatal;
    }

    /** The broker has written the batch, or will never say. */
    void acknowledged(final Batch batch, final long baseOffset, final long logAppendTimeMs) {
        final PartitionState state = returned(batch);
        state.acknowledged(batch);
        final BatchTrace trace = BatchTrace.of(batch);
        if (trace.concluded) {
            LOG.debug("acknowledged after its delivery timeout: {}", batch);
            releaseIfTold(batch, trace);
        } else {
            trace.baseOffset = baseOffset;
            trace.logAppendTimeMs = logAppendTimeMs;
            conclude(batch, trace, state);
        }
    }

    /** The outcome of the batch is decided. Outcomes are told in the order of the records of their partition, so maybe not yet. */
    private void conclude(final Batch batch, final BatchTrace trace, final PartitionState state) {
        trace.concluded = true;
        state.track(batch);
        if (trace.failure != null && !ending) {
            if (failFollowing) {
                hold(state);
            } else {
                gaps++;
                LOG.warn("a gap in the order of {}: records={}, {}", batch.topicPartition(), batch.recordCount(),
                        trace.failure.getMessage());
            }
        }
        if (!state.isHeld()) {
            tellConcluded(state);
        }
    }

    private void tellConcluded(final PartitionState state) {
        for (Batch next = state.takeConcluded(); next != null; next = state.takeConcluded()) {
            tell(next, BatchTrace.of(next));
        }
    }

    /*
     * A failure under GapPolicy.FAIL_FOLLOWING. From the moment that it is decided nothing behind it leaves the queue of its partition (PartitionState.holdsBack), and it
     * is not told at once but when the cycle comes to `giveUpFollowing`, after it has taken what appenders had announced by then. There, when its turn has come, everything
     * behind it fails with it: what is queued at once, what is under way unless the broker has it. Then it is told. Records that are accepted afterwards, by its callback
     * already, are in later batches, since the open one was closed; but what that sends to another partition is before a failure there that is not told yet, so partitions
     * have their turn one after the other. A batch to which an appender has yet to commit keeps the partition until it can be given up too.
     *
     * The failures of followers are part of the first one: they make no cut of their own.
     */
    private void hold(final PartitionState state) {
        cutPending = true;
        if (!state.isHeld()) {
            state.hold(true);
            held.add(state);
        }
    }

    /**
     * Gives up what follows the failures since the last call, and tells these: in each partition everything that was accepted up to now.
     *
     * @return how many outcomes it has told
     */
    int giveUpFollowing(final long nowNs) {
        cutPending = false;
        int told = 0;
        for (int i = 0; i < held.size(); i++) {
            final PartitionState state = held.get(i);
            // Who was told of a failure in another partition just now may have sent something to this one, which is behind its failure as well.
            accumulator.poll(nowNs);
            final Batch failed = state.nextFailure();
            if (failed != null) {
                state.cut = BatchTrace.of(failed).failure;
                state.cutUpTo = accumulator.lastOpened();
                state.giveUp(state.cut);
            }
            if (state.cut != null) {
                cut(state, nowNs);
            }
            told += tellConcludedUpToFailure(state);
            if (state.cut == null && !state.hasUntoldFailure()) {
                state.hold(false);
                held.remove(i--);
            }
        }
        return told;
    }

    /** Whether {@link #giveUpFollowing} has something to do in the next cycle, without an event that would begin it. */
    boolean isCutPending() {
        return cutPending;
    }

    private int tellConcludedUpToFailure(final PartitionState state) {
        for (int told = 0;; told++) {
            if (state.nextFailure() != null) {
                // Its turn has come by what was told just now.
                cutPending = true;
                return told;
            }
            final Batch next = state.takeConcluded();
            if (next == null) {
                return told;
            }
            tell(next, BatchTrace.of(next));
        }
    }

    /** Gives up what is queued behind a failure, if it can be; else it is to be done again. */
    private void cut(final PartitionState state, final long nowNs) {
        cutting = state;
        cutNs = nowNs;
        followers = 0;
        final boolean all = accumulator.abortQueued(state.queue(), state.cutUpTo, onFollowing);
        if (followers > 0) {
            LOG.warn("records behind a failed one are given up: partition={}, records={}, failure={}",
                    state.queue().topicPartition(), followers, state.cut.getMessage());
        }
        if (all) {
            state.cut = null;
        }
        cutting = null;
    }

    private void following(final Batch batch, final boolean inFlight) {
        final BatchTrace trace = BatchTrace.of(batch);
        if (batch.attempts() == 0 && !batch.isPart()) {
            trace.reset();
        }
        trace.follows = cutting.cut;
        followers += batch.recordCount();
        final DeliveryException.Builder builder = failure(batch, Stage.QUEUED, cutNs);
        if (trace.lastError != null) {
            builder.error(trace.lastError.code(), trace.lastError.name());
        }
        failUnanswered(batch, trace, false, builder.detail(null), DeliveryTimeoutException::new);
    }

    /** Nothing will be sent any more, so nothing can get behind a failure: outcomes are told as they are decided. */
    void end() {
        ending = true;
        for (final PartitionState state : held) {
            state.hold(false);
            tellConcluded(state);
        }
        held.clear();
    }

    /** The failure of a batch, which is that of an earlier one if it follows that. */
    private static DeliveryException built(final BatchTrace trace, final DeliveryException.Builder builder,
            final Function<? super DeliveryException.Builder, ? extends DeliveryException> type) {
        if (trace.follows == null) {
            return type.apply(builder);
        }
        return builder.detail(GapPolicy.FAIL_FOLLOWING_TEXT + (builder.detail() == null ? "" : "; " + builder.detail()))
                .cause(trace.follows).category(KpException.Category.RETRY_LATER)
                .build(EarlierRecordFailedException::new);
    }

    private void fail(final Batch batch, final BatchTrace trace, final PartitionState state, final KpException reason) {
        trace.failure = reason;
        trace.bystanderFailure = reason;
        conclude(batch, trace, state);
    }

    private void tell(final Batch batch, final BatchTrace trace) {
        if (trace.failure == null) {
            completions.acknowledge(batch, trace.baseOffset, trace.logAppendTimeMs);
        } else {
            completions.fail(batch, trace.failure, trace.bystanderFailure, trace.refused);
        }
        if (!trace.onWire) {
            releaseIfTold(batch, trace);
        }
    }

    /** The batch is in no request any more: if it is told it is over, else it is when it is told. */
    private void releaseIfTold(final Batch batch, final BatchTrace trace) {
        if (batch.isCompleted()) {
            trace.reset();
            accumulator.release(batch);
        }
    }

    /** The broker has answered with an error, or with a success that counts as one. */
    void answered(final Batch batch, final ProduceResponse.Partition answer, final long nowNs) {
        final ErrorCode error = ErrorCode.forCode(answer.errorCode());
        if (error == ErrorCode.NONE || error == ErrorCode.DUPLICATE_SEQUENCE_NUMBER) {
            acknowledged(batch, answer.baseOffset(), answer.logAppendTimeMs());
            return;
        }
        final BatchTrace trace = BatchTrace.of(batch);
        trace.lastError = error;
        attemptErrors.getAndIncrement(error.ordinal());
        final PartitionState state = returned(batch);
        if (!BEFORE_APPEND.contains(error)) {
            trace.possiblyPersisted = true;
        }
        if (error.isMetadataStale()) {
            metadata.requestUpdate(error + " for " + batch.topicPartition());
        }
        if (trace.concluded) {
            state.failed(batch, trace.possiblyPersisted);
            releaseIfTold(batch, trace);
        } else if (error == ErrorCode.MESSAGE_TOO_LARGE && batch.recordCount() > 1 && !batch.isExpired()
                && fatal == null && trace.follows == null && !(batch.hasSequence() && trace.possiblyPersisted)) {
            // Not if an earlier attempt may have come into the log: only the whole batch would be recognized as a repetition.
            split(batch, trace, state, nowNs);
        } else if (isRetriable(error, answer.logStartOffset(), batch, state) && retryAllowed(batch, trace)) {
            LOG.warn("retrying {}: attempt={}, error={}, broker={}{}", batch.topicPartition(), trace.attempts, error,
                    trace.broker,
                    answer.errorMessage() == null ? "" : ", broker's message=" + answer.errorMessage());
            retry(batch, trace, nowNs);
        } else {
            if (FATAL.contains(error)) {
                fatal = failure(batch, Stage.BROKER, nowNs).error(error.code(), error.name()).detail(error.message())
                        .buildForError();
            }
            failByBroker(batch, trace, error, answer, state, nowNs);
        }
    }

    /** Smaller batches may be small enough; a record that is too large for itself alone is found at last. Not counted as a retry. */
    private void split(final Batch batch, final BatchTrace trace, final PartitionState state, final long nowNs) {
        final List<Batch> parts = new ArrayList<>();
        if (accumulator.split(batch, parts) == 0) {
            LOG.warn("too large for the broker, but there is no memory to split it now: {}", batch);
            accumulator.retry(batch, nowNs + backoff.afterNs(trace.attempts));
            return;
        }
        stats.split(nowNs);
        LOG.warn("too large for the broker, split into {}: {}", parts.size(), batch);
        for (final Batch part : parts) {
            BatchTrace.of(part).inherit(trace);
        }
        state.split(batch, parts);
        releaseIfTold(batch, trace);
    }

    private boolean isRetriable(final ErrorCode error, final long logStartOffset, final Batch batch,
            final PartitionState state) {
        if (error == ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER && batch.hasSequence()
                || error == ErrorCode.UNKNOWN_PRODUCER_ID && batch.hasSequence()
                        && logStartOffset != ProduceResponse.UNKNOWN) {
            if (state.isOldest(batch) && BatchTrace.of(batch).mayYetArrive) {
                // An earlier request with it may still be on its way, and be taken after those before it have been: numbered anew, it could be written twice.
                return false;
            }
            if (state.refused(batch)) {
                LOG.warn("{} does not know the sequence before {}, numbering anew: {}", batch.topicPartition(),
                        batch.baseSequence(), state);
            }
            return true;
        }
        return error.isRetriable() || error == ErrorCode.UNKNOWN_PRODUCER_ID && batch.hasSequence();
    }

    private void failByBroker(final Batch batch, final BatchTrace trace, final ErrorCode error,
            final ProduceResponse.Partition answer,
            final PartitionState state, final long nowNs) {
        state.failed(batch, trace.possiblyPersisted);
        final String said = answer.errorMessage();
        final DeliveryException.Builder builder = failure(batch, Stage.BROKER, nowNs)
                .error(answer.errorCode(), name(answer.errorCode()))
                .detail(said == null ? error.message() : said);
        if (answer.recordErrors() == null || trace.follows != null) {
            fail(batch, trace, state, built(trace, builder, DeliveryException.Builder::buildForError));
        } else {
            final RecordError first = answer.recordErrors().get(0);
            final DeliveryException refused = builder
                    .detail(first.message() != null ? first.message() : said != null ? said : error.message())
                    .buildForError();
            final DeliveryException bystander = builder.category(KpException.Category.RETRY_LATER)
                    .detail("the broker refused other records of the same batch, and with them all of it")
                    .build(BrokerException::new);
            trace.failure = refused;
            trace.bystanderFailure = bystander;
            trace.refused = answer.recordErrors();
            conclude(batch, trace, state);
        }
    }

    private static String name(final short errorCode) {
        return ErrorCode.isKnown(errorCode) ? ErrorCode.forCode(errorCode).name() : "UNKNOWN";
    }

    /** The broker has answered the request without a word on this batch. */
    void unmentioned(final Batch batch, final Node broker, final long nowNs) {
        final BatchTrace trace = BatchTrace.of(batch);
        trace.lastCause = new KpException(KpException.Category.RETRY_LATER,
                "response does not mention partition " + batch.topicPartition()
                        + " of its request, broker=" + broker);
        ended(batch, trace, ErrorCode.UNKNOWN_SERVER_ERROR, true, true,
                "the broker did not say what became of the batch", nowNs);
    }

    /** The request with the batch has failed. */
    void unanswered(final Batch batch, final RequestFailure failure, final long nowNs) {
        final BatchTrace trace = BatchTrace.of(batch);
        final boolean unsupported = failure.kind() == RequestFailure.Kind.UNSUPPORTED_VERSION;
        final ErrorCode error = unsupported
                ? ErrorCode.UNSUPPORTED_VERSION
                : failure.kind() == RequestFailure.Kind.TIMED_OUT
                        ? ErrorCode.REQUEST_TIMED_OUT
                        : ErrorCode.NETWORK_EXCEPTION;
        trace.lastCause = ConnectionException.of(failure);
        if (!unsupported) {
            metadata.requestUpdate("request failed: " + failure.message());
        }
        ended(batch, trace, error, failure.written() == RequestFailure.Written.FULLY,
                !unsupported && failure.kind() != RequestFailure.Kind.NOT_ENCODABLE, failure.reason(), nowNs);
    }

    private void ended(final Batch batch, final BatchTrace trace, final ErrorCode error, final boolean maybeAppended,
            final boolean retriable,
            final String detail, final long nowNs) {
        final PartitionState state = returned(batch);
        trace.lastError = error;
        attemptErrors.getAndIncrement(error.ordinal());
        trace.possiblyPersisted |= maybeAppended;
        trace.mayYetArrive |= maybeAppended;
        if (trace.concluded) {
            state.failed(batch, trace.possiblyPersisted);
            releaseIfTold(batch, trace);
        } else if (retriable && retryAllowed(batch, trace)) {
            LOG.debug("retrying {}: attempt={}, {}", batch.topicPartition(), trace.attempts, detail);
            retry(batch, trace, nowNs);
        } else {
            state.failed(batch, trace.possiblyPersisted);
            final Stage stage = maybeAppended ? Stage.IN_FLIGHT : Stage.QUEUED;
            fail(batch, trace, state,
                    built(trace, failure(batch, stage, nowNs).error(error.code(), error.name()).detail(detail),
                            DeliveryException.Builder::buildForError));
        }
    }

    private boolean retryAllowed(final Batch batch, final BatchTrace trace) {
        return trace.attempts <= retries && !batch.isExpired() && fatal == null && trace.follows == null;
    }

    private void retry(final Batch batch, final BatchTrace trace, final long nowNs) {
        retried++;
        stats.retried(batch, nowNs);
        accumulator.retry(batch, nowNs + backoff.afterNs(trace.attempts));
    }

    /** {@code delivery.timeout.ms} is over for the batch. */
    void expired(final Batch batch, final boolean inFlight, final long nowNs) {
        final BatchTrace trace = BatchTrace.of(batch);
        if (trace.concluded) {
            // Answered, or aborted while it was in flight, since its time ran out.
            return;
        }
        if (trace.attempts == 0 && trace.broker == null) {
            final Node leader = metadata.cluster().leaderOf(batch.topicPartition());
            trace.broker = leader;
            // What a connection that works now has failed with before is not the reason.
            trace.lastCause = ConnectionException.of(leader == null
                    ? fetcher.lastFailure()
                    : network.state(leader.id()) == ConnectionState.READY ? null : network.lastFailure(leader.id()));
        }
        final DeliveryException.Builder builder = failure(batch, inFlight ? Stage.IN_FLIGHT : Stage.QUEUED, nowNs)
                .detail("delivery.timeout.ms=" + deliveryTimeoutMs + whatFor(batch, trace, inFlight, nowNs));
        if (inFlight) {
            builder.persistence(Persistence.POSSIBLY_PERSISTED);
        }
        if (trace.lastError != null) {
            builder.error(trace.lastError.code(), trace.lastError.name());
        }
        failUnanswered(batch, trace, inFlight, builder, DeliveryTimeoutException::new);
    }

    private String whatFor(final Batch batch, final BatchTrace trace, final boolean inFlight, final long nowNs) {
        if (inFlight) {
            return ", no response to the request";
        }
        final Node leader = metadata.cluster().leaderOf(batch.topicPartition());
        if (leader == null) {
            return ", the partition has no known leader";
        }
        if (identity.isWanted() && !identity.isKnown()) {
            return ", no producer id"
                    + (identity.lastFailure() == null ? "" : " (" + identity.lastFailure().getMessage() + ")");
        }
        final String what = trace.attempts > 0 ? ", not sent again to the leader" : ", not sent to the leader";
        final long throttledNs = network.throttledNs(leader.id(), nowNs);
        if (throttledNs > 0) {
            return what + ", which throttles this client (quota) for another " + throttledNs / NS_PER_MS + " ms";
        }
        if (network.state(leader.id()) != ConnectionState.READY) {
            return what + ", which is not connected";
        }
        return network.inFlight(leader.id()) > 0 && network.silentNs(leader.id(), nowNs) >= network.patienceNs()
                ? what + ", which has not answered " + network.inFlight(leader.id()) + " requests for "
                        + network.silentNs(leader.id(), nowNs) / NS_PER_MS + " ms"
                : what;
    }

    /** The batch is taken back before its end: the producer closes or cannot go on. */
    void aborted(final Batch batch, final boolean inFlight, final String why, final Throwable cause, final long nowNs) {
        final BatchTrace trace = BatchTrace.of(batch);
        if (trace.concluded) {
            return;
        }
        final DeliveryException.Builder builder = failure(batch, inFlight ? Stage.IN_FLIGHT : Stage.QUEUED, nowNs)
                .detail(why);
        if (inFlight) {
            builder.persistence(Persistence.POSSIBLY_PERSISTED);
        }
        if (cause != null) {
            builder.cause(cause);
        }
        failUnanswered(batch, trace, inFlight, builder, DeliveryAbortedException::new);
    }

    /** The broker that leads the partition does not know the batch's codec. */
    void refusedCodec(final Batch batch, final Node broker, final String why, final long nowNs) {
        final BatchTrace trace = BatchTrace.of(batch);
        trace.broker = broker;
        failUnanswered(batch, trace, false,
                failure(batch, Stage.QUEUED, nowNs)
                        .error(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE.code(),
                                ErrorCode.UNSUPPORTED_COMPRESSION_TYPE.name())
                        .detail(why),
                DeliveryException.Builder::buildForError);
    }

    private void failUnanswered(final Batch batch, final BatchTrace trace, final boolean inFlight,
            final DeliveryException.Builder builder,
            final Function<? super DeliveryException.Builder, ? extends DeliveryException> type) {
        final PartitionState state = PartitionState.of(batch.queue());
        if (!inFlight) {
            state.failed(batch, trace.possiblyPersisted);
        }
        fail(batch, trace, state, built(trace, builder, type));
    }

    private PartitionState returned(final Batch batch) {
        final BatchTrace trace = BatchTrace.of(batch);
        final PartitionState state = PartitionState.of(batch.queue());
        // Once for each attempt, even if the first telling of its outcome has failed halfway.
        if (trace.onWire) {
            trace.onWire = false;
            state.returned();
        }
        return state;
    }

    private DeliveryException.Builder failure(final Batch batch, final Stage stage, final long nowNs) {
        final BatchTrace trace = BatchTrace.of(batch);
        final DeliveryException.Builder builder = DeliveryException
                .builder(stage, batch.topicPartition().topic(), batch.topicPartition().partition())
                .attempts(trace.attempts)
                .elapsed(nowNs - batch.createdNs(),
                        trace.attempts == 0 ? nowNs - batch.createdNs() : nowNs - trace.sentNs)
                .persistence(trace.possiblyPersisted ? Persistence.POSSIBLY_PERSISTED : Persistence.NOT_PERSISTED)
                .cause(trace.lastCause);
        if (trace.broker != null) {
            builder.broker(trace.broker.id(), trace.broker.host() + ":" + trace.broker.port());
        }
        return builder;
    }
}
