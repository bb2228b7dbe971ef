package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Coverage-guided fuzzing with Jazzer, a process for each target; run by profile {@code fuzz} only, see the module's README. A process of
 * its own since Jazzer's JUnit extension fuzzes one test in a run, and so that an input that never ends or takes all memory ends no more
 * than that process.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DecoderFuzz {
    private static final int SECONDS = Integer.getInteger("kp.fuzz.seconds", 4);
    private static final int INPUT_TIMEOUT_SECONDS = 5;
    private static final int MAX_INPUT_BYTES = 1024;
    private static final int MISTAKE_RUNS = 500_000;
    /** What is kept of one target, in bytes of input; a line has twice as many. */
    private static final int KEPT_BYTES = 20_000;
    /** Whose branches are of no interest. */
    private static final List<String> HARNESS = Stream
            .of("FuzzTarget*", "FuzzResponse*", "FuzzReader*", "FuzzFrames*", "FuzzText*", "FuzzDriver", "Fake*",
                    "KafkaOracle*", "Recording*", "Scripted*", "TestRequest", "Allocation")
            .map(name -> "io.kp.network." + name).collect(Collectors.toList());
    private static final Pattern EXECUTED = Pattern.compile("stat::number_of_executed_units: (\\d+)");
    private static final Pattern COVERAGE = Pattern.compile("cov: (\\d+) ft: (\\d+) corp: (\\d+)");

    @TempDir
    private Path work;
    private final Path reports = Path.of("target", "fuzz").toAbsolutePath();

    static List<FuzzTarget> targets() {
        String ids = System.getProperty("kp.fuzz.targets", "");
        return ids.isBlank()
                ? List.of(FuzzTarget.values())
                : Arrays.stream(ids.split(",")).map(String::trim).map(FuzzTarget::of).collect(Collectors.toList());
    }

    @ParameterizedTest
    @MethodSource("targets")
    void shouldFindNothing(FuzzTarget target) throws Exception {
        Path corpus = seed(target.id(), target.seeds(), FuzzCorpus.of(target));
        Outcome outcome = jazzer(target.id(), corpus, "-max_total_time=" + SECONDS);
        System.out.println("fuzz " + target.id() + ": " + outcome);
        assertEquals(0, outcome.exitCode, () -> target.id() + "\n" + outcome.output);
        assertTrue(outcome.executed > 0 && outcome.coverage > 0, () -> "not guided by coverage:\n" + outcome.output);
        if (Boolean.getBoolean("kp.fuzz.keep")) {
            keep(target, corpus);
        }
    }

    @ParameterizedTest
    @EnumSource(FuzzMistake.class)
    void shouldFindAMistake(FuzzMistake mistake) throws Exception {
        Path corpus = seed(mistake.id(), FuzzTarget.INIT_PRODUCER_ID.seeds(), List.of(FuzzMistake.VALID));
        Outcome outcome = jazzer(mistake.id(), corpus, "-runs=" + MISTAKE_RUNS, "-seed=1", "-timeout=1");
        System.out.println("fuzz mistake " + mistake.id() + ": found after " + outcome.executed + " inputs");
        assertTrue(outcome.exitCode != 0, () -> mistake.id() + " was not found:\n" + outcome.output);
        assertTrue(outcome.finding != null, () -> "ended without a finding:\n" + outcome.output);
    }

    /** What became of a run. */
    private static final class Outcome {
        final int exitCode;
        final String output;
        final long executed;
        final int coverage;
        final String finding;
        private String last = "";

        Outcome(int exitCode, String output) {
            this.exitCode = exitCode;
            this.output = output;
            Matcher matcher = EXECUTED.matcher(output);
            this.executed = matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
            int found = 0;
            for (matcher = COVERAGE.matcher(output); matcher.find();) {
                found = Integer.parseInt(matcher.group(1));
                last = matcher.group();
            }
            this.coverage = found;
            this.finding = output.lines()
                    .filter(line -> line.startsWith("== Java") || line.contains("ERROR: libFuzzer: timeout"))
                    .findFirst().orElse(null);
        }

        @Override
        public String toString() {
            return executed + " inputs, " + last + (finding == null ? "" : ", " + finding);
        }
    }

    private Outcome jazzer(String id, Path corpus, String... options) throws Exception {
        List<String> command = new ArrayList<>(java("--target_class=io.kp.network.FuzzDriver", "--target_args=" + id,
                "--instrumentation_includes=io.kp.network.**:io.kp.metadata.**",
                "--instrumentation_excludes=" + String.join(":", HARNESS),
                // Deserialization, injection and the like: nothing that a decoder of bytes has to do with.
                "--custom_hook_excludes=**", "--reproducer_path=" + work, "-artifact_prefix=" + work + "/",
                "-max_len=" + MAX_INPUT_BYTES, "-timeout=" + INPUT_TIMEOUT_SECONDS, "-rss_limit_mb=4096",
                "-print_final_stats=1"));
        command.addAll(List.of(options));
        command.add(corpus.toString());
        return run(id, command);
    }

    private Outcome run(String id, List<String> command) throws IOException, InterruptedException {
        Path output = Files.createDirectories(reports).resolve(id + ".log");
        Process process = new ProcessBuilder(command).directory(work.toFile()).redirectErrorStream(true)
                .redirectOutput(output.toFile()).start();
        try {
            assertTrue(process.waitFor(SECONDS + 120L, TimeUnit.SECONDS), () -> id + " did not end");
        } finally {
            process.destroyForcibly();
        }
        return new Outcome(process.exitValue(), Files.readString(output, StandardCharsets.ISO_8859_1));
    }

    private static List<String> java(String... options) {
        String classPath = System.getProperty("java.class.path");
        assertNotNull(classPath);
        assertTrue(classPath.contains("jazzer"), "Jazzer comes with -Pfuzz");
        List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java", "-Xmx1g",
                "-XX:+IgnoreUnrecognizedVMOptions", "-XX:+EnableDynamicAgentLoading", "-cp",
                classPath, "com.code_intelligence.jazzer.Jazzer"));
        command.addAll(List.of(options));
        return command;
    }

    private Path seed(String id, List<byte[]> seeds, List<byte[]> kept) throws IOException {
        Path corpus = Files.createDirectory(work.resolve(id));
        int number = 0;
        for (byte[] seed : seeds) {
            Files.write(corpus.resolve("seed" + number++), seed);
        }
        for (byte[] input : kept) {
            Files.write(corpus.resolve("kept" + number++), input);
        }
        return corpus;
    }

    /** Puts what led to new branches in the place of the kept inputs, small ones first; Jazzer has reduced them on the way. */
    private static void keep(FuzzTarget target, Path corpus) throws Exception {
        List<byte[]> inputs = new ArrayList<>();
        try (Stream<Path> files = Files.list(corpus)) {
            for (Path file : files.collect(Collectors.toList())) {
                if (!file.getFileName().toString().startsWith("seed")) {
                    inputs.add(Files.readAllBytes(file));
                }
            }
        }
        inputs.sort(Comparator.<byte[]>comparingInt(input -> input.length).thenComparing(Arrays::compare));
        List<String> lines = new ArrayList<>();
        int bytes = 0;
        for (byte[] input : inputs) {
            bytes += input.length;
            if (bytes > KEPT_BYTES) {
                break;
            }
            lines.add(HexFormat.of().formatHex(input));
        }
        Path file = Path.of("src", "test", "resources", "fuzz", target.id() + ".hex");
        Files.write(file, lines, StandardCharsets.US_ASCII);
        System.out.println("fuzz " + target.id() + ": kept " + lines.size() + " of " + inputs.size() + " inputs in "
                + new File(file.toString()).length() + " bytes");
    }
}
