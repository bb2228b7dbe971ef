package io.kp.client;

import java.util.List;
import java.util.function.LongSupplier;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.kp.accumulator.Batch;
import io.kp.accumulator.RecordHandler;
import io.kp.network.ProduceResponse.RecordError;

/**
 * Tells callbacks, futures and interceptors how the records of a batch ended, each once and in record order. What user code throws is logged, Errors
 * included, and reaches nobody else. One instance for each I/O thread.
 */
final class Completions {
    private static final Logger LOG = LoggerFactory.getLogger(Completions.class);

    private final LongSupplier nanoClock;
    private final SlowCallbacks slow;
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
    private Object lastTold;
    private final Delivery delivery = new Delivery();

    // Written by the I/O thread only, read by any; before the callbacks, so that these see their own record counted.
    private volatile long acknowledged;
    private volatile long failed;

    Completions(final LongSupplier nanoClock, final SlowCallbacks slow) {
        this.nanoClock = nanoClock;
        this.slow = slow;
    }

    /** All records of the batch are in the log. */
    void acknowledge(final Batch batch, final long offset, final long appendTimeMs) {
        topic = batch.topicPartition().topic();
        partition = batch.topicPartition().partition();
        baseOffset = offset;
        logAppendTimeMs = appendTimeMs;
        acknowledged += batch.recordCount();
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
        failure = reason;
        bystanderFailure = bystanders;
        refused = errors;
        failed += batch.recordCount();
        try {
            complete(batch, fail);
        } finally {
            failure = null;
            bystanderFailure = null;
            refused = null;
        }
    }

    private void complete(final Batch batch, final RecordHandler handler) {
        final long startNs = nanoClock.getAsLong();
        try {
            batch.complete(handler);
        } finally {
            final Object last = lastTold;
            lastTold = null;
            slow.took(startNs, nanoClock.getAsLong(), batch.topicPartition(), batch.recordCount(), last);
        }
    }

    long acknowledged() {
        return acknowledged;
    }

    long failed() {
        return failed;
    }

    private void acknowledgeRecord(final Object completion, final int index, final long timestampMs, final int keyBytes,
            final int valueBytes) {
        lastTold = completion;
        final long offset = baseOffset == RecordMetadata.NO_OFFSET ? RecordMetadata.NO_OFFSET : baseOffset + index;
        final long timestamp = logAppendTimeMs == RecordMetadata.NO_TIMESTAMP ? timestampMs : logAppendTimeMs;
        if (completion instanceof DeliveryCallback callback) {
            tell(callback, delivery.delivered(topic, partition, offset, timestamp, keyBytes, valueBytes));
        } else {
            tell(completion, new RecordMetadata(topic, partition, offset, timestamp, keyBytes, valueBytes), null);
        }
    }

    private void failRecord(final Object completion, final int index, final long timestampMs, final int keyBytes,
            final int valueBytes) {
        lastTold = completion;
        final KpException reason = isRefused(index) ? failure : bystanderFailure;
        if (completion instanceof DeliveryCallback callback) {
            tell(callback, delivery.failed(reason));
        } else {
            tell(completion, null, reason);
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
            Object target = completion;
            if (target instanceof InterceptedCompletion intercepted) {
                target = intercepted.tellInterceptors(metadata, reason);
            }
            if (target instanceof Callback callback) {
                callback.onCompletion(metadata, reason);
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
