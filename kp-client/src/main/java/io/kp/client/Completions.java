package io.kp.client;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.kp.accumulator.Batch;
import io.kp.accumulator.CompletedRecord;
import io.kp.accumulator.RecordHandler;
import io.kp.metadata.TopicPartition;
import io.kp.network.ProduceResponse.RecordError;

/**
 * Tells callbacks, futures and interceptors how the records of a batch ended, each once and in record order: on the I/O thread, or through the user's executor, where each
 * partition has a {@link CallbackLane} of its own. What user code throws is logged, Errors included, and reaches nobody else. One instance for each I/O thread.
 */
final class Completions {
    private static final Logger LOG = LoggerFactory.getLogger(Completions.class);

    private static final long QUIET_NS = TimeUnit.SECONDS.toNanos(10);
    private static final VarHandle LAST_TOLD;
    private static final VarHandle PARTITION_TOLD;
    private static final VarHandle LEDGER;
    private static final int MAX_NAMES = 10;

    static {
        try {
            final MethodHandles.Lookup lookup = MethodHandles.lookup();
            LAST_TOLD = lookup.findVarHandle(Completions.class, "lastTold", Object.class);
            LEDGER = lookup.findVarHandle(Completions.class, "ledger", CloseLedger.class);
            PARTITION_TOLD = lookup.findVarHandle(Completions.class, "partitionTold", TopicPartition.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final LongSupplier nanoClock;
    private final SlowCallbacks slow;
    private final ProducerStats stats;
    /** {@code null}: the I/O thread. */
    private final Executor executor;
    /** Handed to the executor and not told yet. */
    private final Set<CallbackTask> tasks = ConcurrentHashMap.newKeySet();
    private final AtomicLong refusals = new AtomicLong();
    private volatile CloseLedger ledger;
    private final RecordHandler acknowledge = this::acknowledgeRecord;
    private final RecordHandler fail = this::failRecord;

    // The batch that is being completed.
    private String topic;
    private int partition;
    private long baseOffset;
    private long logAppendTimeMs;
    private KpException failure;
    private KpException bystanderFailure;
    private List<RecordError> refused;
    private CallbackTask task;
    /** What the I/O thread is telling its outcome, and of which partition; others look at it when the I/O thread does not come back. */
    private Object lastTold;
    private final Delivery delivery = new Delivery();
    private TopicPartition partitionTold;
    private long refusedNs;
    private boolean refusedBefore;

    // Written by the I/O thread only, read by any; before the callbacks, so that these see their own record counted.
    private volatile long acknowledged;
    private volatile long failed;

    /**
     * @param executor tells outcomes; {@code null} for the I/O thread
     */
    Completions(final LongSupplier nanoClock, final SlowCallbacks slow, final ProducerStats stats,
            final Executor executor) {
        this.nanoClock = nanoClock;
        this.slow = slow;
        this.stats = stats;
        this.executor = executor;
    }

    /** All records of the batch are in the log. */
    void acknowledge(final Batch batch, final long offset, final long appendTimeMs) {
        topic = batch.topicPartition().topic();
        partition = batch.topicPartition().partition();
        baseOffset = offset;
        logAppendTimeMs = appendTimeMs;
        acknowledged += batch.recordCount();
        stats.acknowledged(batch, offset, nanoClock.getAsLong());
        if (ledger != null) {
            ledger.acknowledged(batch.recordCount());
        }
        complete(batch, acknowledge);
    }

    /**
     * All records of the batch have failed, maybe some of them because the broker refused just these (KIP-467).
     *
     * @param reason what the refused records are told
     * @param bystanders what the others are told
     * @param errors the refused ones, or {@code null} if they are not known
     */
    void fail(final Batch batch, final KpException reason, final KpException bystanders,
            final List<RecordError> errors) {
        topic = batch.topicPartition().topic();
        partition = batch.topicPartition().partition();
        failure = reason;
        bystanderFailure = bystanders;
        refused = errors;
        failed += batch.recordCount();
        stats.failed(batch, reason, nanoClock.getAsLong());
        if (ledger != null) {
            ledger.failed(batch.recordCount(), reason);
        }
        try {
            complete(batch, fail);
        } finally {
            failure = null;
            bystanderFailure = null;
            refused = null;
        }
    }

    private void complete(final Batch batch, final RecordHandler handler) {
        if (executor != null) {
            handOver(batch, handler);
            return;
        }
        final long startNs = nanoClock.getAsLong();
        PARTITION_TOLD.setOpaque(this, batch.topicPartition());
        stats.telling(startNs);
        try {
            batch.complete(handler);
        } finally {
            final Object last = lastTold;
            LAST_TOLD.setOpaque(this, null);
            final long endNs = nanoClock.getAsLong();
            slow.took(startNs, endNs, batch.topicPartition(), batch.recordCount(), last, false);
            stats.told(batch, startNs, endNs);
        }
    }

    /** Takes the completions out of the batch, which is free then, and has the executor tell them. */
    private void handOver(final Batch batch, final RecordHandler handler) {
        final CallbackTask collected = new CallbackTask(this, batch.topicPartition(), batch.recordCount());
        // Known before the batch is completed: with that a flush may end, and goes on to wait for what is known here.
        tasks.add(collected);
        task = collected;
        try {
            batch.complete(handler);
        } finally {
            task = null;
            if (collected.records() > 0) {
                PartitionState.of(batch.queue()).lane(this).add(collected);
            } else {
                tasks.remove(collected);
                collected.complete(null);
            }
            final long nowNs = nanoClock.getAsLong();
            stats.told(batch, nowNs, nowNs);
        }
    }

    /** Tells one record that its own deadline is over. Its batch does not tell it again. */
    void failAlone(final DeadlineCompletion record, final KpException reason) {
        record.ended = true;
        final TopicPartition of = record.queue.topicPartition();
        if (executor != null) {
            final CallbackTask alone = new CallbackTask(this, of, 1);
            alone.add(record.completion, reason);
            tasks.add(alone);
            PartitionState.of(record.queue).lane(this).add(alone);
            return;
        }
        final long startNs = nanoClock.getAsLong();
        PARTITION_TOLD.setOpaque(this, of);
        LAST_TOLD.setOpaque(this, record.completion);
        tell(record.completion, null, reason);
        LAST_TOLD.setOpaque(this, null);
        slow.took(startNs, nanoClock.getAsLong(), of, 1, record.completion, false);
    }

    private void toldOrLater(final Object given, final RecordMetadata metadata, final KpException reason) {
        Object completion = given;
        if (given instanceof DeadlineCompletion deadline) {
            if (deadline.ended) {
                LOG.debug("the record's deadline was over: outcome={}", metadata == null ? reason : metadata);
                return;
            }
            deadline.ended = true;
            completion = deadline.completion;
        }
        if (task != null) {
            task.add(completion, reason == null ? metadata : reason);
        } else {
            telling(completion);
            tell(completion, metadata, reason);
        }
    }

    // ---- the executor's side

    /** Has the executor run the lane; if it refuses, it is run here, so that nobody is left without an outcome. */
    void execute(final CallbackLane lane) {
        if (!tryExecute(lane)) {
            lane.run();
        }
    }

    /** @return false if the executor refuses */
    boolean tryExecute(final CallbackLane lane) {
        try {
            executor.execute(lane);
            return true;
        } catch (final Throwable e) {
            refused(e);
            return false;
        }
    }

    private void refused(final Throwable e) {
        final long count = refusals.incrementAndGet();
        final long nowNs = nanoClock.getAsLong();
        // Racy: at worst it is said once more.
        if (!refusedBefore || nowNs - refusedNs > QUIET_NS) {
            refusedBefore = true;
            refusedNs = nowNs;
            LOG.error(
                    "the completion executor refuses, callbacks run on the thread that has their outcome: executor={}, times={}",
                    executor, count, e);
        }
    }

    long nowNs() {
        return nanoClock.getAsLong();
    }

    void told(final CallbackTask told, final long startNs, final Object last) {
        slow.took(startNs, nanoClock.getAsLong(), told.partition(), told.records(), last, true);
        tasks.remove(told);
        told.complete(null);
    }

    // ---- any thread

    /** Completes when everything that was handed to the executor up to now is told. */
    CompletableFuture<Void> allTold() {
        return tasks.isEmpty()
                ? CompletableFuture.completedFuture(null)
                : CompletableFuture.allOf(tasks.toArray(new CompletableFuture<?>[0]));
    }

    /** Records whose outcome the executor has not told yet. */
    long untold() {
        long records = 0;
        for (final CallbackTask one : tasks) {
            records += one.records();
        }
        return records;
    }

    /** Whether the calling thread is the executor's and tells an outcome at this moment, so that it must not wait for that. */
    boolean isTelling() {
        final Thread caller = Thread.currentThread();
        for (final CallbackTask one : tasks) {
            if (one.thread() == caller) {
                return true;
            }
        }
        return false;
    }

    /** Names the user code that is being told an outcome at this moment. */
    void nameTelling(final List<String> names) {
        final Object told = LAST_TOLD.getOpaque(this);
        if (told != null) {
            names.add(name(told, (TopicPartition) PARTITION_TOLD.getOpaque(this), "the I/O thread"));
        }
        for (final CallbackTask one : tasks) {
            final Object telling = one.telling();
            if (telling != null && names.size() < MAX_NAMES) {
                names.add(name(telling, one.partition(), "the completion executor"));
            }
        }
    }

    private static String name(final Object told, final TopicPartition partition, final String where) {
        return SlowCallbacks.name(told) + " on " + where + ", partition=" + partition;
    }

    /** From now on outcomes are counted for the report of a close. */
    CloseLedger openLedger() {
        CloseLedger open = ledger;
        if (open == null) {
            open = new CloseLedger();
            if (!LEDGER.compareAndSet(this, null, open)) {
                open = ledger;
            }
        }
        return open;
    }

    long acknowledged() {
        return acknowledged;
    }

    long failed() {
        return failed;
    }

    private void acknowledgeRecord(final Object completion, final int index, final CompletedRecord record) {
        final long offset = baseOffset == RecordMetadata.NO_OFFSET ? RecordMetadata.NO_OFFSET : baseOffset + index;
        if (task == null && completion instanceof DeliveryCallback callback) {
            telling(callback);
            tell(callback, delivery.delivered(topic, partition, offset, logAppendTimeMs, record));
        } else {
            final long timestampMs = logAppendTimeMs == RecordMetadata.NO_TIMESTAMP
                    ? record.timestampMs()
                    : logAppendTimeMs;
            toldOrLater(completion, new RecordMetadata(topic, partition, offset, timestampMs, record.keyBytes(),
                    record.valueBytes()), null);
        }
    }

    private void failRecord(final Object completion, final int index, final CompletedRecord record) {
        final KpException reason = isRefused(index) ? failure : bystanderFailure;
        if (ledger != null) {
            ledger.undelivered(topic, partition, completion, reason);
        }
        if (task == null && completion instanceof DeliveryCallback callback) {
            telling(callback);
            tell(callback, delivery.failed(reason));
        } else {
            toldOrLater(completion, null, reason);
        }
    }

    private void telling(final Object completion) {
        // Only where it changes: for G1 a reference that is stored into an older object may cost a full fence.
        if (lastTold != completion) {
            LAST_TOLD.setOpaque(this, completion);
        }
    }

    private boolean isRefused(final int index) {
        if (refused == null) {
            return true;
        }
        for (int i = 0; i < refused.size(); i++) {
            if (refused.get(i).batchIndex() == index) {
                return true;
            }
        }
        return false;
    }

    private static void tell(final DeliveryCallback callback, final Delivery outcome) {
        try {
            callback.onDelivery(outcome);
        } catch (final Throwable e) {
            LOG.error("callback failed: outcome={}", outcome, e);
        }
    }

    /** Tells one record's outcome; also for records that never got into a batch. */
    static void tell(final Object completion, final RecordMetadata metadata, final KpException reason) {
        try {
            Object target = DeadlineCompletion.unwrap(completion);
            if (target instanceof InterceptedCompletion intercepted) {
                target = intercepted.tellInterceptors(metadata, reason);
            }
            if (target instanceof Callback callback) {
                callback.onCompletion(metadata, reason);
            } else if (target instanceof DeliveryCallback callback) {
                final Delivery outcome = new Delivery();
                tell(callback, metadata == null ? outcome.failed(reason) : outcome.delivered(metadata));
            } else if (target instanceof RecordFuture future) {
                if (reason == null) {
                    future.complete(metadata);
                } else {
                    future.completeExceptionally(reason);
                }
            }
        } catch (final Throwable e) {
            LOG.error("callback failed: outcome={}", metadata == null ? reason : metadata, e);
        }
    }
}
