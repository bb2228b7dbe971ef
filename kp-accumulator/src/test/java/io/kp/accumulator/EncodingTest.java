package io.kp.accumulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.junit.jupiter.api.Test;

/** The batches' bytes against those of kafka-clients, and against the worked examples of the wire reference. */
class EncodingTest {
    private static final long TIMESTAMP = 1_700_000_000_000L;

    record HeaderSpec(String key, byte[] value) {
    }

    record RecordSpec(long timestamp, byte[] key, byte[] value, List<HeaderSpec> headers) {
        RecordHeaders recordHeaders() {
            if (headers == null) {
                return null;
            }
            return new RecordHeaders() {
                @Override
                public int count() {
                    return headers.size();
                }

                @Override
                public byte[] keyUtf8(final int index) {
                    return headers.get(index).key.getBytes(StandardCharsets.UTF_8);
                }

                @Override
                public byte[] value(final int index) {
                    return headers.get(index).value;
                }
            };
        }

        Header[] kafkaHeaders() {
            return headers == null
                    ? new Header[0]
                    : headers.stream().map(h -> new RecordHeader(h.key, h.value)).toArray(Header[]::new);
        }
    }

    private static final RecordSpec R1 = new RecordSpec(TIMESTAMP, "k1".getBytes(), "hello".getBytes(), null);
    private static final RecordSpec R2 = new RecordSpec(TIMESTAMP + 5, null, "world".getBytes(),
            List.of(new HeaderSpec("h1", new byte[]{1, 2}), new HeaderSpec("h2", null)));

    @Test
    void shouldWriteExampleA() {
        assertEquals(hex("0000000000000000 0000003f ffffffff 02 5028da91 0000 00000000"
                + "0000018bcfe56800 0000018bcfe56800 ffffffffffffffff ffff ffffffff 00000001"
                + "1a 00 00 00 04 6b31 0a 68656c6c6f 00"), hexOf(ours(List.of(R1), -1, (short) -1, -1, false, 2048)));
    }

    @Test
    void shouldWriteExampleB() {
        assertEquals(hex("0000000000000000 0000003f ffffffff 02 bd90ce4e 0000 00000000"
                + "0000018bcfe56800 0000018bcfe56800 0000000000000fa0 0000 00000007 00000001"
                + "1a 00 00 00 04 6b31 0a 68656c6c6f 00"), hexOf(ours(List.of(R1), 4000, (short) 0, 7, false, 2048)));
    }

    @Test
    void shouldWriteExampleC() {
        assertEquals(
                hex("0000000000000000 00000055 ffffffff 02 d686d018 0000 00000001"
                        + "0000018bcfe56800 0000018bcfe56805 0000000000000fa0 0000 00000007 00000002"
                        + "1a 00 00 00 04 6b31 0a 68656c6c6f 00"
                        + "2a 00 0a 02 01 0a 776f726c64 04 04 6831 04 0102 04 6832 01"),
                hexOf(ours(List.of(R1, R2), 4000, (short) 0, 7, false, 2048)));
    }

    @Property(tries = 120)
    void shouldWriteTheBytesOfKafka(@ForAll("recordLists") final List<RecordSpec> records,
            @ForAll final boolean idempotent,
            @ForAll final boolean transactional, @ForAll("sequences") final int sequence) {
        final boolean sequenced = idempotent || transactional;
        final long producerId = sequenced ? 4_711_000_000_000L : -1;
        final short epoch = (short) (sequenced ? 12 : -1);
        final int baseSequence = sequenced ? sequence : -1;
        final byte[] expected = kafkas(records, producerId, epoch, baseSequence, transactional);
        // Small segments, so that most batches have several; large ones, so that most have one.
        assertArrayEquals(expected, ours(records, producerId, epoch, baseSequence, transactional, 256));
        assertArrayEquals(expected, ours(records, producerId, epoch, baseSequence, transactional, 16_384));
    }

    @Property(tries = 40)
    void shouldTellTimestampAndSizesOnCompletion(@ForAll("recordLists") final List<RecordSpec> records,
            @ForAll @IntRange(min = 1, max = 5) final int everyNth) {
        try (Rig rig = rig(256)) {
            append(rig, records);
            final Batch batch = only(rig);
            final List<String> seen = new ArrayList<>();
            final CompletedRecord[] kept = new CompletedRecord[1];
            batch.complete((completion, index, record) -> {
                kept[0] = record;
                // Whoever does not ask must not change what the next one is told.
                if (index % everyNth == 0) {
                    seen.add(completion + " " + index + " " + record.timestampMs() + " " + record.keyBytes() + " "
                            + record.valueBytes());
                }
            });
            assertThrows(IllegalStateException.class, kept[0]::timestampMs, "its memory may be another batch's soon");
            final List<String> expected = new ArrayList<>();
            for (int i = 0; i < records.size(); i += everyNth) {
                final RecordSpec r = records.get(i);
                expected.add(i + " " + i + " " + r.timestamp + " " + (r.key == null ? -1 : r.key.length) + " "
                        + (r.value == null ? -1 : r.value.length));
            }
            assertEquals(expected, seen);
            rig.accumulator.release(batch);
        }
    }

    @Test
    void shouldSealAgainWithOtherProducerState() {
        try (Rig rig = rig(256)) {
            final List<RecordSpec> records = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                records.add(R1);
                records.add(R2);
            }
            append(rig, records);
            final Batch batch = only(rig);
            batch.seal(1, (short) 2, 3, false);
            assertArrayEquals(kafkas(records, 1, (short) 2, 3, false), Rig.bytes(batch));
            assertArrayEquals(kafkas(records, 1, (short) 2, 3, false), Rig.bytes(batch), "the buffers start anew");
            batch.seal(5, (short) 6, Integer.MAX_VALUE, true);
            assertArrayEquals(kafkas(records, 5, (short) 6, Integer.MAX_VALUE, true), Rig.bytes(batch));
            assertEquals(5, batch.producerId());
            assertEquals(6, batch.producerEpoch());
            assertEquals(Integer.MAX_VALUE, batch.baseSequence());
            rig.finish(batch);
        }
    }

    @Test
    void shouldWriteARecordLargerThanAnySharedSegment() {
        final byte[] value = new byte[300_000];
        for (int i = 0; i < value.length; i++) {
            value[i] = (byte) (i * 31);
        }
        final List<RecordSpec> records = List.of(R1, new RecordSpec(TIMESTAMP - 7, value, value, R2.headers), R2,
                new RecordSpec(TIMESTAMP, null, value, null), R1);
        assertArrayEquals(kafkas(records, -1, (short) -1, -1, false), ours(records, -1, (short) -1, -1, false, 2048));
    }

    @Provide
    Arbitrary<Integer> sequences() {
        return Arbitraries.integers().greaterOrEqual(0);
    }

    @Provide
    Arbitrary<List<RecordSpec>> recordLists() {
        final Arbitrary<byte[]> small = Arbitraries.bytes().array(byte[].class).ofMaxSize(40);
        final Arbitrary<byte[]> large = Arbitraries.bytes().array(byte[].class).ofMinSize(60).ofMaxSize(700);
        final Arbitrary<byte[]> bytes = Arbitraries.frequencyOf(net.jqwik.api.Tuple.of(5, small),
                net.jqwik.api.Tuple.of(1, large)).injectNull(0.1);
        final Arbitrary<Long> timestamps = Arbitraries.oneOf(Arbitraries.longs().between(TIMESTAMP, TIMESTAMP + 100),
                Arbitraries.longs().greaterOrEqual(0));
        final Arbitrary<List<HeaderSpec>> headers = Combinators
                .combine(Arbitraries.strings().ofMaxLength(12), small.injectNull(0.2)).as(HeaderSpec::new).list()
                .ofMaxSize(4)
                .injectNull(0.5);
        return Combinators.combine(timestamps, bytes, bytes, headers).as(RecordSpec::new).list().ofMinSize(1)
                .ofMaxSize(100);
    }

    private static Rig rig(final int segmentBytes) {
        return Rig.builder().segmentBytes(segmentBytes).batchBytes(4 << 20).capacityBytes(8 << 20).lingerNs(0).build();
    }

    private static void append(final Rig rig, final List<RecordSpec> records) {
        try {
            for (int i = 0; i < records.size(); i++) {
                final RecordSpec r = records.get(i);
                rig.accumulator.append(rig.queue(0), r.timestamp, r.key, r.value, r.recordHeaders(), i, 0);
            }
        } catch (final InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static Batch only(final Rig rig) {
        rig.leaders(1);
        rig.poll();
        final List<Batch> batches = rig.drain(1);
        assertEquals(1, batches.size());
        return batches.get(0);
    }

    private static byte[] ours(final List<RecordSpec> records, final long producerId, final short epoch,
            final int sequence,
            final boolean transactional, final int segmentBytes) {
        try (Rig rig = rig(segmentBytes)) {
            append(rig, records);
            final Batch batch = only(rig);
            assertEquals(records.size(), batch.recordCount());
            batch.seal(producerId, epoch, sequence, transactional);
            final byte[] bytes = Rig.bytes(batch);
            rig.finish(batch);
            return bytes;
        }
    }

    private static byte[] kafkas(final List<RecordSpec> records, final long producerId, final short epoch,
            final int sequence, final boolean transactional) {
        final ByteBuffer buffer = ByteBuffer.allocate(4 << 20);
        final MemoryRecordsBuilder builder = MemoryRecords.builder(buffer, RecordBatch.MAGIC_VALUE_V2, Compression.NONE,
                TimestampType.CREATE_TIME, 0, RecordBatch.NO_TIMESTAMP, producerId, epoch, sequence, transactional,
                RecordBatch.NO_PARTITION_LEADER_EPOCH);
        for (final RecordSpec r : records) {
            builder.append(r.timestamp, r.key, r.value, r.kafkaHeaders());
        }
        final ByteBuffer built = builder.build().buffer();
        final byte[] bytes = new byte[built.remaining()];
        built.get(bytes);
        return bytes;
    }

    private static String hex(final String text) {
        return text.replace(" ", "");
    }

    private static String hexOf(final byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
