package io.kp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.infra.processors.JCStressTestProcessor;

/**
 * Runs {@link SampledStatsStress} and {@link LatencyHistogramStress}: on the module as it is, where nothing forbidden may be seen, and on
 * {@link Weakened} copies, where something forbidden must be.
 *
 * <p>
 * jcstress generates a runner for each test, which it finds on the class path. The runners are made here, not when the other tests are
 * compiled: there javac would warn, which is an error, of all annotations that jcstress's processor does not claim.
 */
class JcstressTest {
    private static final String JVM_ARGUMENTS = "-Xmx128m\n-XX:+UseSerialGC";
    /** C2 only, with its instructions scheduled at random. */
    private static final String SHUFFLED = "\n-XX:-TieredCompilation\n-XX:+UnlockDiagnosticVMOptions\n-XX:+StressLCM"
            + "\n-XX:+StressGCM";
    /** For each run; {@code -Dkp.test.iterations} is for longer runs. */
    private static final int DEFAULT_ITERATIONS = 2;
    private static final long PATIENCE_SECONDS = 180;
    /** Far below what the slowest machine does: shows only that something ran. */
    private static final long MIN_SAMPLES = 100;
    private static final Path BASEDIR = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
    private static final Path SOURCES = BASEDIR.resolve("src/main/java/io/kp/client");
    private static final Path TEST_SOURCES = BASEDIR.resolve("src/test/java/io/kp/client");
    private static final String COMMON_PATH = path(BASEDIR.resolve("target/classes"),
            BASEDIR.resolve("target/test-classes"), System.getProperty("jdk.module.path", ""),
            System.getProperty("java.class.path"));

    @TempDir
    static Path folder;

    private static String classPath;

    @BeforeAll
    static void compileTests() throws IOException {
        final Path runners = Files.createDirectory(folder.resolve("runners"));
        compile(runners, COMMON_PATH, "-processor", JCStressTestProcessor.class.getName(),
                source(SampledStatsStress.class),
                source(LatencyHistogramStress.class));
        classPath = path(runners, COMMON_PATH);
    }

    @Test
    void shouldShowNothingForbidden() throws Exception {
        final List<String> runs = new ArrayList<>();
        for (final Class<?> test : List.of(SampledStatsStress.class, LatencyHistogramStress.class)) {
            runs.addAll(List.of(test.getSimpleName(), test.getName(), JVM_ARGUMENTS + SHUFFLED));
        }
        runs.addAll(weakened(Weakened.NOTHING));
        runs.addAll(weakened(Weakened.NOTHING_EITHER));
        final List<Observed> observed = run(runs);
        for (final String name : names(runs)) {
            assertEquals(List.of(), select(observed, name, false), name);
            final long samples = select(observed, name, true).stream().mapToLong(outcome -> outcome.count).sum();
            assertTrue(samples >= MIN_SAMPLES, () -> name + ": samples=" + samples);
        }
    }

    @Test
    void shouldShowDeliberateMistakes() throws Exception {
        final List<String> runs = new ArrayList<>();
        for (final Weakened weakened : Weakened.values()) {
            if (!weakened.isRight()) {
                runs.addAll(weakened(weakened));
            }
        }
        final List<Observed> observed = run(runs);
        final List<String> notShown = names(runs);
        observed.stream().filter(outcome -> outcome.count > 0 && outcome.kind.equals(Expect.FORBIDDEN.name()))
                .forEach(outcome -> notShown.remove(outcome.name));
        assertEquals(List.of(), notShown, observed::toString);
    }

    private static List<String> weakened(final Weakened weakened) throws IOException {
        final Path classes = Files.createDirectory(folder.resolve(weakened.name()));
        compile(classes, COMMON_PATH, "-proc:none", weakened.write(SOURCES, classes).toString());
        // The last class path counts.
        return List.of(weakened.name(), weakened.test().getName(),
                JVM_ARGUMENTS + "\n-cp\n" + path(classes, classPath));
    }

    private static List<String> names(final List<String> runs) {
        return Stream.iterate(0, i -> i < runs.size(), i -> i + 3).map(runs::get).collect(Collectors.toList());
    }

    private static List<Observed> select(final List<Observed> observed, final String name, final boolean acceptable) {
        return observed.stream().filter(outcome -> outcome.name.equals(name) && outcome.count > 0)
                .filter(outcome -> outcome.kind.equals(Expect.ACCEPTABLE.name()) == acceptable)
                .collect(Collectors.toList());
    }

    private static List<Observed> run(final List<String> runs) throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
                        "-D" + JcstressRun.ITERATIONS_PROPERTY + '='
                                + Integer.getInteger(JcstressRun.ITERATIONS_PROPERTY, DEFAULT_ITERATIONS),
                        "-cp", classPath, JcstressRun.class.getName()));
        command.addAll(runs);
        final Path out = folder.resolve("out");
        final ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true)
                .redirectOutput(out.toFile());
        builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"));
        final Process process = builder.start();
        try {
            assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), () -> "still running: " + command);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        final String text = Files.readString(out);
        assertEquals(0, process.exitValue(), text);
        return text.lines().filter(line -> line.startsWith(JcstressRun.PREFIX + JcstressRun.SEPARATOR))
                .map(Observed::new).collect(Collectors.toList());
    }

    private static void compile(final Path classes, final String path, final String... arguments) {
        final List<String> command = new ArrayList<>(List.of("-nowarn", "-d", classes.toString(), "-cp", path));
        command.addAll(List.of(arguments));
        final StringWriter messages = new StringWriter();
        final PrintWriter writer = new PrintWriter(messages);
        if (ToolProvider.findFirst("javac").orElseThrow().run(writer, writer, command.toArray(new String[0])) != 0) {
            throw new AssertionError(messages.toString());
        }
    }

    private static String source(final Class<?> test) {
        return TEST_SOURCES.resolve(test.getSimpleName() + ".java").toString();
    }

    private static String path(final Object... entries) {
        return Stream.of(entries).map(Object::toString).filter(entry -> !entry.isEmpty())
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** An outcome that jcstress counted, or an error. */
    private static final class Observed {
        final String name;
        final String kind;
        final long count;
        final String sentence;

        Observed(final String line) {
            final String[] parts = line.split(JcstressRun.SEPARATOR, 5);
            name = parts[1];
            kind = parts[2];
            count = Long.parseLong(parts[3]);
            sentence = parts[4];
        }

        @Override
        public String toString() {
            return name + ": " + kind + " x " + count + ": " + sentence;
        }
    }
}
