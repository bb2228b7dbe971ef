package io.kp.testkit;

import static io.kp.testkit.BatchDescriptor.ATTRIBUTES_OFFSET;
import static io.kp.testkit.BatchDescriptor.BASE_OFFSET_OFFSET;
import static io.kp.testkit.BatchDescriptor.BASE_SEQUENCE_OFFSET;
import static io.kp.testkit.BatchDescriptor.BASE_TIMESTAMP_OFFSET;
import static io.kp.testkit.BatchDescriptor.CODEC_MASK;
import static io.kp.testkit.BatchDescriptor.CODEC_NONE;
import static io.kp.testkit.BatchDescriptor.CODEC_ZSTD;
import static io.kp.testkit.BatchDescriptor.CONTROL_MASK;
import static io.kp.testkit.BatchDescriptor.CRC_OFFSET;
import static io.kp.testkit.BatchDescriptor.HEADER_BYTES;
import static io.kp.testkit.BatchDescriptor.LAST_OFFSET_DELTA_OFFSET;
import static io.kp.testkit.BatchDescriptor.LENGTH_OFFSET;
import static io.kp.testkit.BatchDescriptor.LOG_APPEND_TIME_MASK;
import static io.kp.testkit.BatchDescriptor.MAGIC;
import static io.kp.testkit.BatchDescriptor.MAGIC_OFFSET;
import static io.kp.testkit.BatchDescriptor.MAX_TIMESTAMP_OFFSET;
import static io.kp.testkit.BatchDescriptor.PRODUCER_EPOCH_OFFSET;
import static io.kp.testkit.BatchDescriptor.PRODUCER_ID_OFFSET;
import static io.kp.testkit.BatchDescriptor.RECORD_COUNT_OFFSET;
import static io.kp.testkit.BatchDescriptor.UNCOUNTED_BYTES;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

import io.kp.accumulator.CodecUnavailableException;
import io.kp.accumulator.CompressionCodec;
import io.kp.accumulator.Decompressor;
import io.kp.network.ErrorCode;

/**
 * The records field of one partition of a produce request, checked as a broker checks it. What is wrong is a {@link Refusal}.
 */
final class ReceivedBatch {
    private static final short FIRST_VERSION_WITH_ZSTD = 7;
    /** Names of the codecs by their number in the attributes. */
    private static final List<String> CODECS = List.of("none", "gzip", "snappy", "lz4", "zstd");
    private static final int FIRST_GUESS = 64 * 1024;
    private static final int LAST_GUESS = FIRST_GUESS * 8 * 8 * 8;

    /** What a broker answers to a batch that it does not accept. */
    static final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient ErrorCode error;

        Refusal(final ErrorCode error, final String message) {
            super(message, null, false, false);
            this.error = error;
        }

        ErrorCode error() {
            return error;
        }
    }

    private final ByteBuffer bytes;
    private final long producerId;
    private final short producerEpoch;
    private final int baseSequence;
    private final int recordCount;
    private final List<StoredRecord> records = new ArrayList<>();

    /**
     * @param records the bytes from position to limit
     * @throws Refusal if a broker would refuse them
     */
    ReceivedBatch(final ByteBuffer records, final short produceVersion) {
        if (records == null || records.remaining() < HEADER_BYTES) {
            throw new Refusal(ErrorCode.INVALID_RECORD, "records are shorter than a batch header: bytes="
                    + (records == null ? "null" : records.remaining()) + ", headerBytes=" + HEADER_BYTES);
        }
        bytes = records.slice();
        final byte magic = bytes.get(MAGIC_OFFSET);
        if (magic != MAGIC) {
            throw new Refusal(ErrorCode.INVALID_RECORD, "magic must be " + MAGIC + ": magic=" + magic);
        }
        final long size = (long) bytes.getInt(LENGTH_OFFSET) + UNCOUNTED_BYTES;
        if (size != bytes.limit()) {
            throw new Refusal(ErrorCode.INVALID_RECORD, "there must be exactly one batch: batchBytes=" + size
                    + ", recordsBytes=" + bytes.limit());
        }
        final int attributes = bytes.getShort(ATTRIBUTES_OFFSET);
        final int codec = attributes & CODEC_MASK;
        if (codec == CODEC_ZSTD && produceVersion < FIRST_VERSION_WITH_ZSTD) {
            throw new Refusal(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
                    "zstd needs Produce 7: version=" + produceVersion);
        }
        final CRC32C crc = new CRC32C();
        crc.update(bytes.slice(ATTRIBUTES_OFFSET, bytes.limit() - ATTRIBUTES_OFFSET));
        if ((int) crc.getValue() != bytes.getInt(CRC_OFFSET)) {
            throw new Refusal(ErrorCode.CORRUPT_MESSAGE, "checksum differs: batch="
                    + Integer.toHexString(bytes.getInt(CRC_OFFSET)) + ", computed="
                    + Integer.toHexString((int) crc.getValue()));
        }
        if ((attributes & LOG_APPEND_TIME_MASK) != 0) {
            throw new Refusal(ErrorCode.INVALID_TIMESTAMP, "producers may not set the append time: attributes="
                    + attributes);
        }
        recordCount = bytes.getInt(RECORD_COUNT_OFFSET);
        final int lastOffsetDelta = bytes.getInt(LAST_OFFSET_DELTA_OFFSET);
        producerId = bytes.getLong(PRODUCER_ID_OFFSET);
        producerEpoch = bytes.getShort(PRODUCER_EPOCH_OFFSET);
        baseSequence = bytes.getInt(BASE_SEQUENCE_OFFSET);
        if (recordCount <= 0 || lastOffsetDelta != recordCount - 1) {
            throw new Refusal(ErrorCode.INVALID_RECORD, "number of records must be positive and match the offsets: "
                    + "recordCount=" + recordCount + ", lastOffsetDelta=" + lastOffsetDelta);
        }
        if (bytes.getLong(BASE_OFFSET_OFFSET) != 0) {
            throw new Refusal(ErrorCode.INVALID_RECORD, "base offset of a producer must be 0: baseOffset="
                    + bytes.getLong(BASE_OFFSET_OFFSET));
        }
        if ((attributes & CONTROL_MASK) != 0) {
            throw new Refusal(ErrorCode.INVALID_RECORD, "producers may not write control batches: attributes="
                    + attributes);
        }
        if (producerId >= 0 && (baseSequence < 0 || producerEpoch < 0)) {
            throw new Refusal(ErrorCode.INVALID_RECORD,
                    "producer id without epoch or sequence: producerId=" + producerId
                            + ", producerEpoch=" + producerEpoch + ", baseSequence=" + baseSequence);
        }
        final ByteBuffer payload = payload(codec);
        if (payload != null) {
            parse(payload);
        }
    }

    /** The records; {@code null} if the library of their codec is not there. */
    private ByteBuffer payload(final int codec) {
        final ByteBuffer payload = bytes.slice(HEADER_BYTES, bytes.limit() - HEADER_BYTES);
        if (codec == CODEC_NONE) {
            return payload;
        }
        if (codec >= CODECS.size()) {
            throw new Refusal(ErrorCode.INVALID_RECORD, "codec is unknown: codec=" + codec);
        }
        final ByteBuffer input = ByteBuffer.allocateDirect(payload.remaining()).put(payload).flip();
        try (Decompressor decompressor = CompressionCodec.named(CODECS.get(codec)).decompressor()) {
            // The stream does not tell how long its content is.
            for (int bytes = FIRST_GUESS;; bytes *= 8) {
                final ByteBuffer output = ByteBuffer.allocateDirect(bytes);
                try {
                    return output.limit(decompressor.decompress(input.clear(), output)).position(0);
                } catch (final IllegalArgumentException e) {
                    if (bytes >= LAST_GUESS) {
                        throw new Refusal(ErrorCode.CORRUPT_MESSAGE,
                                "records cannot be decompressed: " + e.getMessage());
                    }
                }
            }
        } catch (final CodecUnavailableException e) {
            return null;
        }
    }

    private void parse(final ByteBuffer in) {
        final long baseTimestamp = bytes.getLong(BASE_TIMESTAMP_OFFSET);
        long maxTimestamp = Long.MIN_VALUE;
        try {
            for (int i = 0; i < recordCount; i++) {
                final int length = varint(in);
                final int end = in.position() + length;
                if (length < 0 || length > in.remaining()) {
                    throw invalid(i, "length is out of range: length=" + length + ", remaining=" + in.remaining());
                }
                in.get();
                final long timestamp = baseTimestamp + varlong(in);
                final int offsetDelta = varint(in);
                if (offsetDelta != i) {
                    throw invalid(i, "offset must be the index: offsetDelta=" + offsetDelta);
                }
                final byte[] key = bytes(in, varint(in));
                final byte[] value = bytes(in, varint(in));
                final int headerCount = varint(in);
                if (headerCount < 0 || headerCount > in.remaining()) {
                    throw invalid(i, "number of headers is out of range: count=" + headerCount);
                }
                final List<StoredRecord.Header> headers = new ArrayList<>(headerCount);
                for (int h = 0; h < headerCount; h++) {
                    final byte[] headerKey = bytes(in, varint(in));
                    if (headerKey == null) {
                        throw invalid(i, "key of a header is null");
                    }
                    headers.add(new StoredRecord.Header(new String(headerKey, StandardCharsets.UTF_8),
                            bytes(in, varint(in))));
                }
                if (in.position() != end) {
                    throw invalid(i, "length differs from the fields: end=" + end + ", position=" + in.position());
                }
                maxTimestamp = Math.max(maxTimestamp, timestamp);
                final int sequence = baseSequence < 0 ? -1 : baseSequence + i & Integer.MAX_VALUE;
                records.add(new StoredRecord(i, timestamp, key, value, headers, sequence));
            }
        } catch (final java.nio.BufferUnderflowException e) {
            throw new Refusal(ErrorCode.INVALID_RECORD, "records end early: record=" + records.size());
        }
        if (in.hasRemaining()) {
            throw new Refusal(ErrorCode.INVALID_RECORD, "bytes are left over after the last record: bytes="
                    + in.remaining());
        }
        if (maxTimestamp != bytes.getLong(MAX_TIMESTAMP_OFFSET)) {
            throw new Refusal(ErrorCode.INVALID_RECORD, "highest timestamp differs: header="
                    + bytes.getLong(MAX_TIMESTAMP_OFFSET) + ", records=" + maxTimestamp);
        }
    }

    private static Refusal invalid(final int record, final String rule) {
        return new Refusal(ErrorCode.INVALID_RECORD, rule + ", record=" + record);
    }

    private static byte[] bytes(final ByteBuffer in, final int length) {
        if (length < 0) {
            return null;
        }
        if (length > in.remaining()) {
            throw new Refusal(ErrorCode.INVALID_RECORD, "field ends after the batch: length=" + length);
        }
        final byte[] bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }

    private static int varint(final ByteBuffer in) {
        return (int) varlong(in);
    }

    private static long varlong(final ByteBuffer in) {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            final byte b = in.get();
            value |= (long) (b & 0x7F) << shift;
            if (b >= 0) {
                return value >>> 1 ^ -(value & 1);
            }
        }
        throw new Refusal(ErrorCode.INVALID_RECORD, "varint does not end within 64 bits");
    }

    long producerId() {
        return producerId;
    }

    short producerEpoch() {
        return producerEpoch;
    }

    int baseSequence() {
        return baseSequence;
    }

    int lastSequence() {
        return baseSequence + recordCount - 1 & Integer.MAX_VALUE;
    }

    int recordCount() {
        return recordCount;
    }

    int sizeInBytes() {
        return bytes.limit();
    }

    /** The batch as it stands in a log. */
    StoredBatch store(final long baseOffset, final long logAppendTimeMs, final int leaderEpoch, final int nodeId) {
        final List<StoredRecord> stored = new ArrayList<>(records.size());
        for (final StoredRecord record : records) {
            stored.add(new StoredRecord(baseOffset + record.offset(),
                    logAppendTimeMs < 0 ? record.timestampMs() : logAppendTimeMs, record.key(), record.value(),
                    List.copyOf(record.headers()), record.sequence()));
        }
        return new StoredBatch(baseOffset, producerId, producerEpoch, baseSequence, recordCount, sizeInBytes(),
                leaderEpoch, nodeId, List.copyOf(stored));
    }
}
