package io.kp.bench.jmh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs every benchmark for a moment, so that none rots. The figures mean nothing. */
@Timeout(120)
class SmokeTest {
    private static final Set<String> FAILURES = Set.of("refused", "unknown", "timedOut");

    @ParameterizedTest
    @ValueSource(strings = {"MemoryBenchmark", "PartitionBenchmark", "MetadataBenchmark", "AccumulatorBenchmark",
            "NetworkBenchmark", "ClientBenchmark", "MetricsBenchmark"})
    void shouldRunWithoutFailures(final String name) throws RunnerException {
        // In this process: a fork for each would take minutes.
        final Collection<RunResult> results = new Runner(options(name).forks(0).build()).run();
        assertTrue(results.size() >= 4, name + ": " + results.size());
        for (final RunResult result : results) {
            final BenchmarkParams params = result.getParams();
            final String what = params.getBenchmark() + " " + params.getParamsKeys().stream()
                    .map(key -> key + "=" + params.getParam(key)).collect(Collectors.joining(", "));
            assertTrue(result.getPrimaryResult().getScore() > 0, what);
            result.getSecondaryResults().forEach((counter, value) -> {
                assertTrue(FAILURES.contains(counter), counter);
                assertEquals(0, value.getScore(), what + ": " + counter);
            });
        }
    }

    @Test
    void shouldCompress() throws RunnerException {
        final Collection<RunResult> results = new Runner(
                options("CompressionBenchmark").param("batchBytes", "16384").forks(0).build()).run();
        assertEquals(8, results.size());
        for (final RunResult result : results) {
            assertTrue(result.getPrimaryResult().getScore() > 0, result.getParams()::id);
        }
    }

    @Test
    void shouldRunInAProcessOfItsOwn() throws RunnerException {
        final Collection<RunResult> results = new Runner(
                options("AccumulatorBenchmark.seal").param("batchBytes", "16384").forks(1).build()).run();
        assertEquals(2, results.size());
    }

    @Test
    void shouldHaveABenchmarkClassForEachModuleAndTwoForWhatIsAside() {
        final Set<String> classes = new TreeSet<>();
        for (final BenchmarkListEntry entry : BenchmarkList.defaultList().getAll(
                OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT), List.of())) {
            classes.add(entry.getUserClassQName().substring(getClass().getPackageName().length() + 1));
        }
        assertEquals(Set.of("AccumulatorBenchmark", "ClientBenchmark", "CompressionBenchmark", "MemoryBenchmark",
                "MetadataBenchmark", "MetricsBenchmark", "NetworkBenchmark", "PartitionBenchmark"), classes);
    }

    private static ChainedOptionsBuilder options(final String name) {
        final ChainedOptionsBuilder options = new OptionsBuilder().include("io\\.kp\\.bench\\.jmh\\." + name)
                .warmupIterations(0).measurementIterations(1).measurementTime(TimeValue.milliseconds(100))
                .timeout(TimeValue.seconds(TimeUnit.MINUTES.toSeconds(1))).shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT);
        // Not every size: the smallest and the largest.
        switch (name) {
            case "PartitionBenchmark" -> options.param("keyBytes", "8", "1024").param("partitions", "1", "10000");
            case "NetworkBenchmark" -> options.param("batches", "1", "100");
            case "ClientBenchmark" -> options.param("valueBytes", "100");
            default -> {
                // All of it.
            }
        }
        return options;
    }
}
