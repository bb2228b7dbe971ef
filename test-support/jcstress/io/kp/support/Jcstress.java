package io.kp.support;

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
import java.util.function.BiPredicate;
import java.util.function.Supplier;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.infra.processors.JCStressTestProcessor;

/**
 * jcstress tests of one package, run on the module as it is and on copies with a mistake in them.
 *
 * <p>
 * jcstress generates a runner for each test, which it finds on the class path. The runners are made here, not when the other tests are
 * compiled: there javac would warn, which is an error, of all annotations that jcstress's processor does not claim.
 */
public final class Jcstress {
    /** C2 only, with its instructions scheduled at random. */
    private static final String SHUFFLED = "\n-XX:-TieredCompilation\n-XX:+UnlockDiagnosticVMOptions\n-XX:+StressLCM"
            + "\n-XX:+StressGCM";
    /** For each run; {@code -Dkp.test.iterations} is for longer runs. */
    private static final int DEFAULT_ITERATIONS = 2;
    /** So much longer what has shown too little is run again, and how often: another process may have had the cores meanwhile. */
    private static final int LONGER = 5;
    private static final int MOST_TRIES = 3;
    private static final long PATIENCE_SECONDS = 180;
    /** Far below what the slowest machine does: shows only that something ran. */
    private static final long MIN_SAMPLES = 100;
    private static final Path BASEDIR = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
    private static final String COMMON_PATH = path(BASEDIR.resolve("target/classes"),
            BASEDIR.resolve("target/test-classes"), System.getProperty("jdk.module.path", ""),
            System.getProperty("java.class.path"));

    private final Path folder;
    private final String jvmArguments;
    private final Path sources;
    private final String classPath;

    /**
     * Makes the runners.
     *
     * @param folder
     *            takes what is compiled.
     * @param jvmArguments
     *            of the JVMs that the tests run in, each in a line.
     * @param tests
     *            the tests, all of the package whose sources are to be weakened.
     */
    public Jcstress(final Path folder, final String jvmArguments, final List<Class<?>> tests) throws IOException {
        this.folder = folder;
        this.jvmArguments = jvmArguments;
        final String inPackage = tests.get(0).getPackageName().replace('.', '/');
        sources = BASEDIR.resolve("src/main/java").resolve(inPackage);
        final Path testSources = BASEDIR.resolve("src/test/java").resolve(inPackage);
        final Path runners = Files.createDirectory(folder.resolve("runners"));
        final List<String> arguments = new ArrayList<>(List.of("-processor", JCStressTestProcessor.class.getName()));
        tests.forEach(test -> arguments.add(testSources.resolve(test.getSimpleName() + ".java").toString()));
        compile(runners, arguments);
        classPath = path(runners, COMMON_PATH);
    }

    /** A run on the module as it is, by the compiler that reorders most. */
    public Run asItIs(final Class<?> test) {
        return new Run(test.getSimpleName(), test.getName(), jvmArguments + SHUFFLED);
    }

    /** A run on the module as it is, of a test that makes the mistake itself. */
    public Run mistaken(final Class<?> test) {
        return new Run(test.getSimpleName(), test.getCanonicalName(), jvmArguments);
    }

    /**
     * A run on a copy.
     *
     * @param name
     *            the run's name.
     * @param test
     *            the test.
     * @param file
     *            the source file that is copied.
     * @param replacements
     *            what in it is replaced, in turn by what.
     */
    public Run weakened(final String name, final Class<?> test, final String file, final String... replacements)
            throws IOException {
        String source = Files.readString(sources.resolve(file));
        for (int i = 0; i < replacements.length; i += 2) {
            if (!source.contains(replacements[i])) {
                throw new AssertionError("must occur in " + file + ": " + replacements[i]);
            }
            source = source.replace(replacements[i], replacements[i + 1]);
        }
        final Path classes = Files.createDirectory(folder.resolve(name));
        compile(classes, List.of("-proc:none", Files.writeString(classes.resolve(file), source).toString()));
        // The last class path counts.
        return new Run(name, test.getName(), jvmArguments + "\n-cp\n" + path(classes, classPath));
    }

    /** Runs them; each must be seen to run, and nothing forbidden in any. */
    public void assertNothingForbidden(final List<Run> runs) throws IOException, InterruptedException {
        final List<String> rare = new ArrayList<>();
        repeat(runs, (run, observed) -> {
            assertEquals(List.of(), select(observed, run.name, false), run.name);
            final long samples = select(observed, run.name, true).stream().mapToLong(outcome -> outcome.count).sum();
            rare.add(run.name + ": samples=" + samples);
            return samples >= MIN_SAMPLES;
        }, () -> "too few samples in the last of " + rare);
    }

    /** Runs them; something forbidden must be seen in each. */
    public void assertEachShown(final List<Run> runs) throws IOException, InterruptedException {
        final List<Observed> all = new ArrayList<>();
        repeat(runs, (run, observed) -> {
            all.addAll(select(observed, run.name, true));
            return select(observed, run.name, false).stream()
                    .anyMatch(outcome -> outcome.kind.equals(Expect.FORBIDDEN.name()));
        }, all::toString);
    }

    /** Runs them, and those that are not enough yet again, longer. */
    private void repeat(final List<Run> runs, final BiPredicate<Run, List<Observed>> isEnough,
            final Supplier<String> message) throws IOException, InterruptedException {
        List<Run> left = runs;
        int iterations = Integer.getInteger(JcstressRun.ITERATIONS_PROPERTY, DEFAULT_ITERATIONS);
        for (int tries = 0; !left.isEmpty() && tries < MOST_TRIES; tries++) {
            final List<Observed> observed = run(left, iterations);
            left = left.stream().filter(run -> !isEnough.test(run, observed)).collect(Collectors.toList());
            iterations *= LONGER;
        }
        assertEquals(List.of(), left.stream().map(Run::name).collect(Collectors.toList()), message);
    }

    private static List<Observed> select(final List<Observed> observed, final String name, final boolean acceptable) {
        return observed.stream().filter(outcome -> outcome.name.equals(name) && outcome.count > 0)
                .filter(outcome -> outcome.kind.equals(Expect.ACCEPTABLE.name()) == acceptable)
                .collect(Collectors.toList());
    }

    private List<Observed> run(final List<Run> runs, final int iterations) throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
                        "-D" + JcstressRun.ITERATIONS_PROPERTY + '='
                                + iterations,
                        "-cp", classPath, JcstressRun.class.getName()));
        runs.forEach(run -> command.addAll(List.of(run.name, run.test, run.jvmArguments)));
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
                .map(Observed::of).collect(Collectors.toList());
    }

    private static void compile(final Path classes, final List<String> arguments) {
        final List<String> command = new ArrayList<>(List.of("-nowarn", "-d", classes.toString(), "-cp", COMMON_PATH));
        command.addAll(arguments);
        final StringWriter messages = new StringWriter();
        final PrintWriter writer = new PrintWriter(messages);
        if (ToolProvider.findFirst("javac").orElseThrow().run(writer, writer, command.toArray(new String[0])) != 0) {
            throw new AssertionError(messages.toString());
        }
    }

    private static String path(final Object... entries) {
        return Stream.of(entries).map(Object::toString).filter(entry -> !entry.isEmpty())
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** One test in a JVM of its own. */
    public record Run(String name, String test, String jvmArguments) {
    }

    /** An outcome that jcstress counted, or an error. */
    private record Observed(String name, String kind, long count, String sentence) {
        static Observed of(final String line) {
            final String[] parts = line.split(JcstressRun.SEPARATOR, 5);
            return new Observed(parts[1], parts[2], Long.parseLong(parts[3]), parts[4]);
        }

        @Override
        public String toString() {
            return name + ": " + kind + " x " + count + ": " + sentence;
        }
    }
}
