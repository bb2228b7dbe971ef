package io.kp.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Where a command's result goes as JSON: to a file, or to standard output for {@code -}, where what is meant for people then gives way to standard error. */
final class JsonOption {
    /** The value that stands for standard output. */
    static final String STANDARD_OUTPUT = "-";

    private final String target;

    private JsonOption(final String target) {
        this.target = target;
    }

    /**
     * Checks where to write, before anything is done.
     *
     * @param spec   the command
     * @param target a file, {@code -} or {@code null} for nowhere
     * @return the checked target
     */
    static JsonOption of(final CommandSpec spec, final String target) {
        if (target != null && !target.equals(STANDARD_OUTPUT)
                && !Files.isDirectory(Path.of(target).toAbsolutePath().getParent())) {
            throw new ParameterException(spec.commandLine(), "no such folder: --json " + target);
        }
        return new JsonOption(target);
    }

    /** Where a command writes what is meant for people. */
    PrintStream people() {
        return STANDARD_OUTPUT.equals(target) ? System.err : System.out;
    }

    void write(final Map<String, Object> result) {
        writeFile(result);
        writeOutput(result);
    }

    /** Writes to the file, over what was there; nothing if it is none. */
    void writeFile(final Map<String, Object> result) {
        if (target != null && !target.equals(STANDARD_OUTPUT)) {
            try {
                Files.writeString(Path.of(target), Json.text(result));
            } catch (final IOException e) {
                throw new UncheckedIOException("cannot be written: --json " + target, e);
            }
        }
    }

    /** Writes to standard output; nothing if it is not meant. */
    void writeOutput(final Map<String, Object> result) {
        writeText(Json.text(result));
    }

    /** As {@link #writeOutput(Map)}, of what is JSON already. */
    void writeText(final String text) {
        if (STANDARD_OUTPUT.equals(target)) {
            System.out.print(text);
            System.out.flush();
        }
    }
}
