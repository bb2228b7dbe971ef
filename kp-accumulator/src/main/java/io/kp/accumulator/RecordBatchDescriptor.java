package io.kp.accumulator;

/**
 * Layout of the header of a Kafka record batch, format version 2 (all fields big-endian).
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------------------------------------------------------+
 *  |                          Base Offset                          |
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |            Batch Length (bytes after this field)              |
 *  +---------------------------------------------------------------+
 *  |                    Partition Leader Epoch                     |
 *  +---------------+-----------------------------------------------+
 *  |     Magic     |   CRC-32C, over everything from Attributes    |
 *  +---------------+---------------+-------------------------------+
 *  | ...CRC-32C    |          Attributes           | Last Offset   |
 *  +---------------+-------------------------------+---------------+
 *  | ...Delta                                      | Base          |
 *  +-----------------------------------------------+               |
 *  |                                                               |
 *  |                                   Timestamp   +---------------+
 *  |                                               | Max           |
 *  |                                               +               |
 *  |                                                               |
 *  |                                   Timestamp   +---------------+
 *  |                                               | Producer      |
 *  |                                               +               |
 *  |                                                               |
 *  |                                          Id   +---------------+
 *  |                                               | Producer      |
 *  +---------------+-------------------------------+---------------+
 *  | ...Epoch      |                 Base Sequence                 |
 *  +---------------+-----------------------------------------------+
 *  | ...Sequence   |                 Record Count                  |
 *  +---------------+-----------------------------------------------+
 *  | ...Count      |                   Records                   ...
 *  +---------------+------------------------------------------------
 * </pre>
 *
 * Source: Kafka protocol guide, "Record Batch". Base offset, length, leader epoch and magic lie outside of the checksum.
 */
final class RecordBatchDescriptor {
    /** Offset of the base offset, which a producer sets to 0. */
    static final int BASE_OFFSET_OFFSET = 0;

    /** Offset of the batch length: bytes after this field. */
    static final int BATCH_LENGTH_OFFSET = BASE_OFFSET_OFFSET + Long.BYTES;

    /** Offset of the leader epoch, which a producer sets to -1. */
    static final int LEADER_EPOCH_OFFSET = BATCH_LENGTH_OFFSET + Integer.BYTES;

    /** Offset of the format version. */
    static final int MAGIC_OFFSET = LEADER_EPOCH_OFFSET + Integer.BYTES;

    /** Offset of the CRC-32C. */
    static final int CRC_OFFSET = MAGIC_OFFSET + Byte.BYTES;

    /** Offset of the attributes, and the first byte that the checksum covers. */
    static final int ATTRIBUTES_OFFSET = CRC_OFFSET + Integer.BYTES;

    /** Offset of the last record's offset delta: record count - 1. */
    static final int LAST_OFFSET_DELTA_OFFSET = ATTRIBUTES_OFFSET + Short.BYTES;

    /** Offset of the base timestamp, from which the records' deltas count. */
    static final int BASE_TIMESTAMP_OFFSET = LAST_OFFSET_DELTA_OFFSET + Integer.BYTES;

    /** Offset of the largest timestamp of the records. */
    static final int MAX_TIMESTAMP_OFFSET = BASE_TIMESTAMP_OFFSET + Long.BYTES;

    /** Offset of the producer id. */
    static final int PRODUCER_ID_OFFSET = MAX_TIMESTAMP_OFFSET + Long.BYTES;

    /** Offset of the producer epoch. */
    static final int PRODUCER_EPOCH_OFFSET = PRODUCER_ID_OFFSET + Long.BYTES;

    /** Offset of the first record's sequence number. */
    static final int BASE_SEQUENCE_OFFSET = PRODUCER_EPOCH_OFFSET + Short.BYTES;

    /** Offset of the number of records. */
    static final int RECORD_COUNT_OFFSET = BASE_SEQUENCE_OFFSET + Integer.BYTES;

    /** Length of the header, and the offset of the first record. */
    static final int HEADER_LENGTH = RECORD_COUNT_OFFSET + Integer.BYTES;

    /** Bytes that the batch length does not count: base offset and the length itself. */
    static final int LENGTH_OVERHEAD = BATCH_LENGTH_OFFSET + Integer.BYTES;

    /** The format version. */
    static final byte MAGIC = 2;

    /** Mask of the compression codec in the attributes. */
    static final int CODEC_MASK = 0x07;

    /** Attribute bit of a batch that belongs to a transaction. */
    static final int TRANSACTIONAL_FLAG = 0x10;

    /** Leader epoch, producer id, epoch and sequence where there is none. */
    static final int NONE = -1;

    private RecordBatchDescriptor() {
    }
}
