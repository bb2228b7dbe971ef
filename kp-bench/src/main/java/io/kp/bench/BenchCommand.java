package io.kp.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** {@code kp bench}: starts JMH in a JVM of its own, on the class path. */
@Command(name = "bench", mixinStandardHelpOptions = true, sortOptions = false, usageHelpAutoWidth = true, customSynopsis = "kp bench [--json=FILE] [memory|partition|metadata|accumulator|network|client|compression|REGEX] [JMH options]", description = "Runs the modules' benchmarks (JMH), all or those of one module, kp beside its rivals.", exitCodeListHeading = "%nExit codes:%n", exitCodeList = {
        "  0:all benchmarks ran", "  1:one failed, none has such a name, or JMH does not know an option",
        "  2:the command line is wrong", "  3:the build failed", " 70:a defect of the tool itself",
        "130:ended by Ctrl-C"}, footerHeading = "%nExamples:%n", footer = {"  kp bench memory",
                "  kp bench accumulator -p partitions=1 -f 1 -wi 3 -i 3",
                "  kp bench 'Network.*encode' --json encode.json",
                "  kp bench -lp", "",
                "JMH's options follow, as -p partitions=1 (only this parameter), -f 1 -wi 3 -i 3",
                "(fewer forks and iterations), -l (list), -lp (list with parameters). Given unless",
                "you say otherwise: -prof gc (allocation), -foe true (a failure ends the run)."})
final class BenchCommand implements Callable<Integer> {
    /** Names the file; {@code bin/kp} sets it. */
    private static final String JAR_PROPERTY = "kp.bench.jar";
    private static final int FIRST_WITH_UNSAFE_OPTION = 23;
    private static final String UNSAFE_OPTION = "--sun-misc-unsafe-memory-access=allow";
    private static final List<String> MODULES = List.of("memory", "partition", "metadata", "accumulator", "network",
            "client", "compression");

    @Spec
    private CommandSpec spec;

    @Option(names = "--json", paramLabel = "FILE", description = "Write JMH's results as JSON to the file; - for standard output, and what is meant for people to standard error.")
    private String json;

    @Unmatched
    private List<String> arguments = new ArrayList<>();

    @Override
    public Integer call() {
        final String jar = System.getProperty(JAR_PROPERTY);
        if (jar == null || !Files.exists(Path.of(jar))) {
            throw new ParameterException(spec.commandLine(),
                    "the benchmarks are not built: " + JAR_PROPERTY + "=" + jar + "; bin/kp builds them");
        }
        final JsonOption target = JsonOption.of(spec, json);
        try {
            if (!JsonOption.STANDARD_OUTPUT.equals(json)) {
                return run(command(jar, json), false);
            }
            final Path file = Files.createTempFile("kp-bench", ".json");
            try {
                final int code = run(command(jar, file.toString()), true);
                final String results = Files.readString(file);
                // Of a run that failed there may be nothing.
                target.writeText(results);
                return code;
            } finally {
                Files.delete(file);
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> command(final String jar, final String results) {
        final List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        // JMH itself uses what newer JVMs warn of; the benchmarks do not.
        final boolean silence = Runtime.version().feature() >= FIRST_WITH_UNSAFE_OPTION;
        if (silence) {
            command.add(UNSAFE_OPTION);
        }
        command.addAll(List.of("-jar", jar));
        for (int i = 0; i < arguments.size(); i++) {
            command.add(i == 0 ? pattern(arguments.get(0)) : arguments.get(i));
        }
        unlessGiven(command, "-prof", "gc");
        unlessGiven(command, "-foe", "true");
        if (silence) {
            unlessGiven(command, "-jvmArgsPrepend", UNSAFE_OPTION);
        }
        if (results != null) {
            command.addAll(List.of("-rf", "json", "-rff", results));
        }
        return command;
    }

    private void unlessGiven(final List<String> command, final String option, final String value) {
        if (!arguments.contains(option)) {
            command.addAll(List.of(option, value));
        }
    }

    private static int run(final List<String> command, final boolean quiet) throws IOException {
        final ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        if (quiet) {
            // What JMH tells goes where our own errors go.
            builder.redirectOutput(ProcessBuilder.Redirect.PIPE);
        }
        final Process process = builder.start();
        try {
            if (quiet) {
                process.getInputStream().transferTo(System.err);
            }
            return process.waitFor();
        } catch (final InterruptedException e) {
            // Ctrl-C has reached it as well.
            return ExitCode.INTERRUPTED;
        } finally {
            process.destroy();
        }
    }

    /** What JMH takes for it: a module stands for its class. */
    static String pattern(final String name) {
        return MODULES.contains(name)
                ? name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1) + "Benchmark\\."
                : name;
    }
}
