package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Runs {@code bin/kp} as a user does: a process with arguments, standard streams and an exit code. */
final class Tool {
    private static final String CLIENT = System.getProperty("kp.test.client", "kp");

    private final Process process;
    private final CompletableFuture<String> out;
    private final CompletableFuture<String> err;

    private Tool(final Process process) {
        this.process = process;
        out = CompletableFuture.supplyAsync(() -> text(process.getInputStream()));
        err = CompletableFuture.supplyAsync(() -> text(process.getErrorStream()));
    }

    /** What a run came to. */
    record Result(int code, String out, String err) {
        @Override
        public String toString() {
            return "exit code " + code + "\n--- out\n" + out + "--- err\n" + err;
        }
    }

    /** Starts {@code kp produce} with these arguments. */
    static Tool produce(final String... args) {
        return produce(Path.of(System.getProperty("java.io.tmpdir")), args);
    }

    /** Starts {@code kp produce} with a folder for temporary files and these arguments. */
    static Tool produce(final Path temporaryFolder, final String... args) {
        final List<String> command = new ArrayList<>(List.of("produce", "--client", CLIENT));
        command.addAll(List.of(args));
        return start(temporaryFolder, command);
    }

    /** Starts any command of the tool with more variables in its environment. */
    static Tool start(final List<String> args, final Map<String, String> environment) {
        return start(Path.of(System.getProperty("java.io.tmpdir")), args, environment);
    }

    /** Starts any command of the tool with a folder for temporary files. */
    static Tool start(final Path temporaryFolder, final List<String> args) {
        return start(temporaryFolder, args, Map.of());
    }

    private static Tool start(final Path temporaryFolder, final List<String> args,
            final Map<String, String> environment) {
        final List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("kp.test.root"), "bin", "kp").toString()));
        command.addAll(args);
        try {
            final ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().putAll(environment);
            builder.environment().put("TMPDIR", temporaryFolder.toString());
            builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
            return new Tool(builder.start());
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs {@code kp produce} to its end, with nothing on standard input. */
    static Result run(final String... args) {
        return produce(args).closeInput().await(Duration.ofSeconds(90));
    }

    /** Runs any command of the tool to its end, with nothing on standard input. */
    static Result runCommand(final String... args) {
        return start(Path.of(System.getProperty("java.io.tmpdir")), List.of(args)).closeInput()
                .await(Duration.ofSeconds(90));
    }

    OutputStream input() {
        return process.getOutputStream();
    }

    Tool closeInput() {
        try {
            process.getOutputStream().close();
        } catch (final IOException e) {
            // It has ended already.
        }
        return this;
    }

    Process process() {
        return process;
    }

    Result await(final Duration limit) {
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
                throw new AssertionError(
                        "kp did not end within " + limit + "\n--- out\n" + out.join() + "--- err\n" + err.join());
            }
        } catch (final InterruptedException e) {
            process.destroyForcibly();
            throw new AssertionError(e);
        }
        return new Result(process.exitValue(), out.join(), err.join());
    }

    /** Waits for a condition. */
    static void await(final String what, final BooleanSupplier condition) {
        final long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - deadlineNs < 0, "not within 60 s: " + what);
            try {
                TimeUnit.MILLISECONDS.sleep(20);
            } catch (final InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private static String text(final InputStream in) {
        try {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (final IOException e) {
            return "(unreadable: " + e + ")";
        }
    }
}
