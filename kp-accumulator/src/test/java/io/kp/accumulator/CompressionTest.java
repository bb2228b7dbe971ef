package io.kp.accumulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Batches through the compressors, run by the test when it wants. */
class CompressionTest {
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private final List<Throwable> errors = new ArrayList<>();

    private Compression.Builder with(final String codec) {
        return with(CompressionCodec.named(codec));
    }

    private Compression.Builder with(final CompressionCodec codec) {
        return Compression.builder().codec(codec, Compression.DEFAULT_LEVEL).executor(tasks::add, 1)
                .onError(errors::add);
    }

    private void compress() {
        while (!tasks.isEmpty()) {
            tasks.remove().run();
        }
    }

    private void compress(final Rig rig) {
        compress();
        rig.poll();
    }

    /** Ends the linger time, then compresses and delivers until so many records are delivered; gives their completions. */
    private List<Object> deliverAfterLinger(final Rig rig, final int records) {
        rig.advance(5 * Rig.MS);
        final List<Object> delivered = new ArrayList<>();
        for (int round = 0; delivered.size() < records; round++) {
            assertTrue(round < 1_000);
            rig.poll();
            compress();
            delivered.addAll(rig.deliver(1));
        }
        return delivered;
    }

    private static String value(final int i) {
        return "{\"customer\":\"" + i % 7 + "\",\"amount\":" + i + ",\"currency\":\"EUR\",\"items\":[1,2,3]}";
    }

    private static byte[] noise(final int seed, final int length) {
        final byte[] noise = new byte[length];
        new SplittableRandom(seed).nextBytes(noise);
        return noise;
    }

    private List<String> fill(final Rig rig, final int from, final int to) {
        final List<String> sent = new ArrayList<>();
        for (int i = from; i < to; i++) {
            sent.add(value(i));
            rig.append(0, value(i));
        }
        return sent;
    }

    @ParameterizedTest
    @MethodSource("io.kp.accumulator.CodecTest#names")
    void shouldBeReadByKafkaOverManySegmentsAndBatches(final String codec) {
        for (final int segmentBytes : new int[]{256, 2048, 65536}) {
            try (Rig rig = Rig.builder().segmentBytes(segmentBytes).capacityBytes(8 << 20).batchBytes(5_000)
                    .compression(with(codec).build()).build()) {
                rig.leaders(1);
                final List<String> sent = fill(rig, 0, 5_000);
                rig.advance(5 * Rig.MS);
                final List<String> received = new ArrayList<>();
                final List<Object> completions = new ArrayList<>();
                for (int round = 0; completions.size() < 5_000; round++) {
                    assertTrue(round < 1_000);
                    rig.poll();
                    compress();
                    for (final Batch batch : rig.drain(1)) {
                        final RecordBatch kafka = Rig.kafkaBatch(Rig.sealed(batch));
                        assertEquals(CompressionType.forName(codec), kafka.compressionType());
                        assertEquals(CompressionType.forName(codec).id, batch.codecId());
                        received.addAll(Rig.kafkaValues(Rig.sealed(batch)));
                        completions.addAll(rig.finish(batch));
                    }
                }
                assertEquals(sent, received);
                assertEquals(sent, completions);
                assertTrue(rig.accumulator.compressedBytes() < rig.accumulator.uncompressedBytes() / 3);
                assertEquals(List.of(), errors);
            }
        }
    }

    /** Segments of the size of a codec's blocks are compressed where they lie: one that gathered them would fail here. */
    @Test
    void shouldCompressLargeSegmentsWhereTheyLie() {
        final CompressionCodec lz4 = CompressionCodec.named("lz4");
        final int[] inPieces = {0};
        final CompressionCodec counting = new DelegatingCodec(lz4) {
            @Override
            public Compressor compressor(final int level) {
                final Compressor compressor = lz4.compressor(level);
                return new Compressor() {
                    @Override
                    public int maxCompressedBytes(final int inputBytes) {
                        return compressor.maxCompressedBytes(inputBytes);
                    }

                    @Override
                    public int compress(final ByteBuffer input, final ByteBuffer output) {
                        assertTrue(input.remaining() < 100_000, "was gathered");
                        return compressor.compress(input, output);
                    }

                    @Override
                    public int leastPieceBytes() {
                        return compressor.leastPieceBytes();
                    }

                    @Override
                    public int compressPieces(final ByteBuffer[] pieces, final int count, final ByteBuffer output) {
                        inPieces[0]++;
                        return compressor.compressPieces(pieces, count, output);
                    }

                    @Override
                    public void close() {
                        compressor.close();
                    }
                };
            }
        };
        try (Rig rig = Rig.builder().segmentBytes(65_536).capacityBytes(8 << 20).batchBytes(1 << 17)
                .compression(with(counting).build()).build()) {
            rig.leaders(1);
            final List<String> sent = fill(rig, 0, 10_000);
            rig.advance(5 * Rig.MS);
            final List<String> received = new ArrayList<>();
            final List<Object> completions = new ArrayList<>();
            for (int round = 0; completions.size() < 10_000; round++) {
                assertTrue(round < 1_000);
                rig.poll();
                compress();
                for (final Batch batch : rig.drain(1)) {
                    received.addAll(Rig.kafkaValues(Rig.sealed(batch)));
                    completions.addAll(rig.finish(batch));
                }
            }
            assertEquals(sent, received);
            assertEquals(sent, completions);
            assertTrue(inPieces[0] >= 3);
            assertEquals(List.of(), errors);
        }
    }

    /** A codec as another one. */
    private abstract static class DelegatingCodec implements CompressionCodec {
        private final CompressionCodec codec;

        DelegatingCodec(final CompressionCodec codec) {
            this.codec = codec;
        }

        @Override
        public String name() {
            return codec.name();
        }

        @Override
        public int id() {
            return codec.id();
        }

        @Override
        public String artifact() {
            return codec.artifact();
        }

        @Override
        public int defaultLevel() {
            return codec.defaultLevel();
        }

        @Override
        public Decompressor decompressor() {
            return codec.decompressor();
        }
    }

    /** What a record is: all that its completion and its reader are told. */
    private record Sent(long timestamp, byte[] key, byte[] value, boolean told) {
    }

    @Property(tries = 40)
    void shouldTellEachCompletionWhatItsRecordWas(@ForAll final long seed,
            @ForAll @IntRange(max = 3) final int which,
            @ForAll @IntRange(min = 8, max = 12) final int segmentBits,
            @ForAll @IntRange(min = 1, max = 1_500) final int count) throws InterruptedException {
        final SplittableRandom random = new SplittableRandom(seed);
        final String codec = CodecTest.names().toList().get(which);
        try (Rig rig = Rig.builder().lingerNs(0).segmentBytes(1 << segmentBits).capacityBytes(8 << 20)
                .batchBytes(random.nextInt(200, 40_000)).compression(with(codec).build()).build()) {
            rig.leaders(1);
            final List<Sent> sent = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                final byte[] value = random.nextInt(10) == 0
                        ? null
                        : random.nextInt(30) == 0
                                ? noise(i, random.nextInt(3_000))
                                : "v".repeat(random.nextInt(60)).getBytes();
                final byte[] key = random.nextInt(3) == 0 ? null : ("k" + random.nextInt(50)).getBytes();
                final Sent record = new Sent(1_700_000_000_000L + random.nextInt(-2_000, 2_000), key, value,
                        random.nextInt(4) > 0);
                if (random.nextInt(15) == 0) {
                    final Claim claim = new Claim();
                    rig.accumulator.tryClaim(rig.queue(0), 5, 3, 10, "aborted", claim);
                    claim.abort();
                }
                sent.add(record);
                rig.accumulator.append(rig.queue(0), record.timestamp, key, value, null, record.told ? record : null,
                        0);
            }
            int next = 0;
            for (int round = 0; next < count; round++) {
                assertTrue(round < 10_000);
                rig.poll();
                compress();
                for (final Batch batch : rig.drain(1)) {
                    final List<Record> records = Rig.kafkaRecords(Rig.sealed(batch));
                    final int first = next;
                    for (final Record record : records) {
                        final Sent expected = sent.get(next++);
                        assertEquals(expected.timestamp, record.timestamp());
                        assertEquals(expected.key == null ? null : ByteBuffer.wrap(expected.key), record.key());
                        assertEquals(expected.value == null ? null : ByteBuffer.wrap(expected.value), record.value());
                    }
                    final List<Object> told = new ArrayList<>();
                    batch.complete((completion, index, record) -> {
                        final Sent expected = sent.get(first + index);
                        assertSame(expected, completion);
                        told.add(completion);
                        // Not all ask, and who does must not be told of another one then.
                        if (random.nextInt(3) > 0) {
                            assertEquals(expected.timestamp, record.timestampMs());
                            assertEquals(expected.key == null ? -1 : expected.key.length, record.keyBytes());
                            assertEquals(expected.value == null ? -1 : expected.value.length, record.valueBytes());
                        }
                    });
                    assertEquals(sent.subList(first, next).stream().filter(Sent::told).count(), told.size());
                    rig.accumulator.release(batch);
                }
            }
            assertEquals(List.of(), errors);
        }
    }

    @Test
    void shouldGiveSuperfluousSegmentsBack() {
        try (Rig rig = Rig.builder().segmentBytes(256).batchBytes(1 << 16).lingerNs(0)
                .compression(with("zstd").build()).build()) {
            rig.leaders(1);
            for (int i = 0; i < 100; i++) {
                rig.append(0, "x".repeat(500), null);
            }
            rig.poll();
            assertEquals(List.of(), rig.drain(1));
            final long before = rig.pool.usedBytes();
            compress();
            assertTrue(rig.pool.usedBytes() < before / 4, () -> before + " -> " + rig.pool.usedBytes());
            rig.poll();
            final Batch batch = rig.drain(1).get(0);
            assertTrue(batch.bufferCount() < 4);
            assertEquals(100, Rig.kafkaValues(Rig.sealed(batch)).size());
            rig.finish(batch);
        }
    }

    @ParameterizedTest
    @MethodSource("io.kp.accumulator.CodecTest#names")
    void shouldSendAsItIsWhatWouldGrow(final String codec) throws InterruptedException {
        try (Rig rig = Rig.builder().lingerNs(0).compression(with(codec).build()).build()) {
            rig.leaders(1);
            rig.accumulator.append(rig.queue(0), 1_000, null, noise(1, 3_000), null, "noise", 0);
            rig.poll();
            rig.drain(1);
            compress(rig);
            final Batch batch = rig.drain(1).get(0);
            assertEquals(0, batch.codecId());
            final RecordBatch kafka = Rig.kafkaBatch(Rig.sealed(batch));
            assertEquals(CompressionType.NONE, kafka.compressionType());
            assertEquals(List.of("noise"), rig.finish(batch));
            assertEquals(rig.accumulator.uncompressedBytes(), rig.accumulator.compressedBytes());
        }
    }

    @Test
    void shouldKeepTheOrderOfAPartition() {
        try (Rig rig = Rig.builder().batchBytes(1_000).capacityBytes(4 << 20)
                .compression(Compression.builder().codec(CompressionCodec.named("lz4"), Compression.DEFAULT_LEVEL)
                        .executor(tasks::add, 2).build())
                .build()) {
            rig.leaders(1);
            final List<String> sent = fill(rig, 0, 40);
            rig.poll();
            assertEquals(2, tasks.size(), "one task for each compressor");
            assertEquals(List.of(), rig.drain(1), "the head is not compressed yet, and nothing may overtake it");
            rig.advance(5 * Rig.MS);
            rig.poll();
            final List<Object> completions = new ArrayList<>();
            for (int round = 0; completions.size() < sent.size(); round++) {
                assertTrue(round < 100);
                compress(rig);
                final List<Batch> drained = rig.drain(1);
                assertTrue(drained.size() <= 1, "one batch of a partition at a time");
                drained.forEach(batch -> completions.addAll(rig.finish(batch)));
            }
            assertEquals(sent, completions);
        }
    }

    @Test
    void shouldCompressWhatLingerOrAFlushHasSealedElsewhereThanOnTheIoThread() {
        try (Rig rig = Rig.builder().compression(with("lz4").build()).build()) {
            rig.leaders(1);
            fill(rig, 0, 20);
            final CompletableFuture<Void> flush = rig.accumulator.beginFlush();
            rig.poll();
            assertEquals(1, rig.accumulator.readyPartitions(1));
            assertEquals(List.of(), rig.drain(1));
            assertEquals(0, rig.accumulator.readyPartitions(1), "not ready before it is compressed");
            assertEquals(1, rig.accumulator.compressingBatches());
            assertTrue(rig.accumulator.prepareSleep(RecordAccumulator.NO_DEADLINE));
            final int wakes = rig.wakes.get();
            compress();
            assertEquals(wakes + 1, rig.wakes.get(), "wakes the I/O thread");
            assertFalse(rig.accumulator.prepareSleep(RecordAccumulator.NO_DEADLINE));
            assertTrue(rig.poll() > 0);
            assertEquals(0, rig.accumulator.compressingBatches());
            assertEquals(20, rig.deliver(1).size());
            assertTrue(flush.isDone());
        }
    }

    @Test
    void shouldExpireInTimeIfNoCompressorHasBegun() {
        try (Rig rig = Rig.builder().batchBytes(1_000).capacityBytes(4 << 20).deliveryTimeoutNs(10 * Rig.MS)
                .compression(with("zstd").build()).build()) {
            rig.leaders(1, 1);
            final List<String> sent = fill(rig, 0, 100);
            rig.poll();
            rig.advance(5 * Rig.MS);
            rig.append(1, "younger");
            rig.accumulator.beginFlush();
            rig.poll();
            rig.drain(1);
            rig.drain(1);
            rig.advance(5 * Rig.MS);
            rig.poll();
            final List<Object> ended = new ArrayList<>();
            assertTrue(
                    rig.accumulator.pollExpired(rig.now(), (batch, inFlight) -> ended.addAll(rig.finish(batch))) > 5);
            assertEquals(sent, ended);
            assertEquals(1, rig.accumulator.compressingBatches());
            compress(rig);
            assertEquals(List.of("younger"), rig.deliver(1));
        }
    }

    @Test
    void shouldWaitForTheCompressorToExpireWhatItHasBegun() {
        final Rig[] opened = new Rig[1];
        final List<Object> ended = new ArrayList<>();
        final BatchHandler handler = (batch, inFlight) -> ended.addAll(opened[0].finish(batch));
        final CompressionCodec gzip = CompressionCodec.named("gzip");
        final CompressionCodec slow = new CompressionCodec() {
            @Override
            public String name() {
                return "slow";
            }

            @Override
            public int id() {
                return gzip.id();
            }

            @Override
            public String artifact() {
                return null;
            }

            @Override
            public int defaultLevel() {
                return gzip.defaultLevel();
            }

            @Override
            public Compressor compressor(final int level) {
                final Compressor compressor = gzip.compressor(level);
                return new Compressor() {
                    @Override
                    public int maxCompressedBytes(final int inputBytes) {
                        return compressor.maxCompressedBytes(inputBytes);
                    }

                    @Override
                    public int compress(final ByteBuffer input, final ByteBuffer output) {
                        final Rig rig = opened[0];
                        rig.advance(10 * Rig.MS);
                        rig.poll();
                        assertEquals(0, rig.accumulator.pollExpired(rig.now(), handler));
                        return compressor.compress(input, output);
                    }

                    @Override
                    public void close() {
                        compressor.close();
                    }
                };
            }

            @Override
            public Decompressor decompressor() {
                return gzip.decompressor();
            }
        };
        try (Rig rig = Rig.builder().lingerNs(0).deliveryTimeoutNs(10 * Rig.MS).compression(with(slow).build())
                .build()) {
            opened[0] = rig;
            rig.leaders(1);
            final List<String> sent = fill(rig, 0, 20);
            rig.poll();
            rig.drain(1);
            compress();
            assertEquals(List.of(), ended);
            rig.poll();
            assertEquals(1, rig.accumulator.pollExpired(rig.now(), handler));
            assertEquals(sent, ended);
            assertEquals(List.of(), errors);
        }
    }

    @Test
    void shouldTakeBackWhatNoCompressorHasBegun() {
        try (Rig rig = Rig.builder().batchBytes(1_000).capacityBytes(4 << 20).compression(with("zstd").build())
                .build()) {
            rig.leaders(1);
            final List<String> sent = fill(rig, 0, 200);
            rig.poll();
            assertTrue(rig.accumulator.compressingBatches() > 2);
            final List<Object> ended = new ArrayList<>();
            assertEquals(0,
                    rig.accumulator.abortQueued((batch, inFlight) -> ended.addAll(rig.finish(batch))));
            assertEquals(sent, ended);
            assertEquals(0, rig.accumulator.compressingBatches());
            compress();
        }
    }

    @ParameterizedTest
    @MethodSource("io.kp.accumulator.CodecTest#names")
    void shouldSplitACompressedBatch(final String codec) {
        for (final int segmentBytes : new int[]{256, 2048, 65536}) {
            try (Rig rig = Rig.builder().segmentBytes(segmentBytes).batchBytes(1 << 16).lingerNs(0)
                    .capacityBytes(4 << 20).compression(with(codec).build()).build()) {
                rig.leaders(1);
                final List<String> sent = fill(rig, 0, 300);
                rig.append(0, "later");
                rig.poll();
                rig.drain(1);
                compress(rig);
                final Batch batch = rig.drain(1).get(0);
                final int size = batch.sizeInBytes();
                assertTrue(batch.codecId() > 0, () -> codec + segmentBytes + batch + errors);
                final List<Batch> parts = new ArrayList<>();
                final int count = rig.accumulator.split(batch, parts);
                assertTrue(count == 2 || count == 3, () -> "parts: " + parts);
                rig.accumulator.release(batch);
                assertEquals(List.of(), rig.drain(1), "the parts are to be compressed");
                // Numbered before they are compressed.
                int sequence = 5;
                for (final Batch part : parts) {
                    part.seal(77, (short) 1, sequence, false);
                    sequence += part.recordCount();
                }
                final List<String> received = new ArrayList<>();
                final List<Object> completions = new ArrayList<>();
                compress(rig);
                for (List<Batch> drained = rig.drain(1); !drained.isEmpty(); drained = rig.drain(1)) {
                    final Batch part = drained.get(0);
                    assertTrue(part.sizeInBytes() < size);
                    assertEquals(77, Rig.kafkaBatch(Rig.bytes(part)).producerId());
                    assertEquals(5 + received.size(), Rig.kafkaBatch(Rig.bytes(part)).baseSequence());
                    received.addAll(Rig.kafkaValues(Rig.bytes(part)));
                    completions.addAll(rig.finish(part));
                }
                sent.add("later");
                assertEquals(sent, received);
                assertEquals(sent, completions);
            }
        }
    }

    @Test
    void shouldChangeNothingWithoutMemoryForASplit() {
        try (Rig rig = Rig.builder().segmentBytes(256).batchBytes(1 << 15).lingerNs(0).capacityBytes(256 * 80)
                .compression(with("zstd").build()).build()) {
            rig.leaders(1);
            final List<String> sent = fill(rig, 0, 100);
            rig.poll();
            rig.drain(1);
            compress(rig);
            final Batch batch = rig.drain(1).get(0);
            int others = 0;
            while (rig.accumulator.tryAppend(rig.queue(0), 1_000, null, noise(others, 100), null, others) > 0) {
                others++;
            }
            final long used = rig.pool.usedBytes();
            assertEquals(0, rig.accumulator.split(batch, new ArrayList<>()));
            assertEquals(used, rig.pool.usedBytes());
            assertEquals(sent, Rig.kafkaValues(Rig.sealed(batch)));
            assertEquals(sent, rig.finish(batch));
            rig.poll();
            final List<Object> ended = new ArrayList<>();
            rig.accumulator.abortQueued((queued, inFlight) -> ended.addAll(rig.finish(queued)));
            assertEquals(others, ended.size());
        }
    }

    @Test
    void shouldSendARetriedBatchAgainAsItWas() {
        try (Rig rig = Rig.builder().lingerNs(0).compression(with("snappy").build()).build()) {
            rig.leaders(1);
            final List<String> sent = fill(rig, 0, 50);
            rig.poll();
            rig.drain(1);
            compress(rig);
            final Batch batch = rig.drain(1).get(0);
            batch.seal(7, (short) 1, 10, false);
            final byte[] first = Rig.bytes(batch);
            rig.accumulator.retry(batch, rig.now());
            rig.poll();
            assertSame(batch, rig.drain(1).get(0));
            assertEquals(ByteBuffer.wrap(first), ByteBuffer.wrap(Rig.bytes(batch)));
            batch.seal(8, (short) 2, 0, true);
            final RecordBatch kafka = Rig.kafkaBatch(Rig.bytes(batch));
            assertEquals(8, kafka.producerId());
            assertTrue(kafka.isTransactional());
            assertEquals(CompressionType.SNAPPY, kafka.compressionType());
            assertEquals(sent, Rig.kafkaValues(Rig.bytes(batch)));
            rig.finish(batch);
        }
    }

    @Test
    void shouldAimAtTheBatchSizeAfterCompression() {
        final int batchBytes = 16_384;
        try (Rig rig = Rig.builder().batchBytes(batchBytes).capacityBytes(8 << 20).compression(with("zstd").build())
                .build()) {
            rig.leaders(1);
            final SplittableRandom random = new SplittableRandom(1);
            final List<Integer> sizes = new ArrayList<>();
            for (int i = 0; i < 60_000; i++) {
                // About half of it is noise, in hexadecimal digits.
                rig.append(0, "{\"id\":\"" + Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong())
                        + "\",\"text\":\"always the same words in here, and here\"}", null);
                if (i % 100 == 0) {
                    rig.poll();
                    compress(rig);
                    for (final Batch batch : rig.drain(1)) {
                        sizes.add(batch.sizeInBytes());
                        rig.finish(batch);
                    }
                }
            }
            assertTrue(sizes.get(0) < batchBytes * 6 / 10, () -> "starts carefully: " + sizes);
            final List<Integer> later = sizes.subList(sizes.size() / 2, sizes.size() - 1);
            assertTrue(later.stream().allMatch(size -> size > batchBytes * 8 / 10 && size <= batchBytes),
                    () -> "sizes: " + later);
            rig.advance(5 * Rig.MS);
            for (int round = 0; rig.accumulator.liveBatches() > 0; round++) {
                assertTrue(round < 10);
                rig.poll();
                rig.deliver(1);
                compress(rig);
            }
        }
    }

    @Test
    void shouldHaveCallersHelpThatMayWaitAndOnlyWhenCompressorsAreBehind() throws InterruptedException {
        try (Rig rig = Rig.builder().segmentBytes(1024).capacityBytes(8 << 20).batchBytes(1_000)
                .compression(with("lz4").callers(1).build()).build()) {
            rig.leaders(1);
            final byte[] value = noise(1, 700);
            // Each record closes the batch before.
            for (int i = 0; i < 6; i++) {
                rig.accumulator.append(rig.queue(0), 0, null, value, null, i, Rig.MS);
                rig.poll();
            }
            assertEquals(5, rig.accumulator.compressingBatches());
            assertEquals(0, rig.accumulator.batchesCompressedByCallers());
            // Behind, but nobody of these may take its time.
            rig.accumulator.append(rig.queue(0), 0, null, value, null, 6, 0);
            assertTrue(rig.accumulator.tryAppend(rig.queue(0), 0, null, value, null, 7) > 0);
            final Claim claim = new Claim();
            assertTrue(rig.accumulator.tryClaim(rig.queue(0), 0, -1, 700, 8, claim) > 0);
            claim.abort();
            assertEquals(0, rig.accumulator.batchesCompressedByCallers());

            rig.accumulator.append(rig.queue(0), 0, null, value, null, 9, Rig.MS);
            assertEquals(1, rig.accumulator.batchesCompressedByCallers());
            rig.poll();
            final List<Batch> ready = rig.drain(1);
            assertEquals(List.of(0), ready.stream().flatMap(batch -> rig.finish(batch).stream()).toList());
            assertEquals(1, tasks.size());

            assertEquals(List.of(1, 2, 3, 4, 5, 6, 7, 9), deliverAfterLinger(rig, 8));
            assertEquals(List.of(), errors);
        }
    }

    /** Batches that each take so long to compress, of an I/O thread that sleeps; says how many of them were handed back when it was woken. */
    private int compressedUntilWoken(final int batches, final long eachNs) {
        final Rig[] rigs = new Rig[1];
        final int[] begun = {0};
        final int[] beforeWake = {-1};
        final CompressionCodec slow = new DelegatingCodec(CompressionCodec.named("lz4")) {
            @Override
            public Compressor compressor(final int level) {
                return new Compressor() {
                    @Override
                    public int maxCompressedBytes(final int inputBytes) {
                        return inputBytes;
                    }

                    @Override
                    public int compress(final ByteBuffer input, final ByteBuffer output) {
                        if (beforeWake[0] < 0 && rigs[0].wakes.get() > 0) {
                            beforeWake[0] = begun[0];
                        }
                        begun[0]++;
                        rigs[0].advance(eachNs);
                        return DOES_NOT_FIT;
                    }

                    @Override
                    public void close() {
                        // Nothing is held.
                    }
                };
            }
        };
        try (Rig rig = Rig.builder().batchBytes(1_000).compression(with(slow).build()).build()) {
            rigs[0] = rig;
            rig.leaders(1);
            // Each record closes the batch before.
            for (int i = 0; i <= batches; i++) {
                rig.append(0, "x".repeat(700));
                rig.poll();
            }
            rig.wakes.set(0);
            assertTrue(rig.accumulator.prepareSleep(RecordAccumulator.NO_DEADLINE));
            compress();
            assertEquals(batches, begun[0]);
            assertEquals(1, rig.wakes.get(), "woken once, then it is awake");
            rig.accumulator.awake();
            deliverAfterLinger(rig, batches + 1);
            return beforeWake[0] < 0 ? batches : beforeWake[0];
        }
    }

    @Test
    void shouldHandBackQuickBatchesTogether() {
        assertEquals(1, compressedUntilWoken(1, 0), "nothing else is being compressed");
        assertEquals(3, compressedUntilWoken(3, 0), "with the last one");
        assertEquals(4, compressedUntilWoken(6, 0), "enough of them");
        assertEquals(2, compressedUntilWoken(6, Rig.MS / 2), "after a millisecond");
        assertEquals(1, compressedUntilWoken(6, Rig.MS), "each takes long enough");
    }

    /** The I/O thread would only put it behind others. */
    @Test
    void shouldNotWakeTheIoThreadForAFullBatchWhileAllCompressorsHaveTheirNext() {
        try (Rig rig = Rig.builder().batchBytes(1_000).compression(with("lz4").build()).build()) {
            rig.leaders(1);
            rig.append(0, "x".repeat(700));
            rig.append(0, "x".repeat(700));
            rig.wakes.set(0);
            rig.poll();
            // Not so long that the new batch's linger time would be over before.
            assertTrue(rig.accumulator.prepareSleep(rig.now()));
            rig.append(0, "x".repeat(700));
            assertEquals(0, rig.wakes.get(), "one waits");
            compress();
            assertEquals(1, rig.wakes.get(), "it is compressed");
            rig.accumulator.awake();
            assertEquals(List.of(), errors);
            deliverAfterLinger(rig, 3);
        }
    }

    @Test
    void shouldFollowTheRatio() {
        final TopicCompression topic = new TopicCompression(
                new Compression.Kind(CompressionCodec.named("zstd"), 3), 100_000, 10_000);
        assertEquals(10_000, topic.limitBytes(10_000));
        topic.compressed(4_999, 10);
        assertEquals(1, topic.ratio(), "small batches say little");
        for (int i = 0; i < 100; i++) {
            topic.compressed(10_000, 2_500);
        }
        assertEquals(0.25, topic.ratio(), 0.001);
        assertEquals(10_000 / 0.25 / 1.05, topic.limitBytes(10_000), 200);
        topic.compressed(10_000, 2_600);
        assertEquals(0.26, topic.ratio(), 0.001);
        topic.compressed(10_000, 6_000);
        assertEquals(0.6, topic.ratio(), 0.001);
        topic.compressed(10_000, 12_000);
        assertEquals(1, topic.ratio());
        for (int i = 0; i < 100; i++) {
            topic.compressed(10_000, 1);
        }
        assertEquals(100_000, topic.limitBytes(50_000), "never more than can be compressed");
        topic.forget();
        assertEquals(1, topic.ratio());
        assertEquals(0, topic.limitBytes(0));
    }

    @Test
    void shouldCompressEachTopicAsItWasTold() {
        final Compression compression = with("lz4").topic("plain", null, 0)
                .topic("tight", CompressionCodec.named("zstd"), 19).build();
        assertEquals("lz4", compression.of("any").codec().name());
        assertEquals(9, compression.of("any").level());
        assertNull(compression.of("plain"));
        assertEquals(19, compression.of("tight").level());
        assertNull(Compression.builder().topic("plain", null, 0).build(), "nothing to do");
        assertNull(Compression.builder().codec(null, 0).build(), "nothing to do");
        assertThrows(NullPointerException.class,
                () -> Compression.builder().codec(CompressionCodec.named("gzip"), 1).build());
        assertThrows(IllegalArgumentException.class, () -> with("zstd").topic("t", CompressionCodec.named("zstd"), 99));
        assertThrows(IllegalArgumentException.class, () -> with("zstd").executor(Runnable::run, 0));
    }

    @ParameterizedTest
    @ValueSource(longs = {1 << 12, 1 << 16, 1 << 20, 1 << 25, 1L << 33})
    void shouldTakeASmallPartOfTheBudget(final long budget) {
        for (final int workers : new int[]{1, 4}) {
            for (final int batchBytes : new int[]{1, 16_384, 1 << 20}) {
                final Compression compression = with("gzip").executor(tasks::add, workers)
                        .workingMemory(budget, batchBytes, 1 << 20).build();
                assertTrue(compression.workingBytes() <= budget / 2 + 2 * workers, () -> "budget=" + budget
                        + ", batchBytes=" + batchBytes + ", working=" + compression.workingBytes());
            }
        }
        final Compression usual = with("gzip").workingMemory(32 << 20, 16_384, 1 << 20).build();
        assertEquals((128 << 10) + (1 << 20), usual.workingBytes());
    }

    @Test
    void shouldSendAsItIsIfTheExecutorRefuses() {
        final Compression compression = Compression.builder()
                .codec(CompressionCodec.named("lz4"), Compression.DEFAULT_LEVEL).onError(errors::add)
                .executor(task -> {
                    throw new RejectedExecutionException("no");
                }, 2).build();
        try (Rig rig = Rig.builder().lingerNs(0).compression(compression).build()) {
            rig.leaders(1);
            final List<String> sent = fill(rig, 0, 20);
            rig.poll();
            rig.drain(1);
            rig.poll();
            final Batch batch = rig.drain(1).get(0);
            assertEquals(0, batch.codecId());
            assertEquals(sent, rig.finish(batch));
            assertEquals(1, rig.accumulator.compressionFailures());
            assertEquals("no", errors.get(0).getMessage());
        }
    }

    @Test
    void shouldSendAsItIsIfTheCodecFails() {
        final CompressionCodec broken = new CompressionCodec() {
            private boolean opened;

            @Override
            public String name() {
                return "broken";
            }

            @Override
            public int id() {
                return 7;
            }

            @Override
            public String artifact() {
                return null;
            }

            @Override
            public int defaultLevel() {
                return 0;
            }

            @Override
            public Compressor compressor(final int level) {
                if (opened) {
                    throw new OutOfMemoryError("for the test");
                }
                opened = true;
                return CompressionCodec.named("gzip").compressor(1);
            }

            @Override
            public Decompressor decompressor() {
                throw new AssertionError();
            }
        };
        try (Rig rig = Rig.builder().lingerNs(0).compression(with(broken).build()).build()) {
            rig.leaders(1);
            final List<String> sent = fill(rig, 0, 20);
            rig.poll();
            rig.drain(1);
            compress(rig);
            assertEquals(sent, rig.deliver(1));
            assertEquals(1, rig.accumulator.compressionFailures());
        }
    }

    @Test
    void shouldSendAsItIsWhatDoesNotFitIntoTheWorkingMemory() {
        try (Rig rig = Rig.builder().segmentBytes(256).batchBytes(1 << 15).lingerNs(0)
                .compression(with("gzip").workingMemory(4_000, 60).build()).build()) {
            rig.leaders(1);
            final List<String> sent = fill(rig, 0, 200);
            rig.poll();
            final List<Object> ended = new ArrayList<>();
            for (int round = 0; ended.size() < 200; round++) {
                assertTrue(round < 100);
                compress(rig);
                for (final Batch batch : rig.drain(1)) {
                    assertEquals(0, batch.codecId());
                    ended.addAll(rig.finish(batch));
                }
            }
            assertEquals(sent, ended);
            assertEquals(List.of(), errors);
        }
    }

    @Test
    void shouldCompressARecordThatIsLargerThanTheInputArea() throws InterruptedException {
        try (Rig rig = Rig.builder().lingerNs(0).capacityBytes(8 << 20)
                .compression(with("zstd").workingMemory(4_000, 100_000).build()).build()) {
            rig.leaders(1);
            rig.accumulator.append(rig.queue(0), 1_000, null, new byte[1 << 20], null, "large", 0);
            rig.poll();
            rig.drain(1);
            compress(rig);
            final Batch batch = rig.drain(1).get(0);
            assertTrue(batch.sizeInBytes() < 1_000);
            assertEquals(1 << 20, Rig.kafkaRecords(Rig.sealed(batch)).get(0).valueSize());
            assertEquals(List.of("large"), rig.finish(batch));
        }
    }
}
