package io.kp.testkit;

/**
 * Offsets of the fields of a record batch of format 2, big-endian. The checksum covers everything from {@link #ATTRIBUTES_OFFSET} on.
 *
 * <pre>
 *   0               8       12              16  17      21      23
 *  +---------------+-------+---------------+---+-------+-------+-----------------+
 *  | base offset   | length| leader epoch  |mag| crc   | attr. | last offset d.  |
 *  +---------------+-------+---------------+---+-------+-------+-----------------+
 *   27              35              43              51      53      57      61
 *  +---------------+---------------+---------------+-------+-------+-------+-----+
 *  | base timestamp| max timestamp | producer id   | epoch | seq.  | count | ... |
 *  +---------------+---------------+---------------+-------+-------+-------+-----+
 * </pre>
 *
 * Source: https://kafka.apache.org/documentation/#recordbatch
 */
final class BatchDescriptor {
    static final int BASE_OFFSET_OFFSET = 0;
    static final int LENGTH_OFFSET = BASE_OFFSET_OFFSET + Long.BYTES;
    static final int LEADER_EPOCH_OFFSET = LENGTH_OFFSET + Integer.BYTES;
    static final int MAGIC_OFFSET = LEADER_EPOCH_OFFSET + Integer.BYTES;
    static final int CRC_OFFSET = MAGIC_OFFSET + Byte.BYTES;
    static final int ATTRIBUTES_OFFSET = CRC_OFFSET + Integer.BYTES;
    static final int LAST_OFFSET_DELTA_OFFSET = ATTRIBUTES_OFFSET + Short.BYTES;
    static final int BASE_TIMESTAMP_OFFSET = LAST_OFFSET_DELTA_OFFSET + Integer.BYTES;
    static final int MAX_TIMESTAMP_OFFSET = BASE_TIMESTAMP_OFFSET + Long.BYTES;
    static final int PRODUCER_ID_OFFSET = MAX_TIMESTAMP_OFFSET + Long.BYTES;
    static final int PRODUCER_EPOCH_OFFSET = PRODUCER_ID_OFFSET + Long.BYTES;
    static final int BASE_SEQUENCE_OFFSET = PRODUCER_EPOCH_OFFSET + Short.BYTES;
    static final int RECORD_COUNT_OFFSET = BASE_SEQUENCE_OFFSET + Integer.BYTES;
    static final int HEADER_BYTES = RECORD_COUNT_OFFSET + Integer.BYTES;

    /** What the length field does not count: itself and the base offset before it. */
    static final int UNCOUNTED_BYTES = LEADER_EPOCH_OFFSET;
    static final byte MAGIC = 2;
    static final int CODEC_MASK = 0x07;
    static final int CODEC_NONE = 0;
    static final int CODEC_GZIP = 1;
    static final int CODEC_ZSTD = 4;
    static final int LOG_APPEND_TIME_MASK = 0x08;
    static final int CONTROL_MASK = 0x20;

    private BatchDescriptor() {
    }
}
