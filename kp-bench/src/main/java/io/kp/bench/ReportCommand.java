package io.kp.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kp report}. */
@Command(name = "report", mixinStandardHelpOptions = true, sortOptions = false, usageHelpAutoWidth = true, description = "Shows what kp compare has measured: the goals as a table, a page with charts, the charts as files, tables within pages of Markdown.", exitCodeListHeading = "%nExit codes:%n", exitCodeList = {
        "  0:what was asked for is written, whether goals were met or not",
        "  2:a file is not what kp compare or kp bench wrote, or the command line is wrong; nothing was written",
        " 70:a defect of the tool itself"}, footerHeading = "%nExamples:%n", footer = {
                "  kp report results.json",
                "  kp report monday.json tuesday.json --html results.html",
                "  kp report results.json --svg docs/charts --update docs/performance.md",
                "  kp report memory.json --update kp-memory/README.md",
                "  kp report results.json --json -"})
final class ReportCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", arity = "1..*", description = "What kp compare --json wrote; of a workload that stands in more than one the last counts. For --update also what kp bench --json wrote.")
    private List<Path> files = new ArrayList<>();

    @Option(names = "--html", paramLabel = "FILE", description = "The page.")
    private Path html;

    @Option(names = "--svg", paramLabel = "FOLDER", description = "Where each chart goes as a file.")
    private Path svg;

    @Option(names = "--update", paramLabel = "FILE", description = "A page in Markdown: what stands between a line <!-- kp report: NAME --> and a line <!-- /kp report --> is replaced by that table (run, targets, workloads, sweep-linger, sweep-batch …, jmh-memory …); may be repeated.")
    private List<Path> pages = new ArrayList<>();

    @Option(names = "--json", paramLabel = "FILE", description = "Write the goals and what was measured for them as JSON to the file; - for standard output, and the table to standard error.")
    private String json;

    @Override
    public Integer call() throws IOException {
        final JsonOption target = JsonOption.of(spec, json);
        final List<Object> read = new ArrayList<>();
        final JmhFigures modules = new JmhFigures();
        for (final Path file : files) {
            try {
                final Object results = Json.parse(Files.readString(file));
                if (results instanceof List<?> benchmarks) {
                    modules.add(benchmarks);
                } else {
                    read.add(results);
                }
            } catch (final IOException | IllegalArgumentException e) {
                throw usage("cannot read " + file + ": " + e.getMessage(), e);
            }
        }
        final CompareFigures figures;
        try {
            figures = CompareFigures.of(read);
        } catch (final IllegalArgumentException e) {
            throw usage(e.getMessage(), e);
        }
        final List<String> updated = updated(figures, modules);
        if (html != null) {
            CompareOutput.write(html, HtmlReport.page(figures));
        }
        if (svg != null) {
            for (final Map.Entry<String, String> chart : HtmlReport.charts(figures).entrySet()) {
                CompareOutput.write(svg.resolve(chart.getKey() + ".svg"), chart.getValue());
            }
        }
        for (int i = 0; i < pages.size(); i++) {
            CompareOutput.write(pages.get(i), updated.get(i));
        }
        target.people().print(figures.targetTable());
        target.people().flush();
        target.write(Map.of("targets", figures.targets().stream().map(CompareFigures.Target::asMap).toList()));
        return ExitCode.OK;
    }

    private List<String> updated(final CompareFigures figures, final JmhFigures modules) {
        final List<String> updated = new ArrayList<>();
        for (final Path page : pages) {
            final List<String> missing = new ArrayList<>();
            try {
                updated.add(MarkdownTables.update(Files.readString(page), figures, modules, missing));
            } catch (final IOException | IllegalArgumentException e) {
                throw usage("--update " + page + ": " + e.getMessage(), e);
            }
            if (!missing.isEmpty()) {
                System.err.println("kp: " + page + ": nothing was measured for " + String.join(", ", missing)
                        + ", which stay as they are");
            }
        }
        return updated;
    }

    private ParameterException usage(final String message, final Exception cause) {
        return new ParameterException(spec.commandLine(), message, cause);
    }
}
