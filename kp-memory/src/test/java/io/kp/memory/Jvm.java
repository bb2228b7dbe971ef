package io.kp.memory;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.agrona.DirectBuffer;

/** Other JVMs, started by tests. */
final class Jvm {
    static final class Outcome {
        final int exitCode;
        final List<String> out;
        final List<String> err;

        Outcome(final int exitCode, final List<String> out, final List<String> err) {
            this.exitCode = exitCode;
            this.out = out;
            this.err = err;
        }

        @Override
        public String toString() {
            return "exitCode=" + exitCode + "\nout=" + String.join("\n    ", out) + "\nerr="
                    + String.join("\n    ", err);
        }
    }

    private Jvm() {
    }

    static Path current() throws IOException {
        return Path.of(System.getProperty("java.home")).toRealPath();
    }

    /** The JDK that runs this test, and others of release 17 or later in the usual places. */
    static List<Path> jdks() throws IOException {
        final Set<Path> homes = new LinkedHashSet<>();
        homes.add(current());
        final Path usualPlace = Path.of("/usr/lib/jvm");
        if (Files.isDirectory(usualPlace)) {
            try (Stream<Path> found = Files.list(usualPlace)) {
                for (final Path home : found.sorted().collect(Collectors.toList())) {
                    if (Files.isExecutable(home.resolve("bin/java")) && release(home) >= 17) {
                        homes.add(home.toRealPath());
                    }
                }
            }
        }
        return new ArrayList<>(homes);
    }

    private static int release(final Path home) throws IOException {
        final Path file = home.resolve("release");
        if (!Files.isReadable(file)) {
            return 0;
        }
        for (final String line : Files.readAllLines(file)) {
            if (line.startsWith("JAVA_VERSION=\"")) {
                return Integer.parseInt(line.substring(14).split("\\D", 2)[0]);
            }
        }
        return 0;
    }

    /** Runs Java until it ends, with its output in files of the folder. */
    static Outcome run(final Path jdk, final Path folder, final List<String> arguments)
            throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>(List.of(jdk.resolve("bin/java").toString(), "-Xshare:auto",
                "-XX:TieredStopAtLevel=1"));
        command.addAll(arguments);
        final Path out = folder.resolve("out");
        final Path err = folder.resolve("err");
        final ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(out.toFile())
                .redirectError(err.toFile());
        // The JVM announces these on its standard error stream.
        builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"));
        final Process process = builder.start();
        try {
            assertTrue(process.waitFor(300, TimeUnit.SECONDS), () -> "still running: " + command);
        } finally {
            process.destroyForcibly();
        }
        return new Outcome(process.exitValue(), Files.readAllLines(out), Files.readAllLines(err));
    }

    static String path(final String... entries) {
        return String.join(java.io.File.pathSeparator, entries);
    }

    static String classes() {
        return basedir().resolve("target/classes").toString();
    }

    static String testClasses() {
        return basedir().resolve("target/test-classes").toString();
    }

    static String libraries() throws URISyntaxException {
        return location(DirectBuffer.class);
    }

    static String location(final Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    }

    static Path basedir() {
        return Path.of(System.getProperty("basedir", "")).toAbsolutePath();
    }
}
