package io.kp.accumulator;

import io.kp.memory.Segment;

/**
 * A record's place in its batch, for callers that write key and value themselves: a window of the batch's own memory. Made once by the
 * caller and used for one claim after the other, by one thread at a time.
 *
 * <p>
 * The batch cannot be sent before the claim has ended, so a claim has to be committed or aborted, and soon.
 */
public final class Claim {
    /*
     * Of these the node alone is an object, and it is stored where it changes only: a reference that is stored into an older object may cost G1 a full fence, which waits for everything the
     * caller has written, records included.
     */
    private boolean active;
    private SegmentNode node;
    private int slot;
    private long timestampMs;
    private int keyOffset;
    private int valueOffset;
    private int keyLength;
    private int valueLength;

    /**
     * A claim of nothing, to be given to {@link RecordAccumulator#tryClaim}.
     */
    public Claim() {
    }

    void wrap(final SegmentNode claimedNode, final int claimedSlot,
            final int position, final int bodyBytes, final long timestampDelta, final int index, final long timestamp,
            final int keyBytes, final int valueBytes, final Object completion) {
        active = true;
        if (node != claimedNode) {
            node = claimedNode;
        }
        slot = claimedSlot;
        timestampMs = timestamp;
        // The slot is the caller's own, and published by the commit.
        claimedNode.completion(claimedSlot, completion);
        keyLength = keyBytes;
        valueLength = valueBytes;
        final Segment segment = claimedNode.segment;
        keyOffset = RecordEncoder.putPrefix(segment, position, bodyBytes, timestampDelta, index, keyBytes);
        valueOffset = RecordEncoder.putVarint(segment, keyOffset + Math.max(keyBytes, 0), valueBytes);
        segment.putByte(valueOffset + Math.max(valueBytes, 0), (byte) 0);
    }

    /**
     * Whether there is a claim to be ended.
     *
     * @return true between a successful claim and its commit or abort.
     */
    public boolean isActive() {
        return active;
    }

    /**
     * The memory to write to: {@link #keyLength()} bytes from {@link #keyOffset()} and {@link #valueLength()} bytes from
     * {@link #valueOffset()}. All other bytes belong to others.
     *
     * @return the segment that the record lies in.
     * @throws IllegalStateException
     *             if there is no claim.
     */
    public Segment segment() {
        requireActive();
        return node.segment;
    }

    /**
     * Where the key goes.
     *
     * @return index in the segment of the key's first byte.
     */
    public int keyOffset() {
        return keyOffset;
    }

    /**
     * Length of the key.
     *
     * @return number of bytes, -1 for a null key.
     */
    public int keyLength() {
        return keyLength;
    }

    /**
     * Where the value goes.
     *
     * @return index in the segment of the value's first byte.
     */
    public int valueOffset() {
        return valueOffset;
    }

    /**
     * Length of the value.
     *
     * @return number of bytes, -1 for a null value.
     */
    public int valueLength() {
        return valueLength;
    }

    /**
     * Key and value are written: the record may be sent. The segment must not be touched afterwards.
     *
     * @throws IllegalStateException
     *             if there is no claim.
     */
    public void commit() {
        requireActive();
        active = false;
        final Batch batch = node.batch;
        batch.queue.commit(batch, timestampMs);
    }

    /**
     * The record is not to be sent: it is taken out of its batch before the batch goes, and its completion object is not reported. Costs the
     * I/O thread a copy of the records behind it. The segment must not be touched afterwards.
     *
     * @throws IllegalStateException
     *             if there is no claim.
     */
    public void abort() {
        requireActive();
        active = false;
        final Batch batch = node.batch;
        batch.queue.abort(node, batch, slot);
    }

    private void requireActive() {
        if (!active) {
            throw new IllegalStateException("no claim to use: it has ended, or tryClaim did not succeed");
        }
    }
}
