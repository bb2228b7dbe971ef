package io.kp.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A way to run a consumer that Maven has built under target/it: by which JDK, and on which path.
 *
 * @param jdk        the JDK's folder
 * @param modulePath whether on the module path; else on the class path
 * @param options    more options of the JVM
 */
record Launch(Path jdk, boolean modulePath, List<String> options) {
    private static final Path CONSUMERS = Checkout.ROOT.resolve("kp-checks/target/it/consumers");
    private static final long DEADLINE_SECONDS = 60;

    /** On both paths, by the JDK of this build and by the newest at hand, if that is another one. Where it looks is what .ci/run does. */
    static List<Launch> all() {
        final List<Path> jdks = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"))));
        try (DirectoryStream<Path> newest = Files.newDirectoryStream(Path.of("/usr/lib/jvm"), "*25*")) {
            newest.forEach(jdks::add);
        } catch (final IOException e) {
            // No such folder on this system: the JDK of the build is all there is.
        }
        final List<Launch> all = new ArrayList<>();
        for (final Path jdk : jdks.stream().filter(jdk -> Files.exists(jdk.resolve("bin/java"))).limit(2).toList()) {
            all.add(new Launch(jdk, true, List.of()));
            all.add(new Launch(jdk, false, List.of()));
        }
        return all;
    }

    Launch with(final String... more) {
        return new Launch(jdk, modulePath, List.of(more));
    }

    /** The jars that Maven found the consumer to need. */
    static List<String> libraries(final String consumer) {
        try (Stream<Path> files = Files.list(CONSUMERS.resolve(consumer).resolve("target/lib"))) {
            // Without version: "kp-memory-0.1.0-SNAPSHOT.jar", "agrona-2.6.0.jar".
            return files.map(file -> file.getFileName().toString().replaceFirst("-\\d.*", "")).sorted().toList();
        } catch (final IOException e) {
            throw new UncheckedIOException("the consumers are not built: mvn verify", e);
        }
    }

    /** Runs {@code main} of the consumer; gives the lines that it prints. */
    List<String> run(final String consumer, final String main, final String... arguments) throws Exception {
        final Path target = CONSUMERS.resolve(consumer).resolve("target");
        final String jar = target.resolve("consumer.jar").toString();
        final List<String> command = new ArrayList<>(options);
        if (modulePath) {
            command.addAll(List.of("--module-path", jar + File.pathSeparator + target.resolve("lib"), "--module",
                    main.substring(0, main.lastIndexOf('.')) + "/" + main));
        } else {
            command.addAll(List.of("--class-path", jar + File.pathSeparator + target.resolve("lib") + "/*", main));
        }
        command.addAll(List.of(arguments));
        return java(jdk, command);
    }

    /** Runs a JVM, whose output is returned and which must end well and without a warning of the JVM's. */
    static List<String> java(final Path home, final List<String> arguments) throws Exception {
        final List<String> command = new ArrayList<>(
                List.of(home.resolve("bin/java").toString(), "-XX:TieredStopAtLevel=1"));
        command.addAll(arguments);
        final Path out = Files.createTempFile("kp-consumer", ".out");
        final Path err = Files.createTempFile("kp-consumer", ".err");
        try {
            final Process process = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile())
                    .start();
            try {
                assertTrue(process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS), () -> "still running: " + command);
            } finally {
                process.destroyForcibly();
            }
            final String errors = Files.readString(err);
            assertEquals(0, process.exitValue(), () -> command + "\n" + errors);
            assertFalse(errors.contains("WARNING: "), () -> command + "\n" + errors);
            return Files.readAllLines(out);
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    @Override
    public String toString() {
        return jdk.getFileName() + (modulePath ? ", module path" : ", class path");
    }
}
