package io.kp.accumulator;

/**
 * The record whose completion object is being handed out by {@link Batch#complete}. Its parts are read from the batch's memory when they are
 * asked for and not before: most completions only want to know that all went well, and the memory has left the processor's cache long ago.
 *
 * <p>
 * One object for all records: valid during {@link RecordHandler#onRecord} only, and only on the thread of that call.
 */
public final class CompletedRecord {
    private final RecordCursor cursor = new RecordCursor();
    private final CompletionLedger ledger = new CompletionLedger();

    /** The record's segment; null while none is being handed out. */
    private SegmentNode node;
    private int slot;
    private boolean compressed;
    private long baseTimestamp;

    // What has been read: all of it of the record that was asked for last.
    private boolean isRead;
    private long timestampMs;
    private int keyBytes;
    private int valueBytes;
    /** Records of a compressed batch with a completion object: how many were handed out, and how many the entries read so far are about. */
    private int handedOut;
    private int readFromLedger;

    CompletedRecord() {
    }

    /** Goes before the first record of a batch. */
    void begin(final Batch batch, final SegmentNode ledgerNode, final int ledgerPosition) {
        baseTimestamp = batch.baseTimestamp();
        compressed = batch.codecId() != 0;
        if (compressed) {
            ledger.reset(ledgerNode, ledgerPosition);
            handedOut = 0;
            readFromLedger = 0;
        } else {
            cursor.reset(batch);
        }
    }

    /** Goes on to a segment. */
    void in(final SegmentNode segment) {
        node = segment;
    }

    /** Goes on to a record of the segment with a completion object; in their order. */
    void at(final int recordSlot) {
        slot = recordSlot;
        isRead = false;
        handedOut++;
    }

    void end() {
        node = null;
    }

    /**
     * The record's timestamp.
     *
     * @return milliseconds since the epoch, as given with the record.
     * @throws IllegalStateException
     *             if no record is being handed out.
     */
    public long timestampMs() {
        read();
        return timestampMs;
    }

    /**
     * Length of the serialized key.
     *
     * @return number of bytes, -1 for a null key.
     * @throws IllegalStateException
     *             if no record is being handed out.
     */
    public int keyBytes() {
        read();
        return keyBytes;
    }

    /**
     * Length of the serialized value.
     *
     * @return number of bytes, -1 for a null value.
     * @throws IllegalStateException
     *             if no record is being handed out.
     */
    public int valueBytes() {
        read();
        return valueBytes;
    }

    private void read() {
        if (node == null) {
            throw new IllegalStateException("a record's details can be read while it is being completed only");
        }
        if (isRead) {
            return;
        }
        isRead = true;
        if (compressed) {
            readLedger();
        } else {
            readRecord();
        }
    }

    private void readRecord() {
        while (cursor.node() != node) {
            cursor.nextSegment();
        }
        while (cursor.slot() < slot) {
            cursor.nextRecord();
        }
        cursor.readDeltas();
        timestampMs = baseTimestamp + cursor.timestampDelta();
        keyBytes = cursor.keyBytes();
        valueBytes = cursor.valueBytes(keyBytes);
    }

    private void readLedger() {
        while (readFromLedger < handedOut) {
            readFromLedger += (int) ledger.next();
            timestampMs = baseTimestamp + ledger.next();
            keyBytes = (int) ledger.next();
            valueBytes = (int) ledger.next();
        }
    }
}
