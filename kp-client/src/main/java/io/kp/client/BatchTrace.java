package io.kp.client;

import java.nio.ByteBuffer;
import java.util.List;

import io.kp.accumulator.Batch;
import io.kp.metadata.Node;
import io.kp.network.ErrorCode;
import io.kp.network.FrameWriter;
import io.kp.network.ProduceResponse.RecordError;
import io.kp.network.RecordsSource;

/**
 * What the sender remembers of one batch beside its bytes: where it went last and what came of it. Hangs at the batch object and is recycled with it; and
 * the way of its bytes into a request. I/O thread only.
 */
final class BatchTrace implements RecordsSource {
    private final Batch batch;
    private ByteBuffer[] buffers = new ByteBuffer[8];

    /** Requests that carried the batch. */
    int attempts;
    /** When the last of them was handed to the connection. */
    long sentNs;
    /** When the last of them was answered, if any was. */
    long answeredNs;
    boolean answered;
    /** The broker that it went to; {@code null} before the first attempt. */
    Node broker;
    /** What the last attempt ended with; {@code null} if there was none or it is under way. */
    ErrorCode lastError;
    /** The failure of the connection that ended the last attempt, or what the broker said about it; may be {@code null}. */
    Throwable lastCause;
    /** An attempt left the question open whether the records are in the log. */
    boolean possiblyPersisted;
    /** A request with the batch was never answered: the broker may yet get to it, and append the batch then. */
    boolean mayYetArrive;
    /** In a request that has not ended: the batch's memory may be read by the socket, and its outcome may still come. */
    boolean onWire;

    /** In the partition's list of batches whose outcome is to be told. */
    boolean tracked;
    /** The outcome is decided; it is told as soon as those of the batches before it are. */
    boolean concluded;
    /** The failure behind which this batch is not to be delivered, an earlier one of the partition or, once that has its consequences, its own; {@code null} if there is none. */
    KpException follows;
    /** Of a concluded batch: why it has failed; {@code null} if it is in the log. */
    KpException failure;
    /** Why the records have failed that the broker has not refused themselves. */
    KpException bystanderFailure;
    /** The records that the broker has refused; {@code null} if that is all of them. */
    List<RecordError> refused;
    long baseOffset;
    long logAppendTimeMs;

    private BatchTrace(final Batch batch) {
        this.batch = batch;
    }

    static BatchTrace of(final Batch batch) {
        final Object attachment = batch.attachment();
        if (attachment != null) {
            return (BatchTrace) attachment;
        }
        final BatchTrace trace = new BatchTrace(batch);
        batch.attach(trace);
        return trace;
    }

    /** Forgets the batch that the object stood for before. */
    void reset() {
        attempts = 0;
        sentNs = 0;
        answered = false;
        broker = null;
        lastError = null;
        lastCause = null;
        possiblyPersisted = false;
        mayYetArrive = false;
        onWire = false;
        tracked = false;
        concluded = false;
        follows = null;
        failure = null;
        bystanderFailure = null;
        refused = null;
    }

    /** The batch is a part of one that was too large. */
    void inherit(final BatchTrace whole) {
        reset();
        sentNs = whole.sentNs;
        broker = whole.broker;
        lastError = whole.lastError;
        lastCause = whole.lastCause;
        possiblyPersisted = whole.possiblyPersisted;
        mayYetArrive = whole.mayYetArrive;
    }

    /** A request with the batch is handed to a connection. */
    void sent(final Node to, final long nowNs) {
        attempts++;
        sentNs = nowNs;
        broker = to;
        lastError = null;
        lastCause = null;
        onWire = true;
    }

    @Override
    public int sizeInBytes() {
        return batch.sizeInBytes();
    }

    @Override
    public void spliceInto(final FrameWriter out) {
        final int count = batch.bufferCount();
        if (buffers.length < count) {
            buffers = new ByteBuffer[count];
        }
        batch.buffers(buffers, 0);
        for (int i = 0; i < count; i++) {
            out.splice(buffers[i]);
        }
    }
}
