package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;

import org.junit.jupiter.api.Test;

class ProcessSampleTest {
    private static ProcessSample sample(final Map<String, Long> cpuNsByThread) {
        return new ProcessSample(0, 0, Map.of(), 0, 0, cpuNsByThread, 0, 0);
    }

    @Test
    void shouldTellCompressorsFromTheIoThread() {
        // Names as the kernel keeps them: 15 characters, by newer JDKs the first and last few.
        final ProcessSample until = sample(Map.of("kp-compressor-0:1", 100L, "kp-comp..ucer-1:2", 20L,
                "kp-producer-1:3", 3L, "kafka-producer-:4", 4_000L, "kp-load-0:5", 50_000L, "C2 CompilerThre:6",
                600_000L, "G1 Conc#0:7", 7_000_000L, "java:8", 80_000_000L));
        assertEquals(
                Map.of("compressors", 120L, "io", 4_003L, "callers", 50_000L, "jit", 600_000L, "gc", 7_000_000L,
                        "other", 80_000_000L),
                until.cpuNsByGroupSince(sample(Map.of())));
    }
}
