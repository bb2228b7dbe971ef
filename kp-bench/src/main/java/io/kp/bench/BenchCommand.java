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
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** {@code kp bench}: starts JMH in a JVM of its own, on the class path. */
@Command(name = "bench", mixinStandardHelpOptions = true, usageHelpAutoWidth = true, customSynopsis = "kp bench [memory|partition|metadata|accumulator|network|client|REGEX] [JMH options]", description = "Runs the modules' benchmarks (JMH), all or those of one module.", footer = {
        "", "JMH options: e.g. -p partitions=1 (only this parameter), -f 1 -wi 3 -i 3 (fewer forks and iterations),",
        "-prof gc (on by default: allocation), -rf json -rff FILE (results as JSON), -l (list), -lp (list with parameters)."})
final class BenchCommand implements Callable<Integer> {
    /** Names the file; {@code bin/kp} sets it. */
    private static final String JAR_PROPERTY = "kp.bench.jar";
    private static final int FIRST_WITH_UNSAFE_OPTION = 23;
    private static final String UNSAFE_OPTION = "--sun-misc-unsafe-memory-access=allow";
    private static final List<String> MODULES = List.of("memory", "partition", "metadata", "accumulator", "network",
            "client");

    @Spec
    private CommandSpec spec;

    @Unmatched
    private List<String> arguments = new ArrayList<>();

    @Override
    public Integer call() {
        final String jar = System.getProperty(JAR_PROPERTY);
        if (jar == null || !Files.exists(Path.of(jar))) {
            throw new ParameterException(spec.commandLine(),
                    "the benchmarks are not built: " + JAR_PROPERTY + "=" + jar + "; bin/kp builds them");
        }
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
        if (!arguments.contains("-prof")) {
            command.addAll(List.of("-prof", "gc"));
        }
        if (silence && !arguments.contains("-jvmArgsPrepend")) {
            command.addAll(List.of("-jvmArgsPrepend", UNSAFE_OPTION));
        }
        final Process process;
        try {
            process = new ProcessBuilder(command).inheritIO().start();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        try {
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
