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
@Command(name = "report", mixinStandardHelpOptions = true, sortOptions = false, usageHelpAutoWidth = true, description = "Draws what kp compare has measured: one page with charts, and the charts as files.")
final class ReportCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", arity = "1..*", description = "What kp compare --json wrote. Of a workload that stands in more than one the last counts.")
    private List<Path> files = new ArrayList<>();

    @Option(names = "--html", paramLabel = "FILE", description = "The page.")
    private Path html;

    @Option(names = "--svg", paramLabel = "FOLDER", description = "Where each chart goes as a file.")
    private Path svg;

    @Override
    public Integer call() throws IOException {
        if (html == null && svg == null) {
            throw new ParameterException(spec.commandLine(), "--html or --svg: say where the charts are to go");
        }
        final List<Object> read = new ArrayList<>();
        for (final Path file : files) {
            try {
                read.add(Json.parse(Files.readString(file)));
            } catch (final IOException | IllegalArgumentException e) {
                throw new ParameterException(spec.commandLine(), "cannot read " + file + ": " + e.getMessage(), e);
            }
        }
        final CompareFigures figures;
        try {
            figures = CompareFigures.of(read);
        } catch (final IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        if (html != null) {
            CompareOutput.write(html, HtmlReport.page(figures));
        }
        if (svg != null) {
            for (final Map.Entry<String, String> chart : HtmlReport.charts(figures).entrySet()) {
                CompareOutput.write(svg.resolve(chart.getKey() + ".svg"), chart.getValue());
            }
        }
        final String targets = figures.targetTable();
        if (!targets.isEmpty()) {
            spec.commandLine().getOut().print(targets);
            spec.commandLine().getOut().flush();
        }
        return ExitCode.OK;
    }
}
