package io.kp.client;

import java.util.ArrayDeque;
import java.util.List;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.kp.accumulator.Batch;
import io.kp.accumulator.PartitionQueue;

/**
 * What the sender knows of one partition: its sequence numbers and the batches that wait for their outcome. Hangs at the partition's queue. I/O thread only.
 *
 * <p>A broker appends a batch only if its sequence follows the last one it has of this producer id and epoch in this partition, and answers a repetition of one
 * of the last five as a success. So order and uniqueness follow from two rules. A sequence number once given to a batch stays with it as long as the broker may
 * have that batch. And when a sequence will never be appended (a <em>gap</em>), everything behind it can only be refused by the broker, and is numbered anew
 * from 0 under the next epoch, as soon as nothing of the partition is under way and everything before the gap has its outcome. So that a repetition is
 * recognized however late it comes, no more than five batches are sent from the oldest one without an outcome on.
 *
 * <p>The epoch is raised for the partition alone: brokers hold the epoch per partition, and a producer without transactions shares its id with nobody. (Kafka's
 * client raises one epoch for all its partitions and lets each adopt it when it has nothing in flight; on the wire the two look alike.) Source: KIP-98, KIP-360.
 */
final class PartitionState {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionState.class);

    static final long NO_PRODUCER_ID = -1;
    static final short NO_EPOCH = -1;
    static final int NO_SEQUENCE = -1;

    /** How many batches of a producer a broker remembers in order to recognize a repetition. */
    private static final int REMEMBERED_BATCHES = 5;

    private final PartitionQueue queue;
    /** Batches that have a sequence number and no outcome yet, in sequence order: under way, or back in the queue. */
    private final ArrayDeque<Batch> unresolved = new ArrayDeque<>(8);
    /** Batches that were sent and whose outcome is not told yet, in the order of their records, which is that in which outcomes are told. */
    private final ArrayDeque<Batch> untold = new ArrayDeque<>(8);
    private long producerId = NO_PRODUCER_ID;
    private short epoch = NO_EPOCH;
    private int nextSequence;
    private int lastAckedSequence = NO_SEQUENCE;
    private int onWire;
    /** A sequence number is known never to be appended. */
    private boolean gap;
    private int gapSequence;
    /** A batch was given up without knowing whether it was appended. */
    private boolean uncertain;
    /** A batch has failed, and what follows it is not given up yet: only batches before it may go out. */
    private boolean held;
    /** The failure behind which nothing is to be delivered that was accepted before it is told; {@code null} if all that is given up. */
    KpException cut;
    /** The last batch that was opened before the cut. */
    long cutUpTo;
    /** {@code null} unless outcomes go through an executor. */
    private CallbackLane lane;
    /** What is counted of the partition; {@code null} before the first batch. */
    ProducerStats.OfPartition stats;

    private PartitionState(final PartitionQueue queue) {
        this.queue = queue;
    }

    static PartitionState of(final PartitionQueue queue) {
        final Object attachment = queue.attachment();
        if (attachment != null) {
            return (PartitionState) attachment;
        }
        final PartitionState state = new PartitionState(queue);
        queue.attach(state);
        return state;
    }

    /** The way of the partition's outcomes through the completion executor. */
    CallbackLane lane(final Completions completions) {
        if (lane == null) {
            lane = new CallbackLane(completions);
        }
        return lane;
    }

    PartitionQueue queue() {
        return queue;
    }

    /** Batches of the partition in requests that have not ended. */
    int onWire() {
        return onWire;
    }

    /** Whether a batch that has no sequence yet may get one now. */
    boolean takesNew(final ProducerIdentity identity) {
        if (gap || uncertain) {
            return false;
        }
        if (lastAckedSequence == NO_SEQUENCE) {
            // Brokers take any sequence of a producer that they do not know: only one batch until they do, or a later one may come in first.
            return unresolved.isEmpty();
        }
        return unresolved.isEmpty() || producerId == identity.producerId() && untold.size() < REMEMBERED_BATCHES;
    }

    /** Whether a batch that came back may go out again: only the oldest one may, since the broker would refuse the others. */
    boolean mayRetry(final Batch batch) {
        return unresolved.peekFirst() == batch && !(gap && distance(gapSequence, batch.baseSequence()) >= 0);
    }

    /** Gives the batch the next sequence numbers and writes them into it; one that has some keeps them. */
    void seal(final Batch batch, final ProducerIdentity identity) {
        if (batch.hasSequence()) {
            return;
        }
        if (producerId != identity.producerId()) {
            adopt(identity.producerId(), identity.epoch());
        }
        batch.seal(producerId, epoch, nextSequence, false);
        nextSequence = after(nextSequence, batch.recordCount());
        unresolved.addLast(batch);
    }

    void sent() {
        onWire++;
    }

    /** The batch is the next one whose outcome is to be told, unless it waits for that already. */
    void track(final Batch batch) {
        final BatchTrace trace = BatchTrace.of(batch);
        if (!trace.tracked) {
            trace.tracked = true;
            untold.addLast(batch);
        }
    }

    boolean isHeld() {
        return held;
    }

    void hold(final boolean on) {
        held = on;
    }

    /** Whether a batch must not go out since it is behind one that has failed, or since it is not known yet whether it is. */
    boolean holdsBack(final Batch batch) {
        if (!held) {
            return false;
        }
        for (final Batch one : untold) {
            if (one == batch) {
                return false;
            }
            if (isFailed(one)) {
                return true;
            }
        }
        return true;
    }

    private static boolean isFailed(final Batch batch) {
        final BatchTrace trace = BatchTrace.of(batch);
        return trace.concluded && trace.failure != null;
    }

    /** Whether a failure of the partition is decided and not told. */
    boolean hasUntoldFailure() {
        for (final Batch one : untold) {
            if (isFailed(one)) {
                return true;
            }
        }
        return false;
    }

    /** The oldest batch whose outcome is not told, if that is a failure that does not follow another one; else {@code null}. */
    Batch nextFailure() {
        final Batch oldest = untold.peekFirst();
        return oldest != null && isFailed(oldest) && BatchTrace.of(oldest).follows == null ? oldest : null;
    }

    /** Nothing that is under way and has no outcome yet is to be tried again; what has failed already is a part of this failure, and makes no cut of its own. */
    void giveUp(final KpException failure) {
        for (final Batch one : untold) {
            final BatchTrace trace = BatchTrace.of(one);
            if (trace.follows == null && (!trace.concluded || trace.failure != null)) {
                trace.follows = trace.concluded ? trace.failure : failure;
            }
        }
    }

    /** Takes the oldest batch whose outcome is not told, if that is decided; else {@code null}. */
    Batch takeConcluded() {
        final Batch oldest = untold.peekFirst();
        return oldest != null && BatchTrace.of(oldest).concluded ? untold.pollFirst() : null;
    }

    void returned() {
        onWire--;
    }

    /** The batch is in the log. */
    void acknowledged(final Batch batch) {
        if (!batch.hasSequence() || !unresolved.remove(batch)) {
            return;
        }
        final int last = after(batch.baseSequence(), batch.recordCount() - 1);
        // An answer lost with its connection comes again after those to later batches.
        if (lastAckedSequence == NO_SEQUENCE || distance(lastAckedSequence, last) > 0) {
            lastAckedSequence = last;
        }
    }

    /**
     * The batch has ended without an acknowledgement.
     *
     * @param maybeAppended whether the broker may have it in its log
     */
    void failed(final Batch batch, final boolean maybeAppended) {
        if (!batch.hasSequence() || !unresolved.remove(batch)) {
            return;
        }
        if (maybeAppended) {
            uncertain = true;
        } else {
            gapAt(batch.baseSequence());
        }
    }

    /** Whether every batch before this one has its outcome. */
    boolean isOldest(final Batch batch) {
        return unresolved.peekFirst() == batch;
    }

    /**
     * The broker has refused the batch because of its sequence number, so it is not in the log.
     *
     * @return whether that is news: {@code false} if the batch came too early, before one that was lost or refused, and only has to wait for that
     */
    boolean refused(final Batch batch) {
        if (!isOldest(batch)) {
            return false;
        }
        gapAt(batch.baseSequence());
        return true;
    }

    /**
     * The batch was refused as too large, and its records are in smaller ones now, which take over its sequence numbers. Not yet released.
     *
     * @param parts in order
     */
    void split(final Batch batch, final List<Batch> parts) {
        if (batch.hasSequence()) {
            int sequence = batch.baseSequence();
            for (final Batch part : parts) {
                part.seal(batch.producerId(), batch.producerEpoch(), sequence, false);
                sequence = after(sequence, part.recordCount());
            }
            replace(unresolved, batch, parts);
        }
        for (final Batch part : parts) {
            BatchTrace.of(part).tracked = true;
        }
        replace(untold, batch, parts);
    }

    private static void replace(final ArrayDeque<Batch> batches, final Batch batch, final List<Batch> parts) {
        // Through the whole circle once, so that all others are in their order again.
        for (int i = batches.size(); i > 0; i--) {
            final Batch one = batches.removeFirst();
            if (one == batch) {
                batches.addAll(parts);
            } else {
                batches.addLast(one);
            }
        }
    }

    private void gapAt(final int sequence) {
        if (!gap || distance(gapSequence, sequence) < 0) {
            gap = true;
            gapSequence = sequence;
        }
    }

    /** Numbers anew what is behind a gap, if there is one and it can be done now. */
    void resolve(final ProducerIdentity identity) {
        if (onWire > 0 || !gap && !uncertain) {
            return;
        }
        final Batch oldest = unresolved.peekFirst();
        if (gap) {
            if (oldest != null && distance(gapSequence, oldest.baseSequence()) < 0) {
                return;
            }
        } else if (oldest != null) {
            // Its outcome will tell: acknowledged means that everything before it was appended, refused that it was not.
            return;
        } else if (nextSequence == after(lastAckedSequence, 1)) {
            uncertain = false;
            return;
        }
        if (epoch == Short.MAX_VALUE) {
            if (producerId == identity.producerId()) {
                identity.renew();
                return;
            }
            if (!identity.isKnown()) {
                return;
            }
            adopt(identity.producerId(), identity.epoch());
        } else {
            adopt(producerId, (short) (epoch + 1));
        }
        gap = false;
        uncertain = false;
        for (final Batch batch : unresolved) {
            batch.seal(producerId, epoch, nextSequence, false);
            nextSequence = after(nextSequence, batch.recordCount());
        }
        LOG.info("sequence numbers start anew: {}", this);
    }

    private void adopt(final long id, final short newEpoch) {
        producerId = id;
        epoch = newEpoch;
        nextSequence = 0;
        lastAckedSequence = NO_SEQUENCE;
    }

    /** Where the sequence numbers go on; for tests of their wrap. */
    void goOnAt(final ProducerIdentity identity, final int sequence) {
        adopt(identity.producerId(), identity.epoch());
        nextSequence = sequence;
        lastAckedSequence = sequence == 0 ? NO_SEQUENCE : sequence - 1;
    }

    /** Sequence numbers are 31 bits wide: after 2147483647 comes 0. */
    static int after(final int sequence, final int records) {
        return sequence + records & Integer.MAX_VALUE;
    }

    /** How far a sequence number lies behind another, on the circle of 31 bits; negative if before. */
    private static int distance(final int from, final int to) {
        return to - from << 1 >> 1;
    }

    @Override
    public String toString() {
        return queue.topicPartition() + " (producerId=" + producerId + ", epoch=" + epoch + ", nextSequence="
                + nextSequence + ", lastAcked="
                + lastAckedSequence + ", unresolved=" + unresolved.size() + ", onWire=" + onWire
                + (gap ? ", gapAt=" + gapSequence : "")
                + (uncertain ? ", uncertain" : "") + ')';
    }
}
