package io.kp.accumulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.utils.ByteUtils;
import org.junit.jupiter.api.Test;

class DescriptorTest {
    @Test
    void shouldHaveTheOffsetsOfTheProtocol() {
        assertEquals(8, RecordBatchDescriptor.BATCH_LENGTH_OFFSET);
        assertEquals(12, RecordBatchDescriptor.LEADER_EPOCH_OFFSET);
        assertEquals(16, RecordBatchDescriptor.MAGIC_OFFSET);
        assertEquals(17, RecordBatchDescriptor.CRC_OFFSET);
        assertEquals(21, RecordBatchDescriptor.ATTRIBUTES_OFFSET);
        assertEquals(23, RecordBatchDescriptor.LAST_OFFSET_DELTA_OFFSET);
        assertEquals(27, RecordBatchDescriptor.BASE_TIMESTAMP_OFFSET);
        assertEquals(35, RecordBatchDescriptor.MAX_TIMESTAMP_OFFSET);
        assertEquals(43, RecordBatchDescriptor.PRODUCER_ID_OFFSET);
        assertEquals(51, RecordBatchDescriptor.PRODUCER_EPOCH_OFFSET);
        assertEquals(53, RecordBatchDescriptor.BASE_SEQUENCE_OFFSET);
        assertEquals(57, RecordBatchDescriptor.RECORD_COUNT_OFFSET);
        assertEquals(DefaultRecordBatch.RECORD_BATCH_OVERHEAD, RecordBatchDescriptor.HEADER_LENGTH);
        assertEquals(12, RecordBatchDescriptor.LENGTH_OVERHEAD);
    }

    @Property
    void shouldPackAndUnpackTheState(@ForAll final int sequence, @ForAll @IntRange(max = 3) final int phase,
            @ForAll @IntRange(max = QueueState.MAX_RECORDS_PER_SEGMENT) final int records,
            @ForAll @IntRange(max = QueueState.MAX_SHARED_SEGMENT_BYTES) final int position) {
        final long state = QueueState.pack(sequence, phase, records, position);
        assertEquals(sequence, QueueState.sequence(state));
        assertEquals(phase, QueueState.phase(state));
        assertEquals(records, QueueState.records(state));
        assertEquals(position, QueueState.position(state));
        for (int next = 0; next < 4; next++) {
            assertEquals(QueueState.pack(sequence, next, records, position), QueueState.withPhase(state, next));
        }
    }

    @Property
    void shouldAddARecordWithoutTouchingItsNeighbours(@ForAll final int sequence,
            @ForAll @IntRange(max = QueueState.MAX_RECORDS_PER_SEGMENT - 1) final int records,
            @ForAll @IntRange(max = QueueState.MAX_SHARED_SEGMENT_BYTES) final int position) {
        final int bytes = QueueState.MAX_SHARED_SEGMENT_BYTES - position;
        assertEquals(QueueState.pack(sequence, QueueState.OPEN, records + 1, position + bytes),
                QueueState.withRecord(QueueState.pack(sequence, QueueState.OPEN, records, position), bytes));
    }

    @Test
    void shouldUseTheWholeWord() {
        assertEquals(Long.SIZE, QueueState.SEQUENCE_SHIFT + Integer.SIZE);
        assertTrue(QueueState.MAX_SHARED_SEGMENT_BYTES <= QueueState.POSITION_MASK);
    }

    @Property
    void shouldSizeIntsAsKafkaDoes(@ForAll final int value) {
        assertEquals(ByteUtils.sizeOfVarint(value), Varint.sizeOf(value));
        assertEquals(ByteUtils.sizeOfUnsignedVarint(value), Varint.sizeOfUnsigned(value));
        assertEquals(value, Varint.unZigZag(Varint.zigZag(value)));
    }

    @Property
    void shouldSizeLongsAsKafkaDoes(@ForAll final long value) {
        assertEquals(ByteUtils.sizeOfVarlong(value), Varint.sizeOf(value));
        assertEquals(value, Varint.unZigZag(Varint.zigZag(value)));
    }

    @Test
    void shouldSizeEveryPowerOfTwoAndItsNeighbours() {
        final ByteBuffer buffer = ByteBuffer.allocate(16);
        for (int bit = 0; bit < Long.SIZE; bit++) {
            for (int near = -1; near <= 1; near++) {
                final long value = (1L << bit) + near;
                ByteUtils.writeVarlong(value, buffer.clear());
                assertEquals(buffer.position(), Varint.sizeOf(value));
                ByteUtils.writeVarint((int) value, buffer.clear());
                assertEquals(buffer.position(), Varint.sizeOf((int) value));
            }
        }
    }
}
