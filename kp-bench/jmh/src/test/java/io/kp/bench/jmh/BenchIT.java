package io.kp.bench.jmh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kp bench} as a process, too short to mean anything; what the benchmarks themselves do is {@link SmokeTest}'s. */
class BenchIT {
    private static final String[] ONE = {"Partition.*murmur2", "-p", "keyBytes=8", "-p", "hash=kp", "-f", "1", "-wi",
            "0", "-i", "1", "-r", "50ms"};
    private static final String BENCHMARK = "\"benchmark\" : \"io.kp.bench.jmh.PartitionBenchmark.murmur2\"";

    @TempDir
    private Path folder;

    private record Result(int code, String out, String err) {
    }

    private Result bench(final String... arguments) throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("kp.test.root"), "bin", "kp").toString(), "bench"));
        command.addAll(List.of(arguments));
        return run(command);
    }

    private Result run(final List<String> command) throws IOException, InterruptedException {
        final Path out = folder.resolve("out");
        final Path err = folder.resolve("err");
        final ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        final Process process = builder.start();
        try {
            assertTrue(process.waitFor(90, TimeUnit.SECONDS), () -> "did not end: " + command);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        final Result result = new Result(process.exitValue(), Files.readString(out), Files.readString(err));
        assertFalse(result.err.contains("building"), result::toString);
        return result;
    }

    private Result one(final String... more) throws IOException, InterruptedException {
        final List<String> arguments = new ArrayList<>(List.of(ONE));
        arguments.addAll(List.of(more));
        return bench(arguments.toArray(new String[0]));
    }

    @Test
    void shouldMeasureTimeAndAllocationAndWriteJson() throws IOException, InterruptedException {
        final Path file = folder.resolve("results.json");
        final Result result = one("--json", file.toString());
        assertEquals(0, result.code, result::toString);
        assertTrue(result.out.contains("PartitionBenchmark.murmur2:gc.alloc.rate.norm"), result::toString);
        final String json = Files.readString(file);
        assertTrue(json.contains(BENCHMARK) && json.contains("\"gc.alloc.rate.norm\""), json);
    }

    @Test
    void shouldWriteNothingButJsonToStandardOutputIfAsked() throws IOException, InterruptedException {
        final Result result = one("--json", "-");
        assertEquals(0, result.code, result::toString);
        assertTrue(result.out.startsWith("[") && result.out.strip().endsWith("]") && result.out.contains(BENCHMARK),
                result::toString);
        assertTrue(result.err.contains("# Run complete"), result::toString);
    }

    @Test
    void shouldBeRunWithoutTheTool() throws IOException, InterruptedException {
        final Result result = run(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar",
                Path.of(System.getProperty("kp.test.root"), "kp-bench", "jmh", "target", "benchmarks.jar").toString(),
                "-lp"));
        assertEquals(0, result.code, result::toString);
        assertTrue(result.out.contains("PartitionBenchmark.murmur2") && result.out.contains("param \"keyBytes\""),
                result::toString);
    }

    @Test
    void shouldTakeAModulesNameAndFailForWhatThereIsNot() throws IOException, InterruptedException {
        final Result list = bench("compression", "-l");
        assertEquals(0, list.code, list::toString);
        assertTrue(list.out.contains("CompressionBenchmark.compress") && !list.out.contains("Memory"),
                list::toString);
        assertEquals(1, bench("NoSuchBenchmark").code);
        final Result nowhere = bench("memory", "--json", folder.resolve("a/b.json").toString());
        assertEquals(2, nowhere.code, nowhere::toString);
        assertTrue(nowhere.err.contains("no such folder: --json"), nowhere::toString);
    }
}
