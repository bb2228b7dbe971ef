package io.kp.accumulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Records that share a completion object with their segment's first one have empty slots: whatever becomes of their batch, each is told what it was sent with. */
class SharedCompletionsTest {
    private static final int RECORDS = 2_000;

    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final List<Object> expected = new ArrayList<>();
    private final List<Object> told = new ArrayList<>();

    private Object completion(final SplittableRandom random, final int i) {
        return switch (random.nextInt(5)) {
            case 0 -> null;
            case 1 -> "other";
            case 2 -> "own " + i;
            default -> "most";
        };
    }

    private void expect(final Object completion) {
        if (completion != null) {
            expected.add(completion);
        }
    }

    private void append(final Rig rig, final SplittableRandom random, final boolean aborts) {
        final Claim claim = new Claim();
        for (int i = 0; i < RECORDS; i++) {
            final Object completion = completion(random, i);
            final int length = random.nextInt(60);
            if (random.nextBoolean()) {
                rig.append(0, "x".repeat(length), completion);
                expect(completion);
                continue;
            }
            final int size = rig.accumulator.tryClaim(rig.queue(0), 1_000, -1, length, completion, claim);
            assertTrue(size > 0);
            for (int at = 0; at < length; at++) {
                claim.segment().putByte(claim.valueOffset() + at, (byte) 'x');
            }
            if (aborts && random.nextInt(4) == 0) {
                claim.abort();
            } else {
                claim.commit();
                expect(completion);
            }
        }
    }

    private void tell(final Rig rig, final Batch batch, final boolean splits) {
        if (splits && batch.recordCount() > 40 && rig.accumulator.split(batch, new ArrayList<>()) > 0) {
            rig.accumulator.release(batch);
        } else {
            told.addAll(rig.finish(batch));
        }
    }

    @ParameterizedTest
    @CsvSource({"false, false, false", "true, false, false", "false, true, false", "true, true, false",
            "false, false, true", "true, true, true"})
    void shouldTellEachRecordWithItsOwn(final boolean aborts, final boolean compresses, final boolean splits) {
        for (int seed = 0; seed < 20; seed++) {
            final SplittableRandom random = new SplittableRandom(seed);
            final int segmentBytes = 256 << random.nextInt(4);
            final Rig.Builder builder = Rig.builder().segmentBytes(segmentBytes).capacityBytes(4 << 20)
                    .batchBytes(4_000);
            if (compresses) {
                builder.compression(Compression.builder()
                        .codec(CompressionCodec.named("lz4"), Compression.DEFAULT_LEVEL).executor(tasks::add, 1)
                        .build());
            }
            try (Rig rig = builder.build()) {
                rig.leaders(1);
                expected.clear();
                told.clear();
                append(rig, random, aborts);
                rig.advance(100 * Rig.MS);
                for (int round = 0; round == 0 || rig.accumulator.liveBatches() > 0; round++) {
                    assertTrue(round < RECORDS);
                    rig.poll();
                    while (!tasks.isEmpty()) {
                        tasks.remove().run();
                    }
                    rig.poll();
                    for (final Batch batch : rig.drain(1)) {
                        tell(rig, batch, splits);
                    }
                }
                assertEquals(expected, told, "seed=" + seed);
            }
        }
    }
}
