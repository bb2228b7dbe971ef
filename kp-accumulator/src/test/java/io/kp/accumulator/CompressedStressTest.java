package io.kp.accumulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many threads, several compressors and one I/O thread, with batches that come back for a retry: every record once, in order, with its bytes, and all memory back. */
class CompressedStressTest {
    @ParameterizedTest
    @ValueSource(strings = {"gzip", "snappy", "lz4", "zstd"})
    void shouldDeliverEachRecordOnceAndInOrder(final String codec) throws InterruptedException {
        final StressRun run = new StressRun();
        run.codec = codec;
        run.recordsPerAppender = 10_000;
        assertEquals(List.of(), run.violations());
        assertTrue(run.delivered() > 20_000, () -> "delivered=" + run.delivered());
    }

    @Test
    void shouldDeliverWithOneCompressorAndTinyBatches() throws InterruptedException {
        final StressRun run = new StressRun();
        run.codec = "lz4";
        run.compressors = 1;
        run.segmentBytes = 256;
        run.capacityBytes = 16 * 1024;
        run.batchBytes = 300;
        run.recordsPerAppender = 5_000;
        assertEquals(List.of(), run.violations());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldDeliverWithCallersThatCompress(final int callers) throws InterruptedException {
        final StressRun run = new StressRun();
        run.codec = "zstd";
        run.compressors = 1;
        run.compressingCallers = callers;
        run.batchBytes = 1_000;
        run.recordsPerAppender = 10_000;
        assertEquals(List.of(), run.violations());
        assertTrue(run.compressedByCallers > 0, "no caller has compressed");
    }

    @Test
    void shouldDeliverWhatWasAcceptedBeforeTheClose() throws InterruptedException {
        for (int i = 0; i < 10; i++) {
            final StressRun run = new StressRun();
            run.codec = "zstd";
            run.closeMidway = true;
            run.compressingCallers = i % 2;
            run.lingerNs = 1_000_000_000_000L;
            run.recordsPerAppender = 100_000;
            assertEquals(List.of(), run.violations());
        }
    }
}
