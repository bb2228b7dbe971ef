package io.kp.testkit;

import java.util.List;

/**
 * One record batch in a partition's log.
 *
 * @param baseOffset offset of its first record
 * @param producerId the producer's id, -1 if it is not idempotent
 * @param producerEpoch the producer's epoch, -1 if it is not idempotent
 * @param baseSequence sequence number of the first record, -1 if the producer is not idempotent
 * @param recordCount the number of records
 * @param sizeInBytes the size of the batch as it was received
 * @param leaderEpoch epoch of the leader that appended it
 * @param nodeId the leader that appended it
 * @param records its records; empty if the batch is compressed in a way that this module cannot read (anything but gzip)
 */
public record StoredBatch(long baseOffset, long producerId, short producerEpoch, int baseSequence, int recordCount,
        int sizeInBytes, int leaderEpoch,
        int nodeId, List<StoredRecord> records) {

    /**
     * Offset of the last record.
     *
     * @return the offset
     */
    public long lastOffset() {
        return baseOffset + recordCount - 1;
    }

    /**
     * Sequence number of the last record.
     *
     * @return the number, -1 if the producer is not idempotent
     */
    public int lastSequence() {
        return baseSequence < 0 ? -1 : baseSequence + recordCount - 1 & Integer.MAX_VALUE;
    }
}
