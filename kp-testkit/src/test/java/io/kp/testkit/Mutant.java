package io.kp.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.spi.ToolProvider;

/**
 * Deliberate mistakes in kp, each of which the simulator must find. A mistake is a change of the module's own source, so that it cannot grow apart from the code that it
 * breaks; the changed class is compiled and loaded with a copy of everything else of kp by a class loader of its own.
 */
enum Mutant {
    WRONG_RESPONSE_MATCHED("network/NetworkClient", "if (correlationId == oldest.correlationId) {",
            "if (correlationId >= 0) {"),

    COMPLETIONS_LOST_ON_CLOSE("client/Sender", "call.abort(onAborted);", "call.pending();"),

    NEW_SEQUENCE_FOR_A_RETRY("client/PartitionState", "if (batch.hasSequence()) {\n            return;",
            "if (batch.hasSequence() && batch.attempts() < 2) {\n            return;"),

    EPOCH_NOT_RAISED("client/PartitionState", "adopt(producerId, (short) (epoch + 1));", "adopt(producerId, epoch);"),

    REORDERED_AFTER_LEADER_MOVE("client/Sender", "if (oneInFlight && state.onWire() > 0) {",
            "if (oneInFlight && state.onWire() > 1) {"),

    SEGMENTS_RELEASED_IN_SOCKET("client/Outcomes", "if (!trace.onWire) {\n            releaseIfTold",
            "if (trace.tracked) {\n            releaseIfTold"),

    OUTCOME_BEFORE_THE_ONE_BEFORE("client/PartitionState", "untold.addLast(batch);", "untold.addFirst(batch);"),

    CALLBACK_TWICE("client/Completions", "callback.onCompletion(metadata, reason);",
            "callback.onCompletion(metadata, reason);\n                if (reason != null) {\n"
                    + "                    callback.onCompletion(metadata, reason);\n                }"),

    EXPIRY_IGNORED("client/Sender", "work += accumulator.pollExpired(nowNs, onExpired);",
            "work += accumulator.liveBatches() > 3 ? 0 : accumulator.pollExpired(nowNs, onExpired);"),

    LOST_RESPONSE_COUNTS_AS_NOT_PERSISTED("client/Outcomes", "trace.possiblyPersisted |= maybeAppended;", ""),

    SECOND_BATCH_BEFORE_THE_FIRST_IS_KNOWN("client/PartitionState", "return unresolved.isEmpty();\n        }",
            "return true;\n        }"),

    CLOSE_SLEEPS_AFTER_THE_LAST_EXPIRY("client/Sender",
            "if (wanted != null && isIdle(givesUp)) {", "if (wanted != null && work == 0 && isIdle(givesUp)) {"),

    MEMORY_KEPT_AFTER_AN_ERROR("client/Outcomes", "if (!trace.onWire) {\n            releaseIfTold",
            "if (!trace.onWire && trace.failure == null) {\n            releaseIfTold"),

    PARTS_BEHIND_A_FAILURE_DELIVERED("accumulator/RecordAccumulator", "return lastOrder + ORDER_STEP - 1;",
            "return lastOrder;"),

    SENT_BETWEEN_TWO_FAILURES_DELIVERED("client/Outcomes",
            "accumulator.poll(nowNs);\n            final Batch failed", "final Batch failed");

    private final String file;
    private final String original;
    private final String changed;

    Mutant(final String file, final String original, final String changed) {
        this.file = file;
        this.original = original;
        this.changed = changed;
    }

    /**
     * Compiles the mistake.
     *
     * @param folder takes the classes
     * @return runs a seed and says what is wrong, {@code null} if nothing is
     */
    Run compile(final Path folder) throws Exception {
        final String module = "kp-" + file.substring(0, file.indexOf('/'));
        final Path source = Path.of(System.getProperty("basedir", ".")).resolve("..").resolve(module)
                .resolve("src/main/java/io/kp").resolve(file + ".java");
        final String text = Files.readString(source);
        final int first = text.indexOf(original);
        if (first < 0 || text.indexOf(original, first + 1) >= 0) {
            throw new AssertionError(this + ": must occur once in " + source + ": " + original);
        }
        final Path copy = Files.createDirectories(folder.resolve("source").resolve(name()))
                .resolve(source.getFileName());
        Files.writeString(copy, text.replace(original, changed));
        final Path classes = Files.createDirectories(folder.resolve("classes").resolve(name()));
        final StringWriter errors = new StringWriter();
        final PrintWriter writer = new PrintWriter(errors);
        final String path = System.getProperty("jdk.module.path", "") + System.getProperty("path.separator")
                + System.getProperty("java.class.path");
        final int result = ToolProvider.findFirst("javac").orElseThrow().run(writer, writer, "-nowarn", "-proc:none",
                "-cp", path, "-d", classes.toString(), copy.toString());
        if (result != 0) {
            throw new AssertionError(this + ": " + errors);
        }
        final Class<?> simulation = new Loader(classes).loadClass(Simulation.class.getName());
        return seed -> {
            try {
                final Object report = simulation.getMethod("run", long.class).invoke(null, seed);
                final List<?> violations = (List<?>) report.getClass().getMethod("violations").invoke(report);
                return violations.isEmpty() ? null : violations.get(0).toString();
            } catch (final java.lang.reflect.InvocationTargetException e) {
                return e.getCause().toString();
            }
        };
    }

    interface Run {
        String violation(long seed) throws Exception;
    }

    /** Has its own copy of all classes of kp, one of them changed. */
    private static final class Loader extends ClassLoader {
        private final Path changed;

        private Loader(final Path changed) {
            super(Mutant.class.getClassLoader());
            this.changed = changed;
        }

        @Override
        protected Class<?> loadClass(final String name, final boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("io.kp.")) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                final Class<?> loaded = findLoadedClass(name);
                return loaded == null ? define(name) : loaded;
            }
        }

        private Class<?> define(final String name) throws ClassNotFoundException {
            final String resource = name.replace('.', '/') + ".class";
            final Path file = changed.resolve(resource);
            try (InputStream in = Files.exists(file)
                    ? Files.newInputStream(file)
                    : getParent().getResourceAsStream(resource)) {
                if (in == null) {
                    throw new ClassNotFoundException(name);
                }
                final byte[] bytes = in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
