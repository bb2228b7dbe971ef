package io.kp.bench;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code kp compare}. */
@Command(name = "compare", mixinStandardHelpOptions = true, sortOptions = false, usageHelpAutoWidth = true, showDefaultValues = true, description = "Compares kp with Kafka's own client, end to end: each run in a process of its own, in turns (A B B A …).", exitCodeListHeading = "%nExit codes:%n", exitCodeList = {
        "  0:every run counts, whether goals were met or not", "  1:a run failed and is in no figure",
        "  2:the command line or the configuration is wrong; nothing was run",
        "  3:the broker did not start", " 70:a defect of the tool itself",
        "130:ended by Ctrl-C; finished workloads are in the files"}, footerHeading = "%nExamples:%n", footer = {
                "  kp compare",
                "  kp compare --record-size 1000 --threads 8 --rounds 4 --json results.json",
                "  kp compare --workload 100B,keyed,paced --json results.json --html results.html",
                "  kp compare --broker real --rate 10000 --linger-ms 0", "",
                "A run counts only if the broker has, at the end, exactly what was sent. kp-bench/README.md tells how to read the table."})
final class CompareCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @ParentCommand
    private Kp kp;

    @Option(names = "--workload", paramLabel = "NAME,…", split = ",", description = "Workloads by name, one after the other: options as --list shows them. all are all of them but the sweeps, and paced, partitions … those whose names begin so. Options given beside it come last.")
    private List<String> workloads = new ArrayList<>();

    @Option(names = "--list", description = "Show the workloads that have a name, and do nothing.")
    private boolean list;

    @Mixin
    private CompareOptions options;

    @Option(names = "--json", paramLabel = "FILE", arity = "0..1", fallbackValue = JsonOption.STANDARD_OUTPUT, description = "Write all results as JSON to the file; to standard output for - or no file, and what is meant for people to standard error.")
    private String json;

    @Option(names = "--html", paramLabel = "FILE", description = "Write the results there as one page with charts.")
    private Path html;

    @Option(names = "--svg", paramLabel = "FOLDER", description = "Write the charts there, each as a file.")
    private Path svg;

    @Override
    public Integer call() {
        final CommandLine command = spec.commandLine();
        if (list) {
            list(command.getOut());
            return ExitCode.OK;
        }
        final JsonOption target = JsonOption.of(spec, json);
        return new CompareSuite(settings(), new CompareOutput(target, html, svg), kp.interruption(),
                new PrintWriter(target.people()), command.getErr()).run();
    }

    /** What the options that were parsed come to, for each workload. */
    List<CompareSettings> settings() {
        final CommandLine command = spec.commandLine();
        final List<String> commandLine = command.getParseResult().originalArgs();
        final List<CompareSettings> all = new ArrayList<>();
        if (workloads.isEmpty()) {
            all.add(options.settings(command, null, commandLine));
        } else {
            final List<String> arguments = ofWorkload(command);
            final Set<ComparePreset> chosen = new LinkedHashSet<>();
            for (final String name : workloads) {
                final List<ComparePreset> named = ComparePreset.named(name);
                if (named.isEmpty()) {
                    throw new ParameterException(command, "--workload: a name that --list shows, not " + name);
                }
                chosen.addAll(named);
            }
            chosen.forEach(preset -> all.add(CompareOptions.parse(command, preset, arguments, commandLine)));
        }
        return all;
    }

    /** The options that were given, less those of this command itself, as they would be written. */
    private List<String> ofWorkload(final CommandLine command) {
        final Set<String> known = Set.copyOf(
                new CommandLine(new CompareOptions()).getCommandSpec().optionsMap().keySet());
        final List<String> arguments = new ArrayList<>();
        for (final OptionSpec option : command.getParseResult().matchedOptions()) {
            if (known.contains(option.longestName()) && !option.longestName().equals(CompareOptions.JVM_OPTION)) {
                final Object value = option.getValue();
                for (final Object each : value instanceof List<?> values ? values : List.of(value)) {
                    arguments.add(option.longestName() + "=" + each);
                }
            }
        }
        // picocli does not tell values that a consumer of their own took.
        options.givenJvmOptions().forEach(option -> arguments.add(CompareOptions.JVM_OPTION + "=" + option));
        return arguments;
    }

    private static void list(final PrintWriter out) {
        for (final ComparePreset preset : Stream.concat(ComparePreset.all().stream(), ComparePreset.ofSweeps().stream())
                .toList()) {
            out.println(String.format("%-25s %s", preset.name(), preset.description()));
            out.println(String.format("%-25s   %s", "", preset.options()));
        }
        out.flush();
    }
}
